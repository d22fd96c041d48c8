"""Files in three steps: an address to upload to, the bytes, and the message that shares them.

https://docs.slack.dev/messaging/working-with-files/#uploading_files
"""

import mimetypes
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePosixPath
from urllib.parse import quote

from aiohttp import BodyPartReader, StreamReader, web

from sandbox.slack import content, seed
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Channel, Json, Message, SlackError
from sandbox.slack.web_api import Call, Method

LARGEST = 64 * 1024 * 1024  # Slack takes a gigabyte; this one keeps files in memory
CHUNK = 64 * 1024


@dataclass(slots=True, kw_only=True)
class File:
    """One file: promised with its name and length, then uploaded, then shared (or kept private)."""

    id: str
    name: str
    length: int
    created: int
    title: str = ""
    data: bytes | None = None
    complete: bool = False

    @property
    def mimetype(self) -> str:
        """What the name says it is."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"


class Files:
    """The methods, over a ledger, and the two addresses: to upload to, to download from."""

    def __init__(self, ledger: Ledger, prefix: str) -> None:
        self._ledger, self._prefix = ledger, prefix
        self._files: dict[str, File] = {}
        self._tickets: dict[str, File] = {}

    def methods(self) -> Mapping[str, Method]:
        """Every method of this kind by its name. The first reads no JSON, as at Slack."""
        return {
            "files.getUploadURLExternal": Method(self.promise, "files:write"),
            "files.completeUploadExternal": Method(self.complete, "files:write", json=True),
        }

    def reset(self) -> None:
        """Forget every one."""
        self._files.clear()
        self._tickets.clear()

    def promise(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/files.getUploadURLExternal."""
        name, length = call.text("filename"), call.text("length")
        if not length.isdecimal():
            raise SlackError("invalid_arguments")
        if int(length) == 0:
            raise SlackError("missing_argument")
        if int(length) > LARGEST:
            raise SlackError("file_upload_size_restricted")
        file_id, ticket = f"F{secrets.token_hex(5).upper()}", secrets.token_urlsafe(24)
        file = File(id=file_id, name=name, length=int(length), created=int(self._ledger.now()))
        self._files[file_id] = self._tickets[ticket] = file
        return {"upload_url": f"{self._base(call.request)}/upload/v1/{ticket}", "file_id": file_id}

    async def upload(self, request: web.Request) -> web.Response:
        """The bytes, raw or as one part of a form; exactly as many as promised, once."""
        file = self._tickets.get(request.match_info["ticket"])
        if not file or file.data is not None:
            return web.Response(status=HTTPStatus.NOT_FOUND, text="no such upload")
        data = await _bytes(request, file.length)
        if len(data) != file.length:
            return web.Response(status=HTTPStatus.BAD_REQUEST, text="another length was promised")
        file.data = data
        return web.Response(text=f"OK - {len(data)}")

    def complete(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/files.completeUploadExternal: no `ts` of a message comes back."""
        wanted = content.listed(call.text("files") and call.args["files"], "invalid_arguments") or []
        files = [self._uploaded(each) for each in wanted]
        channels = self._channels(call)
        parent = self._parent(call, channels)
        if not files or len({file.id for file in files}) < len(files):
            raise SlackError("invalid_arguments")
        for file, each in zip(files, wanted, strict=True):
            file.complete, file.title = True, str(each.get("title") or file.name)
        shown = [self._shape(file, call.request) for file in files]
        for channel in channels:
            self._share(channel, shown, str(call.args.get("initial_comment") or ""), parent)
        return {"files": shown}

    async def download(self, request: web.Request) -> web.Response:
        """The bytes, for a person (`as`) who sees a message that has the file; the bot lacks `files:read`."""
        person, file = request.query.get("as", ""), self._files.get(request.match_info["id"])
        if not file or not file.data or person not in self._ledger.users or not self._visible(person, file):
            return web.Response(status=HTTPStatus.NOT_FOUND, text="There is no such file for you.")
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=file.data, content_type=file.mimetype, headers=headers)

    def _base(self, request: web.Request) -> str:
        return f"{request.scheme}://{request.host}{self._prefix}"

    def _uploaded(self, wanted: Json) -> File:
        file = self._files.get(str(wanted.get("id")))
        if not file or file.data is None or file.complete:
            raise SlackError("file_not_found")
        return file

    def _channels(self, call: Call) -> list[Channel]:
        """Ids in `channel_id` and `channels`; a person's id only in the second. The bot has to be a member."""
        named = [each.strip() for each in str(call.args.get("channels") or "").split(",") if each.strip()]
        ids = [seed.direct(each) if each in seed.PEOPLE else each for each in named]
        return [self._member(each, call) for each in [*filter(None, [call.args.get("channel_id")]), *ids]]

    def _member(self, channel_id: str, call: Call) -> Channel:
        channel = self._ledger.channels.get(channel_id)
        if not channel or (channel.private and seed.BOT not in channel.members):
            raise SlackError("channel_not_found" if call.args.get("channel_id") == channel_id else "invalid_channel")
        if channel.archived:
            raise SlackError("posting_to_channel_denied")
        if seed.BOT not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def _parent(self, call: Call, channels: Sequence[Channel]) -> str | None:
        ts = str(call.args.get("thread_ts") or "")
        if not ts:
            return None
        parent = self._ledger.find(channels[0].id, ts) if len(channels) == 1 else None
        if not parent or parent.thread_ts:
            raise SlackError("invalid_arguments")
        return parent.ts

    def _share(self, channel: Channel, files: list[Json], comment: str, parent: str | None) -> None:
        message = Message(channel=channel.id, ts=self._ledger.new_ts(channel.id), user=seed.BOT, bot=True)
        message.text, message.files, message.thread_ts = content.stored_text(comment), files, parent
        self._ledger.add(message)

    def _visible(self, person: str, file: File) -> bool:
        return any(
            shared["id"] == file.id
            for channel in self._ledger.seen_by(person)
            for message in self._ledger.messages(channel.id, person)
            for shared in message.files
        )

    def _shape(self, file: File, request: web.Request) -> Json:
        url = f"{self._base(request)}/files/{file.id}/{quote(file.name, safe='')}"
        kind = PurePosixPath(file.name).suffix.removeprefix(".") or "binary"
        return {
            "id": file.id,
            "created": file.created,
            "timestamp": file.created,
            "name": file.name,
            "title": file.title,
            "mimetype": file.mimetype,
            "filetype": kind,
            "pretty_type": kind.upper(),
            "user": seed.BOT,
            "user_team": seed.TEAM,
            "size": file.length,
            "mode": "hosted",
            "is_external": False,
            "is_public": False,
            "url_private": url,
            "url_private_download": url,
            "permalink": f"https://{seed.DOMAIN}.slack.com/files/{seed.BOT}/{file.id}/{quote(file.name, safe='')}",
        }


async def _bytes(request: web.Request, most: int) -> bytes:
    """What was sent, but hardly more than `most`."""
    source: StreamReader | BodyPartReader = request.content
    if request.content_type == "multipart/form-data":
        part = await (await request.multipart()).next()
        if not isinstance(part, BodyPartReader):
            return b""
        source = part
    data = bytearray()
    while len(data) <= most and (
        piece := await (source.read(CHUNK) if isinstance(source, StreamReader) else source.read_chunk(CHUNK))
    ):
        data += piece
    return bytes(data)
