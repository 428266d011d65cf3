"""Each allocation of the process fails in turn, whichever library asks: while it serves a request of
every kind, and while it starts. Alone, and together with all that come after it."""
import os
import re
import time

import pytest

from harness import SEED, Client, Lost, Server
from siege import Siege

STRIDE = int(os.environ.get("CRASH_STRIDE") or 1)


def quiet(answer):
    """The body without what differs in every answer."""
    return re.sub(rb"<(RequestId|LastUsedDate|PasswordLastUsed|Region|ServiceName)>.*?</", b"", answer.body)


class Sweep:
    def __init__(self, siege, onward):
        self.siege, self.server, self.onward = siege, siege.server, onward
        self.worker = siege.workers[0]
        self.client = siege.client()
        self.struck = self.refused = self.lost = self.attempts = 0

    def attempt(self, nth, ask):
        """ask(client) with the nth allocation failing; its answer, None when it was a clean failure.
        Mostly on a new connection: memory of an old one is there already."""
        if nth % 4:
            self.client.close()
        kept = self.client.stream is not None
        self.attempts += 1
        self.server.arm(alloc_onward=self.onward, alloc_struck=0, alloc_in=nth)
        try:
            answer = ask(self.client)
        except Lost:
            answer = None
        struck = self.server.control.alloc_struck > 0
        self.server.disarm()
        assert self.server.alive(), (self.server.process.returncode, self.server.tail())
        self.struck += struck
        if answer is None:
            # A fault after the last answer may have closed the connection that was kept.
            assert struck or kept, "the connection was closed for no reason"
            self.lost += 1
        elif answer.status >= 500:
            assert struck, (answer, self.server.tail()[-600:])
            if answer.body not in (b"", b"There is no memory for this request."):
                assert answer.code in ("ServiceFailure", "ServiceUnavailable"), answer
            self.refused += 1
            answer = None
        return answer, struck

    def each(self, ask, check):
        """Every allocation there is: until some attempts in a row do not get that far."""
        nth, free = 1, 0
        while free < 6:
            answer, struck = self.attempt(nth, ask)
            check(answer)
            free = 0 if struck else free + 1
            nth += STRIDE * (3 if self.onward else 1)

    def rounds(self, run):
        """Caches fill in the first rounds; then no round may hold more than the one before."""
        for _ in range(5):
            live, files = self.server.control.alloc_live, self.server.files_open()
            run()
            self.client.close()
            self.settle()
            grown = self.server.control.alloc_live - live
            if grown <= 5 and self.server.files_open() <= files:
                return
        raise AssertionError(f"every round holds {grown} allocations more")

    def settle(self):
        """Until the server has noticed that connections are gone."""
        self.siege.client().get("GetAccountSummary")
        time.sleep(0.2)

    def change(self, maker):
        """A change of this kind that the model says can be made."""
        worker = self.worker
        for _ in range(300):
            operation = maker()
            try:
                operation.after(worker.state)
            except Exception:
                worker.settle(worker_step(worker, self.client))
                continue
            break

        def ask(client):
            worker.number += 1
            worker.doubt = operation, f"w{worker.index}-{worker.number}"
            return client.call(operation.action, agent=worker.doubt[1], **operation.parameters)
        return ask, operation

    def check_change(self, answer):
        worker = self.worker
        if answer is not None:
            worker.settle(answer)
        else:
            # Doubts are rare: a connection kept since the last one may have been idle too long for the server.
            self.siege.reader.close()
            worker.settle_doubt(worker.read(self.siege.reader))


def worker_step(worker, client):
    operation = worker.next_operation()
    worker.number += 1
    worker.doubt = operation, f"w{worker.index}-{worker.number}"
    return client.call(operation.action, agent=worker.doubt[1], **operation.parameters)


@pytest.mark.parametrize("onward", [0, 1], ids=["one", "and all later"])
def test_each_allocation_of_a_change_fails(tmp_path, say, onward):
    siege = Siege(tmp_path, SEED, workers=1, preload=True, loops=1)
    sweep = Sweep(siege, onward)
    worker = sweep.worker
    siege.reader = siege.client()
    for _ in range(80):
        worker.step(sweep.client)
    files = siege.server.files_open()
    done = set()
    for _, maker in worker.choices():
        nth, free = 1, 0
        while free < 6:
            ask, operation = sweep.change(maker)
            answer, struck = sweep.attempt(nth, ask)
            sweep.check_change(answer)
            done.add(operation.action)
            free = 0 if struck else free + 1
            nth += STRIDE * (3 if onward else 1)
    siege.verify()
    assert siege.server.files_open() <= files + 2
    assert siege.server.stop() == 0
    siege.examine_files()
    say(f"{len(done)} kinds of change, {sweep.struck} allocations failed: {sweep.refused} refused, "
        f"{sweep.lost} connections closed")


