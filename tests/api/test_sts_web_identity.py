"""AssumeRoleWithWebIdentity: tokens of real signatures from an issuer on this host, honest ones and
those of every kind of attacker."""
import base64
import concurrent.futures
import contextlib
import json
import pathlib
import ssl
import time

import pytest
from conftest import Account, Server, allow, document, refused, self_signed, trust
from issuer import Issuer, Key, b64, compact, hmac_signer

ACTIONS = ("sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity")
RSA = Key("rsa-1")
EXPIRED = "Token expired: current date/time"


@pytest.fixture
def issuer():
    made = Issuer("/realm")
    made.keys = [RSA]
    yield made
    made.close()


class World:
    """An account with a provider for the issuer and a role that trusts it."""

    def __init__(self, account, issuer, clients=("client",), thumbprints=()):
        self.account, self.issuer = account, issuer
        self.provider = account.iam.create_open_id_connect_provider(
            Url=issuer.url, ClientIDList=list(clients),
            ThumbprintList=list(thumbprints))["OpenIDConnectProviderArn"]
        self.role = account.role("app", self.trust(), allow("iam:ListUsers"))
        self.anyone = account.server.caller("AKIDNOBODY", "nothing")

    def trust(self, **conditions):
        more = {"Condition": {"StringEquals": conditions}} if conditions else {}
        return trust({"Federated": self.provider}, ACTIONS, **more)

    def set_trust(self, policy):
        self.account.iam.update_assume_role_policy(RoleName="app", PolicyDocument=policy)

    def assume(self, token, **more):
        return self.anyone.sts.assume_role_with_web_identity(
            **{"RoleArn": self.role, "RoleSessionName": "job", "WebIdentityToken": token, **more})

    def session(self, token, **more):
        return self.anyone.session(self.assume(token, **more)["Credentials"])


@pytest.fixture
def world(account, issuer):
    return World(account, issuer)


def bad(text=None):
    return refused("InvalidIdentityToken", 400, text)


def no_access():
    return refused("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity")


# --- tokens that are good ---------------------------------------------------------------------------


def test_the_answer_and_the_session(world, issuer):
    answer = world.assume(issuer.token())
    assert answer["SubjectFromWebIdentityToken"] == "user-1234"
    assert (answer["Audience"], answer["Provider"]) == ("client", world.provider)
    assert answer["AssumedRoleUser"]["Arn"] == world.account.arn("assumed-role/app/job", "sts")
    assert not {"PackedPolicySize", "SourceIdentity"} & set(answer)
    session = world.anyone.session(answer["Credentials"])
    assert session.iam.list_users()["Users"]
    assert session.sts.get_caller_identity()["Account"] == world.account.number


def test_white_space_around_the_token(world, issuer):
    world.assume(issuer.token() + "\n")
    world.assume(" \t" + issuer.token() + "\r\n")
    with bad("not a valid JWT"):
        world.assume(issuer.token().replace(".", "\n.", 1))


