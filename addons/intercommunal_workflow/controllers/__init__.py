from . import (
    portal,
    decide,
    portal_certificate,
    portal_delegation,
    portal_request,
    portal_export,
    portal_notice,
    portal_request_form,
    portal_validation,
)
