{
    "name": "Intercommunal Mobile",
    "summary": "Phones of the field teams and the reports they send, each exactly once",
    "version": "19.0.1.0.0",
    "category": "Services/Intercommunal",
    "author": "Intercommunal developers",
    "license": "AGPL-3",
    "depends": ["intercommunal_workflow"],
    "data": [
        "security/ir.model.access.csv",
        "security/intercommunal_mobile_security.xml",
        "views/intercommunal_mobile_menus.xml",
        "views/intercommunal_mobile_submission_views.xml",
        "views/intercommunal_mobile_device_views.xml",
    ],
}
