"""Every STS operation, and every kind of denial, through each client, plain and over TLS."""
import json
import re

import pytest
from clients import failing
from conftest import allow, deny, document, trust
from totp import Device
from saml_idp import Idp, encode

ANY = allow("*")


def role(client, name="app", trusted=None, *statements, **more):
    made = client.iam("CreateRole", RoleName=name, AssumeRolePolicyDocument=trusted or trust(
        {"AWS": client.caller.number}), **more)["Role"]
    if statements:
        client.iam("PutRolePolicy", RoleName=name, PolicyName="inline", PolicyDocument=document(*statements))
    return made["Arn"]


def user(client, name, *statements, **more):
    return client.of(client.caller.user(name, *statements, **more))


def test_caller_identity(client):
    me = client.sts("GetCallerIdentity")
    assert (me["Account"], me["Arn"]) == (client.caller.number, client.caller.arn("user/admin"))
    session = client.assume(role(client))
    told = session.sts("GetCallerIdentity")
    assert told["Arn"] == client.caller.arn("assumed-role/app/session", "sts")
    assert re.fullmatch(r"AROA[A-Z2-7]{17}:session", told["UserId"])


def test_assume_role_with_everything(client):
    arn = role(client, "app", trust({"AWS": client.caller.number},
                                    Condition={"StringEquals": {"sts:ExternalId": "x-1"}}), ANY)
    policy = client.iam("CreatePolicy", PolicyName="lists", PolicyDocument=document(allow("iam:ListUsers")))["Policy"]
    asked = dict(RoleArn=arn, RoleSessionName="orders-7f3", DurationSeconds=900, ExternalId="x-1",
                 Policy=document(allow("iam:ListRoles")), PolicyArns=[{"arn": policy["Arn"]}],
                 Tags=[{"Key": "team", "Value": "blue"}], TransitiveTagKeys=["team"], SourceIdentity="alice")
    answer = client.sts("AssumeRole", **asked)
    assert answer["AssumedRoleUser"]["Arn"] == client.caller.arn("assumed-role/app/orders-7f3", "sts")
    assert answer["SourceIdentity"] == "alice" and 1 <= answer["PackedPolicySize"] <= 100
    session = client.session(answer)
    session.iam("ListUsers")
    session.iam("ListRoles")
    with failing("AccessDenied", 403, f"User: {answer['AssumedRoleUser']['Arn']} is not authorized to perform: "
                 f"iam:ListGroups on resource: {client.caller.arn('group/')} because no session policy allows the "
                 "iam:ListGroups action"):
        session.iam("ListGroups")
    refused = f"User: {client.caller.arn('user/admin')} is not authorized to perform: sts:AssumeRole on resource: {arn}"
    with failing("AccessDenied", 403, refused):
        client.sts("AssumeRole", **{**asked, "ExternalId": "x-2"})
    plain = client.sts("AssumeRole", RoleArn=arn, RoleSessionName="plain", ExternalId="x-1")
    assert "PackedPolicySize" not in plain and "SourceIdentity" not in plain


def test_assume_role_with_saml(client):
    idp = Idp.of_the_tests()
    provider = client.iam("CreateSAMLProvider", Name="idp", SAMLMetadataDocument=idp.metadata())["SAMLProviderArn"]
    arn = role(client, "app", trust({"Federated": provider}, ["sts:AssumeRoleWithSAML", "sts:TagSession"]), ANY)
    asked = dict(RoleArn=arn, PrincipalArn=provider, DurationSeconds=900)
    answer = client.sts("AssumeRoleWithSAML", SAMLAssertion=idp.response(arn, provider, **{"PrincipalTag:team": "blue"}),
                        Policy=document(allow("iam:ListUsers")), **asked)
    assert answer["AssumedRoleUser"]["Arn"] == client.caller.arn("assumed-role/app/ana@example.com", "sts")
    assert (answer["Subject"], answer["SubjectType"], answer["Issuer"], answer["Audience"]) == (
        "ana", "persistent", "urn:test:idp", "https://signin.aws.amazon.com/saml")
    client.session(answer).iam("ListUsers")
    with failing("AccessDenied", 403):
        client.session(answer).iam("ListRoles")
    with failing("ExpiredTokenException", 400):
        client.sts("AssumeRoleWithSAML", SAMLAssertion=idp.response(arn, provider, until=-1), **asked)
    with failing("InvalidIdentityToken", 400, "Response signature invalid"):
        client.sts("AssumeRoleWithSAML", SAMLAssertion=encode(idp.tree(arn, provider)), **asked)
    with failing("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithSAML"):
        client.sts("AssumeRoleWithSAML", SAMLAssertion=idp.response(arn + "x", provider), **asked)


