"""The calls an infrastructure tool makes for a role, a policy, an instance profile and a user: create,
wait, read back, refresh without a difference, change, and destroy in the order of dependence. Written
after the AWS provider of Terraform and OpenTofu, which compares what it reads with what it wrote."""
import json

from conftest import allow, document, refused, trust

EC2 = trust({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole"])
TAGS = [{"Key": "env", "Value": "test"}, {"Key": "owner", "Value": "team"}]


def state_of_role(iam, name):
    role = iam.get_role(RoleName=name)["Role"]
    inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
    return {
        "arn": role["Arn"], "path": role["Path"], "unique_id": role["RoleId"],
        "assume_role_policy": role["AssumeRolePolicyDocument"], "description": role.get("Description", ""),
        "max_session_duration": role["MaxSessionDuration"],
        "permissions_boundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "tags": {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])},
        "inline_policy": {one: iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in inline},
        "managed_policy_arns": [one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName=name)[
            "AttachedPolicies"]],
    }


def destroy_role(iam, name):
    for profile in iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"]:
        iam.remove_role_from_instance_profile(InstanceProfileName=profile["InstanceProfileName"], RoleName=name)
    for one in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=one["PolicyArn"])
    for one in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=one)
    iam.delete_role(RoleName=name)


def test_a_role_with_all_its_arguments(account):
    iam = account.iam
    limit = account.policy("limit", allow("*"))
    iam.create_role(RoleName="app", Path="/svc/", AssumeRolePolicyDocument=EC2, Description="Sends orders",
                    MaxSessionDuration=7200, PermissionsBoundary=limit, Tags=TAGS)
    iam.get_waiter("role_exists").wait(RoleName="app", WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    iam.put_role_policy(RoleName="app", PolicyName="inline", PolicyDocument=document(allow("s3:Get*")))
    iam.attach_role_policy(RoleName="app", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    first = state_of_role(iam, "app")
    assert first == state_of_role(iam, "app")
    assert first == {**first, "path": "/svc/", "description": "Sends orders", "max_session_duration": 7200,
                     "permissions_boundary": limit, "tags": {"env": "test", "owner": "team"},
                     "assume_role_policy": json.loads(EC2), "inline_policy": {"inline": json.loads(
                         document(allow("s3:Get*")))},
                     "managed_policy_arns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}
    iam.update_role_description(RoleName="app", Description="")
    iam.update_role(RoleName="app", MaxSessionDuration=3600)
    iam.update_assume_role_policy(RoleName="app", PolicyDocument=trust({"AWS": account.number}))
    iam.delete_role_permissions_boundary(RoleName="app")
    iam.untag_role(RoleName="app", TagKeys=["env"])
    iam.tag_role(RoleName="app", Tags=[{"Key": "owner", "Value": "other"}])
    second = state_of_role(iam, "app")
    assert second == {**first, "description": "", "max_session_duration": 3600, "permissions_boundary": None,
                      "tags": {"owner": "other"}, "assume_role_policy": second["assume_role_policy"]}
    # An account number is read back as the ARN of its root: AWS does so too.
    assert second["assume_role_policy"]["Statement"][0]["Principal"] in (
        {"AWS": account.number}, {"AWS": account.arn("root")})
    destroy_role(iam, "app")
    with refused("NoSuchEntity", 404):
        iam.get_role(RoleName="app")


def test_a_policy_is_changed_by_versions_and_the_oldest_goes(account):
    iam = account.iam
    arn = iam.create_policy(PolicyName="p", Path="/tf/", PolicyDocument=document(allow("s3:Get1")), Tags=TAGS,
                            Description="made by a tool")["Policy"]["Arn"]
    for number in range(2, 9):
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        if len(versions) >= 5:
            oldest = min((v for v in versions if not v["IsDefaultVersion"]),
                         key=lambda v: (v["CreateDate"], int(v["VersionId"][1:])))
            iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow(f"s3:Get{number}")), SetAsDefault=True)
        policy = iam.get_policy(PolicyArn=arn)["Policy"]
        assert policy["DefaultVersionId"] == f"v{number}"
        version = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
        assert version["Document"] == json.loads(document(allow(f"s3:Get{number}")))
    assert {v["VersionId"] for v in iam.list_policy_versions(PolicyArn=arn)["Versions"]} == {
        "v4", "v5", "v6", "v7", "v8"}
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity", 404):
        iam.get_policy(PolicyArn=arn)


def test_an_instance_profile_is_moved_to_another_role(account):
    iam = account.iam
    for name in ("one", "two"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=EC2)
    iam.create_instance_profile(InstanceProfileName="web", Tags=TAGS)
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName="web",
                                                   WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="one")
    assert iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]["Roles"][0]["RoleName"] == "one"
    iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="one")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="two")
    destroy_role(iam, "one")
    assert iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]["Roles"][0]["RoleName"] == "two"
    destroy_role(iam, "two")
    iam.delete_instance_profile(InstanceProfileName="web")


def test_a_user_with_everything_around_it(account):
    iam = account.iam
    iam.create_user(UserName="ci", Path="/robots/", Tags=TAGS)
    iam.create_group(GroupName="robots")
    iam.add_user_to_group(GroupName="robots", UserName="ci")
    key = iam.create_access_key(UserName="ci")["AccessKey"]["AccessKeyId"]
    iam.put_user_policy(UserName="ci", PolicyName="p", PolicyDocument=document(allow("s3:Get*")))
    shared = account.policy("shared", allow("s3:*"))
    iam.attach_user_policy(UserName="ci", PolicyArn=shared)
    iam.attach_group_policy(GroupName="robots", PolicyArn=shared)
    held = iam.list_entities_for_policy(PolicyArn=shared)
    assert ([u["UserName"] for u in held["PolicyUsers"]], [g["GroupName"] for g in held["PolicyGroups"]],
            held["PolicyRoles"]) == (["ci"], ["robots"], [])
    iam.update_user(UserName="ci", NewUserName="cd", NewPath="/")
    assert iam.get_user(UserName="cd")["User"]["Tags"] == TAGS
    for group in iam.list_groups_for_user(UserName="cd")["Groups"]:
        iam.remove_user_from_group(GroupName=group["GroupName"], UserName="cd")
    assert [k["AccessKeyId"] for k in iam.list_access_keys(UserName="cd")["AccessKeyMetadata"]] == [key]
    iam.delete_access_key(UserName="cd", AccessKeyId=key)
    iam.detach_user_policy(UserName="cd", PolicyArn=shared)
    iam.delete_user_policy(UserName="cd", PolicyName="p")
    iam.delete_user(UserName="cd")
    iam.detach_group_policy(GroupName="robots", PolicyArn=shared)
    iam.delete_group(GroupName="robots")
    iam.delete_policy(PolicyArn=shared)
    assert account.sts.get_caller_identity()["Account"] == account.number
