from . import (
    portal,
    portal_certificate,
    portal_request,
    portal_request_form,
    portal_validation,
)
