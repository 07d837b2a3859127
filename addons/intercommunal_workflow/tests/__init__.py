from . import (
    test_board,
    test_commune_role,
    test_demo,
    test_epci,
    test_intervention,
    test_portal,
    test_portal_form,
    test_portal_validation,
    test_report,
    test_request,
    test_territory,
    test_validation,
)
