from . import certificate, certificate_facts
