from . import test_device, test_parallel_claims, test_submission
