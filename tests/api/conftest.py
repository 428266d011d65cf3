"""A server for the tests, and clients for it.

Each pytest-xdist worker starts a server of its own in test mode on a free port of 127.0.0.1. A
test that asks for `account` gets a fresh account in it, so tests never see each other's things and
run in any order, side by side.

    def test_me(account):
        me = account.sts.get_caller_identity()          # boto3, as the account's user "admin"
        bob = account.user("bob", {"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"})
        with denied("no identity-based policy allows the iam:ListUsers action"):
            bob.iam.list_users()

MANTLE_BUILD names the build directory (default: build). MANTLE_TEST_TLS=1 runs all of it over TLS.
"""
import contextlib
import datetime
import json
import os
import pathlib
import re
import signal
import subprocess
import time

import boto3
import botocore.config
import botocore.exceptions
import pytest

# Needs packages too large for every run: `make tools-test`.
collect_ignore = [] if os.environ.get("MANTLE_TOOLS") else ["tools"]

# A shell that `mantle env` pointed at another server, or a profile of its user's, is not what is tested.
for told in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[told]

pytest.register_assert_rewrite("clients")
import clients  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("MANTLE_BUILD", "build")
REGION = "us-east-1"
TLS_ONLY = bool(os.environ.get("MANTLE_TEST_TLS"))
ROOT_KEY, ROOT_SECRET, ROOT_ACCOUNT = "AKIAROOT", "root-secret", "111122223333"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def trust(principal, action=("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"), **more):
    return document({"Effect": "Allow", "Principal": principal, "Action": list(action), **more})


class Refusal:
    """What a ClientError said."""

    def fill(self, error):
        self.code = error.response["Error"]["Code"]
        self.message = error.response["Error"].get("Message", "")
        self.status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        self.request_id = error.response["ResponseMetadata"].get("RequestId")
        self.headers = error.response["ResponseMetadata"]["HTTPHeaders"]


@contextlib.contextmanager
def refused(code, status=None, text=None):
    """The call inside must fail with this code (and status, and a message that contains text)."""
    said = Refusal()
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        yield said
    said.fill(caught.value)
    assert said.code == code, said.message
    if status is not None:
        assert said.status == status
    if text is not None:
        assert text in said.message


def denied(text=None):
    return refused("AccessDenied", 403, text)


class Server:
    def __init__(self, directory, tls=None, more=()):
        self.data = directory / "data"
        self.log_path = directory / "log"
        self.ca = None
        arguments = [str(BUILD / "mantle"), "serve", "--data", str(self.data), "--listen", "127.0.0.1:0",
                     "--insecure-test-mode", "--oidc-allow-loopback", "--root-key", f"{ROOT_KEY}:{ROOT_SECRET}",
                     "--account", ROOT_ACCOUNT]
        if tls:
            self.ca = tls[0]
            arguments += ["--tls-cert", tls[0], "--tls-key", tls[1]]
        self.arguments = arguments + list(more)
        self.process = None

    def start(self):
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.PIPE, stderr=log, text=True)
        log.close()
        line = self.process.stdout.readline()
        found = re.match(r"listening on (https?://\S+)", line)
        if not found:
            self.process.wait(10)
            raise RuntimeError(f"the server did not start: {self.log_path.read_text()}")
        self.url = found[1]
        return self

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()
            self.process = None
        assert status == 0, self.log_path.read_text()

    def client(self, service, key, secret, token=None, region=REGION):
        config = botocore.config.Config(retries={"max_attempts": 0}, region_name=region,
                                        parameter_validation=False)
        return boto3.client(service, endpoint_url=self.url, aws_access_key_id=key,
                            aws_secret_access_key=secret, aws_session_token=token, config=config,
                            verify=self.ca)

    def caller(self, key, secret, token=None):
        return Caller(self, key, secret, token)

    def root(self):
        return self.caller(ROOT_KEY, ROOT_SECRET)

    def admin(self, *words):
        """`mantle admin`: its JSON answer."""
        done = subprocess.run([str(BUILD / "mantle"), "admin", "--data", str(self.data), *words],
                              capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def trail(self, request_id=None, seconds=30):
        """All records, or the one of a request, waiting for it."""
        end = time.monotonic() + seconds
        while True:
            records = [json.loads(line) for path in sorted((self.data / "trail").iterdir())
                       for line in path.read_text(errors="replace").splitlines()
                       if line.startswith("{")]
            if request_id is None:
                return records
            for record in records:
                if record.get("requestID") == request_id:
                    return record
            assert time.monotonic() < end, f"no record of {request_id}"
            time.sleep(0.02)


class Caller:
    """Somebody with credentials: clients of the services, and the `aws` command."""

    def __init__(self, server, key, secret, token=None, expires=None):
        self.server, self.key, self.secret, self.token, self.expires = server, key, secret, token, expires
        self.clients = {}

    def client(self, service):
        if service not in self.clients:
            self.clients[service] = self.server.client(service, self.key, self.secret, self.token)
        return self.clients[service]

    @property
    def iam(self):
        return self.client("iam")

    @property
    def sts(self):
        return self.client("sts")

    def session(self, credentials):
        """Whoever an answer's Credentials stand for."""
        return Caller(self.server, credentials["AccessKeyId"], credentials["SecretAccessKey"],
                      credentials["SessionToken"], credentials["Expiration"])

    def assume(self, role_arn, name="session", **more):
        answer = self.sts.assume_role(RoleArn=role_arn, RoleSessionName=name, **more)
        return self.session(answer["Credentials"])

    def environment(self):
        env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        env.update(AWS_ACCESS_KEY_ID=self.key, AWS_SECRET_ACCESS_KEY=self.secret, AWS_REGION=REGION,
                   AWS_DEFAULT_REGION=REGION, AWS_EC2_METADATA_DISABLED="true", AWS_PAGER="",
                   AWS_MAX_ATTEMPTS="1", AWS_ENDPOINT_URL=self.server.url)
        if self.token:
            env["AWS_SESSION_TOKEN"] = self.token
        if self.server.ca:
            env["AWS_CA_BUNDLE"] = self.server.ca
        return env

    def aws(self, *words, fails=False):
        """Debian's aws command. Its JSON answer; with fails=True what it complained."""
        done = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.server.url, "--output", "json",
                               *words], capture_output=True, text=True, timeout=60,
                              env=self.environment())
        if fails:
            assert done.returncode != 0, done.stdout
            return done.stderr
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None


