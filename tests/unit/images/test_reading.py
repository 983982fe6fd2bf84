"""Pictures that strangers send: what is one is encoded anew without what was hidden in it, the rest is refused."""

import io
import struct
import zlib
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageDraw

from kb.core.errors import Busy, Refused
from kb.images import reading
from kb.images.models import StoredImage
from kb.images.reading import LIMITS, MOST_BYTES, read_image

SIZE = (400, 300)
"""Pixels of a picture that is read in no time, since it fits both sizes as it is."""


def picture(form: str = "JPEG", size: tuple[int, int] = (2000, 1500), mode: str = "RGB", **how: Any) -> bytes:
    """A made-up picture: sky above, a red square in the corner above left."""
    image = Image.new("RGB", size, (90, 150, 210))
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1] // 4), fill=(200, 20, 20))
    written = io.BytesIO()
    image.convert(mode).save(written, form, **how)
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def is_red(image: Image.Image, place: tuple[int, int]) -> bool:
    red, green, blue = image.convert("RGB").getpixel(place)  # type: ignore[misc] # of RGB, three
    return red > 150 and green < 80 and blue < 80


HERE = pytest.mark.usefixtures("read_without_child")
"""What is in a picture, not what a child does: it takes longer to start than to read one."""


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_kept_in_two_sizes_whose_measures_are_known(form: str) -> None:
    image = read_image(picture(form))
    assert (image.width, image.height, image.small_width, image.small_height) == (1280, 960, 480, 360)
    for content, size in ((image.large, (1280, 960)), (image.small, (480, 360))):
        assert (opened(content).format, opened(content).size) == ("WEBP", size)
        assert is_red(opened(content), (5, 5))
    assert image.key == sha256(image.large + image.small).hexdigest()


def _key(size: tuple[int, int]) -> str:
    return read_image(picture(size=size)).key


def test_the_same_picture_has_the_same_address() -> None:
    assert _key(SIZE) == _key(SIZE) != _key((300, 300))


@HERE
def test_a_small_picture_is_not_enlarged() -> None:
    image = read_image(picture("PNG", (300, 200)))
    assert (image.width, image.height, image.small_width, image.small_height) == (300, 200, 300, 200)


@HERE
def test_a_picture_that_stands_upright_stays_within_its_frame() -> None:
    image = read_image(picture(size=(1500, 3000)))
    assert (image.width, image.height, image.small_width, image.small_height) == (800, 1600, 300, 600)


@HERE
def test_where_a_photograph_was_taken_is_gone_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "Made-up camera"
    exif.get_ifd(0x8825).update({1: "S", 2: (19.0, 50.0, 0.0), 3: "E", 4: (34.0, 50.0, 0.0)})
    sent = picture(exif=exif, comment=b"Made-up comment")
    assert opened(sent).getexif().get_ifd(0x8825)[1] == "S"
    image = read_image(sent)
    assert (image.width, image.height) == (1200, 1600)
    assert is_red(opened(image.large), (1190, 5)), "the corner above left is above right after the turn"
    for content in (image.large, image.small):
        assert not opened(content).getexif()
        assert not {"exif", "icc_profile", "xmp", "comment"} & opened(content).info.keys()
        assert b"Made-up" not in content


@HERE
def test_colours_of_another_profile_are_those_that_were_seen() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    profile = _swapped_profile()
    image = opened(read_image(picture("PNG", SIZE, icc_profile=profile)).large)
    red, _, blue = image.convert("RGB").getpixel((5, 5))  # type: ignore[misc] # of RGB, three
    assert red < 80 < blue - 70, "the profile says that what is written as red is blue"
    assert is_red(opened(read_image(picture("PNG", SIZE, icc_profile=b"no profile at all")).large), (5, 5))
    assert is_red(opened(read_image(picture("PNG", SIZE, icc_profile=lab)).large), (5, 5))


