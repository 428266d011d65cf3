"""Every IAM operation through each client, plain and over TLS: what it does as another operation
sees it, and how it refuses. test_every_client_coverage.py fails when an operation is missing here.

The same nouns have files of their own (test_iam_*.py) for what one client is enough to show.
"""
import base64
import json
import re
import time

import pki
import ssh
import test_organization_reports
from clients import document_of, failing
from conftest import allow, document, trust
from totp import Device
from saml_idp import Idp

LISTS, SENDS = document(allow("iam:ListUsers")), document(allow("sqs:SendMessage"))
ODD = '{ "Version" : "2012-10-17",\n\t"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/%3A+ é"}]}'
TAGS = [{"Key": "team", "Value": "blue"}, {"Key": "Cost", "Value": ""}]


def no_such(kind, name):
    return failing("NoSuchEntity", 404, f"The {kind} with name {name} cannot be found.")


def keys(answer):
    return [tag["Key"] for tag in answer["Tags"]]


def test_users(client):
    made = client.iam("CreateUser", UserName="Bob", Path="/a/b/", Tags=TAGS)["User"]
    assert made["Arn"] == client.caller.arn("user/a/b/Bob")
    assert re.fullmatch(r"AIDA[A-Z2-7]{17}", made["UserId"])
    assert made["Tags"] == TAGS
    made["Tags"] = sorted(TAGS, key=lambda tag: tag["Key"].lower())
    assert client.iam("GetUser", UserName="bob")["User"] == made
    with failing("EntityAlreadyExists", 409, "User with name BOB already exists."):
        client.iam("CreateUser", UserName="BOB")
    client.iam("UpdateUser", UserName="Bob", NewUserName="Robert", NewPath="/")
    with no_such("user", "Bob"):
        client.iam("GetUser", UserName="Bob")
    renamed = client.iam("GetUser", UserName="Robert")["User"]
    assert (renamed["UserId"], renamed["Arn"]) == (made["UserId"], client.caller.arn("user/Robert"))
    listed = client.iam("ListUsers")
    assert [user["UserName"] for user in listed["Users"]] == ["admin", "Robert"]
    assert not listed["IsTruncated"] and "Marker" not in listed
    assert "Tags" not in listed["Users"][1]
    client.iam("DeleteUser", UserName="Robert")
    with no_such("user", "Robert"):
        client.iam("DeleteUser", UserName="Robert")
    assert len(client.iam("ListUsers")["Users"]) == 1


def test_groups_and_membership(client):
    made = client.iam("CreateGroup", GroupName="Dev", Path="/x/")["Group"]
    assert re.fullmatch(r"AGPA[A-Z2-7]{17}", made["GroupId"])
    client.iam("CreateUser", UserName="bob")
    assert client.iam("GetGroup", GroupName="dev")["Users"] == []
    client.iam("AddUserToGroup", GroupName="Dev", UserName="bob")
    got = client.iam("GetGroup", GroupName="dev")
    assert (got["Group"], [user["UserName"] for user in got["Users"]]) == (made, ["bob"])
    client.iam("UpdateGroup", GroupName="Dev", NewGroupName="Ops")
    assert client.iam("ListGroupsForUser", UserName="bob")["Groups"][0]["GroupName"] == "Ops"
    with failing("DeleteConflict", 409, "Cannot delete entity, must remove users from group first."):
        client.iam("DeleteGroup", GroupName="Ops")
    with failing("DeleteConflict", 409, "Cannot delete entity, must remove users from group first."):
        client.iam("DeleteUser", UserName="bob")
    client.iam("RemoveUserFromGroup", GroupName="ops", UserName="BOB")
    assert client.iam("ListGroupsForUser", UserName="bob")["Groups"] == []
    assert [group["GroupName"] for group in client.iam("ListGroups", PathPrefix="/x/")["Groups"]] == ["Ops"]
    client.iam("DeleteGroup", GroupName="Ops")
    assert client.iam("ListGroups")["Groups"] == []
    with no_such("group", "Ops"):
        client.iam("GetGroup", GroupName="Ops")


