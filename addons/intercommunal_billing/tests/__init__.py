from . import test_billing_reserve, test_billing_run, test_pricing, test_proof