def test_assume_role_is_refused(client):
    arn = role(client, "app", trust({"AWS": client.caller.number}), ANY, MaxSessionDuration=7200)

    def wrong(code, text, caller=client, **members):
        with failing(code, 400, text):
            caller.sts("AssumeRole", **{"RoleArn": arn, "RoleSessionName": "session", **members})
    session = client.assume(arn, DurationSeconds=7200, Tags=[{"Key": "team", "Value": "blue"}],
                            TransitiveTagKeys=["team"])
    wrong("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
          DurationSeconds=7201)
    wrong("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
          "role chaining.", caller=session, DurationSeconds=3601)
    wrong("InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.",
          TransitiveTagKeys=["team"])
    wrong("InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
          Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "1"}])
    wrong("InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with "
          "a transitive tag key from the calling session.", caller=session, Tags=[{"Key": "Team", "Value": "red"}])
    wrong("ValidationError", "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy "
          "constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*", RoleSessionName="a b")
    wrong("ValidationError", "no-arn-but-long-enough is invalid", RoleArn="no-arn-but-long-enough")
    wrong("MalformedPolicyDocument", None, Policy="{")
    wrong("PackedPolicyTooLarge", None, Tags=[{"Key": f"key-{i}", "Value": "x" * 200} for i in range(20)])


def test_session_token(client):
    bob = user(client, "bob", ANY)
    session = bob.session(bob.sts("GetSessionToken", DurationSeconds=900))
    assert session.sts("GetCallerIdentity")["Arn"] == client.caller.arn("user/bob")
    with failing("InvalidClientTokenId", 403):
        session.iam("ListUsers")
    with failing("AccessDenied", 403, "Cannot call GetSessionToken with session credentials"):
        session.sts("GetSessionToken")
    assert session.assume(role(client)).sts("GetCallerIdentity")["Arn"].endswith("assumed-role/app/session")


