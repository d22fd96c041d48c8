"""What usually helps against errors that many have had. A hint is a guess by the words of an error, and is called one.

Each comes with the page that it is taken from.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Hint:
    """What may help, and where it says so."""

    text: str
    page: str


_PULUMI: Final = "https://www.pulumi.com/docs/iac/operations/troubleshooting"
_AWS: Final = "https://docs.aws.amazon.com"
_KNOWN: Final = tuple(
    (re.compile(words, re.IGNORECASE), Hint(text, page))
    for words, text, page in (
        (
            r"another update is currently in progress|stack is currently locked|\[409\]",
            "Another update holds the stack. If none runs any more, pulumi cancel sets it free.",
            f"{_PULUMI}/update-conflicts/",
        ),
        (
            r"pending operations?\b.*(?:interrupted|unknown|state)|has been interrupted|stack has pending",
            "An earlier update was cut short. pulumi refresh finds out what exists.",
            f"{_PULUMI}/interrupted-updates/",
        ),
        (
            r"expiredtoken|token (included in the request )?(is|has) expired|credentials? (have|has|are) expired",
            "The cloud's credentials have probably expired. Log in again, or renew the secret that the CI uses.",
            "https://repost.aws/knowledge-center/sts-iam-token-expired",
        ),
        (
            r"quota|limitexceeded|limit exceeded|toomany\w+exception",
            "A quota of the cloud account is probably used up.",
            f"{_AWS}/general/latest/gr/aws_service_limits.html",
        ),
        (
            r"dependencyviolation|has (?:a )?dependent objects?|resource is in use|resourceinuse",
            "Something that no longer is in this stack, or never was, still uses the resource.",
            f"{_AWS}/AWSEC2/latest/APIReference/errors-overview.html",
        ),
        (
            r"access ?denied|unauthorizedoperation|not authorized to perform|\b403\b|permission[ _]denied|forbidden",
            "Whoever ran it lacks a right in the cloud; the error names it.",
            f"{_AWS}/IAM/latest/UserGuide/troubleshoot_access-denied.html",
        ),
    )
)


def hint_for(cause: Sequence[str]) -> Hint | None:
    """The first that fits the words."""
    text = "\n".join(cause)
    return next((hint for words, hint in _KNOWN if words.search(text)), None)
