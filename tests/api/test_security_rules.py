"""Rules of SECURITY.md that no other file is about: each test is named by its rule there."""
import contextlib
import json
import os
import re
import sqlite3
import subprocess

import pytest

import raw
from conftest import BUILD, ROOT, Server, allow, denied, deny, document, refused, trust

ANY = allow("*")


@contextlib.contextmanager
def changed_on_disk(server):
    """The server's database while it is stopped."""
    server.stop()
    database = sqlite3.connect(server.data / "mantle.db")
    with database:
        yield database
    database.close()
    server.start()


def user(server, name, *statements):
    """A user of the server's first account with each statement as an inline policy of its own."""
    root = server.root()
    root.iam.create_user(UserName=name)
    for i, statement in enumerate(statements):
        root.iam.put_user_policy(UserName=name, PolicyName=f"p{i}", PolicyDocument=document(statement))
    key = root.iam.create_access_key(UserName=name)["AccessKey"]
    return server.caller(key["AccessKeyId"], key["SecretAccessKey"])


# --- authentication

@pytest.mark.parametrize("claimed", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                                     "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", raw.sha("")])
def test_no_header_takes_the_body_out_of_the_signature(account, claimed):
    """CVE-2025-68926 and others: a body whose hash the signature does not hold is not looked at."""
    body = raw.form("CreateUser", raw.IAM, UserName="evil")
    headers = raw.sign_headers(account, body, service="iam", headers={"x-amz-content-sha256": claimed}, payload=claimed)
    answer = raw.send(account.server, "POST", "/", headers, body)
    assert answer.status in (400, 403) and "<CreateUserResult>" not in answer.body
    with refused("NoSuchEntity"):
        account.iam.get_user(UserName="evil")


@pytest.mark.parametrize("claimed", ["UNSIGNED-PAYLOAD", ""])
def test_a_presigned_url_does_not_sign_for_a_body(account, claimed):
    target = raw.presign(account, "GetCallerIdentity",
                         extra={"X-Amz-Content-Sha256": claimed} if claimed else {})
    body = raw.form("CreateUser", raw.IAM, UserName="evil")
    for method in ("POST", "GET"):
        answer = raw.send(account.server, method, target, {"host": raw.host(account.server), "content-type": raw.FORM,
                                                           "content-length": str(len(body))}, body)
        assert answer.status in (400, 403), answer.body
    with refused("NoSuchEntity"):
        account.iam.get_user(UserName="evil")


# --- unknown policy elements

def spoil(database, table, key, old, new):
    column = "trust" if table == "role" else "document"
    rows = list(database.execute(f"SELECT rowid_key, text FROM (SELECT {key} AS rowid_key, {column} AS text FROM {table})"))
    done = 0
    for row, text in rows:
        if old in text:
            done += database.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ? AND {column} = ?",
                                     (text.replace(old, new), row, text)).rowcount
    assert done > 0


def test_a_stored_document_that_no_longer_validates_denies(own_server):
    """Not "grants nothing more": a Deny that cannot be read any more still denies."""
    bob = user(own_server, "bob", ANY, deny("iam:GetGroup", Sid="Keep"))
    carol = user(own_server, "carol", ANY)
    bob.iam.list_users()
    with changed_on_disk(own_server) as database:
        spoil(database, "inline_policy", "entity_id", '"Keep"', '"Keep", "Unknown": 1')
    bob, carol = (own_server.caller(c.key, c.secret) for c in (bob, carol))
    with denied():
        bob.iam.list_users()
    carol.iam.list_users()
    own_server.root().iam.put_user_policy(UserName="bob", PolicyName="p1", PolicyDocument=document(deny("iam:GetGroup")))
    bob.iam.list_users()


def test_a_stored_boundary_or_trust_that_no_longer_validates_denies(own_server):
    root = own_server.root()
    bob = user(own_server, "bob", ANY)
    limit = root.iam.create_policy(PolicyName="limit", PolicyDocument=document(allow("*", Sid="Limit")))["Policy"]["Arn"]
    root.iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=limit)
    role = root.iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust({"AWS": "*"}, Sid="Trust"))["Role"]["Arn"]
    carol = user(own_server, "carol", ANY)
    bob.iam.list_users()
    carol.assume(role)
    with changed_on_disk(own_server) as database:
        spoil(database, "policy_version", "policy_id", '"Limit"', '"Limit", "Unknown": 1')
        spoil(database, "role", "id", '"Trust"', '"Trust", "Unknown": 1')
    bob, carol = (own_server.caller(c.key, c.secret) for c in (bob, carol))
    with denied():
        bob.iam.list_users()
    carol.iam.list_users()
    with denied():
        carol.assume(role)


