"""Accessibility, checked by axe-core in the browser on the page as it is.

The library of Deque (MPL 2.0) comes inside the PyPI package axe-playwright-python; it
knows the rules of WCAG 2.1 A and AA, on which the French RGAA rests.
"""

from importlib.resources import files

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
# What the platform draws around our pages, and which is not ours to mend.
PLATFORM = (
    ".o_main_navbar",
    "header#top",
    "footer#bottom",
    ".o_frontend_to_backend_nav",
)
_RUN = """([tags, outside, left_out]) => axe.run(
    { exclude: outside.map((selector) => [selector]) },
    {
        runOnly: { type: "tag", values: tags },
        rules: Object.fromEntries(left_out.map((rule) => [rule, { enabled: false }])),
        resultTypes: ["violations"],
    },
).then((found) => found.violations.map((violation) => ({
    rule: violation.id,
    help: violation.help,
    nodes: violation.nodes.map((node) => `${node.target.join(" ")}: ${node.html}`),
})))"""


def find_violations(page, rules=RULES, outside=PLATFORM, left_out=()):
    """What axe-core finds wrong on ``page``.

    :param page: Playwright page
    :param left_out: ids of rules that say nothing of the page itself
    :return: list of sentences: the rule, its help, and each element
    """
    if not page.evaluate("Boolean(window.axe)"):
        source = files("axe_playwright_python").joinpath("axe.min.js")
        page.evaluate(source.read_text(encoding="utf-8"))
    found = page.evaluate(_RUN, [list(rules), list(outside), list(left_out)])
    return [
        f"{violation['rule']}: {violation['help']}\n    "
        + "\n    ".join(node[:300] for node in violation["nodes"])
        for violation in found
    ]
