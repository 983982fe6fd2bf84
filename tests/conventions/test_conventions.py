"""The project's conventions that matter, as checks; each message says what to do."""

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from configparser import ConfigParser
from dataclasses import fields
from fnmatch import fnmatch
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment

from config import ROOT, Config
from kb.accounts import choices as accounts
from kb.editorial import choices as editorial
from kb.forum import choices as forum
from kb.importing import choices as importing
from kb.questions import choices as questions
from kb.web.core import assets
from kb.web.core.labels import LABELS

from .sources import FILES, KB, TEMPLATES, calls_of, text_of
from .unmarked_messages import marked_in, unmarked
from .visible_strings import bare_strings


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def commits_in(source: str) -> list[tuple[int, str]]:
    """The line of each call of a method named commit, and what it is called on."""
    return [
        (call.lineno, ast.unparse(call.func.value))
        for call in calls_of(source, "commit")
        if isinstance(call.func, ast.Attribute)
    ]


# The search index has commits of its own, which touch no table.
COMMITS_OF_THE_INDEX = {"engine", "store", "self._writer"}


def test_only_the_database_module_commits() -> None:
    places = [
        f"{named(path)}:{line}"
        for path in (*FILES, *sorted((ROOT / "alembic").rglob("*.py")))
        if path != KB / "core" / "db.py"
        for line, called_on in commits_in(text_of(path))
        if not (path.is_relative_to(KB / "search") and called_on in COMMITS_OF_THE_INDEX)
    ]
    assert places == [], "only kb/core/db.py commits; use `with database.writing() as session:` around one action"
    planted = "def save(db):\n    db.begin().connection . commit()\n"
    assert commits_in(planted) == [(2, "db.begin().connection")]


def test_packages_ask_the_database_and_the_web_asks_the_packages() -> None:
    select = re.compile(r"\bselect\(")
    places = [
        f"{named(path)}:{number}"
        for path in FILES
        if path.is_relative_to(KB / "web")
        for number, line in enumerate(text_of(path).split("\n"), 1)
        if select.search(line)
    ]
    assert places == [], "move the select into the package's queries, as a function named for what it returns"
    assert select.search("rows = session.scalars(select(City))")
    assert not select.search("rows = session.scalars(queries.cities())")


def test_every_module_says_in_one_docstring_what_it_is() -> None:
    silent = [named(path) for path in FILES if not begins_with_docstring(text_of(path))]
    assert silent == [], "begin each module with a docstring of one sentence"
    assert begins_with_docstring('# A comment.\n\n"""What it is."""\nimport os\n')
    assert not begins_with_docstring('import os\n\n"""What it is."""\n')
    assert not begins_with_docstring('""""""\n')


def begins_with_docstring(source: str) -> bool:
    """Whether the first thing in a module, but for comments, is a docstring that says something."""
    return re.match(r'(#.*\n|\s+)*"""[^"\s]', source) is not None


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}
    assert [named(path) for path in FILES if path.stem in vague] == [], "name a module for what it is about"


def test_no_two_modules_of_tests_have_one_name() -> None:
    """In folders without `__init__.py`, pytest takes the second for the first, and stops at it."""
    modules = Counter(
        path.name for path in (ROOT / "tests").rglob("test_*.py") if not (path.parent / "__init__.py").exists()
    )
    assert [name for name, times in modules.items() if times > 1] == [], "give one of them another name"


def test_no_module_is_longer_than_450_lines() -> None:
    long = {named(path): lines for path in FILES if (lines := text_of(path).count("\n")) > 450}
    assert long == {}, "a file this long usually hides two things; make a folder of the same name"


def test_every_route_is_documented(app: Flask) -> None:
    silent = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if not (app.view_functions[rule.endpoint].__doc__ or "").strip()
    ]
    assert silent == [], "say in the view's docstring what the page is for"


@cache
def paths_quoted_in(source: str) -> frozenset[str]:
    """Whatever a source has in quotes that may be a path."""
    return frozenset(path for _, path in re.findall(r"""(["'])([\w./-]+)(?=\1)""", source))


def quoted(path: str, sources: Iterable[str]) -> bool:
    """Whether a source names exactly this path in quotes."""
    return any(path in paths_quoted_in(source) for source in sources)


def test_every_template_is_rendered_or_part_of_one_that_is() -> None:
    texts = {path: text_of(path) for path in (*FILES, *TEMPLATES)}
    unused = [
        named(path)
        for path in TEMPLATES
        # A template that names itself is not used by that.
        if not quoted(template_name(path), (text for other, text in texts.items() if other != path))
    ]
    assert unused == [], "no view renders these and no template includes them: take them away"
    assert not quoted(
        "map.html", ["{% from 'parts/map.html' import base_map %}", "see map.html", 'render("old-map.html")']
    )
    assert quoted("parts/map.html", ["{% from 'parts/map.html' import base_map %}"])