def _swapped_profile() -> bytes:
    """The profile of sRGB in which red and blue have changed places."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for number in range(struct.unpack(">I", profile[128:132])[0]):
        at = 132 + 12 * number
        name = bytes(profile[at : at + 4])
        profile[at : at + 4] = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}.get(name, name)
    return bytes(profile)


@HERE
@pytest.mark.parametrize(
    ("form", "mode"), [("JPEG", "CMYK"), ("JPEG", "L"), ("PNG", "P"), ("PNG", "1"), ("PNG", "I;16")]
)
def test_pictures_of_any_make_are_read(form: str, mode: str) -> None:
    sent = _grey_of_16_bits() if mode == "I;16" else picture(form, (600, 450), mode)
    image = opened(read_image(sent).large)
    assert (image.mode, image.size) == ("RGB", (600, 450))
    if mode == "I;16":
        assert image.getpixel((300, 400))[0] == pytest.approx(128, abs=4)  # type: ignore[index] # of RGB, three


def _grey_of_16_bits() -> bytes:
    written = io.BytesIO()
    Image.new("I;16", (600, 450), 0x8000).save(written, "PNG")
    return written.getvalue()


@HERE
def test_what_is_transparent_stays_so() -> None:
    written = io.BytesIO()
    image = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    image.save(written, "PNG")
    assert opened(read_image(written.getvalue()).large).getpixel((200, 200))[3] == 0  # type: ignore[index] # of RGBA, four


PDF_IN_JPEG = picture(size=SIZE)[:2] + b"\xff\xfe\x00\x20" + b"%PDF-1.7\n".ljust(30) + picture(size=SIZE)[2:]


@HERE
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<!doctype html><script>alert(1)</script>", "not a JPEG, PNG or WebP"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "not a JPEG, PNG or WebP"),
        (b"%PDF-1.7 made up", "not a JPEG, PNG or WebP"),
        (picture("GIF", SIZE), "not a JPEG, PNG or WebP"),
        (picture("BMP", SIZE), "not a JPEG, PNG or WebP"),
        (picture("TIFF", SIZE), "not a JPEG, PNG or WebP"),
        (b"\xff\xd8\xff\xe0" + b"made up" * 50, "damaged or incomplete"),
        (picture(size=SIZE)[:1_000], "damaged or incomplete"),
        (picture("PNG", SIZE)[:-30], "damaged or incomplete"),
        (picture("PNG", SIZE)[:-12], "damaged or incomplete"),
        (picture("WEBP", SIZE)[:-40], "damaged or incomplete"),
        (picture("PNG", SIZE).replace(b"IDAT", b"IDAX"), "damaged or incomplete"),
        (picture(size=SIZE) + b"<html><script>alert(1)</script>", "more than a picture"),
        (picture(size=SIZE, comment=b"<SCRIPT src=//example.org>"), "more than a picture"),
        (picture("PNG", SIZE) + b"PK\x05\x06" + bytes(18), "more than a picture"),
        (PDF_IN_JPEG, "more than a picture"),
        (picture("PNG", (60, 40)), "too small"),
        (bytes(MOST_BYTES + 1), "larger than 15 MB"),
    ],
    ids=range(19),
)
def test_what_is_no_picture_or_more_than_one_is_refused_in_one_sentence(content: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        read_image(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"%PDF-1.7 made up", "not a JPEG, PNG or WebP"), (picture("PNG", SIZE)[:-12], "damaged or incomplete")],
    ids=["kind", "broken"],
)
def test_a_child_refuses_in_the_same_words(content: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        read_image(content)


def claiming(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it has so many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_small_file_with_billions_of_pixels_is_refused_before_it_is_unpacked() -> None:
    assert len(claiming(50_000, 50_000)) < 20_000
    with pytest.raises(Refused, match="too many pixels: more than 60 million"):
        read_image(claiming(50_000, 50_000), replace(LIMITS, cpu_seconds=5, memory_bytes=300_000_000))


def test_a_large_photograph_is_read_within_the_limits() -> None:
    image = read_image(picture(size=(8000, 6000), quality=60))
    assert (image.width, image.height) == (1280, 960)


def test_a_picture_that_takes_too_much_memory_or_time_is_refused() -> None:
    with pytest.raises(Refused, match="too long or too much memory"):
        read_image(claiming(7_000, 7_000), replace(LIMITS, memory_bytes=200_000_000))
    with pytest.raises(Refused, match="too long or too much memory"):
        read_image(picture(), replace(LIMITS, seconds=0.01))


def test_a_third_picture_at_once_is_asked_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_PATIENCE_SECONDS", 0.0)
    with reading._SLOTS.take(None), reading._SLOTS.take(None), pytest.raises(Busy, match="being read at the moment"):
        read_image(picture(size=SIZE))
    assert isinstance(read_image(picture(size=SIZE)), StoredImage)
