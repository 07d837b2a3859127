from . import portal, portal_request, portal_request_form, portal_validation
