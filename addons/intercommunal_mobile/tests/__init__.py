from . import (
    test_api,
    test_device,
    test_intake,
    test_jobs,
    test_parallel_claims,
    test_places,
    test_position,
    test_push,
    test_returned,
    test_submission,
    test_words,
)
