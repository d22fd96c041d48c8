"""A person's own access tokens: listed without their values, made with the value shown once, revoked."""

from aiohttp import web

from sandbox.pulumi import wire_orgs
from sandbox.pulumi.body import read
from sandbox.pulumi.gate import Gate
from sandbox.pulumi.http import Query, answer, dumps, fault, issue, nothing, redeem
from sandbox.pulumi.organizations import AccessToken
from sandbox.pulumi.world import Person, uuid

_PATH = "/api/user/tokens"
_DAY = 86400
_TWO_YEARS = 731 * _DAY
_BAD_LIST = "Invalid continuationToken or maxResults value."
_MOST = 1000
_USUALLY = 100


class TokenRoutes:
    """The routes below `/api/user/tokens`. A machine's token has no person, hence no such tokens: 403."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get(_PATH, self.tokens),
            web.post(_PATH, self.create),
            web.delete(f"{_PATH}/{{id}}", self.delete),
        ]

    def _person(self, request: web.Request) -> Person:
        caller = self._gate.caller(request)
        if caller.machine:
            raise self._gate.deny()
        return caller

    async def tokens(self, request: web.Request) -> web.Response:
        """A page of them: the valid ones, the expired ones, or all."""
        asked, person = Query(request, "filter", "maxResults", "continuationToken"), self._person(request)
        wanted, size = asked.text("filter") or "active", asked.integer("maxResults", _USUALLY)
        if wanted not in {"active", "expired", "all"}:
            raise fault(400, "Invalid 'filter' value.")
        if not 1 <= size <= _MOST:
            raise fault(400, _BAD_LIST)
        about = ("tokens", person.login, wanted)
        first, now = redeem(asked.text("continuationToken"), _BAD_LIST, *about), self._gate.now
        mine = [token for token in self._gate.world.tokens.values() if token.owner == person.login]
        rows = [token for token in mine if wanted == "all" or token.valid(now) == (wanted == "active")]
        found = [wire_orgs.token(self._gate.wire, token) for token in rows[first : first + size]]
        more = {"continuationToken": issue(first + size, *about)} if first + size < len(rows) else {}
        return answer({"tokens": found, **more})

    async def create(self, request: web.Request) -> web.StreamResponse:
        """A new one. `expires` is 0 or absent for never."""
        Query(request, "reason")
        person, body = self._person(request), await read(request, "description", "expires")
        expires = body.integer("expires")
        if not body.given("description"):
            raise fault(400, "A description is required.")
        self._check(person, expires)
        token = self._made(person, body.text("description"), expires)
        words = f'Created access token "{token.description}"'
        self._gate.note(request, dict(person.orgs), "Access Token Created", words)
        return await self._told(request, token)

    def _check(self, person: Person, expires: int) -> None:
        life = expires - int(self._gate.now)
        if expires and not 0 < life <= _TWO_YEARS:
            raise fault(400, "Invalid 'expires' value. It is in the future, at most two years from now.")
        days = self._gate.switches.token_days
        if days is not None and person.orgs and (not expires or life > days * _DAY):
            org = person.orgs[0][0]
            raise fault(403, f"Organization '{org}' allows access tokens to live for at most {days} days.")

    def _made(self, person: Person, description: str, expires: int) -> AccessToken:
        world = self._gate.world
        world.issued += 1
        value = world.token(f"{person.login}+{world.issued}")
        token = AccessToken(
            uuid(world.seed, "made", world.issued), value, person.login, description, self._gate.now, expires
        )
        world.tokens[token.id] = token
        return token

    async def _told(self, request: web.Request, token: AccessToken) -> web.StreamResponse:
        """As the switch says. HTTP has no 204 with a body, so that one is put behind the answer by hand."""
        shown = {"id": token.id, "tokenValue": token.value}
        match self._gate.switches.token_reply:
            case "200":
                return answer(shown)
            case "204 empty":
                return nothing()
        reply = web.StreamResponse(status=204, headers={"Content-Type": "application/json"})
        reply.force_close()
        await reply.prepare(request)
        await reply.write_eof()
        if request.transport is not None:
            request.transport.write(dumps(shown).encode())
        return reply

    async def delete(self, request: web.Request) -> web.Response:
        """Revoke it; the one that asks, too."""
        Query(request, "reason")
        person, world = self._person(request), self._gate.world
        token = world.tokens.get(request.match_info["id"])
        if token is None or token.owner != person.login:
            raise fault(404, f"Token '{request.match_info['id']}' not found")
        words = f'Deleted access token "{token.description}"'
        self._gate.note(request, dict(person.orgs), "Access Token Deleted", words)
        del world.tokens[token.id]
        return nothing()