@pytest.mark.parametrize("alg", ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"])
def test_each_algorithm(world, issuer, alg):
    issuer.keys = [Key("other"), Key("one", alg)]
    world.assume(issuer.token(issuer.keys[1]))


def test_a_key_without_alg_and_a_key_with_x5c(world, issuer):
    issuer.keys = [RSA.jwk(alg=None, use=None, x5c=["AAAA"], x5t="AAAA")]
    world.assume(issuer.token(RSA, alg="RS512"))


def test_without_kid_the_one_key_that_fits(world, issuer):
    issuer.keys = [RSA.jwk(kid=None), Key("ec", "ES256")]
    world.assume(issuer.token(RSA, header={"kid": None}))


def test_session_outlives_its_token(world, issuer):
    """Security rule 10: providers' tokens live two minutes, and are sent again."""
    token = issuer.token(exp=int(time.time()) + 60)
    answer = world.assume(token, DurationSeconds=3600)
    left = answer["Credentials"]["Expiration"].timestamp() - time.time()
    assert left > 3500
    world.assume(token)


def test_keys_are_cached(world, issuer):
    for _ in range(5):
        world.assume(issuer.token(jti="the-same"))
    assert len(issuer.asked) == 2


def test_a_burst_asks_the_issuer_once(world, issuer):
    def slowly(handler):
        time.sleep(0.5)
        body = json.dumps({"keys": [RSA.jwk()]}).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
    issuer.answers["/realm/jwks"] = slowly
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        clients = [world.account.server.caller("AKIDNOBODY", "x") for _ in range(20)]
        for client in clients:
            assert client.sts
        done = list(pool.map(lambda client: client.sts.assume_role_with_web_identity(
            RoleArn=world.role, RoleSessionName="job", WebIdentityToken=issuer.token()), clients))
    assert len(done) == 20 and len(issuer.asked) == 2


def test_rotation_by_kid(world, issuer):
    world.assume(issuer.token())
    issuer.keys = [RSA, Key("rsa-2")]
    with bad("verification key"):  # fetched a moment ago: not again for thirty seconds
        world.assume(issuer.token(issuer.keys[1]))
    assert len(issuer.asked) == 2
    world.assume(issuer.token())


# --- claims -----------------------------------------------------------------------------------------


def test_claims_are_condition_keys(world, issuer):
    name = issuer.name
    world.set_trust(world.trust(**{f"{name}:aud": "client", f"{name}:sub": "repo:o/r:ref:refs/heads/main",
                                   f"{name}:repository_owner": "o", f"{name}:run_attempt": "2",
                                   f"{name}:ref_protected": "true"}))
    good = dict(sub="repo:o/r:ref:refs/heads/main", repository_owner="o", run_attempt=2, ref_protected=True)
    world.assume(issuer.token(**good))
    for wrong in ({"repository_owner": "p"}, {"run_attempt": 3}, {"ref_protected": False}, {"sub": "repo:o/s"},
                  {"repository_owner": None}, {"repository_owner": {"a": "o"}}):
        with no_access():
            world.assume(issuer.token(**{**good, **wrong}))


def test_lists_are_multivalued_keys(world, issuer):
    groups = {"Condition": {"ForAnyValue:StringEquals": {f"{issuer.name}:groups": "admins"},
                            "ForAllValues:StringEquals": {f"{issuer.name}:amr": ["mfa", "pwd"]}}}
    world.set_trust(trust({"Federated": world.provider}, ACTIONS, **groups))
    world.assume(issuer.token(groups=["users", "admins"], amr=["mfa"]))
    with no_access():
        world.assume(issuer.token(groups=["users"], amr=["mfa"]))
    with no_access():
        world.assume(issuer.token(groups=["admins"], amr=["mfa", "guess"]))


def test_a_claim_in_other_letters_stands_for_nothing(world, issuer):
    world.set_trust(world.trust(**{f"{issuer.name}:sub": "boss"}))
    for more in ({"SUB": "boss"}, {"Sub": "boss", "oaud": "x"}):
        with no_access():
            world.assume(issuer.token(**more))
    world.set_trust(world.trust(**{f"{issuer.name}:oaud": "forged"}))
    with no_access():
        world.assume(issuer.token(oaud="forged"))


def test_azp_is_the_audience(world, issuer):
    world.set_trust(world.trust(**{f"{issuer.name}:aud": "client", f"{issuer.name}:oaud": "backend"}))
    assert world.assume(issuer.token(azp="client", aud="backend"))["Audience"] == "client"
    world.set_trust(world.trust())
    world.assume(issuer.token(azp="client", aud=["a", "b"]))
    world.assume(issuer.token(aud=["client"]))
    with bad("several audiences"):
        world.assume(issuer.token(aud=["client", "b"]))
    for aud in ("other", "Client", "", 7, [], [7], {"a": "client"}):
        with bad("Incorrect token audience"):
            world.assume(issuer.token(aud=aud))
    with bad("Incorrect token audience"):
        world.assume(issuer.token(azp="other", aud="client"))


def test_session_tags_and_source_identity(world, issuer):
    tags = {"principal_tags": {"team": ["blue"], "cost": ["7"]}, "transitive_tag_keys": ["team"]}
    token = issuer.token(**{"https://aws.amazon.com/tags": tags,
                            "https://aws.amazon.com/source_identity": "alice"})
    answer = world.assume(token)
    assert answer["SourceIdentity"] == "alice" and answer["PackedPolicySize"] >= 1
    session = world.anyone.session(answer["Credentials"])
    world.account.iam.put_role_policy(RoleName="app", PolicyName="inline", PolicyDocument=document(
        allow("iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue",
                                                           "aws:SourceIdentity": "alice",
                                                           "aws:FederatedProvider": world.provider,
                                                           f"{issuer.name}:sub": "user-1234"}})))
    session.iam.list_users()
    flat = issuer.token(**{"https://aws.amazon.com/tags/principal_tags/team": "blue"})
    assert world.assume(flat)["PackedPolicySize"] >= 1
    world.set_trust(trust({"Federated": world.provider}, ACTIONS[:1]))
    with refused("AccessDenied", 403, "sts:TagSession"):
        world.assume(flat)
    with refused("AccessDenied", 403, "sts:SetSourceIdentity"):
        world.assume(issuer.token(**{"https://aws.amazon.com/source_identity": "alice"}))


