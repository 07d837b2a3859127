from odoo import fields, models


class IntercommunalSkill(models.Model):
    """What somebody must be allowed or able to do: a licence, a habilitation."""

    _name = "intercommunal.skill"
    _description = "Skill"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    user_ids = fields.Many2many(
        "res.users",
        "intercommunal_skill_user_rel",
        "skill_id",
        "user_id",
        "Agents who have it",
        domain="[('share', '=', False)]",
    )
    type_ids = fields.Many2many(
        "intercommunal.request.type",
        "intercommunal_skill_type_rel",
        "skill_id",
        "type_id",
        "Needed for",
        check_company=True,
    )

    _name_uniq = models.Constraint(
        "UNIQUE(name, company_id)", "There is already a skill of this name."
    )


class IntercommunalRequestType(models.Model):
    _inherit = "intercommunal.request.type"

    skill_ids = fields.Many2many(
        "intercommunal.skill",
        "intercommunal_skill_type_rel",
        "type_id",
        "skill_id",
        "Skills needed",
        groups="base.group_user",
        help="Planning says when nobody of the job has one of them.",
    )
