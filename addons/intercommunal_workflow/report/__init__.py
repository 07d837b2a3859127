from . import annual_report, certificate, certificate_facts, job_sheet, request_analysis