@pytest.mark.parametrize("claims", [
    {"https://aws.amazon.com/tags": "team=blue"},
    {"https://aws.amazon.com/tags": {"principal_tags": ["team"]}},
    {"https://aws.amazon.com/tags": {"principal_tags": {"team": ["a", "b"]}}},
    {"https://aws.amazon.com/tags": {"principal_tags": {"team": [7]}}},
    {"https://aws.amazon.com/tags": {"principal_tags": {"team": ["*"]}}},
    {"https://aws.amazon.com/tags": {"principal_tags": {"k" * 129: ["v"]}}},
    {"https://aws.amazon.com/tags": {"principal_tags": {"team": ["v" * 257]}}},
    {"https://aws.amazon.com/tags": {"principal_tags": {str(i): ["v"] for i in range(51)}}},
    {"https://aws.amazon.com/tags": {"transitive_tag_keys": "team"}},
    {"https://aws.amazon.com/source_identity": "a b"},
    {"https://aws.amazon.com/source_identity": "x"},
    {"https://aws.amazon.com/source_identity": ["alice"]},
])
def test_malformed_session_claims(world, issuer, claims):
    with bad():
        world.assume(issuer.token(**claims))


# --- tokens that are bad ----------------------------------------------------------------------------


def test_times(world, issuer):
    now = int(time.time())
    with refused("ExpiredTokenException", 400, EXPIRED):
        world.assume(issuer.token(exp=now - 65))
    world.assume(issuer.token(exp=now - 30, iat=now + 30, nbf=now + 30))
    world.assume(issuer.token(exp=now + 100.75))
    for claims, text in (({"nbf": now + 90}, "not valid before"), ({"iat": now + 90}, "in the future"),
                         ({"exp": None}, "exp"), ({"exp": str(now + 60)}, "not a time"),
                         ({"exp": 10 ** 300}, "not a time"), ({"exp": -1}, "not a time"),
                         ({"sub": None}, "sub"), ({"sub": ""}, "sub"), ({"sub": "x" * 256}, "sub"),
                         ({"aud": None}, "aud"), ({"iss": None}, "iss"), ({"iss": 7}, "iss")):
        with bad(text):
            world.assume(issuer.token(**claims))


def test_issuer_must_be_the_accounts(world, issuer, server):
    for iss in (issuer.url + "/", issuer.url.upper(), "https://example.org", issuer.url.replace("http", "https")):
        with bad(f"No OpenIDConnect provider found in your account for {iss}"):
            world.assume(issuer.token(iss=iss))
    world.account.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=world.provider)
    with bad(f"No OpenIDConnect provider found in your account for {issuer.url}"):
        world.assume(issuer.token())


def test_alg_none_is_refused(world, issuer):
    for alg in ("none", "None", "NONE", ""):
        head, claims = b64({"alg": alg, "kid": RSA.kid}), b64(issuer.claims())
        for signature in ("", "AA"):
            with bad("not a valid JWT"):
                world.assume(f"{head}.{claims}.{signature}")