# --- the same name made again

def test_a_policy_made_again_under_its_name_gives_nothing_to_old_sessions(account):
    role = account.role("app", trust({"AWS": account.number}), ANY)
    arn = account.policy("p", allow("iam:ListUsers"))
    session = account.assume(role, PolicyArns=[{"arn": arn}])
    session.iam.list_users()
    account.iam.delete_policy(PolicyArn=arn)
    assert account.policy("p", ANY) == arn
    with denied():
        session.iam.list_users()
    with denied():
        session.iam.list_roles()


def test_a_user_and_group_made_again_hold_nothing_of_the_old(account):
    policy = account.policy("p", ANY)
    bob = account.user("bob", ANY)
    account.iam.create_group(GroupName="g")
    account.iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=document(ANY))
    account.iam.add_user_to_group(GroupName="g", UserName="bob")
    account.iam.attach_user_policy(UserName="bob", PolicyArn=policy)
    account.iam.remove_user_from_group(GroupName="g", UserName="bob")
    account.iam.detach_user_policy(UserName="bob", PolicyArn=policy)
    account.iam.delete_user_policy(UserName="bob", PolicyName="inline")
    account.iam.delete_access_key(UserName="bob", AccessKeyId=bob.key)
    account.iam.delete_user(UserName="bob")
    account.iam.delete_group_policy(GroupName="g", PolicyName="p")
    account.iam.delete_group(GroupName="g")
    account.iam.create_group(GroupName="g")
    again = account.user("bob")
    account.iam.add_user_to_group(GroupName="g", UserName="bob")
    with denied("no identity-based policy allows"):
        again.iam.list_users()
    with refused("InvalidClientTokenId", 403):
        bob.sts.get_caller_identity()


# --- rule 1

def test_test_mode_says_so_at_start_in_health_and_in_metrics(own_server):
    assert "insecure_test_mode" in own_server.log_path.read_text()
    assert json.loads(raw.get(own_server, "/health").body)["insecure_test_mode"] == "on"
    assert re.search(r"^mantle_insecure_test_mode 1$", raw.get(own_server, "/metrics").body, re.M)


# --- rule 3

def test_why_a_request_was_denied_is_found_by_its_id(account):
    bob = account.user("bob", ANY, deny("iam:GetUser", Sid="NoPeeking", Condition={
        "StringNotEquals": {"aws:PrincipalTag/team": "blue"}}))
    with denied() as said:
        bob.iam.get_user(UserName="admin")
    account.server.trail(said.request_id)
    words = [str(BUILD / "mantle"), "trail", "--data", str(account.server.data), "--request-id", said.request_id]
    record = json.loads(subprocess.run([*words, "--json"], capture_output=True, text=True, timeout=30,
                                       check=True).stdout)
    assert record["requestID"] == said.request_id
    why = record["mantle"]["evaluated"][-1]
    assert (why["layer"], why["policy"], why["sid"]) == ("identity-based policy", "inline:inline", "NoPeeking")


# --- rule 6

@pytest.mark.parametrize("key, value, sent", [
    ("aws:SourceIp", "203.0.113.9", {"x-forwarded-for": "203.0.113.9", "forwarded": "for=203.0.113.9",
                                     "x-real-ip": "203.0.113.9"}),
    ("aws:PrincipalTag/team", "blue", {"x-amz-principal-tag-team": "blue", "aws-principaltag-team": "blue"}),
    ("aws:SourceIdentity", "alice", {"x-amz-source-identity": "alice"}),
    ("aws:username", "alice", {"x-amz-username": "alice", "x-remote-user": "alice"}),
    ("aws:PrincipalAccount", "123456789012", {"x-amz-account-id": "123456789012"}),
    ("aws:SourceVpc", "vpc-1", {"x-amz-source-vpc": "vpc-1"}),
    ("aws:SourceVpce", "vpce-1", {"x-amz-source-vpce": "vpce-1", "x-amz-vpce-id": "vpce-1"}),
    ("aws:CalledVia", "cloudformation.amazonaws.com", {"x-amz-called-via": "cloudformation.amazonaws.com"}),
    ("aws:PrincipalServiceName", "ec2.amazonaws.com", {"x-amz-principal-service-name": "ec2.amazonaws.com"}),
])
def test_no_header_or_parameter_sets_a_key_of_the_identity(account, key, value, sent):
    bob = account.user("bob", allow("iam:ListUsers", Condition={"StringEquals": {key: value}}))
    body = raw.form("ListUsers", raw.IAM, **{key: value, "ContextEntries.member.1.ContextKeyName": key,
                                             "ContextEntries.member.1.ContextKeyValues.member.1": value})
    for headers in ({}, sent):
        signed = raw.sign_headers(bob, body, service="iam", headers=headers)
        answer = raw.send(account.server, "POST", "/", signed, body)
        assert (answer.status, answer.code) == (403, "AccessDenied"), answer.body
    account.iam.put_user_policy(UserName="bob", PolicyName="inline", PolicyDocument=document(allow("iam:ListUsers")))
    assert raw.send(account.server, "POST", "/", raw.sign_headers(bob, body, service="iam", headers=sent),
                    body).status == 200


