"""Whatever a stranger sends gets a clear error or a closed connection: never a crash, a hang or a
guess. What the grammar of HTTP alone decides is in tests/unit/net; here the whole server answers, and
serves on afterwards."""
import contextlib
import json
import re
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.parse

import botocore.exceptions
import pytest
from conftest import refused, trust

import raw

HEAD = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"


def statuses(data):
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3})", data)]


def still_serves(account):
    assert account.sts.get_caller_identity()["Account"] == account.number


def signed_bytes(account, action="GetCallerIdentity", version=raw.STS, **parameters):
    """A whole signed request."""
    body = raw.form(action, version, **parameters)
    headers = raw.sign_headers(account, body, service="iam" if version == raw.IAM else "sts")
    return ("POST / HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
            + body).encode()


def plain_only(server):
    if server.ca:
        pytest.skip("sends bytes as they are, without TLS")


# --- framing -------------------------------------------------------------------------------------

SMUGGLING = {
    "both lengths": "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
    "two equal lengths": "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
    "two lengths": "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "a list of lengths": "Content-Length: 4, 4\r\n\r\nabcd",
    "plus sign": "Content-Length: +4\r\n\r\nabcd",
    "minus sign": "Content-Length: -4\r\n\r\nabcd",
    "inner space": "Content-Length: 4 4\r\n\r\nabcd",
    "hexadecimal": "Content-Length: 0x4\r\n\r\nabcd",
    "past 64 bits": "Content-Length: 18446744073709551620\r\n\r\nabcd",
    "space before the colon": "Content-Length : 4\r\n\r\nabcd",
    "folded header": "X: a\r\n b\r\nContent-Length: 4\r\n\r\nabcd",
    "bare LF": "Content-Length: 4\nX: y\r\n\r\nabcd",
    "bare CR": "X: y\rContent-Length: 4\r\n\r\nabcd",
    "chunked twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and more": "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked with a control byte": "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "chunk size with sign": "Transfer-Encoding: chunked\r\n\r\n+4\r\nabcd\r\n0\r\n\r\n",
    "chunk size with prefix": "Transfer-Encoding: chunked\r\n\r\n0x4\r\nabcd\r\n0\r\n\r\n",
    "chunk size past 64 bits": "Transfer-Encoding: chunked\r\n\r\n10000000000000004\r\nabcd\r\n0\r\n\r\n",
    "chunk without end": "Transfer-Encoding: chunked\r\n\r\n4\r\nabcdX\r\n0\r\n\r\n",
    "chunk line ends in LF": "Transfer-Encoding: chunked\r\n\r\n4\nabcd\r\n0\r\n\r\n",
    "chunk extension with LF": "Transfer-Encoding: chunked\r\n\r\n4;a=\nb\r\nabcd\r\n0\r\n\r\n",
    "two hosts": "Host: b\r\nContent-Length: 4\r\n\r\nabcd",
    "NUL in a value": "X: a\0b\r\nContent-Length: 4\r\n\r\nabcd",
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_two_readers_could_differ(server, account, name):
    """Refused, closed, and what stands behind is never taken for a request."""
    plain_only(server)
    inner = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
    out = raw.bytes_in(server, (HEAD + SMUGGLING[name] + inner).encode("latin-1"))
    codes = statuses(out)
    assert len(codes) == 1 and codes[0] in (400, 413, 501), out[:300]
    assert b'"status"' not in out
    assert b"connection: close" in out.lower()
    still_serves(account)


def test_long_chunk_extensions(server, account):
    """A megabyte of them is refused, whether it ever ends or not."""
    plain_only(server)
    out = raw.bytes_in(server, (HEAD + "Transfer-Encoding: chunked\r\n\r\n4;" + "x" * (1 << 20)).encode())
    assert statuses(out) in ([400], [413], [431], [])
    still_serves(account)


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.95])
def test_truncated(server, account, part):
    plain_only(server)
    data = signed_bytes(account)
    out = raw.bytes_in(server, data[:int(len(data) * part)])
    assert statuses(out) in ([], [400], [408])
    still_serves(account)


