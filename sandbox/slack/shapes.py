"""How Slack writes people, channels and messages in JSON."""

from sandbox.slack import seed
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Channel, Json, Message, User

CREATED = 1_700_000_000


def user(person: User, *, email: bool) -> Json:
    """A user object; the e-mail needs `users:read.email` and a colleague, and deactivated users lack their rights."""
    profile = {
        "title": person.title,
        "real_name": person.real_name,
        "real_name_normalized": person.real_name,
        "display_name": person.name,
        "display_name_normalized": person.name,
        "status_text": "",
        "status_emoji": "",
        "team": person.team or seed.TEAM,
    }
    if email and person.email and not person.team:
        profile["email"] = person.email
    if person.bot:
        profile |= {"bot_id": seed.BOT_ID, "api_app_id": seed.APP}
    known = {
        "id": person.id,
        "team_id": person.team or seed.TEAM,
        "name": person.name,
        "deleted": person.deleted,
        "profile": profile,
        "is_bot": person.bot,
        "is_app_user": False,
        "updated": CREATED,
    }
    if person.team:
        known["is_stranger"] = True
    return known if person.deleted else {**known, "real_name": person.real_name, **_standing(person)}


def actor(person: User) -> Json:
    """Who did it, in the payload of an interaction."""
    team = person.team or seed.TEAM
    return {"id": person.id, "username": person.name, "name": person.name, "team_id": team}


def channel(room: Channel, bot: str) -> Json:
    """A conversation object as `bot` sees it."""
    if room.im_with:
        return {
            "id": room.id,
            "created": CREATED,
            "is_im": True,
            "is_org_shared": False,
            "is_archived": room.archived,
            "user": room.im_with,
            "is_user_deleted": False,
            "context_team_id": seed.TEAM,
        }
    return {
        "id": room.id,
        "name": room.name,
        "name_normalized": room.name,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": room.private,
        "is_archived": room.archived,
        "is_general": room.id == seed.GENERAL,
        "is_member": bot in room.members,
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "created": CREATED,
        "creator": seed.ANN,
        "context_team_id": seed.TEAM,
        "topic": {"value": room.topic, "creator": seed.ANN, "last_set": CREATED},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(room.members),
    }


def message(said: Message, ledger: Ledger) -> Json:
    """A message object, as in `chat.postMessage`'s answer, a click's payload and events."""
    body: Json = {"user": said.user, "type": "message", "ts": said.ts, "text": said.text, "team": seed.TEAM}
    if said.bot:
        body |= {"bot_id": seed.BOT_ID, "app_id": seed.APP, "bot_profile": bot_profile()}
    if said.client_msg_id:
        body["client_msg_id"] = said.client_msg_id
    if said.files:
        body |= {"subtype": "file_share", "upload": True}
    for name in ("blocks", "attachments", "files", "metadata"):
        if value := getattr(said, name):
            body[name] = value
    if said.edited:
        body["edited"] = {"user": seed.BOT, "ts": said.edited}
    return body | _thread(said, ledger)


def bot_profile() -> Json:
    """Who the bot is, as it stands in each of its messages."""
    return {
        "id": seed.BOT_ID,
        "app_id": seed.APP,
        "user_id": seed.BOT,
        "name": "Pulumi",
        "icons": {"image_36": "https://a.slack-edge.com/80588/img/plugins/app/bot_36.png"},
        "deleted": False,
        "updated": CREATED,
        "team_id": seed.TEAM,
    }


def _standing(person: User) -> Json:
    return {
        "tz": "Europe/Berlin",
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "color": "9f69e7",
        "is_admin": person.admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.guest,
        "is_ultra_restricted": person.guest,
        "is_email_confirmed": bool(person.email),
        "who_can_share_contact_card": "EVERYONE",
    }


def _thread(said: Message, ledger: Ledger) -> Json:
    if said.thread_ts:
        return {"thread_ts": said.thread_ts} | ({"subtype": "thread_broadcast"} if said.broadcast else {})
    replies = ledger.replies(said)
    if not replies:
        return {}
    return {
        "thread_ts": said.ts,
        "reply_count": len(replies),
        "reply_users_count": len({reply.user for reply in replies}),
        "latest_reply": replies[-1].ts,
    }
