"""Tokens of a real OpenID Connect provider (npm oidc-provider), which the test starts."""
import base64
import json
import subprocess
import urllib.parse
import urllib.request

import pytest
from clients import SDK
from conftest import refused, trust

ACTIONS = ("sts:AssumeRoleWithWebIdentity",)


@pytest.fixture(scope="module")
def issuer():
    script = SDK.parents[2] / "provider.mjs"
    process = subprocess.Popen(["node", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    yield process.stdout.readline().strip()
    process.stdin.close()
    process.wait(20)
    process.stdout.close()


def token_of(issuer, alg="RS256"):
    basic = base64.b64encode(b"workload:secret").decode()
    request = urllib.request.Request(f"{issuer}/token?alg={alg}", headers={"Authorization": f"Basic {basic}"},
                                     data=urllib.parse.urlencode({"grant_type": "client_credentials",
                                                                  "scope": "api"}).encode())
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())["access_token"]


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_its_tokens_assume_roles(account, issuer, alg):
    provider = account.iam.create_open_id_connect_provider(
        Url=issuer, ClientIDList=["sts.amazonaws.com"])["OpenIDConnectProviderArn"]
    name = issuer.partition("://")[2]
    role = account.role("app", trust({"Federated": provider}, ACTIONS, Condition={"StringEquals": {
        f"{name}:aud": "sts.amazonaws.com", f"{name}:client_id": "workload", f"{name}:team": "blue"}}))
    token = token_of(issuer, alg)
    header = token.split(".")[0]
    assert json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["alg"] == alg
    asked = dict(RoleArn=role, RoleSessionName="job", WebIdentityToken=token)
    answer = account.sts.assume_role_with_web_identity(**asked)
    assert (answer["Provider"], answer["Audience"]) == (provider, "sts.amazonaws.com")
    assert account.session(answer["Credentials"]).sts.get_caller_identity()["Account"] == account.number
    account.iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=provider,
                                                               ClientID="sts.amazonaws.com")
    with refused("InvalidIdentityToken", 400, "Incorrect token audience"):
        account.sts.assume_role_with_web_identity(**asked)