def test_pipelined(server, account):
    """Answered in the order asked, each by its own right."""
    plain_only(server)
    good = signed_bytes(account)
    bad = good.replace(b"Signature=", b"Signature=0")
    last = good.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
    out = raw.bytes_in(server, good + bad + good + good + last)
    assert statuses(out) == [200, 403, 200, 200, 200] or statuses(out) == [200, 400, 200, 200, 200]
    still_serves(account)


def test_a_megabyte_of_headers(server, account):
    plain_only(server)
    lines = "".join(f"X-{i}: {'v' * 1000}\r\n" for i in range(1050))
    out = raw.bytes_in(server, ("POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n").encode())
    assert statuses(out) in ([431], []), out[:200]
    one = raw.bytes_in(server, ("POST / HTTP/1.1\r\nHost: a\r\nX: " + "v" * (1 << 20) + "\r\n\r\n").encode())
    assert statuses(one) in ([431], []), one[:200]
    still_serves(account)


def test_slow_senders_hold_up_nobody(server, account):
    """A hundred that send nothing more; the others are served meanwhile."""
    plain_only(server)
    url = urllib.parse.urlsplit(server.url)
    data = signed_bytes(account)
    slow = [socket.create_connection((url.hostname, url.port)) for _ in range(100)]
    try:
        for number, stream in enumerate(slow):
            stream.sendall(data[:1 + number * 7 % (len(data) - 1)])
        still_serves(account)
        for stream, number in zip(slow, range(5)):  # a slow one that does finish gets its answer
            stream.sendall(data[1 + number * 7 % (len(data) - 1):])
            assert statuses(stream.recv(65536)) == [200]
    finally:
        for stream in slow:
            stream.close()


def test_connections_per_address(own_server):
    """One address gets a thousand; then an answer that says so, and room again when some end."""
    url = urllib.parse.urlsplit(own_server.url)
    root = own_server.root()
    root.sts.get_caller_identity()
    held = []
    try:
        for _ in range(1100):
            held.append(socket.create_connection((url.hostname, url.port), timeout=10))
        data = signed_bytes(root)
        refusals = served = 0
        for stream in held:
            try:
                stream.sendall(data)
                codes = statuses(stream.recv(65536))
            except (ConnectionResetError, BrokenPipeError):
                codes = []
            served += codes == [200]
            refusals += codes in ([503], [])
        assert 900 < served <= 1000 and served + refusals == 1100
    finally:
        for stream in held:
            stream.close()
    end = time.monotonic() + 30
    while True:
        try:
            assert root.sts.get_caller_identity()["Account"]
            break
        except Exception:
            assert time.monotonic() < end
            time.sleep(0.05)


# --- forms ---------------------------------------------------------------------------------------

def post(account, body):
    """A signed body, whatever is in it."""
    data = body if isinstance(body, bytes) else body.encode()
    headers = raw.sign_headers(account, data, service="iam")
    return raw.send(account.server, "POST", "/", headers, data)


BASE = f"Action=CreateUser&Version={raw.IAM}&UserName=someone"
FORMS = {
    "bad UTF-8": BASE + "&Path=%2F%ff%fe%2F",
    "overlong UTF-8": BASE + "&Path=%2F%c0%af%2F",
    "a surrogate": BASE + "&Path=%2F%ed%a0%80%2F",
    "a duplicate parameter": BASE + "&UserName=other",
    "a duplicate action": BASE + "&Action=DeleteUser",
    "half an escape": BASE + "&Path=%2",
    "no hexadecimal": BASE + "&Path=%zz",
    "a list index far out": BASE + "&Tags.member.999999999.Key=a&Tags.member.999999999.Value=b",
    "a list index past 64 bits": BASE + "&Tags.member.99999999999999999999.Key=a",
    "a negative list index": BASE + "&Tags.member.-1.Key=a&Tags.member.-1.Value=b",
    "list index zero": BASE + "&Tags.member.0.Key=a&Tags.member.0.Value=b",
    "fifty-one tags": BASE + "".join(f"&Tags.member.{i}.Key=k{i}&Tags.member.{i}.Value=v"
                                     for i in range(1, 52)),
    "ten thousand parameters": BASE + "".join(f"&x{i}=1" for i in range(10000)),
    "NUL in a name": BASE.replace("someone", "some%00one"),
}


