from . import (
    account_move,
    account_move_line,
    agreement,
    billing_export,
    billing_line,
    billing_run,
    chart_template,
    demo,
    rate,
    report,
    report_line,
    request,
)
