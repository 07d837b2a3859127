{
    "name": "Intercommunal Mobile",
    "summary": "Phones of the field teams and the reports they send, each exactly once",
    "version": "19.0.1.0.0",
    "category": "Services/Intercommunal",
    "author": "Intercommunal developers",
    "license": "AGPL-3",
    "depends": ["intercommunal_workflow"],
    "external_dependencies": {"python": ["brotli", "zopfli"]},
    "data": [
        "security/ir.model.access.csv",
        "security/intercommunal_mobile_security.xml",
        "data/mail_activity_type_data.xml",
        "views/intercommunal_mobile_menus.xml",
        # the form below opens it
        "wizard/submission_settle_views.xml",
        "views/intercommunal_mobile_submission_views.xml",
        "views/intercommunal_mobile_device_views.xml",
        "views/intercommunal_team_views.xml",
        "views/intercommunal_report_views.xml",
        "views/field_templates.xml",
    ],
    "assets": {
        # Bundles of its own, served by `controllers/shell.py`: at most 50 kB on the wire
        # to see the day's jobs, where the backend's weighs 1.7 MB.
        # What sends is run by the service worker too.
        "intercommunal_mobile.assets_field_send": [
            "intercommunal_mobile/static/src/field_send/loader.js",
            "intercommunal_mobile/static/src/field_send/**/*",
        ],
        "intercommunal_mobile.assets_field": [
            "web/static/lib/owl/owl.js",
            "web/static/lib/owl/odoo_module.js",
            "intercommunal_mobile/static/src/field/**/*",
        ],
        # Comes after the jobs are there; written against the modules of the first.
        "intercommunal_mobile.assets_field_later": [
            "intercommunal_mobile/static/src/field_later/**/*",
        ],
    },
}