def reads_of(siege, worker):
    """Every read, on something that is there."""
    mine = {kind: [n for k, n in worker.state if k == kind] for kind in
            ("user", "group", "role", "policy", "profile")}
    user, group, role, profile = (mine[k][0] for k in ("user", "group", "role", "profile"))
    arn = worker.arn(mine["policy"][0])
    version = worker.state["policy", mine["policy"][0]]["default"]
    inline = {"PolicyName": "kept"}
    u, g, r, p = ({"UserName": user}, {"GroupName": group}, {"RoleName": role}, {"PolicyArn": arn})
    key = siege.key
    return [("GetUser", u), ("GetUser", {}), ("ListUsers", {}), ("GetGroup", g), ("ListGroups", {}),
            ("GetRole", r), ("ListRoles", {}), ("GetPolicy", p), ("ListPolicies", {"MaxItems": "5"}),
            ("ListPolicyVersions", p), ("GetPolicyVersion", {**p, "VersionId": version}),
            ("ListEntitiesForPolicy", p), ("GetUserPolicy", {**u, **inline}),
            ("GetGroupPolicy", {**g, **inline}), ("GetRolePolicy", {**r, **inline}),
            ("ListUserPolicies", u), ("ListGroupPolicies", g), ("ListRolePolicies", r),
            ("ListAttachedUserPolicies", u), ("ListAttachedGroupPolicies", g),
            ("ListAttachedRolePolicies", r), ("ListAccessKeys", u), ("ListGroupsForUser", u),
            ("GetAccessKeyLastUsed", {"AccessKeyId": key}), ("GetAccountSummary", {}),
            ("ListAccountAliases", {}), ("ListInstanceProfiles", {}),
            ("GetInstanceProfile", {"InstanceProfileName": profile}),
            ("ListInstanceProfilesForRole", r), ("ListUserTags", u), ("ListRoleTags", r),
            ("ListPolicyTags", p), ("ListInstanceProfileTags", {"InstanceProfileName": profile})]


def populate(siege):
    """One of everything."""
    worker, client = siege.workers[0], siege.client()
    while {k for k, _ in worker.state} != {"user", "group", "role", "policy", "profile"}:
        worker.step(client)
    for kind, noun, which in (("user", "User", "UserName"), ("group", "Group", "GroupName"),
                              ("role", "Role", "RoleName")):
        name = next(n for k, n in worker.state if k == kind)
        client.get(f"Put{noun}Policy", agent="setup", **{which: name}, PolicyName="kept",
                   PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Deny",'
                   '"Action":"s3:*","Resource":"*"}}')
    return client


@pytest.mark.parametrize("onward", [0, 1], ids=["one", "and all later"])
def test_each_allocation_of_a_read_fails(tmp_path, say, onward):
    """The right answer or a clean error; never another answer."""
    siege = Siege(tmp_path, SEED, workers=1, preload=True, loops=1)
    client = populate(siege)
    sweep = Sweep(siege, onward)

    def run():
        for action, parameters in reads_of(siege, siege.workers[0]):
            right = client.get(action, **parameters)

            def check(answer):
                if answer is not None:
                    assert answer.status == 200, (action, answer)
                    assert quiet(answer) == quiet(right), (answer.body, right.body)
            sweep.each(lambda c: c.call(action, **parameters), check)
    sweep.rounds(run)
    assert siege.server.stop() == 0
    say(f"{sweep.struck} allocations failed: {sweep.refused} refused, {sweep.lost} connections closed")


