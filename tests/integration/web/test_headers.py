"""What every response carries: security, caching, compression, limits."""

import re
import shutil
from collections.abc import Callable

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config import Config
from kb.core.errors import Misconfigured
from kb.web.core import assets

from .page_readers import canonical_of


@pytest.mark.parametrize("path", ["/", "/search?q=flood", "/nope", "/robots.txt", "/style.css", "/suggest?q=flo"])
def test_every_response_is_guarded(visitor: FlaskClient, path: str) -> None:
    headers = visitor.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_a_nonce_is_used_once(visitor: FlaskClient) -> None:
    """But for pages that caches keep, whose nonce is that of their ETag."""
    pages = [visitor.get("/goals/suggest") for _ in range(2)]
    nonces = [re.findall(r'nonce="([^"]+)"', page.text) for page in pages]
    assert all(len(set(nonce)) == 1 for nonce in nonces)
    assert nonces[0] != nonces[1]
    for page, found in zip(pages, nonces, strict=True):
        assert f"'nonce-{found[0]}'" in page.headers["Content-Security-Policy"]


def test_over_https_browsers_are_told_to_stay_there(visitor: FlaskClient) -> None:
    assert "Strict-Transport-Security" in visitor.get("/", base_url="https://city.example").headers


def test_forwarded_headers_count_only_where_proxies_are_trusted(app_with: Callable[..., Flask]) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "city.example"}
    without = app_with().test_client().get("/", headers=forwarded)
    behind = app_with(proxies=1).test_client().get("/", headers=forwarded)
    assert "https://city.example/" not in without.text
    assert canonical_of(behind.text) == "https://city.example/"


def test_the_public_address_of_the_settings_is_the_canonical_one(app_with: Callable[..., Flask]) -> None:
    page = app_with(site_url="https://peers.example").test_client().get("/goals")
    assert canonical_of(page.text) == "https://peers.example/goals"


def test_a_host_that_is_not_ours_gets_nothing_that_a_cache_could_keep(app_with: Callable[..., Flask]) -> None:
    client = app_with(site_url="https://peers.example").test_client()
    for path in ("/", "/robots.txt", "/sitemap.xml", "/nope", "/suggest?q=flo"):
        refused = client.get(path, base_url="http://evil.example")
        assert refused.status_code == 400, path
        assert "evil.example" not in refused.text, path
        assert "public" not in refused.headers["Cache-Control"], path
        assert client.get(path, base_url="https://peers.example").status_code in {200, 404}, path
    assert client.get("/healthz", base_url="http://127.0.0.1:8000").status_code == 200


@pytest.mark.parametrize("host", ["PEERS.example", "peers.EXAMPLE:8443", "Localhost", "peers.example:443"])
def test_the_name_of_a_host_is_the_same_in_small_and_capital_letters(app_with: Callable[..., Flask], host: str) -> None:
    client = app_with(site_url="https://Peers.Example").test_client()
    page = client.get("/goals", headers={"Host": host}, base_url="https://peers.example")
    assert page.status_code == 200
    assert canonical_of(page.text) == "https://Peers.Example/goals"


@pytest.mark.parametrize(
    "host",
    ["peers.example.", "peers.example:", "peers.example:0", "peers.example:99999", "[x", "[::1]", "a b", "..", "@"],
)
@pytest.mark.parametrize("site_url", ["https://peers.example", ""])
def test_a_host_that_cannot_be_one_is_no_fault_of_ours(
    app_with: Callable[..., Flask], host: str, site_url: str
) -> None:
    client = app_with(site_url=site_url).test_client()
    for method in ("GET", "POST"):
        answer = client.open("/sign-in", method=method, headers={"Host": host})
        assert answer.status_code in ({400} if site_url else {200, 400})


@pytest.mark.parametrize("proxies", [0, 1])
def test_no_client_can_move_the_links_of_a_page(app_with: Callable[..., Flask], proxies: int) -> None:
    client = app_with(proxies=proxies).test_client()
    assert client.get("/goals", environ_overrides={"SCRIPT_NAME": "/moved"}).status_code == 404
    plain = links_of(client.get("/goals"))
    for name, path in (("/goals", ""), ("/go", "als"), ("", "/goals")):
        assert links_of(client.get("/", environ_overrides={"SCRIPT_NAME": name, "PATH_INFO": path})) == plain
    assert links_of(client.get("/goals", headers={"X-Forwarded-Prefix": "/moved", "Script-Name": "/moved"})) == plain


def links_of(page: TestResponse) -> list[str]:
    """Every address on a page."""
    assert page.status_code == 200
    return re.findall(r'(?:href|src|action|content)="([^"]+)"', page.text)


def test_production_does_not_start_without_its_own_address(app_with: Callable[..., Flask]) -> None:
    with pytest.raises(Misconfigured, match="KB_SITE_URL"):
        app_with(development=False, secret_key="x" * 32)


def test_a_session_cookie_is_kept_from_scripts_other_sites_and_plain_http(app_with: Callable[..., Flask]) -> None:
    for address, is_secure in (("https://peers.example", True), ("http://peers.example", False)):
        app = app_with(site_url=address)
        app.add_url_rule("/remember", view_func=_remember)
        cookie = app.test_client().get("/remember").headers["Set-Cookie"]
        assert ("Secure" in cookie) == is_secure
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert cookie.startswith("__Host-session=") == is_secure
        assert "Domain=" not in cookie
        assert "Path=/" in cookie


