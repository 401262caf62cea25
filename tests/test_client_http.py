from __future__ import annotations

import asyncio
import ipaddress
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import gaierror, socket
from typing import Any

import pytest

from fake_openai import Cut, FakeOpenAI, Hangup, Stall, Trickle
from promptkit.client import http as module
from promptkit.client.http import Http, Part, Reply, Timeouts
from promptkit.errors import InDoubtError, ProviderError, UnreachableError, UnusableError
from test_client_request import a_picture

CANARY = "sk-canary-0f1e2d3c4b5a6978"
PUBLIC = "https://api.example.com/v1"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.0)


@dataclass
class Page:
    status: int = 200
    body: bytes = b""
    location: str = ""
    cut: bool = False
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """Where links to pictures lead: what lies at each path, in the order it is handed out."""

    pages: dict[str, list[Page]] = field(default_factory=dict)
    seen: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def page(self, path: str, headers: dict[str, str]) -> Page:
        self.seen.append({name.lower(): value for name, value in headers.items()})
        left = self.pages.get(path, [Page(404)])
        return left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def a_site(**pages: list[Page]) -> Iterator[Site]:
    site = Site({f"/{name}": list(items) for name, items in pages.items()})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            page = site.page(self.path, dict(self.headers))
            self.send_response(page.status)
            if page.location:
                self.send_header("location", page.location)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(page.body) + page.cut))
            self.end_headers()
            self.wfile.write(page.body)

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def an_http(base_url: str, key: str = CANARY, read: float = 20.0, total: float = 60.0) -> Http:
    limits = Timeouts(5.0, read, total)
    return Http("transit", base_url, {"authorization": f"Bearer {key}"}, limits)


def post(base_url: str, **more: Any) -> Reply:
    async def go() -> Reply:
        http = an_http(base_url, **more)
        try:
            return await http.post_json(
                "images/generations", {"model": "gpt-image-2", "prompt": "p"}
            )
        finally:
            await http.aclose()

    return asyncio.run(go())


def download(url: str, base_url: str) -> bytes:
    async def go() -> bytes:
        http = an_http(base_url)
        try:
            return await http.download(url)
        finally:
            await http.aclose()

    return asyncio.run(go())


# Asked


def test_a_form_carries_fields_and_files_as_they_are() -> None:
    part = Part("image[]", 'a "quoted" näme.png', "image/png", a_picture())
    with FakeOpenAI() as server:

        async def go() -> Reply:
            http = an_http(server.base_url, server.expected_key)
            fields = {"model": "gpt-image-2", "prompt": "ä\nb", "n": "1"}
            reply = await http.post_form("images/edits", fields, [part])
            await http.aclose()
            return reply

        assert asyncio.run(go()).status == 200
        (request,) = server.requests
    assert request.fields["prompt"] == "ä\nb"
    assert [(file.field, file.data) for file in request.files] == [("image[]", a_picture())]


