"""Whatever others wrote and we ship is named, with its licence and its checksum."""

import hashlib
from pathlib import Path

import pytest
import tomllib

REPO = Path(__file__).parents[1]
ROWS = "config/third_party.toml"
# Licences that go with AGPL-3 (gnu.org/licenses/license-list).
LICENCES = {
    "0BSD",
    "AGPL-3.0-or-later",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "GPL-3.0-or-later",
    "ISC",
    "LGPL-3.0-or-later",
    "MIT",
    "MPL-2.0",
    "OFL-1.1",
}
NEEDED = ("name", "version", "licence", "source", "sha256")
# Beside the files, and not third-party code itself.
PAPERS = {"LICENSE", "LICENSE.txt", "LICENSE.md", "README.md"}


def find_faults(repo):
    """What is wrong with the third-party files of ``repo``: list of sentences."""
    rows = tomllib.loads((repo / ROWS).read_text(encoding="utf-8"))
    shipped = {
        str(path.relative_to(repo)): path
        for path in repo.glob("addons/*/static/lib/**/*")
        if path.is_file() and path.name not in PAPERS
    }
    faults = [f"{name}: has no row in {ROWS}" for name in shipped.keys() - rows.keys()]
    faults += [f"{name}: is not there" for name in rows.keys() - shipped.keys()]
    for name in shipped.keys() & rows.keys():
        faults += find_row_faults(name, shipped[name], rows[name])
    # a bundle of others that hides elsewhere
    faults += [
        f"{path.relative_to(repo)}: minified code belongs in static/lib"
        for path in repo.glob("addons/*/static/**/*.min.*")
        if "/static/lib/" not in path.as_posix()
    ]
    return sorted(faults)


def find_row_faults(name, path, row):
    """What is wrong with one file."""
    faults = [f"{name}: {key} is missing" for key in NEEDED if not row.get(key)]
    if row.get("licence") not in LICENCES:
        faults.append(f"{name}: licence {row.get('licence')} is not accepted")
    if row.get("sha256") != hashlib.sha256(path.read_bytes()).hexdigest():
        faults.append(f"{name}: its checksum is another")
    if not any((path.parent / paper).exists() for paper in PAPERS - {"README.md"}):
        faults.append(f"{name}: no LICENSE beside it")
    return faults


def test_what_we_ship_of_others_is_named():
    assert find_faults(REPO) == []


@pytest.fixture
def repo(tmp_path):
    """A repository with one file of somebody else, as it should be."""
    folder = tmp_path / "addons/ours/static/lib/tool"
    folder.mkdir(parents=True)
    (tmp_path / "config").mkdir()
    (folder / "tool.js").write_text("let tool;")
    (folder / "LICENSE").write_text("MIT")
    write_row(tmp_path)
    return tmp_path


def write_row(repo, **changes):
    """The file's row, with ``changes``."""
    row = {
        "name": "tool",
        "version": "1.0.0",
        "licence": "MIT",
        "source": "https://example.org/tool-1.0.0.tgz",
        "sha256": hashlib.sha256(b"let tool;").hexdigest(),
        **changes,
    }
    lines = [f'{key} = "{value}"' for key, value in row.items()]
    text = '["addons/ours/static/lib/tool/tool.js"]\n' + "\n".join(lines)
    (repo / ROWS).write_text(text, encoding="utf-8")


def test_a_file_with_its_row_passes(repo):
    assert find_faults(repo) == []


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda repo: (repo / ROWS).write_text(""), "has no row"),
        (
            lambda repo: (repo / "addons/ours/static/lib/tool/more.js").touch(),
            "more.js: has no row",
        ),
        (
            lambda repo: (repo / "addons/ours/static/lib/tool/tool.js").unlink(),
            "is not there",
        ),
        (
            lambda repo: (repo / "addons/ours/static/lib/tool/tool.js").write_text("x"),
            "checksum",
        ),
        (
            lambda repo: (repo / "addons/ours/static/lib/tool/LICENSE").unlink(),
            "no LICENSE",
        ),
        (lambda repo: write_row(repo, licence="CC-BY-NC-4.0"), "is not accepted"),
        (lambda repo: write_row(repo, version=""), "version is missing"),
        (
            lambda repo: (repo / "addons/ours/static/tool.min.js").touch(),
            "belongs in static/lib",
        ),
    ],
)
def test_anything_else_fails(repo, spoil, fault):
    spoil(repo)
    assert any(fault in found for found in find_faults(repo))