def test_every_private_constant_is_used() -> None:
    assert [f"{named(path)}: {name}" for path in FILES for name in unread_constants(text_of(path))] == [], (
        "nothing reads these: take them away, or use them where the same is written again"
    )
    assert unread_constants("_ONE = 1\n_TWO: int = _ONE\n") == ["_TWO"]


def unread_constants(source: str) -> list[str]:
    """Constants with an underscore that their file writes and never reads."""
    names = re.findall(r"^(_[A-Z][A-Z_]*)(?:: .+)? = ", source, re.MULTILINE)
    return [name for name in names if len(re.findall(rf"\b{name}\b", source)) == 1]


def template_name(path: Path) -> str:
    return str(path.relative_to(KB / "web" / "templates"))


def test_every_static_file_is_used() -> None:
    static = KB / "web" / "static"
    sources = [text_of(path) for path in (*FILES, *TEMPLATES)]
    own = [path for folder in ("css", "js") for path in sorted((static / folder).rglob("*.*"))]
    scripts = [text_of(path) for path in own if path.suffix == ".js"]
    joined = {f"css/{part}.css" for part in assets._PARTS}
    unused = [
        named(path)
        for path in own
        if (name := str(path.relative_to(static))) not in joined
        and not quoted(name, sources)
        and not quoted(f"./{path.name}", scripts)
    ]
    assert unused == [], "no page loads these: take them away"
    missing = sorted(name for name in joined if not (static / name).exists())
    assert missing == [], "the stylesheet is joined from these, which are not there"
    assert not quoted("js/map.js", ['the "map" of js/map.js', "asset('js/map.json')"])


@pytest.mark.parametrize("path", [path for path in TEMPLATES if path.suffix in {".html", ".xml"}], ids=named)
def test_every_visible_string_is_marked_for_translation(environment: Environment, path: Path) -> None:
    bare = bare_strings(environment, text_of(path))
    assert bare == [], f"{named(path)}: wrap these in _() or {{% trans %}}: {bare}"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Evidence level {{ n }} of five</p>", ["Evidence level", "of five"]),
        ("<p>{{ _('Evidence level %(n)s', n=n) }}</p>", []),
        ("{% trans n=n %}Evidence level {{ n }}{% endtrans %}", []),
        ("{% trans n=2 %}One{% pluralize %}{{ n }} more{% endtrans %}", []),
        ('<a title="More of {{ it }}">{{ it }}</a>', ["More of"]),
        ('<a class="more" href="/x" aria-label="{{ _(\'Next\') }}">{{ it }}</a>', []),
        ("<p>{{ 'Yes' if it else _('No') }}</p>", ["Yes"]),
        ("<p>{{ it or 'none at all' }}</p>", ["none at all"]),
        ("{{ table(rows, 'Targets that were announced') }}", ["Targets that were announced"]),
        ("{% block title %}Cities{% endblock %}", ["Cities"]),
        ("{% macro one(it) %}<li>{% if it %}Über{% endif %}</li>{% endmacro %}", ["Über"]),
        (
            '<meta name="description" content="All cities"><meta name="viewport" content="width=one">',
            ["All cities"],
        ),
        ('{# a comment #}<script>const word = 1;</script><{{ h }} class="x">{{ it }}</{{ h }}>', []),
        ("<p class=\"{{ 'steep' if it else 'flat' }}\">{{ it }}</p>", []),
        ("<svg><title>{{ n }} cities: {{ names }}</title></svg>", ["cities:"]),
        ("<p>{{ it }} 3 · x</p>", []),
    ],
)
def test_a_planted_string_is_found(environment: Environment, source: str, found: list[str]) -> None:
    assert bare_strings(environment, source) == found


_TAG = re.compile(
    r'<[a-zA-Z][\w-]*(?:\s+|\{%.*?%\}|\{\{.*?\}\}|"(?:\{\{.*?\}\}|\{%.*?%\}|[^"])*"|[^<>"{])*>', re.DOTALL
)


def glued(source: str) -> list[str]:
    """Tags in which jinja takes away the line's end after a block, and with it the space before the next attribute."""
    return [tag for tag in _TAG.findall(source) if re.search(r"(?<!\+)%\}\n\s*(?!/?>)\S", tag)]


