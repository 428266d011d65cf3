"""Requests recorded from real clients and tokens of real identity providers (tests/fixtures), byte for byte,
by a clock that stands where it stood then: each is accepted or refused as it should be.

The key that signed them is here a user's who may do everything; sessions that signed some are not ours. The
unit tests of sign/, saml/ and federation/ read the same files below HTTP.
"""
import base64
import contextlib
import json
import re
import sqlite3
import time

import botocore.credentials
import botocore.hooks
import botocore.model
import botocore.signers
import pytest

import raw
from conftest import ROOT, ROOT_ACCOUNT, Caller, allow, refused, trust
from issuer import Issuer
from replay import KEY, Replay, seconds

FOLDER, SAML = ROOT / "tests/fixtures/captures", ROOT / "tests/fixtures/saml"
REQUESTS = {str(path.relative_to(FOLDER)): path for path in sorted(FOLDER.rglob("*.req.http"))}
PRESIGNED = dict(zip(*[(line for line in (FOLDER / "presigned.txt").read_text().splitlines()
                        if not line.startswith("#"))] * 2))
RECORDED_AT = "2026-11-23T18:47:15Z"  # where a request itself does not say
IDP = f"arn:aws:iam::{ROOT_ACCOUNT}:saml-provider/idp"
SAML_ACTIONS = ("sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity")
WEB_ACTIONS = ("sts:AssumeRoleWithWebIdentity", "sts:TagSession")
ISSUER_PORT = 9500


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The account of the recordings: its user ana, the role demo, an identity provider of each kind."""
    with contextlib.closing(Issuer()) as issuer:
        served(issuer)
        with Replay(tmp_path_factory.mktemp("replay"), port=(ISSUER_PORT, issuer.server.server_port)) as replay:
            replay.at(int(time.time()))
            made = replay.server.admin("root-key", "create", ROOT_ACCOUNT)
            replay.root = Caller(replay.server, made["AccessKeyId"], made["SecretAccessKey"])
            user = settle(replay.root)
            replay.server.stop()
            with contextlib.closing(sqlite3.connect(replay.server.data / "mantle.db")) as store:
                changed = store.execute("UPDATE access_key SET owner_id = ? WHERE id = ?", (user, KEY)).rowcount
                store.commit()
            assert changed == 1
            replay.start()
            replay.root = replay.server.caller(replay.root.key, replay.root.secret)
            yield replay


def served(issuer):
    """The real provider's documents."""
    folder = FOLDER / "idp"
    for path, name in (("/.well-known/openid-configuration", "discovery"), ("/jwks", "jwks")):
        issuer.answers[path] = 200, {}, (folder / f"oidc-provider.{name}.json").read_bytes()


def settle(root):
    """ana's unique id."""
    user = root.iam.create_user(UserName="ana")["User"]["UserId"]
    root.iam.put_user_policy(UserName="ana", PolicyName="all", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [allow(["sts:*", "iam:*"])]}))
    root.iam.create_saml_provider(Name="idp", SAMLMetadataDocument=(SAML / "saml-idp.metadata.xml").read_text())
    web = root.iam.create_open_id_connect_provider(
        Url=f"http://127.0.0.1:{ISSUER_PORT}", ClientIDList=["mantle-cli", "sts.amazonaws.com"],
        ThumbprintList=[])["OpenIDConnectProviderArn"]
    policy = json.loads(trust({"AWS": ROOT_ACCOUNT}))
    policy["Statement"] += [allow(list(actions), None, Principal={"Federated": arn})
                            for arn, actions in ((IDP, SAML_ACTIONS), (web, WEB_ACTIONS))]
    for statement in policy["Statement"]:
        statement.pop("Resource", None)
    root.iam.create_role(RoleName="demo", AssumeRolePolicyDocument=json.dumps(policy))
    enabled = raw.call(root, "EnableOutboundWebIdentityFederation", raw.IAM, service="iam")
    assert enabled.status == 200, enabled.body
    return user


# --- requests -----------------------------------------------------------------------------------------

NOBODY = (403, "InvalidClientTokenId")  # signed by a session of the recording
NOT_HERE = (404, "MalformedQueryString")  # another service's address
DUMMY_TOKEN = (400, "InvalidIdentityToken")

EXPECTED = {  # what decides is not the signature alone
    "cli2.36-sts-assume-role.01.req.http": (403, "AccessDenied"),  # ProvidedContexts take sts:SetContext
    "cli2.36-profile-assume-role.01.req.http": (403, "AccessDenied"),  # an MFA device that ana does not have
    "cli2.9-sts-assume-role.01.req.http": (403, "AccessDenied"),  # the same
    "cli2.9-sts-session-token.01.req.http": (403, "AccessDenied"),  # the same
    "cli2.36-sts-assume-root.01.req.http": (403, "AccessDenied"),  # not a management account
    "cli2.36-sts-get-delegated-access-token.01.req.http": (403, "AccessDenied"),  # AWS's partners alone
    "js-s3-sqs.01.req.http": (400, "MalformedInput"),  # JSON, to another service
    "rclone1.60-head.01.req.http": (404, None),  # no body to say it in
    "rclone1.60-list-buckets.01.req.http": (400, "MissingAction"),
    "s3cmd2.3-list-buckets.01.req.http": (400, "MissingAction"),
}


