"""Pictures of entries: chosen at the desk, reviewed like any text, shown with author and licence, and removed."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kb.catalogue.entries.kinds import EntryKind
from kb.catalogue.entries.pictures import MOST_PICTURES
from kb.catalogue.entries.registry import ENTRIES
from kb.catalogue.models import City, Initiative, InitiativePicture
from kb.core.column_types import now
from kb.core.db import Database
from kb.editorial.actions.images import UNUSED_HOURS
from kb.editorial.models import Proposal, Revision
from kb.images.models import StoredImage
from kb.images.reading import read_image
from kb.web.core import uploads
from tests.factories import make_image, make_initiative, make_leader, make_source, make_vision
from tests.sign_in import send

from ..page_readers import counted_queries, jsonld_of, words_of
from .conftest import Browsers
from .desk_forms import fields_in, fill, write_up

pytestmark = pytest.mark.usefixtures("read_without_child")

ALT = "Made-up siren on a mast above a river"


def jpeg(colour: str = "teal", size: tuple[int, int] = (600, 450)) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "S", 2: (19.0, 50.0, 0.0)})
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, "JPEG", exif=exif)
    return written.getvalue()


def add_picture(
    browser: FlaskClient, key: int, content: bytes | None = None, name: str = "siren.jpg", row: int = 0, **typed: str
) -> Any:
    """Fill a row of the step of pictures in, choose a file, and save."""
    path = f"/desk/proposals/{key}/write/pictures"
    page = browser.get(path).text
    assert 'enctype="multipart/form-data"' in page
    said = {"alt": ALT, "author": "Made-up Photographer", "licence": "cc-by-4.0", "source": "https://example.org/siren"}
    fields: dict[str, Any] = {
        **fields_in(page, path),
        **{f"pictures-{row}-{field}": [value] for field, value in (said | typed).items()},
        "go": ["stay"],
    }
    fields.setdefault(f"pictures-{row}-image", [""])
    files = {f"pictures-{row}-image-file": (io.BytesIO(jpeg() if content is None else content), name)}
    return browser.post(path, data={**fields, **files}, content_type="multipart/form-data")


def kept(database: Database, key: int) -> list[dict[str, Any]]:
    with database.reading() as session:
        pictures: list[dict[str, Any]] = session.get_one(Proposal, key).data["pictures"]
        return pictures


def count(database: Database, model: Any) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def check(browser: FlaskClient, key: int, go: str) -> Any:
    return fill(browser, f"/desk/proposals/{key}/check", go)


def accept(browser: FlaskClient, key: int) -> Any:
    return fill(browser, f"/desk/proposals/{key}", None, to=f"/desk/proposals/{key}/accept")


@pytest.fixture
def published(browser_of: Browsers, database: Database) -> tuple[str, str]:
    """An initiative with a picture, handed in by Ana and accepted by Eva: its page and the picture's key."""
    key = write_up(browser_of("ana"))
    assert add_picture(browser_of("ana"), key).status_code == 303
    assert check(browser_of("ana"), key, "send").status_code == 303
    assert accept(browser_of("eva"), key).status_code == 303
    with database.reading() as session:
        slug = session.scalars(select(Initiative.slug)).one()
    return f"/initiatives/{slug}", kept(database, key)[0]["image"]


def test_a_picture_is_shown_with_its_author_licence_and_source(client: FlaskClient, published: tuple[str, str]) -> None:
    path, key = published
    page = client.get(path).text
    (img,) = re.findall(r'<img src="/images/[^>]*>', page)
    assert f'src="/images/{key}/large.webp"' in img
    assert f"/images/{key}/small.webp 480w, /images/{key}/large.webp 600w" in img
    for attribute in ('width="600"', 'height="450"', 'loading="lazy"', f'alt="{ALT}"'):
        assert attribute in img
    assert "Picture: Made-up Photographer CC BY 4.0 Source: example.org" in words_of(page)
    assert 'href="https://creativecommons.org/licenses/by/4.0/"' in page
    assert 'href="https://example.org/siren"' in page
    (image,) = jsonld_of(page)["image"]
    assert image["contentUrl"].endswith(f"/images/{key}/large.webp")
    assert (image["creditText"], image["license"]) == (
        "Made-up Photographer",
        "https://creativecommons.org/licenses/by/4.0/",
    )


