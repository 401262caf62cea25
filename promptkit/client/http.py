"""HTTP, in the one file that knows httpx. Says of each failure whether anything was sent."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from promptkit.client.request import sniff
from promptkit.errors import InDoubtError, ProviderError, UnreachableError, UnusableError

#: The largest answer that is read, in bytes; a 3840 × 2160 px PNG in base64 is about 30 MB.
MAX_ANSWER = 96 * 1024 * 1024
MAX_PICTURE = 50 * 1024 * 1024
MAX_REDIRECTS = 3

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time limits in seconds."""

    connect: float = 5.0
    read: float = 600.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status, headers with lower-case names, and the body."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a multipart body."""

    name: str
    filename: str
    media_type: str
    data: bytes = field(repr=False)


class Http:
    """A connection pool for one provider. The key travels in its headers and nowhere else."""

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
        self._client = client or httpx.AsyncClient(timeout=self._timeout, follow_redirects=False)

    async def post_json(self, path: str, body: Mapping[str, Any]) -> Reply:
        """Post a JSON body.

        Raises:
            UnreachableError: nothing was sent.
            InDoubtError: it was sent, and no whole answer came.
        """
        return await self._post(path, json=dict(body))

    async def post_form(self, path: str, fields: Mapping[str, str], parts: Sequence[Part]) -> Reply:
        """Post a multipart body. Raises as ``post_json`` does."""
        files = [(part.name, (part.filename, part.data, part.media_type)) for part in parts]
        return await self._post(path, data=dict(fields), files=files)

    async def _post(self, path: str, **body: Any) -> Reply:
        url = f"{self._base}/{path}"
        try:
            async with self._client.stream("POST", url, headers=self._headers, **body) as response:
                content = await self._read(response, MAX_ANSWER)
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
            raise InDoubtError(
                f"{self._provider} was asked, and no whole answer came ({_reason(cause)}): "
                "the picture may have been billed",
                provider=self._provider,
                fix="look at the provider's own usage page; send it again with --resend",
            ) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers, content)

    async def download(self, url: str) -> bytes:
        """Fetch a result picture from its link, guarded: the link came from outside.

        Only https and public addresses; plain http and this machine only where the provider
        itself is on this machine. The key is not sent along.

        Raises:
            UnusableError: the link leads elsewhere, or to something that is no picture.
        """
        for _ in range(MAX_REDIRECTS + 1):
            response, content = await self._fetch(httpx.URL(url))
            if not response.is_redirect:
                break
            url = str(response.url.join(response.headers.get("location", "")))
        else:
            raise self._unusable("the link to the picture redirects without end")
        if response.status_code != 200:
            raise self._unusable(f"the link to the picture answers {response.status_code}")
        if sniff(content) is None:
            raise self._unusable("the link leads to something that is no PNG, JPEG or WebP")
        return content

    async def _fetch(self, url: httpx.URL) -> tuple[httpx.Response, bytes]:
        address = await self._vetted_address(url)
        pinned = url.copy_with(host=address)
        headers = {"host": url.netloc.decode()}
        extensions = {"sni_hostname": url.host}
        try:
            async with self._client.stream(
                "GET", pinned, headers=headers, extensions=extensions, timeout=self._timeout
            ) as response:
                response.request.url = url
                return response, await self._read(response, MAX_PICTURE)
        except httpx.HTTPError as cause:
            raise self._unusable(f"the picture cannot be fetched: {_reason(cause)}") from None

    async def _vetted_address(self, url: httpx.URL) -> str:
        """Resolve a link's host once, and return an address that may be connected to."""
        local = _is_loopback(httpx.URL(self._base).host)
        if url.scheme != "https" and not (local and url.scheme == "http"):
            raise self._unusable(f"the link to the picture is not https: {url.scheme}:")
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
        except OSError as cause:
            raise self._unusable(f"the picture's host {url.host} is unknown: {cause}") from None
        addresses = [str(entry[4][0]) for entry in found]
        for address in addresses:
            allowed = ipaddress.ip_address(address)
            if not (allowed.is_global or (local and allowed.is_loopback)):
                raise self._unusable(f"the link to the picture leads to {url.host}, not public")
        return addresses[0]

    async def _read(self, response: httpx.Response, most: int) -> bytes:
        content = bytearray()
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > most:
                raise self._unusable(f"the answer is larger than {most // 2**20} MiB")
        return bytes(content)

    def _unusable(self, message: str) -> UnusableError:
        return UnusableError(f"{self._provider}: {message}", provider=self._provider)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _reason(cause: Exception) -> str:
    return str(cause) or type(cause).__name__