@pytest.mark.parametrize("onward", [0, 1], ids=["one", "and all later"])
def test_each_allocation_of_a_refusal_fails(tmp_path, say, onward):
    """Whoever may not, may not when memory is short either."""
    siege = Siege(tmp_path, SEED, workers=1, preload=True, loops=1)
    client = siege.client()
    client.get("CreateUser", agent="setup", UserName="bob")
    client.get("PutUserPolicy", agent="setup", UserName="bob", PolicyName="p", PolicyDocument=(
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},'
        '{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*",'
        '"Condition":{"StringLike":{"aws:username":"b*"}}},'
        '{"Effect":"Deny","Action":"iam:CreateUser","Resource":"*"}]}'))
    client.get("AttachUserPolicy", agent="setup", UserName="bob",
               PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    made = client.get("CreateAccessKey", agent="setup", UserName="bob")
    key, secret = made.text("AccessKeyId"), made.text("SecretAccessKey")
    client.get("CreateRole", agent="setup", RoleName="closed", AssumeRolePolicyDocument=(
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":'
        '"sts:AssumeRole"},{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}'))
    role = f"arn:aws:iam::{siege.account}:role/closed"
    session = client.get("GetSessionToken", "sts")
    token = [session.text(t) for t in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
    limited = client.get("GetFederationToken", "sts", Name="fed", Policy=(
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}'))
    federated = [limited.text(t) for t in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
    port = siege.server.port
    spoiled = token[2][:-8] + ("A" if token[2][-8] != "A" else "B") + token[2][-7:]
    cases = [((key, secret), "ListUsers", "iam", {}, {"AccessDenied"}),
             ((key, secret), "CreateUser", "iam", {"UserName": "x"}, {"AccessDenied"}),
             ((key, secret), "AssumeRole", "sts", {"RoleArn": role, "RoleSessionName": "ss"},
              {"AccessDenied"}),
             ((key, "wrong"), "GetCallerIdentity", "sts", {}, {"SignatureDoesNotMatch"}),
             (("AKIA" + "2" * 16, secret), "GetCallerIdentity", "sts", {}, {"InvalidClientTokenId"}),
             ((token[0], token[1], spoiled), "GetCallerIdentity", "sts", {},
              {"InvalidClientTokenId"}),
             (tuple(federated), "GetRole", "iam", {"RoleName": "closed"},
              {"AccessDenied", "InvalidClientTokenId"})]
    sweep = Sweep(siege, onward)

    def run():
        for who, action, service, parameters, codes in cases:
            sweep.client.close()
            sweep.client = Client(port, *who)

            def check(answer):
                if answer is not None:
                    assert answer.status == 403 and answer.code in codes, (action, answer)
            assert sweep.client.call(action, service, **parameters).code in codes
            sweep.each(lambda c: c.call(action, service, **parameters), check)
    sweep.rounds(run)
    assert siege.server.stop() == 0
    say(f"{sweep.struck} allocations failed: {sweep.refused} refused, {sweep.lost} connections closed")


@pytest.mark.parametrize("onward", [0, 1], ids=["one", "and all later"])
def test_each_allocation_of_a_session_fails(tmp_path, say, onward):
    """Credentials that were handed out work; nothing else is handed out."""
    siege = Siege(tmp_path, SEED, workers=1, preload=True, loops=1)
    client = siege.client()
    client.get("CreateRole", agent="setup", RoleName="open", AssumeRolePolicyDocument=(
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"%s"},'
        '"Action":["sts:AssumeRole","sts:TagSession"]}]}' % siege.account))
    role = f"arn:aws:iam::{siege.account}:role/open"
    policy = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetRole","Resource":"*"}}'
    sweep = Sweep(siege, onward)
    cases = [("AssumeRole", {"RoleArn": role, "RoleSessionName": "ss", "Policy": policy,
                             "Tags": {"a": "b"}, "TransitiveTagKeys": ["a"]}),
             ("GetSessionToken", {"DurationSeconds": "900"}),
             ("GetFederationToken", {"Name": "fed", "Policy": policy}),
             ("GetCallerIdentity", {}), ("GetAccessKeyInfo", {"AccessKeyId": siege.key})]

    def run():
        for action, parameters in cases:
            def check(answer):
                if answer is None:
                    return
                assert answer.status == 200, (action, answer)
                if answer.text("SessionToken"):
                    made = Client(siege.server.port, *(answer.text(t) for t in (
                        "AccessKeyId", "SecretAccessKey", "SessionToken")))
                    assert made.get("GetCallerIdentity", "sts").text("Account") == siege.account
                    if "Policy" in parameters:
                        assert made.call("ListUsers").code in ("AccessDenied", "InvalidClientTokenId")
                    made.close()
            sweep.each(lambda c: c.call(action, "sts", **parameters), check)
    run()  # not in rounds: each session is new to the caches
    assert siege.server.stop() == 0
    say(f"{sweep.struck} allocations failed: {sweep.refused} refused, {sweep.lost} connections closed")


def start_with(server, **armed):
    """(started, struck): with this fault armed from the first instruction on."""
    server.arm(alloc_struck=0, write_struck=0, alloc_seen=0, write_seen=0, **armed)
    server.launch()
    line = server.process.stdout.readline()
    if line.startswith("listening on"):
        server.port = int(line.rpartition(":")[2])
    else:
        status = server.process.wait(30)
        server.process.stdout.close()
        Server.running.discard(server)
        assert status in (1, 2), (status, armed, server.tail())
    struck = server.control.alloc_struck + server.control.write_struck > 0
    server.disarm()
    return bool(line), struck


def check_started(server):
    client = server.client()
    assert client.get("GetCallerIdentity", "sts").text("Arn").endswith(":user/admin")
    client.get("CreateUser", UserName=f"u-{time.monotonic_ns()}")
    client.close()
    assert server.stop() == 0


def test_each_allocation_of_a_start_fails(tmp_path, say):
    """It starts, or says why it does not and ends; and starts the next time. A sample when
    CRASH_STRIDE is not 1."""
    server = Server(tmp_path, preload=True)
    started, _ = start_with(server, alloc_in=0)
    total = server.control.alloc_seen
    check_started(server)
    step = max(1, total // 60) if STRIDE > 1 else 1
    refused = 0
    for nth in range(1 + SEED % step, total, step):
        started, _ = start_with(server, alloc_in=nth)
        refused += not started
        if started:
            check_started(server)
    server.start()
    check_started(server)
    say(f"{total} allocations to start, every {step}th failed: {refused} starts refused")
