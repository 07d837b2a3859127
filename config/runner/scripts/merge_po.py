"""merge_po.py POT FOLDER [--check]: brings FOLDER/ADDON.pot and fr.po up to date.

Prints a line for each term that lacks a translation; with --check it changes nothing
and also prints what is out of date.
"""

import sys
from pathlib import Path

import polib

# They change at each export and say nothing.
DATES = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team")


def main(pot_path: Path, folder: Path, check: bool) -> None:
    """Merge, or check; print the faults."""
    fresh = polib.pofile(str(pot_path))
    for header in DATES:
        fresh.metadata.pop(header, None)
    template, french = folder / pot_path.name, folder / "fr.po"
    known = polib.pofile(str(french)) if french.exists() else polib.POFile()
    if check:
        kept = polib.pofile(str(template)) if template.exists() else polib.POFile()
        faults = outdated(fresh, kept, template.name)
        faults += outdated(fresh, known, "fr.po")
    else:
        folder.mkdir(exist_ok=True)
        fresh.save(str(template))
        faults = []
        translate(fresh, known)
        fresh.save(str(french))
        known = fresh
    faults += untranslated(known)
    for fault in faults:
        print(f"{pot_path.stem}: {fault}")


def outdated(fresh: polib.POFile, kept: polib.POFile, name: str) -> list[str]:
    """Terms that the source has gained or lost."""
    now, then = ({entry.msgid for entry in file} for file in (fresh, kept))
    return [f"missing in {name}: {term[:100]!r}" for term in sorted(now - then)] + [
        f"no longer used, in {name}: {term[:100]!r}" for term in sorted(then - now)
    ]


def translate(fresh: polib.POFile, known: polib.POFile) -> None:
    """Give the fresh terms the translations that are known."""
    done = {entry.msgid: entry for entry in known if entry.msgstr}
    for entry in fresh:
        if entry.msgid in done:
            entry.msgstr = done[entry.msgid].msgstr
            entry.flags += [
                flag
                for flag in done[entry.msgid].flags
                if flag == "fuzzy" and flag not in entry.flags
            ]
    fresh.metadata["Language"] = "fr"
    fresh.metadata["Plural-Forms"] = "nplurals=2; plural=(n > 1);"


def untranslated(french: polib.POFile) -> list[str]:
    """Terms that a French reader would see in English or wrong."""
    return [
        f"{'fuzzy' if entry.fuzzy else 'not translated'}: {entry.msgid[:100]!r}"
        for entry in french
        if not entry.obsolete and (entry.fuzzy or not entry.msgstr)
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), "--check" in sys.argv)
