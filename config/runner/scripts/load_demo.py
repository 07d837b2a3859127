# Fed to Odoo's shell: loads the demonstration territory, all of it or nothing.
env["intercommunal.demo"]._load()  # noqa: F821
env.cr.commit()  # noqa: F821
