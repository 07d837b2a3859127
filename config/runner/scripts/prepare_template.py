# Fed to Odoo's shell: French for everybody, from the first page on.
env["res.users"].search([]).write({"lang": "fr_FR", "tz": "Europe/Paris"})  # noqa: F821
env["res.partner"].search([]).write({"lang": "fr_FR", "tz": "Europe/Paris"})  # noqa: F821
env["ir.default"].set("res.partner", "lang", "fr_FR")  # noqa: F821
env["ir.default"].set("res.partner", "tz", "Europe/Paris")  # noqa: F821
env.cr.commit()  # noqa: F821