def test_hmac_with_the_public_key_is_refused(world, issuer):
    for secret in (RSA.pem(), json.dumps(RSA.jwk()).encode(), b""):
        for alg in ("HS256", "HS384", "HS512"):
            with bad("not a valid JWT"):
                world.assume(compact({"alg": alg, "kid": RSA.kid}, issuer.claims(), hmac_signer(secret)))
    for alg in ("RS256", "ES256"):
        with bad():
            world.assume(compact({"alg": alg, "kid": RSA.kid}, issuer.claims(), hmac_signer(RSA.pem())))


def test_the_key_pins_the_algorithm(world, issuer):
    with bad("verification key"):  # its JWK says RS256
        world.assume(issuer.token(RSA, alg="RS512"))
    with bad("not a valid JWT"):
        world.assume(compact({"alg": "PS256", "kid": RSA.kid}, issuer.claims(), RSA.sign))


def test_kid_as_a_path_is_only_a_text(world, issuer):
    for kid in ("../../../../dev/null", "/dev/null", "file:///etc/passwd", "http://127.0.0.1/", "' OR '1'='1",
                "rsa-1\0", "RSA-1", ""):
        with bad("verification key"):
            world.assume(issuer.token(header={"kid": kid}))
    with bad("not a valid JWT"):
        world.assume(issuer.token(header={"kid": 7}))


def test_keys_in_the_token_are_not_looked_at(world, issuer):
    mine = Key("rsa-1")
    for header in ({"jwk": mine.jwk()}, {"jku": issuer.url + "/mine"}, {"x5u": issuer.url + "/mine"},
                   {"x5c": [base64.b64encode(mine.pem()).decode()]}):
        with bad("signature"):
            world.assume(issuer.token(mine, header=header))
    assert "/realm/mine" not in issuer.asked


def test_critical_extensions_are_refused(world, issuer):
    for header in ({"crit": ["exp"]}, {"crit": []}, {"crit": ["b64"], "b64": False}):
        with bad("critical"):
            world.assume(issuer.token(header=header))


def test_a_changed_token_is_refused(world, issuer):
    head, claims, signature = issuer.token().split(".")
    forged = b64({**issuer.claims(), "sub": "root"})
    last = "A" if signature[5] != "A" else "B"
    for token in (f"{head}.{forged}.{signature}", f"{head}.{claims}.{signature[:5]}{last}{signature[6:]}",
                  f"{head}.{claims}.{signature[:-4]}", f"{head}.{claims}.{b64(bytes(256))}",
                  issuer.token(Key("rsa-1"))):
        with bad():
            world.assume(token)


def test_what_is_no_token(world, issuer):
    good = issuer.token()
    head, claims, signature = good.split(".")
    twice = base64.urlsafe_b64encode(b'{"iss":"a","iss":"b"}').rstrip(b"=").decode()
    for token in ("abcd", "aa.b", "....", good + ".", "." + good, good + "=", f"{head}=.{claims}.{signature}",
                  f"{head}.{claims}.", f"{head}..{signature}", f"{head}.{twice}.{signature}",
                  f"{head}.{b64([])}.{signature}", f"{b64([])}.{claims}.{signature}", good + "ü",
                  f"{head}.{b64(b'[' * 5000)}.{signature}", good.replace(".", " . ")):
        with bad("not a valid JWT"):
            world.assume(token)
    with refused("ValidationError", 400):
        world.assume("x" * 20001)


def test_trust_policy_decides(world, issuer):
    with no_access():
        world.assume(issuer.token(), RoleArn=world.account.arn("role/none"))
    world.set_trust(trust({"Federated": world.provider + "x"}, ACTIONS))
    with no_access():
        world.assume(issuer.token())
    world.set_trust(trust({"AWS": world.account.number}, ("sts:AssumeRoleWithWebIdentity",)))
    with no_access():
        world.assume(issuer.token())
    world.set_trust(trust({"Federated": world.provider}, ("sts:AssumeRole",)))
    with no_access():
        world.assume(issuer.token())


