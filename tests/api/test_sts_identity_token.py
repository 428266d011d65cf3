"""The account as an issuer: tokens that third parties verify with an ordinary library and what the
account publishes. The distribution's clients do not know these operations: they are sent raw."""
import base64
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request

import pytest
import raw
from clients import SDK
from conftest import allow, deny, refused, trust

WANTED = {"Audience.member.1": "https://api.example.com", "SigningAlgorithm": "RS256"}
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def enable(account):
    answer = raw.call(account, "EnableOutboundWebIdentityFederation", raw.IAM)
    assert answer.status == 200, answer.body
    return answer.tag("IssuerIdentifier")


def token_of(caller, **more):
    answer = raw.call(caller, "GetWebIdentityToken", parameters={**WANTED, **more})
    assert answer.status == 200, answer.body
    return answer.tag("WebIdentityToken")


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "application/json"
        return json.loads(answer.read())


def part(token, number):
    text = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


VERIFY = """
import { createRemoteJWKSet, jwtVerify } from "jose";
const [token, issuer, audience] = process.argv.slice(2);
const found = await (await fetch(issuer + "/.well-known/openid-configuration")).json();
const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(found.jwks_uri)),
  { issuer, audience, algorithms: found.id_token_signing_alg_values_supported });
console.log(JSON.stringify({ payload, protectedHeader }));
"""


def verified(tmp_path, token, issuer, audience="https://api.example.com"):
    """By npm's jose, from the issuer's URL alone."""
    script = SDK.parents[2] / f"verify-{os.getpid()}-{tmp_path.name}.mjs"
    script.write_text(VERIFY)
    try:
        done = subprocess.run(["node", str(script), token, issuer, audience], capture_output=True, text=True, timeout=60)
    finally:
        script.unlink()
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr


def test_it_is_enabled_and_disabled(account):
    def info():
        return raw.call(account, "GetOutboundWebIdentityFederationInfo", raw.IAM)
    assert (info().status, info().code) == (404, "FeatureDisabled")
    assert raw.call(account, "DisableOutboundWebIdentityFederation", raw.IAM).code == "FeatureDisabled"
    answer = raw.call(account, "GetWebIdentityToken", parameters=WANTED)
    assert (answer.status, answer.code) == (403, "OutboundWebIdentityFederationDisabledException")
    issuer = enable(account)
    assert re.fullmatch(re.escape(account.server.url) + "/issuer/" + UUID, issuer)
    again = raw.call(account, "EnableOutboundWebIdentityFederation", raw.IAM)
    assert (again.status, again.code) == (409, "FeatureEnabled")
    assert (info().tag("IssuerIdentifier"), info().tag("JwtVendingEnabled")) == (issuer, "true")
    assert raw.call(account, "DisableOutboundWebIdentityFederation", raw.IAM).status == 200
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(issuer + "/.well-known/openid-configuration")
    assert enable(account) == issuer


@pytest.mark.parametrize("alg", ["RS256", "ES384"])
def test_a_third_party_verifies_it(account, tmp_path, alg):
    issuer = enable(account)
    account.iam.tag_user(UserName="admin", Tags=[{"Key": "team", "Value": "blue"}])
    token = token_of(account, SigningAlgorithm=alg, DurationSeconds="600",
                     **{"Tags.member.1.Key": "job", "Tags.member.1.Value": "7"})
    found = verified(tmp_path, token, issuer)
    assert isinstance(found, dict), found
    claims = found["payload"]
    assert found["protectedHeader"]["alg"] == alg and found["protectedHeader"]["typ"] == "JWT"
    assert (claims["iss"], claims["aud"], claims["sub"]) == (issuer, "https://api.example.com",
                                                            account.arn("user/admin"))
    assert claims["exp"] - claims["iat"] == 600 and abs(claims["iat"] - time.time()) < 30
    assert re.fullmatch(UUID, claims["jti"])
    assert claims["https://sts.amazonaws.com/"] == {
        "aws_account": account.number, "source_region": "us-east-1", "principal_id": account.arn("user/admin"),
        "principal_tags": {"team": "blue"}, "request_tags": {"job": "7"}}
    assert "JWTClaimValidationFailed" in verified(tmp_path, token, issuer, "https://other.example.com")
    head, payload, signature = token.split(".")
    changed = "A" if signature[9] != "A" else "B"
    assert "JWSSignatureVerificationFailed" in verified(
        tmp_path, f"{head}.{payload}.{signature[:9]}{changed}{signature[10:]}", issuer)


