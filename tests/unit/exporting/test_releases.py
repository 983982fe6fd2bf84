"""A release is the whole catalogue in an archive that programs can check, and the same state gives the same bytes."""

import csv
import io
import subprocess
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from frictionless import Package

from kb.catalogue.entries import EntryKind, TermKind, schema_of, snapshot
from kb.catalogue.models import Initiative
from kb.core.db import Database
from kb.core.errors import Refused
from kb.editorial import actions as editorial
from kb.exporting.releases.listing import Releases
from kb.exporting.releases.tables import OTHER_TABLES
from kb.exporting.releases.writing import make_release
from kb.images.models import StoredImage
from tests.entries import full_entry, publish
from tests.factories import make_city, make_initiative, make_source, make_user

SITE = "https://peers.example"

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _limit_of_csv_fields() -> Iterator[None]:
    """Frictionless raises the limit of the whole process, on which tests of imports rest."""
    limit = csv.field_size_limit()
    yield
    csv.field_size_limit(limit)


def fill(database: Database) -> list[int]:
    with database.writing() as session:
        city = make_city(session, "Made-up Port", challenges=("flooding",))
        initiatives = [
            make_initiative(
                session,
                f"Made-up wall {number}",
                (city,),
                goals=(11,),
                challenges=("flooding",),
                sources=(make_source(session),),
            )
            for number in range(4)
        ]
        editor = make_user(session, "editor")
        for kind in EntryKind:
            publish(session, editor, kind, full_entry(session, kind))
        return [initiative.id for initiative in initiatives]


def rows(archive: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(archive) as opened, opened.open(name) as file:
        return list(csv.DictReader(io.TextIOWrapper(file, "utf-8", newline="")))


def test_a_release_is_a_data_package_that_its_own_tools_find_valid(database: Database, tmp_path: Path) -> None:
    fill(database)
    release, _ = make_release(database, tmp_path / "releases", SITE)
    with zipfile.ZipFile(tmp_path / "releases" / release.archive) as archive:
        archive.extractall(tmp_path / "package")
    checked = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path / "package", check=False)
    assert checked.returncode == 0
    described = tmp_path / "package" / "datapackage.json"
    report = Package(str(described)).validate()
    assert report.valid, report.flatten(["title", "fieldName", "message"])[:5]
    # It would find what is wrong: a reference to nothing, a code of no list, and no key.
    table = tmp_path / "package" / "data" / "initiatives-cities.csv"
    lines = table.read_text("utf-8").splitlines()
    table.write_text("\n".join([lines[0], lines[1].replace("made-up-port", "made-up-other"), *lines[2:], lines[-1]]))
    found = Package(str(described)).get_resource("initiatives-cities").validate().flatten(["type"])
    assert {"foreign-key", "primary-key"} <= {error for (error,) in found}
    cff = (tmp_path / "package" / "CITATION.cff").read_text("utf-8")
    assert f'version: "{release.version}"' in cff
    assert f"date-released: {release.made_on.isoformat()}" in cff


def test_the_same_state_gives_the_same_bytes_and_no_second_release(database: Database, tmp_path: Path) -> None:
    fill(database)
    first, is_new = make_release(database, tmp_path / "one", SITE)
    other, _ = make_release(database, tmp_path / "two", SITE)
    assert is_new
    assert first == other
    archive = (tmp_path / "one" / first.archive).read_bytes()
    assert archive == (tmp_path / "two" / other.archive).read_bytes()
    assert (len(archive), sha256(archive).hexdigest()) == (first.size, first.checksum)
    assert make_release(database, tmp_path / "one", SITE) == (first, False)
    assert [path.suffix for path in sorted((tmp_path / "one").iterdir())] == [".json", ".zip"]


def test_a_release_tells_what_changed_since_the_one_before(database: Database, tmp_path: Path) -> None:
    ids = fill(database)
    first, _ = make_release(database, tmp_path, SITE)
    assert (first.previous, sum(first.changes.values())) == (None, 0)
    assert first.entries["initiative"] == 6
    with database.writing() as session:
        editor = make_user(session, "editor")
        kept, duplicate, withdrawn, _ = (session.get_one(Initiative, number) for number in ids)
        data = snapshot(EntryKind.INITIATIVE, kept) | {"results": "=SUM(A1)"}
        publish(session, editor, EntryKind.INITIATIVE, data, kept.id)
        editorial.merge(session, editor, "initiative", kept.id, duplicate.id)
        editorial.withdraw(session, editor, "initiative", withdrawn.id, "A made-up reason")
        new = make_initiative(session, "Made-up new wall")
        slugs = kept.slug, duplicate.slug, withdrawn.slug, new.slug
    second, _ = make_release(database, tmp_path, SITE)
    assert second.previous == first.name
    changes = {row["slug"]: (row["change"], row["into"]) for row in rows(tmp_path / second.archive, "changes.csv")}
    expected: dict[str, Any] = {
        slugs[0]: ("changed", ""),
        slugs[1]: ("merged", slugs[0]),
        slugs[2]: ("withdrawn", ""),
        slugs[3]: ("added", ""),
    }
    assert {slug: changes[slug] for slug in slugs} == expected
    assert second.changes == {"added": 2, "changed": 1, "withdrawn": 1, "merged": 1}
    table = {row["slug"]: row for row in rows(tmp_path / second.archive, "data/initiatives.csv")}
    assert table[slugs[0]]["results"] == "'=SUM(A1)"
    assert slugs[2] not in table
    assert Releases(tmp_path).all() == [second, first]
    # One whose archive is gone or cut off is none.
    (tmp_path / first.archive).write_bytes(b"PK")
    assert Releases(tmp_path).all() == [second]
    assert Releases(tmp_path / "nowhere").all() == []


def test_what_cannot_be_released_is_said_and_leaves_nothing(database: Database, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="The catalogue is empty"):
        make_release(database, tmp_path / "empty", SITE)
    fill(database)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError, match="file"):
        make_release(database, tmp_path / "file", SITE)
    first, _ = make_release(database, tmp_path, SITE)
    with database.writing() as session:
        session.add(StoredImage(key="0" * 64, large=b"", small=b"", width=1, height=1, small_width=1, small_height=1))
        make_initiative(session)
    archive = tmp_path / first.archive
    archive.write_bytes(b"x" * archive.stat().st_size)
    with pytest.raises(Refused, match="cannot be read"):
        make_release(database, tmp_path, SITE)
    assert sorted(path.name for path in tmp_path.glob("citypeers-*")) == [f"{first.name}.json", f"{first.name}.zip"]
    assert list(tmp_path.glob(".kb-*")) == []


@pytest.mark.parametrize(
    ("kind", "tables"),
    [
        (TermKind.CHALLENGE, ("challenges", "challenges-aims", "challenges-categories")),
        (TermKind.TECHNOLOGY, ("technologies",)),
    ],
)
def test_a_release_has_all_that_the_desk_keeps_of_a_term(kind: TermKind, tables: tuple[str, ...]) -> None:
    columns = {field.name for table in OTHER_TABLES if table.name in tables for field in table.fields}
    lists = {"aims": "aim", "categories": "category"}
    assert {lists.get(name, name) for name in schema_of(kind).declared} <= columns
