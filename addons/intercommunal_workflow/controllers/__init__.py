from . import portal, portal_request, portal_validation
