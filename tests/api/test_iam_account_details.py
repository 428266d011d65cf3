"""GetAccountAuthorizationDetails: what a migration or an audit reads of an account."""
import json
import urllib.parse

import pytest

from conftest import allow, denied, document, refused, trust

KINDS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


def everything(account, **arguments):
    """All pages together."""
    whole = {kind: [] for kind in KINDS}
    for page in account.iam.get_paginator("get_account_authorization_details").paginate(**arguments):
        for kind in KINDS:
            whole[kind] += page[kind]
    return whole


def by(items, key, value):
    return next(item for item in items if item[key] == value)


@pytest.fixture
def filled(account):
    iam = account.iam
    iam.create_policy(PolicyName="limits", PolicyDocument=document(allow("s3:*")))
    limits = f"arn:aws:iam::{account.number}:policy/limits"
    iam.create_policy_version(PolicyArn=limits, PolicyDocument=document(allow("sqs:*")), SetAsDefault=True)
    iam.create_group(GroupName="devs", Path="/team/")
    iam.put_group_policy(GroupName="devs", PolicyName="g", PolicyDocument=document(allow("sns:*")))
    iam.attach_group_policy(GroupName="devs", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    iam.create_user(UserName="bob", Tags=[{"Key": "team", "Value": "blue"}], PermissionsBoundary=limits)
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument='{"Version": "2012-10-17",\n "Statement": []}'
                        .replace("[]", '[{"Effect":"Allow","Action":"a:B","Resource":"*"}]'))
    iam.add_user_to_group(GroupName="devs", UserName="bob")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    iam.put_role_policy(RoleName="app", PolicyName="r", PolicyDocument=document(allow("sqs:SendMessage")))
    iam.attach_role_policy(RoleName="app", PolicyArn=limits)
    iam.create_instance_profile(InstanceProfileName="app-machines")
    iam.add_role_to_instance_profile(InstanceProfileName="app-machines", RoleName="app")
    account.limits = limits
    return account


def test_a_user_with_all_that_gives_him_permissions(filled):
    bob = by(everything(filled)["UserDetailList"], "UserName", "bob")
    assert bob["Arn"] == f"arn:aws:iam::{filled.number}:user/bob"
    assert bob["GroupList"] == ["devs"]
    assert bob["AttachedManagedPolicies"] == []
    assert bob["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert bob["PermissionsBoundary"]["PermissionsBoundaryArn"] == filled.limits
    assert bob["UserPolicyList"][0]["PolicyName"] == "own"
    assert bob["UserPolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] == "a:B"


def test_a_user_without_policies_has_no_policy_list(filled):
    filled.iam.create_user(UserName="carol")
    carol = by(everything(filled)["UserDetailList"], "UserName", "carol")
    assert "UserPolicyList" not in carol and "PermissionsBoundary" not in carol
    assert carol["GroupList"] == [] and carol["Tags"] == []


def test_a_group(filled):
    devs = by(everything(filled)["GroupDetailList"], "GroupName", "devs")
    assert devs["Path"] == "/team/"
    assert devs["GroupPolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] == "sns:*"
    assert devs["AttachedManagedPolicies"] == [
        {"PolicyName": "IAMReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}]


def test_a_role_with_its_trust_and_instance_profiles(filled):
    app = by(everything(filled)["RoleDetailList"], "RoleName", "app")
    assert app["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com"}
    assert app["RolePolicyList"][0]["PolicyName"] == "r"
    assert [p["PolicyArn"] for p in app["AttachedManagedPolicies"]] == [filled.limits]
    profile = app["InstanceProfileList"][0]
    assert profile["InstanceProfileName"] == "app-machines"
    assert profile["Roles"][0]["RoleName"] == "app"
    assert app["RoleLastUsed"] == {} and app["Tags"] == []


def test_policies_come_with_all_versions_and_of_awss_only_those_in_use(filled):
    policies = everything(filled)["Policies"]
    limits = by(policies, "Arn", filled.limits)
    assert [(v["VersionId"], v["IsDefaultVersion"]) for v in limits["PolicyVersionList"]] == [
        ("v2", True), ("v1", False)]
    assert limits["PolicyVersionList"][0]["Document"]["Statement"][0]["Action"] == "sqs:*"
    assert limits["AttachmentCount"] == 1 and limits["PermissionsBoundaryUsageCount"] == 1
    aws = [p["PolicyName"] for p in policies if p["Arn"].startswith("arn:aws:iam::aws:")]
    assert "IAMReadOnlyAccess" in aws and "AdministratorAccess" not in aws


@pytest.mark.parametrize("wanted, filter_", zip(KINDS, ("User", "Group", "Role", "LocalManagedPolicy")))
def test_a_filter_shows_one_kind(filled, wanted, filter_):
    whole = everything(filled, Filter=[filter_])
    assert whole[wanted]
    assert all(not whole[kind] for kind in KINDS if kind != wanted)


def test_local_and_awss_policies_are_told_apart(filled):
    assert all(filled.number in p["Arn"] for p in everything(filled, Filter=["LocalManagedPolicy"])["Policies"])
    assert all(":aws:policy/" in p["Arn"] for p in everything(filled, Filter=["AWSManagedPolicy"])["Policies"])


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_add_up_to_the_whole(filled, size):
    assert everything(filled, PaginationConfig={"PageSize": size}) == everything(filled)


def test_a_page_ends_when_it_holds_enough_text(account):
    """Forty roles with ten kilobytes each and much white space do not come in one answer."""
    blanks = " " * 100_000
    for i in range(12):
        account.iam.create_role(RoleName=f"role-{i}", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
        account.iam.put_role_policy(RoleName=f"role-{i}", PolicyName="p",
                                    PolicyDocument=document(allow("sqs:*")) + blanks)
    first = account.iam.get_account_authorization_details(Filter=["Role"])
    assert first["IsTruncated"] and 9 < len(first["RoleDetailList"]) < 12
    names = [r["RoleName"] for r in everything(account, Filter=["Role"])["RoleDetailList"]]
    assert sorted(names) == sorted(f"role-{i}" for i in range(12))


def test_documents_survive_one_decode(filled):
    """%3A inside a document is text of its own."""
    text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a%3Ab"}]}'
    filled.iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=text)
    bob = by(everything(filled)["UserDetailList"], "UserName", "bob")
    assert bob["UserPolicyList"][0]["PolicyDocument"] == json.loads(text)
    assert "%253A" in urllib.parse.quote(text)


def test_it_takes_permission(account):
    nobody = account.user("nobody")
    with denied("no identity-based policy allows the iam:GetAccountAuthorizationDetails action"):
        nobody.iam.get_account_authorization_details()


def test_a_foreign_marker_is_refused(account):
    with refused("ValidationError", 400, "Invalid Marker."):
        account.iam.get_account_authorization_details(Marker="abc")
