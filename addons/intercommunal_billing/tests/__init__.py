from . import (
    test_adjustment,
    test_billing_reserve,
    test_billing_run,
    test_budget,
    test_dashboard,
    test_domain,
    test_pricing,
    test_proof,
    test_quota,
    test_spreadsheet_import,
    test_surcharge,
    test_worked_example,
)
