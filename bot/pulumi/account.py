"""The calls about whom the token belongs to, and about that person's own access tokens.

https://www.pulumi.com/docs/reference/cloud-rest-api/access-tokens/
"""

from collections.abc import AsyncIterator
from datetime import datetime

from pydantic import SecretStr

from bot.errors import BadAnswer
from bot.model import PulumiUser
from bot.organization import AccessToken, NewToken, TokenFilter
from bot.pulumi import people, wire
from bot.pulumi.calls import Calls, listed
from bot.pulumi.exchange import Body


class AccountCalls(Calls):
    """The user and the user's tokens. A token that belongs to no person has none of the latter."""

    async def user(self) -> PulumiUser:
        """GET /api/user. `machine` is set when the token belongs to an organization or a team."""
        return (await self._get("user", wire.User, "user")).user()

    def tokens(self, which: TokenFilter = TokenFilter.ACTIVE) -> AsyncIterator[AccessToken]:
        """GET /api/user/tokens, every page of it. Never a token's value."""

        async def ask(token: str | None) -> people.TokenPage:
            query = {"filter": None if which is TokenFilter.ACTIVE else which.value, "continuationToken": token}
            return await self._get("list tokens", people.TokenPage, "user", "tokens", query=query)

        return listed(ask, people.TokenPage.found, lambda each: each.id)

    async def create_token(self, description: str, *, expires: datetime | None = None) -> NewToken:
        """POST /api/user/tokens. None as `expires`: never; Pulumi takes at most two years. Forbidden: too long.

        BadAnswer: a token was made, but its value is not in the answer and cannot be had again.
        """
        endpoint = "create token"
        body: Body = {"description": description, "expires": int(expires.timestamp()) if expires else 0}
        answer = await self._send("POST", endpoint, "user", "tokens", body=body)
        made = wire.read(endpoint, people.NewTokenBody, answer or b"{}")
        if not made.id or not made.value:
            raise BadAnswer(endpoint, "the token was made, but its value did not come along: delete it, make another")
        return NewToken(id=made.id, value=SecretStr(made.value))

    async def delete_token(self, token_id: str) -> None:
        """DELETE /api/user/tokens/{id}. Whoever uses it is locked out at once, the caller included."""
        await self._send("DELETE", "delete token", "user", "tokens", token_id)
