from . import (
    test_intervention,
    test_report,
    test_request,
    test_validation,
)
