"""merge_po.py POT FOLDER [--check]: brings FOLDER/ADDON.pot and fr.po up to date.

Prints a line for each term that lacks a translation; with --check it changes nothing
and also prints what is out of date.
"""

import sys
from pathlib import Path

import polib

DATES = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team")


def main(pot_path, folder, check):
    """Merge and print the faults."""
    fresh = polib.pofile(str(pot_path))
    target, french = folder / pot_path.name, folder / "fr.po"
    known = polib.pofile(str(french)) if french.exists() else polib.POFile()
    done = {entry.msgid: entry for entry in known if entry.msgstr}
    for header in DATES:
        fresh.metadata.pop(header, None)
    if check:
        _print_outdated(fresh, known, pot_path.stem)
    else:
        folder.mkdir(exist_ok=True)
        fresh.save(str(target))
    for entry in fresh:
        translated = done.get(entry.msgid)
        if translated:
            entry.msgstr = translated.msgstr
        if not translated or "fuzzy" in translated.flags:
            print(f"{pot_path.stem}: not translated: {entry.msgid[:100]!r}")
    if not check:
        fresh.metadata["Language"] = "fr"
        fresh.metadata["Plural-Forms"] = "nplurals=2; plural=(n > 1);"
        fresh.save(str(french))


def _print_outdated(fresh, known, name):
    terms, kept = {e.msgid for e in fresh}, {e.msgid for e in known}
    for term in sorted(kept - terms):
        print(f"{name}: no longer used: {term[:100]!r}")
    for term in sorted(terms - kept):
        print(f"{name}: missing in fr.po: {term[:100]!r}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), "--check" in sys.argv)
