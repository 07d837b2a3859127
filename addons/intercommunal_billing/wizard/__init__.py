from . import adjust
from . import dashboard
from . import spreadsheet_import
