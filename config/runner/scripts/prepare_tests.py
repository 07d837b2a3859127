# Fed to Odoo's shell: builds the bundles once that every browser test would build anew.
qweb = env["ir.qweb"]
for bundle in ("web.assets_web", "web.assets_frontend", "web.assets_tests"):
    qweb._get_asset_bundle(bundle, css=False, js=True).js()
    qweb._get_asset_bundle(bundle, css=True, js=False).css()
for bundle in ("web.assets_frontend_lazy", "web.assets_frontend_minimal"):
    qweb._get_asset_bundle(bundle, css=False, js=True).js()
env.cr.commit()
