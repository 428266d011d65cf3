"""What AWS was recorded answering in February and March of 2026: texts of refusals, and which members an
answer has and lacks. (The collected cases are in test_aws_behaviour.py.)"""
import datetime

import pytest
from conftest import allow, document, refused, trust

EC2 = trust({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole"])
ONE = document(allow("s3:GetObject"))
NOBODY = {"UserName": "nobody"}
NO_USER = "The user with name nobody cannot be found."
TAG_KEY = r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+"


def length(most, least=None):
    text = f"Member must have length less than or equal to {most}"
    return text if least is None else f"{text}, Member must have length greater than or equal to {least}"


def constraint(member, text):
    return f"1 validation error detected: Value at '{member}' failed to satisfy constraint: {text}"


def of_items(*demands):
    return f"Member must satisfy constraint: [{', '.join(demands)}]"


@pytest.fixture
def there(account):
    """An account with one of each."""
    iam = account.iam
    iam.create_user(UserName="u")
    iam.create_group(GroupName="g")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    iam.create_instance_profile(InstanceProfileName="i")
    account.made = account.policy("p", allow("s3:GetObject"))
    return account


def check(call, code, status, text):
    with refused(code, status) as said:
        call()
    assert said.message == text


# --- NoSuchEntity ---------------------------------------------------------------------------------

def test_what_is_missing_is_named(there):
    iam, arn = there.iam, there.arn
    device, provider = arn("mfa/none"), arn("oidc-provider/none.example.org")
    key, public, certificate = "AKIAIOSFODNN7EXAMPLE", "APKAEXAMPLEEXAMPLE22", "NONEOFOURSNONEOFOURSNONE"
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    nothing = arn("policy/nothing")
    for call, text in (
            (lambda: iam.get_login_profile(UserName="u"), "Login Profile for User u cannot be found."),
            (lambda: iam.delete_login_profile(UserName="u"), "Login Profile for User u cannot be found."),
            (lambda: iam.delete_login_profile(**NOBODY), NO_USER),
            (lambda: iam.create_login_profile(Password="correct-Horse-7", **NOBODY), NO_USER),
            (lambda: iam.update_access_key(UserName="u", AccessKeyId=key, Status="Inactive"),
             f"The Access Key with id {key} cannot be found."),
            (lambda: iam.delete_access_key(UserName="u", AccessKeyId=key),
             f"The Access Key with id {key} cannot be found."),
            (lambda: iam.enable_mfa_device(SerialNumber=device, **codes, **NOBODY), NO_USER),
            (lambda: iam.deactivate_mfa_device(SerialNumber=device, **NOBODY), NO_USER),
            (lambda: iam.deactivate_mfa_device(SerialNumber=device, UserName="u"),
             f"MFA Device with serial number {device} does not exist."),
            (lambda: iam.delete_virtual_mfa_device(SerialNumber=device),
             f"MFA Device with serial number {device} does not exist."),
            (lambda: iam.list_signing_certificates(**NOBODY), NO_USER),
            (lambda: iam.update_signing_certificate(UserName="u", CertificateId=certificate, Status="Active"),
             f"The Certificate with id {certificate} cannot be found."),
            (lambda: iam.delete_signing_certificate(UserName="u", CertificateId=certificate),
             f"The Certificate with id {certificate} cannot be found."),
            (lambda: iam.get_ssh_public_key(UserName="u", SSHPublicKeyId=public, Encoding="SSH"),
             f"The Public Key with id {public} cannot be found."),
            (lambda: iam.update_ssh_public_key(UserName="u", SSHPublicKeyId=public, Status="Active"),
             f"The Public Key with id {public} cannot be found."),
            (lambda: iam.delete_ssh_public_key(UserName="u", SSHPublicKeyId=public),
             f"The Public Key with id {public} cannot be found."),
            (lambda: iam.get_server_certificate(ServerCertificateName="none"),
             "The Server Certificate with name none cannot be found."),
            (lambda: iam.delete_server_certificate(ServerCertificateName="none"),
             "The Server Certificate with name none cannot be found."),
            (lambda: iam.get_saml_provider(SAMLProviderArn=arn("saml-provider/None")),
             f"Manifest not found for arn {arn('saml-provider/None')}"),
            (lambda: iam.delete_saml_provider(SAMLProviderArn=arn("saml-provider/None")),
             f"Manifest not found for arn {arn('saml-provider/None')}"),
            (lambda: iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider),
             f"OpenIDConnect Provider not found for arn {provider}"),
            (lambda: iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider),
             f"OpenId connect Provider {provider} cannot be found."),
            (lambda: iam.tag_policy(PolicyArn=nothing, Tags=[{"Key": "k", "Value": ""}]),
             f"Policy {nothing} was not found."),
            (lambda: iam.untag_policy(PolicyArn=nothing, TagKeys=["k"]), f"Policy {nothing} was not found."),
            (lambda: iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=nothing),
             f"Scope ARN: {nothing} does not exist or is not attachable."),
            (lambda: iam.put_role_permissions_boundary(RoleName="none", PermissionsBoundary=there.made),
             "The role with name none cannot be found.")):
        check(call, "NoSuchEntity", 404, text)