def parts(name):
    head, _, body = REQUESTS[name].read_bytes().partition(b"\r\n\r\n")
    return head, body


def when(head):
    said = re.search(rb"(?i)x-amz-date: (\w+)", head)
    return seconds(said[1].decode() if said else RECORDED_AT)


def expected(name, head, body):
    """(status, code)"""
    if name in EXPECTED:
        return EXPECTED[name]
    if not re.search(rb"Action=\w+", body):
        return NOT_HERE
    if b"Credential=" not in head:
        return DUMMY_TOKEN
    return (200, None) if KEY.encode() in head else NOBODY


@pytest.mark.parametrize("name", REQUESTS)
def test_recorded_requests(recorded, name):
    head, body = parts(name)
    recorded.at(when(head))
    status, code, answer = recorded.send(head, body)
    assert (status, code) == expected(name, head, body), answer
    assert "<SecretAccessKey>" not in answer or status == 200


ACCEPTED = [name for name in REQUESTS if expected(name, *parts(name))[0] == 200]


def test_every_kind_of_client_is_among_the_accepted():
    assert len(ACCEPTED) >= 10
    for client in ("boto3-1.26", "cli2.9", "cli2.36", "js-"):
        assert any(name.startswith(client) for name in ACCEPTED)


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_recorded_request_with_one_changed_byte(recorded, name):
    head, body = parts(name)
    recorded.at(when(head))
    wrong = b"&".join(reversed(body.split(b"&")))  # the same parameters, other bytes
    assert wrong != body and recorded.send(head, wrong)[1] == "SignatureDoesNotMatch"
    later = re.sub(rb"(?i)(x-amz-date: \d{8}T\d{5})\d", rb"\g<1>7", head)
    if later != head:
        assert recorded.send(later, body)[1] == "SignatureDoesNotMatch"


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_recorded_request_fifteen_minutes_off(recorded, name):
    head, body = parts(name)
    for off, good in ((-900, True), (900, True), (-901, False), (901, False)):
        recorded.at(when(head) + off)
        status, code, answer = recorded.send(head, body)
        assert (status == 200) == good and code in (None, "SignatureDoesNotMatch"), (off, answer)


def test_recorded_presigned_urls(recorded):
    for client, url in PRESIGNED.items():
        host, target = re.match(r"http://([^/]+)(/.*)", url).groups()
        # boto3 presigns a call of the query protocol for the method it would use itself.
        method = "GET" if "-s3-" in client else "POST"
        head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0".encode()
        signed = seconds(re.search(r"X-Amz-Date=(\w+)", url)[1])
        recorded.at(signed)
        if "-s3-" in client:
            assert recorded.send(head)[:2] == NOT_HERE
            continue
        for at, good in ((signed, True), (signed + 60, True), (signed + 61, False), (signed + 86400, False)):
            recorded.at(at)
            status, _, answer = recorded.send(head)
            assert (status == 200) == good and status in (200, 400, 403), (at - signed, answer)


# --- what identity providers said -----------------------------------------------------------------------


def saml(recorded, name, change=lambda xml: xml):
    """AssumeRoleWithSAML with a provider's response: (status, code, answer)"""
    text = base64.b64encode(change(base64.b64decode((SAML / f"{name}.response.b64").read_text())))
    body = raw.form("AssumeRoleWithSAML", RoleArn=f"arn:aws:iam::{ROOT_ACCOUNT}:role/demo", PrincipalArn=IDP,
                    SAMLAssertion=text.decode())
    return post(recorded, body)


def post(recorded, body):
    return recorded.send(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {raw.FORM}\r\nContent-Length: {len(body)}".encode(),
                         body.encode())


@pytest.mark.parametrize("name,end,session,subject", [
    ("saml-idp", "2026-11-23T19:35:22Z", "ana@example.com", None),
    ("simplesamlphp", "2026-11-23T18:42:31Z", "ana@example.com", "fb3fb8bd1aaf639c18820289b0ae4d9367c090dd")])
def test_recorded_responses_of_saml_providers(recorded, name, end, session, subject):
    recorded.at(int(time.time()))
    recorded.root.iam.update_saml_provider(SAMLProviderArn=IDP, SAMLMetadataDocument=(SAML / f"{name}.metadata.xml").read_text())
    recorded.at("2026-11-23T18:37:31Z")
    status, _, answer = saml(recorded, name)
    assert status == 200 and f":assumed-role/demo/{session}</Arn>" in answer, answer
    assert subject is None or f"<Subject>{subject}</Subject>" in answer
    changed = saml(recorded, name, lambda xml: xml.replace(b"role/demo,", b"role/demp,"))
    assert changed[:2] == (400, "InvalidIdentityToken"), changed
    recorded.at(seconds(end) - 1)
    assert saml(recorded, name)[0] == 200
    for late in (seconds(end) + 1, seconds(end) + 86400):
        recorded.at(late)
        assert saml(recorded, name)[:2] == (400, "ExpiredTokenException")
    recorded.at("2026-11-23T18:30:00Z")
    assert saml(recorded, name)[:2] == (400, "InvalidIdentityToken")  # not valid yet


