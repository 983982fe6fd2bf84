"""`kb doctor` says which letters a PDF could not show, and what to install for those that the catalogue has."""

import os
import re
from pathlib import Path

import pytest

from kb.core.db import Database
from kb.web.core import pdf
from tests.factories import make_initiative
from tests.terminal import program


@pytest.mark.skipif(not pdf.pango_is_there(), reason="PDF needs Pango: make test installs it where it may")
def test_the_doctor_names_scripts_without_a_font_and_counts_only_those_in_use(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with sqlite_database.writing() as session:
        make_initiative(session, "Made-up 智慧城市", summary="Умный город, 한국")
    sqlite_database.dispose()
    no_fonts = tmp_path / "fonts.conf"
    no_fonts.write_text('<?xml version="1.0"?><fontconfig></fontconfig>', encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": sqlite_database.url.render_as_string(hide_password=False),
        "KB_SEARCH_INDEX": str(tmp_path / "index"),
        "KB_INSTANCE": str(tmp_path / "instance"),
        "KB_DEVELOPMENT": "1",
        "FONTCONFIG_FILE": str(no_fonts),
    }
    told = [line for line in program(environment, "doctor").stdout.splitlines() if "PDF fonts" in line]
    assert told[0] == (
        "PROBLEM PDF fonts: the catalogue has letters without a font: Chinese, Korean; install fonts-noto-cjk (Debian)"
    )
    assert re.match(r"ok      PDF fonts: none for Amharic, .*Telugu; no entry uses these", told[1])
    assert not {"Cyrillic", "Hindi"} & set(re.findall(r"\w+", told[1]))