def test_nothing_was_sent_where_nobody_listens() -> None:
    with closing(socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"
        with pytest.raises(UnreachableError, match=r"transit cannot be reached at http") as caught:
            post(url)
    assert caught.value.safe_to_retry
    assert "base_url" in str(caught.value.fix)


def test_nothing_was_sent_where_a_proxy_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_site() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(UnreachableError):
            post(PUBLIC)


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/v1", "nowhere/v1", "http://[::1/v1"])
def test_what_is_no_web_address_says_so(address: str) -> None:
    with pytest.raises(ProviderError, match="is not a web address") as caught:
        post(address)
    assert not caught.value.safe_to_retry


@pytest.mark.parametrize("trouble", [Hangup(), Stall(5)], ids=["hangup", "stall"])
def test_once_it_was_sent_no_answer_is_a_doubt(trouble: Any) -> None:
    with FakeOpenAI(script=[trouble]) as server, pytest.raises(InDoubtError) as caught:
        post(server.base_url, key=server.expected_key, read=0.1)
    assert not caught.value.safe_to_retry
    assert "--resend" in str(caught.value.fix)


@pytest.mark.parametrize(
    ("trouble", "total", "told"),
    [(Cut(), 60.0, "req_fake_1"), (Trickle(), 0.3, "req_fake_1"), (Hangup(), 60.0, None)],
    ids=["cut", "too long", "no head"],
)
def test_a_doubt_has_the_id_that_came_before_the_connection_broke(
    trouble: Any, total: float, told: str | None
) -> None:
    with FakeOpenAI(script=[trouble]) as server, pytest.raises(InDoubtError) as caught:
        post(server.base_url, key=server.expected_key, total=total)
    assert caught.value.request_id == told
    assert (f"request {told}" in str(caught.value.fix)) is bool(told)


def test_who_is_cancelled_while_an_answer_comes_has_its_id() -> None:
    async def ask(http: Http) -> str | None:
        try:
            await http.post_json("images/generations", {"model": "gpt-image-2", "prompt": "p"})
        except asyncio.CancelledError as cancelled:
            return getattr(cancelled, "request_id", None)
        return None

    async def go(base_url: str, key: str) -> str | None:
        http = an_http(base_url, key)
        task = asyncio.create_task(ask(http))
        await asyncio.sleep(0.5)
        task.cancel()
        try:
            return await task
        finally:
            await http.aclose()

    with FakeOpenAI(script=[Trickle()]) as server:
        assert asyncio.run(go(server.base_url, server.expected_key)) == "req_fake_1"


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"cf-ray": "9f1-FRA", "Apim-Request-Id": "azure-1"}, "azure-1"),
        ({"cf-ray": "9f1-FRA", "x-request-id": " "}, "9f1-FRA"),
        ({"x-litellm-call-id": "call-1", "x-request-id": "own-1"}, "own-1"),
        ({"x-request-id": "a" * 500}, "a" * 80),
    ],
)
def test_gateways_have_names_of_their_own_for_it(headers: dict[str, str], told: str) -> None:
    with a_site() as site:
        site.pages["/v1/images/generations"] = [Page(200, b"{}", headers=headers)]
        assert post(f"{site.url}/v1").request_id == told


def test_an_answer_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ANSWER", 2**20)
    with a_site(images=[]) as site:
        site.pages["/v1/images/generations"] = [Page(200, b"x" * (2**20 + 1))]
        with pytest.raises(UnusableError, match="larger than 1 MiB"):
            post(f"{site.url}/v1")


def test_keys_are_told_apart_without_showing_them() -> None:
    one, same, other = an_http(PUBLIC), an_http(f"{PUBLIC}/"), an_http(PUBLIC, key="sk-other")
    assert one.account == same.account != other.account
    assert not {one.account, other.account} & {"", CANARY}
    assert an_http("https://elsewhere.example/v1").account != one.account
    assert Http("local", PUBLIC, {}).account == ""


def test_a_redirect_is_not_followed_with_the_key_in_hand() -> None:
    with a_site() as elsewhere, a_site() as site:
        site.pages["/v1/images/generations"] = [Page(307, location=f"{elsewhere.url}/steal")]
        assert post(f"{site.url}/v1").status == 307
        assert not elsewhere.seen


def test_an_injected_client_is_used_and_closed_but_never_redirects() -> None:
    """As whoever injects one cannot be expected to know that it would carry the key along."""

    async def go(site: Site) -> None:
        plain = Http("transit", site.url, {})
        async with asyncio.timeout(5):
            injected = plain._client
            injected.follow_redirects = True
            http = Http("transit", f"{site.url}/v1", {"authorization": CANARY}, client=injected)
            reply = await http.post_json("images/generations", {})
            assert reply.status == 307
            await http.aclose()
            assert injected.is_closed

    with a_site() as site:
        site.pages["/v1/images/generations"] = [Page(307, location="/steal")]
        asyncio.run(go(site))
        assert len(site.seen) == 1


