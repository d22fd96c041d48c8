"""Which of several causes a 4xx had, where Pulumi tells them apart only by its sentence. Pure, and nowhere else.

Each sentence was seen in Pulumi's own CLI, its provider's changelog or its OpenAPI document. A sentence that is not
recognised means "none of these": nothing is sent on a guess.
https://www.pulumi.com/docs/reference/cloud-rest-api/
"""

from bot.errors import BadRequest, Conflict, NotFound, PulumiError


def tag_exists(error: PulumiError) -> bool:
    """Whether adding a tag was refused because it is there: then, and only then, changing it may follow.

    `POST …/tags` only adds. Pulumi says "Invalid tag name or tag already exists." for both causes, so the change may
    be refused, too, and its message is then the one to show. `PATCH …/tags/{name}` leaves the other tags alone.
    """
    said = error.message.lower()
    return isinstance(error, BadRequest | Conflict) and "tag" in said and "already exist" in said


def role_is_unknown(error: PulumiError) -> bool:
    """Whether a role was refused by name: then its id may follow (`organization.role_id`), once.

    Pulumi Cloud has answered "Role 'member' not found" to built-in names. Any other 404 is about the person.
    """
    return isinstance(error, NotFound) and error.message.lower().startswith("role ")


def still_has_resources(error: PulumiError) -> bool:
    """Whether a stack was not deleted because of its resources: destroy them first, or force it knowingly."""
    return isinstance(error, BadRequest) and "still contains resources" in error.message.lower()


def is_there_already(error: PulumiError) -> bool:
    """Whether a member, a team or a team's member exists already, which is a 409 and not a lock."""
    words = ("already an organization member", "already exists", "already a member")
    return isinstance(error, Conflict) and any(each in error.message.lower() for each in words)