def test_no_attribute_is_glued_to_the_one_before_it() -> None:
    found = {named(path): tags for path in TEMPLATES if (tags := glued(text_of(path)))}
    assert found == {}, "within a tag, end the block before another attribute with +%}, which keeps the line's end"
    planted = '<input {% if a %}required{% endif X%}\n  {% if b %}autocomplete="{{ b }}"{% endif %}>'
    assert glued(planted.replace("X", "")) == [planted.replace("X", "")]
    assert glued(planted.replace("X", "+")) == []


def test_whatever_people_are_told_of_a_problem_is_marked_for_translation() -> None:
    sources = {path: text_of(path) for path in FILES}
    known = set().union(*map(marked_in, sources.values()))
    bare = [
        f"{named(path)}:{line}: {text}"
        for path, source in sources.items()
        for line, text in unmarked(source, vars(import_module(module_of(path))), known)
    ]
    assert bare == [], (
        "say it with gettext_noop(), and values by name: Refused(gettext_noop('There is no %(what)s.'), what=name)"
    )


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("raise Refused(f'There is no {what}.')", ["f'There is no {what}.'"]),
        ("raise NotFound('There is none.')", ["'There is none.'"]),
        ("raise Conflict(_BARE if late else gettext_noop('Marked.'))", ["_BARE"]),
        ("raise Refused('There is ' + what)", ["'There is ' + what"]),
        ("doubt = Message('Perhaps %(near)s?', {'near': near})", ["'Perhaps %(near)s?'"]),
        ("raise Refused(_MARKED)\nraise NotFound\nraise Refused(gettext_noop('Marked.'), name=f'{name} here')", []),
        ("raise Refused(message)\nraise Refused(Message('%(one)s: %(other)s', {}))", []),
    ],
)
def test_a_planted_problem_in_english_only_is_found(source: str, found: list[str]) -> None:
    constants = {"_BARE": "Bare.", "_MARKED": "Marked."}
    assert [text for _, text in unmarked(source, constants, marked_in(source) | {"Marked."})] == found


def test_every_label_of_a_closed_list_is_marked() -> None:
    source = (KB / "catalogue" / "choices.py").read_text("utf-8")
    bare = re.findall(r'^    "[a-z0-9-]+": "(.+)",', source, flags=re.MULTILINE)
    assert bare == [], "wrap labels in gettext_noop(), so that they can be translated"


def test_no_page_holds_inline_script_or_style() -> None:
    inline = re.compile(r"""<style\b|\sstyle=["']|\son[a-z]+=["']|href=["']javascript:""")
    found = [named(path) for path in TEMPLATES if inline.search(text_of(path))]
    assert found == [], "the content security policy forbids inline style and script; use a class or a data- attribute"


def test_dark_colours_are_those_of_the_tokens_alone() -> None:
    found = [
        named(path)
        for path in sorted((KB / "web" / "static" / "css").rglob("*.css"))
        if "prefers-color-scheme" in text_of(path) and path.name != "tokens.css"
    ]
    assert found == [], (
        "use a colour of tokens.css, which has both its shades: axe reads most pages in one of them at each width"
    )


def test_styles_use_logical_sides_so_that_right_to_left_works() -> None:
    physical = re.compile(
        r"(?<![\w-])(margin|padding|border)-(left|right)\b|(?<![\w-])(left|right)\s*:|text-align:\s*(left|right)|float:\s*(left|right)"
    )
    found = [
        f"{named(path)}:{number}"
        for path in sorted((KB / "web" / "static" / "css").rglob("*.css"))
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if physical.search(line)
    ]
    assert found == [], "use inline-start and inline-end instead of left and right"


def test_no_path_of_a_machine_and_no_registry_host_is_in_the_repository() -> None:
    banned = re.compile(
        r"(?<![\w.])/(?:work|tmp|root)/[\w.-]+|pypi\.org|registry\.npmjs|deb\.debian|files\.pythonhosted"
    )
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / name for name in tracked.split("\0") if name]
    texts = [path for path in files if path.suffix not in {".png", ".json"} and path != Path(__file__).resolve()]
    places = [
        f"{named(path)}:{number}"
        for path in texts
        if path.exists() and banned.search(text_of(path))
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if banned.search(line)
    ]
    assert places == [], "take these out"


def test_every_setting_says_what_it_means_and_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    missing = [setting.metadata["env"] for setting in fields(Config) if setting.metadata["env"] not in readme]
    assert missing == [], "name these settings in README.md"
    assert all(setting.metadata["meaning"] for setting in fields(Config))