def test_membership(there):
    iam = there.iam
    iam.remove_user_from_group(GroupName="g", UserName="u")  # who is no member stays none
    check(lambda: iam.remove_user_from_group(GroupName="none", UserName="nobody"), "NoSuchEntity", 404, NO_USER)
    for call in (iam.add_user_to_group, iam.remove_user_from_group):
        check(lambda: call(GroupName="none", UserName="u"), "NoSuchEntity", 404,
              "The group with name none cannot be found.")


def test_policies_of_entities(there):
    iam, aws = there.iam, "arn:aws:iam::aws:policy/Nonexistent"
    for kind, named in (("user", {"UserName": "u"}), ("role", {"RoleName": "r"}), ("group", {"GroupName": "g"})):
        for arn in (there.made, aws):
            check(lambda: getattr(iam, f"detach_{kind}_policy")(PolicyArn=arn, **named), "NoSuchEntity", 404,
                  f"Policy {arn} was not found.")
        for verb in ("get", "delete"):
            check(lambda: getattr(iam, f"{verb}_{kind}_policy")(PolicyName="x", **named), "NoSuchEntity", 404,
                  f"The {kind} policy with name x cannot be found.")


def test_versions_of_policies(there):
    iam, nothing = there.iam, there.arn("policy/nothing")
    calls = (iam.get_policy_version, iam.delete_policy_version, iam.set_default_policy_version)
    for call in calls:
        for arn, version in ((there.made, "v9"), (nothing, "v1")):
            check(lambda: call(PolicyArn=arn, VersionId=version), "NoSuchEntity", 404,
                  f"Policy {arn} version {version} does not exist or is not attachable.")
        for version in ("v0", "1"):
            check(lambda: call(PolicyArn=there.made, VersionId=version), "ValidationError", 400, constraint(
                "versionId", r"Member must satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?"))
    iam.create_policy_version(PolicyArn=there.made, PolicyDocument=ONE)
    assert [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=there.made)["Versions"]] == ["v2", "v1"]


def test_instance_profiles(there):
    iam, none = there.iam, "Instance Profile none cannot be found."
    for verb in (iam.add_role_to_instance_profile, iam.remove_role_from_instance_profile):
        check(lambda: verb(InstanceProfileName="none", RoleName="r"), "NoSuchEntity", 404, none)
        check(lambda: verb(InstanceProfileName="i", RoleName="none"), "NoSuchEntity", 404,
              "The role with name none cannot be found.")
    check(lambda: iam.remove_role_from_instance_profile(InstanceProfileName="i", RoleName="r"),
          "NoSuchEntity", 404, "Role r in Instance Profile i cannot be found.")
    for call in (lambda: iam.tag_instance_profile(InstanceProfileName="none", Tags=[{"Key": "k", "Value": ""}]),
                 lambda: iam.untag_instance_profile(InstanceProfileName="none", TagKeys=["k"]),
                 lambda: iam.list_instance_profile_tags(InstanceProfileName="none")):
        check(call, "NoSuchEntity", 404, none)
    iam.add_role_to_instance_profile(InstanceProfileName="i", RoleName="r")
    check(lambda: iam.delete_instance_profile(InstanceProfileName="i"), "DeleteConflict", 409,
          "Cannot delete entity, must remove roles from instance profile first.")


