"""The code about itself: short functions, no clock inside, every query of one organisation."""

from __future__ import annotations

import ast
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps

from dunwell.store import models as tables

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "dunwell"
LINES_A_FUNCTION = 60
LINES_A_MODULE = 500

LONG_FUNCTIONS = {
    "store/facts.py _chunk": "one constructor call that names every fact beside its query",
}
"""Functions over the limit, each with its reason; one that is short again must leave the list."""

LONG_MODULES = {
    "sim/book.py": "one recipe for a whole company, read from top to bottom",
    "sim/world.py": "one day of the world, in the order in which it happens",
    "core/policy.py": "the policy document, one class beside the other",
    "cli/policy.py": "the commands of one noun",
}

DOORS = ("cli", "web", "portal", "api", "workers")
"""Where time enters; from there it goes inward as an argument (DATA.md 3.2, HOUSE 1)."""

CLOCKS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime"},
    "timezone": {"now", "localtime", "localdate"},
}


def sources() -> Iterator[Path]:
    """Yield every module of the product that a person wrote."""
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


@cache
def tree(path: Path) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(path.read_text("utf-8"))


def short(path: Path) -> str:
    """Return a module's path as people say it."""
    return path.relative_to(SOURCE).as_posix()


def functions(path: Path) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield every function of a module, methods and inner ones too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef):
            yield f"{short(path)} {node.name}", node


def length(node: ast.FunctionDef) -> int:
    """Count a function's own lines; those of functions inside it are theirs."""
    inner = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef) and n is not node]
    outermost = [n for n in inner if not any(o is not n and n in ast.walk(o) for o in inner)]
    return node.end_lineno - node.lineno + 1 - sum(n.end_lineno - n.lineno + 1 for n in outermost)


def test_functions_are_short() -> None:
    """A function fits on a screen, or the list says why not."""
    long = {
        name: count
        for path in sources()
        for name, node in functions(path)
        if (count := length(node)) > LINES_A_FUNCTION
    }
    assert {n: k for n, k in long.items() if n not in LONG_FUNCTIONS} == {}
    assert sorted(set(LONG_FUNCTIONS) - set(long)) == [], "short again: take it off the list"


def test_modules_are_short() -> None:
    """A module is one idea; beyond the limit the list says which."""
    long = {
        short(path): count
        for path in sources()
        if (count := path.read_text("utf-8").count("\n")) > LINES_A_MODULE
    }
    assert {n: k for n, k in long.items() if n not in LONG_MODULES} == {}
    assert sorted(set(LONG_MODULES) - set(long)) == [], "short again: take it off the list"


def test_no_clock_is_read_inside() -> None:
    """What day it is comes from outside, so that every day can be played and replayed."""
    found = [
        f"{short(path)}:{node.lineno}"
        for path in sources()
        if path.relative_to(SOURCE).parts[0] not in DOORS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and is_clock(node)
    ]
    assert found == []


def is_clock(node: ast.Attribute) -> bool:
    """Tell whether an attribute reads a clock: `dt.date.today`, `datetime.now`, `time.time`."""
    owner = node.value
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return node.attr in CLOCKS.get(name, ())


def test_the_clock_test_would_notice() -> None:
    """The check above knows the clocks it looks for, and leaves times at rest alone."""
    for text in ("dt.date.today()", "datetime.now(UTC)", "dt.datetime.now()", "time.time()"):
        assert any(is_clock(n) for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Attribute))
    for text in ("inbound.now", "time.sleep(1)", "time.monotonic()", "dt.date.fromisoformat(x)"):
        nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Attribute)]
        assert not any(is_clock(n) for n in nodes)


NAME_SAYS_IT = 7
"""Lines up to which a public name may stand without a sentence."""

SILENT: dict[str, str] = {}


def test_every_module_says_what_it_is() -> None:
    """Every module, and every public class and function that is not tiny, has a docstring."""
    assert [short(p) for p in sources() if p.read_text("utf-8").strip() and not doc(tree(p))] == []
    silent = {
        f"{short(path)} {node.name}"
        for path in sources()
        if "models" not in path.parts
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and node.end_lineno - node.lineno >= NAME_SAYS_IT
        and not doc(node)
    }
    assert sorted(silent - set(SILENT)) == []
    assert sorted(set(SILENT) - silent) == [], "it speaks now: take it off the list"


def doc(node: ast.Module | ast.FunctionDef | ast.ClassDef) -> str | None:
    """Return a node's docstring."""
    return ast.get_docstring(node)


def test_tests_say_what_is_true() -> None:
    """Every test has a sentence that says what is true; its name is a sentence too."""
    silent = [
        f"{path.name} {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and (not doc(node) or node.name.count("_") < 3)
    ]
    assert silent == []


MARKERS = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]))