def test_what_the_issuer_publishes(account):
    issuer = enable(account)
    found = get(issuer + "/.well-known/openid-configuration")
    assert (found["issuer"], found["jwks_uri"]) == (issuer, issuer + "/.well-known/jwks.json")
    keys = get(found["jwks_uri"])["keys"]
    assert sorted(key["alg"] for key in keys) == ["ES384", "RS256"]
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & {name for key in keys for name in key}
    for path in ("/.well-known/x", "/", "/.well-known/jwks.json/x", "/../x/.well-known/jwks.json"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(issuer + path)
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(issuer + "/.well-known/jwks.json", data=b"x", timeout=10)


def test_rotation(account, tmp_path):
    issuer = enable(account)
    old = token_of(account)
    made = account.server.admin("issuer", "rotate", account.number)
    new = token_of(account)
    assert part(new, 0)["kid"] == made["RS256"] != part(old, 0)["kid"]
    assert len(get(issuer + "/.well-known/jwks.json")["keys"]) == 4
    for token in (old, new):
        assert isinstance(verified(tmp_path, token, issuer), dict)


def test_a_session_speaks_for_its_role_and_not_longer_than_it_lives(account):
    enable(account)
    role = account.role("app", trust({"AWS": account.number}), allow("sts:GetWebIdentityToken"))
    session = account.assume(role, DurationSeconds=900, SourceIdentity="alice",
                             Tags=[{"Key": "team", "Value": "red"}])
    claims = part(token_of(session), 1)
    assert claims["sub"] == role
    mine = claims["https://sts.amazonaws.com/"]
    assert (mine["principal_tags"], mine["source_identity"]) == ({"team": "red"}, "alice")
    assert mine["original_session_exp"].endswith("Z")
    answer = raw.call(session, "GetWebIdentityToken", parameters={**WANTED, "DurationSeconds": "1000"})
    assert (answer.status, answer.code) == (403, "SessionDurationEscalationException")


def test_permissions(account):
    enable(account)
    bob = account.user("bob", allow("sts:GetWebIdentityToken", Condition={
        "ForAllValues:StringEquals": {"sts:IdentityTokenAudience": "https://api.example.com"},
        "NumericLessThanEquals": {"sts:DurationSeconds": 300}, "StringEquals": {"sts:SigningAlgorithm": "RS256"}}))
    token_of(bob)
    tag = {"Tags.member.1.Key": "a", "Tags.member.1.Value": "b"}
    for more in ({"Audience.member.2": "x"}, {"DurationSeconds": "301"}, {"SigningAlgorithm": "ES384"}, tag):
        assert raw.call(bob, "GetWebIdentityToken", parameters={**WANTED, **more}).code == "AccessDenied"
    nobody = account.user("nobody", allow("*"), deny("sts:GetWebIdentityToken"))
    assert raw.call(nobody, "GetWebIdentityToken", parameters=WANTED).code == "AccessDenied"


def test_refusals(account):
    enable(account)

    def code(**more):
        return raw.call(account, "GetWebIdentityToken", parameters={**WANTED, **more}).code
    assert code(SigningAlgorithm="HS256") == "ValidationError"
    assert code(DurationSeconds="59") == code(DurationSeconds="3601") == "ValidationError"
    assert code(**{f"Audience.member.{i}": "x" for i in range(2, 12)}) == "ValidationError"
    many = {f"Tags.member.{i}.{name}": value for i in range(1, 41)
            for name, value in (("Key", f"{i:02}" + "k" * 100), ("Value", "v" * 200))}
    assert code(**many) == "JWTPayloadSizeExceededException"
    assert code(**{"Tags.member.1.Key": "a", "Tags.member.1.Value": "", "Tags.member.2.Key": "A",
                   "Tags.member.2.Value": ""}) == "InvalidParameterValue"


def test_several_audiences_are_a_list(account):
    enable(account)
    assert part(token_of(account, **{"Audience.member.2": "b"}), 1)["aud"] == ["https://api.example.com", "b"]


def test_our_own_tokens_assume_no_role(account):
    issuer = enable(account)
    made = account.iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["https://api.example.com"])
    role = account.role("app", trust({"Federated": made["OpenIDConnectProviderArn"]},
                                     ["sts:AssumeRoleWithWebIdentity"]))
    with refused("InvalidIdentityToken", 400, "Tokens of GetWebIdentityToken cannot be used"):
        account.sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="job",
                                                  WebIdentityToken=token_of(account))


def test_the_token_is_in_no_record(account, server):
    enable(account)
    answer = raw.call(account, "GetWebIdentityToken", parameters=WANTED)
    record = server.trail(answer.request_id)
    assert answer.tag("WebIdentityToken").split(".")[2] not in json.dumps(record)
