"""What a resource of each type looks like: its id, how long it takes, its inputs and outputs. Data only.

Text is filled in by `resources`: $name, $hex (17 digits of its own), $account, $region, $stack, $project.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, Any]

SENTINEL = "4dabf18193072939515e22adb298388d"
SECRET: Values = {SENTINEL: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type: `seconds` to create, `knob` the property that updates change, and to what."""

    id: str
    seconds: float = 2.0
    inputs: Values = field(default_factory=dict)
    outputs: Values = field(default_factory=dict)
    knob: tuple[str, Any] = ("tags", {"team": "$project", "revision": "$hex"})


_TAGS: Values = {"Name": "$name", "__defaults": []}
_ARN = "arn:aws:$service:$region:$account:$name"

_NETWORK = {
    "aws:ec2/vpc:Vpc": Kind(
        "vpc-$hex",
        4,
        {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "tags": _TAGS},
        {
            "arn": "arn:aws:ec2:$region:$account:vpc/vpc-$hex",
            "defaultNetworkAclId": "acl-$hex",
            "mainRouteTableId": "rtb-$hex",
        },
    ),
    "aws:ec2/subnet:Subnet": Kind(
        "subnet-$hex",
        3,
        {"cidrBlock": "10.0.16.0/20", "availabilityZone": "${region}a", "mapPublicIpOnLaunch": False, "tags": _TAGS},
        {"arn": "arn:aws:ec2:$region:$account:subnet/subnet-$hex"},
    ),
    "aws:ec2/internetGateway:InternetGateway": Kind("igw-$hex", 3, {"tags": _TAGS}),
    "aws:ec2/natGateway:NatGateway": Kind(
        "nat-$hex", 25, {"connectivityType": "public", "tags": _TAGS}, {"publicIp": "203.0.113.24"}
    ),
    "aws:ec2/routeTable:RouteTable": Kind(
        "rtb-$hex", 3, {"routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-$hex"}], "tags": _TAGS}
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Kind("rtbassoc-$hex", 2, {"subnetId": "subnet-$hex"}),
    "aws:ec2/securityGroup:SecurityGroup": Kind(
        "sg-$hex",
        4,
        {
            "description": "Managed by Pulumi",
            "ingress": [{"fromPort": 443, "toPort": 443, "protocol": "tcp"}],
            "tags": _TAGS,
        },
        {"arn": "arn:aws:ec2:$region:$account:security-group/sg-$hex", "ownerId": "$account"},
        ("ingress", [{"fromPort": 8443, "toPort": 8443, "protocol": "tcp"}]),
    ),
    "aws:ec2/securityGroupRule:SecurityGroupRule": Kind(
        "sgrule-$hex", 2, {"type": "ingress", "fromPort": 5432, "toPort": 5432, "protocol": "tcp"}
    ),
    "aws:route53/zone:Zone": Kind("Z$hex", 20, {"name": "$stack.acme.example", "comment": "Managed by Pulumi"}),
    "aws:route53/record:Record": Kind(
        "Z0123_$name", 18, {"name": "$name.acme.example", "type": "A", "ttl": 300}, knob=("ttl", 60)
    ),
    "aws:acm/certificate:Certificate": Kind(
        "arn:aws:acm:$region:$account:certificate/$hex", 9, {"domainName": "*.acme.example", "validationMethod": "DNS"}
    ),
    "aws:lb/loadBalancer:LoadBalancer": Kind(
        "arn:aws:elasticloadbalancing:$region:$account:loadbalancer/app/$name/$hex",
        40,
        {"loadBalancerType": "application", "enableHttp2": True, "idleTimeout": 60, "tags": _TAGS},
        {"dnsName": "$name-1182.${region}.elb.amazonaws.com"},
        ("idleTimeout", 120),
    ),
    "aws:lb/targetGroup:TargetGroup": Kind(
        "arn:aws:elasticloadbalancing:$region:$account:targetgroup/$name/$hex",
        3,
        {"port": 8080, "protocol": "HTTP", "deregistrationDelay": 30, "healthCheck": {"path": "/healthz"}},
        knob=("deregistrationDelay", 15),
    ),
    "aws:lb/listenerRule:ListenerRule": Kind(
        "arn:aws:elasticloadbalancing:$region:$account:listener-rule/app/$hex",
        2,
        {"priority": 20},
        knob=("priority", 30),
    ),
}

