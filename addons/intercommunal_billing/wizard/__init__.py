from . import adjust
from . import billing_answer
from . import dashboard
from . import forecast
from . import plan_budget
from . import spreadsheet_import
from . import titre_map_import
from . import year_prepare
