"""The organizations as they begin: roles, teams, tokens. Pure."""

from collections.abc import Iterator

from sandbox.pulumi import company
from sandbox.pulumi.company import Founded, Robot
from sandbox.pulumi.organizations import AccessToken, Organization, Role, Team
from sandbox.pulumi.resources import digest
from sandbox.pulumi.world import Machine, Person, World, uuid

_HOUR = 3600.0
_YEARS = 3 * 365 * 24 * _HOUR
ENTERPRISE = frozenset({"acme"})


def found(world: World, now: float) -> None:
    """Put organizations and tokens into a world of people and stacks."""
    for name in sorted({place.org for place in world.stacks}):
        world.organizations[name] = _organization(world, name, now)
    issued = [token for person in world.people.values() if person.known for token in _issued(world, person, now)]
    world.tokens = {token.id: token for token in issued}
    for robot in company.ROBOTS:
        token = _robot(world, robot, now)
        world.tokens[token.id] = token
        machine = Machine(robot.name, robot.org, robot.team)
        orgs = ((robot.org, robot.role),)
        world.machines[token.id] = Person(robot.org, robot.org.capitalize(), orgs, robot=True, machine=machine)


def _organization(world: World, name: str, now: float) -> Organization:
    org = Organization(name, name in ENTERPRISE, tuple(_roles(name)))
    org.teams = {each.name: _team(each) for each in company.FOUNDED[name]}
    org.github_teams = dict(company.GITHUB_TEAMS.get(name, {}))
    members = world.members(name)
    org.joined = {person.login: _joined(world.seed, person.login, now) for person in members if person.known}
    by_name = {role.name: role.id for role in org.roles}
    given = {person.login: company.GIVEN.get(person.login) for person in members}
    org.given = {login: by_name[role] for login, role in given.items() if role in by_name}
    org.suspended = {person.login for person in members if person.login in company.SUSPENDED}
    return org


def _roles(org: str) -> Iterator[Role]:
    for name, builtin, about in (*company.ROLES, *company.OWN_ROLES.get(org, ())):
        yield Role(uuid("role", org, name), name, builtin, about, default=builtin == "member")


def _team(each: Founded) -> Team:
    members = dict.fromkeys(each.admins, "admin") | dict.fromkeys(each.members, "member")
    return Team(each.kind, each.name, each.display, each.about, members, each.permission, each.error)


def _joined(seed: int, login: str, now: float) -> float:
    hours = company.JOINED.get(login)
    if hours:
        return now - hours * _HOUR
    return now - _YEARS + int(digest(seed, login, "joined")[:6], 16) * 3


def _issued(world: World, person: Person, now: float) -> Iterator[AccessToken]:
    """The person's first token, and others."""
    login = person.login
    text = company.FIRST.get(login, company.FIRST_ELSE).format(login=login)
    ident = uuid(world.seed, "token", login)
    yield AccessToken(ident, world.token(login), login, text, now - 9500 * _HOUR, used=int(now - _HOUR))
    for number, each in enumerate(company.ISSUED.get(login, ()), 1):
        made = now - each.made * _HOUR
        yield AccessToken(
            uuid(world.seed, "token", login, number),
            world.token(f"{login}#{number}"),
            login,
            each.description,
            made,
            int(made + each.lasts * _HOUR) if each.lasts else 0,
            int(now - each.idle * _HOUR) if each.idle else 0,
        )


def _robot(world: World, robot: Robot, now: float) -> AccessToken:
    ident, made = uuid(world.seed, "machine", robot.name), now - 5000 * _HOUR
    value, used = world.token(robot.name), int(now - robot.used * _HOUR)
    return AccessToken(ident, value, "", robot.name, made, 0, used, "team" if robot.team else "organization")
