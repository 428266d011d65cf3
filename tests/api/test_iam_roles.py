"""Roles: trust policies, settings, deleting, quotas. Listings and tags are in test_every_client_iam.py."""
import json
import re

import pytest

import raw
from conftest import allow, denied, document, refused, trust

ASSUME = ["sts:AssumeRole"]


def wire(account, action, **parameters):
    answer = raw.call(account, action, raw.IAM, parameters=parameters)
    assert answer.status == 200, answer.body
    return answer.body


def test_a_trust_policy_comes_back_byte_for_byte(account):
    text = '{ "Version":"2012-10-17",\n\t"Statement" : [{"Sid":"A1","Effect":"Allow","Principal":' \
           '{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
    account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=text)
    for action, more in (("GetRole", {"RoleName": "R"}), ("ListRoles", {})):
        body = wire(account, action, **more)
        assert f"<AssumeRolePolicyDocument>{raw.quote(text)}</AssumeRolePolicyDocument>" in body


def test_members_present_and_absent(account):
    made = account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": account.number}))["Role"]
    assert sorted(made) == ["Arn", "AssumeRolePolicyDocument", "CreateDate", "Path", "RoleId", "RoleName"]
    got = account.iam.get_role(RoleName="r")["Role"]
    assert sorted(got) == sorted([*made, "MaxSessionDuration", "RoleLastUsed"])
    assert got["MaxSessionDuration"] == 3600
    listed = account.iam.list_roles()["Roles"][0]
    assert sorted(listed) == sorted([*made, "MaxSessionDuration"])
    body = wire(account, "ListRoles")
    assert "<IsTruncated>false</IsTruncated>" in body and "<Marker" not in body


@pytest.mark.parametrize("principal, bad", [
    ({"AWS": "arn:aws:iam::{n}:user/nobody"}, "arn:aws:iam::{n}:user/nobody"),
    ({"AWS": "arn:aws:iam::{n}:role/none"}, "arn:aws:iam::{n}:role/none"),
    ({"AWS": ["{n}", "arn:aws:iam::{n}:user/x/admin"]}, "arn:aws:iam::{n}:user/x/admin"),
    ({"AWS": "AIDAAAAAAAAAAAAAAAAAA"}, "AIDAAAAAAAAAAAAAAAAAA"),
])
def test_principals_must_resolve(account, principal, bad):
    text = trust(json.loads(json.dumps(principal).replace("{n}", account.number)), ASSUME)
    with refused("MalformedPolicyDocument", 400) as said:
        account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=text)
    assert said.message == f'Invalid principal in policy: "AWS":"{bad.replace("{n}", account.number)}"'


