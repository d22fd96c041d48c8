"""Small rules about organizations: roles by id, and which of several causes a refusal had."""

import pytest

from bot.errors import BadRequest, Conflict, Forbidden, MissingRoute, NotFound, PulumiError
from bot.organization import AuditFormat, Member, Role, Team, records, role_id
from bot.refusals import is_there_already, role_is_unknown, still_has_resources, tag_exists

ROLES = (
    Role(id="r-2", name="admin"),  # somebody's own role, named to confuse
    Role(id="r-1", name="Administrator", builtin="admin"),
    Role(id="r-3", name="Release engineers"),
)


@pytest.mark.parametrize(
    ("word", "found"), [("admin", "r-1"), ("Release engineers", "r-3"), ("release engineers", None), ("", None)]
)
def test_a_role_by_its_word(word: str, found: str | None) -> None:
    """The built-in one goes first; custom roles only by their exact name, since a role too many is given for good."""
    assert role_id(ROLES, word) == found
    assert role_id(iter(ROLES), word) == found


def test_a_role_without_a_word_is_nobodys_built_in_one() -> None:
    """An empty word is not a role."""
    assert role_id((Role(id="r", name="x"),), "") is None


def test_a_members_role_as_people_call_it() -> None:
    assert Member(login="a", role="member", role_name="Release engineers").label == "Release engineers"
    assert Member(login="a", role="billing-manager").label == "billing-manager"
    assert Member(login="a").label == "no role"


@pytest.mark.parametrize(("kind", "elsewhere"), [("pulumi", False), ("github", True), ("scim", True), ("new", True)])
def test_who_decides_who_is_in_a_team(kind: str, elsewhere: bool) -> None:  # noqa: FBT001
    assert Team(name="ops", kind=kind).managed_elsewhere is elsewhere


EXISTS = BadRequest("set tag", "Invalid tag name or tag already exists.")
RESOURCES = BadRequest("delete stack", "Stack still contains resources.")
NO_ROLE = NotFound("edit member role", "Role 'member' not found")
LOCKED = Conflict("transfer stack", "Another update is currently in progress.")


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (EXISTS, tag_exists),
        (Conflict("set tag", "Tag already exists"), tag_exists),
        (BadRequest("set tag", "Invalid tag name."), None),
        (BadRequest("set tag", "The stack does not exist."), None),
        (MissingRoute("set tag", "Invalid update kind: tags"), None),
        (NO_ROLE, role_is_unknown),
        (NotFound("edit member role", "User 'role model' not found"), None),
        (MissingRoute("edit member role", "Role 'x' not found"), None),
        (Forbidden("edit member role", "Role 'x' not found"), None),
        (RESOURCES, still_has_resources),
        (BadRequest("delete stack", "invalid query parameter"), None),
        (Conflict("add member", "User is already an organization member."), is_there_already),
        (Conflict("create team", "Team with this name already exists"), is_there_already),
        (Conflict("add team member", "User is already a member of the team"), is_there_already),
        (LOCKED, None),
        (PulumiError("x", "already exists"), None),
    ],
)
def test_a_refusal_has_at_most_the_cause_that_it_names(error: PulumiError, cause: object) -> None:
    """Nothing is sent, and nothing is explained, on a guess."""
    causes = {each for each in (tag_exists, role_is_unknown, still_has_resources, is_there_already) if each(error)}
    assert (causes - {is_there_already} if tag_exists in causes else causes) == ({cause} if cause else set())


def test_records_are_taken_apart_as_they_are() -> None:
    """Quotes hold line breaks together in a table, and mean nothing in the other format."""
    text = b'a,"b\nc"\r\n\n"d ""e"""\n"f'
    assert list(records(AuditFormat.CSV, text)) == [b'a,"b\nc"\n', b'"d ""e"""\n', b'"f\n']
    assert list(records(AuditFormat.CEF, text)) == [b'a,"b\n', b'c"\n', b'"d ""e"""\n', b'"f\n']
    assert list(records(AuditFormat.CSV, b"")) == []


def test_an_export_of_one_endless_quote_costs_no_more_than_reading_it() -> None:
    """A stray quote must not make it quadratic: this would take minutes."""
    (record,) = records(AuditFormat.CSV, b'"' + b"x\n" * 400_000)
    assert len(record) == 800_001
