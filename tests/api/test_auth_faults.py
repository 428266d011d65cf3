"""Every way a request can fail to say who sends it, and what AWS calls it."""
import time
import json

import pytest

import raw
from conftest import Caller, allow, document, refused, trust

INVALID = "The security token included in the request is invalid."


def whoami(caller, **how):
    return raw.call(caller, "GetCallerIdentity", **how)


def check(answer, status, code, text=None):
    assert (answer.status, answer.code) == (status, code), answer.body
    assert answer.request_id and answer.request_id == answer.tag("RequestId")
    if text is not None:
        assert text in answer.message, answer.message


def test_a_request_signed_by_hand_is_accepted(account):
    answer = whoami(account)
    assert answer.status == 200 and answer.tag("Account") == account.number


def test_unsigned(account):
    body = raw.form("GetCallerIdentity")
    answer = raw.send(account.server, "POST", "/", {
        "host": raw.host(account.server), "content-type": raw.FORM, "content-length": str(len(body))}, body)
    check(answer, 403, "MissingAuthenticationToken")
    assert answer.message == "Request is missing Authentication Token"


@pytest.mark.parametrize("authorization", [
    "AWS4-HMAC-SHA256",
    "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/sts/aws4_request",
    "AWS4-HMAC-SHA256 Credential=AKIA, SignedHeaders=host, Signature=00",
    "AWS4-HMAC-SHA256 SignedHeaders=host;x-amz-date, Signature=" + "0" * 64,
])
def test_malformed_authorization(account, authorization):
    def bend(headers, body):
        headers["authorization"] = authorization
    answer = whoami(account, bend=bend)
    assert answer.status in (400, 403)
    assert answer.code in ("IncompleteSignature", "SignatureDoesNotMatch", "MissingAuthenticationToken")


def test_an_unknown_key(account):
    stranger = Caller(account.server, "AKIAIOSFODNN7EXAMPLE", "secret")
    check(whoami(stranger), 403, "InvalidClientTokenId", INVALID)


def test_an_unknown_key_is_told_before_anything_else(account):
    stranger = Caller(account.server, "AKIAIOSFODNN7EXAMPLE", "secret")
    answer = raw.call(stranger, "CreateUser", raw.IAM)  # UserName is missing as well
    check(answer, 403, "InvalidClientTokenId")


def test_an_inactive_key(account):
    bob = account.user("bob")
    assert whoami(bob).status == 200
    account.iam.update_access_key(UserName="bob", AccessKeyId=bob.key, Status="Inactive")
    check(whoami(bob), 403, "InvalidClientTokenId", INVALID)
    account.iam.update_access_key(UserName="bob", AccessKeyId=bob.key, Status="Active")
    assert whoami(bob).status == 200


def test_a_deleted_key(account):
    bob = account.user("bob")
    assert whoami(bob).status == 200
    account.iam.delete_access_key(UserName="bob", AccessKeyId=bob.key)
    check(whoami(bob), 403, "InvalidClientTokenId", INVALID)


def test_a_wrong_secret(account):
    check(whoami(Caller(account.server, account.key, account.secret + "x")), 403, "SignatureDoesNotMatch")


@pytest.fixture
def session(account):
    return account.assume(account.role("app", trust({"AWS": account.number}), allow("*")))


def test_a_temporary_key_without_its_token(session):
    check(whoami(Caller(session.server, session.key, session.secret)), 403, "InvalidClientTokenId", INVALID)


def test_a_long_term_key_with_a_token(account, session):
    check(whoami(Caller(account.server, account.key, account.secret, session.token)), 403,
          "InvalidClientTokenId", INVALID)


def test_a_token_of_another_key(account, session):
    other = account.assume(account.arn("role/app"))
    check(whoami(Caller(session.server, session.key, session.secret, other.token)), 403,
          "InvalidClientTokenId", INVALID)


def test_every_changed_character_of_a_token_is_refused(session):
    for at in range(0, len(session.token), 7):
        there = session.token[at]
        changed = session.token[:at] + ("B" if there == "A" else "A") + session.token[at + 1:]
        answer = whoami(Caller(session.server, session.key, session.secret, changed))
        check(answer, 403, "InvalidClientTokenId", INVALID)
    for broken in ("", "x", session.token[:-4], session.token + "AAAA", "A" * 4096):
        answer = whoami(Caller(session.server, session.key, session.secret, broken or " "))
        assert answer.status in (400, 403)


