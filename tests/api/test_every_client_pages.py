"""Every listing, page by page (the aws command joins its pages itself): the same things in the same order."""
import re

import botocore
import pki

from conftest import ROOT, allow, document, refused, trust
from totp import Device
from saml_idp import Idp

# operation -> (what its members name it by, where its items are)
LISTS = {
    "GetAccountAuthorizationDetails": ({}, ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"]),
    "GetGroup": ({"GroupName": "thing"}, ["Users"]),
    "ListAccessKeys": ({"UserName": "thing"}, ["AccessKeyMetadata"]),
    "ListAccountAliases": ({}, ["AccountAliases"]),
    "ListAttachedGroupPolicies": ({"GroupName": "thing"}, ["AttachedPolicies"]),
    "ListAttachedRolePolicies": ({"RoleName": "thing"}, ["AttachedPolicies"]),
    "ListAttachedUserPolicies": ({"UserName": "thing"}, ["AttachedPolicies"]),
    "ListEntitiesForPolicy": ({"PolicyArn": "p0"}, ["PolicyGroups", "PolicyUsers", "PolicyRoles"]),
    "ListGroupPolicies": ({"GroupName": "thing"}, ["PolicyNames"]),
    "ListGroups": ({}, ["Groups"]),
    "ListGroupsForUser": ({"UserName": "thing"}, ["Groups"]),
    "ListInstanceProfileTags": ({"InstanceProfileName": "thing"}, ["Tags"]),
    "ListInstanceProfiles": ({}, ["InstanceProfiles"]),
    "ListInstanceProfilesForRole": ({"RoleName": "thing"}, ["InstanceProfiles"]),
    "ListMFADeviceTags": ({"SerialNumber": "m0"}, ["Tags"]),
    "ListMFADevices": ({"UserName": "thing"}, ["MFADevices"]),
    "ListOpenIDConnectProviderTags": ({"OpenIDConnectProviderArn": "oidc"}, ["Tags"]),
    "ListPolicies": ({"Scope": "Local"}, ["Policies"]),
    "ListPolicyTags": ({"PolicyArn": "p0"}, ["Tags"]),
    "ListPolicyVersions": ({"PolicyArn": "p0"}, ["Versions"]),
    "ListRolePolicies": ({"RoleName": "thing"}, ["PolicyNames"]),
    "ListRoleTags": ({"RoleName": "thing"}, ["Tags"]),
    "ListRoles": ({}, ["Roles"]),
    "ListSSHPublicKeys": ({"UserName": "thing"}, ["SSHPublicKeys"]),
    "ListSAMLProviderTags": ({"SAMLProviderArn": "saml"}, ["Tags"]),
    "ListServerCertificateTags": ({"ServerCertificateName": "thing"}, ["Tags"]),
    "ListServerCertificates": ({}, ["ServerCertificateMetadataList"]),
    "ListSigningCertificates": ({"UserName": "thing"}, ["Certificates"]),
    "ListUserPolicies": ({"UserName": "thing"}, ["PolicyNames"]),
    "ListUserTags": ({"UserName": "thing"}, ["Tags"]),
    "ListUsers": ({}, ["Users"]),
    "ListVirtualMFADevices": ({}, ["VirtualMFADevices"]),
}
# These have fewer than three of something, by their nature.
FEW = {"ListAccountAliases": 1, "ListAccessKeys": 2, "ListSigningCertificates": 2}
# Whose pages are younger than the clients: test_iam_service_credentials.py.
BY_HAND = {"ListServiceSpecificCredentials"}
# Pages of a report's job and of what was asked for: test_iam_reports.py, test_iam_simulate.py, test_organization_reports.py.
REPORTS = {"GetServiceLastAccessedDetails", "GetServiceLastAccessedDetailsWithEntities",
           "ListPoliciesGrantingServiceAccess", "GetOrganizationsAccessReport",
           "SimulatePrincipalPolicy", "SimulateCustomPolicy"}
TAGS = [{"Key": f"k{i}", "Value": str(i)} for i in range(3)]


def test_no_listing_that_is_built_is_missing_here():
    text = (ROOT / "src/service/iam/iam.api").read_text()
    blocks = re.findall(r"^operation (\w+)(.*)\n((?:  .*\n)*)", text, re.M)
    built = {name for name, words, body in blocks if "unbuilt" not in words and re.search(r"out +IsTruncated", body)}
    assert built - set(LISTS) - BY_HAND - REPORTS == set()


def fill(account):
    """Three of everything under one user, group, role, profile and policy; the ARN of the policy."""
    iam = account.iam
    trusted = trust({"AWS": account.number})
    policies = [iam.create_policy(PolicyName=f"p{i}", PolicyDocument=document(allow("s3:*")), Tags=TAGS)["Policy"]["Arn"]
                for i in range(3)]
    for name in ("thing", "other", "Third"):
        iam.create_user(UserName=name, Tags=TAGS)
        iam.create_group(GroupName=name)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted, Tags=TAGS)
        iam.create_instance_profile(InstanceProfileName=name, Tags=TAGS)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="thing")
        iam.add_user_to_group(GroupName="thing", UserName=name)
        if name != "thing":
            iam.add_user_to_group(GroupName=name, UserName="thing")
        for kind in ("user", "group", "role"):
            owner = {f"{kind.capitalize()}Name": name}
            getattr(iam, f"attach_{kind}_policy")(PolicyArn=policies[0], **owner)
    for i in range(3):
        for kind in ("user", "group", "role"):
            owner = {f"{kind.capitalize()}Name": "thing"}
            getattr(iam, f"attach_{kind}_policy")(PolicyArn=policies[i], **owner)
            getattr(iam, f"put_{kind}_policy")(PolicyName=f"i{i}", PolicyDocument=document(allow("s3:*")), **owner)
    for i in range(3):
        iam.upload_ssh_public_key(UserName="thing", SSHPublicKeyBody=pki.public_key(f"key{i}"))
    for name in ("thing", "other", "Third"):
        iam.upload_server_certificate(ServerCertificateName=name, CertificateBody=pki.certificate("leaf"),
                                      PrivateKey=pki.key("leaf"), Tags=TAGS)
    iam.create_saml_provider(Name="saml", SAMLMetadataDocument=Idp.of_the_tests().metadata(), Tags=TAGS)
    for i in range(2):
        iam.upload_signing_certificate(UserName="thing", CertificateBody=pki.certificate(f"s{i}"))
    for n in range(3):
        Device(iam, f"m{n}", Tags=TAGS).enable("thing")
    for _ in range(2):
        iam.create_policy_version(PolicyArn=policies[0], PolicyDocument=document(allow("s3:*")))
        iam.create_access_key(UserName="thing")
    iam.create_account_alias(AccountAlias=f"a{account.number}")
    provider = iam.create_open_id_connect_provider(Url="https://idp.example.org", Tags=TAGS)
    return {"p0": policies[0], "oidc": provider["OpenIDConnectProviderArn"]}