_COMPUTE = {
    "aws:ecs/cluster:Cluster": Kind("arn:aws:ecs:$region:$account:cluster/$name", 12, {"name": "$name"}),
    "aws:ecs/taskDefinition:TaskDefinition": Kind(
        "$name",
        3,
        {
            "family": "$name",
            "cpu": "512",
            "memory": "1024",
            "containerDefinitions": '[{"name":"$name","image":"$name:1.41.0"}]',
        },
        {"arn": "arn:aws:ecs:$region:$account:task-definition/$name:17", "revision": 17},
        (
            "containerDefinitions",
            '[{"name":"$name","image":"$name:1.42.0","environment":[{"name":"A","value":"<b> & c"}]}]',
        ),
    ),
    "aws:ecs/service:Service": Kind(
        "arn:aws:ecs:$region:$account:service/$stack/$name",
        35,
        {"desiredCount": 2, "launchType": "FARGATE", "waitForSteadyState": True, "tags": _TAGS},
        knob=("desiredCount", 4),
    ),
    "aws:ec2/instance:Instance": Kind(
        "i-$hex",
        22,
        {"ami": "ami-0175af5baaf2bce8e", "instanceType": "t3.small", "userData": "#!/bin/bash\necho \"<hi> & 'bye'\""},
        {"publicIp": "203.0.113.80", "instanceState": "running"},
        ("ami", "ami-0c2b8ca1dad447f8a"),
    ),
    "aws:lambda/function:Function": Kind(
        "$name",
        12,
        {
            "runtime": "nodejs22.x",
            "handler": "index.handler",
            "memorySize": 256,
            "environment": {"variables": {"API_KEY": SECRET}},
        },
        {"arn": "arn:aws:lambda:$region:$account:function:$name", "version": "$$LATEST"},
        ("memorySize", 512),
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Kind("$hex", 8, {"batchSize": 10}, knob=("batchSize", 25)),
    "aws:cloudwatch/logGroup:LogGroup": Kind(
        "/acme/$project/$name", 2, {"retentionInDays": 30}, knob=("retentionInDays", 90)
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Kind(
        "$name", 2, {"threshold": 80, "evaluationPeriods": 3}, knob=("threshold", 90)
    ),
}

_DATA = {
    "aws:s3/bucket:Bucket": Kind(
        "$name-$hex",
        4,
        {"acl": "private", "versioning": {"enabled": True}, "tags": _TAGS},
        {"arn": "arn:aws:s3:::$name-$hex", "bucketDomainName": "$name-$hex.s3.amazonaws.com"},
        ("versioning", {"enabled": False}),
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Kind(
        "$name-$hex", 2, {"policy": '{"Statement":[{"Effect":"Allow","Action":"s3:GetObject"}]}'}
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": Kind("$name", 1, {"key": "$name.zip", "contentType": "application/zip"}),
    "aws:ssm/parameter:Parameter": Kind("$name", 1, {"type": "String", "value": "$name"}, knob=("value", "$hex")),
    "aws:rds/subnetGroup:SubnetGroup": Kind("$name", 3, {"subnetIds": ["subnet-$hex"], "tags": _TAGS}),
    "aws:rds/parameterGroup:ParameterGroup": Kind(
        "$name", 5, {"family": "postgres16", "parameters": [{"name": "log_min_duration_statement", "value": "500"}]}
    ),
    "aws:rds/instance:Instance": Kind(
        "$name",
        150,
        {
            "engine": "postgres",
            "engineVersion": "16.3",
            "instanceClass": "db.t4g.medium",
            "allocatedStorage": 50,
            "username": "app",
            "password": SECRET,
            "storageEncrypted": True,
        },
        {"endpoint": "$name.c1a2b3.$region.rds.amazonaws.com:5432", "password": SECRET},
        ("allocatedStorage", 100),
    ),
    "aws:dynamodb/table:Table": Kind("$name", 12, {"billingMode": "PAY_PER_REQUEST", "hashKey": "id"}),
    "aws:elasticache/replicationGroup:ReplicationGroup": Kind(
        "$name",
        90,
        {"engine": "redis", "nodeType": "cache.t4g.small", "authToken": SECRET},
        knob=("nodeType", "cache.t4g.medium"),
    ),
    "aws:sqs/queue:Queue": Kind(
        "https://sqs.$region.amazonaws.com/$account/$name",
        26,
        {"visibilityTimeoutSeconds": 30},
        knob=("visibilityTimeoutSeconds", 60),
    ),
    "aws:sns/topic:Topic": Kind("arn:aws:sns:$region:$account:$name", 2, {"displayName": "$name"}),
    "aws:glue/catalogTable:CatalogTable": Kind(
        "$account:events:$name",
        9,
        {"databaseName": "events", "tableType": "EXTERNAL_TABLE", "partitionKeys": [{"name": "day"}]},
    ),
    "aws:glue/catalogDatabase:CatalogDatabase": Kind("$account:$name", 3, {"name": "$name"}),
}

_ACCESS = {
    "aws:iam/role:Role": Kind(
        "$name-$hex",
        3,
        {"assumeRolePolicy": '{"Version":"2012-10-17"}', "maxSessionDuration": 3600},
        knob=("maxSessionDuration", 7200),
    ),
    "aws:iam/policy:Policy": Kind(
        "arn:aws:iam::$account:policy/$name", 2, {"policy": '{"Statement":[{"Action":"*"}]}'}
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Kind(
        "$name-$hex", 1, {"policyArn": "arn:aws:iam::$account:policy/$name"}
    ),
    "aws:kms/key:Key": Kind("$hex", 14, {"enableKeyRotation": True, "deletionWindowInDays": 10}),
    "aws:secretsmanager/secret:Secret": Kind(
        "arn:aws:secretsmanager:$region:$account:secret:$name", 2, {"secretString": SECRET}
    ),
    "random:index/randomPassword:RandomPassword": Kind(
        "none", 0.3, {"length": 32, "special": True}, {"result": SECRET}
    ),
    "aws:cloudfront/distribution:Distribution": Kind(
        "E$hex",
        110,
        {"enabled": True, "httpVersion": "http2", "priceClass": "PriceClass_100"},
        knob=("httpVersion", "http2and3"),
    ),
    "aws:wafv2/webAcl:WebAcl": Kind("$hex", 6, {"scope": "CLOUDFRONT", "defaultAction": {"allow": {}}}),
}

_META: Values = {"name": "$name", "namespace": "$project", "labels": {"app.kubernetes.io/managed-by": "pulumi"}}

_KUBERNETES = {
    "kubernetes:core/v1:Namespace": Kind("$name", 1, {"kind": "Namespace", "metadata": {"name": "$name"}}),
    "kubernetes:core/v1:ConfigMap": Kind(
        "$project/$name",
        1,
        {"metadata": _META, "data": {"app.yaml": "log: {level: info}\nmode: <prod> & ready\n"}},
        knob=("data", {"app.yaml": "log: {level: debug}\n"}),
    ),
    "kubernetes:core/v1:Secret": Kind("$project/$name", 1, {"metadata": _META, "stringData": SECRET}, {"data": SECRET}),
    "kubernetes:core/v1:Service": Kind("$project/$name", 8, {"metadata": _META, "spec": {"ports": [{"port": 80}]}}),
    "kubernetes:apps/v1:Deployment": Kind(
        "$project/$name",
        20,
        {"metadata": _META, "spec": {"replicas": 3, "template": {"spec": {"containers": [{"image": "$name:1.41.0"}]}}}},
        {"status": {"readyReplicas": 3}},
        ("spec", {"replicas": 5, "template": {"spec": {"containers": [{"image": "$name:1.42.0"}]}}}),
    ),
    "kubernetes:networking.k8s.io/v1:Ingress": Kind(
        "$project/$name", 15, {"metadata": _META, "spec": {"ingressClassName": "alb"}}
    ),
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": Kind(
        "$project/$name", 2, {"metadata": _META, "spec": {"maxReplicas": 12}}
    ),
    "kubernetes:helm.sh/v3:Release": Kind(
        "$project/$name", 45, {"chart": "$name", "version": "4.11.2"}, knob=("version", "4.12.0")
    ),
}

KINDS: Mapping[str, Kind] = {**_NETWORK, **_COMPUTE, **_DATA, **_ACCESS, **_KUBERNETES}
