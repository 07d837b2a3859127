{
    "name": "Intercommunal Workflow",
    "summary": "Requests, interventions, reports and approvals between communes "
    "and the shared services of their intercommunality",
    "version": "19.0.1.0.0",
    "category": "Services/Intercommunal",
    "author": "Intercommunal developers",
    "license": "AGPL-3",
    "depends": ["mail", "portal", "product", "resource"],
    "data": [
        # groups first: access lists, rules and views name them
        "security/intercommunal_groups.xml",
        "security/ir.model.access.csv",
        "security/intercommunal_configuration_security.xml",
        "security/intercommunal_request_security.xml",
        "security/intercommunal_intervention_security.xml",
        "security/intercommunal_report_security.xml",
        "security/intercommunal_photo_security.xml",
        "data/ir_sequence_data.xml",
        "data/mail_message_subtype_data.xml",
        "data/intercommunal_reason_data.xml",
        "data/intercommunal_stage_data.xml",
        "data/ir_cron_data.xml",
        # wizards first: the forms below open them
        "wizard/request_reason_views.xml",
        "wizard/request_ask_info_views.xml",
        "wizard/request_answer_info_views.xml",
        "wizard/request_reroute_views.xml",
        "wizard/intervention_plan_views.xml",
        "wizard/intervention_stop_views.xml",
        "views/intercommunal_menus.xml",
    ],
    "application": True,
}
