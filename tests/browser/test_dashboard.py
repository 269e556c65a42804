"""The dashboard in a browser, and what can be said of its files without one."""
import json
import re
import urllib.request

import pytest

from browser.conftest import cases
from harness.stack import ROOT, build_dir

APP = ROOT / "registry" / "dashboard" / "app"
FIRST_PAGE_MAX = 300 * 1000


@pytest.mark.parametrize("case", cases() or ["the cases"])
def test_in_a_browser(driver, case):
    driver(case)


def test_both_languages_have_the_same_texts_with_the_same_places():
    for file in sorted((APP / "messages" / "zh").glob("*.json")):
        zh, en = (json.loads((APP / "messages" / language / file.name).read_text()) for language in ("zh", "en"))
        assert list(zh) == list(en), file.name
        for key in zh:
            assert sorted(re.findall(r"{\w+}", zh[key])) == sorted(re.findall(r"{\w+}", en[key])), key


def test_every_text_that_the_pages_ask_for_is_there():
    known = {key for file in (APP / "messages" / "zh").glob("*.json") for key in json.loads(file.read_text())}
    asked = {(path.name, key) for path in APP.rglob("*.js*") for key in re.findall(r'\bt\("([^"]+)"', path.read_text())}
    assert {(name, key) for name, key in asked if key not in known} == set()


def test_nothing_is_set_as_markup_and_nothing_is_fetched_from_elsewhere():
    for path in [*APP.rglob("*.js*"), APP / "index.html", APP / "style.css"]:
        text = path.read_text()
        assert not re.search(r"dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|\beval\(|new Function", text), path
        assert not re.search(r"https?://(?!www\.w3\.org/)", text), path


def test_lock_files_name_packages_and_no_registry():
    for folder in ("registry/dashboard", "tests/browser", "tests/e2e/node_client"):
        assert '"resolved"' not in (ROOT / folder / "package-lock.json").read_text(), folder


def test_the_first_page_is_small():
    report = build_dir() / "dashboard.json"
    if not report.exists():
        pytest.skip("SKIPPED: this build has no pages")
    made = json.loads(report.read_text())
    assert made["first_bytes"] == sum(made["sizes"][path] for path in made["first"])
    assert made["first_bytes"] < FIRST_PAGE_MAX


def answer(world, path, **headers):
    request = urllib.request.Request(world.url + path, headers={"Accept": "text/html", **headers})
    try:
        with urllib.request.urlopen(request, context=world.stack.context()) as got:
            return got.status, got.headers, got.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_every_view_s_address_is_answered_with_the_page_and_a_strict_policy(world):
    home = answer(world, "/")
    for path in ("/", "/rules/R2-05a", "/vehicles/TEST-CAR-0-001", "/lists/transfers?as_of=2025-01-01"):
        status, headers, body = answer(world, path)
        assert (status, body) == (200, home[2])
        policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'" and policy["script-src"] == policy["style-src"] == "'self'"
        assert "unsafe" not in headers["Content-Security-Policy"] and policy["frame-ancestors"] == "'none'"
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
        assert headers["Strict-Transport-Security"] and headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-cache"


def test_what_is_no_view_is_not_found(world):
    assert answer(world, "/v1/nothing")[0] == 404
    assert answer(world, "/assets/nothing.js")[0] == 404
    assert answer(world, "/nothing", Accept="application/json")[0] == 404
    assert answer(world, "/v1/password")[0] == 405
    status, headers, _ = answer(world, "/v1/compliance")
    assert status == 401 and headers["Content-Security-Policy"].startswith("default-src 'none'; frame-ancestors")


def test_files_are_kept_for_ever_packed_or_plain_and_known_by_their_tag(world):
    import gzip
    page = answer(world, "/")[2].decode()
    paths = sorted(set(re.findall(r'"(/assets/[^"]+)"', page)))
    assert len(paths) >= 3
    for path in paths:
        _, plain_headers, plain = answer(world, path)
        status, headers, packed = answer(world, path, **{"Accept-Encoding": "br, gzip"})
        assert status == 200 and headers["Content-Encoding"] == "gzip" and gzip.decompress(packed) == plain
        assert plain_headers["Content-Encoding"] is None and headers["Vary"] == "Accept-Encoding"
        assert "immutable" in headers["Cache-Control"] and headers["Content-Type"] != "text/html"
        assert answer(world, path, **{"Accept-Encoding": "gzip", "If-None-Match": headers["ETag"]})[0] == 304
        assert answer(world, path, **{"If-None-Match": headers["ETag"]})[0] == 200
