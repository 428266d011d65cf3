"""Refusals that come with numbers and kinds: quotas of an account, fifty tags of each kind, policies that may
not be attached, sessions that carry too much."""
import base64
import os

import pki
import pytest
from conftest import allow, document, refused, trust
from issuer import Issuer, Key
from saml_idp import Idp

ONE = document(allow("s3:GetObject"))
EC2 = trust({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole"])
SERVICE_POLICY = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"


# --- quotas of an account -------------------------------------------------------------------------

MAKERS = {
    "GroupsPerAccount": lambda iam, n: iam.create_group(GroupName=f"g{n}"),
    "RolesPerAccount": lambda iam, n: iam.create_role(RoleName=f"r{n}", AssumeRolePolicyDocument=EC2),
    "PoliciesPerAccount": lambda iam, n: iam.create_policy(PolicyName=f"p{n}", PolicyDocument=ONE),
    "InstanceProfilesPerAccount": lambda iam, n: iam.create_instance_profile(InstanceProfileName=f"i{n}"),
}


@pytest.mark.parametrize("quota", MAKERS)
def test_one_more_than_an_account_may_have(account, quota):
    account.server.admin("account", "quota", account.number, quota, "2")
    for n in range(2):
        MAKERS[quota](account.iam, n)
    with refused("LimitExceeded", 409) as said:
        MAKERS[quota](account.iam, 2)
    assert said.message == f"Cannot exceed quota for {quota}: 2"


def test_roles_of_services_count_as_roles(account):
    account.server.admin("account", "quota", account.number, "RolesPerAccount", "1")
    account.iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    with refused("LimitExceeded", 409) as said:
        account.iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    assert said.message == "Cannot exceed quota for RolesPerAccount: 1"


# --- fifty tags of each kind ----------------------------------------------------------------------

def kinds(account):
    """The words that name one of each kind that has tags, by the end of its operations."""
    iam = account.iam
    iam.create_user(UserName="u")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    iam.create_instance_profile(InstanceProfileName="i")
    iam.upload_server_certificate(ServerCertificateName="c", CertificateBody=pki.certificate("limits"),
                                  PrivateKey=pki.key("limits"))
    saml = iam.create_saml_provider(Name="S", SAMLMetadataDocument=Idp.of_the_tests().metadata())
    oidc = iam.create_open_id_connect_provider(Url="https://login.example.org")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="m")["VirtualMFADevice"]
    return {"user": {"UserName": "u"}, "role": {"RoleName": "r"}, "instance_profile": {"InstanceProfileName": "i"},
            "server_certificate": {"ServerCertificateName": "c"},
            "saml_provider": {"SAMLProviderArn": saml["SAMLProviderArn"]},
            "open_id_connect_provider": {"OpenIDConnectProviderArn": oidc["OpenIDConnectProviderArn"]},
            "mfa_device": {"SerialNumber": device["SerialNumber"]},
            "policy": {"PolicyArn": account.policy("p", allow("*"))}}


def test_fifty_tags_at_most_of_every_kind(account):
    for kind, named in kinds(account).items():
        tag = getattr(account.iam, f"tag_{kind}")
        tag(Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)], **named)
        with refused("LimitExceeded", 409, "The number of tags has reached the maximum limit."):
            tag(Tags=[{"Key": "one more", "Value": ""}], **named)
        tag(Tags=[{"Key": "k7", "Value": "changed"}], **named)  # as many as before
        listed = getattr(account.iam, f"list_{kind}_tags")(**named)["Tags"]
        assert len(listed) == 50 and {"Key": "k7", "Value": "changed"} in listed, kind
        with refused("InvalidInput", 400, "Duplicate tag keys found."):
            tag(Tags=[{"Key": "twice", "Value": ""}] * 2, **named)


# --- policies that are for services only ----------------------------------------------------------

def test_a_service_role_policy_is_for_nobody_else(account):
    iam = account.iam
    kinds(account)
    iam.create_group(GroupName="g")
    for call in (lambda: iam.attach_user_policy(UserName="u", PolicyArn=SERVICE_POLICY),
                 lambda: iam.attach_group_policy(GroupName="g", PolicyArn=SERVICE_POLICY),
                 lambda: iam.attach_role_policy(RoleName="r", PolicyArn=SERVICE_POLICY),
                 lambda: iam.put_user_permissions_boundary(UserName="u", PermissionsBoundary=SERVICE_POLICY),
                 lambda: iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=SERVICE_POLICY),
                 lambda: iam.create_user(UserName="v", PermissionsBoundary=SERVICE_POLICY)):
        with refused("PolicyNotAttachable", 400):
            call()
    shown = iam.get_policy(PolicyArn=SERVICE_POLICY)["Policy"]
    assert (shown["AttachmentCount"], shown["PermissionsBoundaryUsageCount"]) == (0, 0)


# --- what a session carries -----------------------------------------------------------------------

def heavy(count=50):
    """Tags that do not pack."""
    return [{"Key": base64.b32encode(os.urandom(75)).decode(), "Value": base64.b64encode(os.urandom(180)).decode()}
            for _ in range(count)]


def test_a_federated_user_with_too_much(account):
    with refused("PackedPolicyTooLarge", 400, "Packed size of session tags consumes "):
        account.sts.get_federation_token(Name="fred", Tags=heavy())


def test_a_web_identity_with_too_much_or_no_policy(account):
    issuer = Issuer("/realm")
    try:
        issuer.keys = [Key("one")]
        made = account.iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=["client"])
        arn = account.role("web", trust({"Federated": made["OpenIDConnectProviderArn"]},
                                        ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]))
        nobody = account.server.caller("AKIDNOBODY", "nothing")

        def assume(claims=None, **more):
            return nobody.sts.assume_role_with_web_identity(
                RoleArn=arn, RoleSessionName="job", WebIdentityToken=issuer.token(**(claims or {})), **more)

        for bad in ("no json", '{"Version": "2012-10-17"}', document({"Effect": "Allow", "Action": "x"})):
            with refused("MalformedPolicyDocument", 400):
                assume(Policy=bad)
        tags = {tag["Key"]: [tag["Value"]] for tag in heavy(30)}
        with refused("PackedPolicyTooLarge", 400, "Packed size of session tags consumes "):
            assume({"https://aws.amazon.com/tags": {"principal_tags": tags}})
        assert assume(Policy=ONE)["PackedPolicySize"] > 0
    finally:
        issuer.close()