def items(pages, where):
    return [[str(item) for page in pages for item in page.get(name) or []] for name in where]


def test_every_listing_in_pages(client):
    arns = fill(client.caller)
    for operation, (named, where) in LISTS.items():
        stands_for = {**arns, "saml": client.caller.arn("saml-provider/saml"), "m0": client.caller.arn("mfa/m0")}
        named = {name: stands_for.get(value, value) for name, value in named.items()}
        whole = client.iam(operation, **named)
        assert not whole["IsTruncated"] and "Marker" not in whole, operation
        wanted = items([whole], where)
        assert all(len(found) >= FEW.get(operation, 3) for found in wanted), (operation, wanted)
        if client.name == "aws" and client.caller.iam.can_paginate(botocore.xform_name(operation)):
            pages = client.pages("iam", operation, 2, **named)
        else:
            pages, more = [], {}
            while not pages or pages[-1]["IsTruncated"]:
                pages.append(client.iam(operation, MaxItems=1, **named, **more))
                more = {"Marker": pages[-1].get("Marker")}
                assert sum(map(len, items(pages[-1:], where))) <= 1, operation
        assert items(pages, where) == wanted, operation


def test_a_page_has_one_to_a_thousand_items(account):
    for number in (0, 1001):
        with refused("ValidationError", 400, "maxItems"):
            account.iam.list_users(MaxItems=number)
    assert account.iam.list_users(MaxItems=1000)["Users"]
