# Fed to Odoo's shell: French for everybody, from the first page on.
env["res.users"].search([]).write({"lang": "fr_FR", "tz": "Europe/Paris"})
env["res.partner"].search([]).write({"lang": "fr_FR", "tz": "Europe/Paris"})
env["ir.default"].set("res.partner", "lang", "fr_FR")
env["ir.default"].set("res.partner", "tz", "Europe/Paris")
env.cr.commit()