@pytest.mark.both_databases
def test_a_picture_is_served_for_ever_under_the_address_of_its_content(
    client: FlaskClient, browser_of: Browsers, published: tuple[str, str]
) -> None:
    _, key = published
    for browser in (client, browser_of("ana")):
        for size, width in (("large", 600), ("small", 480)):
            answer = browser.get(f"/images/{key}/{size}.webp")
            image = Image.open(io.BytesIO(answer.data))
            assert (answer.status_code, answer.mimetype, image.width) == (200, "image/webp", width)
            assert not image.getexif()
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert "Set-Cookie" not in answer.headers
            again = browser.get(f"/images/{key}/{size}.webp", headers={"If-None-Match": answer.headers["ETag"]})
            assert (again.status_code, again.data) == (304, b"")
    assert client.get(f"/images/{key}/huge.webp").status_code == 404
    assert client.get(f"/images/{'0' * 64}/large.webp").status_code == 404


def test_a_picture_is_not_public_before_an_editor_has_accepted_it(
    app: Flask, client: FlaskClient, browser_of: Browsers, database: Database
) -> None:
    ana, eva = browser_of("ana"), browser_of("eva")
    key = write_up(ana)
    add_picture(ana, key)
    address = f"/images/{kept(database, key)[0]['image']}/large.webp"
    for _ in range(2):
        assert client.get(address).status_code == 404
        seen = eva.get(address)
        assert (seen.status_code, seen.headers["Cache-Control"]) == (200, "private, no-store")
        check(ana, key, "send")
    assert address in eva.get(f"/desk/proposals/{key}").text
    assert address in eva.get(f"/desk/proposals/{key}/preview").text
    assert ALT in words_of(eva.get(f"/desk/proposals/{key}").text)
    accept(eva, key)
    assert client.get(address).status_code == 200


def test_a_change_shows_the_pictures_of_both_versions(
    browser_of: Browsers, database: Database, published: tuple[str, str]
) -> None:
    path, before = published
    eva = browser_of("eva")
    slug = path.rpartition("/")[2]
    begun = fill(eva, f"/desk/entries/initiative/{slug}", None, to=f"/desk/entries/initiative/{slug}/change")
    key = int(begun.location.split("/")[3])
    add_picture(eva, key, jpeg("maroon"))
    (picture,) = kept(database, key)
    assert picture["image"] != before
    page = eva.get(f"/desk/proposals/{key}").text
    change = page.split('id="field-pictures"')[1].split("</section>")[0]
    assert re.findall(r'src="/images/(\w+)/small.webp"', change) == [before, picture["image"]]
    assert words_of(page).count(f"{ALT}; Author: Made-up Photographer") == 2
    assert before[:8] not in words_of(page)


def test_the_form_shows_what_is_stored_and_another_file_takes_its_place(
    browser_of: Browsers, database: Database
) -> None:
    ana = browser_of("ana")
    key = write_up(ana)
    add_picture(ana, key)
    (first,) = kept(database, key)
    page = ana.get(f"/desk/proposals/{key}/write/pictures").text
    assert f'src="/images/{first["image"]}/small.webp"' in page
    assert f'value="{ALT}"' in page
    fill(ana, f"/desk/proposals/{key}/write/pictures", "stay", pictures__0__alt="Another sentence")
    assert kept(database, key) == [first | {"alt": "Another sentence"}]
    add_picture(ana, key, jpeg("maroon"))
    (other,) = kept(database, key)
    assert other["image"] != first["image"]
    assert ana.get(f"/images/{first['image']}/large.webp").status_code == 404, "the former file is gone"
    assert count(database, StoredImage) == 1


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"<!doctype html><script>alert(1)</script>", "siren.jpg", "This is not a JPEG, PNG or WebP picture."),
        (jpeg()[:3_000], "siren.jpg", "This picture is damaged or incomplete."),
        (b"", "siren.jpg", "This file is empty."),
    ],
    ids=["html", "truncated", "empty"],
)
def test_a_file_that_is_refused_loses_nothing_that_was_typed(
    browser_of: Browsers, database: Database, content: bytes, name: str, words: str
) -> None:
    ana = browser_of("ana")
    key = write_up(ana)
    answer = add_picture(ana, key, content, name)
    assert answer.status_code == 422
    page = words_of(answer.text)
    assert page.count(words) == 2, "in the summary, and beside the file"
    assert 'href="#pictures-0-image"' in answer.text
    assert f'value="{ALT}"' in answer.text
    (row,) = kept(database, key)
    assert (row["image"], row["alt"], row["licence"]) == (None, ALT, "cc-by-4.0")
    assert count(database, StoredImage) == 0
    refused = check(ana, key, "send")
    assert refused.status_code == 422
    assert "Choose a file, or remove this row." in words_of(refused.text)


