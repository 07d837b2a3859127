from . import portal_billing
