from . import adjust
from . import billing_answer
from . import dashboard
from . import spreadsheet_import
