"""What a file for spreadsheets must not hold."""

# A cell that begins with one of these could be run as a formula by the reader of a
# copy (OWASP, CSV injection).
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_text(value):
    """A text that no spreadsheet runs."""
    text = str(value)
    return f"'{text}" if text.startswith(_RISKY) else text
