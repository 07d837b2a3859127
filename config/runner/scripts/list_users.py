# Fed to Odoo's shell: one line a demonstration user.
for user in env["intercommunal.demo"]._get_users():
    print(
        ">>> "
        + "\t".join(
            str(user[k] or "") for k in ("role", "name", "login", "password", "url")
        )
    )