# --- rule 7

def test_planted_secrets_are_nowhere(tmp_path):
    """Every secret there is, looked for in every file, stream, answer and table of the process."""
    server = Server(tmp_path)
    server.arguments += ["--log-level", "debug"]
    server.start()
    try:
        root = server.root()
        bob = user(server, "bob", ANY)
        role = root.iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust({"AWS": "*"}))["Role"]["Arn"]
        session = bob.assume(role)
        answers = []
        for caller in (bob, session):
            answers.append(raw.call(caller, "GetCallerIdentity"))
            answers.append(raw.call(caller, "ListGroups", raw.IAM))
            answers.append(raw.call(caller, "GetUser", raw.IAM, parameters={"UserName": caller.secret[:30]}))
            wrong = server.caller(caller.key, caller.secret + "x", caller.token)
            answers.append(raw.call(wrong, "GetCallerIdentity"))
            answers.append(raw.call(caller, "GetCallerIdentity", bend=lambda headers, body: body + "&x=y"))
        answers += [raw.get(server, "/health"), raw.get(server, "/metrics")]
        pid = server.process.pid
        process = b"".join((open(f"/proc/{pid}/{name}", "rb").read() for name in ("cmdline", "comm", "environ")))
    finally:
        server.stop()
    secrets = {"of a user": bob.secret, "of a session": session.secret, "a token": session.token}
    texts = {"answer %d" % i: answer.body.encode() for i, answer in enumerate(answers)}
    texts["the process table"] = process
    for path in tmp_path.rglob("*"):
        if path.is_file():
            texts[str(path)] = path.read_bytes()
    for where, text in texts.items():
        for whose, secret in secrets.items():
            assert secret.encode() not in text, f"the secret {whose} is in {where}"


def test_no_core_dump_and_no_reader_of_memory(own_server):
    """PR_SET_DUMPABLE 0: the kernel writes no core and gives /proc/PID to root alone."""
    pid = own_server.process.pid
    user(own_server, "bob")
    if os.getuid() == 0:
        assert os.stat(f"/proc/{pid}/mem").st_uid == 0
        done = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "cat", f"/proc/{pid}/environ"],
                              capture_output=True)
        assert done.returncode != 0
    else:
        with pytest.raises(PermissionError):
            open(f"/proc/{pid}/mem", "rb")


def test_secrets_are_compared_in_constant_time():
    """Where signatures, tokens and digests are compared there is one function for it, and it is used."""
    found = []
    for folder in ("sign", "vault", "access"):
        for path in sorted((ROOT / "src" / folder).glob("*.c")):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if re.search(r"\b(memcmp|strcmp|str_eq)\s*\([^;]*\b(\w*signature|\w*secret|\w*digest|\w*mac|tag)\b", line):
                    found.append(f"{path.name}:{number}: {line.strip()}")
    assert not found
    assert "!equal_ct(hex, claim->signature.ptr" in (ROOT / "src/sign/sigv4.c").read_text()


# --- rule 8

def test_text_for_a_variable_is_literal(account):
    """The only keys a caller words freely are its user agent and referer: "*" is a star, not any text."""
    bob = account.user("bob", allow("iam:GetUser", "arn:aws:iam::*:user/${aws:UserAgent}"),
                       allow("iam:ListUsers", Condition={"StringLike": {"aws:username": "${aws:UserAgent}"}}),
                       allow("iam:ListRoles", Condition={"ArnLike": {"aws:PrincipalArn": "${aws:referer}"}}))

    def ask(action, text, **parameters):
        body = raw.form(action, raw.IAM, **parameters)
        headers = raw.sign_headers(bob, body, service="iam", headers={"user-agent": text, "referer": text})
        return raw.send(account.server, "POST", "/", headers, body).status
    assert ask("GetUser", "admin", UserName="admin") == 200
    assert ask("ListUsers", "bob") == 200
    for text in ("*", "a*", "????", "adm?n", "${aws:username}", "ad${*}min", "**"):
        assert ask("GetUser", text, UserName="admin") == 403, text
    for text in ("*", "b*", "???", "${aws:username}"):
        assert ask("ListUsers", text) == 403, text
    for text in ("*", "arn:aws:iam::*:user/bob", "arn:*:*:*:*:*"):
        assert ask("ListRoles", text) == 403, text
    assert ask("ListRoles", account.arn("user/bob")) == 200