def test_a_picture_that_was_sent_days_ago_and_never_shown_can_be_sent_again(
    browser_of: Browsers, database: Database
) -> None:
    image = read_image(jpeg())
    with database.writing() as session:
        make_image(session, key=image.key, created_at=now() - timedelta(hours=UNUSED_HOURS + 1))
    ana = browser_of("ana")
    key = write_up(ana)
    assert add_picture(ana, key).status_code == 303
    assert (kept(database, key)[0]["image"], count(database, StoredImage)) == (image.key, 1)


@pytest.mark.both_databases
def test_pictures_that_nothing_ever_showed_are_removed_by_the_next_upload_after_a_day(
    browser_of: Browsers, database: Database
) -> None:
    ana = browser_of("ana")
    key = write_up(ana)
    with database.writing() as session:
        for hours in (UNUSED_HOURS + 20, UNUSED_HOURS + 1):
            make_image(session, created_at=now() - timedelta(hours=hours))
        waiting = make_image(session, created_at=now() - timedelta(hours=UNUSED_HOURS - 1)).key
    add_picture(ana, key)
    with database.reading() as session:
        stored = set(session.scalars(select(StoredImage.key)))
    assert stored == {waiting, kept(database, key)[0]["image"]}


def test_an_upload_does_not_look_again_at_pictures_that_wait_in_drafts(
    app: Flask, browser_of: Browsers, database: Database
) -> None:
    ana = browser_of("ana")
    first, second, third = write_up(ana), write_up(ana, title="Made-up Second"), write_up(ana, title="Made-up Third")
    add_picture(ana, first)
    with database.writing() as session:
        session.execute(update(StoredImage).values(created_at=now() - timedelta(days=3)))
    looks = []
    for key, colour in ((second, "navy"), (third, "olive")):
        with counted_queries(app) as queries:
            add_picture(ana, key, jpeg(colour))
        looks.append(sum("withdrawal_images" in query for query in queries))
    assert looks == [1, 0]
    assert count(database, StoredImage) == 3


def test_more_pictures_than_an_entry_may_have_are_told_and_nothing_typed_is_lost(browser_of: Browsers) -> None:
    ana = browser_of("ana")
    key = write_up(ana)
    path = f"/desk/proposals/{key}/write/pictures"
    rows = {f"pictures-{row}-alt": [f"Made-up siren {row}"] for row in range(MOST_PICTURES + 1)}
    answer = ana.post(path, data={**fields_in(ana.get(path).text, path), **rows, "go": ["stay"]})
    assert answer.status_code == 422
    assert "There are 7 of these; at most 6 are allowed." in words_of(answer.text)
    assert all(f'value="Made-up siren {row}"' in answer.text for row in range(MOST_PICTURES + 1))


def test_words_that_are_too_long_are_kept_and_the_picture_too(browser_of: Browsers, database: Database) -> None:
    ana = browser_of("ana")
    key = write_up(ana)
    add_picture(ana, key, alt="long " * 200)
    (row,) = kept(database, key)
    assert (row["alt"], count(database, StoredImage)) == (("long " * 200).strip(), 1)
    assert (
        "This is too long: 999 characters. At most 300 are allowed."
        in ana.get(f"/desk/proposals/{key}/write/pictures").text
    )
    assert check(ana, key, "send").status_code == 422


@pytest.mark.parametrize("field", ["alt", "author", "licence", "source"])
def test_a_picture_needs_words_author_licence_and_source_to_be_published(browser_of: Browsers, field: str) -> None:
    ana = browser_of("ana")
    key = write_up(ana)
    add_picture(ana, key, **{field: ""})
    assert check(ana, key, "send").status_code == 422


def test_only_a_licence_of_the_list_and_an_image_that_is_stored_are_taken(
    browser_of: Browsers, database: Database
) -> None:
    ana = browser_of("ana")
    key = write_up(ana)
    add_picture(ana, key, licence="all-rights-reserved")
    assert check(ana, key, "send").status_code == 422
    path = f"/desk/proposals/{key}/write/pictures"
    for made_up in ("0" * 64, "../../etc/passwd", "<script>"):
        fill(ana, path, "stay", pictures__0__image=made_up, pictures__0__licence="cc0")
        page = ana.get(path).text
        assert "choose the file again" in page or "Choose the picture again" in page
        assert "<script>" not in page.partition("<main")[2]
        assert check(ana, key, "send").status_code == 422