# --- constraints ----------------------------------------------------------------------------------

def taggers(account):
    iam = account.iam
    return {
        "role": lambda tags: iam.tag_role(RoleName="r", Tags=tags),
        "new role": lambda tags: iam.create_role(RoleName="x", AssumeRolePolicyDocument=EC2, Tags=tags),
        "policy": lambda tags: iam.tag_policy(PolicyArn=account.made, Tags=tags),
        "new policy": lambda tags: iam.create_policy(PolicyName="x", PolicyDocument=ONE, Tags=tags),
    }


@pytest.mark.parametrize("what", ["role", "new role", "policy", "new policy"])
def test_tags_that_break_a_limit(there, what):
    put = taggers(there)[what]
    for tags, at, text in (
            ([{"Key": f"k{n}", "Value": ""} for n in range(51)], "tags", length(50)),
            ([{"Key": "k" * 129, "Value": ""}], "tags.1.member.key", length(128)),
            ([{"Key": "k", "Value": "v" * 257}], "tags.1.member.value", length(256)),
            ([{"Key": "no!", "Value": ""}], "tags.1.member.key", TAG_KEY)):
        check(lambda: put(tags), "ValidationError", 400, constraint(at, text))
    folded = "role" in what
    again = "Duplicate tag keys found." + (" Please note that Tag keys are case insensitive." if folded else "")
    check(lambda: put([{"Key": "k", "Value": ""}] * 2), "InvalidInput", 400, again)
    two = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    if folded:
        check(lambda: put(two), "InvalidInput", 400, again)
    else:
        put(two)


def test_keys_of_tags_to_remove(there):
    iam = there.iam
    items = of_items(length(128, 1), TAG_KEY, "Member must not be null")
    for call in (lambda keys: iam.untag_role(RoleName="r", TagKeys=keys),
                 lambda keys: iam.untag_policy(PolicyArn=there.made, TagKeys=keys)):
        for keys, text in (([f"k{n}" for n in range(51)], length(50)), (["k" * 129], items), (["no!"], items)):
            check(lambda: call(keys), "ValidationError", 400, constraint("tagKeys", text))


def test_tags_of_policies_count_case(there):
    iam = there.iam
    two = [{"Key": "a", "Value": "small"}, {"Key": "A", "Value": "capital"}]
    made = iam.create_policy(PolicyName="two", PolicyDocument=ONE, Tags=two)["Policy"]
    assert made["Tags"] == two
    assert iam.list_policy_tags(PolicyArn=made["Arn"])["Tags"] == two[::-1]
    iam.untag_policy(PolicyArn=made["Arn"], TagKeys=["a"])
    assert iam.get_policy(PolicyArn=made["Arn"])["Policy"]["Tags"] == two[1:]


def test_tags_of_policies_come_by_length(there):
    iam = there.iam
    tags = [{"Key": key, "Value": str(n)} for n, key in enumerate(("abc", "b", "z", "a"))]
    made = iam.create_policy(PolicyName="four", PolicyDocument=ONE, Tags=tags)["Policy"]
    assert made["Tags"] == tags
    listed = iam.list_policy_tags(PolicyArn=made["Arn"])
    assert [tag["Key"] for tag in listed["Tags"]] == ["a", "b", "z", "abc"]
    page, paged = {}, []
    while page.get("IsTruncated", True):
        more = {"Marker": page["Marker"]} if page else {}
        page = iam.list_policy_tags(PolicyArn=made["Arn"], MaxItems=3, **more)
        paged += page["Tags"]
    assert paged == listed["Tags"]
    iam.tag_user(UserName="u", Tags=tags)  # those of others by name
    assert [tag["Key"] for tag in iam.list_user_tags(UserName="u")["Tags"]] == ["a", "abc", "b", "z"]


