"""Each example of the guide runs as it stands, against a live server over the whole seed.

Those in R run where Rscript and their packages are; elsewhere the addresses in them are asked, and the test says that
the code was not run.
"""

import dataclasses
import io
import re
import runpy
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stdout
from math import ceil
from pathlib import Path

import pytest
import requests

from config import Config
from kb.app import create_app
from kb.web.guide.views import PLACEHOLDER, examples
from tests.browser.browser_pages import served
from tests.seed_facts import count, facts
from tests.sign_in import token_in

PAGES = ceil(sum(11 in fact["goals"] for fact in facts("initiatives")) / 50)
"""So many pages has the list of an example."""

SAYS = {
    "search": {
        "curl": r"slug,.*\btitle,cities,cities_label,",
        "python": r"Operational +\d+",
        "r": r"\bOperational\b.*\n +\d+ +\d+",
    },
    "entry": {
        "curl": r'"title": "PetaJakarta',
        "python": r"PetaJakarta flood map from social media - Jakarta - since 2014",
        "r": r"PetaJakarta flood map from social media - Jakarta - since 2014",
    },
    "pages": {
        "curl": rf"^ *{PAGES} initiatives\.jsonl",
        "python": r"^(\d+) of \1$",
        "r": r"^(\d+) of \1 $",
    },
    "harvest": {"curl": r"<dc:title", "python": r"oai:[^ ]+ \w+", "r": r"oai:[^ ]+ \w+"},
    "cite": {
        "curl": r"^[0-9a-f]{64}  data\.csv\n@",
        "python": r"^[0-9a-f]{64} is right\n\(\d+, \d+\)\n@",
        "r": r"^\[1\] +\d+ +\d+\n@",
    },
}
"""What each example prints."""


@pytest.fixture(scope="module")
def site(seeded_config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a live server over a copy of the seeded site, since a download is made there."""
    folder = tmp_path_factory.mktemp("guide")
    shutil.copy(seeded_config.database_url.removeprefix("sqlite:///"), folder / "kb.sqlite3")
    shutil.copytree(seeded_config.search_index, folder / "search_index")
    config = dataclasses.replace(
        seeded_config,
        database_url=f"sqlite:///{folder / 'kb.sqlite3'}",
        search_index=folder / "search_index",
        instance=folder / "instance",
    )
    app = create_app(config)
    with served(app) as address:
        yield address
    app.extensions["kb_search"].close()
    app.extensions["kb_database"].dispose()


@pytest.fixture(scope="module")
def download(site: str) -> str:
    """The code of a citable download, made as a person does."""
    with requests.Session() as browser:
        token = token_in(browser.get(f"{site}/downloads/new?q=flood", timeout=30).text)
        form = {"csrf_token": token, "q": "flood", "kind": "initiative", "format": "csv"}
        made = browser.post(f"{site}/downloads", data=form, timeout=30)
    assert made.status_code == 200, made.text
    return made.url.rsplit("/", 1)[1]


def text_of(name: str, language: str, site: str, download: str) -> str:
    return examples()[name][language].replace(PLACEHOLDER, site).replace("CODE", download)


def test_each_example_has_every_language() -> None:
    assert {name: set(texts) for name, texts in examples().items()} == {name: {"curl", "python", "r"} for name in SAYS}


def test_every_example_runs(site: str, download: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, says in SAYS.items():
        commands = text_of(name, "curl", site, download)
        ended = subprocess.run(["bash", "-euc", commands], capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 0, (name, ended.stderr)
        assert re.search(says["curl"], ended.stdout), (name, ended.stdout)
        program = tmp_path / f"{name}.py"
        program.write_text(text_of(name, "python", site, download), "utf-8")
        printed = io.StringIO()
        with redirect_stdout(printed):
            runpy.run_path(str(program))
        assert re.search(says["python"], printed.getvalue()), (name, printed.getvalue())


@pytest.mark.parametrize("name", SAYS)
def test_what_is_written_in_r_runs_or_asks_for_what_is_there(
    name: str, site: str, download: str, tmp_path: Path
) -> None:
    text = text_of(name, "r", site, download)
    packages = re.findall(r"^library\((\w+)\)", text, re.MULTILINE)
    if not _has_r(packages):
        _ask_for_addresses(name, text, site)
        pytest.skip(f"{name}-r.txt was not run, only its addresses asked: no Rscript with {packages or 'R alone'}")
    printed = _printed_by_r(text, tmp_path)
    assert re.search(SAYS[name]["r"], printed), (name, printed)


def test_the_harvest_in_r_gives_every_entry_once_over_many_pages(site: str, tmp_path: Path) -> None:
    text = examples()["harvest"]["r"].replace(PLACEHOLDER, site)
    if not _has_r(["xml2"]):
        pytest.skip("harvest-r.txt was not run: no Rscript with xml2")
    lines = _printed_by_r(text.replace("&set=goal:7", ""), tmp_path).splitlines()
    identifiers = {line.split()[0] for line in lines}
    assert len(lines) == len(identifiers) == sum(map(count, ("initiatives", "cities", "leaders", "visions")))


def _ask_for_addresses(name: str, text: str, site: str) -> None:
    """What a program asks for is there."""
    addresses = re.findall(rf'"({re.escape(site)}[^"]*)"', text)
    ends = [path for path in re.findall(r'"(/[^"]*)"', text) if len(addresses) == 1]
    for address in [addresses[0] + end for end in ends] or addresses:
        queries = re.findall(r'"(verb=[^"]*oai_dc[^"]*)"', text)
        query = f"?{queries[0]}" if queries else ""
        assert requests.get(address + query, timeout=30).status_code == 200, (name, address)


def _printed_by_r(text: str, folder: Path) -> str:
    """What a program of R prints; it has to end well."""
    program = folder / "program.R"
    program.write_text(text, "utf-8")
    ended = subprocess.run(["Rscript", program], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def _has_r(packages: list[str]) -> bool:
    if shutil.which("Rscript") is None:
        return False
    wanted = ";".join(f"library({package})" for package in packages) or "1"
    return subprocess.run(["Rscript", "-e", wanted], capture_output=True, check=False).returncode == 0


def test_the_page_shows_the_examples_with_the_address_of_the_site(site: str) -> None:
    page = requests.get(f"{site}/docs", timeout=30)
    assert page.status_code == 200
    assert page.text.count('<pre class="program"') == 3 * len(SAYS)
    assert f"{site}/search.csv?target=11.2&amp;year_from=2015" in page.text
    assert PLACEHOLDER not in page.text
