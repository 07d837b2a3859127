from . import spreadsheet_import