def test_fifty_tags_at_most(there):
    iam = there.iam
    provider = iam.create_open_id_connect_provider(Url="https://login.example.org")["OpenIDConnectProviderArn"]
    fifty = [{"Key": f"k{n}", "Value": ""} for n in range(50)]
    for put in (lambda tags: iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=provider, Tags=tags),
                lambda tags: iam.tag_role(RoleName="r", Tags=tags)):
        put(fifty)
        check(lambda: put([{"Key": "one more", "Value": ""}]), "LimitExceeded", 409,
              "The number of tags has reached the maximum limit.")


def test_several_refusals_in_the_order_of_aws(account):
    thumb, client = of_items(length(40, 40)), of_items(length(255, 1))
    must = "failed to satisfy constraint:"
    check(lambda: account.iam.create_open_id_connect_provider(
        Url="b" * 256, ThumbprintList=["b" * 41], ClientIDList=["b" * 256]), "ValidationError", 400,
        f"3 validation errors detected: Value at 'clientIDList' {must} {client}; "
        f"Value at 'thumbprintList' {must} {thumb}; Value at 'url' {must} {length(255)}")
    most = "Member must have value less than or equal to"
    check(lambda: account.iam.update_account_password_policy(
        MinimumPasswordLength=129, PasswordReusePrevention=25, MaxPasswordAge=1096), "ValidationError", 400,
        f"3 validation errors detected: Value at 'minimumPasswordLength' {must} {most} 128; "
        f"Value at 'passwordReusePrevention' {must} {most} 24; Value at 'maxPasswordAge' {must} {most} 1095")


def test_paths(account):
    words = ("The specified value for path is invalid. It must begin and end with / and contain only alphanumeric "
             "characters and/or / characters.")
    create = account.iam.create_virtual_mfa_device
    for path in ("a", "/a", "a/"):
        check(lambda: create(VirtualMFADeviceName="m", Path=path), "ValidationError", 400, words)
    check(lambda: create(VirtualMFADeviceName="m", Path="/" + "a" * 511 + "/"), "ValidationError", 400,
          constraint("path", length(512)))
    made = create(VirtualMFADeviceName="m", Path="/a//b/")["VirtualMFADevice"]
    assert made["SerialNumber"] == account.arn("mfa/a//b/m")


def test_boundaries_and_certificates(there):
    strange = there.arn("not_a_policy/x")
    for call in (lambda: there.iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=strange),
                 lambda: there.iam.create_role(RoleName="s", AssumeRolePolicyDocument=EC2,
                                               PermissionsBoundary=strange)):
        check(call, "InvalidInput", 400, f"ARN {strange} is not valid.")
    check(lambda: there.iam.upload_signing_certificate(UserName="u", CertificateBody="no certificate"),
          "MalformedCertificate", 400, "Certificate no certificate is malformed.")
    check(lambda: there.iam.update_assume_role_policy(
        RoleName="r", PolicyDocument=trust({"Service": "ec2.amazonaws.com"}, ["s3:GetObject"])),
        "MalformedPolicyDocument", 400, "AssumeRole policy may only specify STS AssumeRole actions.")


# --- members --------------------------------------------------------------------------------------

ENTITY = {"Arn", "CreateDate", "Path"}
ROLE = ENTITY | {"AssumeRolePolicyDocument", "RoleId", "RoleName"}
POLICY = ENTITY | {"AttachmentCount", "DefaultVersionId", "IsAttachable", "PermissionsBoundaryUsageCount",
                   "PolicyId", "PolicyName", "UpdateDate"}
PROFILE = ENTITY | {"InstanceProfileId", "InstanceProfileName", "Roles"}


def members(answer):
    return {name for name in answer if name != "ResponseMetadata"}


