"""Writes the ZIP of evidence: the same files give the same bytes."""

import hashlib
import zipfile

# The oldest day that a ZIP can say: a date of the clock would change the bytes.
_MOMENT = (1980, 1, 1, 0, 0, 0)
# Pictures and PDFs are compressed already.
_STORED = (".jpg", ".pdf")
_MODE = 0o644 << 16
SUMS = "SHA256SUMS"


def write(stream, entries):
    """Write the files in the order of their names, then their checksums.

    :param stream: a binary stream, written as the files come
    :param entries: list of (path, function that gives the bytes): one at a time is held
    :return: str, the fingerprint: SHA-256 of the list of checksums
    """
    sums = []
    with zipfile.ZipFile(stream, "w") as archive:
        for path, read in sorted(entries, key=lambda entry: entry[0]):
            content = read()
            sums.append(f"{hashlib.sha256(content).hexdigest()}  {path}\n")
            _add(archive, path, content)
        listing = "".join(sums).encode()
        _add(archive, SUMS, listing)
    return hashlib.sha256(listing).hexdigest()


def _add(archive, path, content):
    info = zipfile.ZipInfo(path, _MOMENT)
    info.external_attr = _MODE
    info.create_system = 3
    is_stored = path.endswith(_STORED)
    info.compress_type = zipfile.ZIP_STORED if is_stored else zipfile.ZIP_DEFLATED
    archive.writestr(info, content)
