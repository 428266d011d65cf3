"""OpenID Connect providers, and roles assumed with their tokens, through each client."""
import json
import os
import subprocess

import pytest
from clients import SDK, failing
from conftest import REGION, allow, trust
from issuer import Issuer, Key

RSA = Key("rsa-1")
PRINT = "0123456789abcdef0123456789ABCDEF01234567"
TAGS = [{"Key": "team", "Value": "blue"}]
URL = "https://token.actions.githubusercontent.com"


@pytest.fixture
def issuer():
    made = Issuer("/realm")
    made.keys = [RSA]
    yield made
    made.close()


def test_openid_connect_providers(client):
    made = client.iam("CreateOpenIDConnectProvider", Url=URL, ClientIDList=["sts.amazonaws.com", "b"],
                      ThumbprintList=[PRINT], Tags=TAGS)
    arn = made["OpenIDConnectProviderArn"]
    assert arn == client.caller.arn("oidc-provider/token.actions.githubusercontent.com")
    assert made["Tags"] == TAGS
    got = client.iam("GetOpenIDConnectProvider", OpenIDConnectProviderArn=arn)
    assert (got["Url"], got["ClientIDList"], got["ThumbprintList"], got["Tags"]) == (
        "token.actions.githubusercontent.com", ["sts.amazonaws.com", "b"], [PRINT.lower()], TAGS)
    assert client.iam("ListOpenIDConnectProviders")["OpenIDConnectProviderList"] == [{"Arn": arn}]
    assert client.iam("GetAccountSummary")["SummaryMap"]["Providers"] == 1
    client.iam("AddClientIDToOpenIDConnectProvider", OpenIDConnectProviderArn=arn, ClientID="c")
    client.iam("AddClientIDToOpenIDConnectProvider", OpenIDConnectProviderArn=arn, ClientID="c")
    client.iam("RemoveClientIDFromOpenIDConnectProvider", OpenIDConnectProviderArn=arn, ClientID="b")
    client.iam("RemoveClientIDFromOpenIDConnectProvider", OpenIDConnectProviderArn=arn, ClientID="b")
    client.iam("UpdateOpenIDConnectProviderThumbprint", OpenIDConnectProviderArn=arn, ThumbprintList=["a" * 40])
    got = client.iam("GetOpenIDConnectProvider", OpenIDConnectProviderArn=arn)
    assert (got["ClientIDList"], got["ThumbprintList"]) == (["sts.amazonaws.com", "c"], ["a" * 40])
    client.iam("TagOpenIDConnectProvider", OpenIDConnectProviderArn=arn, Tags=[{"Key": "Cost", "Value": "7"}])
    client.iam("UntagOpenIDConnectProvider", OpenIDConnectProviderArn=arn, TagKeys=["team"])
    listed = client.iam("ListOpenIDConnectProviderTags", OpenIDConnectProviderArn=arn)
    assert listed["Tags"] == [{"Key": "Cost", "Value": "7"}] and not listed["IsTruncated"]
    with failing("EntityAlreadyExists", 409, f"Provider with url {URL} already exists."):
        client.iam("CreateOpenIDConnectProvider", Url=URL, ThumbprintList=[PRINT])
    client.iam("DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=arn)
    with failing("NoSuchEntity", 404, f"OpenIDConnect Provider not found for arn {arn}"):
        client.iam("GetOpenIDConnectProvider", OpenIDConnectProviderArn=arn)
    assert client.iam("GetAccountSummary")["SummaryMap"]["Providers"] == 0


def test_assume_role_with_web_identity(client, issuer):
    arn = client.iam("CreateOpenIDConnectProvider", Url=issuer.url, ClientIDList=["client"],
                     ThumbprintList=[PRINT])["OpenIDConnectProviderArn"]
    role = client.iam("CreateRole", RoleName="app", AssumeRolePolicyDocument=trust(
        {"Federated": arn}, ["sts:AssumeRoleWithWebIdentity"]))["Role"]["Arn"]
    client.iam("PutRolePolicy", RoleName="app", PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [allow("iam:ListUsers")]}))
    answer = client.sts("AssumeRoleWithWebIdentity", RoleArn=role, RoleSessionName="job",
                        WebIdentityToken=issuer.token() + "\n")
    assert (answer["Provider"], answer["Audience"], answer["SubjectFromWebIdentityToken"]) == (
        arn, "client", "user-1234")
    assert client.session(answer).iam("ListUsers")["Users"]
    with failing("InvalidIdentityToken", 400, "Incorrect token audience"):
        client.sts("AssumeRoleWithWebIdentity", RoleArn=role, RoleSessionName="job",
                   WebIdentityToken=issuer.token(aud="x"))


BOTO3 = """
import boto3
print(boto3.client("sts").get_caller_identity()["Arn"])
"""
NODE = """
import { fromTokenFile } from "@aws-sdk/credential-provider-web-identity";
import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
const region = "us-east-1", endpoint = process.env.AWS_ENDPOINT_URL;
const credentials = fromTokenFile({ clientConfig: { region, endpoint } });
const client = new STSClient({ region, endpoint, credentials });
console.log((await client.send(new GetCallerIdentityCommand({}))).Arn);
"""


@pytest.mark.parametrize("program", ["aws", "boto3", "node"])
def test_the_clients_own_token_file(account, server, issuer, tmp_path, program):
    """AWS_WEB_IDENTITY_TOKEN_FILE, as workloads on Kubernetes have it."""
    arn = account.iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=["client"])
    role = account.role("app", trust({"Federated": arn["OpenIDConnectProviderArn"]},
                                     ["sts:AssumeRoleWithWebIdentity"]))
    token = tmp_path / "token"
    token.write_text(issuer.token() + "\n")
    if server.ca:
        pytest.skip("the plain server is enough")
    models = subprocess.run([str(server.arguments[0]), "env", "--data", str(server.data)], capture_output=True,
                            text=True, check=True).stdout
    data_path = [line.split("=", 1)[1].strip("'\";") for line in models.splitlines() if "AWS_DATA_PATH=" in line]
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    env.update(AWS_ROLE_ARN=role, AWS_ROLE_SESSION_NAME="pod", AWS_WEB_IDENTITY_TOKEN_FILE=str(token),
               AWS_REGION=REGION, AWS_DEFAULT_REGION=REGION, AWS_ENDPOINT_URL=server.url,
               AWS_EC2_METADATA_DISABLED="true", AWS_DATA_PATH=data_path[0] if data_path else "",
               AWS_CONFIG_FILE=str(tmp_path / "none"), HOME=str(tmp_path))
    if program == "node":
        script = SDK.parents[2] / f"token-file-{os.getpid()}.mjs"
        script.write_text(NODE)
        words = ["node", str(script)]
    else:
        words = (["/usr/bin/aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text"]
                 if program == "aws" else ["/usr/bin/python3", "-c", BOTO3])
    try:
        done = subprocess.run(words, capture_output=True, text=True, env=env, timeout=60)
    finally:
        if program == "node":
            script.unlink()
    assert done.stdout.strip() == account.arn("assumed-role/app/pod", "sts"), done.stderr
