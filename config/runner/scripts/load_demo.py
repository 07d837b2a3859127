# Fed to Odoo's shell: loads the demonstration territory, all of it or nothing.
env["intercommunal.demo"]._load()
env.cr.commit()