def test_codes_of_mfa_devices(client):
    bob = user(client, "bob", allow("iam:ListUsers", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
               allow("sts:AssumeRole"))
    asks = role(client, "asks", trust({"AWS": client.caller.number},
                                      Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    device = Device(client.caller.iam, "phone").enable("bob")
    wrong = {"SerialNumber": device.serial, "TokenCode": device.wrong()}
    for operation, members in (("GetSessionToken", {}), ("AssumeRole", {"RoleArn": asks, "RoleSessionName": "session"})):
        with failing("AccessDenied", 403, "MultiFactorAuthentication failed with invalid MFA one time pass code. "):
            bob.sts(operation, **wrong, **members)
    session = bob.session(bob.sts("GetSessionToken", **device.parameters()))
    assert session.iam("ListUsers")["Users"]
    session.assume(asks)
    with failing("AccessDenied", 403):
        bob.assume(asks)
    bob.assume(asks, **device.parameters())


def test_federation_token(client):
    answer = client.sts("GetFederationToken", Name="fred", Policy=document(allow("s3:*")), DurationSeconds=900,
                        Tags=[{"Key": "team", "Value": "blue"}])
    assert answer["FederatedUser"] == {"FederatedUserId": f"{client.caller.number}:fred",
                                       "Arn": client.caller.arn("federated-user/fred", "sts")}
    assert answer["PackedPolicySize"] > 0
    fred = client.session(answer)
    assert fred.sts("GetCallerIdentity")["Arn"] == client.caller.arn("federated-user/fred", "sts")
    with failing("AccessDenied", 403, "Cannot call GetFederationToken with session credentials"):
        fred.sts("GetFederationToken", Name="fred")
    assert client.sts("GetFederationToken", Name="fred")["PackedPolicySize"] == 0


def test_access_key_info(client):
    assert client.sts("GetAccessKeyInfo", AccessKeyId=client.caller.key)["Account"] == client.caller.number
    assert client.sts("GetAccessKeyInfo", AccessKeyId="ASIAY34FZKBOKMUTVV7A")["Account"] == "609629065308"
    with failing("ValidationError", 400):
        client.sts("GetAccessKeyInfo", AccessKeyId="AKIAAAAAAAAAAAAAAAA1")


def test_authorization_messages(client):
    sealed = client.caller.sealed_message()
    told = json.loads(client.sts("DecodeAuthorizationMessage", EncodedMessage=sealed)["DecodedMessage"])
    assert told["allowed"] is False and told["context"]["action"] == "iam:ListUsers"
    with failing("InvalidAuthorizationMessageException", 400):
        client.sts("DecodeAuthorizationMessage", EncodedMessage=sealed[:-8] + "AAAAAAA=")


# --- denials

def attached(client, name, *statements):
    return client.iam("CreatePolicy", PolicyName=name, PolicyDocument=document(*statements))["Policy"]["Arn"]


def bounded(client, *statements):
    bob = user(client, "bob", ANY)
    client.iam("PutUserPermissionsBoundary", UserName="bob", PermissionsBoundary=attached(client, "limit", *statements))
    return bob


def session_with(client, *statements):
    return client.assume(role(client, "app", None, ANY), Policy=document(*statements))


def grouped(client):
    bob = user(client, "bob", ANY)
    client.iam("CreateGroup", GroupName="g")
    client.iam("AttachGroupPolicy", GroupName="g", PolicyArn=attached(client, "no", deny("iam:GetUser")))
    client.iam("AddUserToGroup", GroupName="g", UserName="bob")
    return bob


# A managed policy that denies is named.
KINDS = {
    "nothing allows": (lambda client: user(client, "bob"),
                       "because no identity-based policy allows the iam:GetUser action"),
    "the identity policy denies": (lambda client: user(client, "bob", ANY, deny("iam:GetUser")),
                                   "with an explicit deny in an identity-based policy"),
    "the group's policy denies": (grouped, "with an explicit deny in an identity-based policy: arn:aws:iam::{}:policy/no"),
    "the boundary does not allow": (lambda client: bounded(client, allow("iam:ListUsers")),
                                    "because no permissions boundary allows the iam:GetUser action"),
    "the boundary denies": (lambda client: bounded(client, ANY, deny("iam:GetUser")),
                            "with an explicit deny in a permissions boundary: arn:aws:iam::{}:policy/limit"),
    "the session policy does not allow": (lambda client: session_with(client, allow("iam:ListUsers")),
                                          "because no session policy allows the iam:GetUser action"),
    "the session policy denies": (lambda client: session_with(client, ANY, deny("iam:GetUser")),
                                  "with an explicit deny in a session policy"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_denials(client, kind):
    make, tail = KINDS[kind]
    caller = make(client)
    who = caller.sts("GetCallerIdentity")["Arn"]
    with failing("AccessDenied", 403, f"User: {who} is not authorized to perform: iam:GetUser on resource: "
                                      f"{client.caller.arn('user/admin')} {tail.format(client.caller.number)}"):
        caller.iam("GetUser", UserName="admin")


def test_denials_of_the_trust_policy(client):
    """Assuming is refused in the same words, whichever side refuses and whether the role is there."""
    bob = user(client, "bob", allow("sts:AssumeRole"))
    not_named = role(client, "a", trust({"AWS": client.caller.arn("user/admin")}))
    denied = role(client, "b", document({"Effect": "Allow", "Principal": {"AWS": client.caller.number},
                                         "Action": "sts:AssumeRole"},
                                        {"Effect": "Deny", "Principal": {"AWS": client.caller.arn("user/bob")},
                                         "Action": "sts:AssumeRole"}))
    carol, open_role = user(client, "carol"), role(client, "c")
    bob.assume(open_role)
    for caller, name, arn in ((bob, "bob", not_named), (bob, "bob", denied), (carol, "carol", open_role),
                              (bob, "bob", client.caller.arn("role/none"))):
        with failing("AccessDenied", 403) as said:
            caller.sts("AssumeRole", RoleArn=arn, RoleSessionName="session")
        assert said.message.startswith(f"User: {client.caller.arn(f'user/{name}')} is not authorized to perform: "
                                       f"sts:AssumeRole on resource: {arn}")