def web(recorded, token):
    return post(recorded, raw.form("AssumeRoleWithWebIdentity", RoleArn=f"arn:aws:iam::{ROOT_ACCOUNT}:role/demo",
                                   RoleSessionName="s1", WebIdentityToken=token))


ID_TOKEN = (FOLDER / "idp/oidc-provider.id_token.jwt").read_text().strip()
JOB_TOKEN = json.loads((FOLDER / "idp/oidc-provider.client-credentials.response.json").read_text())["access_token"]


@pytest.mark.parametrize("token,issued,subject,audience", [
    (ID_TOKEN, 1795458710, "ana", "mantle-cli"), (JOB_TOKEN, 1795459581, "mantle-cli", "sts.amazonaws.com")])
def test_recorded_tokens_of_an_openid_provider(recorded, token, issued, subject, audience):
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["iat"] == issued
    for at, good in ((issued, True), (claims["exp"] - 1, True), (claims["exp"] + 61, False), (issued - 61, False)):
        recorded.at(at)
        status, code, answer = web(recorded, token)
        assert (status == 200) == good, (at, answer)
        if good:
            assert f"<SubjectFromWebIdentityToken>{subject}</Subject" in answer and f"<Audience>{audience}</" in answer
        else:
            assert code == ("ExpiredTokenException" if at > issued else "InvalidIdentityToken")
    head, body, signature = token.split(".")
    recorded.at(issued)
    assert web(recorded, f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}")[:2] == (
        400, "InvalidIdentityToken")


# --- made now, in forms that no recording has -------------------------------------------------------


def test_what_authenticators_of_clusters_send(account):
    """A GetCallerIdentity signed in its query by boto3, with the cluster's name in a signed header."""
    events = botocore.hooks.HierarchicalEmitter()  # the signer keeps no reference of its own
    for caller in (account, account.assume(account.role("app", trust({"AWS": account.number})))):
        credentials = botocore.credentials.Credentials(caller.key, caller.secret, caller.token)
        signer = botocore.signers.RequestSigner(
            botocore.model.ServiceId("sts"), "us-east-1", "sts", "v4", credentials, events)
        url = signer.generate_presigned_url(
            {"method": "GET", "url": f"{account.server.url}/?Action=GetCallerIdentity&Version=2011-06-15", "body": {},
             "headers": {"x-k8s-aws-id": "cluster-1"}, "context": {}}, region_name="us-east-1", expires_in=60,
            operation_name="")
        target = url[len(account.server.url):]
        me = raw.get(account.server, target, {"x-k8s-aws-id": "cluster-1"})
        assert (me.status, me.tag("Account")) == (200, account.number), me.body
        for headers in ({"x-k8s-aws-id": "cluster-2"}, {}):
            answer = raw.get(account.server, target, headers)
            assert answer.status in (400, 403) and "GetCallerIdentityResult" not in answer.body


def test_boto3_presigns(account):
    url = account.sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    assert raw.get(account.server, url[len(account.server.url):]).tag("Arn") == account.arn("user/admin")


# --- nothing is left out ----------------------------------------------------------------------------------

NO_REQUEST = {
    "README.md": "about the files", "http/*/*.resp.http": "answers of a stub, made to please the client",
    "idp/webauthn-chromium-virtual.json": "signing in to a console with WebAuthn, which is not built",
    "idp/idp-signing.cert.pem": "the certificate that is in both metadata documents",
    "idp/saml-idp.response.xml": "the .b64 decoded", "idp/simplesamlphp.response.xml": "the .b64 decoded",
    "rolesanywhere/anchor.pem": "the trust anchor of a service that is not built",
    "rolesanywhere/*.creq.txt": "steps of the signatures of the two requests beside them",
    "rolesanywhere/*.sts.txt": "the same",
}


def test_no_recorded_file_is_left_out():
    """Where the recordings themselves are at hand: each is replayed above, or named with its reason."""
    folder = ROOT.parent / "shared/spec/captures"
    if not folder.is_dir():
        pytest.skip("the recordings are not beside the project; their requests are in tests/fixtures")
    for path in (path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder)
        if any(name.match(pattern) for pattern in NO_REQUEST):
            continue
        flat = f"{path.parent.name}.{path.name}"
        copies = [copy for copy in (FOLDER / flat, FOLDER / "unsigned" / flat, FOLDER / name, SAML / path.name)
                  if copy.is_file()]
        assert copies and all(copy.read_bytes() == path.read_bytes() for copy in copies), name
