"""Policies' findings as events of a stream. Pure."""

from collections.abc import Iterable, Mapping
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


def judge(stage: Stage, found: Iterable[Finding], resources: Iterable[Resource]) -> None:
    """The findings that fit one of the resources, and the summary of the pack on it."""
    known = list(resources)
    at = stage.clock
    stage.remark(0.4, "policyLoadEvent", {})
    for finding in found:
        target = next((r.urn for r in known if r.type == finding.type), stage.place.root)
        stage.remark(at, "policyEvent", _event(finding, target))
        stage.remark(at, "policyAnalyzeSummaryEvent", {"resourceUrn": target, **_NAMED, "failed": [finding.policy]})
    stage.remark(at, "policyAnalyzeStackSummaryEvent", {**_NAMED, "passed": ["stack-has-owner"]})
    stage.wait(1)


def _event(finding: Finding, urn: str) -> dict[str, Any]:
    return {
        "resourceUrn": urn,
        "message": f"<{{%reset%}}>{finding.message}<{{%reset%}}>\n",
        "color": "raw",
        "policyName": finding.policy,
        **_NAMED,
        "enforcementLevel": finding.level,
        **({"severity": finding.severity} if finding.severity else {}),
        **({"exceptions": [failures.EXCEPTION]} if finding.policy == failures.EXCEPTED else {}),
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
