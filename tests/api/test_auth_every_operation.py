"""No operation is reached past the one place where callers are verified."""
import re

import pytest

import raw
from conftest import ROOT, Caller

# Named here once: these two verify a token of another kind instead of a signature.
UNSIGNED = {"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}


def operations():
    for service, version in (("iam", raw.IAM), ("sts", raw.STS)):
        text = (ROOT / f"src/service/{service}/{service}.api").read_text()
        for name in re.findall(r"^operation (\w+)", text, re.M):
            yield service, version, name


ALL = sorted(operations())


def test_all_of_them_are_known():
    assert len(ALL) >= 187


@pytest.fixture(scope="module")
def connection(server):
    made = raw.connect(server)
    yield made
    made.close()


def ask(connection, body, headers, method="POST", target="/"):
    connection.request(method, target, body or None, headers)
    got = connection.getresponse()
    text = got.read().decode()
    return got.status, re.search(r"<Code>(\w+)</Code>", text)[1], text


@pytest.mark.parametrize("service, version, name", ALL)
def test_every_operation_in_every_wrong_form(server, connection, service, version, name):
    root = server.root()
    body = raw.form(name, version)
    unsigned = ask(connection, body, {"host": raw.host(server), "content-type": raw.FORM})
    if name in UNSIGNED:
        assert unsigned[0] in (400, 501)
        return
    assert unsigned[:2] == (403, "MissingAuthenticationToken")
    wrong = Caller(server, root.key, "wrong")
    assert ask(connection, body, raw.sign_headers(wrong, body, service=service))[:2] == (403, "SignatureDoesNotMatch")
    expired = raw.sign_headers(root, body, service=service, when=raw.stamp(-1000))
    assert ask(connection, body, expired)[:2] == (403, "SignatureDoesNotMatch")
    other = "sts" if service == "iam" else "iam"
    assert ask(connection, body, raw.sign_headers(root, body, service=other))[:2] == (403, "SignatureDoesNotMatch")
    stranger = Caller(server, "AKIAIOSFODNN7EXAMPLE", "secret")
    assert ask(connection, body, raw.sign_headers(stranger, body, service=service))[:2] == (403, "InvalidClientTokenId")
    # the same in the query
    get = {"host": raw.host(server)}
    status, code, _ = ask(connection, "", get, "GET", "/?" + body)
    assert (status, code) == (403, "MissingAuthenticationToken")
    target = raw.presign(wrong, name, version, service)
    assert ask(connection, "", get, "GET", target)[:2] == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("service, version, name", ALL)
def test_every_operation_is_authorized_or_needs_no_permission(account_without_rights, connection, service, version, name):
    """Whoever may nothing gets no further than validation."""
    nobody = account_without_rights
    if name in UNSIGNED | {"GetCallerIdentity", "GetSessionToken"}:
        return
    body = raw.form(name, version)
    _, code, text = ask(connection, body, raw.sign_headers(nobody, body, service=service))
    assert code in ("AccessDenied", "ValidationError"), text


@pytest.fixture(scope="module")
def account_without_rights(server):
    from conftest import Account
    return Account(server).user("nobody")
