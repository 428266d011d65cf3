"""AWS's own managed policies: there from the start, everybody's, nobody's to change; imported."""
import json
import subprocess

import pytest
from clients import document_of
from conftest import BUILD, ROOT, allow, denied, document, refused

FACTS = ROOT.parent / "shared/facts/aws-managed-policies.jsonl"
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


def listed(account, **more):
    pages = account.iam.get_paginator("list_policies").paginate(PaginationConfig={"PageSize": 50}, **more)
    return {policy["Arn"]: policy for page in pages for policy in page["Policies"]}


def of(arn):
    return f"arn:aws:iam::aws:policy/{arn}"


def line(name, statements, version="v1", **more):
    return json.dumps({"name": name, "arn": of(name), "path": "/", "id": None, "version": version,
                       "created": "2020-01-01T00:00:00Z", "updated": "2024-01-01T00:00:00Z",
                       "document": json.loads(document(*statements)), **more})


def load(server, path, status=0):
    done = subprocess.run([str(BUILD / "mantle"), "admin", "--data", str(server.data), "import-managed-policies",
                           str(path)], capture_output=True, text=True, timeout=120)
    assert done.returncode == status, done.stderr
    return (json.loads(done.stdout) if done.stdout.strip() else None), done.stderr


def test_the_ones_used_most_are_there_in_every_account(account, other):
    policies = listed(account, Scope="AWS")
    assert policies == {arn: {**policy, "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 0}
                        for arn, policy in listed(other, Scope="AWS").items()}
    for name in ("AdministratorAccess", "job-function/ViewOnlyAccess", "AmazonS3ReadOnlyAccess", "AWSDenyAll",
                 "service-role/AWSLambdaBasicExecutionRole", "AmazonEKSWorkerNodePolicy", "AmazonEKSClusterPolicy",
                 "service-role/AmazonRDSEnhancedMonitoringRole", "root-task/S3UnlockBucketPolicy"):
        assert of(name) in policies
    assert len(policies) > 150
    assert policies[of("AdministratorAccess")]["PolicyId"] == "ANPAIWMBCKSKIEE64ZLYK"


@pytest.mark.parametrize("name, created", [
    ("ReadOnlyAccess", "2015-02-06T18:39:48+00:00"), ("IAMReadOnlyAccess", "2015-02-06T18:40:39+00:00"),
    ("IAMUserChangePassword", "2016-11-15T00:25:16+00:00"), ("AmazonS3FullAccess", "2015-02-06T18:40:58+00:00"),
    ("job-function/ViewOnlyAccess", "2016-11-10T17:20:15+00:00"), ("AmazonEKS_CNI_Policy", "2018-05-27T21:07:42+00:00"),
    ("AmazonEC2ContainerRegistryReadOnly", "2015-12-21T17:04:15+00:00")])
def test_a_policy_is_as_old_as_its_first_version(account, name, created):
    """As recorded; what changed since is told by UpdateDate and by the version's own date."""
    policy = account.iam.get_policy(PolicyArn=of(name))["Policy"]
    version = account.iam.get_policy_version(PolicyArn=of(name), VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    assert policy["CreateDate"].isoformat() == created
    assert policy["UpdateDate"] == version["CreateDate"] > policy["CreateDate"]


def test_every_document_is_one_the_service_itself_would_take(account):
    for arn, policy in listed(account, Scope="AWS").items():
        version = account.iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
        text = json.dumps(document_of(version["Document"]), separators=(",", ":"))
        if len(text) < 6144:
            account.iam.create_policy(PolicyName=policy["PolicyName"], PolicyDocument=text)


def test_scopes(account):
    mine = account.iam.create_policy(PolicyName="mine", PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    account.iam.create_user(UserName="bob")
    account.iam.attach_user_policy(UserName="bob", PolicyArn=READ_ONLY)
    assert set(listed(account, Scope="Local")) == {mine}
    everything = listed(account, Scope="All")
    assert mine in everything and set(listed(account, Scope="AWS")) == set(everything) - {mine}
    attached = listed(account, OnlyAttached=True)
    assert READ_ONLY in attached and mine not in attached
    assert attached[READ_ONLY]["AttachmentCount"] >= 1


def test_nobody_changes_them(account):
    admin = account.user("boss", allow("*"))
    changes = {
        "delete_policy": {},
        "create_policy_version": {"PolicyDocument": document(allow("*")), "SetAsDefault": True},
        "delete_policy_version": {"VersionId": "v1"},
        "set_default_policy_version": {"VersionId": "v1"},
        "tag_policy": {"Tags": [{"Key": "a", "Value": "b"}]},
        "untag_policy": {"TagKeys": ["a"]},
    }
    for caller in (admin, account.root()):
        for operation, members in changes.items():
            with denied():
                getattr(caller.iam, operation)(PolicyArn=READ_ONLY, **members)


def test_import_adds_changes_and_says_so(own_server, tmp_path):
    account = own_server.root()
    path = tmp_path / "policies.jsonl"
    account.iam.create_user(UserName="bob")
    key = account.iam.create_access_key(UserName="bob")["AccessKey"]
    bob = own_server.caller(key["AccessKeyId"], key["SecretAccessKey"])
    path.write_text("\n".join([line("NewOne", [allow("iam:ListUsers")]), "",
                               line("IAMReadOnlyAccess", [allow("iam:ListGroups")], "v9")]) + "\n")
    said, _ = load(own_server, path)
    assert said == {"Read": 2, "Added": 1, "Changed": 1, "Unchanged": 0, "Refused": 0, "Refusals": []}
    account.iam.attach_user_policy(UserName="bob", PolicyArn=of("NewOne"))
    bob.iam.list_users()
    with denied("iam:ListGroups"):
        bob.iam.list_groups()
    assert account.iam.get_policy(PolicyArn=READ_ONLY)["Policy"]["DefaultVersionId"] == "v9"
    said, _ = load(own_server, path)
    assert (said["Added"], said["Changed"], said["Unchanged"]) == (0, 0, 2)
    # A new document is a new default version, and who has the policy follows at once.
    path.write_text(line("NewOne", [allow("iam:ListGroups")], "v1"))
    said, _ = load(own_server, path)
    assert said["Changed"] == 1
    bob.iam.list_groups()
    with denied("iam:ListUsers"):
        bob.iam.list_users()
    versions = account.iam.list_policy_versions(PolicyArn=of("NewOne"))["Versions"]
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in versions] == [("v2", True), ("v1", False)]
    for i in range(6):
        path.write_text(line("NewOne", [allow(f"iam:Get{'a' * i}*")], "v1"))
        load(own_server, path)
    versions = account.iam.list_policy_versions(PolicyArn=of("NewOne"))["Versions"]
    assert [one["VersionId"] for one in versions] == ["v8", "v7", "v6", "v5", "v4"]
    own_server.stop()
    own_server.start()
    account = own_server.root()
    assert account.iam.get_policy(PolicyArn=READ_ONLY)["Policy"]["DefaultVersionId"] == "v9"
    records = [record for record in own_server.trail() if record["eventName"] == "AdminImportManagedPolicies"]
    assert len(records) == 8


def test_import_of_the_output_of_the_aws_command(own_server, tmp_path):
    account = own_server.root()
    account.iam.create_policy(PolicyName="local", PolicyDocument=document(allow("s3:*")))
    exported = account.iam.get_account_authorization_details()
    exported["Policies"].append({
        "PolicyName": "Other", "Arn": of("service-role/Other"), "PolicyId": "ANPAZKAPJZG4AAAAAAAAA", "Path": "/service-role/",
        "DefaultVersionId": "v3", "CreateDate": "2020-01-01T00:00:00+00:00", "UpdateDate": "2021-01-01T00:00:00+00:00",
        "PolicyVersionList": [{"VersionId": "v2", "Document": json.loads(document(allow("s3:*")))},
                              {"VersionId": "v3", "Document": json.loads(document(allow("sqs:*")))}]})
    path = tmp_path / "export.json"
    path.write_text(json.dumps(exported, indent=4, default=str))
    said, _ = load(own_server, path)
    assert said["Added"] == 1 and said["Refused"] == 0
    got = account.iam.get_policy(PolicyArn=of("service-role/Other"))["Policy"]
    assert (got["PolicyId"], got["DefaultVersionId"], got["CreateDate"].year) == ("ANPAZKAPJZG4AAAAAAAAA", "v3", 2020)


def test_import_refuses_by_name_and_keeps_the_rest(own_server, tmp_path):
    path = tmp_path / "policies.jsonl"
    path.write_text("\n".join([
        line("Good", [allow("s3:*")]), "{not json", line("NoStatement", [], document={"Version": "2012-10-17"}),
        line("Foreign", [allow("s3:*")], arn="arn:aws:iam::123456789012:policy/Foreign"),
        line("x" * 129, [allow("s3:*")]), json.dumps({"name": "NoDocument", "arn": of("NoDocument")})]))
    said, error = load(own_server, path, status=1)
    assert (said["Added"], said["Refused"]) == (1, 5)
    assert any(refusal["Name"] == "line 2" for refusal in said["Refusals"])
    assert "5 policies were refused" in error
    assert of("Good") in listed(own_server.root(), Scope="AWS")
    for content in ("", "{}", "[]"):
        path.write_text(content)
        _, error = load(own_server, path, status=1)
        assert "refused" in error or "holds no managed policy" in error
    _, error = load(own_server, tmp_path / "none", status=1)
    assert "cannot read" in error


@pytest.mark.skipif(not FACTS.exists(), reason="no recorded policies beside the project")
def test_the_full_set(own_server):
    said, _ = load(own_server, FACTS)
    assert (said["Read"], said["Refused"]) == (1570, 0)
    again, _ = load(own_server, FACTS)
    assert (again["Unchanged"], again["Added"], again["Changed"]) == (1570, 0, 0)
    account = own_server.root()
    assert len(listed(account, Scope="AWS")) >= 1570
    role = account.iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]["RoleName"]
    arn = account.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"][0]["PolicyArn"]
    got = account.iam.get_policy(PolicyArn=arn)["Policy"]
    text = account.iam.get_policy_version(PolicyArn=arn, VersionId=got["DefaultVersionId"])["PolicyVersion"]["Document"]
    recorded = {one["arn"]: one["document"] for one in map(json.loads, FACTS.read_text().splitlines())}
    assert document_of(text) == recorded[arn]