@pytest.mark.parametrize("name", FORMS)
def test_bent_form(account, name):
    """A clear client error in the API's shape, and nobody is made."""
    answer = post(account, FORMS[name])
    assert 400 <= answer.status < 500 and answer.code and answer.message, answer.body
    with refused("NoSuchEntity"):
        account.iam.get_user(UserName="someone")


def test_raw_bytes_in_a_form(account):
    answer = post(account, BASE.encode() + b"&Path=/\xff/")
    assert 400 <= answer.status < 500 and answer.code
    with refused("NoSuchEntity"):
        account.iam.get_user(UserName="someone")


# --- policies ------------------------------------------------------------------------------------

STATEMENT = '"Effect":"Allow","Action":"s3:GetObject","Resource":"*"'
POLICIES = {
    "nested 10,000 deep": '{"Version":"2012-10-17","Statement":' + "[" * 10000 + "]" * 10000 + "}",
    "objects nested 10,000 deep": '{"Statement":' * 10000 + "1" + "}" * 10000,
    "a duplicate key": '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[{%s}]}' % STATEMENT,
    "a duplicate effect": '{"Version":"2012-10-17","Statement":[{%s,"Effect":"Deny"}]}' % STATEMENT,
    "a duplicate escaped key":
        '{"Version":"2012-10-17","Statement":[{%s,"\\u0045ffect":"Deny"}]}' % STATEMENT,
    "trailing bytes": '{"Version":"2012-10-17","Statement":[{%s}]} x' % STATEMENT,
    "a comment": '{"Version":"2012-10-17",/* */"Statement":[{%s}]}' % STATEMENT,
    "no JSON": "allow everything",
    "nothing": " ",
}


@pytest.mark.parametrize("name", POLICIES)
def test_bent_policy(account, name):
    account.iam.create_user(UserName="u")
    with refused("MalformedPolicyDocument", 400) if len(POLICIES[name]) < 2048 else refused_at_all():
        account.iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=POLICIES[name])
    assert account.iam.list_user_policies(UserName="u")["PolicyNames"] == []


def refused_at_all():
    """By size or by shape, both are right."""
    @contextlib.contextmanager
    def context():
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            yield
        assert caught.value.response["Error"]["Code"] in (
            "MalformedPolicyDocument", "LimitExceeded", "ValidationError")
    return context()


UNKNOWN = {
    "Colour": '{"Version":"2012-10-17","Colour":"red","Statement":[{%s}]}' % STATEMENT,
    "Actions": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Actions":"*","Resource":"*"}]}',
    "Conditions": '{"Version":"2012-10-17","Statement":[{%s,"Conditions":{}}]}' % STATEMENT,
    "StringLooksLike":
        '{"Version":"2012-10-17","Statement":[{%s,"Condition":{"StringLooksLike":{"a:b":"c"}}}]}'
        % STATEMENT,
}


@pytest.mark.parametrize("element", UNKNOWN)
def test_unknown_policy_element_is_refused(account, element):
    """In AWS's words; `mantle policy` and tests/unit/policy/grammar.c name the element."""
    account.iam.create_user(UserName="u")
    with refused("MalformedPolicyDocument", 400):
        account.iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=UNKNOWN[element])
    assert account.iam.list_user_policies(UserName="u")["PolicyNames"] == []


def document_of(size, statement=None):
    """Of exactly so many bytes that count (white space does not)."""
    made = {"Version": "2012-10-17", "Statement": [statement or json.loads("{" + STATEMENT + "}")]}
    made["Statement"][0]["Sid"] = ""
    made["Statement"][0]["Sid"] = "s" * (size - len(json.dumps(made, separators=(",", ":"))))
    return json.dumps(made, separators=(",", ":"))


