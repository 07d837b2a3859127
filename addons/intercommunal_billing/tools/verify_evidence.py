#!/usr/bin/env python3
"""Vérifie un « dossier de preuve » sans Odoo : seulement Python 3.8 ou plus.

    python3 verifier.py dossier.zip            (ou le dossier, une fois décompressé)
    python3 verifier.py dossier.zip --empreinte 3f7a…   (l'empreinte que vous avez notée)

Chaque fichier est comparé à SHA256SUMS, puis les empreintes des décisions, des contenus
et des photos sont recalculées, et les lignes facturées additionnées. Le code de sortie
est 1 s'il y a une anomalie ; chacune nomme le fichier.

Le script est aussi dans le ZIP. Pour ne pas dépendre du dossier que l'on vérifie,
prenez-le dans les sources du logiciel, ou lisez-le : il est court.
"""

# ruff: noqa: T201  # a program for a terminal
# pylint: disable=print-used

import argparse
import hashlib
import json
import sys
import zipfile
import zlib
from decimal import Decimal, InvalidOperation
from pathlib import Path

SUMS = "SHA256SUMS"
JOURNAL = "journal.json"
LINES = "facturation/lignes.json"
INVOICE = "facturation/facture.json"
STATEMENT = "facturation/etat.json"
ACCEPTED = ("approved", "approved_reserves")
ZERO = "0" * 64


def main(arguments=None):
    """Print what is wrong, and give the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dossier", help="le fichier .zip, ou le dossier décompressé")
    parser.add_argument("--empreinte", default="", help="SHA-256 de SHA256SUMS")
    options = parser.parse_args(arguments)
    try:
        files, faults = read(options.dossier)
    except (OSError, zipfile.BadZipFile) as error:
        print(f"✗ {options.dossier} ne se lit pas : {error}")
        return 1
    faults += verify(files, options.empreinte)
    for fault in faults:
        print(f"✗ {fault}")
    print(f"Empreinte du dossier : {fingerprint(files)}")
    print(f"✗ {len(faults)} anomalie(s)." if faults else "✓ Tout concorde.")
    return 1 if faults else 0


def read(place):
    """The files of a ZIP or of a folder.

    :return: ``{path: bytes}``, and sentences about those that can't be read
    """
    place = Path(place)
    if place.is_dir():
        return {
            path.relative_to(place).as_posix(): path.read_bytes()
            for path in sorted(place.rglob("*"))
            if path.is_file()
        }, []
    files, faults = {}, []
    with zipfile.ZipFile(place) as archive:
        for name in archive.namelist():
            if name in files:
                faults.append(f"{name} : deux fois dans le dossier.")
            try:
                files[name] = archive.read(name)
            except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError):
                # its checksum is wrong for the ZIP already
                files[name] = b""
                faults.append(f"{name} : illisible, un octet au moins a changé.")
            except (NotImplementedError, RuntimeError):
                files[name] = b""
                faults.append(f"{name} : illisible, son en-tête a changé.")
    return files, faults


def fingerprint(files):
    """What one keeps elsewhere: the SHA-256 of the list of checksums."""
    return sha(files.get(SUMS, b""))


def verify(files, expected=""):
    """What is wrong, as sentences: the file, and what does not agree."""
    faults = []
    if expected and fingerprint(files) != expected.strip().lower():
        faults.append(f"{SUMS} : ce n'est pas l'empreinte que vous avez notée.")
    faults += verify_sums(files)
    journals = {}
    for name in sorted(files):
        if name.endswith("/" + JOURNAL):
            journal = parse(files, name)
            if journal is None:
                faults.append(f"{name} : ce n'est pas le journal d'un dossier.")
                continue
            journals[name] = journal
            faults += guarded(name, verify_journal, files, name, journal)
    faults += guarded(LINES, verify_lines, files, journals)
    return list(dict.fromkeys(faults))


def guarded(name, check, *arguments):
    """The sentences of ``check``; a file that lacks what it should have is one."""
    try:
        return list(check(*arguments))
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation):
        return [f"{name} : il y manque ce que le logiciel y écrit."]


def parse(files, name):
    try:
        data = json.loads(files[name].decode("utf-8"))
    except (KeyError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def sha(content):
    return hashlib.sha256(content).hexdigest()


# ------------------------------------------------------------------- every file


def verify_sums(files):
    """Each file is the one that SHA256SUMS lists; none is missing, none is added."""
    if SUMS not in files:
        yield f"{SUMS} : il manque."
        return
    listed = {}
    for number, line in enumerate(
        files[SUMS].decode("utf-8", "replace").splitlines(), 1
    ):
        checksum, mark, name = line.partition("  ")
        if not mark or len(checksum) != 64 or name not in files:
            yield f"{SUMS} : la ligne {number} ne désigne aucun fichier du dossier."
            continue
        listed[name] = checksum
    for name in sorted(files):
        if name == SUMS:
            continue
        if name not in listed:
            yield f"{name} : absent de {SUMS}, ajouté après coup ou renommé."
        elif sha(files[name]) != listed[name]:
            yield f"{name} : ce n'est plus le fichier de {SUMS}."


# -------------------------------------------------------------------- decisions


def verify_journal(files, name, journal):
    """The hashes of a file's decisions, and its photos."""
    folder = name[: -len(JOURNAL)]
    for fault in journal["verification"]["faults"]:
        yield f"{name} : à l'édition déjà, {fault}"
    for approval in journal["approvals"]:
        label = f"{name}, validation {approval['id']}"
        if sha(approval["content"].encode()) != approval["content_sha256"]:
            yield f"{label} : le contenu n'est pas celui de l'empreinte."
        previous = ZERO
        for decision in approval["decisions"]:
            yield from verify_decision(label, approval, decision, previous)
            previous = decision["sha256"]
    yield from verify_photos(files, folder, name, journal)


