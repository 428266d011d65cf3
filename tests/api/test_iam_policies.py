"""Managed policies: documents, versions, listings, who holds them, AWS's own."""
import json
import urllib.parse

import pytest

import raw
from conftest import allow, denied, document, refused, trust

AWS_ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def of_size(size):
    text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:%s","Resource":"*"}]}'
    return (text % ("x" * (size - len(text) + 2))).replace(",", ",\n" + " " * 20)


def test_members_present_and_absent(account):
    made = account.iam.create_policy(PolicyName="p", PolicyDocument=document(allow("s3:*")), Description="d")["Policy"]
    assert sorted(made) == ["Arn", "AttachmentCount", "CreateDate", "DefaultVersionId", "IsAttachable", "Path",
                            "PermissionsBoundaryUsageCount", "PolicyId", "PolicyName", "UpdateDate"]
    assert sorted(account.iam.get_policy(PolicyArn=made["Arn"])["Policy"]) == sorted([*made, "Description", "Tags"])
    listed = account.iam.list_policies(Scope="Local")["Policies"]
    assert listed == [made]
    version = account.iam.list_policy_versions(PolicyArn=made["Arn"])["Versions"][0]
    assert sorted(version) == ["CreateDate", "IsDefaultVersion", "VersionId"]
    made = account.iam.create_policy_version(PolicyArn=made["Arn"], PolicyDocument=document(allow("s3:*")))
    assert sorted(made["PolicyVersion"]) == ["CreateDate", "IsDefaultVersion", "VersionId"]


def test_a_document_comes_back_byte_for_byte(account):
    text = '{ "Version" : "2012-10-17",\n\t"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/%3A+ é~"}]}'
    arn = account.iam.create_policy(PolicyName="p", PolicyDocument=text)["Policy"]["Arn"]
    body = raw.call(account, "GetPolicyVersion", raw.IAM, parameters={"PolicyArn": arn, "VersionId": "v1"}).body
    assert f"<Document>{urllib.parse.quote(text, safe='-_.~')}</Document>" in body


def test_size_counts_without_white_space(account):
    arn = account.iam.create_policy(PolicyName="p", PolicyDocument=of_size(6144))["Policy"]["Arn"]
    for call in (lambda: account.iam.create_policy(PolicyName="q", PolicyDocument=of_size(6145)),
                 lambda: account.iam.create_policy_version(PolicyArn=arn, PolicyDocument=of_size(6145))):
        with refused("LimitExceeded", 409) as said:
            call()
        assert said.message == "Cannot exceed quota for PolicySize: 6144"
    assert len(account.iam.list_policy_versions(PolicyArn=arn)["Versions"]) == 1


ONE = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


@pytest.mark.parametrize("change, why", [
    ({"Foo": 1}, "Syntax errors in policy."),
    ({"Effect": "Maybe"}, "Syntax errors in policy."),
    ({"Effect": "allow"}, "The policy failed legacy parsing"),
    ({"Action": None}, "Policy statement must contain actions."),
    ({"Resource": None}, "Policy statement must contain resources."),
    ({"Action": "anything"}, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    ({"Action": "a:b:c"}, "Actions/Condition can contain only one colon."),
    ({"Action": "s 3:Get"}, "Vendor s 3 is not valid"),
    ({"Resource": "bucket"}, 'Resource bucket must be in ARN format or "*".'),
    ({"Resource": "arn:mars:s3:::b"}, 'Partition "mars" is not valid for resource "arn:mars:s3:::b".'),
    ({"Resource": "arn:aws:s*:::b"}, "Resource vendor must be fully qualified and cannot contain regexes."),
    ({"Resource": "arn:aws:iam:us-east-1::user/x"},
     "IAM resource arn:aws:iam:us-east-1::user/x cannot contain region information."),
    ({"Resource": "arn:aws:s3:us-east-1::b"}, "Resource arn:aws:s3:us-east-1::b can not contain region information."),
    ({"Resource": "arn:aws:iam:::planet/x"},
     'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, instance-profile/, '
     "mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/."),
    ({"Principal": "*"}, None),
])
def test_why_a_document_is_refused(account, change, why):
    statement = {name: value for name, value in {**ONE, **change}.items() if value is not None}
    for call in (lambda text: account.iam.create_policy(PolicyName="p", PolicyDocument=text),
                 lambda text: account.iam.put_user_policy(UserName="admin", PolicyName="p", PolicyDocument=text)):
        with refused("MalformedPolicyDocument", 400) as said:
            call(document(statement))
        assert why is None or said.message == why
    assert account.iam.list_policies(Scope="Local")["Policies"] == []


@pytest.mark.parametrize("text, why", [
    ({"Version": "2012-10-18", "Statement": ONE}, "Syntax errors in policy."),
    ({"Version": "2012-10-17", "Statement": [{**ONE, "Sid": "a"}, {**ONE, "Sid": "a"}]},
     "Statement IDs (SID) in a single policy must be unique."),
    ({"Version": "2012-10-17"}, "Syntax errors in policy."),
    ([], "Syntax errors in policy."),
])
def test_why_a_whole_document_is_refused(account, text, why):
    with refused("MalformedPolicyDocument", 400) as said:
        account.iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(text))
    assert said.message == why


