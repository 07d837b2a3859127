"""What an attacker can reach: walks the registry and the source of our addons."""

import ast
from collections import Counter
from pathlib import Path

REPO = Path(__file__).parents[2]
ADDONS = REPO / "addons"
PREFIX = "odoo.addons.intercommunal_"


def find_sources():
    """Our Python files that run in production, as (name, syntax tree)."""
    for path in sorted(ADDONS.glob("intercommunal_*/**/*.py")):
        name = path.relative_to(ADDONS).as_posix()
        if "/tests/" not in name:
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def find_sudo():
    """``{file: {function: number of sudo() calls}}`` and of with_user(SUPERUSER…)."""
    found = {}
    for name, tree in find_sources():
        counts = Counter()
        visit_sudo(tree, "module", counts)
        if counts:
            found[name] = dict(sorted(counts.items()))
    return found


def visit_sudo(node, function, counts):
    for child in ast.iter_child_nodes(node):
        inner = child.name if isinstance(child, ast.FunctionDef) else function
        if is_sudo(child):
            counts[function] += 1
        visit_sudo(child, inner, counts)


def is_sudo(node):
    """``x.sudo()``, but not ``x.sudo(False)``, which gives rights back."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    name = node.func.attr
    if name == "with_user":
        return "SUPERUSER" in ast.dump(node)
    gives_back = node.args and getattr(node.args[0], "value", None) is False
    return name == "sudo" and not gives_back


def find_routes():
    """``{file::function: "type auth methods paths"}`` of every http route."""
    found = {}
    for name, tree in find_sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                for route in filter(None, map(as_route, node.decorator_list)):
                    found[f"{name}::{node.name}"] = route
    return found


def as_route(node):
    if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("route")):
        return None
    options = {key.arg: ast.unparse(key.value) for key in node.keywords}
    paths = " ".join(ast.unparse(arg) for arg in node.args)
    options.setdefault("auth", "'inherited'")
    shown = ("type", "auth", "methods", "csrf")
    texts = [f"{key}={options[key]}" for key in shown if key in options]
    return " ".join([paths, *texts]).replace("'", "").replace('"', "").strip()


def find_methods(registry):
    """``{model: [public methods that our addons define]}``: RPC calls them all."""
    found = {}
    for name, model in registry.items():
        methods = set()
        for parent in model.__mro__:
            # what is added to every model is listed once, under "base"
            if name != "base" and vars(parent).get("_inherit") in ("base", ["base"]):
                continue
            if parent.__module__.startswith(PREFIX):
                methods.update(
                    attribute
                    for attribute, value in vars(parent).items()
                    if is_reachable(attribute, value)
                )
        if name in (
            "intercommunal.transition.mixin",
            "intercommunal.validation.record",
        ):
            methods.clear()  # abstract: seen on the models that take them
        if methods:
            found[name] = sorted(methods)
    return dict(sorted(found.items()))


def is_reachable(name, value):
    return (
        not name.startswith("_")
        and callable(value)
        and not getattr(value, "_api_private", False)
        and not isinstance(value, type)
    )


def find_models(registry):
    """Names of the models that our addons define."""
    return sorted(name for name in registry if name.startswith("intercommunal."))