def test_a_star_is_no_value_of_a_tag(account):
    account.iam.create_user(UserName="bob")
    role = account.role("app", trust({"AWS": account.number}))
    with refused("ValidationError", 400):
        account.iam.tag_user(UserName="bob", Tags=[{"Key": "who", "Value": "*"}])
    with refused("ValidationError", 400):
        account.assume(role, Tags=[{"Key": "who", "Value": "*"}])


# --- rule 11: one past each limit a stranger can reach (the rest: tests/unit/net/http.c)

def padded(size):
    """A whole request with a body of this size."""
    start = raw.form("GetCallerIdentity") + "&Pad="
    return start + "x" * (size - len(start))


def test_one_byte_more_than_a_body_may_have(account):
    for size, status in ((1 << 20, 200), ((1 << 20) + 1, 413)):
        body = padded(size)
        headers = raw.sign_headers(account, body)
        answer = raw.send(account.server, "POST", "/", headers, body)
        assert answer.status == status, answer.body


def test_one_header_more_than_a_request_may_have(account):
    host = {"host": raw.host(account.server)}
    for count, status in ((100, 403), (101, 431)):
        more = {f"x-{i}": "1" for i in range(count - 1)}
        assert raw.send(account.server, "GET", "/?Action=GetCallerIdentity&Version=" + raw.STS, {**host, **more}).status == status


def nested(depth):
    return '{"Version":"2012-10-17","Statement":' + "[" * depth + "]" * depth + "}"


@pytest.mark.parametrize("text", [nested(15), nested(16), nested(10000), '{"a":' * 10000 + "1" + "}" * 10000],
                         ids=["15", "16", "10000 lists", "10000 objects"])
def test_documents_nested_too_deep(account, text):
    account.iam.create_user(UserName="bob")
    with refused("MalformedPolicyDocument", 400):
        account.iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=text)


def test_documents_of_very_many_statements(account):
    account.iam.create_user(UserName="bob")
    text = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:Get*")] * 2472}, separators=(",", ":"))
    assert len(text) <= 131072 < len(text) + 1024
    with refused("LimitExceeded", 409):
        account.iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=text)
    with refused("ValidationError", 400):
        account.iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=text + " " * 131073)


@pytest.mark.parametrize("name", ["Tags.member.51.Key", "Tags.member.1001.Key", "Tags.member.999999999.Key",
                                  "Tags.member.99999999999999999999.Key", "Tags.member.-1.Key", "Tags.member.0.Key"])
def test_list_numbers_that_would_cost_memory(account, name):
    body = raw.form("CreateUser", raw.IAM, UserName="evil", **{name: "k", name.replace("Key", "Value"): "v"})
    answer = raw.send(account.server, "POST", "/", raw.sign_headers(account, body, service="iam"), body)
    assert answer.status == 400 or ("member.51" in name and answer.status == 200), answer.body


def test_a_token_longer_than_any(account):
    session = account.assume(account.role("app", trust({"AWS": account.number})))
    for length in (8192, 40000):
        long = account.server.caller(session.key, session.secret, session.token + "A" * length)
        answer = raw.call(long, "GetCallerIdentity")
        assert (answer.status, answer.code) in ((403, "InvalidClientTokenId"), (400, "ValidationError")), answer.body


# --- rule 13

def test_a_failed_audit_write_fails_the_change(own_server):
    """A trigger refuses the line of the change: then there is no change either, and reads go on."""
    user(own_server, "bob")
    with changed_on_disk(own_server) as database:
        database.execute("CREATE TRIGGER no_lines BEFORE INSERT ON trail_outbox BEGIN SELECT RAISE(ABORT, 'full'); END")
    root = own_server.root()
    with pytest.raises(Exception) as caught:
        root.iam.create_user(UserName="unrecorded")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
    assert [u["UserName"] for u in root.iam.list_users()["Users"]] == ["bob"]
    with changed_on_disk(own_server) as database:
        database.execute("DROP TRIGGER no_lines")
    root = own_server.root()
    root.iam.create_user(UserName="recorded")
    names = [u["UserName"] for u in root.iam.list_users()["Users"]]
    assert names == ["bob", "recorded"]