def test_members_of_roles(there):
    iam = there.iam
    more = {"Description": "d", "PermissionsBoundary": there.made, "Tags": [{"Key": "k", "Value": ""}],
            "MaxSessionDuration": 7200}
    made = iam.create_role(RoleName="full", AssumeRolePolicyDocument=EC2, **more)["Role"]
    assert members(made) == ROLE | {"PermissionsBoundary", "Tags"}
    got = iam.get_role(RoleName="full")["Role"]
    assert members(got) == ROLE | set(more) | {"RoleLastUsed"} and got["RoleLastUsed"] == {}
    assert members(iam.get_role(RoleName="r")["Role"]) == ROLE | {"MaxSessionDuration", "RoleLastUsed"}
    listed = {role["RoleName"]: role for role in iam.list_roles()["Roles"]}
    assert members(listed["full"]) == ROLE | {"MaxSessionDuration", "Description"}
    assert members(listed["r"]) == ROLE | {"MaxSessionDuration"}
    updated = iam.update_role_description(RoleName="full", Description="other")["Role"]
    assert members(updated) == ROLE | {"Description"}
    assert members(iam.update_role(RoleName="full")) == set()
    got = iam.get_role(RoleName="full")["Role"]  # what UpdateRole is not given stays
    assert (got["Description"], got["MaxSessionDuration"]) == ("other", 7200)


def test_members_of_policies_and_profiles(there):
    iam = there.iam
    made = iam.create_policy(PolicyName="d", PolicyDocument=ONE, Description="d")["Policy"]
    assert members(made) == POLICY
    got = iam.get_policy(PolicyArn=made["Arn"])["Policy"]
    assert members(got) == POLICY | {"Description", "Tags"} and got["Tags"] == []
    for scope in ("Local", "AWS"):
        assert all(members(one) == POLICY for one in iam.list_policies(Scope=scope)["Policies"])
    made = iam.create_instance_profile(InstanceProfileName="j")["InstanceProfile"]
    assert members(made) == PROFILE and made["Roles"] == []
    iam.add_role_to_instance_profile(InstanceProfileName="j", RoleName="r")
    got = iam.get_instance_profile(InstanceProfileName="j")["InstanceProfile"]
    assert members(got) == PROFILE | {"Tags"} and got["Tags"] == [] and members(got["Roles"][0]) == ROLE
    iam.update_role_description(RoleName="r", Description="GetRole alone shows it")
    assert members(iam.get_instance_profile(InstanceProfileName="j")["InstanceProfile"]["Roles"][0]) == ROLE
    for one in (*iam.list_instance_profiles()["InstanceProfiles"],
                *iam.list_instance_profiles_for_role(RoleName="r")["InstanceProfiles"]):
        assert members(one) == PROFILE


def test_members_of_an_oidc_provider_and_a_device(account):
    iam = account.iam
    made = iam.create_open_id_connect_provider(Url="https://login.example.org")
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=made["OpenIDConnectProviderArn"])
    assert members(got) == {"ClientIDList", "CreateDate", "Tags", "ThumbprintList", "Url"}
    assert (got["ClientIDList"], got["Tags"], got["ThumbprintList"]) == ([], [], [])
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="m")["VirtualMFADevice"]
    assert members(made) == {"Base32StringSeed", "QRCodePNG", "SerialNumber"}
    assert members(iam.list_virtual_mfa_devices()["VirtualMFADevices"][0]) == {"SerialNumber"}


def test_members_of_the_password_policy(account):
    iam = account.iam
    iam.update_account_password_policy()
    requirements = {f"Require{what}" for what in ("LowercaseCharacters", "Numbers", "Symbols", "UppercaseCharacters")}
    always = requirements | {"AllowUsersToChangePassword", "ExpirePasswords", "MinimumPasswordLength"}
    assert members(iam.get_account_password_policy()["PasswordPolicy"]) == always
    iam.update_account_password_policy(MaxPasswordAge=60, HardExpiry=True, PasswordReusePrevention=3)
    assert members(iam.get_account_password_policy()["PasswordPolicy"]) == always | {
        "HardExpiry", "MaxPasswordAge", "PasswordReusePrevention"}