@pytest.mark.parametrize("text, why", [
    ("not json", "This policy contains invalid Json"),
    (document({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}),
     "Has prohibited field Resource"),
    (document({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "NotResource": "*"}),
     "AssumeRole policy must not contain resources."),
    (document(), "Could not parse the policy: Statement is empty!"),
    (document({"Principal": "*", "Action": "sts:AssumeRole"}), "Missing required field Effect"),
    (document({"Effect": "Maybe", "Principal": "*", "Action": "sts:AssumeRole"}), "Invalid effect: Maybe"),
    (document({"Effect": "Allow", "Action": "sts:AssumeRole"}), "Missing required field Principal"),
    (document({"Effect": "Allow", "Principal": {}, "Action": "sts:AssumeRole"}),
     "Missing required field Principal cannot be empty!"),
    (document({"Effect": "Allow", "NotPrincipal": {"AWS": "*"}, "Action": "sts:AssumeRole"}),
     "Allow with NotPrincipal is not allowed."),
    (document({"Effect": "Allow", "Principal": "*"}), "Missing required field Action"),
    (document(*[{"Sid": "a", "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}] * 2),
     "The Statement Ids in the policy are not unique"),
])
def test_documents_that_are_no_trust_policy(account, text, why):
    with refused("MalformedPolicyDocument", 400) as said:
        account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=text)
    assert said.message == why
    account.role("there", trust({"AWS": account.number}))
    with refused("MalformedPolicyDocument", 400) as said:
        account.iam.update_assume_role_policy(RoleName="there", PolicyDocument=text)
    assert said.message == why


def of_size(account, size):
    text = trust({"AWS": account.number}, ASSUME, Condition={"StringEquals": {"sts:ExternalId": ""}})
    bare = len(re.sub(r"\s", "", text))
    return text.replace('"sts:ExternalId": ""', f'"sts:ExternalId": "{"x" * (size - bare)}"').replace(", ", ",\n      ")


def test_the_length_of_a_trust_policy(server, account):
    account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=of_size(account, 2048))
    for call in (lambda size: account.iam.update_assume_role_policy(RoleName="r", PolicyDocument=of_size(account, size)),
                 lambda size: account.iam.create_role(RoleName="s", AssumeRolePolicyDocument=of_size(account, size))):
        with refused("LimitExceeded", 409) as said:
            call(2049)
        assert said.message == "Cannot exceed quota for ACLSizePerRole: 2048"
    server.admin("account", "quota", account.number, "ACLSizePerRole", "4096")
    account.iam.update_assume_role_policy(RoleName="r", PolicyDocument=of_size(account, 4096))
    with refused("LimitExceeded", 409, "Cannot exceed quota for ACLSizePerRole: 4096"):
        account.iam.update_assume_role_policy(RoleName="r", PolicyDocument=of_size(account, 4097))


def test_a_deleted_principal_is_shown_by_its_id(account):
    bob = account.iam.create_user(UserName="bob")["User"]
    account.role("r", trust({"AWS": [bob["Arn"], account.arn("user/admin")]}, ASSUME))

    def trusted():
        return account.iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]
    assert trusted() == [bob["Arn"], account.arn("user/admin")]
    account.iam.delete_user(UserName="bob")
    assert trusted() == [bob["UserId"], account.arn("user/admin")]
    account.iam.create_user(UserName="bob")
    assert trusted() == [bob["UserId"], account.arn("user/admin")]


def test_a_renamed_principal_keeps_its_trust(account):
    bob = account.user("bob", allow("sts:AssumeRole"))
    role = account.role("r", trust({"AWS": account.arn("user/bob")}, ASSUME))
    bob.assume(role)
    account.iam.update_user(UserName="bob", NewUserName="robert", NewPath="/x/")
    bob.assume(role)
    account.iam.create_user(UserName="bob")
    again = account.key_of("bob")
    with denied():
        again.assume(role)


@pytest.mark.parametrize("seconds", [3599, 43201])
def test_the_longest_session_has_bounds(account, seconds):
    with refused("ValidationError", 400, "maxSessionDuration"):
        account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": "*"}), MaxSessionDuration=seconds)
    account.role("r", trust({"AWS": "*"}))
    with refused("ValidationError", 400, "maxSessionDuration"):
        account.iam.update_role(RoleName="r", MaxSessionDuration=seconds)


def test_an_update_of_one_setting_leaves_the_other(account):
    account.role("r", trust({"AWS": account.number}), Description="one", MaxSessionDuration=7200)
    account.iam.update_role(RoleName="r", MaxSessionDuration=3600)
    assert account.iam.get_role(RoleName="r")["Role"]["Description"] == "one"
    account.iam.update_role(RoleName="r", Description="two")
    got = account.iam.get_role(RoleName="r")["Role"]
    assert (got["Description"], got["MaxSessionDuration"]) == ("two", 3600)
    answer = account.iam.update_role_description(RoleName="r", Description="three")["Role"]
    assert answer["Description"] == "three" and answer["RoleId"] == got["RoleId"]


def test_delete_conflicts_name_what_is_in_the_way(account):
    iam = account.iam
    account.role("r", trust({"AWS": account.number}), allow("s3:*"))
    policy = account.policy("p", allow("s3:*"))
    iam.attach_role_policy(RoleName="r", PolicyArn=policy)
    iam.create_instance_profile(InstanceProfileName="i")
    iam.add_role_to_instance_profile(InstanceProfileName="i", RoleName="r")
    steps = [("must remove roles from instance profile first",
              lambda: iam.remove_role_from_instance_profile(InstanceProfileName="i", RoleName="r")),
             ("must detach all policies first", lambda: iam.detach_role_policy(RoleName="r", PolicyArn=policy)),
             ("must delete policies first", lambda: iam.delete_role_policy(RoleName="r", PolicyName="inline"))]
    for text, take in steps:
        with refused("DeleteConflict", 409) as said:
            iam.delete_role(RoleName="r")
        assert said.message == f"Cannot delete entity, {text}."
        take()
    iam.delete_role(RoleName="r")
    iam.delete_policy(PolicyArn=policy)


