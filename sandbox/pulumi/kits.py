"""What the stacks of each project are made of: components, their children, programs. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass

Children = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Kit:
    """A component and its children, each a suffix of the name and a type."""

    component: str
    children: Children


KITS: Mapping[str, Kit] = {
    "network": Kit(
        "acme:net:Network",
        (
            ("vpc", "aws:ec2/vpc:Vpc"),
            ("gateway", "aws:ec2/internetGateway:InternetGateway"),
            ("public-a", "aws:ec2/subnet:Subnet"),
            ("public-b", "aws:ec2/subnet:Subnet"),
            ("private-a", "aws:ec2/subnet:Subnet"),
            ("private-b", "aws:ec2/subnet:Subnet"),
            ("nat", "aws:ec2/natGateway:NatGateway"),
            ("routes", "aws:ec2/routeTable:RouteTable"),
            ("routes-a", "aws:ec2/routeTableAssociation:RouteTableAssociation"),
            ("routes-b", "aws:ec2/routeTableAssociation:RouteTableAssociation"),
        ),
    ),
    "service": Kit(
        "acme:app:Service",
        (
            ("log", "aws:cloudwatch/logGroup:LogGroup"),
            ("role", "aws:iam/role:Role"),
            ("role-policy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"),
            ("sg", "aws:ec2/securityGroup:SecurityGroup"),
            ("targets", "aws:lb/targetGroup:TargetGroup"),
            ("rule", "aws:lb/listenerRule:ListenerRule"),
            ("task", "aws:ecs/taskDefinition:TaskDefinition"),
            ("service", "aws:ecs/service:Service"),
            ("errors", "aws:cloudwatch/metricAlarm:MetricAlarm"),
        ),
    ),
    "database": Kit(
        "acme:data:Postgres",
        (
            ("password", "random:index/randomPassword:RandomPassword"),
            ("subnets", "aws:rds/subnetGroup:SubnetGroup"),
            ("params", "aws:rds/parameterGroup:ParameterGroup"),
            ("db", "aws:rds/instance:Instance"),
        ),
    ),
    "cache": Kit(
        "acme:data:Cache",
        (("sg", "aws:ec2/securityGroup:SecurityGroup"), ("redis", "aws:elasticache/replicationGroup:ReplicationGroup")),
    ),
    "site": Kit(
        "acme:web:Site",
        (
            ("bucket", "aws:s3/bucket:Bucket"),
            ("bucket-policy", "aws:s3/bucketPolicy:BucketPolicy"),
            ("certificate", "aws:acm/certificate:Certificate"),
            ("waf", "aws:wafv2/webAcl:WebAcl"),
            ("cdn", "aws:cloudfront/distribution:Distribution"),
            ("record", "aws:route53/record:Record"),
        ),
    ),
    "queue": Kit(
        "acme:app:Worker",
        (
            ("dead", "aws:sqs/queue:Queue"),
            ("queue", "aws:sqs/queue:Queue"),
            ("role", "aws:iam/role:Role"),
            ("fn", "aws:lambda/function:Function"),
            ("mapping", "aws:lambda/eventSourceMapping:EventSourceMapping"),
        ),
    ),
    "kube": Kit(
        "acme:kube:App",
        (
            ("ns", "kubernetes:core/v1:Namespace"),
            ("config", "kubernetes:core/v1:ConfigMap"),
            ("secret", "kubernetes:core/v1:Secret"),
            ("deployment", "kubernetes:apps/v1:Deployment"),
            ("svc", "kubernetes:core/v1:Service"),
            ("ingress", "kubernetes:networking.k8s.io/v1:Ingress"),
            ("hpa", "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"),
        ),
    ),
    "access": Kit(
        "acme:iam:Access",
        (
            ("key", "aws:kms/key:Key"),
            ("admin", "aws:iam/role:Role"),
            ("reader", "aws:iam/role:Role"),
            ("boundary", "aws:iam/policy:Policy"),
            ("admin-policy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"),
            ("token", "aws:secretsmanager/secret:Secret"),
        ),
    ),
    "lake": Kit(
        "acme:data:Lake",
        (
            ("raw", "aws:s3/bucket:Bucket"),
            ("curated", "aws:s3/bucket:Bucket"),
            ("catalog", "aws:glue/catalogDatabase:CatalogDatabase"),
            ("orders", "aws:glue/catalogTable:CatalogTable"),
            ("clicks", "aws:glue/catalogTable:CatalogTable"),
            ("state", "aws:dynamodb/table:Table"),
        ),
    ),
    "charts": Kit(
        "acme:kube:Charts",
        (
            ("ns", "kubernetes:core/v1:Namespace"),
            ("ingress-nginx", "kubernetes:helm.sh/v3:Release"),
            ("cert-manager", "kubernetes:helm.sh/v3:Release"),
            ("prometheus", "kubernetes:helm.sh/v3:Release"),
        ),
    ),
}

# What a project's stacks hold: a kit and the name of the component.
PROGRAMS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "shop": (
        ("network", "shop"),
        ("service", "storefront"),
        ("service", "cart"),
        ("database", "catalog"),
        ("queue", "mailer"),
    ),
    "payments": (
        ("service", "ledger"),
        ("service", "cards"),
        ("database", "ledger"),
        ("queue", "settlement"),
        ("access", "vault"),
    ),
    "data": (("lake", "events"), ("queue", "ingest"), ("database", "reports")),
    "network": (("network", "hub"), ("network", "spoke"), ("access", "flow-logs")),
    "identity": (("access", "people"), ("access", "machines"), ("service", "login"), ("cache", "sessions")),
    "web": (("site", "www"), ("site", "blog"), ("kube", "frontend")),
    "edge": (("site", "edge"), ("queue", "purge")),
    "platform": (("charts", "cluster"), ("kube", "gateway"), ("kube", "runner"), ("access", "cluster")),
    "mobile-api": (("service", "api"), ("cache", "api"), ("queue", "push")),
    "search": (("kube", "query"), ("kube", "indexer"), ("cache", "suggest")),
    "notifications": (("queue", "mail"), ("queue", "sms"), ("service", "inbox")),
    "ml": (("lake", "features"), ("kube", "serve")),
}
# The language of a project's programs, where it is not TypeScript.
RUNTIMES: Mapping[str, str] = {
    "data": "python",
    "identity": "python",
    "ml": "python",
    "network": "go",
    "platform": "go",
}
FALLBACK = (("service", "app"), ("database", "app"))

# Names as people really choose them; each is a resource directly below the stack.
ODD_NAMES: Mapping[str, Children] = {
    "search": (('index::products <v2> & "old"', "aws:ssm/parameter:Parameter"),),
    "web": (("größe-überschrift", "aws:ssm/parameter:Parameter"),),
    "ml": (("C:\\models\\churn$v3", "aws:ssm/parameter:Parameter"),),
}  # fmt: skip

# Replaced by every release: the old one goes, a new one with another name comes.
RELEASED: Children = (("bundle", "aws:s3/bucketObjectv2:BucketObjectv2"), ("build", "aws:ssm/parameter:Parameter"))
