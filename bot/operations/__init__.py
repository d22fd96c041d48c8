"""Every command there is. Adding one touches one file of declarations and this list."""

from bot.operations.audit import EXPORT as EXPORT_AUDIT
from bot.operations.audit import LIST as LIST_AUDIT
from bot.operations.base import (
    Attachment,
    Audience,
    Call,
    Chore,
    Draft,
    Entry,
    Look,
    Mutation,
    Operation,
    Order,
    Proof,
    Receipt,
    Scene,
    Seen,
    Study,
)
from bot.operations.can import CAN
from bot.operations.catalogue import Catalogue, near_words
from bot.operations.export import EXPORT
from bot.operations.following import MUTE, SUBSCRIBE, SUBSCRIPTIONS, UNMUTE, UNSUBSCRIBE
from bot.operations.grammar import parse, perhaps
from bot.operations.history import HISTORY, PREVIEWS
from bot.operations.log import LOG
from bot.operations.member_changes import ADD as ADD_MEMBER
from bot.operations.member_changes import EDIT as EDIT_MEMBER
from bot.operations.member_changes import REMOVE as REMOVE_MEMBER
from bot.operations.members import LIST as LIST_MEMBERS
from bot.operations.overview import OVERVIEW
from bot.operations.requests import APPROVE, REJECT, REQUESTS, WITHDRAW
from bot.operations.session import HELP, LINK, UNLINK, USE, WHOAMI
from bot.operations.slots import Kind, Slot
from bot.operations.stack_changes import REMOVE as REMOVE_STACK
from bot.operations.stack_changes import TRANSFER as TRANSFER_STACK
from bot.operations.stacks import GET, LIST
from bot.operations.tag_changes import REMOVE as REMOVE_TAG
from bot.operations.tag_changes import SET as SET_TAG
from bot.operations.tags import GET as GET_TAG
from bot.operations.tags import LIST as LIST_TAGS
from bot.operations.team_members import JOIN, LEAVE
from bot.operations.teams import CREATE as CREATE_TEAM
from bot.operations.teams import REMOVE as REMOVE_TEAM
from bot.operations.tokens import CREATE as CREATE_TOKEN
from bot.operations.tokens import LIST as LIST_TOKENS
from bot.operations.tokens import REMOVE as REMOVE_TOKEN
from bot.operations.trail import EXPORT as EXPORT_TRAIL
from bot.operations.trail import TRAIL
from bot.operations.trail import VERIFY as VERIFY_TRAIL
from bot.operations.updates import STATUS, WHY
from bot.operations.values import Args, Here, Moment, Named, Pasted, StackArgs
from bot.operations.watching import UNWATCH, WATCH

_OFFERED = (
    STATUS,
    WHY,
    OVERVIEW,
    HISTORY,
    LOG,
    PREVIEWS,
    LIST,
    GET,
    EXPORT,
    LIST_TAGS,
    GET_TAG,
    SET_TAG,
    REMOVE_TAG,
    TRANSFER_STACK,
    REMOVE_STACK,
    SUBSCRIBE,
    UNSUBSCRIBE,
    SUBSCRIPTIONS,
    MUTE,
    UNMUTE,
    LIST_MEMBERS,
    ADD_MEMBER,
    EDIT_MEMBER,
    REMOVE_MEMBER,
    CREATE_TEAM,
    REMOVE_TEAM,
    JOIN,
    LEAVE,
    LIST_AUDIT,
    EXPORT_AUDIT,
    LIST_TOKENS,
    CREATE_TOKEN,
    REMOVE_TOKEN,
    REQUESTS,
    APPROVE,
    REJECT,
    WITHDRAW,
    CAN,
    TRAIL,
    VERIFY_TRAIL,
    EXPORT_TRAIL,
    WATCH,
    UNWATCH,
    HELP,
    WHOAMI,
    LINK,
    UNLINK,
    USE,
)
_GROUPS = ("Updates", "Stacks", "Following", "Organization", "Tokens", "Approvals", "You")

CATALOGUE = Catalogue(sorted(_OFFERED, key=lambda entry: _GROUPS.index(entry.group)))

__all__ = [
    "CATALOGUE",
    "Args",
    "Attachment",
    "Audience",
    "Call",
    "Catalogue",
    "Chore",
    "Draft",
    "Entry",
    "Here",
    "Kind",
    "Look",
    "Moment",
    "Mutation",
    "Named",
    "Operation",
    "Order",
    "Pasted",
    "Proof",
    "Receipt",
    "Scene",
    "Seen",
    "Slot",
    "StackArgs",
    "Study",
    "near_words",
    "parse",
    "perhaps",
]
