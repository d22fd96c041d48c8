"""Links into the Pulumi console, and what a pasted link shows. No I/O, and no link where the console is unknown."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import SplitResult, quote, unquote, urlsplit

from bot.model import StackRef, UpdateInfo

_VERSION = re.compile(r"[1-9][0-9]{0,8}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NAMED_BY = {"updates": _VERSION, "previews": _UUID}
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Page:
    """What a link says it shows: a stack, and the version of an update or the id of a preview, if it names one.

    `host` is whatever the link says: ask `Console.owns` before believing it.
    """

    host: str
    stack: StackRef
    update: str | None = None


@dataclass(frozen=True, slots=True)
class Console:
    """Where people look at Pulumi. Without an `address` every link is None: no link is better than a wrong one."""

    address: str | None

    @classmethod
    def of(cls, api_url: str, configured: str | None = None) -> Self:
        """The configured console, else the one that Pulumi's own CLI derives: `api.x` → `app.x`, else none."""
        if configured:
            return cls(configured.rstrip("/"))
        parts = urlsplit(api_url)
        if parts.netloc.startswith("api."):
            return cls(f"{parts.scheme}://app.{parts.netloc.removeprefix('api.')}")
        return cls(f"{parts.scheme}://localhost:3000" if parts.netloc == "localhost:8080" else None)

    def stack(self, stack: StackRef) -> str | None:
        """The page of a stack."""
        return self._link(stack.org, stack.project, stack.stack)

    def update(self, update: UpdateInfo) -> str | None:
        """The page of an update by its version, of a preview by its id (many previews share one version)."""
        name = update.update_id if update.preview else update.version
        if name is None:
            return None
        stack, kind = update.stack, "previews" if update.preview else "updates"
        return self._link(stack.org, stack.project, stack.stack, kind, str(name))

    def saml(self, org: str) -> str | None:
        """Where the owner of a token renews their SAML session with an organization."""
        return self._link("signin", "sso", org, "reauth")

    def tokens(self) -> str | None:
        """Where people make their access tokens."""
        return f"{self.address}/account/tokens" if self.address else None

    def owns(self, url: str) -> bool:
        """Whether a link leads to this console. A link that does not is neither shown nor believed."""
        if self.address is None or (parts := _split(url)) is None:
            return False
        ours = urlsplit(self.address)
        path = ours.path.rstrip("/") + "/"
        return _host(parts) == _host(ours) and f"{parts.path}/".startswith(path)

    def _link(self, *parts: str) -> str | None:
        return self.address and "/".join((self.address, *(quote(part, safe="") for part in parts)))


def read_console_url(url: str) -> Page | None:
    """What a link shows, on any host; None when that is no stack, update or preview. Never raises."""
    parts = _split(url)
    names = [unquote(part) for part in parts.path.split("/")[1:]] if parts else []
    if parts is None or len(names) < 3:  # noqa: PLR2004  # organization, project, stack
        return None
    try:
        stack = StackRef(*names[:3])
    except ValueError:
        return None
    kind, name = (*names[3:5], "", "")[:2]
    named_by = _NAMED_BY.get(kind)
    return Page(_host(parts), stack, name if named_by and named_by.fullmatch(name) else None)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0  # .port raises for a bad one
    except ValueError:
        return None
    return parts if usable else None


def _host(parts: SplitResult) -> str:
    """`host` or `host:port`, lower case, without user names and default ports."""
    port = "" if parts.port in {None, *_PORTS.values()} else f":{parts.port}"
    return f"{parts.hostname}{port}"
