from . import certificate, certificate_facts, job_sheet