def test_a_key_that_an_error_repeats_goes_no_further() -> None:
    with a_site() as site:
        said = f'{{"error": {{"message": "Incorrect API key: {CANARY}."}}}}'
        site.pages["/v1/images/generations"] = [Page(401, said.encode())]
        reply = post(f"{site.url}/v1")
    assert CANARY.encode() not in reply.content
    assert "Incorrect API key: ….".encode() in reply.content


def test_nor_does_one_that_a_header_repeats() -> None:
    with a_site() as site:
        told = {"x-request-id": f"trace-{CANARY}\x9b1;31m"}
        site.pages["/v1/images/generations"] = [Page(200, b"{}", headers=told)]
        reply = post(f"{site.url}/v1")
    assert CANARY not in str(dict(reply.headers))
    assert reply.request_id == "trace-…1;31m"


def test_a_short_key_is_not_looked_for_in_every_word() -> None:
    with a_site() as site:
        site.pages["/v1/images/generations"] = [Page(400, b"a key")]
        assert post(f"{site.url}/v1", key="a").content == b"a key"

        async def keyless() -> Reply:
            http = Http("transit", f"{site.url}/v1", {"x-empty": ""})
            reply = await http.post_json("images/generations", {})
            await http.aclose()
            return reply

        assert asyncio.run(keyless()).content == b"a key"


def test_a_header_that_cannot_be_sent_does_not_show_its_key() -> None:
    with FakeOpenAI() as server, pytest.raises(InDoubtError) as caught:
        post(server.base_url, key=f"{CANARY}\nx: y")
    assert CANARY not in str(caught.value)


# Result pictures


def test_a_picture_is_fetched_without_the_key() -> None:
    with a_site(file=[Page(body=a_picture())]) as site:
        assert download(f"{site.url}/file", site.url) == a_picture()
        (headers,) = site.seen
    assert headers["host"] == site.url.removeprefix("http://")
    assert "authorization" not in headers
    assert CANARY not in str(headers)


def test_a_name_and_password_in_a_link_are_not_sent() -> None:
    with a_site(file=[Page(body=a_picture())]) as site:
        url = f"{site.url}/file".replace("//", "//user:secret@")
        assert download(url, site.url) == a_picture()
        assert "authorization" not in site.seen[0]


def test_a_redirect_is_followed_hop_by_hop() -> None:
    with a_site(a=[Page(302, location="b")], b=[Page(body=a_picture("WEBP"))]) as site:
        assert download(f"{site.url}/a", site.url) == a_picture("WEBP")
        assert len(site.seen) == 2


@pytest.mark.parametrize(
    "trouble",
    [[Page(503)], [Page(404), Page(404)], [Page(body=a_picture()[:20], cut=True)] * 3],
    ids=["503", "not there yet", "cut"],
)
def test_what_is_paid_for_is_fetched_again_when_fetching_fails(trouble: list[Page]) -> None:
    """The picture is paid for, and a link can be asked as often as one likes."""
    with a_site(file=[*trouble, Page(body=a_picture())]) as site:
        assert download(f"{site.url}/file", site.url) == a_picture()


def test_but_not_for_ever() -> None:
    with a_site(file=[Page(500)]) as site:
        with pytest.raises(UnusableError, match="cannot be fetched: its link answers 500"):
            download(f"{site.url}/file", site.url)
        assert len(site.seen) == module.DOWNLOADS