def test_a_bounded_role_can_be_deleted_and_frees_its_boundary(account):
    limit = account.policy("limit", allow("*"))
    made = account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": account.number}),
                                   PermissionsBoundary=limit)["Role"]
    assert made["PermissionsBoundary"] == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": limit}
    with refused("DeleteConflict", 409):
        account.iam.delete_policy(PolicyArn=limit)
    account.iam.delete_role(RoleName="r")
    account.iam.delete_policy(PolicyArn=limit)


def test_the_quota_of_roles(server, account):
    server.admin("account", "quota", account.number, "RolesPerAccount", "2")
    for name in ("a", "b"):
        account.role(name, trust({"AWS": account.number}))
    with refused("LimitExceeded", 409) as said:
        account.role("c", trust({"AWS": account.number}))
    assert said.message == "Cannot exceed quota for RolesPerAccount: 2"
    account.iam.delete_role(RoleName="a")
    account.role("c", trust({"AWS": account.number}))


def test_names_and_paths(account):
    iam = account.iam
    with refused("ValidationError", 400) as said:
        account.role("r" * 65, trust({"AWS": account.number}))
    assert said.message == (f"1 validation error detected: Value '{'r' * 65}' at 'roleName' failed to satisfy "
                            "constraint: Member must have length less than or equal to 64")
    account.role("r" * 64, trust({"AWS": account.number}), Path="/" + "p" * 510 + "/")
    account.role("a.b+c=d,e@f-g_h", trust({"AWS": account.number}), Path="/team/one/")
    account.role("Plain", trust({"AWS": account.number}), Path="/team/")
    assert [r["RoleName"] for r in iam.list_roles(PathPrefix="/team/")["Roles"]] == ["a.b+c=d,e@f-g_h", "Plain"]
    assert [r["RoleName"] for r in iam.list_roles(PathPrefix="/team/one")["Roles"]] == ["a.b+c=d,e@f-g_h"]
    with refused("EntityAlreadyExists", 409, "Role with name PLAIN already exists."):
        account.role("PLAIN", trust({"AWS": account.number}), Path="/other/")
    pages = list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 1}))
    assert [len(page["Roles"]) for page in pages] == [1, 1, 1]


def test_ids_carry_the_account(account):
    """The number stands in the first 48 bits behind the prefix."""
    made = account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": account.number}))["Role"]
    ids = [made["RoleId"], account.iam.get_user()["User"]["UserId"], account.key,
           account.iam.create_group(GroupName="g")["Group"]["GroupId"],
           account.iam.create_instance_profile(InstanceProfileName="i")["InstanceProfile"]["InstanceProfileId"],
           account.iam.get_policy(PolicyArn=account.policy("p", allow("s3:*")))["Policy"]["PolicyId"],
           account.assume(made["Arn"]).key]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    for one in ids:
        bits = 0
        for letter in one[4:14]:
            bits = bits << 5 | alphabet.index(letter)
        bits >>= 2
        assert bits >> 47 == 1 and f"{bits >> 7 & (1 << 40) - 1:012}" == account.number, one
    assert [one[:4] for one in ids] == ["AROA", "AIDA", "AKIA", "AGPA", "AIPA", "ANPA", "ASIA"]
    assert {len(one) for one in ids if one[:4] not in ("AKIA", "ASIA")} == {21} and len(ids[2]) == len(ids[-1]) == 20


def test_roles_of_services_cannot_be_made_by_hand(account):
    with refused("UnmodifiableEntity", 400):
        account.role("r", trust({"Service": "x.amazonaws.com"}, ASSUME), Path="/aws-service-role/x.amazonaws.com/")
    assert account.iam.list_roles()["Roles"] == []