def test_strangers_and_other_authors_cannot_send_pictures(
    client: FlaskClient, browser_of: Browsers, database: Database
) -> None:
    key = write_up(browser_of("ana"))
    path = f"/desk/proposals/{key}/write/pictures"
    token = fields_in(browser_of("bo").get("/desk/new/initiative").text, "/desk/new/initiative")["csrf_token"]
    for browser in (client, browser_of("bo")):
        data = {
            "csrf_token": token,
            "pictures-0-image": "",
            "pictures-0-image-file": (io.BytesIO(jpeg()), "siren.jpg"),
        }
        answer = browser.post(path, data=data, content_type="multipart/form-data")
        assert answer.status_code in {302, 303, 400, 403, 404}
    assert count(database, StoredImage) == 0


def test_what_is_far_too_large_is_told_before_it_is_read(browser_of: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    key = write_up(browser_of("ana"))
    monkeypatch.setattr(uploads, "LARGEST_UPLOAD", 1_000)
    answer = add_picture(browser_of("ana"), key)
    assert answer.status_code == 413
    assert "choose fewer or smaller pictures" in words_of(answer.text)


def change(browser: FlaskClient, path: str) -> int:
    """Begin a change of an initiative; the proposal's id."""
    desk = f"/desk/entries/initiative/{path.rpartition('/')[2]}"
    answer = fill(browser, desk, None, to=f"{desk}/change")
    return int(answer.location.split("/")[3])


def without_picture(browser: FlaskClient, key: int) -> None:
    assert fill(browser, f"/desk/proposals/{key}/write/pictures", None, remove="pictures-0").status_code == 303


def test_a_picture_that_is_removed_is_gone_once_the_change_is_accepted(
    client: FlaskClient, browser_of: Browsers, database: Database, published: tuple[str, str]
) -> None:
    path, image = published
    key = change(browser_of("ana"), path)
    without_picture(browser_of("ana"), key)
    assert client.get(f"/images/{image}/large.webp").status_code == 200, "readers see it until that is accepted"
    check(browser_of("ana"), key, "send")
    accept(browser_of("eva"), key)
    assert "<figure" not in client.get(path).text
    for browser in (client, browser_of("eva")):
        assert browser.get(f"/images/{image}/large.webp").status_code == 404
    assert (count(database, StoredImage), count(database, InitiativePicture)) == (0, 0)
    history = words_of(client.get(f"{path}/history").text)
    assert "Pictures" in history
    assert ALT in history
    with database.reading() as session:
        revisions = session.scalars(select(Revision).where(Revision.kind == "initiative").order_by(Revision.id)).all()
    assert [len(revision.data["pictures"]) for revision in revisions] == [1, 0]
    assert [revision.actor_name for revision in revisions] == ["Eva Made-up"] * 2


def test_an_earlier_version_comes_back_without_the_picture_that_was_removed(
    client: FlaskClient, browser_of: Browsers, database: Database, published: tuple[str, str]
) -> None:
    path, _ = published
    eva = browser_of("eva")
    key = change(eva, path)
    without_picture(eva, key)
    fill(eva, f"/desk/proposals/{key}/write/what", "stay", title="Made-up Other Title")
    check(eva, key, "publish")
    with database.reading() as session:
        first, last = session.scalars(
            select(Revision.id).where(Revision.kind == "initiative").order_by(Revision.id)
        ).all()
    page = client.get(path).text
    assert "Made-up Other Title" in page
    restored = send(eva, f"/desk/revisions/{first}/restore", "/desk", seen=last)
    assert restored.status_code == 303
    page = client.get(path).text
    assert "Made-up Flood Sensors" in page
    assert "<figure" not in page


def test_pictures_of_a_withdrawn_entry_are_not_served_and_come_back_with_it(
    client: FlaskClient, browser_of: Browsers, published: tuple[str, str]
) -> None:
    path, image = published
    desk = f"/desk/entries/initiative/{path.rpartition('/')[2]}"
    eva = browser_of("eva")
    fill(eva, desk, None, to=f"{desk}/withdraw", reason="Made-up reason")
    assert client.get(f"/images/{image}/large.webp").status_code == 404
    fill(eva, desk, None, to=f"{desk}/bring-back")
    assert client.get(f"/images/{image}/large.webp").status_code == 200
    assert f"/images/{image}/large.webp" in client.get(path).text


def test_a_draft_that_is_deleted_takes_its_picture_along(browser_of: Browsers, database: Database) -> None:
    ana = browser_of("ana")
    key = write_up(ana)
    add_picture(ana, key)
    assert count(database, StoredImage) == 1
    fill(ana, f"/desk/proposals/{key}/check", None, to=f"/desk/proposals/{key}/take-back")
    assert count(database, StoredImage) == 0


@pytest.mark.both_databases
def test_a_picture_that_another_draft_shows_too_stays(browser_of: Browsers, database: Database) -> None:
    ana = browser_of("ana")
    first, second = write_up(ana), write_up(ana, title="Made-up Second")
    add_picture(ana, first)
    add_picture(ana, second)
    assert count(database, StoredImage) == 1, "the same file is stored once"
    fill(ana, f"/desk/proposals/{first}/check", None, to=f"/desk/proposals/{first}/take-back")
    assert count(database, StoredImage) == 1


@pytest.mark.both_databases
def test_a_picture_that_only_an_earlier_version_of_a_withdrawn_entry_has_is_removed(
    browser_of: Browsers, database: Database, published: tuple[str, str]
) -> None:
    ana, eva = browser_of("ana"), browser_of("eva")
    path, _ = published
    draft = write_up(ana, title="Made-up Second")
    add_picture(ana, draft)
    key = change(eva, path)
    without_picture(eva, key)
    check(eva, key, "publish")
    desk = f"/desk/entries/initiative/{path.rpartition('/')[2]}"
    fill(eva, desk, None, to=f"{desk}/withdraw", reason="Made-up reason")
    assert count(database, StoredImage) == 1, "the draft shows it"
    fill(ana, f"/desk/proposals/{draft}/check", None, to=f"/desk/proposals/{draft}/take-back")
    assert count(database, StoredImage) == 0


@pytest.mark.parametrize("kind", [EntryKind.CITY, EntryKind.LEADER, EntryKind.VISION])
def test_every_kind_of_entry_shows_pictures_by_the_same_rules(
    client: FlaskClient, browser_of: Browsers, database: Database, kind: EntryKind
) -> None:
    ana, eva = browser_of("ana"), browser_of("eva")
    with database.writing() as session:
        city = session.scalars(select(City).where(City.name == "Surat")).one()
        entry = {
            EntryKind.CITY: lambda: city,
            EntryKind.LEADER: lambda: make_leader(session, city=city),
            EntryKind.VISION: lambda: make_vision(session, city, sources=[make_source(session)]),
        }[kind]()
        slug = entry.slug
    desk = f"/desk/entries/{kind}/{slug}"
    key = int(fill(ana, desk, None, to=f"{desk}/change").location.split("/")[3])
    assert add_picture(ana, key).status_code == 303
    image = kept(database, key)[0]["image"]
    assert client.get(f"/images/{image}/large.webp").status_code == 404
    check(ana, key, "send")
    accept(eva, key)
    page = client.get(f"/{ENTRIES[kind].folder}/{slug}").text
    assert f'src="/images/{image}/large.webp"' in page
    assert jsonld_of(page)["image"][0]["description"] == ALT
    assert client.get(f"/images/{image}/large.webp").status_code == 200
    key = int(fill(eva, desk, None, to=f"{desk}/change").location.split("/")[3])
    without_picture(eva, key)
    assert client.get(f"/images/{image}/large.webp").status_code == 200
    check(eva, key, "publish")
    assert client.get(f"/images/{image}/large.webp").status_code == 404
    assert count(database, StoredImage) == 0


def test_a_page_makes_as_many_queries_for_one_picture_as_for_three(
    app: Flask, client: FlaskClient, session: Session
) -> None:
    counts, said = [], {"alt": ALT, "author": "Made-up", "licence": "permission", "source_url": "https://example.org/"}
    initiatives = {number: make_initiative(session, sources=[make_source(session)]) for number in (1, 3)}
    for number, initiative in initiatives.items():
        initiative.pictures = [InitiativePicture(image=make_image(session), **said) for _ in range(number)]
    session.commit()
    for pictures, initiative in initiatives.items():
        client.get(f"/initiatives/{initiative.slug}")
        with counted_queries(app) as queries:
            page = client.get(f"/initiatives/{initiative.slug}").text
        assert page.count("<figure") == pictures
        assert "Used with permission" in words_of(page)
        counts.append(len(queries))
        assert not any("images.large" in query for query in queries), "the page needs no bytes"
    assert counts[0] == counts[1]
