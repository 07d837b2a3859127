from . import submission_settle
