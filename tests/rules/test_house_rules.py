"""Rules of the house as tests; each message says what to do (style 7)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from clinic import access, queue
from clinic.app import PUBLIC, create_app
from clinic.models.database_rules import RULES
from clinic.web import errors
from jobs import work

ROOT = Path(__file__).parent.parent.parent
SOURCES = sorted((ROOT / "clinic").rglob("*.py")) + sorted((ROOT / "jobs").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TEMPLATES = sorted((ROOT / "clinic/templates").rglob("*.html"))
MAX_LINES = 450


def source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def found(pattern: str, *, but: tuple[str, ...] = ()) -> list[str]:
    """Where a pattern stands in the product's own code, except in the named files."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        if str(path.relative_to(ROOT)) not in but
        for number, line in enumerate(source(path).splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_only_db_commits():
    where = found(r"\.commit\(", but=("clinic/db.py",))
    assert not where, f"use db.transaction() in {where}"


def test_no_clock_but_the_clinics():
    where = found(r"datetime\.(now|utcnow|today)\(|date\.today\(", but=("clinic/clock.py",))
    assert not where, f"ask clinic.clock in {where}"


def test_no_float_near_money():
    folders = ("ledger", "remittances", "payments", "statements", "charges", "claims")
    where = [place for place in found(r"\bfloat\(") if place.split("/")[1] in folders]
    assert not where, f"money is Decimal, not float: {where}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_fits_in_one_head(path):
    lines = len(source(path).splitlines())
    assert lines <= MAX_LINES, f"{lines} lines: divide it by what it knows"


def test_a_file_of_tests_fits_in_one_head_too():
    counted = {str(path.relative_to(ROOT)): len(source(path).splitlines()) for path in TESTS}
    assert {name: lines for name, lines in counted.items() if lines > MAX_LINES} == {}, "divide them"


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "misc", "services"])
def test_no_drawer_modules(word):
    drawers = [str(path) for path in SOURCES if path.stem == word or path.parent.name == word]
    assert not drawers, f"name the module for what it knows: {drawers}"


def test_every_module_says_what_it_is():
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if source(path).strip()
        and ast.get_docstring(ast.parse(source(path))) is None
        and path.parent.parent.name != "blueprints"
    ]
    assert not silent, f"begin these with a docstring: {silent}"


def test_every_route_names_a_permission_or_is_on_the_short_public_list(app):
    for endpoint, view in app.view_functions.items():
        permission = getattr(view, "permission", None)
        assert permission in access.PERMISSIONS or endpoint in PUBLIC, f"add @requires to {endpoint}"


def test_the_public_list_names_only_routes_that_exist(app):
    assert not PUBLIC - app.view_functions.keys(), "take what is gone off PUBLIC in clinic/app.py"


def test_every_endpoint_that_the_code_or_a_template_links_to_exists(app):
    linked = set()
    for path in [*TEMPLATES, *SOURCES]:
        linked |= set(re.findall(r"""(?:url_for|see_other)\(\s*["']([a-z_]+\.[a-z_]+)["']""", source(path)))
    missing = linked - app.view_functions.keys()
    assert not missing, f"these links lead nowhere: {sorted(missing)}"


def test_a_route_without_permission_stops_the_start(config, monkeypatch):
    made = create_app(config, testing=True)
    made.add_url_rule("/open-door", "open_door", lambda: "in")
    with pytest.raises(Exception, match="open_door"):
        deny(made)


def deny(app) -> None:
    from clinic import app as module  # noqa: PLC0415  the private check itself is what is under test

    module._deny_by_default(app)


def job_names() -> Iterator[tuple[str, str]]:
    for path in SOURCES:
        for name in re.findall(r"""["'](jobs\.[a-z_]+\.[a-z_]+)["']""", source(path)):
            yield name, str(path.relative_to(ROOT))


def test_every_job_that_is_named_resolves():
    for name, where in job_names():
        assert callable(work.resolve(name)), f"{where} names {name}, which is no function"


def test_what_redis_may_start_is_a_short_list_under_jobs():
    assert all(name.startswith("jobs.") for name in queue.ALLOWED)
    assert len(queue.ALLOWED) <= 3


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "clinic/templates")))
def test_a_template_parses_and_uses_what_it_imports(path):
    text = source(path)
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(text)
    for imported in tree.find_all(nodes.FromImport):
        for name in imported.names:
            local = name[1] if isinstance(name, tuple) else name
            used = len(re.findall(rf"\b{local}\b", text))
            assert used > 1, f"{local} is imported and not used"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "clinic/templates")))
def test_a_template_keeps_to_the_strict_policy_for_content(path):
    text = source(path)
    assert "|safe" not in text.replace(" ", ""), "autoescape decides, never |safe"
    assert not re.search(r"\sstyle=", text), "no inline style: use a class"
    assert not re.search(r"<script(?![^>]*src=)", text), "no inline script"
    assert not re.search(r"\bhx-on|\bhx-vars|js:|hx-ext", text), "outside the portable subset of htmx"


def test_a_fragment_names_what_it_needs_in_its_first_line():
    silent = [
        str(path.relative_to(ROOT))
        for path in TEMPLATES
        if path.name.startswith("_") and not source(path).lstrip().startswith("{#")
    ]
    assert not silent, f"first line: a comment that names what it needs and its target: {silent}"


def test_only_the_portable_parts_of_flask_htmx_are_used():
    where = found(r"htmx\.(trigger|trigger_name|prompt|target|history_restore_request)\b")
    assert not where, f"these are dead under htmx 4: {where}"


def test_every_rule_of_the_database_stands_in_its_document():
    text = (ROOT / "docs/database-rules.md").read_text()
    missing = [rule.name for rule in RULES if rule.name not in text]
    assert not missing, f"explain in docs/database-rules.md: {missing}"


def test_no_host_of_a_package_registry_and_no_path_of_a_machine_is_in_the_lock():
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text


def test_error_pages_exist_for_what_handlers_answer():
    for status in errors.PAGES:
        assert (ROOT / f"clinic/templates/errors/{status}.html").exists(), status
