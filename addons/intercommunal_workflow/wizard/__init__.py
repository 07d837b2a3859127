from . import intervention_plan
from . import intervention_stop
from . import request_answer_info
from . import request_ask_info
from . import request_reason
from . import request_reroute
from . import territory_install
from . import validation_decide
