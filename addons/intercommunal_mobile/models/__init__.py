from . import (
    clarification,
    device,
    intervention,
    intervention_push,
    intervention_returned,
    ir_http,
    mail_push_device,
    photo,
    site,
    submission,
    submission_intake,
    validation,
)
