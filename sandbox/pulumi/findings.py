"""Policies' findings as events of a stream. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from string import Template
from typing import Any

from sandbox.pulumi import failures
from sandbox.pulumi.failures import Finding
from sandbox.pulumi.plan import Stage
from sandbox.pulumi.resources import Resource

_NAMED: Mapping[str, Any] = {
    "policyPackName": failures.PACK,
    "policyPackVersion": str(failures.PACK_VERSION),
    "policyPackVersionTag": failures.PACK_TAG,
}


def packs() -> dict[str, str]:
    """What the summary says of the packs that ran."""
    return {failures.PACK: str(failures.PACK_VERSION)}


def judge(stage: Stage, resources: Iterable[Resource], *, excepted: bool = False) -> None:
    """One mandatory finding, with an exception or without, the advisory ones that fit, the pack's summaries."""
    known = list(resources)
    at = stage.clock
    stage.remark(0.4, "policyLoadEvent", {})
    worst = next(_fitting(failures.MANDATORY, known), failures.MANDATORY[-1])
    for finding in (worst, *_fitting(failures.ADVISORY, known)):
        target = next((r for r in known if r.type == finding.type), None)
        urn, name = (target.urn, target.name) if target else (stage.place.root, "")
        exceptions = [failures.EXCEPTION] if excepted and finding.level == "mandatory" else []
        stage.remark(at, "policyEvent", _event(finding, urn, name, exceptions))
        stage.remark(at, "policyAnalyzeSummaryEvent", {"resourceUrn": urn, **_NAMED, "failed": [finding.policy]})
    stage.remark(at, "policyAnalyzeStackSummaryEvent", {**_NAMED, "passed": ["stack-has-owner"]})
    stage.wait(1)


def _fitting(findings: Iterable[Finding], resources: list[Resource]) -> Iterator[Finding]:
    types = {r.type for r in resources}
    return (finding for finding in findings if finding.type in types)


def _event(finding: Finding, urn: str, name: str, exceptions: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "resourceUrn": urn,
        "message": f"<{{%reset%}}>{Template(finding.message).safe_substitute(name=name)}<{{%reset%}}>\n",
        "color": "raw",
        "policyName": finding.policy,
        **_NAMED,
        "enforcementLevel": finding.level,
        **({"severity": finding.severity} if finding.severity else {}),
        **({"exceptions": exceptions} if exceptions else {}),
    }


def remediate(stage: Stage, resources: Iterable[Resource]) -> None:
    """A policy that mends what it finds: the missing owner of a bucket."""
    for bucket in [r for r in resources if r.type == "aws:s3/bucket:Bucket"][:1]:
        body = {
            "resourceUrn": bucket.urn,
            "color": "raw",
            "policyName": "tags-owner-default",
            **_NAMED,
            "before": {"tags": {"Name": bucket.name}},
            "after": {"tags": {"Name": bucket.name, "owner": "platform"}},
        }
        stage.remark(stage.clock, "policyRemediationEvent", body)
        passed = {"resourceUrn": bucket.urn, **_NAMED, "failed": ["tags-owner-default"]}
        stage.remark(stage.clock, "policyRemediateSummaryEvent", passed)
