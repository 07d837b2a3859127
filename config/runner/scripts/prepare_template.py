# Fed to Odoo's shell: French for everybody, from the first page on. The archived ones
# too: OdooBot, which runs the scheduled jobs, must live on the same day as the others.
for model in ("res.users", "res.partner"):
    everybody = env[model].with_context(active_test=False).search([])
    everybody.write({"lang": "fr_FR", "tz": "Europe/Paris"})
env["ir.default"].set("res.partner", "lang", "fr_FR")
env["ir.default"].set("res.partner", "tz", "Europe/Paris")
env.cr.commit()
