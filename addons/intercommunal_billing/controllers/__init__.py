from . import evidence
from . import portal_billing