def test_roles(client):
    trusted = trust({"AWS": client.caller.arn("root")})
    made = client.iam("CreateRole", RoleName="App", Path="/svc/", AssumeRolePolicyDocument=trusted, Tags=TAGS,
                      Description="Sends", MaxSessionDuration=7200)["Role"]
    assert re.fullmatch(r"AROA[A-Z2-7]{17}", made["RoleId"])
    assert made["Arn"] == client.caller.arn("role/svc/App")
    assert document_of(made["AssumeRolePolicyDocument"]) == document_of(trusted)
    assert not {"MaxSessionDuration", "RoleLastUsed"} & set(made)
    client.wait("iam", "RoleExists", RoleName="App")
    got = client.iam("GetRole", RoleName="APP")["Role"]
    assert (got["MaxSessionDuration"], got["RoleLastUsed"], got["Description"]) == (7200, {}, "Sends")
    assert keys(got) == ["Cost", "team"]
    with failing("EntityAlreadyExists", 409, "Role with name app already exists."):
        client.iam("CreateRole", RoleName="app", AssumeRolePolicyDocument=trusted)
    listed = client.iam("ListRoles")["Roles"][0]
    assert listed["MaxSessionDuration"] == 7200
    assert not {"Tags", "RoleLastUsed", "PermissionsBoundary"} & set(listed)
    client.iam("UpdateRole", RoleName="App", MaxSessionDuration=3600)
    assert "Role" not in client.iam("UpdateRole", RoleName="App", Description="Receives")
    got = client.iam("GetRole", RoleName="App")["Role"]
    assert (got["MaxSessionDuration"], got["Description"]) == (3600, "Receives")
    described = client.iam("UpdateRoleDescription", RoleName="App", Description="")["Role"]
    assert "MaxSessionDuration" not in described
    assert client.iam("GetRole", RoleName="App")["Role"].get("Description", "") == ""
    service = trust({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole"])
    client.iam("UpdateAssumeRolePolicy", RoleName="App", PolicyDocument=service)
    got = client.iam("GetRole", RoleName="App")["Role"]
    assert document_of(got["AssumeRolePolicyDocument"]) == document_of(service)
    with failing("MalformedPolicyDocument", 400, "This policy contains invalid Json"):
        client.iam("UpdateAssumeRolePolicy", RoleName="App", PolicyDocument="no json")
    nobody = client.caller.arn("user/nobody")
    with failing("MalformedPolicyDocument", 400, f'Invalid principal in policy: "AWS":"{nobody}"'):
        client.iam("CreateRole", RoleName="Two", AssumeRolePolicyDocument=trust({"AWS": nobody}))
    client.iam("DeleteRole", RoleName="App")
    for operation in ("GetRole", "DeleteRole"):
        with no_such("role", "App"):
            client.iam(operation, RoleName="App")


def test_instance_profiles(client):
    client.iam("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    made = client.iam("CreateInstanceProfile", InstanceProfileName="Web", Path="/p/")["InstanceProfile"]
    assert re.fullmatch(r"AIPA[A-Z2-7]{17}", made["InstanceProfileId"])
    assert (made["Arn"], made["Roles"]) == (client.caller.arn("instance-profile/p/Web"), [])
    client.wait("iam", "InstanceProfileExists", InstanceProfileName="Web")
    with failing("EntityAlreadyExists", 409, "Instance Profile web already exists."):
        client.iam("CreateInstanceProfile", InstanceProfileName="web")
    client.iam("AddRoleToInstanceProfile", InstanceProfileName="Web", RoleName="r")
    got = client.iam("GetInstanceProfile", InstanceProfileName="web")["InstanceProfile"]
    assert [role["RoleName"] for role in got["Roles"]] == ["r"]
    with failing("LimitExceeded", 409, "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"):
        client.iam("AddRoleToInstanceProfile", InstanceProfileName="Web", RoleName="r")
    for operation, members in (("DeleteRole", {"RoleName": "r"}),
                               ("DeleteInstanceProfile", {"InstanceProfileName": "Web"})):
        with failing("DeleteConflict", 409, "Cannot delete entity, must remove roles from instance profile first."):
            client.iam(operation, **members)
    listed = client.iam("ListInstanceProfilesForRole", RoleName="r")["InstanceProfiles"]
    assert [profile["InstanceProfileName"] for profile in listed] == ["Web"]
    client.iam("RemoveRoleFromInstanceProfile", InstanceProfileName="Web", RoleName="r")
    assert client.iam("ListInstanceProfilesForRole", RoleName="r")["InstanceProfiles"] == []
    assert len(client.iam("ListInstanceProfiles", PathPrefix="/p/")["InstanceProfiles"]) == 1
    client.iam("DeleteInstanceProfile", InstanceProfileName="Web")
    assert client.iam("ListInstanceProfiles")["InstanceProfiles"] == []
    with failing("NoSuchEntity", 404, "Instance Profile Web cannot be found."):
        client.iam("GetInstanceProfile", InstanceProfileName="Web")


def test_managed_policies_and_their_versions(client):
    made = client.iam("CreatePolicy", PolicyName="Lists", Path="/a/", PolicyDocument=LISTS,
                      Description="who is there")["Policy"]
    arn = made["Arn"]
    assert arn == client.caller.arn("policy/a/Lists") and re.fullmatch(r"ANPA[A-Z2-7]{17}", made["PolicyId"])
    assert (made["DefaultVersionId"], made["AttachmentCount"], made["PermissionsBoundaryUsageCount"],
            made["IsAttachable"]) == ("v1", 0, 0, True)
    client.wait("iam", "PolicyExists", PolicyArn=arn)
    with failing("EntityAlreadyExists", 409, "A policy called lists already exists. Duplicate names are not allowed."):
        client.iam("CreatePolicy", PolicyName="lists", PolicyDocument=LISTS)
    assert client.iam("GetPolicy", PolicyArn=arn)["Policy"]["Description"] == "who is there"
    for number in range(2, 6):
        version = client.iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=SENDS,
                             SetAsDefault=number == 3)["PolicyVersion"]
        assert (version["VersionId"], version["IsDefaultVersion"]) == (f"v{number}", number == 3)
    with failing("LimitExceeded", 409, "A managed policy can have up to 5 versions. Before you create a new version, "
                                       "you must delete an existing version."):
        client.iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=SENDS)
    assert client.iam("GetPolicy", PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v3"
    client.iam("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v1")
    got = client.iam("GetPolicyVersion", PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert got["IsDefaultVersion"] and document_of(got["Document"]) == document_of(LISTS)
    with failing("DeleteConflict", 409, "Cannot delete the default version of a policy."):
        client.iam("DeletePolicyVersion", PolicyArn=arn, VersionId="v1")
    client.iam("DeletePolicyVersion", PolicyArn=arn, VersionId="v5")
    assert client.iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=SENDS)["PolicyVersion"]["VersionId"] == "v6"
    listed = client.iam("ListPolicyVersions", PolicyArn=arn)["Versions"]
    assert sorted(version["VersionId"] for version in listed) == ["v1", "v2", "v3", "v4", "v6"]
    with failing("NoSuchEntity", 404, f"Policy {arn} version v5 does not exist or is not attachable."):
        client.iam("GetPolicyVersion", PolicyArn=arn, VersionId="v5")
    with failing("DeleteConflict", 409, "This policy has more than one version. Before you delete a policy, you must "
                                        "delete the policy's versions. The default version is deleted with the policy."):
        client.iam("DeletePolicy", PolicyArn=arn)
    for number in (2, 3, 4, 6):
        client.iam("DeletePolicyVersion", PolicyArn=arn, VersionId=f"v{number}")
    assert [policy["Arn"] for policy in client.iam("ListPolicies", Scope="Local")["Policies"]] == [arn]
    client.iam("DeletePolicy", PolicyArn=arn)
    for operation in ("GetPolicy", "DeletePolicy"):
        with failing("NoSuchEntity", 404, f"Policy {arn} was not found."):
            client.iam(operation, PolicyArn=arn)
    for text, why in (("{", "Syntax errors in policy."), (document({"Effect": "Allow", "Resource": "*"}),
                                                          "Policy statement must contain actions.")):
        with failing("MalformedPolicyDocument", 400, why):
            client.iam("CreatePolicy", PolicyName="p", PolicyDocument=text)


def entities(client):
    """A user, a group and a role, all named "thing"."""
    client.iam("CreateUser", UserName="thing")
    client.iam("CreateGroup", GroupName="thing")
    client.iam("CreateRole", RoleName="thing", AssumeRolePolicyDocument=trust({"AWS": client.caller.number}))


def test_inline_policies(client):
    entities(client)
    client.iam("PutUserPolicy", UserName="thing", PolicyName="P", PolicyDocument=ODD)
    client.iam("PutGroupPolicy", GroupName="thing", PolicyName="P", PolicyDocument=ODD)
    client.iam("PutRolePolicy", RoleName="thing", PolicyName="P", PolicyDocument=ODD)
    got = [client.iam("GetUserPolicy", UserName="thing", PolicyName="p"),
           client.iam("GetGroupPolicy", GroupName="thing", PolicyName="p"),
           client.iam("GetRolePolicy", RoleName="thing", PolicyName="p")]
    assert all(document_of(answer["PolicyDocument"]) == json.loads(ODD) for answer in got)
    assert [answer["PolicyName"] for answer in got] == ["P"] * 3
    assert client.iam("ListUserPolicies", UserName="thing")["PolicyNames"] == ["P"]
    assert client.iam("ListGroupPolicies", GroupName="thing")["PolicyNames"] == ["P"]
    assert client.iam("ListRolePolicies", RoleName="thing")["PolicyNames"] == ["P"]
    for kind in ("User", "Group", "Role"):
        with failing("DeleteConflict", 409, "Cannot delete entity, must delete policies first."):
            client.iam(f"Delete{kind}", **{f"{kind}Name": "thing"})
    client.iam("DeleteUserPolicy", UserName="thing", PolicyName="P")
    client.iam("DeleteGroupPolicy", GroupName="thing", PolicyName="P")
    client.iam("DeleteRolePolicy", RoleName="thing", PolicyName="P")
    for kind in ("User", "Group", "Role"):
        with failing("NoSuchEntity", 404, f"The {kind.lower()} policy with name P cannot be found."):
            client.iam(f"Get{kind}Policy", PolicyName="P", **{f"{kind}Name": "thing"})


def test_attachments(client):
    entities(client)
    arn = client.iam("CreatePolicy", PolicyName="p", PolicyDocument=LISTS)["Policy"]["Arn"]
    attached = [{"PolicyName": "p", "PolicyArn": arn}]
    client.iam("AttachUserPolicy", UserName="thing", PolicyArn=arn)
    client.iam("AttachGroupPolicy", GroupName="thing", PolicyArn=arn)
    client.iam("AttachRolePolicy", RoleName="thing", PolicyArn=arn)
    assert client.iam("ListAttachedUserPolicies", UserName="thing")["AttachedPolicies"] == attached
    assert client.iam("ListAttachedGroupPolicies", GroupName="thing")["AttachedPolicies"] == attached
    assert client.iam("ListAttachedRolePolicies", RoleName="thing")["AttachedPolicies"] == attached
    assert client.iam("GetPolicy", PolicyArn=arn)["Policy"]["AttachmentCount"] == 3
    held = client.iam("ListEntitiesForPolicy", PolicyArn=arn)
    assert [held[f"Policy{kind}s"][0][f"{kind}Name"] for kind in ("User", "Group", "Role")] == ["thing"] * 3
    with failing("DeleteConflict", 409, "Cannot delete a policy attached to entities."):
        client.iam("DeletePolicy", PolicyArn=arn)
    none = client.caller.arn("policy/none")
    with failing("NoSuchEntity", 404, f"Policy {none} does not exist or is not attachable."):
        client.iam("AttachRolePolicy", RoleName="thing", PolicyArn=none)
    with failing("ValidationError", 400, "Invalid ARN:  Could not be parsed!"):
        client.iam("AttachUserPolicy", UserName="thing", PolicyArn="long enough but no arn")
    client.iam("DetachUserPolicy", UserName="thing", PolicyArn=arn)
    client.iam("DetachGroupPolicy", GroupName="thing", PolicyArn=arn)
    client.iam("DetachRolePolicy", RoleName="thing", PolicyArn=arn)
    with failing("NoSuchEntity", 404, f"Policy {arn} was not found."):
        client.iam("DetachRolePolicy", RoleName="thing", PolicyArn=arn)
    client.iam("DeletePolicy", PolicyArn=arn)


def test_permission_boundaries(client):
    entities(client)
    arn = client.iam("CreatePolicy", PolicyName="limit", PolicyDocument=LISTS)["Policy"]["Arn"]
    client.iam("PutUserPermissionsBoundary", UserName="thing", PermissionsBoundary=arn)
    client.iam("PutRolePermissionsBoundary", RoleName="thing", PermissionsBoundary=arn)
    shown = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    for kind in ("User", "Role"):
        got = client.iam(f"Get{kind}", **{f"{kind}Name": "thing"})[kind]
        assert got["PermissionsBoundary"] == shown
    assert client.iam("GetPolicy", PolicyArn=arn)["Policy"]["PermissionsBoundaryUsageCount"] == 2
    with failing("ValidationError", 400, "Value (arn:aws:iam::aws:user/xyz) for parameter PermissionsBoundary is "
                                         "invalid."):
        client.iam("PutRolePermissionsBoundary", RoleName="thing", PermissionsBoundary="arn:aws:iam::aws:user/xyz")
    client.iam("DeleteUserPermissionsBoundary", UserName="thing")
    client.iam("DeleteRolePermissionsBoundary", RoleName="thing")
    for kind in ("User", "Role"):
        assert "PermissionsBoundary" not in client.iam(f"Get{kind}", **{f"{kind}Name": "thing"})[kind]
    client.iam("DeletePolicy", PolicyArn=arn)


def test_tags(client):
    entities(client)
    client.iam("CreateInstanceProfile", InstanceProfileName="thing", Tags=TAGS[:1])
    arn = client.iam("CreatePolicy", PolicyName="thing", PolicyDocument=LISTS, Tags=TAGS[:1])["Policy"]["Arn"]
    client.iam("TagUser", UserName="thing", Tags=TAGS)
    client.iam("TagRole", RoleName="thing", Tags=TAGS)
    client.iam("TagPolicy", PolicyArn=arn, Tags=TAGS)
    client.iam("TagInstanceProfile", InstanceProfileName="thing", Tags=TAGS)
    for answer in (client.iam("ListUserTags", UserName="thing"), client.iam("ListRoleTags", RoleName="thing"),
                   client.iam("ListPolicyTags", PolicyArn=arn),
                   client.iam("ListInstanceProfileTags", InstanceProfileName="thing")):
        assert answer["Tags"] == sorted(TAGS, key=lambda tag: tag["Key"].lower())
        assert not answer["IsTruncated"]
    for operation, named, second, why in (
            ("TagUser", {"UserName": "thing"}, "X", " Please note that Tag keys are case insensitive."),
            ("TagRole", {"RoleName": "thing"}, "X", " Please note that Tag keys are case insensitive."),
            ("TagPolicy", {"PolicyArn": arn}, "x", ""),
            ("TagInstanceProfile", {"InstanceProfileName": "thing"}, "x", "")):
        with failing("InvalidInput", 400, "Duplicate tag keys found." + why):
            client.iam(operation, Tags=[{"Key": "x", "Value": "1"}, {"Key": second, "Value": "2"}], **named)
    client.iam("UntagUser", UserName="thing", TagKeys=["TEAM", "never"])
    client.iam("UntagRole", RoleName="thing", TagKeys=["TEAM", "never"])
    client.iam("UntagPolicy", PolicyArn=arn, TagKeys=["team", "never"])
    client.iam("UntagInstanceProfile", InstanceProfileName="thing", TagKeys=["team", "never"])
    for answer in (client.iam("GetUser", UserName="thing")["User"], client.iam("GetRole", RoleName="thing")["Role"],
                   client.iam("GetPolicy", PolicyArn=arn)["Policy"],
                   client.iam("GetInstanceProfile", InstanceProfileName="thing")["InstanceProfile"]):
        assert answer["Tags"] == [{"Key": "Cost", "Value": ""}]


def test_access_keys(client):
    client.iam("CreateUser", UserName="bob")
    made = client.iam("CreateAccessKey", UserName="bob")["AccessKey"]
    bob = client.of(client.caller.server.caller(made["AccessKeyId"], made["SecretAccessKey"]))
    mine = {"UserName": "bob", "AccessKeyId": made["AccessKeyId"]}
    unused = client.iam("GetAccessKeyLastUsed", AccessKeyId=made["AccessKeyId"])
    assert (unused["UserName"], unused["AccessKeyLastUsed"]) == ("bob", {"ServiceName": "N/A", "Region": "N/A"})
    assert bob.sts("GetCallerIdentity")["Arn"] == client.caller.arn("user/bob")
    client.iam("UpdateAccessKey", Status="Inactive", **mine)
    assert client.iam("ListAccessKeys", UserName="bob")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    with failing("InvalidClientTokenId", 403, "The security token included in the request is invalid."):
        bob.sts("GetCallerIdentity")
    client.iam("CreateAccessKey", UserName="bob")
    with failing("LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2"):
        client.iam("CreateAccessKey", UserName="bob")
    client.iam("DeleteAccessKey", **mine)
    with failing("NoSuchEntity", 404, f"The Access Key with id {made['AccessKeyId']} cannot be found."):
        client.iam("UpdateAccessKey", Status="Active", **mine)
    with failing("DeleteConflict", 409, "Cannot delete entity, must delete access keys first."):
        client.iam("DeleteUser", UserName="bob")


def test_passwords(client):
    client.iam("CreateUser", UserName="bob")
    client.iam("PutUserPolicy", UserName="bob", PolicyName="own", PolicyDocument=document(allow("iam:ChangePassword")))
    made = client.iam("CreateAccessKey", UserName="bob")["AccessKey"]
    bob = client.of(client.caller.server.caller(made["AccessKeyId"], made["SecretAccessKey"]))
    with failing("NoSuchEntity", 404, f"The Password Policy with domain name {client.caller.number} cannot be found."):
        client.iam("GetAccountPasswordPolicy")
    client.iam("UpdateAccountPasswordPolicy", MinimumPasswordLength=10, RequireNumbers=True)
    policy = client.iam("GetAccountPasswordPolicy")["PasswordPolicy"]
    assert (policy["MinimumPasswordLength"], policy["RequireNumbers"], policy["RequireSymbols"]) == (10, True, False)
    with failing("PasswordPolicyViolation", 400, "Password does not conform to the account password policy."):
        client.iam("CreateLoginProfile", UserName="bob", Password="correct-horse")
    made = client.iam("CreateLoginProfile", UserName="bob", Password="correct-horse-1")["LoginProfile"]
    assert client.iam("GetLoginProfile", UserName="bob")["LoginProfile"] == made
    client.iam("UpdateLoginProfile", UserName="bob", PasswordResetRequired=True)
    assert client.iam("GetLoginProfile", UserName="bob")["LoginProfile"]["PasswordResetRequired"]
    with failing("AccessDenied", 403, "The old password was incorrect."):
        bob.iam("ChangePassword", OldPassword="correct-horse-2", NewPassword="battery-staple-2")
    bob.iam("ChangePassword", OldPassword="correct-horse-1", NewPassword="battery-staple-2")
    assert not client.iam("GetLoginProfile", UserName="bob")["LoginProfile"]["PasswordResetRequired"]
    client.iam("DeleteLoginProfile", UserName="bob")
    client.iam("DeleteAccountPasswordPolicy")
    with failing("NoSuchEntity", 404, "Login Profile for User bob cannot be found."):
        client.iam("GetLoginProfile", UserName="bob")
    with failing("NoSuchEntity", 404, "The account policy with name PasswordPolicy cannot be found."):
        client.iam("DeleteAccountPasswordPolicy")


def test_mfa_devices(client, tmp_path):
    client.iam("CreateUser", UserName="bob")
    device = Device(client.caller.iam, "old")
    pictured = {"outfile": tmp_path / "seed", "bootstrap_method": "Base32StringSeed"} if client.name == "aws" else {}
    if pictured:  # the command writes the seed to a file instead of showing it
        client.run("iam", "create-virtual-mfa-device", "--virtual-mfa-device-name", "phone", "--outfile",
                   str(pictured["outfile"]), "--bootstrap-method", "Base32StringSeed")
        assert re.fullmatch(r"[A-Z2-7]{64}", pictured["outfile"].read_text())
    else:
        client.iam("CreateVirtualMFADevice", VirtualMFADeviceName="phone")
    with failing("InvalidAuthenticationCode", 403, "Authentication code for device is not valid."):
        client.iam("EnableMFADevice", UserName="bob", SerialNumber=device.serial,
                   AuthenticationCode1=device.wrong(), AuthenticationCode2=device.wrong())
    client.iam("EnableMFADevice", UserName="bob", SerialNumber=device.serial, **device.pair(ahead=-4))
    listed = client.iam("ListMFADevices", UserName="bob")["MFADevices"]
    assert [one["SerialNumber"] for one in listed] == [device.serial]
    if client.name == "js":  # Debian's other two do not know it yet
        assert client.iam("GetMFADevice", UserName="bob", SerialNumber=device.serial)["UserName"] == "bob"
    client.iam("ResyncMFADevice", UserName="bob", SerialNumber=device.serial, **device.pair())
    assert len(client.iam("ListVirtualMFADevices")["VirtualMFADevices"]) == 2
    free = client.iam("ListVirtualMFADevices", AssignmentStatus="Unassigned")["VirtualMFADevices"]
    assert [one["SerialNumber"] for one in free] == [client.caller.arn("mfa/phone")]
    client.iam("TagMFADevice", SerialNumber=device.serial, Tags=TAGS)
    client.iam("UntagMFADevice", SerialNumber=device.serial, TagKeys=["Cost"])
    assert keys(client.iam("ListMFADeviceTags", SerialNumber=device.serial)) == ["team"]
    with failing("DeleteConflict", 409, "Cannot delete entity, must delete MFA device first."):
        client.iam("DeleteUser", UserName="bob")
    client.iam("DeactivateMFADevice", UserName="bob", SerialNumber=device.serial)
    client.iam("DeleteVirtualMFADevice", SerialNumber=device.serial)
    with failing("NoSuchEntity", 404, f"MFA Device with serial number {device.serial} does not exist."):
        client.iam("DeleteVirtualMFADevice", SerialNumber=device.serial)


def test_account(client):
    alias = f"a{client.caller.number}"
    client.iam("CreateAccountAlias", AccountAlias=alias)
    assert client.iam("ListAccountAliases")["AccountAliases"] == [alias]
    client.iam("DeleteAccountAlias", AccountAlias=alias)
    assert client.iam("ListAccountAliases")["AccountAliases"] == []
    with failing("NoSuchEntity", 404):
        client.iam("DeleteAccountAlias", AccountAlias=alias)
    client.iam("CreateGroup", GroupName="g")
    summary = client.iam("GetAccountSummary")["SummaryMap"]
    assert (summary["Groups"], summary["Users"], summary["GroupsPerUserQuota"]) == (1, 1, 10)


def test_account_authorization_details(client):
    entities(client)
    arn = client.iam("CreatePolicy", PolicyName="p", PolicyDocument=LISTS)["Policy"]["Arn"]
    client.iam("AttachRolePolicy", RoleName="thing", PolicyArn=arn)
    client.iam("PutUserPolicy", UserName="thing", PolicyName="inline", PolicyDocument=SENDS)
    told = client.iam("GetAccountAuthorizationDetails")
    assert {user["UserName"] for user in told["UserDetailList"]} == {"admin", "thing"}
    thing = next(user for user in told["UserDetailList"] if user["UserName"] == "thing")
    assert document_of(thing["UserPolicyList"][0]["PolicyDocument"]) == document_of(SENDS)
    assert [group["GroupName"] for group in told["GroupDetailList"]] == ["thing"]
    assert told["RoleDetailList"][0]["AttachedManagedPolicies"] == [{"PolicyName": "p", "PolicyArn": arn}]
    assert arn in [policy["Arn"] for policy in told["Policies"]]
    roles = client.iam("GetAccountAuthorizationDetails", Filter=["Role"])
    assert (roles.get("UserDetailList"), len(roles["RoleDetailList"])) in (([], 1), (None, 1))
    pages = client.pages("iam", "GetAccountAuthorizationDetails", size=1, Filter=["User"])
    assert [user["UserName"] for page in pages for user in page["UserDetailList"]] == ["admin", "thing"]


def test_paginators(client):
    for number in range(5):
        client.iam("CreateUser", UserName=f"u{number}", Path="/page/")
    pages = client.pages("iam", "ListUsers", size=2, PathPrefix="/page/")
    assert [user["UserName"] for page in pages for user in page["Users"]] == [f"u{number}" for number in range(5)]
    if client.name != "aws":
        assert [len(page["Users"]) for page in pages] == [2, 2, 1]
    first = client.iam("ListUsers", MaxItems=2) if client.name != "aws" else \
        client.run("iam", "list-users", "--max-items", "2")
    assert len(first["Users"]) == 2


def test_a_waiter_waits(client):
    """For what is there it returns at once; for what is not it asks again, and says so in the end."""
    client.iam("CreateUser", UserName="bob")
    client.wait("iam", "UserExists", UserName="bob")


def test_server_certificates(client):
    body, secret = pki.certificate("leaf"), pki.key("leaf")
    made = client.iam("UploadServerCertificate", ServerCertificateName="Web", CertificateBody=body, PrivateKey=secret,
                      Path="/s/", Tags=TAGS)
    about = made["ServerCertificateMetadata"]
    assert about["Arn"] == client.caller.arn("server-certificate/s/Web")
    assert keys(made) == ["team", "Cost"]
    with failing("KeyPairMismatch", 400):
        client.iam("UploadServerCertificate", ServerCertificateName="x", CertificateBody=body,
                   PrivateKey=pki.key("stranger"))
    got = client.iam("GetServerCertificate", ServerCertificateName="web")["ServerCertificate"]
    assert got["CertificateBody"].strip() == body.strip()
    assert client.iam("ListServerCertificates")["ServerCertificateMetadataList"] == [about]
    client.iam("UpdateServerCertificate", ServerCertificateName="Web", NewServerCertificateName="Api")
    client.iam("UntagServerCertificate", ServerCertificateName="Api", TagKeys=["team"])
    client.iam("TagServerCertificate", ServerCertificateName="Api", Tags=[{"Key": "new", "Value": "1"}])
    assert keys(client.iam("ListServerCertificateTags", ServerCertificateName="Api")) == ["Cost", "new"]
    client.iam("DeleteServerCertificate", ServerCertificateName="Api")
    with failing("NoSuchEntity", 404, "The Server Certificate with name Api cannot be found."):
        client.iam("GetServerCertificate", ServerCertificateName="Api")


def test_saml_providers(client):
    document = Idp.of_the_tests().metadata()
    made = client.iam("CreateSAMLProvider", Name="Corp", SAMLMetadataDocument=document, Tags=TAGS)
    arn = {"SAMLProviderArn": made["SAMLProviderArn"]}
    assert made["SAMLProviderArn"] == client.caller.arn("saml-provider/Corp") and keys(made) == ["team", "Cost"]
    with failing("InvalidInput", 400, "Could not parse metadata"):
        client.iam("CreateSAMLProvider", Name="x", SAMLMetadataDocument="x" * 1000)
    with failing("EntityAlreadyExists", 409, "Provider with name Corp already exists."):
        client.iam("CreateSAMLProvider", Name="Corp", SAMLMetadataDocument=document)
    newer = document.replace("urn:test:idp", "urn:test:new")
    assert client.iam("UpdateSAMLProvider", SAMLMetadataDocument=newer, **arn)["SAMLProviderArn"] == made["SAMLProviderArn"]
    got = client.iam("GetSAMLProvider", **arn)
    assert got["SAMLMetadataDocument"] == newer and got["CreateDate"] and got["ValidUntil"]
    [listed] = client.iam("ListSAMLProviders")["SAMLProviderList"]
    assert listed["Arn"] == made["SAMLProviderArn"]
    client.iam("UntagSAMLProvider", TagKeys=["team"], **arn)
    client.iam("TagSAMLProvider", Tags=[{"Key": "new", "Value": "1"}], **arn)
    assert keys(client.iam("ListSAMLProviderTags", **arn)) == ["Cost", "new"]
    client.iam("DeleteSAMLProvider", **arn)
    with failing("NoSuchEntity", 404, f"Manifest not found for arn {made['SAMLProviderArn']}"):
        client.iam("GetSAMLProvider", **arn)


def test_signing_certificates(client):
    client.iam("CreateUser", UserName="bob")
    made = client.iam("UploadSigningCertificate", UserName="bob", CertificateBody=pki.certificate("s1"))["Certificate"]
    named = {"UserName": "bob", "CertificateId": made["CertificateId"]}
    with failing("MalformedCertificate", 400):
        client.iam("UploadSigningCertificate", UserName="bob", CertificateBody="none")
    client.iam("UpdateSigningCertificate", **named, Status="Inactive")
    assert client.iam("ListSigningCertificates", UserName="bob")["Certificates"][0]["Status"] == "Inactive"
    client.iam("DeleteSigningCertificate", **named)
    assert client.iam("ListSigningCertificates", UserName="bob")["Certificates"] == []


def test_ssh_public_keys(client):
    client.iam("CreateUser", UserName="bob")
    pem = pki.public_key("leaf")
    made = client.iam("UploadSSHPublicKey", UserName="bob", SSHPublicKeyBody=ssh.line(pem, "home"))["SSHPublicKey"]
    named = {"UserName": "bob", "SSHPublicKeyId": made["SSHPublicKeyId"]}
    assert made["Fingerprint"] == ssh.fingerprint(pem)
    with failing("InvalidPublicKey", 400):
        client.iam("UploadSSHPublicKey", UserName="bob", SSHPublicKeyBody="ssh-rsa AAAA")
    got = client.iam("GetSSHPublicKey", **named, Encoding="PEM")["SSHPublicKey"]
    assert got["SSHPublicKeyBody"].strip() == pem.strip()
    client.iam("UpdateSSHPublicKey", **named, Status="Inactive")
    assert client.iam("ListSSHPublicKeys", UserName="bob")["SSHPublicKeys"][0]["Status"] == "Inactive"
    client.iam("DeleteSSHPublicKey", **named)
    with failing("NoSuchEntity", 404):
        client.iam("GetSSHPublicKey", **named, Encoding="SSH")


def test_service_specific_credentials(client):
    client.iam("CreateUser", UserName="bob")
    made = client.iam("CreateServiceSpecificCredential", UserName="bob",
                      ServiceName="codecommit.amazonaws.com")["ServiceSpecificCredential"]
    named = {"UserName": "bob", "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}
    with failing("NoSuchEntity", 404, "No such service x is supported for Service Specific Credentials"):
        client.iam("CreateServiceSpecificCredential", UserName="bob", ServiceName="x")
    again = client.iam("ResetServiceSpecificCredential", **named)["ServiceSpecificCredential"]
    assert again["ServicePassword"] != made["ServicePassword"]
    client.iam("UpdateServiceSpecificCredential", **named, Status="Inactive")
    listed = client.iam("ListServiceSpecificCredentials", UserName="bob")["ServiceSpecificCredentials"]
    assert listed[0]["Status"] == "Inactive" and "ServicePassword" not in listed[0]
    client.iam("DeleteServiceSpecificCredential", **named)
    with failing("NoSuchEntity", 404, f"No such credential {made['ServiceSpecificCredentialId']} exists"):
        client.iam("ResetServiceSpecificCredential", **named)


def until(ask, wanted, seconds=20):
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if wanted(answer):
            return answer
        assert time.monotonic() < end, answer
        time.sleep(0.05)


def test_the_credential_report(client):
    with failing("ReportNotPresent", 410, "Credential report not present"):
        client.iam("GetCredentialReport")
    assert client.iam("GenerateCredentialReport")["State"] == "STARTED"
    until(lambda: client.iam("GenerateCredentialReport"), lambda answer: answer["State"] == "COMPLETE")
    got = client.iam("GetCredentialReport")
    text = got["Content"]
    if isinstance(text, dict):  # as JavaScript writes bytes
        text = bytes(text[str(i)] for i in range(len(text)))
    elif isinstance(text, str):
        text = base64.b64decode(text)
    lines = text.decode().splitlines()
    assert got["ReportFormat"] == "text/csv"
    assert lines[0].startswith("user,arn,user_creation_time,") and lines[0].count(",") == 21
    assert [line.partition(",")[0] for line in lines[1:]] == ["<root_account>", "admin"]


def test_last_access(client):
    arn = client.caller.arn("user/admin")
    job = client.iam("GenerateServiceLastAccessedDetails", Arn=arn, Granularity="ACTION_LEVEL")["JobId"]
    got = until(lambda: client.iam("GetServiceLastAccessedDetails", JobId=job, MaxItems=1000),
                lambda answer: answer["JobStatus"] == "COMPLETED")
    services = {service["ServiceNamespace"]: service["ServiceName"] for service in got["ServicesLastAccessed"]}
    assert services["sts"] == "AWS Security Token Service" and len(services) > 300
    found = client.iam("GetServiceLastAccessedDetailsWithEntities", JobId=job, ServiceNamespace="iam")
    assert [entity["EntityInfo"]["Arn"] for entity in found["EntityDetailsList"]] == [arn]
    with failing("NoSuchEntity", 404):
        client.iam("GetServiceLastAccessedDetails", JobId="0" * 36)
    client.iam("CreateUser", UserName="bob")
    client.iam("PutUserPolicy", UserName="bob", PolicyName="in", PolicyDocument=SENDS)
    granting = client.iam("ListPoliciesGrantingServiceAccess", Arn=client.caller.arn("user/bob"),
                          ServiceNamespaces=["sqs", "s3"])["PoliciesGrantingServiceAccess"]
    assert [(entry["ServiceNamespace"], [policy["PolicyName"] for policy in entry["Policies"]]) for entry in granting] == [
        ("sqs", ["in"]), ("s3", [])]


def test_reports_of_an_organization(client):
    with failing("OrganizationNotFoundException", 400):
        client.iam("GenerateOrganizationsAccessReport", EntityPath="o-a1b2c3d4e5/r-f6g7h8i9j0example")
    with failing("NoSuchEntity", 404):
        client.iam("GetOrganizationsAccessReport", JobId="0" * 36)
    client.caller.server.admin("organization", "create", client.caller.number)
    path = test_organization_reports.path_of(client.caller)
    job = client.iam("GenerateOrganizationsAccessReport", EntityPath=path)["JobId"]
    done = until(lambda: client.iam("GetOrganizationsAccessReport", JobId=job, SortKey="SERVICE_NAMESPACE_DESCENDING"),
                 lambda answer: answer["JobStatus"] == "COMPLETED")
    names = [service["ServiceNamespace"] for service in done["AccessDetails"]]
    assert len(names) == 100 and names == sorted(names, reverse=True) and done["IsTruncated"]


def test_the_version_of_tokens(client):
    client.iam("SetSecurityTokenServicePreferences", GlobalEndpointTokenVersion="v2Token")
    assert client.iam("GetAccountSummary")["SummaryMap"]["GlobalEndpointTokenVersion"] == 2


def test_simulations(client):
    client.iam("CreateUser", UserName="bob")
    arn = client.caller.arn("user/bob")
    wanted = document(allow("s3:GetObject", Condition={"StringEquals": {"aws:RequestTag/team": "blue"}}))
    client.iam("PutUserPolicy", UserName="bob", PolicyName="in", PolicyDocument=wanted)
    asked = {"ActionNames": ["s3:GetObject"], "ContextEntries": [
        {"ContextKeyName": "aws:RequestTag/team", "ContextKeyValues": ["blue"], "ContextKeyType": "string"}]}
    for result in (client.iam("SimulatePrincipalPolicy", PolicySourceArn=arn, **asked),
                   client.iam("SimulateCustomPolicy", PolicyInputList=[wanted], **asked)):
        assert [found["EvalDecision"] for found in result["EvaluationResults"]] == ["allowed"]
    result = client.iam("SimulatePrincipalPolicy", PolicySourceArn=arn, ActionNames=["s3:PutObject"])
    assert result["EvaluationResults"][0]["EvalDecision"] == "implicitDeny"
    for keys_found in (client.iam("GetContextKeysForPrincipalPolicy", PolicySourceArn=arn),
                       client.iam("GetContextKeysForCustomPolicy", PolicyInputList=[wanted])):
        assert keys_found["ContextKeyNames"] == ["aws:RequestTag/team"]


def test_service_linked_roles(client):
    made = client.iam("CreateServiceLinkedRole", AWSServiceName="ecs.amazonaws.com")["Role"]
    assert made["Arn"] == client.caller.arn("role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS")
    with failing("InvalidInput", 400, "Custom suffix is not allowed for ecs.amazonaws.com"):
        client.iam("CreateServiceLinkedRole", AWSServiceName="ecs.amazonaws.com", CustomSuffix="x")
    task = client.iam("DeleteServiceLinkedRole", RoleName="AWSServiceRoleForECS")["DeletionTaskId"]
    assert client.iam("GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)["Status"] == "SUCCEEDED"
    with no_such("role", "AWSServiceRoleForECS"):
        client.iam("DeleteServiceLinkedRole", RoleName="AWSServiceRoleForECS")
