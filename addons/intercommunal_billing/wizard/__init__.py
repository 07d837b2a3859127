from . import adjust
from . import dashboard
from . import spreadsheet_import
from . import titre_map_import
