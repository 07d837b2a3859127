from . import (
    clarification,
    device,
    intervention,
    photo,
    submission,
    submission_intake,
)
