"""Requests recorded from real clients (tests/fixtures/captures), byte for byte, with their clock.

They were signed by one long-lived key, here the root user's, and by sessions that are not ours. The
unit tests of sign/ verify the same files below HTTP.
"""
import re

import botocore.credentials
import botocore.hooks
import botocore.model
import botocore.signers
import pytest

import raw
from conftest import ROOT, ROOT_KEY, ROOT_SECRET, Server, trust

FOLDER = ROOT / "tests" / "fixtures" / "captures"
KEY, SECRET = "AKIAQQQQQQQQEXAMPLE0", "dummysecretdummysecretdummysecretdummy00"
REQUESTS = sorted(path.name for path in FOLDER.glob("*.req.http"))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("recorded"))
    server.arguments = [word.replace(f"{ROOT_KEY}:{ROOT_SECRET}", f"{KEY}:{SECRET}") for word in server.arguments]
    server.arguments += ["--clock-tolerance", "3000000000"]
    server.start()
    yield server
    server.stop()


def head_and_body(name):
    data = (FOLDER / name).read_bytes()
    head, _, body = data.partition(b"\r\n\r\n")
    return head, body


def send(server, head, body):
    closing = b"\r\n".join([*(line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")),
                            b"Connection: close"])
    answer = raw.bytes_in(server, closing + b"\r\n\r\n" + body).decode()
    while answer.startswith("HTTP/1.1 100"):
        answer = answer.partition("\r\n\r\n")[2]
    code = re.search(r"<Code>(\w+)</Code>", answer)
    return int(answer.split(" ", 2)[1]), code and code[1], answer


def expected(head, body):
    """(status, code) of what this request asks, signed as it is."""
    signed = re.search(rb"Credential=(\w+)/\d{8}/[\w-]+/(\w+)/", head)
    action = re.search(rb"Action=(\w+)", body)
    if not signed:
        return None
    key, service = (part.decode() for part in signed.groups())
    if key != KEY:
        return 403, "InvalidClientTokenId"  # before anything else
    if service != "sts":
        return None
    if b"SerialNumber=" in body:  # no device is registered here: said by name, not ignored
        return None
    return {b"GetCallerIdentity": (200, None), b"AssumeRole": (403, "AccessDenied"),
            b"GetSessionToken": (200, None), b"GetFederationToken": None}.get(action[1])


def test_there_are_captures():
    assert len(REQUESTS) > 25


@pytest.mark.parametrize("name", REQUESTS)
def test_recorded_requests(recorded, name):
    head, body = head_and_body(name)
    want = expected(head, body)
    status, code, answer = send(recorded, head, body)
    assert code not in ("SignatureDoesNotMatch", "IncompleteSignature") or b"/s3/" in head or b"/sqs/" in head, answer
    if want:
        assert (status, code) == want, answer
    else:
        assert status >= 400 or b"Action=GetFederationToken" in body, answer


SIGNED = [name for name in REQUESTS if expected(*head_and_body(name)) == (200, None)]


@pytest.mark.parametrize("name", SIGNED)
def test_a_recorded_request_with_one_changed_byte(recorded, name):
    head, body = head_and_body(name)
    assert send(recorded, head, body)[0] == 200
    wrong = b"&".join(reversed(body.split(b"&")))  # the same parameters, other bytes
    assert wrong != body and send(recorded, head, wrong)[1] == "SignatureDoesNotMatch"
    later = re.sub(rb"(?i)(x-amz-date: \d{8}T\d{5})\d", rb"\g<1>7", head)
    if later != head:
        assert send(recorded, later, body)[1] == "SignatureDoesNotMatch"


def test_recorded_presigned_urls_are_long_expired(recorded):
    """However far clocks may differ, a URL lives as long as it says. (sign/ verifies them in their time.)"""
    lines = (FOLDER / "presigned.txt").read_text().splitlines()
    seen = 0
    for url in (line for line in lines if "Action=GetCallerIdentity" in line):
        host, target = re.match(r"http://([^/]+)(/.*)", url).groups()
        answer = raw.send(recorded, "GET", target, {"host": host})
        assert answer.status in (400, 403) and "GetCallerIdentityResult" not in answer.body
        seen += 1
    assert seen


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