def test_nothing_is_left_for_later() -> None:
    """No marker of unfinished work stands in a comment on the main branch."""
    left = []
    for path in [*sources(), *sorted((ROOT / "tests").rglob("*.py"))]:
        with path.open("rb") as file:
            left += [
                f"{path.relative_to(ROOT)}:{token.start[0]}"
                for token in tokenize.tokenize(file.readline)
                if token.type == tokenize.COMMENT and MARKERS.search(token.string)
            ]
    assert left == []


OWNED = {m.__name__ for m in apps.get_app_config("store").get_models()} - {"Organisation"}
TABLES = {getattr(tables, name)._meta.db_table for name in OWNED}
ROWS_CARRY_IT = {"create", "bulk_create", "bulk_update"}
"""Methods that write objects, each of which has its organisation."""


def test_every_query_names_its_organisation() -> None:
    """On SQLite the scope is the only wall: a query without it would reach across (DATA.md 1.1).

    A chain that begins at a model's manager names the organisation somewhere in it, or unpacks
    a mapping that does.
    """
    found = [
        f"{short(path)}:{chain.lineno} {text}"
        for path in sources()
        for chain, text in unscoped(tree(path))
    ]
    assert found == []


def unscoped(module: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Yield the chains of calls on a model's manager that name no organisation."""
    parents = {child: node for node in ast.walk(module) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(module):
        if not (isinstance(node, ast.Attribute) and node.attr == "objects"):
            continue
        name = node.value.attr if isinstance(node.value, ast.Attribute) else ""
        if name not in OWNED:
            continue
        calls: list[ast.Call] = []
        at: ast.AST = node
        while isinstance(up := parents.get(at), ast.Attribute | ast.Call):
            if isinstance(up, ast.Call):
                if up.func is not at:
                    break
                calls.append(up)
            at = up
        methods = [c.func.attr for c in calls if isinstance(c.func, ast.Attribute)]
        words = {k.arg for c in calls for k in c.keywords}
        carried = bool(methods) and methods[0] in ROWS_CARRY_IT - {"create"}
        if not carried and not words & {"organisation_id", "organisation", None}:
            yield node, f"{name}.objects.{'.'.join(methods)}"


def test_the_query_test_would_notice() -> None:
    """The check above finds a query that names no organisation, however long its chain."""
    good = "models.Item.objects.filter(pk=1).exclude(organisation_id=2).first()"
    bad = "models.Item.objects.filter(pk=1).order_by('pk').first()"
    assert list(unscoped(ast.parse(good))) == []
    assert [text for _, text in unscoped(ast.parse(bad))] == ["Item.objects.filter.order_by.first"]


NAMED = re.compile(r'\b(?:FROM|JOIN|UPDATE|INTO)\s+"?([a-z_]+)')


ACROSS = {
    "SELECT COALESCE(MAX(id), 0) FROM decision": "numbers are given out over all organisations",
}
"""Statements that touch rows of all organisations, each with its reason."""


def test_every_statement_in_sql_names_its_organisation() -> None:
    """A statement written by hand names the organisation of each table it touches, one by one.

    A piece that comes after others (`_OF`, a WHERE kept apart) may name it for the statement.
    """
    found = []
    for path in sources():
        if path.name == "walls.py":
            continue
        inner = {
            id(p) for n in ast.walk(tree(path)) if isinstance(n, ast.JoinedStr) for p in n.values
        }
        for node in ast.walk(tree(path)):
            text = "" if id(node) in inner else whole(node)
            touched = [t for t in NAMED.findall(text) if t in TABLES]
            named = text.count("organisation_id") + text.count("{_OF}") + text.count("{where}")
            if touched and not named and text not in ACROSS:
                found.append(f"{short(path)}:{node.lineno} {touched}")
    assert found == []


def whole(node: ast.AST) -> str:
    """Return a string, put together from its parts, as it stands in the source."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            p.value if isinstance(p, ast.Constant) else f"{{{ast.unparse(p.value)}}}"
            for p in node.values
            if isinstance(p, ast.Constant | ast.FormattedValue)
        )
    return ""


PLACES = re.compile(r"(?<![\w.])/(?:home|root|work|tmp|Users)/\w+")


@pytest.mark.parametrize("folder", ["src", "tests", "scripts", "docs", "bench"])
def test_nothing_depends_on_one_machine(folder: str) -> None:
    """No file names a folder of the machine it was written on, nor a registry's address."""
    registry = re.compile(r"https?://[^\s\"')>]*(?:simple/|pypi|npmjs|registry)")
    found = []
    for path in sorted((ROOT / folder).rglob("*")):
        if path.is_file() and path.suffix in TEXT and path != Path(__file__):
            for n, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
                if PLACES.search(line) or registry.search(line):
                    found.append(f"{path.relative_to(ROOT)}:{n} {line.strip()[:60]}")
    assert found == []


TEXT = {".py", ".md", ".yaml", ".toml", ".txt", ".sh", ".html", ".typ", ".json", ".story", ""}


def test_no_two_test_files_have_one_name() -> None:
    """Tests are no packages: of two modules of one name a run sees one."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, n in names.items() if n > 1] == []