def test_a_token_must_be_signed(session):
    answer = whoami(session, leave_out=("x-amz-security-token",))
    check(answer, 403, "SignatureDoesNotMatch")


def test_a_token_reveals_nothing(session):
    import base64
    plain = base64.b64decode(session.token + "==")
    for word in (b"session", b"AROA", b"app", b"admin", b"AKIA"):
        assert word not in plain


def test_signed_too_long_ago_and_too_far_ahead(account):
    check(whoami(account, when=raw.stamp(-1000)), 403, "SignatureDoesNotMatch", "Signature expired: ")
    assert whoami(account, when=raw.stamp(-840)).status == 200
    assert whoami(account, when=raw.stamp(840)).status == 200
    check(whoami(account, when=raw.stamp(1000)), 403, "SignatureDoesNotMatch", "Signature not yet current: ")


def test_any_region_signs_for_the_global_services(account):
    for region in ("us-east-1", "eu-west-1", "aws-global"):
        assert whoami(account, region=region).status == 200
        assert raw.call(account, "ListUsers", raw.IAM, region=region).status == 200


def test_the_service_of_the_scope_must_be_the_operations(account):
    check(raw.call(account, "ListUsers", raw.IAM, service="sts"), 403, "SignatureDoesNotMatch")
    check(whoami(account, service="iam"), 403, "SignatureDoesNotMatch")
    check(whoami(account, service="s3"), 403, "SignatureDoesNotMatch")


def test_the_scope_must_end_as_it_should_and_have_the_day(account):
    assert whoami(account, terminator="aws5_request").status in (400, 403)
    assert whoami(account, date="20200101").status == 403


@pytest.mark.parametrize("what", ["body", "method", "host", "content-type", "signature", "date", "extra"])
def test_what_was_signed_cannot_be_changed(account, what):
    def bend(headers, body):
        if what == "body":
            return body + "&x=1"
        if what == "host":
            headers["host"] = "localhost"
        if what == "content-type":
            headers["content-type"] = "application/x-www-form-urlencoded"
        if what == "signature":
            headers["authorization"] = headers["authorization"][:-1] + (
                "0" if headers["authorization"][-1] != "0" else "1")
        if what == "date":
            headers["x-amz-date"] = raw.stamp(-1)
        if what == "extra":
            headers["x-amz-target"] = "unsigned"
        return None
    if what == "method":
        headers = raw.sign_headers(account, "", method="POST")
        headers.pop("content-length", None)
        answer = raw.send(account.server, "GET", "/?" + raw.form("GetCallerIdentity"), headers)
    else:
        answer = whoami(account, bend=bend)
    check(answer, 403, "SignatureDoesNotMatch")


def test_host_must_be_signed(account):
    check(whoami(account, leave_out=("host",)), 403, "SignatureDoesNotMatch")


# --- in the query

def test_presigned(account, session):
    for caller in (account, session):
        assert raw.get(account.server, raw.presign(caller, "GetCallerIdentity")).status == 200


def test_presigned_and_expired(account):
    target = raw.presign(account, "GetCallerIdentity", when=raw.stamp(-120), expires=60)
    assert raw.get(account.server, target).status in (400, 403)
    target = raw.presign(account, "GetCallerIdentity", when=raw.stamp(-120), expires=300)
    assert raw.get(account.server, target).status == 200


def test_presigned_and_changed(account):
    target = raw.presign(account, "GetCallerIdentity")
    check(raw.get(account.server, target.replace("GetCallerIdentity", "GetSessionToken")), 403,
          "SignatureDoesNotMatch")
    check(raw.get(account.server, target + "&Extra=1"), 403, "SignatureDoesNotMatch")


def test_header_and_query_at_once(account):
    headers = raw.sign_headers(account, "", method="GET")
    assert raw.get(account.server, raw.presign(account, "GetCallerIdentity"), headers).status in (400, 403)


def test_a_signed_get(account):
    query = raw.form("GetCallerIdentity")
    headers = raw.sign_headers(account, "", method="GET", query=query)
    assert raw.send(account.server, "GET", "/?" + query, headers).status == 200


# --- what is asked for

def test_unknown_action(account):
    check(raw.call(account, "Nonsense"), 400, "InvalidAction")
    answer = raw.call(account, "GetCallerIdentity", raw.IAM)
    check(answer, 400, "InvalidAction")
    assert answer.message == "Could not find operation GetCallerIdentity for version 2010-05-08"


