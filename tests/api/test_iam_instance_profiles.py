"""Instance profiles: what they hold, who may put it there, listings."""
import pytest

from conftest import allow, denied, refused, trust

EC2 = trust({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole"])


def test_members_present_and_absent(account):
    made = account.iam.create_instance_profile(InstanceProfileName="p")["InstanceProfile"]
    assert sorted(made) == ["Arn", "CreateDate", "InstanceProfileId", "InstanceProfileName", "Path", "Roles"]
    account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2, Tags=[{"Key": "k", "Value": "v"}])
    account.iam.add_role_to_instance_profile(InstanceProfileName="P", RoleName="R")
    role = account.iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"]["Roles"][0]
    assert sorted(role) == ["Arn", "AssumeRolePolicyDocument", "CreateDate", "Path", "RoleId", "RoleName"]


def test_putting_a_role_in_takes_the_right_to_pass_it(account):
    account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    account.iam.create_instance_profile(InstanceProfileName="p")
    bob = account.user("bob", allow("iam:AddRoleToInstanceProfile"))
    with denied("iam:PassRole"):
        bob.iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    carol = account.user("carol", allow("iam:AddRoleToInstanceProfile"), allow(
        "iam:PassRole", account.arn("role/r"), Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}))
    carol.iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")


@pytest.mark.parametrize("call", ["add_role_to_instance_profile", "remove_role_from_instance_profile"])
def test_what_is_not_there(account, call):
    account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    account.iam.create_instance_profile(InstanceProfileName="p")
    with refused("NoSuchEntity", 404, "Instance Profile none cannot be found."):
        getattr(account.iam, call)(InstanceProfileName="none", RoleName="r")
    with refused("NoSuchEntity", 404, "The role with name none cannot be found."):
        getattr(account.iam, call)(InstanceProfileName="p", RoleName="none")


def test_removing_a_role_that_is_not_in_it(account):
    account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    account.iam.create_instance_profile(InstanceProfileName="p")
    with refused("NoSuchEntity", 404):
        account.iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="r")


def test_listings(account):
    iam = account.iam
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    for name in ("b", "A", "c"):
        iam.create_instance_profile(InstanceProfileName=name, Path=f"/{name.lower()}/", Tags=[{"Key": "k", "Value": "v"}])
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="r")
    for operation, more in (("list_instance_profiles", {}), ("list_instance_profiles_for_role", {"RoleName": "R"})):
        pages = list(iam.get_paginator(operation).paginate(**more, PaginationConfig={"PageSize": 2}))
        profiles = [p for page in pages for p in page["InstanceProfiles"]]
        assert [p["InstanceProfileName"] for p in profiles] == ["A", "b", "c"]
        assert [len(page["InstanceProfiles"]) for page in pages] == [2, 1]
        assert all("Tags" not in p and p["Roles"][0]["RoleName"] == "r" for p in profiles)
    assert [p["InstanceProfileName"] for p in iam.list_instance_profiles(PathPrefix="/b")["InstanceProfiles"]] == ["b"]
    with refused("NoSuchEntity", 404, "The role with name none cannot be found."):
        iam.list_instance_profiles_for_role(RoleName="none")


def test_the_quota_of_instance_profiles(server, account):
    server.admin("account", "quota", account.number, "InstanceProfilesPerAccount", "1")
    account.iam.create_instance_profile(InstanceProfileName="a")
    with refused("LimitExceeded", 409) as said:
        account.iam.create_instance_profile(InstanceProfileName="b")
    assert said.message == "Cannot exceed quota for InstanceProfilesPerAccount: 1"
    account.iam.delete_instance_profile(InstanceProfileName="a")
    account.iam.create_instance_profile(InstanceProfileName="b")


def test_a_deleted_profile_is_another_one_when_made_again(account):
    account.iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    first = account.iam.create_instance_profile(InstanceProfileName="p", Tags=[{"Key": "k", "Value": "v"}])
    account.iam.delete_instance_profile(InstanceProfileName="p")
    again = account.iam.create_instance_profile(InstanceProfileName="p")["InstanceProfile"]
    assert again["InstanceProfileId"] != first["InstanceProfile"]["InstanceProfileId"]
    assert account.iam.list_instance_profile_tags(InstanceProfileName="p")["Tags"] == []
