# Fed to Odoo's shell: does once what every class of tests would do anew, loading the
# French chart of accounts and building the bundles of the browsers.
env.company.country_id = env.ref("base.fr")
env["account.chart.template"].try_loading("fr", env.company, install_demo=False)
qweb = env["ir.qweb"]
for bundle in ("web.assets_web", "web.assets_frontend", "web.assets_tests"):
    qweb._get_asset_bundle(bundle, css=False, js=True).js()
    qweb._get_asset_bundle(bundle, css=True, js=False).css()
for bundle in ("web.assets_frontend_lazy", "web.assets_frontend_minimal"):
    qweb._get_asset_bundle(bundle, css=False, js=True).js()
env.cr.commit()