def test_no_action(account):
    body = "Version=2011-06-15"
    answer = raw.send(account.server, "POST", "/", raw.sign_headers(account, body), body)
    check(answer, 400, "MissingAction")


def test_actions_are_case_sensitive(account):
    check(raw.call(account, "getcalleridentity"), 400, "InvalidAction")


def test_a_parameter_that_comes_twice(account):
    body = raw.form("AssumeRole") + "&RoleSessionName=a&RoleSessionName=b"
    check(raw.send(account.server, "POST", "/", raw.sign_headers(account, body), body), 400, "MalformedInput")
    query = "RoleSessionName=a"
    body = raw.form("AssumeRole", RoleSessionName="b")
    headers = raw.sign_headers(account, body, query=query)
    check(raw.send(account.server, "POST", "/?" + query, headers, body), 400, "MalformedInput")


def test_another_content_type(account):
    body = json.dumps({"Action": "GetCallerIdentity"})
    headers = raw.sign_headers(account, body, headers={"content-type": "application/json"})
    check(raw.send(account.server, "POST", "/", headers, body), 400, "MalformedInput")


def test_another_path_or_method(account):
    answer = raw.get(account.server, "/nothing")
    assert answer.status == 404 and answer.code == "MalformedQueryString"
    body = raw.form("GetCallerIdentity")
    headers = raw.sign_headers(account, body, method="PUT")
    assert raw.send(account.server, "PUT", "/", headers, body).status == 400


def test_validation_comes_before_authorization(account):
    bob = account.user("bob")
    check(raw.call(bob, "CreateUser", raw.IAM, parameters={"UserName": "x" * 65}), 400, "ValidationError")
    check(raw.call(bob, "CreateUser", raw.IAM, parameters={"UserName": "x"}), 403, "AccessDenied")


def test_authorization_comes_before_existence(account):
    bob = account.user("bob")
    check(raw.call(bob, "GetRole", raw.IAM, parameters={"RoleName": "nothing"}), 403, "AccessDenied")
    check(raw.call(account, "GetRole", raw.IAM, parameters={"RoleName": "nothing"}), 404, "NoSuchEntity")


def test_refusals_are_recorded_without_trusting_the_claim(account):
    answer = whoami(Caller(account.server, account.key, "wrong"))
    record = account.server.trail(answer.request_id)
    assert record["errorCode"] == "SignatureDoesNotMatch"
    assert record["userIdentity"]["type"] == "Unknown"
    assert "arn" not in record["userIdentity"]


def test_last_use_counts_verified_requests_only(account):
    bob = account.user("bob")
    whoami(Caller(account.server, bob.key, "wrong"))
    last = account.iam.get_access_key_last_used(AccessKeyId=bob.key)
    assert last["UserName"] == "bob" and last["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    whoami(bob, region="eu-west-1")
    end = time.monotonic() + 30  # a use is written behind the answer, not before it
    while True:
        last = account.iam.get_access_key_last_used(AccessKeyId=bob.key)["AccessKeyLastUsed"]
        if last["ServiceName"] != "N/A" or time.monotonic() > end:
            break
    assert (last["ServiceName"], last["Region"]) == ("sts", "eu-west-1")


def test_what_is_not_http_is_answered_and_recorded(account):
    out = raw.bytes_in(account.server, b"NONSENSE\r\n\r\n")
    assert out == b"" or out.startswith(b"HTTP/1.1 400")
    big = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n"
    assert b" 413 " in raw.bytes_in(account.server, big).split(b"\r\n")[0]


def test_a_refused_request_leaves_the_connection_usable(account):
    connection = raw.connect(account.server)
    for wrong in (True, False, True, False):
        caller = Caller(account.server, account.key, "wrong") if wrong else account
        body = raw.form("GetCallerIdentity")
        connection.request("POST", "/", body, raw.sign_headers(caller, body))
        got = connection.getresponse()
        got.read()
        assert got.status == (403 if wrong else 200)
    connection.close()


def test_an_old_principal_policy_is_gone_at_once(account):
    bob = account.user("bob", allow("iam:ListUsers"))
    bob.iam.list_users()
    account.iam.put_user_policy(UserName="bob", PolicyName="inline", PolicyDocument=document(allow("iam:ListRoles")))
    with refused("AccessDenied"):
        bob.iam.list_users()