def test_the_default_version_is_what_counts(account):
    arn = account.policy("p", allow("iam:ListUsers"))
    bob = account.user("bob")
    account.iam.attach_user_policy(UserName="bob", PolicyArn=arn)
    bob.iam.list_users()
    account.iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow("iam:ListRoles")))
    bob.iam.list_users()
    account.iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    bob.iam.list_roles()
    with denied():
        bob.iam.list_users()
    account.iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow("iam:ListGroups")), SetAsDefault=True)
    bob.iam.list_groups()
    with denied():
        bob.iam.list_roles()
    account.iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    bob.iam.list_users()


def test_versions_are_refused_by_name(account):
    arn = account.policy("p", allow("s3:*"))
    for call in (account.iam.get_policy_version, account.iam.delete_policy_version, account.iam.set_default_policy_version):
        for version in ("v2", "v99999999999999999999", "v1.x"):
            with refused("NoSuchEntity", 404) as said:
                call(PolicyArn=arn, VersionId=version)
            assert said.message == f"Policy {arn} version {version} does not exist or is not attachable."
        with refused("ValidationError", 400, "versionId"):
            call(PolicyArn=arn, VersionId="1")


def test_who_holds_a_policy_page_by_page(account):
    iam = account.iam
    arn = account.policy("p", allow("s3:*"))
    for i in range(3):
        iam.create_user(UserName=f"u{i}", Path="/x/" if i else "/")
        iam.attach_user_policy(UserName=f"u{i}", PolicyArn=arn)
        iam.create_group(GroupName=f"g{i}")
        iam.attach_group_policy(GroupName=f"g{i}", PolicyArn=arn)
        account.role(f"r{i}", trust({"AWS": account.number}), PermissionsBoundary=arn)
    iam.put_user_permissions_boundary(UserName="u0", PermissionsBoundary=arn)

    def names(size=None, **more):
        found = []
        for page in iam.get_paginator("list_entities_for_policy").paginate(
                PolicyArn=arn, PaginationConfig={"PageSize": size} if size else {}, **more):
            for kind in ("Group", "User", "Role"):
                found += [one[f"{kind}Name"] for one in page[f"Policy{kind}s"]]
        return sorted(found)
    everyone = [f"{kind}{i}" for kind in "gru" for i in range(3)]
    for size in (None, 1, 2, 4, 9):
        assert names(size) == everyone
    assert names(EntityFilter="User") == ["u0", "u1", "u2"]
    assert names(2, PolicyUsageFilter="PermissionsBoundary") == ["r0", "r1", "r2", "u0"]
    assert names(2, PolicyUsageFilter="PermissionsPolicy") == ["g0", "g1", "g2", "u0", "u1", "u2"]
    assert names(PathPrefix="/x/") == ["u1", "u2"]
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (policy["AttachmentCount"], policy["PermissionsBoundaryUsageCount"]) == (6, 4)
    assert [p["PolicyName"] for p in iam.list_policies(OnlyAttached=True, Scope="Local")["Policies"]] == ["p"]


