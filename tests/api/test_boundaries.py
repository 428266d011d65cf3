"""Every declared limit of every operation, sent to a real server: build/boundary-cases.json says
what each request must be answered with, word for word, or that it must get past validation.

The cases come from tools/apilang/boundary.py, which reads the constraints a second time.
"""
import http.client
import json
import os
import pathlib
import select
import subprocess
import tempfile
import urllib.parse
import xml.etree.ElementTree as xml

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("MANTLE_BUILD", "build")
ROOT_CREDENTIALS = Credentials("AKIAROOTFORTESTSONLY", "a-secret-of-nobody")
IAM = "2010-05-08"
NAME = "runs-the-boundary-cases"  # no case touches a user of this name
# Refusals that come before validation: with these a case has not been looked at.
UNHEARD = {"IncompleteSignature", "InvalidClientTokenId", "MissingAuthenticationToken",
           "SignatureDoesNotMatch", "ExpiredToken", "MalformedInput", "InvalidAction"}
START_S = 20
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def all_cases():
    path = BUILD / "boundary-cases.json"
    return json.loads(path.read_text())["cases"] if path.exists() else []


CASES = all_cases()
OPERATIONS = sorted({(case["service"], case["operation"]) for case in CASES})


@pytest.fixture(scope="module")
def address():
    """A server of our own: the cases create and delete whatever they please."""
    with tempfile.TemporaryDirectory() as data:
        server = subprocess.Popen(
            [BUILD / "mantle", "serve", "--data", data, "--listen", "127.0.0.1:0",
             "--insecure-test-mode", "--account", "111122223333", "--root-key",
             f"{ROOT_CREDENTIALS.access_key}:{ROOT_CREDENTIALS.secret_key}", "--log-level", "error"], stdout=subprocess.PIPE, text=True)
        try:
            ready, _, _ = select.select([server.stdout], [], [], START_S)
            line = server.stdout.readline() if ready else ""
            where = next((word for word in line.split() if "://" in word), None)
            assert where, f"the server does not say where it listens: {line!r}"
            yield urllib.parse.urlsplit(where)
        finally:
            server.terminate()
            server.wait(START_S)


@pytest.fixture(scope="module")
def connection(address):
    made = http.client.HTTPConnection(address.hostname, address.port, timeout=START_S)
    yield made
    made.close()


@pytest.fixture(scope="module")
def admin(connection):
    """Not root: root may not assume roles, and is told so before anything else."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": everything})
    for operation, more in (("CreateUser", {}),
                            ("PutUserPolicy", {"PolicyName": "all", "PolicyDocument": policy}),
                            ("CreateAccessKey", {})):
        status, made = send(connection, ROOT_CREDENTIALS, "iam", IAM, operation,
                            {"UserName": NAME, **more})
        assert status == 200, xml.tostring(made)
    return Credentials(*(made.findtext(f".//{{*}}{part}")
                         for part in ("AccessKeyId", "SecretAccessKey")))


def unpacked(value):
    return value if isinstance(value, str) else value[0] * value[1]


def send(connection, credentials, service, version, operation, fields):
    fields = {"Action": operation, "Version": version, **fields}
    request = AWSRequest("POST", f"http://{connection.host}:{connection.port}/",
                         {"Content-Type": FORM}, urllib.parse.urlencode(fields))
    SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    connection.request("POST", "/", request.body, dict(request.headers))
    answer = connection.getresponse()
    return answer.status, xml.fromstring(answer.read())


def error_of(document):
    """(Type, Code, Message), or None for an answer without error."""
    name = document.tag.split("}")[0] + "}"
    error = document.find(name + "Error")
    if error is None:
        return None
    return tuple(error.findtext(name + part, "") for part in ("Type", "Code", "Message"))


def fault(case, status, error):
    """What is wrong with the answer; None when it is as declared."""
    if case["code"] is None:
        refused = error and (error[1] in UNHEARD or "validation error" in error[2])
        return f"refused: {status} {error}" if refused else None
    wanted = ("Sender", case["code"], case["message"])
    return None if (status, error) == (400, wanted) else f"{status} {error}\n  not {wanted}"


def test_there_are_cases():
    assert len(CASES) > 4000, f"build {BUILD}/boundary-cases.json first"
    assert len(OPERATIONS) == 187


@pytest.mark.parametrize("service,operation", OPERATIONS, ids=lambda value: value)
def test_limits(connection, admin, service, operation):
    faults = []
    for case in CASES:
        if (case["service"], case["operation"]) == (service, operation):
            fields = {name: unpacked(value) for name, value in case["form"].items()}
            status, document = send(connection, admin, service, case["version"], operation, fields)
            said = fault(case, status, error_of(document))
            if said:
                faults.append(f"{case['label']}: {said}")
    assert not faults, "\n".join(faults[:10])
