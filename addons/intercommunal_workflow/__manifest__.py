{
    "name": "Intercommunal Workflow",
    "summary": "Requests, interventions, reports and approvals between communes "
    "and the shared services of their intercommunality",
    "version": "19.0.1.0.0",
    "category": "Services/Intercommunal",
    "author": "Intercommunal developers",
    "website": "https://github.com/intercommunal/intercommunal",
    "license": "AGPL-3",
    "depends": ["mail", "portal", "product", "resource"],
    "data": [
        # groups first: access lists, rules and views name them
        "security/intercommunal_groups.xml",
        "security/ir.model.access.csv",
        "views/intercommunal_menus.xml",
    ],
    "application": True,
}