def _remember() -> str:
    session["made-up"] = "value"
    return "remembered"


def test_a_version_that_is_not_the_files_own_is_not_kept(visitor: FlaskClient) -> None:
    for path in ("/static/icon.svg", "/style.css", "/static/js/suggest.js"):
        assert visitor.get(f"{path}?v=made-up", buffered=True).headers["Cache-Control"] == "no-cache", path


def test_the_version_of_the_style_changes_with_the_fonts_that_it_names(tmp_path, monkeypatch) -> None:
    shutil.copytree(assets.STATIC, tmp_path / "static")
    monkeypatch.setattr(assets, "STATIC", tmp_path / "static")
    app = Flask("kb")
    app.register_blueprint(assets.blueprint)
    with app.test_request_context():
        before = assets.style()
        font = tmp_path / "static" / "vendor" / "source-sans-3-latin-400-normal.woff2"
        font.unlink()
        font.write_bytes(b"another font")
        assert assets.style() != before
        assert assets.asset(f"vendor/{font.name}") in app.test_client().get(assets.style()).text


@pytest.mark.parametrize("development", [True, False])
def test_versions_are_looked_up_once_in_production_and_each_time_in_development(
    tmp_path, monkeypatch, development: bool
) -> None:
    shutil.copytree(assets.STATIC, tmp_path / "static")
    monkeypatch.setattr(assets, "STATIC", tmp_path / "static")
    app = Flask("kb", static_folder=None)
    app.config["KB"] = Config(development=development)
    assets.register(app)
    part, late = tmp_path / "static" / "css" / "cards.css", tmp_path / "static" / "late.svg"
    with app.test_request_context():
        before = assets.style(), assets.asset("css/cards.css")
        assert assets.asset("late.svg") == "/static/late.svg"
        part.unlink()
        part.write_text("p { color: red }")
        late.write_text("<svg/>")
        after = assets.style(), assets.asset("css/cards.css")
        assert (after == before) is not development
        assert "v=" in assets.asset("late.svg")
        # Whoever asks by an older version gets the file as it is, and does not keep it.
        assert app.test_client().get(before[1], buffered=True).headers["Cache-Control"] == "no-cache"


def test_files_with_a_version_are_kept_and_pages_are_asked_for_again(visitor: FlaskClient) -> None:
    page = visitor.get("/")
    assert "max-age=0," in page.headers["Cache-Control"]
    for address in re.findall(r'(?:src|href)="(/(?:static|style)[^"]+v=[^"]+)"', page.text):
        response = visitor.get(address, buffered=True)
        assert response.status_code == 200, address
        assert "immutable" in response.headers["Cache-Control"], address
    assert visitor.get("/style.css", buffered=True).headers["Cache-Control"] == "no-cache"


def test_static_files_stay_in_their_folder(visitor: FlaskClient) -> None:
    for path in ("/static/../templates/base.html", "/static/%2e%2e/__init__.py", "/static/nope.css", "/static/%00"):
        assert visitor.get(path).status_code == 404


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_pages_are_compressed(visitor: FlaskClient, coding: str) -> None:
    response = visitor.get("/goals", headers={"Accept-Encoding": coding})
    assert response.headers["Content-Encoding"] == coding
    assert "Accept-Encoding" in response.headers["Vary"]


def test_one_address_cannot_ask_without_end_but_files_and_health_are_free(app_with: Callable[..., Flask]) -> None:
    client = app_with(rate_limit="2 per minute").test_client()
    assert [client.get("/goals").status_code for _ in range(3)] == [200, 200, 429]
    refused = client.get("/challenges")
    assert refused.status_code == 429
    assert "Too many requests" in refused.text
    assert int(refused.headers["Retry-After"]) > 0
    assert client.get("/healthz").status_code == 200
    assert client.get("/style.css").status_code == 200


def test_a_fault_of_ours_is_owned_and_logged(app_with: Callable[..., Flask], capfd: pytest.CaptureFixture[str]) -> None:
    app = app_with()
    app.add_url_rule("/broken", view_func=_broken)
    page = app.test_client().get("/broken")
    assert page.status_code == 500
    assert "Something went wrong on our side" in page.text
    assert "a made-up fault" not in page.text
    assert "a made-up fault" in "".join(capfd.readouterr())


def _broken() -> str:
    raise RuntimeError("a made-up fault")


def test_a_site_without_tables_is_not_ready(app_with: Callable[..., Flask], tmp_path) -> None:
    app = app_with(database_url=f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert app.test_client().get("/readyz").status_code == 503
    assert app.test_client().get("/healthz").status_code == 200


def test_production_does_not_start_with_the_default_secret(app_with: Callable[..., Flask]) -> None:
    with pytest.raises(Misconfigured, match="KB_SECRET_KEY"):
        app_with(development=False, site_url="https://peers.example")


def test_caches_know_that_words_depend_on_the_readers_languages(visitor: FlaskClient) -> None:
    assert "Accept-Language" in visitor.get("/").headers["Vary"]
    assert "Accept-Language" in visitor.get("/suggest?q=flo").headers["Vary"]
    assert "Accept-Language" not in visitor.get("/style.css", buffered=True).headers.get("Vary", "")


def test_a_page_in_a_language_written_from_the_right_says_so(app: Flask) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = "ar"
    app.extensions["babel"].default_locale = "ar"
    page = app.test_client().get("/goals")
    assert '<html lang="ar" dir="rtl">' in page.text