def verbs_noted_in(source: str) -> set[str]:
    """The verbs that calls of `record_audit_event` write to the audit trail, but for those that are put together."""
    calls = calls_of(source, "record_audit_event", "trail")
    written = [call.args[2] for call in calls if isinstance(call.func, ast.Name)]
    either = [way for verb in written for way in ((verb.body, verb.orelse) if isinstance(verb, ast.IfExp) else (verb,))]
    return {str(verb.value) for verb in either if isinstance(verb, ast.Constant)}


def test_whatever_the_audit_trail_notes_has_words() -> None:
    noted = {verb for path in FILES for verb in verbs_noted_in(text_of(path))}
    assert noted - set(LABELS["audit_actions"]) == set(), (
        "name these actions in AUDIT_LABELS of the package's choices, for the page of the audit trail"
    )
    assert verbs_noted_in("record_audit_event(session, actor, 'fly' if up else 'fall', 'bird', 1)") == {"fly", "fall"}


def test_an_action_of_the_audit_trail_belongs_to_one_package() -> None:
    packages = (accounts, editorial, forum, importing, questions)
    uses = Counter(action for package in packages for action in package.AUDIT_LABELS)
    assert {action for action, number in uses.items() if number > 1} == set()
    assert set(uses) == set(LABELS["audit_actions"])


def patterns_of_package_data() -> list[tuple[str, str]]:
    """The folders and patterns by which files that are no modules are installed with the package."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return [
        (f"{package.replace('.', '/')}/{pattern.partition('*')[0]}", pattern.rpartition("/")[2])
        for package, patterns in config["options.package_data"].items()
        for pattern in patterns.split()
    ]


def is_installed(name: str) -> bool:
    """Whether an installation outside the checkout has this file of the package."""
    return any(name.startswith(folder) and fnmatch(name, f"*{end}") for folder, end in patterns_of_package_data())


def test_an_installation_outside_the_checkout_has_every_file() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z", "kb"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [name for name in tracked.stdout.split("\0") if name and not name.endswith((".py", ".gitignore", ".md"))]
    assert [name for name in files if not is_installed(name)] == [], "name these in [options.package_data] of setup.cfg"
    assert is_installed("kb/web/translations/es/LC_MESSAGES/messages.mo")
    assert not is_installed("kb/web/elsewhere/messages.mo")


MAY_BE_SENT_AGAIN = {
    *("account.name_submit", "account.password_submit", "account.sign_out_everywhere", "keys.revoke", "resets.ask"),
    *("people.role_submit", "people.city_submit", "people.enable", "people.disable", "people.reset_second_step"),
    *("signing_in.sign_in", "signing_in.sign_out", "second_factors.app", "second_factors.app_remove"),
    *("second_factors.passkey", "second_factors.passkey_remove", "second_factors.confirm"),
    # The codes that are shown last are those that work.
    "second_factors.recovery_codes_submit",
    *("desk.close_report", "desk.source", "desk.resolve", "still_true.still_true", "suggesting.suggest_goals"),
    *("briefs.write", "answering.answer", "preparing_parts.minutes_submit", "audience.name_off", "audience.vote"),
    *("leading.step", "leading.moderate_submit", "leading.open_questions", "leading.unblock"),
    *("questions.confirm", "questions.choices_submit", "questions.withdraw_submit", "city_questions.unblock"),
    *("data_of_address.show", "data_of_address.file", "data_of_address.erase_anybody_submit"),
    "personal_data.erase_submit",
    *("leading.remove_questions_submit", "leading.restore_questions", "downloads.download_submit"),
}
"""Endpoints of forms that set something or end it: sent again, they change nothing, or say that it is so already."""


def posted_more_than_once(template: str) -> list[str]:
    """The endpoints of the forms of a template that carry no key; of one without an action, nothing."""
    forms = re.findall(r'<form\b[^>]*?method="post".*?</form>', template, re.DOTALL)
    actions = [re.search(r"url_for\('([\w.]+)'", form.partition(">")[0]) for form in forms if "once()" not in form]
    return [action[1] for action in actions if action]


def test_a_form_that_makes_something_makes_it_once() -> None:
    places = {
        f"{named(path)}: {endpoint}"
        for path in TEMPLATES
        if path.suffix == ".html"
        for endpoint in posted_more_than_once(text_of(path))
        if endpoint not in MAY_BE_SENT_AGAIN
    }
    assert places == set(), "write `{{ once() }}` into the form, and `submissions.writing()` into its view"
    planted = """<form class="x" method="post" action="{{ url_for('desk.new') }}">{{ token() }}</form>"""
    assert posted_more_than_once(planted) == ["desk.new"]
    assert posted_more_than_once(planted.replace("token", "once")) == []
