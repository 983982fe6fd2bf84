"""The conventions of the house that matter, as checks; each message says what to do."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from config import ROOT, Config

KB = ROOT / "kb"
FILES = sorted(KB.rglob("*.py"))
TEMPLATES = sorted((KB / "web" / "templates").rglob("*.*"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_only_the_database_module_commits() -> None:
    commits = [
        f"{named(path)}:{number}"
        for path in FILES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"\bsession\.commit\(", line)
    ]
    assert [place.split(":")[0] for place in commits] == ["kb/db.py"], (
        f"only kb/db.py commits; use `with database.writing() as session:` around one action: {commits}"
    )


def test_every_module_says_in_one_docstring_what_it_is() -> None:
    silent = [named(path) for path in FILES if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    assert silent == [], "begin each module with a docstring of one sentence"


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}
    assert [named(path) for path in FILES if path.stem in vague] == [], "name a module for what it is about"


def test_files_can_be_held_in_the_head() -> None:
    long = {named(path): lines for path in FILES if (lines := path.read_text("utf-8").count("\n")) > 450}
    assert long == {}, "a file this long usually hides two things; make a folder of the same name"


def test_every_route_is_documented(app: Flask) -> None:
    silent = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if not (app.view_functions[rule.endpoint].__doc__ or "").strip()
    ]
    assert silent == [], "say in the view's docstring what the page is for"


def test_every_template_is_rendered_or_part_of_one_that_is() -> None:
    sources = [path.read_text("utf-8") for path in (*FILES, *TEMPLATES)]
    unused = [
        named(path)
        for path in TEMPLATES
        if not any(f"{path.relative_to(KB / 'web' / 'templates')}" in source for source in sources)
    ]
    assert unused == [], "no view renders these and no template includes them: take them away"


def test_every_static_file_is_used() -> None:
    sources = [path.read_text("utf-8") for path in (*FILES, *TEMPLATES)]
    static = KB / "web" / "static"
    own = [path for folder in ("css", "js") for path in sorted((static / folder).rglob("*.*"))]
    scripts = [path.read_text("utf-8") for path in own]
    unused = [named(path) for path in own if not any(path.stem in source for source in (*sources, *scripts))]
    assert unused == [], "no page loads these: take them away"


VISIBLE = re.compile(r">([^<>{}]*[A-Za-z]{2,}[^<>{}]*)<")
ATTRIBUTES = re.compile(r'\b(?:alt|title|placeholder|aria-label|content)="([^"{}]*[A-Za-z]{2,}[^"{}]*)"')
# What is the same in every language: names, units of markup, and values that machines read.
SAME_EVERYWHERE = re.compile(
    r"^(CityPeers|GeoNames|World Bank|MIT|CC BY 4\.0|Creative Commons Attribution 4\.0|Source Serif.*|noindex.*"
    r"|width=.*|website|article|summary.*|light dark|#[0-9a-f]{6})$"
)


@pytest.mark.parametrize("path", [path for path in TEMPLATES if path.suffix == ".html"], ids=named)
def test_every_visible_string_is_marked_for_translation(path: Path) -> None:
    source = path.read_text("utf-8")
    source = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", "", source, flags=re.DOTALL)
    source = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|<script\b.*?</script>|<!--.*?-->", "{}", source, flags=re.DOTALL)
    bare = [text.strip() for pattern in (VISIBLE, ATTRIBUTES) for text in pattern.findall(source)]
    bare = [text for text in bare if not SAME_EVERYWHERE.match(text)]
    assert bare == [], f"{named(path)}: wrap these in _() or {{% trans %}}: {bare}"


def test_every_label_of_a_closed_list_is_marked() -> None:
    source = (KB / "catalogue" / "terms.py").read_text("utf-8")
    bare = re.findall(r'^    "[a-z0-9-]+": "(.+)",', source, flags=re.MULTILINE)
    assert bare == [], "wrap labels in marked(), so that they can be translated"


def test_no_page_holds_inline_script_or_style() -> None:
    inline = re.compile(r"""<style\b|\sstyle=["']|\son[a-z]+=["']|href=["']javascript:""")
    found = [named(path) for path in TEMPLATES if inline.search(path.read_text("utf-8"))]
    assert found == [], "the content security policy forbids inline style and script; use a class or a data- attribute"


def test_styles_use_logical_sides_so_that_right_to_left_works() -> None:
    physical = re.compile(
        r"(?<![\w-])(margin|padding|border)-(left|right)\b|(?<![\w-])(left|right)\s*:|text-align:\s*(left|right)|float:\s*(left|right)"
    )
    found = [
        f"{named(path)}:{number}"
        for path in sorted((KB / "web" / "static" / "css").rglob("*.css"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
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
        if path.exists()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if banned.search(line)
    ]
    assert places == [], "take these out"


def test_every_setting_says_what_it_means_and_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    missing = [setting.metadata["env"] for setting in _settings() if setting.metadata["env"] not in readme]
    assert missing == [], "name these settings in README.md"
    assert all(setting.metadata["meaning"] for setting in _settings())


def _settings():
    from dataclasses import fields

    return fields(Config)