def test_members_of_the_account_summary(account):
    got = account.iam.get_account_summary()["SummaryMap"]
    quotas = {"AccessKeysPerUserQuota": 2, "AssumeRolePolicySizeQuota": 2048, "AttachedPoliciesPerGroupQuota": 10,
              "AttachedPoliciesPerRoleQuota": 10, "AttachedPoliciesPerUserQuota": 10, "GroupPolicySizeQuota": 5120,
              "GroupsPerUserQuota": 10, "GroupsQuota": 300, "InstanceProfilesQuota": 1000, "PoliciesQuota": 1500,
              "PolicySizeQuota": 6144, "PolicyVersionsInUseQuota": 10000, "RolePolicySizeQuota": 10240,
              "RolesQuota": 1000, "ServerCertificatesQuota": 20, "SigningCertificatesPerUserQuota": 2,
              "UserPolicySizeQuota": 2048, "UsersQuota": 5000, "VersionsPerPolicyQuota": 5}
    assert quotas.items() <= got.items()
    assert members(got) - set(quotas) == {
        "AccountAccessKeysPresent", "AccountMFAEnabled", "AccountPasswordPresent",
        "AccountSigningCertificatesPresent", "GlobalEndpointTokenVersion", "Groups", "InstanceProfiles",
        "MFADevices", "MFADevicesInUse", "Policies", "PolicyVersionsInUse", "Providers", "Roles",
        "ServerCertificates", "Users"}


def test_members_of_the_authorization_details(there):
    iam = there.iam
    iam.update_role_description(RoleName="r", Description="a role")
    iam.add_role_to_instance_profile(InstanceProfileName="i", RoleName="r")
    got = iam.get_account_authorization_details()
    assert members(got) == {"GroupDetailList", "IsTruncated", "Policies", "RoleDetailList", "UserDetailList"}
    user = next(user for user in got["UserDetailList"] if user["UserName"] == "u")
    assert members(user) == ENTITY | {"AttachedManagedPolicies", "GroupList", "Tags", "UserId", "UserName"}
    role = got["RoleDetailList"][0]
    assert members(role) == ROLE | {"AttachedManagedPolicies", "InstanceProfileList", "RoleLastUsed",
                                    "RolePolicyList", "Tags"}
    assert members(role["InstanceProfileList"][0]) == PROFILE
    assert members(role["InstanceProfileList"][0]["Roles"][0]) == ROLE
    assert members(got["GroupDetailList"][0]) == ENTITY | {"AttachedManagedPolicies", "GroupId", "GroupName",
                                                           "GroupPolicyList"}
    assert members(got["Policies"][0]) == POLICY | {"PolicyVersionList"}
    only = iam.get_account_authorization_details(Filter=["User"])
    assert (only["GroupDetailList"], only["Policies"], only["RoleDetailList"]) == ([], [], [])


def test_what_is_named_after_a_user_follows_him(there):
    iam = there.iam
    iam.create_login_profile(UserName="u", Password="correct-Horse-7")
    key = iam.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"]
    iam.create_service_specific_credential(UserName="u", ServiceName="codecommit.amazonaws.com")
    iam.update_user(UserName="u", NewUserName="w")
    assert iam.get_login_profile(UserName="w")["LoginProfile"]["UserName"] == "w"
    assert [(k["AccessKeyId"], k["UserName"]) for k in
            iam.list_access_keys(UserName="w")["AccessKeyMetadata"]] == [(key, "w")]
    one = iam.list_service_specific_credentials(UserName="w")["ServiceSpecificCredentials"][0]
    assert (one["UserName"], one["ServiceUserName"]) == ("w", f"u-at-{there.number}")
    used = iam.get_access_key_last_used(AccessKeyId=key)
    assert (used["UserName"], used["AccessKeyLastUsed"]) == ("w", {"Region": "N/A", "ServiceName": "N/A"})
    assert isinstance(iam.get_user(UserName="w")["User"]["CreateDate"], datetime.datetime)