def test_the_next_address_of_a_host_is_tried_when_the_first_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Hosts that have an IPv6 address, asked from a machine that has none, are such a case."""
    with a_site(file=[Page(body=a_picture())]) as site:
        port = int(site.url.rpartition(":")[2])

        async def resolve(*_: Any, **__: Any) -> list[Any]:
            return [(0, 0, 0, "", (host, port)) for host in ("::1", "127.0.0.1")]

        async def go() -> bytes:
            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
            http = an_http(site.url)
            content = await http._followed(module._url(f"http://localhost:{port}/file"), 1)
            await http.aclose()
            return content

        assert asyncio.run(go()) == a_picture()


NEVER = [
    ("http://example.com/x.png", "not https but http"),
    ("file:///etc/passwd", "not https but file"),
    ("/files/1.png", "not https but none"),
    ("https://127.0.0.1/x.png", "not a public address"),
    ("https://localhost/x.png", "not a public address"),
    ("https://[::1]/x.png", "not a public address"),
    ("https://[::ffff:10.0.0.1]/x.png", "not a public address"),
    ("https://[64:ff9b::7f00:1]/x.png", "not a public address"),
    ("https://[2002:7f00:1::]/x.png", "not a public address"),
    ("https://10.0.0.1/x.png", "not a public address"),
    ("https://192.168.1.1/x.png", "not a public address"),
    ("https://169.254.169.254/latest/meta-data", "not a public address"),
    ("https://100.64.0.1/x.png", "not a public address"),
    ("https://224.0.0.1/x.png", "not a public address"),
    ("https://0.0.0.0/x.png", "not a public address"),
    ("https://[::1/x.png", "the link to the picture is none"),
    ("https://a.example:port/x.png", "the link to the picture is none"),
]


@pytest.mark.parametrize(("url", "why"), NEVER)
def test_links_into_the_network_of_whoever_asks_are_refused(url: str, why: str) -> None:
    with pytest.raises(UnusableError, match=why):
        download(url, PUBLIC)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/x.png", "https://169.254.169.254/", "ftp://127.0.0.1/x.png"]
)
def test_a_provider_on_this_machine_may_lead_to_this_machine_alone(url: str) -> None:
    for base_url in ("http://127.0.0.1:1/v1", "http://localhost:1/v1", "http://[::1]:1/v1"):
        with pytest.raises(UnusableError, match=r"not a public address|not https but ftp"):
            download(url, base_url)


def test_a_redirect_into_a_private_network_is_refused() -> None:
    with a_site(file=[Page(302, location="http://192.168.0.1/admin")]) as site:
        with pytest.raises(UnusableError, match=r"192\.168\.0\.1, which is not a public address"):
            download(f"{site.url}/file", site.url)
        assert len(site.seen) == 1, "and is not tried again"


def test_redirects_in_a_circle_are_not_followed_for_ever() -> None:
    with a_site(file=[Page(302, location="/file")]) as site:
        with pytest.raises(UnusableError, match="redirects without end"):
            download(f"{site.url}/file", site.url)
        assert len(site.seen) == module.MAX_REDIRECTS + 1


def test_a_redirect_to_nowhere_is_an_answer_like_others() -> None:
    with a_site(file=[Page(302)]) as site, pytest.raises(UnusableError, match="answers 302"):
        download(f"{site.url}/file", site.url)


def test_a_host_that_nobody_knows_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any) -> Any:
        raise gaierror(-2, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    with pytest.raises(UnusableError, match=r"its host nowhere\.invalid is unknown"):
        download("https://nowhere.invalid/x.png", PUBLIC)


def test_a_file_that_is_too_large_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PICTURE", 2**20)
    with (
        a_site(file=[Page(body=b"\x89PNG\r\n\x1a\n" + b"x" * 2**20)]) as site,
        pytest.raises(UnusableError, match="larger than 1 MiB"),
    ):
        download(f"{site.url}/file", site.url)


@pytest.mark.parametrize("body", [b"", b"<html>Sign in</html>", b"GIF89a", b"%PDF-1.7"])
def test_what_is_no_picture_is_not_taken(body: bytes) -> None:
    with a_site(file=[Page(body=body)]) as site, pytest.raises(UnusableError, match="no PNG"):
        download(f"{site.url}/file", site.url)


def test_public_addresses_are_public() -> None:
    for address in (
        "93.184.216.34",
        "2606:2800:220:1::1",
        "64:ff9b::5db8:d822",
        "2002:5db8:d822::",
    ):
        assert module._is_public(ipaddress.ip_address(address)), address
