"""What goes wrong: providers' errors, tracebacks, policies. Data, in the words of the real services.

Errors are `string.Template`s: $name, $id (a request id), $hex, $region.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Cause:
    """A resource that cannot be created: what is created before it, its inputs, and the errors it gives."""

    fresh: tuple[tuple[str, str], ...]
    name: str
    type: str
    errors: tuple[str, ...]
    inputs: Mapping[str, str] = field(default_factory=dict)


_RDS = (
    "creating RDS DB Instance ($name): operation error RDS: CreateDBInstance, https response error StatusCode: 400, "
    "RequestID: $id, api error InvalidParameterCombination: RDS does not support creating a DB instance with the "
    "following combination: DBInstanceClass=db.t2.micro, Engine=postgres, EngineVersion=16.3, "
    "LicenseModel=postgresql-license. For supported combinations of instance class and database engine version, see "
    "the documentation."
)
_BUCKET = (
    "creating Amazon S3 (Simple Storage) Bucket ($name): operation error S3: CreateBucket, https response error "
    "StatusCode: 409, RequestID: $id, HostID: $hex, BucketAlreadyExists: The requested bucket name is not available. "
    "The bucket namespace is shared by all users."
)
_ROLLOUT = (
    '\t* the Kubernetes API server reported that "web/$name" failed to fully initialize or become live: '
    "'$name' timed out waiting to be Ready\n"
    "\t* Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live\n"
    "\t* [MinimumReplicasUnavailable] Deployment does not have minimum availability.\n"
    "\t* containers with unready status: [app] -- [ImagePullBackOff] Back-off pulling image "
    '"registry.acme.example/web:<latest>"\n'
    "\t* [Pod web/$name-$hex]: containers with unready status: [app] && no logs yet\n"
)
_ROLE = (
    "creating IAM Role ($name): operation error IAM: CreateRole, https response error StatusCode: 403, "
    "RequestID: $id, api error AccessDenied: User: arn:aws:sts::412345678901:assumed-role/ci/<session> is not "
    "authorized to perform: iam:CreateRole on resource: role $name because no identity-based policy allows the "
    "iam:CreateRole action"
)

CAUSES: Mapping[str, Cause] = {
    "rds-class": Cause(
        (
            ("orders-db-sg", "aws:ec2/securityGroup:SecurityGroup"),
            ("orders-db-subnets", "aws:rds/subnetGroup:SubnetGroup"),
            ("orders-db-ingress", "aws:ec2/securityGroupRule:SecurityGroupRule"),
            ("orders-db-params", "aws:rds/parameterGroup:ParameterGroup"),
            ("orders-db-log", "aws:cloudwatch/logGroup:LogGroup"),
        ),
        "orders-db",
        "aws:rds/instance:Instance",
        (
            f"  sdk-v2/provider2.go:509: sdk.helper_schema: {_RDS}: provider=aws@6.66.2",
            f"1 error occurred:\n\t* {_RDS}\n\n",
        ),
        {"instanceClass": "db.t2.micro"},
    ),
    "bucket-taken": Cause(
        (
            ("assets-key", "aws:kms/key:Key"),
            ("assets-log", "aws:cloudwatch/logGroup:LogGroup"),
            ("assets-role", "aws:iam/role:Role"),
        ),
        "assets",
        "aws:s3/bucket:Bucket",
        (f"1 error occurred:\n\t* {_BUCKET}\n\n",),
    ),
    "rollout-stuck": Cause(
        (
            ("canary-config", "kubernetes:core/v1:ConfigMap"),
            ("canary-secret", "kubernetes:core/v1:Secret"),
            ("canary-svc", "kubernetes:core/v1:Service"),
        ),
        "canary",
        "kubernetes:apps/v1:Deployment",
        (f"5 errors occurred:\n{_ROLLOUT}\n",),
    ),
    "role-denied": Cause(
        (("deployer-boundary", "aws:iam/policy:Policy"), ("deployer-log", "aws:cloudwatch/logGroup:LogGroup")),
        "deployer",
        "aws:iam/role:Role",
        (f"1 error occurred:\n\t* {_ROLE}\n\n",),
    ),
}
CAUSE_OF: Mapping[str, str] = {
    "shop": "rds-class",
    "web": "rollout-stuck",
    "platform": "rollout-stuck",
    "search": "rollout-stuck",
    "identity": "role-denied",
    "network": "role-denied",
}
CAUSE_ELSE = "bucket-taken"


def usual(project: str, wanted: str = "") -> str:
    """The cause that is wanted, else the one that a project usually fails for."""
    return wanted or CAUSE_OF.get(project, CAUSE_ELSE)


TRACEBACKS: Mapping[str, tuple[str, ...]] = {
    "python": (
        "Traceback (most recent call last):",
        '  File "/usr/local/bin/pulumi-language-python-exec", line 192, in <module>',
        "    loop.run_until_complete(coro)",
        '  File "/app/infra/__main__.py", line 41, in <module>',
        '    issuer = config.require_object("oidc")["issuers"][stack]',
        "KeyError: '$stack'",
    ),
    "nodejs": (
        "/app/infra/index.ts:27",
        '    const zone = config.requireObject<Zones>("zones")[pulumi.getStack()].id;',
        "                                                                         ^",
        "TypeError: Cannot read properties of undefined (reading 'id')",
        "    at Object.<anonymous> (/app/infra/index.ts:27:74)",
        "    at Module._compile (node:internal/modules/cjs/loader:1554:14)",
        "    at node:internal/main/run_main_module:36:49 {\n  promise: Promise { <rejected> [Circular *1] }\n}",
    ),
    "go": (
        "panic: runtime error: invalid memory address or nil pointer dereference",
        "[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x1d4f2a5]",
        "goroutine 1 [running]:",
        "main.run.func1(0xc0006c6000)\n\t/app/infra/main.go:58 +0x1a5",
        "exit status 2",
    ),
}
PROGRAM_EXIT = "an unhandled error occurred: Program exited with non-zero exit code: 1"


@dataclass(frozen=True, slots=True)
class Finding:
    """A policy's words on one resource, found by its type."""

    policy: str
    level: str
    severity: str
    type: str
    message: str


