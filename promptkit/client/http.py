"""HTTP, in the one file that knows httpx. Says of each failure whether anything was sent."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import httpx

from promptkit.client.events import Event, EventReader
from promptkit.client.request import in_doubt, sniff, unusable
from promptkit.errors import ProviderError, UnreachableError, UnusableError

#: The largest answer that is read, in bytes; a 3840 × 2160 px PNG in base64 is about 30 MB.
MAX_ANSWER = 96 * 1024 * 1024
MAX_PICTURE = 50 * 1024 * 1024
MAX_REDIRECTS = 3
#: How often a result picture is fetched: it is paid for, and fetching it again is free.
DOWNLOADS = 4
#: The wait before the second time, in seconds; it doubles.
PAUSE = 0.25

#: How long a result picture's own server may be silent, in seconds.
FETCHING = 60.0

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_EVENTS = "text/event-stream"
#: A shorter key is not looked for in what comes back: it would be found in ordinary words.
_SECRET = 8
#: Of what a request is called no more than this many characters are kept: an id is shorter.
_ID = 80
#: More of a provider's own words than this many characters is a page, not a message.
_WORDS = 500


#: Where services, and the gateways before them, say how they call a request; the first holds.
_REQUEST_IDS = (
    "x-request-id",
    "request-id",
    "apim-request-id",
    "x-ms-request-id",
    "x-amzn-requestid",
    "x-generation-id",
    "x-litellm-call-id",
    "cf-ray",
)


#: Is told of each event of an answer; true when it needs no further one.
Hear = Callable[[Event], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time limits in seconds: to connect, between two pieces of the answer, and for all of it."""

    connect: float = 5.0
    read: float = 600.0
    total: float = 900.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status, headers with lower-case names, and the body.

    The body of a stream is empty: its events were heard.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def is_stream(self) -> bool:
        """Whether it is a success that comes as events."""
        kind = self.headers.get("content-type", "").lower()
        return 200 <= self.status < 300 and kind.startswith(_EVENTS)

    @property
    def request_id(self) -> str | None:
        """What the provider calls the request, as one line; it may be asked about by that."""
        named = (plain(self.headers.get(name, ""))[:_ID] for name in _REQUEST_IDS)
        return next(filter(None, named), None)


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a multipart body."""

    name: str
    filename: str
    media_type: str
    data: bytes = field(repr=False)


class _Passing(Exception):
    """A download failed in a way that may pass."""


class Http:
    """A connection pool for one provider. The key travels in its headers and nowhere else.

    It may be used from several event loops, one after the other too: each has its own pool.
    """

    def __init__(
        self,
        provider: str,
        base_url: str,
        headers: Mapping[str, str],
        timeouts: Timeouts | None = None,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        """Take the provider's name for messages; an injected client is used as it is."""
        limits = timeouts or Timeouts()
        self._provider = provider
        self._base = base_url.rstrip("/")
        self._headers = dict(headers)
        self._timeout = httpx.Timeout(limits.read, connect=limits.connect, pool=None)
        self._total = limits.total
        self._fetching = httpx.Timeout(min(limits.read, FETCHING), connect=limits.connect)
        self._given = client
        self._pools: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = (
            WeakKeyDictionary()
        )

    @property
    def account(self) -> str:
        """What tells one address and key from another, and lets nobody guess the key."""
        if not self._headers:
            return ""
        told = "\0".join((self._base, *map(str, sorted(self._headers.items()))))
        return hashlib.blake2b(told.encode(), digest_size=6).hexdigest()

    @property
    def _client(self) -> httpx.AsyncClient:
        if self._given is not None:
            return self._given
        loop = asyncio.get_running_loop()
        if loop not in self._pools:
            # How many connections there are is for the client's limits to say.
            self._pools[loop] = httpx.AsyncClient(
                timeout=self._timeout,
                verify=_certificates(),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            )
        return self._pools[loop]

    async def post_json(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        most: int | None = None,
        hear: Hear | None = None,
    ) -> Reply:
        """Post a JSON body; an answer of more than ``most`` bytes is not read to its end.

        With ``hear`` that holds for each event of an answer that is a stream.

        Raises:
            UnreachableError: nothing was sent.
            InDoubtError: it was sent, and no whole answer came.
        """
        return await self._post(path, most, hear, json=dict(body))

    async def post_form(
        self,
        path: str,
        fields: Mapping[str, str],
        parts: Sequence[Part],
        *,
        hear: Hear | None = None,
    ) -> Reply:
        """Post a multipart body. Raises as ``post_json`` does."""
        files = [(part.name, (part.filename, part.data, part.media_type)) for part in parts]
        return await self._post(path, None, hear, data=dict(fields), files=files)

    async def _post(self, path: str, most: int | None, hear: Hear | None, **body: Any) -> Reply:
        url = f"{self._base}/{path}"
        request_id = None
        try:
            async with (
                asyncio.timeout(self._total),
                self._client.stream(
                    "POST", url, headers=self._headers, follow_redirects=False, **body
                ) as response,
            ):
                head = self._head(response)
                request_id = head.request_id
                return await self._whole(response, head, most or MAX_ANSWER, hear)
        except _NOT_SENT as cause:
            raise UnreachableError(
                f"{self._provider} cannot be reached at {self._base}: {_reason(cause)}",
                provider=self._provider,
                fix="check the network and the provider's base_url",
            ) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as cause:
            raise ProviderError(
                f"{self._provider}: base_url {self._base!r} is not a web address: {cause}",
                provider=self._provider,
            ) from None
        except httpx.HTTPError as cause:
            raise in_doubt(self._provider, _reason(cause), request_id) from None
        except TimeoutError:
            why = f"it took more than {self._total:g} s"
            raise in_doubt(self._provider, why, request_id) from None
        except asyncio.CancelledError as cancelled:  # what is then in doubt is known by its id
            cancelled.request_id = request_id  # type: ignore[attr-defined]
            raise

    async def _whole(
        self, response: httpx.Response, head: Reply, most: int, hear: Hear | None
    ) -> Reply:
        """Return an answer with its body, once that has come."""
        if hear is not None and head.is_stream:
            await self._listen(response, most, hear)
            return head
        content = await self._read(response, most)
        return replace(head, content=self._without_key(content) if response.is_error else content)

    def _head(self, response: httpx.Response) -> Reply:
        """Return an answer of which only the head has come; gateways repeat the key there, too."""
        headers = {name.lower(): self.said(value) for name, value in response.headers.items()}
        return Reply(response.status_code, headers, b"")

    async def _listen(self, response: httpx.Response, most: int, hear: Hear) -> None:
        """Hand on events until no further one is needed, or there are none."""
        reader = EventReader(most)
        async for chunk in response.aiter_bytes():
            for event in reader.feed(chunk):
                if await hear(replace(event, data=self._without_key(event.data))):
                    return
        for event in reader.rest():
            await hear(replace(event, data=self._without_key(event.data)))

    def said(self, text: str) -> str:
        """Return a provider's words without the key, which some services repeat."""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text

    def _without_key(self, content: bytes) -> bytes:
        for secret in self._secrets:
            content = content.replace(secret.encode(), "…".encode())
        return content

    @property
    def _secrets(self) -> list[str]:
        last = (value.split()[-1] for value in self._headers.values() if value.strip())
        return [secret for secret in last if len(secret) >= _SECRET]

    async def download(self, url: str) -> bytes:
        """Fetch a result picture from its link, guarded: the link came from outside.

        Only https and public addresses; plain http and this machine only where the provider
        itself is on this machine. The key is not sent along.

        Raises:
            UnusableError: the link leads elsewhere, or to something that is no picture.
        """
        try:
            async with asyncio.timeout(self._total):
                return await self._downloaded(url)
        except TimeoutError:
            message = f"the picture cannot be fetched within {self._total:g} s"
            raise self._unusable(message) from None

    async def _downloaded(self, url: str) -> bytes:
        why = ""
        for number in range(DOWNLOADS):
            await asyncio.sleep(PAUSE * 2 ** (number - 1) if number else 0)
            try:
                content = await self._followed(_url(url), number)
            except _Passing as cause:
                why = str(cause)
            except (httpx.InvalidURL, UnicodeError) as cause:
                raise self._unusable(f"the link to the picture is none: {cause}") from None
            else:
                if sniff(content) is None:
                    raise self._unusable("the link leads to something that is no PNG, JPEG or WebP")
                return content
        raise self._unusable(f"the picture cannot be fetched: {why}")

    async def _followed(self, url: httpx.URL, number: int) -> bytes:
        for _ in range(MAX_REDIRECTS + 1):
            response, content = await self._fetch(url, number)
            if not response.has_redirect_location:
                break
            url = _url(str(url.join(response.headers["location"])))
        else:
            raise self._unusable("the link to the picture redirects without end")
        if response.status_code != 200:
            raise _Passing(f"its link answers {response.status_code}")
        return content

    async def _fetch(self, url: httpx.URL, number: int) -> tuple[httpx.Response, bytes]:
        addresses = await self._vetted_addresses(url)
        pinned = url.copy_with(host=addresses[number % len(addresses)])
        try:
            async with self._client.stream(
                "GET",
                pinned,
                headers={"host": url.netloc.decode()},
                extensions={"sni_hostname": url.raw_host.decode()},
                follow_redirects=False,
                timeout=self._fetching,
            ) as response:
                return response, await self._read(response, MAX_PICTURE)
        except httpx.HTTPError as cause:
            raise _Passing(_reason(cause)) from None

    async def _vetted_addresses(self, url: httpx.URL) -> list[str]:
        """Resolve a link's host once, and return the addresses, all of which may be connected to.

        They are then connected to by number: a name that is asked for twice may change in between.
        """
        local = _is_loopback(httpx.URL(self._base).host)
        if url.scheme != "https" and not (local and url.scheme == "http"):
            raise self._unusable(f"the link to the picture is not https but {url.scheme or 'none'}")
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
        except OSError as cause:
            raise _Passing(f"its host {url.host} is unknown: {cause}") from None
        addresses = [str(entry[4][0]) for entry in found]
        for address in addresses:
            allowed = ipaddress.ip_address(address)
            if not (_is_public(allowed) or (local and allowed.is_loopback)):
                raise self._unusable(
                    f"the link to the picture leads to {url.host}, which is not a public address"
                )
        return addresses

    async def _read(self, response: httpx.Response, most: int) -> bytes:
        content = bytearray()
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > most:
                message = f"the answer is larger than {most // 2**20} MiB"
                raise self._unusable(message, self._head(response).request_id)
        return bytes(content)

    def _unusable(self, message: str, request_id: str | None = None) -> UnusableError:
        return unusable(self._provider, plain(self.said(message)), request_id)

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        pool = self._given or self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.aclose()


@cache
def _certificates() -> ssl.SSLContext:
    """Return what vouches for servers; reading it takes longer than a picture from the store."""
    return httpx.create_ssl_context()


def plain(said: Any) -> str:
    """Return a provider's words as one line that can be shown and stored anywhere."""
    text = " ".join(str(said).encode(errors="replace").decode().split())
    text = "".join(letter for letter in text if letter.isprintable())
    return text if len(text) <= _WORDS else f"{text[:_WORDS]}…"


def _url(text: str) -> httpx.URL:
    """Read a link; a name and password in it are left out, lest they are sent anywhere."""
    return httpx.URL(text).copy_with(userinfo=b"")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Say whether an address is public, and any IPv4 address that an IPv6 one carries too."""
    inner = address.sixtofour if isinstance(address, ipaddress.IPv6Address) else None
    if address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    public = address.is_global and not address.is_multicast
    return public and (inner is None or inner.is_global)


def _reason(cause: Exception) -> str:
    if isinstance(cause, httpx.TimeoutException):
        return "it took too long"
    if isinstance(cause, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
        return "the connection was lost"
    if isinstance(cause, httpx.LocalProtocolError):
        return type(cause).__name__  # its text may quote a header, and the key is in one
    return str(cause) or type(cause).__name__
