"""Our addons use the API of Odoo 19: what fails quietly, or only at install, is named."""

import re
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
# pattern: what to write instead
PYTHON = {
    r"\b_sql_constraints\b": "models.Constraint, models.Index or models.UniqueIndex",
    r"\bdef name_get\(": "_compute_display_name",
    r"\bread_group\(": "_read_group or formatted_read_group",
    r"\bgroups_id\b": "group_ids on users, actions and menus",
    r"type=[\"']json[\"']": 'type="jsonrpc" in controllers',
    r"\bodoo\.osv\b": "odoo.fields.Domain",
    r"\b(?:self|record|env)\._(?:cr|uid|context)\b": "self.env.cr, .uid or .context",
    r"\bdatetime\.now\(\)": "fields.Datetime.now(), which is in UTC",
    r"\bcheck_access_rights\(|\bcheck_access_rule\(": "check_access or has_access",
    r"\buser_has_groups\(": "self.env.user.has_group",
    r"\bfields_get_keys\(|\bfields_view_get\(": "get_view",
    r"\(\s*[46]\s*,\s*(?:ref\(|0\s*,\s*\[)": "Command.link or Command.set",
    r"@api\.(?:multi|one|returns)\b": "nothing: recordsets are the rule",
    r"from odoo import .*\b_\b(?!lt)": "self.env._, which knows the language",
}
XML = {
    r"<tree\b": "<list>",
    r"\battrs=": "invisible=, readonly= and required= with an expression",
    r"\bstates=": "invisible= with an expression",
    r"\bt-name=\"kanban-box\"": 't-name="card"',
    r"name=\"groups_id\"": "group_ids",
    r"name=\"category_id\" ref=\"base\.module_category": "privilege_id on groups",
    r"<div class=\"oe_chatter\"": "<chatter/>",
    r"view_mode\">[^<]*\btree\b": "list",
}
JAVASCRIPT = {
    r"\bodoo\.define\(": "an ES module",
    r"require\(['\"]web\.": "import … from '@web/…'",
}
KINDS = {"py": PYTHON, "xml": XML, "js": JAVASCRIPT}


def find_faults(suffix: str) -> list[str]:
    """Lines of our addons that use what Odoo 19 no longer has."""
    faults = []
    for path in sorted((REPO / "addons").rglob(f"*.{suffix}")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            faults += [
                f"{path.relative_to(REPO)}:{number}: {line.strip()} → write {instead}"
                for pattern, instead in KINDS[suffix].items()
                if re.search(pattern, line) and "legacy-ok" not in line
            ]
    return faults


@pytest.mark.parametrize("suffix", KINDS)
def test_addons_use_the_api_of_this_version(suffix):
    assert find_faults(suffix) == []


@pytest.mark.parametrize(
    ("suffix", "line"),
    [
        ("py", "    _sql_constraints = [('a', 'unique(b)', 'c')]"),
        ("py", "rows = self.env['x'].read_group([], ['a'], ['b'])"),
        ("py", "'groups_id': [(4, ref('base.group_user'))]"),
        ("py", "@http.route('/x', type='json', auth='user')"),
        ("py", "from odoo import _, api"),
        ("xml", '<tree string="Requests">'),
        ("xml", '<field name="a" attrs="{}"/>'),
        ("js", "odoo.define('a', function () {"),
    ],
)
def test_the_patterns_find_what_they_name(suffix, line):
    assert any(re.search(pattern, line) for pattern in KINDS[suffix])


def test_the_new_api_passes():
    line = "self.env['x']._read_group([], ['a']); x.formatted_read_group([])"
    assert not any(re.search(pattern, line) for pattern in PYTHON)
