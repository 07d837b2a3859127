from . import (
    clarification,
    device,
    intervention,
    intervention_push,
    ir_http,
    mail_push_device,
    photo,
    site,
    submission,
    submission_intake,
    validation,
)
