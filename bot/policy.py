"""Who has to approve what: a policy file, or the built-in default. Pure; a call no rule fits is decided by class."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from bot.approvals import Ruling
from bot.policy_file import PolicyError, read
from bot.rule import APPROVERS, AUDITORS, PULUMI_ADMINS, Denied, Rule, Subject

__all__ = ["DEFAULT", "PULUMI_ADMINS", "Denied", "Passed", "Policy", "PolicyError", "Rule", "Subject"]

_ADD = (
    "Whoever runs me adds two lines to the policy file (the setting POLICY_FILE): [groups] and below it"
    ' approvers = ["@sre"] with the Slack user group, or the ids of the people, who approve.'
)


@dataclass(frozen=True, slots=True)
class Passed:
    """A rule that was looked at and did not decide: which one, and why not."""

    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Policy:
    """`groups` are names for people: Slack users `U…`, user groups `@handle` or `S…`, `pulumi:admin`.

    The first rule that fits decides. Where none does, the class of the change does: LOW and HIGH need one approval of
    somebody in the group `approvers`, ADMIN two, a reason, and the name of what is at stake typed.
    """

    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    @classmethod
    def parse(cls, text: str, operations: Iterable[str]) -> Self:
        """Read a policy file; `operations` are the changes there are. Raises PolicyError: one line for each mistake."""
        return cls(*read(text, tuple(operations)))

    def decide(self, subject: Subject) -> Ruling | Denied:
        """Who has to approve it. A stack whose tags are not known is decided by no rule that comes after their need."""
        return self.explain(subject)[1]

    def explain(self, subject: Subject) -> tuple[tuple[Passed, ...], Ruling | Denied]:
        """The decision, and the rules before it with the reasons why they did not decide."""
        passed: list[Passed] = []
        for rule in self.rules:
            if why := rule.match.misses(subject):
                passed.append(Passed(rule.name, why))
            elif rule.match.doubts(subject):
                return tuple(passed), _doubt(rule, subject)
            else:
                return tuple(passed), rule.says(subject.risk)
        return tuple(passed), self._default(subject)

    def _default(self, subject: Subject) -> Ruling | Denied:
        if approvers := self.groups.get(APPROVERS):
            name = f"the default for {subject.risk.value}-risk changes"
            return Rule(name=name, approvers=approvers).says(subject.risk)
        return Denied(why="Nobody is named who may approve changes.", fix=_ADD, rule="the default")

    @property
    def auditors(self) -> tuple[str, ...]:
        """Who, besides the workspace's admins, may read the audit log and e-mail addresses."""
        return self.groups.get(AUDITORS, ())

    @property
    def names(self) -> tuple[str, ...]:
        """Everybody whom it names anywhere, each once."""
        rules = (name for rule in self.rules for name in rule.approvers)
        return tuple(dict.fromkeys([*(name for group in self.groups.values() for name in group), *rules]))

    @property
    def channels(self) -> tuple[str, ...]:
        """Where its rules send cards, each once."""
        return tuple(dict.fromkeys(rule.channel for rule in self.rules if rule.channel))


def _doubt(rule: Rule, subject: Subject) -> Denied:
    why = f"{rule.name} goes by the tags of {subject.stack}, and they can't be read now."
    return Denied(why=why[0].upper() + why[1:], fix="Try again in a moment.", rule=rule.name)


DEFAULT = Policy()
"""What holds without a file: reads for all full members, and no changes, since nobody is named who could approve."""
