"""What people do in modals: fill in, submit, close, press, search; and what the app's answer then does.

https://docs.slack.dev/surfaces/modals
https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from collections.abc import Callable, Iterator

from sandbox.slack import choices, forms, seed, shapes
from sandbox.slack.delivery import Answer, Delivery
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Json, SlackError
from sandbox.slack.pane import Pane, Place
from sandbox.slack.responses import Origin, Responses
from sandbox.slack.suggestions import suggest
from sandbox.slack.triggers import Triggers
from sandbox.slack.views import Views

TROUBLE = "We had some trouble connecting. Try again?"


class Modals:
    """Acts in the modal on top for a person, as their client would. A `view_id` says which one they mean."""

    def __init__(
        self, ledger: Ledger, delivery: Delivery, responses: Responses, triggers: Triggers, views: Views
    ) -> None:
        self._ledger, self._delivery, self._responses = ledger, delivery, responses
        self._triggers, self._views = triggers, views

    def shown(self, person: str) -> list[Json]:
        """The stack of a person, the one on top last."""
        return [pane.shown for pane in self._views.stacks.get(person, ())]

    async def submit(self, person: str, view_id: str, values: object) -> Json:
        """Fill in and submit. What the client sees to be wrong is said at once, and the app hears nothing of it."""
        pane = self._top(person, view_id)
        if not pane.view["submit"]:
            raise SlackError("no_submit", message="This view has nothing to submit.")
        if pane.busy:
            raise SlackError("busy", message="It is being submitted.")
        pane.fill(values, choices.ids(self._ledger, person))
        pane.errors, pane.problem = forms.mistakes(pane), ""
        self._ledger.revisions.bump([person])
        if pane.errors:
            return {"kind": "submission", "acked": False, "milliseconds": 0, "errors": pane.errors}
        pane.busy = True
        try:
            answer = await self._delivery.deliver("interactive", self._submission(pane), answers=True)
        finally:
            pane.busy = False
        return self._settled(pane, answer)

    async def close(self, person: str, view_id: str = "", *, everything: bool = False) -> Json:
        """Close it, or everything, as its cross does; who asked to be notified is told afterwards."""
        pane = self._top(person, view_id)
        stack = self._views.stacks[person]
        cleared = everything or pane.view["clear_on_close"]
        gone = stack[::-1] if cleared else [pane]
        del stack[-len(gone) :]
        self._ledger.revisions.bump([person])
        told = [each for each in gone if each.view["notify_on_close"]]
        for each in told:
            await self._delivery.deliver("interactive", self._closed(each, cleared=cleared), answers=False)
        return {"kind": "closing", "notified": len(told)}

    async def press(self, person: str, view_id: str, place: Place, value: object, values: object) -> Json:
        """Press or choose; in an input block only where that asks for `dispatch_action`."""
        pane = self._top(person, view_id)
        block, element = pane.find(place)
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise SlackError("not_dispatched", message="The app is not told of this before the view is submitted.")
        known = choices.ids(self._ledger, person)
        pane.fill(values, known)
        picked = choices.chosen(element, value, known, pane.offered.get(place, ()))
        if element["type"] in choices.KEPT:
            pane.picked[place] = picked
        self._ledger.revisions.bump([person])
        action = choices.action(element, place[0], picked, f"{self._ledger.now():.6f}")
        answer = await self._delivery.deliver("interactive", self._pressed(pane, action), answers=False)
        known_of = {"kind": "click", "acked": answer.error is None, "milliseconds": answer.milliseconds}
        return known_of | ({"error": answer.error} if answer.error else {})

    async def suggest(self, person: str, view_id: str, place: Place, query: str) -> Json:
        """Type into an `external_select`; what it offers can be chosen from then on."""
        pane = self._top(person, view_id)
        _, element = pane.find(place)
        said, offered = await suggest(self._delivery, element, place[0], query, lambda _: self._in(pane))
        pane.offered[place] = [*pane.offered.get(place, ()), *offered]
        return said

    def _top(self, person: str, view_id: str) -> Pane:
        self._ledger.person(person)
        stack = self._views.stacks.get(person)
        if not stack:
            raise SlackError("not_found", message="There is no modal.")
        if view_id and stack[-1].id != view_id:
            raise SlackError("not_on_top", message="Another view is before this person now.")
        return stack[-1]

    def _settled(self, pane: Pane, answer: Answer) -> Json:
        """What the acknowledgement does to the view; what is no answer leaves it as it is, with a word about it."""
        said: Json = {"kind": "submission", "acked": answer.error is None, "milliseconds": answer.milliseconds}
        wrong = {"error": answer.error, "message": TROUBLE} if answer.error else self._wrong(pane, answer.payload)
        if wrong:
            pane.problem = TROUBLE
        self._ledger.revisions.bump([pane.person])
        return {**said, **wrong} | ({"errors": pane.errors} if pane.errors else {})

    def _wrong(self, pane: Pane, payload: Json) -> Json:
        """Do what the answer says, if the view is still there; what is wrong with the answer, or {}."""
        try:
            if self._views.holds(pane):
                self._obey(pane, payload)
        except SlackError as refusal:
            extra = refusal.extra
            return {"error": refusal.error, "message": str(extra.get("errors") or extra.get("message") or TROUBLE)}
        return {}

    def _obey(self, pane: Pane, payload: Json) -> None:
        wanted = payload.get("response_action")
        if not payload:
            self._views.stacks[pane.person].remove(pane)
        elif wanted == "clear":
            self._views.stacks[pane.person].clear()
        elif wanted == "errors":
            pane.errors = _errors(pane, payload.get("errors"))
        elif wanted == "update":
            pane.become(self._views.checked(payload.get("view"), "modal", pane))
        elif wanted == "push":
            self._views.stack(pane, self._views.checked(payload.get("view"), "modal"))
        else:
            raise SlackError("invalid_response_action", message=f"No acknowledgement of a submission: {payload}")

    def _by(self, person: str) -> Json:
        return {
            "user": shapes.actor(self._ledger.users[person]),
            "team": {"id": seed.TEAM, "domain": seed.DOMAIN},
            "api_app_id": seed.APP,
            "token": seed.VERIFICATION_TOKEN,
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _in(self, pane: Pane) -> Json:
        return {**self._by(pane.person), "container": {"type": "view", "view_id": pane.id}, "view": pane.payload}

    def _pressed(self, pane: Pane, action: Json) -> Callable[[str], Json]:
        trigger = self._triggers.issue(pane.person, pane.channel)
        known = {**self._in(pane), "type": "block_actions", "trigger_id": trigger, "actions": [action]}
        return lambda _: known

    def _closed(self, pane: Pane, *, cleared: bool) -> Callable[[str], Json]:
        known = {**self._by(pane.person), "type": "view_closed", "view": pane.payload, "is_cleared": cleared}
        return lambda _: known

    def _submission(self, pane: Pane) -> Callable[[str], Json]:
        trigger = self._triggers.issue(pane.person, pane.channel)
        known = {**self._by(pane.person), "type": "view_submission", "view": pane.payload, "trigger_id": trigger}
        urls = list(self._response_urls(pane))
        return lambda base: {**known, "response_urls": [{**about, "response_url": url(base)} for about, url in urls]}

    def _response_urls(self, pane: Pane) -> Iterator[tuple[Json, Callable[[str], str]]]:
        """One for each conversation that was chosen where the menu asks for it (`response_url_enabled`)."""
        for block, element in pane.elements():
            place = block["block_id"], element["action_id"]
            if block["type"] == "input" and element.get("response_url_enabled"):
                (channel,) = pane.choice(place, element).values()
                if channel:
                    origin = Origin(person=pane.person, channel=channel, label=pane.view["title"]["text"])
                    about = {"block_id": place[0], "action_id": place[1], "channel_id": channel}
                    yield about, self._responses.issue(origin)


def _errors(pane: Pane, errors: object) -> dict[str, str]:
    """Words for input blocks of the view by their `block_id`, and for nothing else."""
    inputs = {block["block_id"] for block in pane.view["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise SlackError("invalid_errors", message="'errors' is block_id → words.")
    if strangers := sorted(errors.keys() - inputs):
        raise SlackError("invalid_errors", message=f"No input block is called {', '.join(map(str, strangers))}.")
    if not all(isinstance(words, str) and words for words in errors.values()):
        raise SlackError("invalid_errors", message="Each error is a text.")
    return dict(errors)
