"""mantle migrate roles: from a trail to roles: what is granted, what is not, and how it is proved."""
import base64
import gzip
import hashlib
import json
import pathlib
import random
import subprocess
import sys

import pytest

from conftest import BUILD

ACCOUNT, REGION = "111122223333", "eu-west-1"
SHARED = pathlib.Path(__file__).resolve().parents[2].parent / "shared/data"
WORDS = ["main", "api", "batch", "worker", "report", "dlq"]


def user_arn(name):
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


def arn(service, resource, region=REGION, account=ACCOUNT):
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def statement(action, resource="*", effect="Allow", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


class Estate:
    """Users, and a trail of what they did; day counts from the first of March."""
    def __init__(self, folder):
        self.folder, self.users, self.roles, self.events, self.policies, self.report = folder, [], [], [], [], {}
        self.number = 0

    def user(self, name, *statements, boundary=None, password=False):
        entry = {"Path": "/", "UserName": name, "UserId": f"AIDA{len(self.users):016}", "Arn": user_arn(name),
                 "CreateDate": "2024-01-01T00:00:00Z", "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
                 "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document(*(statements or [statement("*")]))}]}
        if boundary:
            policy = f"arn:aws:iam::{ACCOUNT}:policy/limit"
            self.policies.append({"PolicyName": "limit", "Arn": policy, "PolicyId": "ANPA0", "Path": "/",
                                  "DefaultVersionId": "v1", "AttachmentCount": 1, "IsAttachable": True,
                                  "PolicyVersionList": [{"Document": document(*boundary), "VersionId": "v1",
                                                         "IsDefaultVersion": True}]})
            entry["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy}
        self.users.append(entry)
        self.report[name] = password
        return name

    def role(self, name, path="/"):
        self.roles.append({"Path": path, "RoleName": name, "RoleId": f"AROA{len(self.roles):016}",
                           "Arn": f"arn:aws:iam::{ACCOUNT}:role{path}{name}", "CreateDate": "2024-01-01T00:00:00Z",
                           "RolePolicyList": [], "AttachedManagedPolicies": [], "InstanceProfileList": [],
                           "AssumeRolePolicyDocument": document({"Effect": "Allow", "Action": "sts:AssumeRole",
                                                                 "Principal": {"Service": "ec2.amazonaws.com"}})})

    def call(self, who, source, name, params=None, days=(0,), **more):
        for day in days:
            self.number += 1
            self.events.append({
                "eventVersion": "1.11", "eventType": "AwsApiCall", "eventCategory": "Management",
                "userIdentity": {"type": "IAMUser", "arn": user_arn(who), "accountId": ACCOUNT, "userName": who,
                                 "principalId": "AIDA", "accessKeyId": "AKIAAAAAAAAAAAAAAAAA"},
                "eventTime": f"2026-{3 + day // 31:02}-{1 + day % 31:02}T08:00:{self.number % 60:02}Z",
                "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": REGION,
                "sourceIPAddress": "10.0.0.1", "userAgent": "Boto3/1.34", "requestParameters": params,
                "responseElements": None, "eventID": f"{self.number:08}-0000-4000-8000-000000000000",
                "recipientAccountId": ACCOUNT, **more})

    def write(self):
        details = {"UserDetailList": self.users, "GroupDetailList": [], "RoleDetailList": self.roles,
                   "Policies": self.policies}
        (self.folder / "account-authorization-details.json").write_text(json.dumps(details))
        head = ("user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active")
        rows = [f"{n},{user_arn(n)},2024-01-01T00:00:00+00:00,{str(p).lower()},N/A,false,true"
                for n, p in self.report.items()]
        (self.folder / "credential-report.csv").write_text("\n".join([head, *rows]) + "\n")
        (self.folder / "access-keys.json").write_text("[]")
        trail = self.folder / "AWSLogs"
        trail.mkdir(exist_ok=True)
        half = len(self.events) // 2
        for i, part in enumerate((self.events[:half], self.events[half:])):
            (trail / f"{i}.json.gz").write_bytes(gzip.compress(json.dumps({"Records": part}).encode()))

    def run(self, *args, status=0):
        self.write()
        out = self.folder / "roles"
        done = subprocess.run([BUILD / "mantle", "migrate", "roles", self.folder, "--out", out, *map(str, args)],
                              capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return done


@pytest.fixture
def estate(tmp_path):
    return Estate(tmp_path)


def policies(estate, user):
    first = estate.folder / "roles" / user / "policy.json"
    more = sorted(first.parent.glob("policy-*.json"))
    return [json.loads(path.read_text()) for path in [first, *more]]


def grants(estate, user):
    """{(action, resource): condition}"""
    return {(a, r): s.get("Condition") for d in policies(estate, user) for s in d["Statement"]
            if s["Effect"] == "Allow" for a in s["Action"] for r in s["Resource"]}


def part(estate, user, name):
    return json.loads((estate.folder / "roles" / user / f"{name}.json").read_text())


def test_names_that_go_together_become_one_pattern_and_refused_calls_nothing(estate):
    estate.user("svc")
    estate.user("other")
    for i, word in enumerate(WORDS):
        estate.call("svc", "dynamodb", "GetItem", {"tableName": f"orders-{word}"}, days=range(i, 60, 6))
    estate.call("svc", "dynamodb", "UpdateItem", {"tableName": "orders-api"})
    estate.call("other", "dynamodb", "GetItem", {"tableName": "bills-main"}, days=range(20))
    estate.call("svc", "dynamodb", "DeleteTable", {"tableName": "orders-main"}, errorCode="AccessDenied")
    estate.call("svc", "ec2", "RunInstances", None, errorCode="Client.UnauthorizedOperation")
    estate.run()
    table = arn("dynamodb", "table/orders-*")
    assert grants(estate, "svc") == {("dynamodb:GetItem", table): None, ("dynamodb:UpdateItem", table): None}
    assert grants(estate, "other") == {("dynamodb:GetItem", arn("dynamodb", "table/bills-main")): None}
    assert {d["name"] for d in part(estate, "svc", "evidence")["denied"]} == {"dynamodb:DeleteTable", "ec2:RunInstances"}


def test_a_pattern_takes_in_nothing_that_others_use(estate):
    estate.user("svc")
    estate.user("other")
    for word in WORDS:
        estate.call("svc", "dynamodb", "GetItem", {"tableName": f"shop-{word}"})
    estate.call("other", "dynamodb", "GetItem", {"tableName": "shop-ledger"}, days=range(9))
    estate.run()
    assert set(grants(estate, "svc")) == {("dynamodb:GetItem", arn("dynamodb", f"table/shop-{word}")) for word in WORDS}


def test_steady_names_stay_as_they_are(estate):
    estate.user("svc")
    for table in ("orders-main", "orders-api"):
        estate.call("svc", "dynamodb", "Query", {"tableName": table}, days=range(30))
    estate.run()
    assert {r for _, r in grants(estate, "svc")} == {arn("dynamodb", "table/orders-main"), arn("dynamodb", "table/orders-api")}


def test_nothing_crosses_regions_or_types(estate):
    estate.user("svc")
    for word in WORDS:
        estate.call("svc", "dynamodb", "GetItem", {"tableName": f"orders-{word}"})
        estate.call("svc", "dynamodb", "GetItem", {"tableName": f"orders-{word}"}, awsRegion="us-east-1")
        estate.call("svc", "lambda", "Invoke", {"functionName": f"orders-{word}"})
    estate.run()
    assert set(grants(estate, "svc")) == {
        ("dynamodb:GetItem", arn("dynamodb", "table/orders-*")),
        ("dynamodb:GetItem", arn("dynamodb", "table/orders-*", "us-east-1")),
        ("lambda:InvokeFunction", arn("lambda", "function:orders-*"))}


OBJECT = "arn:aws:s3:::data"


@pytest.mark.parametrize("source, name, params, more, wanted", [
    ("s3", "HeadObject", {"bucketName": "data", "key": "conf/a.json"}, {}, [("s3:GetObject", f"{OBJECT}/conf/a.json")]),
    ("s3", "ListObjectsV2", {"bucketName": "data", "prefix": "x/"}, {}, [("s3:ListBucket", OBJECT)]),
    ("s3", "GetObject", {"bucketName": "data", "key": "out/2026/03/77.json"}, {}, [("s3:GetObject", f"{OBJECT}/out/*")]),
    ("s3", "DeleteObjects", {"bucketName": "data", "delete": ""}, {}, [("s3:DeleteObject", f"{OBJECT}/*")]),
    ("s3", "CopyObject", {"bucketName": "data", "key": "b", "x-amz-copy-source": "from/dir/a"}, {},
     [("s3:PutObject", f"{OBJECT}/b"), ("s3:GetObject", "arn:aws:s3:::from/dir/a")]),
    ("s3", "PutBucketReplication", {"bucketName": "data"}, {}, [("s3:PutReplicationConfiguration", OBJECT)]),
    ("s3", "GetObject", {"bucketName": "data", "key": "a*b"}, {}, [("s3:GetObject", OBJECT + "/a${*}b")]),
    ("lambda", "GetFunction20150331v2", {"functionName": "f"}, {}, [("lambda:GetFunction", arn("lambda", "function:f"))]),
    ("lambda", "Invoke", {"functionName": arn("lambda", "function:f"), "qualifier": "live"}, {},
     [("lambda:InvokeFunction", arn("lambda", "function:f"))]),
    ("sqs", "DeleteMessageBatch", {"queueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q"}, {},
     [("sqs:DeleteMessage", arn("sqs", "q")), ("sqs:GetQueueAttributes", arn("sqs", "q")),
      ("sqs:ReceiveMessage", arn("sqs", "q"))]),
    ("sns", "PublishBatch", {"topicArn": arn("sns", "t")}, {}, [("sns:Publish", arn("sns", "t"))]),
    ("monitoring", "PutMetricData", {"namespace": "N"}, {}, [("cloudwatch:PutMetricData", "*")]),
    ("monitoring", "DescribeAlarms", None, {}, [("cloudwatch:DescribeAlarms", "*")]),
    ("kms", "ReEncrypt", {"sourceKeyId": arn("kms", "key/11111111-1111-4111-8111-111111111111"),
                          "destinationKeyId": arn("kms", "key/22222222-2222-4222-8222-222222222222")}, {},
     [("kms:ReEncryptFrom", arn("kms", "key/11111111-1111-4111-8111-111111111111")),
      ("kms:ReEncryptTo", arn("kms", "key/22222222-2222-4222-8222-222222222222"))]),
    ("ec2", "AttachVolume", {"instanceId": "i-0acc59eff90a93f3e", "volumeId": "vol-0acc59eff90a93f3e", "device": "/dev/sdh"},
     {}, [("ec2:AttachVolume", arn("ec2", "instance/*")), ("ec2:AttachVolume", arn("ec2", "volume/*")),
          ("ec2:DescribeVolumes", "*")]),
    ("ec2", "DeleteSecurityGroup", {"groupId": "sg-0acc59eff90a93f3e"}, {},
     [("ec2:DeleteSecurityGroup", arn("ec2", "security-group/sg-0acc59eff90a93f3e"))]),
    ("secretsmanager", "GetSecretValue", {"secretId": "db/main"}, {},
     [("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:db/main-??????"))]),
    ("ssm", "GetParameter", {"name": "/app/db"}, {}, [("ssm:GetParameter", arn("ssm", "parameter/app/db"))]),
    ("rds", "StopDBInstance", {"dBInstanceIdentifier": "db1"}, {}, [("rds:StopDBInstance", arn("rds", "db:db1"))]),
    ("apigateway", "GetRestApi", {"restApiId": "abc"}, {}, [("apigateway:GET", f"arn:aws:apigateway:{REGION}::/restapis/abc")]),
    ("states", "StartExecution", {"stateMachineArn": arn("states", "stateMachine:m")}, {},
     [("states:StartExecution", arn("states", "stateMachine:m"))]),
    ("cloudfront", "GetDistribution2020_05_31", {"id": "E1"}, {},
     [("cloudfront:GetDistribution", f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1")]),
    ("sts", "GetCallerIdentity", None, {}, [("sts:GetCallerIdentity", "*")]),
    # What the event does not say stays open; the name of one thing is not the id of another.
    ("autoscaling", "SetDesiredCapacity", {"autoScalingGroupName": "web", "desiredCapacity": 3}, {},
     [("autoscaling:SetDesiredCapacity", arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/web"))]),
    ("cloudformation", "ListStackResources", {"stackName": "web"}, {},
     [("cloudformation:ListStackResources", arn("cloudformation", "stack/web/*"))]),
    ("states", "DescribeExecution", {"executionArn": arn("states", "execution:m:nightly")}, {},
     [("states:DescribeExecution", arn("states", "execution:m:nightly"))]),
    ("bedrock", "InvokeModel", {"modelId": "amazon.titan-text-lite-v1"}, {},
     [("bedrock:InvokeModel", f"arn:aws:bedrock:{REGION}::foundation-model/amazon.titan-text-lite-v1")]),
    ("codebuild", "BatchGetBuilds", {"ids": ["web:11111111-1111-4111-8111-111111111111"]}, {},
     [("codebuild:BatchGetBuilds", arn("codebuild", "project/web"))]),
    ("ssm", "SendCommand", {"documentName": "AWS-RunShellScript", "targets": []}, {},
     [("ssm:GetCommandInvocation", "*"),
      ("ssm:SendCommand", f"arn:aws:ssm:{REGION}::document/AWS-RunShellScript")]),
    ("ssm", "GetDocument", {"name": "our-document"}, {}, [("ssm:GetDocument", arn("ssm", "document/our-document"))]),
    ("ses", "SendEmail", {"source": "Orders <noreply@example.com>"}, {},
     [("ses:SendEmail", arn("ses", "identity/example.com")),
      ("ses:SendEmail", arn("ses", "identity/noreply@example.com"))]),
    ("logs", "FilterLogEvents", {"logGroupName": "/aws/lambda/web"}, {},
     [("logs:FilterLogEvents", arn("logs", "log-group:/aws/lambda/web:*"))]),
    ("monitoring", "GetMetricData", None, {}, [("cloudwatch:GetMetricData", "*")]),
])
def test_an_event_and_what_it_takes(estate, source, name, params, more, wanted):
    estate.user("svc")
    estate.call("svc", source, name, params, **more)
    estate.run()
    assert sorted(grants(estate, "svc")) == sorted(wanted)


def test_parents_become_a_pattern_too(estate):
    estate.user("svc")
    for i, word in enumerate(WORDS):
        days = range(i, 60, 6)
        estate.call("svc", "ecs", "RunTask", {"taskDefinition": f"orders-{word}:{i}"}, days=days)
        estate.call("svc", "logs", "PutLogEvents", {"logGroupName": f"/app/orders-{word}", "logStreamName": f"2026/03/{i}"},
                    days=days)
        estate.call("svc", "cloudformation", "SignalResource", {"stackName": f"orders-{word}"}, days=days)
        for folder in "ab":
            estate.call("svc", "s3", "GetObject", {"bucketName": f"orders-{word}", "key": f"{folder}/{i}.json"}, days=days)
    estate.run()
    assert set(grants(estate, "svc")) == {
        ("ecs:RunTask", arn("ecs", "task-definition/orders-*")),
        ("logs:PutLogEvents", arn("logs", "log-group:/app/orders-*:log-stream:*")),
        ("cloudformation:SignalResource", arn("cloudformation", "stack/orders-*"))} | {
        # Names of buckets are everybody's.
        ("s3:GetObject", f"arn:aws:s3:::orders-{word}/{folder}/*") for word in WORDS for folder in "ab"}


def test_dates_at_the_end_of_names_go_and_domains_stay_whole(estate):
    estate.user("svc")
    for day in range(40):
        estate.call("svc", "rds", "DeleteDBSnapshot", {"dBSnapshotIdentifier": f"orders-nightly-2026-03-{day:02}"}, days=(day,))
    for domain in ("shop.example.com", "mail.example.com"):
        estate.call("svc", "ses", "GetEmailIdentity", {"emailIdentity": domain})
    estate.run()
    assert set(grants(estate, "svc")) == {
        ("rds:DeleteDBSnapshot", arn("rds", "snapshot:orders-nightly-*")),
        ("ses:GetEmailIdentity", arn("ses", "identity/shop.example.com")),
        ("ses:GetEmailIdentity", arn("ses", "identity/mail.example.com"))}


def test_the_role_of_an_instance_profile(estate):
    estate.user("svc")
    role = f"arn:aws:iam::{ACCOUNT}:role/fleet/web"
    estate.roles.append({"Path": "/fleet/", "RoleName": "web", "RoleId": "AROA1", "Arn": role, "AssumeRolePolicyDocument": {},
                         "InstanceProfileList": [{"InstanceProfileName": "web-profile", "Path": "/",
                                                  "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/web-profile"}]})
    for profile in ({"name": "web-profile"}, {"arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/lost"}):
        estate.call("svc", "ec2", "RunInstances", {"iamInstanceProfile": profile})
    estate.run()
    passed = {r for a, r in grants(estate, "svc") if a == "iam:PassRole"}
    assert passed == {role, f"arn:aws:iam::{ACCOUNT}:role/lost"}
    assert "an instance profile that the export does not have" in json.dumps(part(estate, "svc", "evidence"))


def test_companions_carry_their_conditions(estate):
    estate.user("svc")
    role, key = f"arn:aws:iam::{ACCOUNT}:role/exec/f", arn("kms", "key/11111111-1111-4111-8111-111111111111")
    estate.call("svc", "lambda", "CreateFunction20150331", {"functionName": "f", "role": role}, days=range(8))
    estate.call("svc", "kms", "GenerateDataKey", {"keyId": key}, days=range(8),
                userIdentity={"type": "IAMUser", "arn": user_arn("svc"), "accountId": ACCOUNT, "invokedBy": "s3.amazonaws.com"})
    estate.run()
    found = grants(estate, "svc")
    assert found["iam:PassRole", role] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    assert found["kms:GenerateDataKey", key] == {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}


def test_the_profile_exact_adds_and_widens_nothing(estate):
    estate.user("svc")
    for word in WORDS:
        estate.call("svc", "dynamodb", "TransactWriteItems", {"tableName": f"orders-{word}"})
        estate.call("svc", "sqs", "DeleteMessage", {"queueUrl": f"https://sqs/{ACCOUNT}/orders-{word}"})
    estate.run("--profile", "exact")
    assert set(grants(estate, "svc")) == {("sqs:DeleteMessage", arn("sqs", f"orders-{word}")) for word in WORDS}
    left = {(g["action"], g["certainty"]) for g in part(estate, "svc", "evidence")["left_out"]}
    assert ("dynamodb:PutItem", "likely") in left and ("dynamodb:DeleteItem", "possible") in left


def test_paths_of_roles_come_from_the_export(estate):
    estate.user("svc")
    estate.role("deploy", "/teams/blue/")
    estate.call("svc", "iam", "GetRole", {"roleName": "deploy"}, days=range(9))
    estate.call("svc", "iam", "GetRole", {"roleName": "gone"}, days=range(9))
    estate.run()
    role = f"arn:aws:iam::{ACCOUNT}:role/"
    assert set(grants(estate, "svc")) == {("iam:GetRole", role + "teams/blue/deploy"), ("iam:GetRole", role + "gone")}


def proved(estate, user):
    proofs = part(estate, user, "proofs")
    return proofs["new_in_old"]["verdict"], proofs["observed_in_new"]["verdict"]


def test_it_is_cut_to_what_is_held_today(estate):
    guarded = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    estate.user("svc", statement("dynamodb:GetItem", arn("dynamodb", "table/orders-m*")),
                statement("sns:Publish", "*", Condition=guarded),
                statement("s3:*", "arn:aws:s3:::data*"), statement("s3:DeleteObject", "*", "Deny"))
    for word in ("main", "many", "mine", "more", "most"):
        estate.call("svc", "dynamodb", "GetItem", {"tableName": f"orders-{word}"})
    estate.call("svc", "sns", "Publish", {"topicArn": arn("sns", "t")})
    estate.call("svc", "s3", "GetObject", {"bucketName": "data1", "key": "k"}, days=range(9))
    estate.call("svc", "kms", "Decrypt", None, resources=[{"ARN": arn("kms", "key/1"), "accountId": ACCOUNT}])
    estate.run()
    found = grants(estate, "svc")
    assert found == {**{("dynamodb:GetItem", arn("dynamodb", f"table/orders-{word}")): None
                        for word in ("main", "many", "mine", "more", "most")},
                     ("sns:Publish", arn("sns", "t")): guarded, ("s3:GetObject", "arn:aws:s3:::data1/k"): None}
    assert [s for d in policies(estate, "svc") for s in d["Statement"] if s["Effect"] == "Deny"]
    assert [g["action"] for g in part(estate, "svc", "evidence")["left_out"]] == ["kms:Decrypt"]
    assert proved(estate, "svc") == ("PROVED", "PROVED")


def test_the_boundary_stays_and_a_service_control_policy_counts(estate):
    estate.user("svc", boundary=[statement(["s3:*", "sqs:*"])])
    estate.call("svc", "s3", "ListBuckets", None, days=range(9))
    estate.call("svc", "sqs", "SendMessage", {"queueUrl": f"https://sqs/{ACCOUNT}/q"}, days=range(9))
    estate.call("svc", "kms", "Encrypt", {"keyId": arn("kms", "key/1")})
    scp = estate.folder / "scp"
    scp.write_text(json.dumps(document(statement("*"), statement("sqs:*", "*", "Deny"))))
    estate.run("--scp", scp)
    assert set(grants(estate, "svc")) == {("s3:ListAllMyBuckets", "*")}
    assert f'permissions_boundary = "arn:aws:iam::{ACCOUNT}:policy/limit"' in \
        (estate.folder / "roles/svc/main.tf").read_text()
    assert proved(estate, "svc") == ("PROVED", "PROVED")


def test_people_are_left_out_unless_asked_for(estate):
    estate.user("svc")
    estate.user("ann", password=True)
    estate.user("idle")
    for who in ("svc", "ann"):
        estate.call(who, "s3", "ListBuckets")
    said = estate.run().stdout
    assert "1 person left out" in said and "1 user made no call" in said
    assert not (estate.folder / "roles/idle").exists()
    assert not (estate.folder / "roles/ann").exists()
    estate.run("--all-users")
    assert grants(estate, "ann") == {("s3:ListAllMyBuckets", "*"): None}


def test_large_policies_are_divided(estate):
    estate.user("svc")
    rnd = random.Random(7)
    for i in range(260):
        name = f"{rnd.randrange(10**9):x}{'abcdefgh'[i % 8] * 60}"
        estate.call("svc", "dynamodb", ["GetItem", "PutItem", "Scan"][i % 3], {"tableName": name}, days=range(6))
    estate.run("--profile", "exact")
    documents = policies(estate, "svc")
    assert len(documents) > 1
    for d in documents:
        assert len(json.dumps(d, separators=(",", ":"))) <= 6144
    assert len(grants(estate, "svc")) == 260
    assert (estate.folder / "roles/svc/main.tf").read_text().count("aws_iam_role_policy_attachment") == len(documents)
    assert proved(estate, "svc") == ("PROVED", "PROVED")


OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/"


@pytest.mark.parametrize("place, principal, condition", [
    ("ec2", {"Service": "ec2.amazonaws.com"}, None),
    ("ecs", {"Service": "ecs-tasks.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
    ("lambda", {"Service": "lambda.amazonaws.com"}, None),
    ("irsa,provider=oidc.eks.eu-west-1.amazonaws.com/id/X,namespace=shop,account=cart",
     {"Federated": OIDC + "oidc.eks.eu-west-1.amazonaws.com/id/X"},
     {"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/X:aud": "sts.amazonaws.com",
                       "oidc.eks.eu-west-1.amazonaws.com/id/X:sub": "system:serviceaccount:shop:cart"}}),
    ("github,repo=org/repo,branch=main", {"Federated": OIDC + "token.actions.githubusercontent.com"},
     {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                       "token.actions.githubusercontent.com:sub": "repo:org/repo:ref:refs/heads/main"}}),
    ("github,repo=org/repo,environment=prod", {"Federated": OIDC + "token.actions.githubusercontent.com"},
     {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                       "token.actions.githubusercontent.com:sub": "repo:org/repo:environment:prod"}}),
    ("gitlab,project=g/p,branch=main", {"Federated": OIDC + "gitlab.com"},
     {"StringEquals": {"gitlab.com:aud": "https://gitlab.com",
                       "gitlab.com:sub": "project_path:g/p:ref_type:branch:ref:main"}}),
    ("account,id=999988887777,external=x7-1", {"AWS": "arn:aws:iam::999988887777:root"},
     {"StringEquals": {"sts:ExternalId": "x7-1"}}),
    ("user", {"AWS": user_arn("svc")}, None),
])
def test_who_is_trusted(estate, place, principal, condition):
    estate.user("svc")
    estate.call("svc", "s3", "ListBuckets")
    estate.run("--runs-on", f"svc={place}")
    trusted = part(estate, "svc", "trust")["Statement"][0]
    assert (trusted["Principal"], trusted.get("Condition")) == (principal, condition)
    check = subprocess.run([BUILD / "mantle", "policy", "check", "--type", "trust", estate.folder / "roles/svc/trust.json"],
                           capture_output=True, text=True, timeout=60, check=False)
    assert "error" not in check.stdout.lower(), check.stdout


@pytest.mark.parametrize("place, says", [
    ("github,repo=org/*,branch=main", "a wildcard matches nothing"),
    ("github,repo=org/repo", "github needs branch="),
    ("irsa,namespace=shop", "irsa needs provider=..."),
    ("moon", '"moon" is no place'),
    ("ec2,colour=red", "is no NAME=VALUE"),
    ("account,id=1,external=x7-1", "twelve digits"),
])
def test_a_place_that_makes_no_trust_is_refused(estate, place, says):
    estate.user("svc")
    estate.call("svc", "s3", "ListBuckets")
    assert says in estate.run("--runs-on", place, status=2).stderr


def test_the_place_is_told_by_the_agent(estate):
    estate.user("svc")
    estate.call("svc", "s3", "ListBuckets", None, userAgent="Boto3/1.34 exec-env/AWS_Lambda_python3.11")
    estate.run()
    assert part(estate, "svc", "trust")["Statement"][0]["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_what_is_unknown_is_named_and_never_guessed(estate):
    estate.user("svc")
    estate.call("svc", "s3", "GetStorageLensDashboardDataInternal", None)
    estate.call("svc", "frobnicator", "GetThing", None)
    estate.call("svc", "cloud9", "CreateEnvironmentEC2", {"name": "n"})
    done = estate.run()
    assert "s3.amazonaws.com:GetStorageLensDashboardDataInternal" in done.stdout
    assert "frobnicator.amazonaws.com:GetThing" in done.stdout
    assert {a for a, _ in grants(estate, "svc")} == {"cloud9:CreateEnvironmentEC2"}


def test_events_that_are_no_calls_and_callers_that_are_nobody_grant_nothing(estate):
    estate.user("svc")
    estate.call("svc", "s3", "ListBuckets")
    estate.call("svc", "ec2", "BidEvictedEvent", None, eventType="AwsServiceEvent")
    estate.call("svc", "signin", "ConsoleLogin", None, eventType="AwsConsoleSignIn")
    for identity in ({"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"}, {"type": "AWSService"}, {}, None, "x"):
        estate.call("svc", "iam", "CreateUser", {"userName": "u"}, userIdentity=identity)
    estate.write()
    ran = subprocess.run([BUILD / "mantle", "migrate", "roles", estate.folder, "--out", estate.folder / "roles"],
                         capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode in (0, 1), ran.stderr
    assert set(grants(estate, "svc")) == {("s3:ListAllMyBuckets", "*")}


def test_damaged_files_are_named_and_the_rest_goes_on(estate):
    estate.user("svc")
    estate.call("svc", "s3", "ListBuckets", None, days=range(4))
    estate.write()
    bad = estate.folder / "AWSLogs" / "bad.json.gz"
    bad.write_bytes(gzip.compress(b'{"Records":[{"eventVersion":"1.1')[:-9])
    ran = subprocess.run([BUILD / "mantle", "migrate", "roles", estate.folder, "--out", estate.folder / "roles"],
                         capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1 and "bad.json.gz" in ran.stderr
    assert set(grants(estate, "svc")) == {("s3:ListAllMyBuckets", "*")}


def test_wrong_usage_says_what_to_do(estate):
    estate.user("svc")
    estate.call("svc", "s3", "ListBuckets")
    assert "exact, stable or generous" in estate.run("--profile", "x", status=2).stderr
    assert "has no user nobody" in estate.run("--user", "nobody", status=2).stderr
    for path in (estate.folder / "AWSLogs").iterdir():
        path.unlink()
    (estate.folder / "AWSLogs").rmdir()
    ran = subprocess.run([BUILD / "mantle", "migrate", "roles", estate.folder, "--out", estate.folder / "roles"],
                         capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2 and "--trail PATH" in ran.stderr


def test_two_consumers_of_one_key_get_a_folder_each(estate):
    estate.user("svc")
    for day in range(40):
        estate.call("svc", "s3", "ListBuckets", None, days=[day], sourceIPAddress="198.51.100.7",
                    userAgent="Boto3/1.34.1 md/Botocore#1.34.1 os/linux lang/python#3.11")
        estate.call("svc", "sqs", "SendMessage", {"queueUrl": f"https://sqs/{ACCOUNT}/q"}, days=[day],
                    sourceIPAddress="203.0.113.9", userAgent="aws-sdk-java/2.20.0 Linux/5.10 OpenJDK")
    assert "2 of consumers that share a user" in estate.run().stdout
    both = {("s3:ListAllMyBuckets", "*"), ("sqs:SendMessage", arn("sqs", "q"))}
    assert set(grants(estate, "svc")) == both
    parts = sorted(p.name for p in (estate.folder / "roles/svc").iterdir() if p.is_dir())
    assert parts == ["AKIAAAAAAAAAAAAAAAAA-1", "AKIAAAAAAAAAAAAAAAAA-2"]
    split = [set(grants(estate, f"svc/{part_}")) for part_ in parts]
    assert all(len(one) == 1 for one in split) and split[0] | split[1] == both
    for part_ in parts:
        assert proved(estate, f"svc/{part_}") == ("PROVED", "PROVED")
        assert (estate.folder / "roles/svc" / part_ / "trust.json").exists()


def test_the_trail_of_the_inventory_is_found_again(estate, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    estate.user("svc")
    estate.call("svc", "s3", "ListBuckets")
    estate.write()
    (estate.folder / "AWSLogs").rename(elsewhere / "logs")
    subprocess.run([BUILD / "mantle", "migrate", "inventory", estate.folder, "--trail", elsewhere / "logs"], check=False,
                   capture_output=True, timeout=60)  # 1: it has something to say about the exports
    subprocess.run([BUILD / "mantle", "migrate", "roles", estate.folder, "--out", estate.folder / "roles"], check=True,
                   capture_output=True, timeout=60)
    assert set(grants(estate, "svc")) == {("s3:ListAllMyBuckets", "*")}


@pytest.mark.parametrize("held, kept", [("kms:*", True), ("sqs:*", False)])
def test_keys_of_buckets_stay_where_kms_is_held_by_name(estate, held, kept):
    estate.user("svc", statement(["s3:*", held]))
    estate.call("svc", "s3", "PutObject", {"bucketName": "data", "key": "a"}, days=range(9))
    estate.run()
    found = grants(estate, "svc")
    assert (("kms:GenerateDataKey", arn("kms", "key/*")) in found) == kept
    if kept:
        assert found["kms:GenerateDataKey", arn("kms", "key/*")] == \
            {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
        assert ("kms:Decrypt", arn("kms", "key/*")) not in found


def test_an_existing_role_by_its_sessions(estate):
    estate.role("app")
    estate.roles[0]["RolePolicyList"] = [{"PolicyName": "p", "PolicyDocument": document(statement("*"))}]
    session = {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/i-1", "accountId": ACCOUNT,
               "sessionContext": {"sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/app",
                                                    "accountId": ACCOUNT, "userName": "app"}}}
    estate.call("app", "s3", "ListBuckets", None, userIdentity=session)
    estate.run("--role", "app")
    assert set(grants(estate, "app")) == {("s3:ListAllMyBuckets", "*")}
    assert proved(estate, "app") == ("PROVED", "PROVED")


@pytest.mark.parametrize("key, wanted", [
    ("docs/\u65e5\u672c.pdf", "docs/*.pdf"), ("docs/\U0001f511/plan", "docs/*/plan"), ("docs/caf\u00e9", "docs/caf\u00e9"),
    ("docs/a\0b", "docs/a*b"), ("docs/\ud800", None), ("docs/a*b", "docs/a${*}b"),
])
def test_in_the_place_of_characters_no_policy_can_hold_stands_a_wildcard(estate, key, wanted):
    """IAM: U+0020 to U+00FF. They are all good in the key of an object."""
    estate.user("svc", statement("s3:GetObject"))
    estate.call("svc", "s3", "GetObject", {"bucketName": "data", "key": key}, eventCategory="Data")
    estate.run()
    found = {resource for _, resource in grants(estate, "svc")}
    assert not wanted or found == {f"{OBJECT}/{wanted}"}
    assert proved(estate, "svc") == ("PROVED", "PROVED")


def test_of_bytes_that_are_no_utf8_no_grant_follows(estate):
    estate.user("svc")
    estate.call("svc", "sqs", "SendMessage", {"queueUrl": f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/good"})
    estate.write()
    bad = json.dumps({"Records": [dict(estate.events[0], eventID="bad", eventName="DeleteQueue")]})
    (estate.folder / "AWSLogs/bad.json").write_bytes(bad.encode().replace(b"/good", b"/g\xff\xfed"))
    done = estate.run(status=1)
    assert "bad.json:13: bytes in this record that are no UTF-8" in done.stderr
    assert set(grants(estate, "svc")) == {("sqs:SendMessage", arn("sqs", "good"))}


def test_another_accounts_trail_says_nothing(estate):
    estate.user("svc")
    stranger = {"type": "IAMUser", "arn": "arn:aws:iam::999999999999:user/svc", "accountId": "999999999999",
                "userName": "svc", "accessKeyId": "AKIAAAAAAAAAAAAAAAAA"}
    estate.call("svc", "s3", "ListBuckets", userIdentity=stranger)
    assert "it is another account's trail" in estate.run(status=2).stderr


class Bucket:
    """One delivered file, and the digests of two hours, the first of them signed as CloudTrail signs."""
    def __init__(self, estate):
        self.key, self.trail = estate.folder / "key.pem", estate.folder / "bucket"
        openssl = lambda *args, **more: subprocess.run(["openssl", *args], check=True, capture_output=True, **more).stdout
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.key)
        der = openssl("rsa", "-in", self.key, "-RSAPublicKey_out", "-outform", "DER")
        self.keys = estate.folder / "public-keys.json"
        self.keys.write_text(json.dumps({"PublicKeyList": [{"Value": base64.b64encode(der).decode(), "Fingerprint": "f1"}]}))
        log = f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2026/03/01/{ACCOUNT}_CloudTrail_{REGION}_20260301T0820Z_aaaa.json.gz"
        records = json.dumps({"Records": estate.events}).encode()
        self.put(log, records)
        first = self.digest(8, None, [{"s3Object": log, "hashAlgorithm": "SHA-256",
                                       "hashValue": hashlib.sha256(records).hexdigest()}])
        text = f"2026-03-01T09:00:00Z\ntrails/{self.name(8)}\n{hashlib.sha256(first).hexdigest()}\nnull"
        signature = openssl("dgst", "-sha256", "-sign", self.key, input=text.encode()).hex()
        self.digest(9, (self.name(8), hashlib.sha256(first).hexdigest(), signature), [])

    def put(self, name, text):
        path = self.trail / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text))

    @staticmethod
    def name(hour):
        return (f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/2026/03/01/"
                f"{ACCOUNT}_CloudTrail-Digest_{REGION}_main_{REGION}_20260301T{hour + 1:02}0000Z.json.gz")

    def digest(self, hour, before, files):
        name, value, signature = before or (None, None, None)
        text = json.dumps({
            "awsAccountId": ACCOUNT, "digestS3Bucket": "trails", "digestPublicKeyFingerprint": "f1",
            "digestStartTime": f"2026-03-01T{hour:02}:00:00Z", "digestEndTime": f"2026-03-01T{hour + 1:02}:00:00Z",
            "digestS3Object": self.name(hour), "previousDigestS3Object": name, "previousDigestHashValue": value,
            "previousDigestSignature": signature, "logFiles": files}).encode()
        self.put(self.name(hour), text)
        return text


def test_who_signed_the_digests_is_checked(estate):
    estate.user("svc")
    estate.call("svc", "s3", "ListBuckets")
    bucket = Bucket(estate)
    asked = ("--trail", bucket.trail, "--public-keys", bucket.keys)
    assert "0 problems" in estate.run(*asked).stdout
    estate.folder.joinpath("stranger").mkdir()
    other = Bucket(type("Elsewhere", (), {"folder": estate.folder / "stranger", "events": []}))
    refused = estate.run("--trail", bucket.trail, "--public-keys", other.keys, status=1)
    assert pathlib.Path(bucket.name(8)).name in refused.stderr and "sign" in refused.stderr
    assert "0 problems" in estate.run("--trail", bucket.trail).stdout  # nobody asked
    refused = estate.run("--trail", bucket.trail, "--public-keys", estate.folder / "nothing", status=2)
    assert "nothing cannot be read" in refused.stderr
    assert "PublicKeyList" in estate.run(*asked[:3], estate.folder / "access-keys.json", status=2).stderr


def test_for_machines(estate):
    estate.user("svc")
    estate.call("svc", "s3", "ListBuckets")
    answer = json.loads(estate.run("--json").stdout)
    assert answer["format"] == "mantle-migrate-roles/1"
    assert answer["roles"][0] == {"name": "svc", "principal": user_arn("svc"), "grants": 1, "pairs": 1, "policies": 1,
                                  "left_out": 0, "new_in_old": "PROVED", "observed_in_new": "PROVED"}


@pytest.mark.skipif(not (SHARED / "rightsizing-bench-v0").exists(), reason="the benchmark does not lie beside the project")
def test_the_benchmark(tmp_path):
    bench = SHARED / "rightsizing-bench-v0"
    subprocess.run([BUILD / "mantle", "migrate", "roles", bench / "exports", "--trail", bench / "train", "--all-users",
                    "--out", tmp_path], check=True, capture_output=True, timeout=300)
    scored = subprocess.run([sys.executable, bench / "score.py", bench / "truth.json", tmp_path], check=True,
                            capture_output=True, text=True, timeout=60).stdout
    figures = {k.strip(): v.strip() for k, v in (row.split("=", 1) for row in scored.splitlines())}
    assert float(figures["grants covered on fresh resources"].split()[0]) >= 0.93
    assert int(figures["principals fully covered"].split("/")[0]) >= 26
    assert float(figures["excess"].split()[0]) <= 0.08
    assert figures["faults"].startswith("0 ")
