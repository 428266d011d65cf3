"""Rules of the threat model about sessions: rotation, restriction, isolation of what derives."""
import concurrent.futures
import json
import random

import pytest

import raw
from conftest import Caller, allow, deny, denied, document, refused, trust

ANY = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def test_rotating_every_key_set_under_load_ends_no_session(account):
    role = account.role("app", trust({"AWS": account.number}), ANY)
    sessions = [account.assume(role, f"s{i}") for i in range(4)] + [account]
    stop = []

    def work(caller):
        count = 0
        while not stop:
            answer = raw.call(caller, "GetCallerIdentity")
            assert answer.status == 200, answer.body
            count += 1
        return count
    with concurrent.futures.ThreadPoolExecutor(len(sessions)) as pool:
        jobs = [pool.submit(work, caller) for caller in sessions]
        for _ in range(3):
            for name in ("master", "token", "message"):
                account.server.admin("keys", "rotate", name)
                fresh = account.assume(role)
                assert raw.call(fresh, "GetCallerIdentity").status == 200
        stop.append(True)
        assert all(job.result() > 0 for job in jobs)


CALLS = {
    "iam:ListUsers": lambda iam: iam.list_users(),
    "iam:ListRoles": lambda iam: iam.list_roles(),
    "iam:ListGroups": lambda iam: iam.list_groups(),
    "iam:GetUser": lambda iam: iam.get_user(UserName="admin"),
    "iam:GetRole": lambda iam: iam.get_role(RoleName="app"),
    "iam:ListPolicies": lambda iam: iam.list_policies(Scope="Local"),
}


def allowed(caller):
    out = set()
    for action, call in CALLS.items():
        try:
            call(caller.iam)
            out.add(action)
        except caller.iam.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDenied"
    return out


def some_statements(chance):
    made = []
    for _ in range(chance.randint(1, 3)):
        actions = chance.sample(sorted(CALLS), chance.randint(1, 4))
        make = allow if chance.random() < 0.75 else deny
        made.append(make(actions if chance.random() < 0.8 else chance.choice(["iam:List*", "iam:Get*", "*"])))
    return made


@pytest.mark.parametrize("seed", range(12))
def test_what_a_session_may_is_a_subset_of_its_role(account, seed):
    chance = random.Random(seed)
    role = account.role("app", trust({"AWS": account.number}), *some_statements(chance))
    parent = allowed(account.assume(role))
    for _ in range(3):
        assert allowed(account.assume(role, Policy=document(*some_statements(chance)))) <= parent


def test_a_session_policy_that_only_denies_grants_nothing(account):
    role = account.role("app", trust({"AWS": account.number}), ANY)
    assert allowed(account.assume(role, Policy=document(deny("s3:*")))) == set()


def test_no_chain_outlives_its_first_session(account):
    role = account.role("app", trust({"AWS": "*"}), ANY)
    first = account.assume(role, DurationSeconds=900)
    session = first
    for _ in range(6):
        session = session.assume(role, DurationSeconds=3600)
        assert session.expires <= first.expires


def test_a_session_is_found_by_its_token_not_its_key_id(account):
    role = account.role("app", trust({"AWS": account.number}))
    one, two = account.assume(role, "one"), account.assume(role, "two")
    for key, secret, token in ((one.key, two.secret, two.token), (one.key, one.secret, two.token),
                               (two.key, one.secret, one.token)):
        answer = raw.call(Caller(account.server, key, secret, token), "GetCallerIdentity")
        assert (answer.status, answer.code) == (403, "InvalidClientTokenId")


def test_the_same_request_may_come_twice(account):
    body = raw.form("GetCallerIdentity")
    headers = raw.sign_headers(account, body)
    for _ in range(3):
        assert raw.send(account.server, "POST", "/", dict(headers), body).status == 200


def test_no_secret_is_in_the_trail_or_the_log(account):
    made = account.user("bob")
    role = account.role("app", trust({"AWS": account.number}))
    session = account.assume(role)
    session.sts.get_caller_identity()
    made.sts.get_caller_identity()
    record = raw.call(account, "ListUsers", raw.IAM)
    account.server.trail(record.request_id)
    text = json.dumps(account.server.trail()) + account.server.log_path.read_text()
    for secret in (made.secret, account.secret, session.secret, session.token):
        assert secret not in text


def test_federated_sessions_need_the_users_rights_and_the_policy(account):
    bob = account.user("bob", allow("sts:GetFederationToken"))
    answer = bob.sts.get_federation_token(Name="fred", Policy=document(ANY))
    fred = bob.session(answer["Credentials"])
    with refused("AccessDenied", 403):
        fred.sts.get_access_key_info(AccessKeyId=fred.key)


def test_a_deny_in_the_trust_policy_beats_the_callers_rights(account):
    role = account.role("app", document(
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
         "Condition": {"StringNotEquals": {"sts:ExternalId": "x-1"}}}))
    with denied():
        account.assume(role)
    account.assume(role, ExternalId="x-1")
