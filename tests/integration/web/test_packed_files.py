"""Files that were packed beforehand reach whoever reads Brotli packed, and all others whole."""

import brotli
import pytest
from flask.testing import FlaskClient

from kb.web.core import assets

FILE = assets.STATIC / "vendor" / "echarts.js"
ADDRESS = "/static/vendor/echarts.js"


@pytest.mark.parametrize("accepted", ["br", "gzip, deflate, br, zstd", "gzip;q=0.5, br"])
def test_who_reads_brotli_gets_the_packed_file(visitor: FlaskClient, accepted: str) -> None:
    answer = visitor.get(ADDRESS, headers={"Accept-Encoding": accepted})
    assert answer.headers["Content-Encoding"] == "br"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert answer.mimetype == "text/javascript"
    assert brotli.decompress(answer.data) == FILE.read_bytes()


@pytest.mark.parametrize("accepted", ["", "identity"])
def test_who_does_not_gets_it_whole(visitor: FlaskClient, accepted: str) -> None:
    answer = visitor.get(ADDRESS, headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert answer.data == FILE.read_bytes()


def test_a_packed_file_that_has_not_changed_is_not_sent_again(visitor: FlaskClient) -> None:
    data = {"Accept-Encoding": "br"}
    tag = visitor.get(ADDRESS, headers=data).headers["ETag"]
    again = visitor.get(ADDRESS, headers=data | {"If-None-Match": tag})
    assert again.status_code == 304
    assert again.data == b""