def verify_decision(label, approval, decision, previous):
    label = f"{label}, décision {decision['id']}"
    if sha(decision["hashed"].encode()) != decision["sha256"]:
        yield f"{label} : elle a été modifiée."
        return
    hashed = json.loads(decision["hashed"])
    if hashed["previous"] != previous:
        yield f"{label} : celle d'avant n'est pas la bonne."
    if hashed["content"] != approval["content_sha256"]:
        yield f"{label} : elle porte sur un autre contenu."
    day = decision["day"]
    if day:
        value = hashlib.sha256(b"\x00" + bytes.fromhex(decision["sha256"])).digest()
        for side, other in day["path"]:
            pair = bytes.fromhex(other)
            pair = pair + value if side == "left" else value + pair
            value = hashlib.sha256(b"\x01" + pair).digest()
        if (
            value.hex() != day["root"]
            or json.loads(day["hashed"])["root"] != day["root"]
        ):
            yield f"{label} : elle n'est pas dans sa journée."
        if sha(day["hashed"].encode()) != day["sha256"]:
            yield f"{label} : l'empreinte de sa journée a changé."


def verify_photos(files, folder, name, journal):
    """Each photo of the journal is there, and is the one whose checksum it gives."""
    photos = list(journal["request"]["photos"])
    for report in journal["reports"]:
        photos += report["photos"]
    for photo in photos:
        path = f"{folder}photos/{photo['id']}.jpg"
        if path not in files:
            yield f"{path} : la photo manque, {name} la cite."
        elif sha(files[path]) != photo["sha256"]:
            yield f"{path} : ce n'est pas la photo que {name} cite."


# --------------------------------------------------------------------- amounts


def verify_lines(files, journals):
    """Each line was approved, and the lines are worth the invoice."""
    data = parse(files, LINES)
    if data is None:
        yield f"{LINES} : il manque, ou ce n'est pas une liste de lignes."
        return
    approved = {
        approval["content_sha256"]
        for journal in journals.values()
        for approval in journal["approvals"]
        if approval["state_code"] in ACCEPTED and approval["decisions"]
    }
    total = Decimal(0)
    for line in data["lines"]:
        total += Decimal(line["amount"]) if line["charged"] else 0
        content = line["content_sha256"]
        if content and content not in approved:
            yield f"{LINES} : la ligne {line['source']} n'a pas de validation."
    if total != Decimal(data["total"]):
        yield f"{LINES} : les lignes font {total}, le total dit {data['total']}."
    for name in (INVOICE, STATEMENT):
        if name not in files:
            continue
        other = parse(files, name)
        if other is None:
            yield f"{name} : il ne se lit pas."
        elif data["is_whole"] and Decimal(other["total"]) != total:
            yield f"{name} : il dit {other['total']}, les lignes font {total}."


if __name__ == "__main__":
    sys.exit(main())
