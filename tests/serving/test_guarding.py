"""Who is let in: whoever has the token, else only this machine itself."""

import pytest
from fastapi.testclient import TestClient

from elsewhere.errors import ConfigError
from elsewhere.serving import token_for
from elsewhere.serving.guarding import is_loopback

TOKEN = "a-token-of-some-length"


@pytest.mark.parametrize(
    "way", ["/health", "/metrics", "/openapi.json", "/predict", "/nowhere", "/"]
)
def test_without_the_token_nothing_answers(client, birds, way):
    asking = client(birds, token=TOKEN)
    for headers in (
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": "Bearer é".encode()},
        {"cookie": "elsewhere_token=x"},
    ):
        answer = asking.get(way, headers=headers)
        assert answer.status_code == 401
        assert "Bearer" in answer.json()["error"]
    assert asking.get(way, headers={"authorization": f"Bearer {TOKEN}"}).status_code != 401


def test_a_browser_shows_the_token_once(client, birds):
    asking = client(birds, token=TOKEN)
    assert asking.get("/health?token=wrong").status_code == 401
    first = asking.get(f"/health?token={TOKEN}&a=b", follow_redirects=False)
    assert (first.status_code, first.headers["location"]) == (303, "/health?a=b")
    kept = first.headers["set-cookie"].lower()
    assert "httponly" in kept
    assert "samesite=strict" in kept
    assert asking.get("/health").status_code == 200  # the client keeps the cookie
    assert asking.post(f"/predict?token={TOKEN}").status_code == 422  # its field, not the token


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),  # a name that was made to point here
        ({"host": "localhost:99999"}, 200),
        ({"host": "[::1]:8000"}, 200),
        ({"host": "127.0.0.1.evil.example"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"host": "["}, 421),
        ({"origin": "http://["}, 403),
        ({"origin": "http://127.0.0.1"}, 200),
        ({"content-length": str(10**12)}, 413),
    ],
)
def test_other_sites_are_kept_out(client, birds, headers, status):
    answer = client(birds).get("/health", headers=headers)
    assert answer.status_code == status
    assert status == 200 or list(answer.json()) == ["error"]


@pytest.mark.parametrize("others", ['prefs={"a":1}; ', "a/b=1; ", "x=a b; ", "flag; ", "x[]=é; "])
def test_the_cookie_is_found_among_others(client, birds, others):
    asking = client(birds, token=TOKEN)
    for shown, status in ((TOKEN, 200), ("wrong", 401)):
        cookie = f"{others}elsewhere_token={shown}; b=2".encode("latin-1")
        assert asking.get("/health", headers={"cookie": cookie}).status_code == status


def test_who_shows_the_token_stays_here(client, birds):
    asking = client(birds, token=TOKEN)
    shown = f"http://127.0.0.1//evil.example/?token={TOKEN}"
    assert asking.get(shown, follow_redirects=False).headers["location"] == "/evil.example/"


def test_the_page_is_guarded_too(birds):
    from elsewhere.serving import mount_page, service

    with TestClient(mount_page(service(birds, token=TOKEN)), base_url="http://127.0.0.1") as asking:
        for way in (
            "/",
            "/config",
            "/gradio_api/info",
            "/gradio_api/file=/etc/passwd",
            "/theme.css",
        ):
            assert asking.get(way).status_code == 401, way
        assert asking.post("/gradio_api/upload", files={"files": b"x"}).status_code == 401
        shown = {"authorization": f"Bearer {TOKEN}"}
        assert asking.get("/", headers=shown).status_code == 200
        page = asking.get("/gradio_api/file=/etc/passwd", headers=shown)
        assert page.status_code in (403, 404)


def test_a_token_is_made_where_others_may_ask():
    assert token_for("127.0.0.1", None) is None
    assert token_for("::1", None) is None
    made = token_for("0.0.0.0", None)
    assert made is not None
    assert len(made) >= 32
    assert made != token_for("0.0.0.0", None)
    assert token_for("127.0.0.1", TOKEN) == TOKEN
    for bad in ("", "short", "a token of some length", "ö" * 20, "x\n" * 20):
        with pytest.raises(ConfigError, match="--token"):
            token_for("127.0.0.1", bad)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_this_machine_is_known(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org", "", "localhost.evil"])
def test_others_are_known(host):
    assert not is_loopback(host)