def test_listings_by_owner_and_use(account):
    iam = account.iam
    used, bound = account.policy("used", allow("s3:*")), account.policy("bound", allow("s3:*"))
    account.policy("idle", allow("s3:*"))
    iam.attach_user_policy(UserName="admin", PolicyArn=used)
    iam.create_user(UserName="bob", PermissionsBoundary=bound)

    def names(**how):
        return [p["PolicyName"] for page in iam.get_paginator("list_policies").paginate(**how) for p in page["Policies"]]
    assert names(Scope="Local") == ["bound", "idle", "used"]
    assert names(Scope="Local", OnlyAttached=True) == ["used"]
    assert names(Scope="Local", PolicyUsageFilter="PermissionsBoundary") == ["bound"]
    assert names(Scope="Local", PolicyUsageFilter="PermissionsPolicy") == ["used"]
    assert "AdministratorAccess" in names(Scope="AWS") and "used" not in names(Scope="AWS")
    assert {"AdministratorAccess", "idle"} <= set(names())
    assert names(PaginationConfig={"PageSize": 2}) == names()


def test_policies_of_aws_are_read_only(account):
    iam = account.iam
    got = iam.get_policy(PolicyArn=AWS_ADMIN)["Policy"]
    text = iam.get_policy_version(PolicyArn=AWS_ADMIN, VersionId=got["DefaultVersionId"])["PolicyVersion"]["Document"]
    assert text["Statement"][0]["Action"] == "*"
    for call in (lambda: iam.create_policy_version(PolicyArn=AWS_ADMIN, PolicyDocument=document(allow("*"))),
                 lambda: iam.delete_policy(PolicyArn=AWS_ADMIN),
                 lambda: iam.tag_policy(PolicyArn=AWS_ADMIN, Tags=[{"Key": "k", "Value": "v"}]),
                 lambda: iam.set_default_policy_version(PolicyArn=AWS_ADMIN, VersionId="v1"),
                 lambda: iam.delete_policy_version(PolicyArn=AWS_ADMIN, VersionId="v1")):
        with denied():
            call()


def test_the_quota_of_policies(server, account):
    server.admin("account", "quota", account.number, "PoliciesPerAccount", "1")
    arn = account.policy("a", allow("s3:*"))
    with refused("LimitExceeded", 409) as said:
        account.policy("b", allow("s3:*"))
    assert said.message == "Cannot exceed quota for PoliciesPerAccount: 1"
    account.iam.delete_policy(PolicyArn=arn)
    account.policy("b", allow("s3:*"))


@pytest.mark.parametrize("version", ['"Version":"2008-10-17",', ""], ids=["2008", "none"])
def test_a_managed_policy_is_of_2012_an_inline_one_need_not_be(account, version):
    text = '{%s"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}' % version
    arn = account.iam.create_policy(PolicyName="p", PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    for call in (lambda: account.iam.create_policy(PolicyName="q", PolicyDocument=text),
                 lambda: account.iam.create_policy_version(PolicyArn=arn, PolicyDocument=text)):
        with refused("MalformedPolicyDocument", 400) as said:
            call()
        assert said.message == "Policy document must be version 2012-10-17 or greater."
    account.iam.create_user(UserName="bob")
    account.iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=text)


@pytest.mark.parametrize("text, detail", [
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resources":"*"}]}', "Resources"),
    ('{"Version":"2012-10-17","Statment":[]}', "Statment"),
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":'
     '{"StringEqual":{"a:b":"c"}}}]}', "StringEqual"),
])
def test_what_awss_words_do_not_name_is_in_a_header_and_in_the_trail(account, text, detail):
    """An unknown element is refused by its name."""
    with refused("MalformedPolicyDocument", 400) as said:
        account.iam.create_policy(PolicyName="p", PolicyDocument=text)
    assert detail in said.headers["x-mantle-detail"] and "line 1, column" in said.headers["x-mantle-detail"]
    record = account.server.trail(said.request_id)
    assert detail in record["mantle"]["detail"]