PACK = "acme-baseline"
PACK_VERSION = 14
PACK_TAG = "1.14.0"

# Each holds where the stack has a resource of the type; the stack itself is the last resort.
MANDATORY: tuple[Finding, ...] = (
    Finding(
        "rds-encrypted-with-own-key", "mandatory", "critical", "aws:rds/instance:Instance",
        "Databases are encrypted with a key of their own account.\n"
        "Instance [$name] uses the default key `aws/rds`; set kmsKeyId. See https://wiki.acme.example/pci?a=1&b=<3>",
    ),
    Finding(
        "deployment-limits", "mandatory", "high", "kubernetes:apps/v1:Deployment",
        "Containers have memory limits.\nDeployment [$name] sets none for container `app`.",
    ),
    Finding(
        "bucket-not-public", "mandatory", "high", "aws:s3/bucket:Bucket",
        "Buckets are not public.\nBucket [$name] has no aws:s3:BucketPublicAccessBlock.",
    ),
    Finding(
        "role-boundary", "mandatory", "", "aws:iam/role:Role",
        "Roles have the permissions boundary `acme-boundary`.\nRole [$name] has none.",
    ),
    Finding("stack-has-review-date", "mandatory", "medium", "pulumi:pulumi:Stack", "Stacks carry the tag `review`."),
)  # fmt: skip
ADVISORY: tuple[Finding, ...] = (
    Finding(
        "lambda-no-plaintext-secrets", "advisory", "medium", "aws:lambda/function:Function",
        "Environment variables of functions should come from Secrets Manager.",
    ),
    Finding("tags-owner", "advisory", "low", "aws:ecs/service:Service", "Resources should carry a tag `owner`."),
    Finding(
        "cdn-price-class", "advisory", "", "aws:cloudfront/distribution:Distribution",
        "PriceClass_All costs more than it helps.",
    ),
)  # fmt: skip
EXCEPTION = {"id": "exc-2291", "reason": "Accepted until the move to the new cluster, see SEC-481"}