LIMITS = {"user": 2048, "group": 5120, "role": 10240, "trust": 2048, "managed": 6144}


@pytest.mark.parametrize("kind", LIMITS)
def test_document_one_byte_over(account, kind):
    """The limit itself is fine, one more is not, and the old document stays."""
    iam, size = account.iam, LIMITS[kind]
    statement = {"Effect": "Allow", "Principal": {"AWS": account.number}, "Action": "sts:AssumeRole"}
    if kind == "managed":
        iam.create_policy(PolicyName="at", PolicyDocument=document_of(size))
        with refused("LimitExceeded", 409):
            iam.create_policy(PolicyName="over", PolicyDocument=document_of(size + 1))
    elif kind == "trust":
        iam.create_role(RoleName="at", AssumeRolePolicyDocument=document_of(size, statement))
        with refused("LimitExceeded", 409):
            iam.create_role(RoleName="over", AssumeRolePolicyDocument=document_of(size + 1, statement))
    else:
        name = f"{kind.capitalize()}Name"
        more = {"AssumeRolePolicyDocument": trust({"AWS": account.number})} if kind == "role" else {}
        getattr(iam, f"create_{kind}")(**{name: "x"}, **more)
        put = getattr(iam, f"put_{kind}_policy")
        put(**{name: "x"}, PolicyName="p", PolicyDocument=document_of(size))
        with refused("LimitExceeded", 409):
            put(**{name: "x"}, PolicyName="p", PolicyDocument=document_of(size + 1))
        kept = getattr(iam, f"get_{kind}_policy")(**{name: "x"}, PolicyName="p")["PolicyDocument"]
        assert len(kept["Statement"][0]["Sid"]) == len(json.loads(document_of(size))["Statement"][0]["Sid"])


# --- files and ends ------------------------------------------------------------------------------

def test_a_database_of_a_newer_version(own_server, tmp_path):
    """It says what to do, changes nothing, and serves again once the version fits."""
    own_server.root().iam.create_user(UserName="kept")
    own_server.stop()
    path = own_server.data / "mantle.db"
    db = sqlite3.connect(path)
    version = db.execute("PRAGMA user_version").fetchone()[0]
    db.execute("PRAGMA user_version = %d" % (version + 1))
    db.commit()
    db.close()
    before = path.read_bytes()
    done = subprocess.run(own_server.arguments, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "newer" in done.stderr, done.stderr
    assert path.read_bytes() == before
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = %d" % version)
    db.commit()
    db.close()
    own_server.start()
    assert own_server.root().iam.get_user(UserName="kept")["User"]["UserName"] == "kept"


def test_graceful_stop_finishes_what_it_accepted(own_server):
    """Everything whose request had arrived is answered, and what was answered is there."""
    root, url = own_server.root(), urllib.parse.urlsplit(own_server.url)
    streams = []
    for number in range(40):
        stream = socket.create_connection((url.hostname, url.port), timeout=30)
        data = signed_bytes(root)
        stream.sendall(data)
        assert statuses(stream.recv(65536)) == [200]  # accepted for certain
        streams.append((f"late-{number}", stream))
    for name, stream in streams:
        stream.sendall(signed_bytes(root, "CreateUser", raw.IAM, UserName=name))
    answers = {}

    def listen(name, stream):
        try:
            answers[name] = statuses(stream.recv(65536))
        except ConnectionResetError:
            answers[name] = []
    threads = [threading.Thread(target=listen, args=pair) for pair in streams]
    for thread in threads:
        thread.start()
    own_server.process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join(40)
    assert own_server.process.wait(30) == 0
    own_server.process.stdout.close()
    own_server.start()
    there = {user["UserName"] for user in own_server.root().iam.list_users(MaxItems=1000)["Users"]}
    assert there == {name for name, codes in answers.items() if codes == [200]}