def test_other_refusals(world, issuer):
    with bad("ProviderId"):
        world.assume(issuer.token(), ProviderId="www.amazon.com")
    with refused("ValidationError", 400, "is invalid"):
        world.assume(issuer.token(), RoleArn="arn:aws:iam::123456789012:user/bob")
    with refused("ValidationError", 400, "MaxSessionDuration"):
        world.assume(issuer.token(), DurationSeconds=7200)


# --- issuers that are bad ---------------------------------------------------------------------------


def unreachable():
    return refused("IDPCommunicationError", 400)


def test_jwks_of_ten_megabytes(world, issuer):
    issuer.answers["/realm/jwks"] = (200, {}, b'{"keys":[' + b" " * 10_000_000 + b"]}")
    with unreachable():
        world.assume(issuer.token())


@pytest.mark.parametrize("keys", [
    b"", b"[]", b"{}", b'{"keys":{}}', b"<html>", b'{"keys":[],"keys":[]}',
    json.dumps({"keys": [{}] * 101}).encode(),
])
def test_what_is_no_key_set(world, issuer, keys):
    issuer.answers["/realm/jwks"] = (200, {}, keys)
    with unreachable():
        world.assume(issuer.token())


def test_keys_that_are_too_weak_are_left_out(world, issuer):
    small, same = Key("small", bits=1024), Key("one")
    issuer.keys = [small, same.jwk(e=b64(1)), same.jwk(kty="oct", k="AAAA"), same.jwk(use="enc"),
                   same.jwk(key_ops=["encrypt"]), same.jwk(alg="HS256"), {"kty": "RSA"}]
    with bad("verification key"):
        world.assume(issuer.token(small))
    with bad("verification key"):
        world.assume(issuer.token(same))


def test_an_issuer_that_redirects_is_not_followed(world, issuer):
    other = Issuer("/realm")
    other.keys = [RSA]
    try:
        issuer.answers["/realm/.well-known/openid-configuration"] = (
            302, {"Location": other.url + "/.well-known/openid-configuration"}, b"")
        with unreachable():
            world.assume(issuer.token())
        assert other.asked == []
    finally:
        other.close()


@pytest.mark.parametrize("discovery", [
    {"issuer": "https://example.org", "jwks_uri": "URL/jwks"}, {"jwks_uri": "URL/jwks"}, {"issuer": "URL"},
    {"issuer": "URL/", "jwks_uri": "URL/jwks"}, {"issuer": "URL", "jwks_uri": "file:///etc/passwd"},
    {"issuer": "URL", "jwks_uri": "http://192.0.2.1/jwks"}, {"issuer": "URL", "jwks_uri": 7},
    {"issuer": "URL", "jwks_uri": "http://user@127.0.0.1/jwks"},
    {"issuer": "URL", "jwks_uri": "https://169.254.169.254/latest"},
    {"issuer": "URL", "jwks_uri": "https://[fd00::1]/jwks"}, {"issuer": "URL", "jwks_uri": "https://10.0.0.1/jwks"},
])
def test_discovery_that_is_not_the_issuers(world, issuer, discovery):
    text = json.dumps(discovery).replace("URL", issuer.url)
    issuer.answers["/realm/.well-known/openid-configuration"] = (200, {}, text.encode())
    with unreachable():
        world.assume(issuer.token())
    assert "/realm/jwks" not in issuer.asked


def test_while_an_issuer_hangs_others_are_served(world, issuer):
    release = []

    def hang(handler):
        while not release:
            time.sleep(0.05)
    issuer.answers["/realm/.well-known/openid-configuration"] = hang
    other = Issuer()
    other.keys = [RSA]
    try:
        provider = world.account.iam.create_open_id_connect_provider(Url=other.url, ClientIDList=["client"])
        role = world.account.role("other", trust({"Federated": provider["OpenIDConnectProviderArn"]}, ACTIONS))
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            callers = [world.account.server.caller("AKIDNOBODY", "x") for _ in range(40)]
            for caller in callers:
                assert caller.sts
            hanging = [pool.submit(caller.sts.assume_role_with_web_identity, RoleArn=world.role,
                                   RoleSessionName="job", WebIdentityToken=issuer.token()) for caller in callers]
            for _ in range(20):
                world.account.sts.get_caller_identity()
            world.assume(other.token(), RoleArn=role)
            assert not any(call.done() for call in hanging)
            for call in hanging:
                assert "IDPCommunicationError" in str(call.exception())
        assert issuer.asked.count("/realm/.well-known/openid-configuration") == 1
        with unreachable():  # at once: it failed a moment ago
            world.assume(issuer.token())
        assert len(issuer.asked) == 1
    finally:
        release.append(True)
        other.close()


