"""Every operation whose description lists NoSuchEntity, with each thing it names missing in turn while all
else is there; and every operation that lists UnmodifiableEntity, on a role of a service.

The descriptions are read, so a new operation without its place here fails.
"""
import functools
import sys

import pki
import pytest
import raw
import ssh
from conftest import ROOT, Account, allow, document, trust
from saml_idp import Idp

sys.path.insert(0, str(ROOT / "tools"))
from apilang.read import Reader  # noqa: E402

ID = "00000000-0000-0000-0000-000000000000"
ONE = document(allow("s3:GetObject"))
EC2 = trust({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole"])
PEM = pki.certificate("nothing-there")
SSH_KEY, ANOTHER = (ssh.line(pki.public_key(name)) for name in ("nothing-there", "another"))

# What parameters name, and how something missing is named.
MISSING = {
    "UserName": "nobody", "GroupName": "none", "RoleName": "none", "InstanceProfileName": "none",
    "ServerCertificateName": "none", "AccountAlias": "nobodys-alias", "VersionId": "v99",
    "PolicyArn": "arn:aws:iam::{account}:policy/none", "PolicySourceArn": "arn:aws:iam::{account}:user/nobody",
    "PermissionsBoundary": "arn:aws:iam::{account}:policy/none", "Arn": "arn:aws:iam::{account}:role/none",
    "EntityArn": "arn:aws:iam::{account}:delegation-request/none", "SerialNumber": "arn:aws:iam::{account}:mfa/none",
    "OpenIDConnectProviderArn": "arn:aws:iam::{account}:oidc-provider/none.example.org",
    "SAMLProviderArn": "arn:aws:iam::{account}:saml-provider/None", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "SSHPublicKeyId": "APKAEXAMPLEEXAMPLE22", "CertificateId": "NONEOFOURSNONEOFOURSNONE",
    "ServiceSpecificCredentialId": "ACCAEXAMPLEEXAMPLE222", "JobId": ID, "DelegationRequestId": ID,
    "DeletionTaskId": f"task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/{ID}",
    "PolicyName": "none",
}
# What else is asked for.
GIVEN = {
    "PolicyDocument": ONE, "Status": "Active", "Encoding": "SSH", "AuthenticationCode1": "123456",
    "AuthenticationCode2": "654321", "ClientID": "c", "Password": "correct-Horse-7", "Description": "d",
    "NewPassword": "correct-Horse-8", "OldPassword": "correct-Horse-7", "ServiceName": "codecommit.amazonaws.com",
    "ServiceNamespace": "iam", "CertificateBody": PEM, "AssertionEncryptionMode": "Allowed",
}
LISTED = {"TagKeys": "k", "ThumbprintList": "a" * 40, "ServiceNamespaces": "iam", "ActionNames": "iam:GetUser"}
# Names that are given, not looked up.
NEW = {"CreateUser": {"UserName"}, "CreateGroup": {"GroupName"}, "CreateRole": {"RoleName"},
       "PutUserPolicy": {"PolicyName"}, "PutGroupPolicy": {"PolicyName"}, "PutRolePolicy": {"PolicyName"}}
# Operations that name nothing of ours, or cannot be asked without having it, and why.
ELSEWHERE = {
    "ChangePassword": "the caller without a login profile: test_iam_passwords.py",
    "CreateGroup": "AWS lists the error; there is nothing a new group refers to",
    "CreateServiceLinkedRole": "a service without such roles is InvalidInput: test_iam_service_linked_roles.py",
    "DeleteAccountPasswordPolicy": "test_aws_behaviour.py", "GetAccountPasswordPolicy": "test_aws_behaviour.py",
    "ListDelegationRequests": "nobody ever has one, and a list of none is empty",
    "UpdateAccountPasswordPolicy": "it makes what is not there",
}
# Things that may be left out or missing without harm, and why.
HARMLESS = {
    ("RemoveClientIDFromOpenIDConnectProvider", "ClientID"): "as AWS: it is gone then",
    ("ListPoliciesGrantingServiceAccess", "ServiceNamespaces"): "a service nobody knows is in no policy",
}


@functools.cache
def described():
    common = Reader("common.api", (ROOT / "src/service/protocol/common.api").read_text()).read().errors
    return Reader("iam.api", (ROOT / "src/service/iam/iam.api").read_text(), common).read().operations


def listing(code):
    return sorted(name for name, op in described().items() if code in op.errors)


@pytest.fixture(scope="module")
def there(server):
    """An account with one of everything: the values of parameters that name it. Nobody changes it: every
    call here is refused."""
    account = Account(server)
    iam = account.iam
    iam.create_user(UserName="u")
    iam.create_group(GroupName="g")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    iam.create_instance_profile(InstanceProfileName="i")
    policy = account.policy("p", allow("s3:GetObject"))
    for kind in ("user", "group", "role"):
        getattr(iam, f"put_{kind}_policy")(PolicyName="own", PolicyDocument=ONE, **{f"{kind.title()}Name": kind[0]})
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="m")["VirtualMFADevice"]["SerialNumber"]
    provider = iam.create_open_id_connect_provider(Url="https://login.example.org", ClientIDList=["c"])
    saml = iam.create_saml_provider(Name="S", SAMLMetadataDocument=Idp.of_the_tests().metadata())
    iam.upload_server_certificate(ServerCertificateName="c", CertificateBody=PEM, PrivateKey=pki.key("nothing-there"))
    key = iam.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"]
    certificate = iam.upload_signing_certificate(UserName="u", CertificateBody=PEM)["Certificate"]["CertificateId"]
    public = iam.upload_ssh_public_key(UserName="u", SSHPublicKeyBody=SSH_KEY)
    service = iam.create_service_specific_credential(UserName="u", ServiceName="codecommit.amazonaws.com")
    iam.create_account_alias(AccountAlias=f"alias-{account.number}")
    account.values = {
        "UserName": "u", "GroupName": "g", "RoleName": "r", "InstanceProfileName": "i", "ServerCertificateName": "c",
        "AccountAlias": f"alias-{account.number}", "VersionId": "v1", "PolicyArn": policy, "PolicyName": "own",
        "PolicySourceArn": account.arn("user/u"), "PermissionsBoundary": policy, "Arn": account.arn("role/r"),
        "SerialNumber": device, "OpenIDConnectProviderArn": provider["OpenIDConnectProviderArn"],
        "SAMLProviderArn": saml["SAMLProviderArn"], "AccessKeyId": key, "CertificateId": certificate,
        "SSHPublicKeyId": public["SSHPublicKey"]["SSHPublicKeyId"],
        "ServiceSpecificCredentialId": service["ServiceSpecificCredential"]["ServiceSpecificCredentialId"],
    }
    return account


def wire(account, operation, missing=None):
    """The form of a call where everything named is there but for `missing`."""
    form = {}
    for member in operation.inputs:
        name = member.name
        if name == missing:
            form[name] = MISSING[name].replace("{account}", account.number)
        elif name in NEW.get(operation.name, ()):
            form[name] = "new"
        elif name == "Tags" and member.required:
            form.update({"Tags.member.1.Key": "k", "Tags.member.1.Value": "v"})
        elif name == "SSHPublicKeyBody":
            form[name] = ANOTHER
        elif name in LISTED and member.required:
            form[f"{name}.member.1"] = LISTED[name]
        elif name in account.values and (member.required or name == "UserName"):
            form[name] = account.values[name]
        elif name in GIVEN and (member.required or name in ("Password", "AssertionEncryptionMode")):
            form[name] = GIVEN[name]
    return form


CASES = [(name, member.name) for name in listing("NoSuchEntity") if name not in ELSEWHERE
         for member in described()[name].inputs
         if member.name in MISSING and member.name not in NEW.get(name, ()) and (name, member.name) not in HARMLESS]


@pytest.mark.parametrize("name", sorted({name for name, _ in CASES}))
def test_what_is_missing(there, name):
    operation = described()[name]
    for missing in [member for one, member in CASES if one == name]:
        answer = raw.call(there, name, version=raw.IAM, parameters=wire(there, operation, missing))
        assert (answer.status, answer.code) == (404, "NoSuchEntity"), f"{missing}: {answer.body}"
        assert answer.message, missing


def test_every_operation_has_its_place():
    placed = {name for name, _ in CASES} | set(ELSEWHERE)
    assert placed == set(listing("NoSuchEntity"))
    assert all(member.name in {*MISSING, *GIVEN, *LISTED, "Tags", "SSHPublicKeyBody"}
               for name, _ in CASES for member in described()[name].inputs if member.required)


# --- roles of services ----------------------------------------------------------------------------

MODIFIABLE = {
    "UpdateRoleDescription": "the description of a service's role is anybody's to change",
    "UpdateRole": "the same; its duration is refused: test_iam_service_linked_roles.py",
}


@pytest.fixture(scope="module")
def linked(there):
    """The name of a role of a service."""
    return there.iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]["RoleName"]


@pytest.mark.parametrize("name", listing("UnmodifiableEntity"))
def test_a_role_of_a_service(there, linked, name):
    form = {**wire(there, described()[name]), "RoleName": linked}
    answer = raw.call(there, name, version=raw.IAM, parameters=form)
    if name in MODIFIABLE:
        assert answer.status == 200, answer.body
    else:
        assert (answer.status, answer.code) == (400, "UnmodifiableEntity"), answer.body
        assert linked in answer.message