class Account(Caller):
    """A fresh account; the caller is its user "admin", who may do everything."""

    def __init__(self, server):
        made = server.admin("account", "create", "--name", "test")
        super().__init__(server, made["AccessKeyId"], made["SecretAccessKey"])
        self.number = made["Account"]

    def arn(self, rest, service="iam"):
        return f"arn:aws:{service}::{self.number}:{rest}"

    def root(self):
        made = self.server.admin("root-key", "create", self.number)
        return Caller(self.server, made["AccessKeyId"], made["SecretAccessKey"])

    def key_of(self, user):
        made = self.iam.create_access_key(UserName=user)["AccessKey"]
        return Caller(self.server, made["AccessKeyId"], made["SecretAccessKey"])

    def user(self, name, *statements, **more):
        """A user with these statements as its one inline policy, and a key."""
        self.iam.create_user(UserName=name, **more)
        if statements:
            self.iam.put_user_policy(UserName=name, PolicyName="inline",
                                     PolicyDocument=document(*statements))
        return self.key_of(name)

    def role(self, name, trust_document, *statements, **more):
        """Its ARN."""
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust_document, **more)
        if statements:
            self.iam.put_role_policy(RoleName=name, PolicyName="inline",
                                     PolicyDocument=document(*statements))
        return made["Role"]["Arn"]

    def sealed_message(self):
        """What a denial of iam:ListUsers came with, for DecodeAuthorizationMessage."""
        nobody = self.user("nobody")
        with denied() as said:
            nobody.iam.list_users()
        return said.headers["x-mantle-authorization-message"]

    def policy(self, name, *statements):
        made = self.iam.create_policy(PolicyName=name, PolicyDocument=document(*statements))
        return made["Policy"]["Arn"]


def self_signed(directory):
    """A certificate for 127.0.0.1 and its key."""
    tls = (str(directory / "cert.pem"), str(directory / "key.pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-out", tls[0], "-keyout", tls[1]],
                   check=True, capture_output=True)
    return tls


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("server")
    running = Server(directory, self_signed(directory) if TLS_ONLY else None).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def tls_server(request, tmp_path_factory):
    """The server of this worker that speaks TLS."""
    if TLS_ONLY:
        yield request.getfixturevalue("server")
        return
    directory = tmp_path_factory.mktemp("tls")
    running = Server(directory, self_signed(directory)).start()
    yield running
    running.stop()


@pytest.fixture(scope="session", autouse=True)
def _workers_end():
    yield
    clients.close_all()


@pytest.fixture(params=["tls"] if TLS_ONLY else ["plain", "tls"])
def transport(request):
    return request.getfixturevalue("tls_server" if request.param == "tls" else "server")


@pytest.fixture(params=clients.ALL, ids=lambda kind: kind.name)
def client(request, transport):
    """Each kind of client over each transport, as the administrator of a fresh account."""
    return clients.need(request.param)(Account(transport))


@pytest.fixture(scope="session")
def boundary_cases():
    """What the description of the operations says about limits (made by the build)."""
    return json.loads((BUILD / "boundary-cases.json").read_text())


@pytest.fixture
def account(server):
    return Account(server)


@pytest.fixture
def other(server):
    """A second account, to be kept apart from the first."""
    return Account(server)


@pytest.fixture
def own_server(tmp_path):
    """A server for one test alone: for resets, restarts and clocks."""
    running = Server(tmp_path).start()
    yield running
    running.stop()


def seconds_left(caller):
    return (caller.expires - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