def test_private_addresses_need_to_be_allowed(tmp_path, issuer):
    """Without --oidc-allow-loopback the same provider cannot even be made."""
    server = Server(tmp_path)
    server.arguments.remove("--oidc-allow-loopback")
    server.start()
    try:
        root = server.root()
        for url in (issuer.url, "https://localhost", "https://aws", "https://sts/x"):
            with refused("InvalidInput", 400, "Invalid Open ID Connect Provider URL."):
                root.iam.create_open_id_connect_provider(Url=url)
        for host in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "localtest.example"):
            made = root.iam.create_open_id_connect_provider(Url=f"https://{host}", ClientIDList=["client"])
            role = root.iam.create_role(RoleName=f"r-{host}", AssumeRolePolicyDocument=trust(
                {"Federated": made["OpenIDConnectProviderArn"]}, ACTIONS))["Role"]["Arn"]
            with unreachable():
                root.sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="job",
                                                       WebIdentityToken=issuer.token(iss=f"https://{host}"))
        assert issuer.asked == []
    finally:
        server.stop()


def test_libcurl_is_loaded_when_it_is_needed(tmp_path, monkeypatch, issuer):
    """A server that asks nobody has neither it nor an XML library; where it is missing, calls say so."""
    def libraries():
        maps = pathlib.Path(f"/proc/{server.process.pid}/maps").read_text()
        return [name for name in ("libcurl", "libxml2", "libxmlsec1", "libldap") if f"/{name}" in maps]
    (tmp_path / "lib").mkdir()
    broken = tmp_path / "lib/libcurl.so.4"
    broken.write_bytes(b"")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(broken.parent))
    server = Server(tmp_path).start()
    try:
        world = World(Account(server), issuer)
        with refused("IDPCommunicationError", 400):
            world.assume(issuer.token())
        assert "libcurl.so.4 cannot be loaded" in server.log_path.read_text()
        assert world.account.sts.get_caller_identity()["Account"] == world.account.number
        assert libraries() == []
        broken.unlink()
        with contextlib.closing(Issuer("/second")) as second:
            second.keys = [RSA]
            world = World(Account(server), second)
            world.assume(second.token())
        assert "libcurl" in libraries()
    finally:
        server.stop()


def test_thumbprints_are_trust_for_private_certificates(account, tmp_path):
    import hashlib
    cert, key = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    der = ssl.PEM_cert_to_DER_cert(open(cert).read())
    thumbprint = hashlib.sha1(der).hexdigest()
    made = Issuer(tls=context)
    made.keys = [RSA]
    try:
        world = World(account, made, thumbprints=["0" * 40])
        with unreachable():
            world.assume(made.token())
        account.iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=world.provider,
                                                               ThumbprintList=["0" * 40, thumbprint.upper()])
        world.assume(made.token())
    finally:
        made.close()


# --- the trail --------------------------------------------------------------------------------------


def test_the_trail_tells_who_and_never_the_token(world, issuer, server):
    token = issuer.token()
    answer = world.assume(token)
    record = server.trail(answer["ResponseMetadata"]["RequestId"])
    assert record["userIdentity"] == {
        "type": "WebIdentityUser", "principalId": f"{world.provider}:client:user-1234",
        "userName": "user-1234", "identityProvider": world.provider}
    assert record["recipientAccountId"] == world.account.number
    assert token.split(".")[2] not in json.dumps(record)
    assert answer["Credentials"]["SecretAccessKey"] not in json.dumps(record)
    with bad() as said:
        world.assume(issuer.token(Key("rsa-1")))
    record = server.trail(said.request_id)
    assert record["userIdentity"]["type"] == "Unknown" and record["errorCode"] == "InvalidIdentityToken"
