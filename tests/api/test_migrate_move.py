"""mantle migrate collect, plan, apply, status and revert against a live account, weeks in seconds."""
import json
import re
import time

import conftest
import pytest
from conftest import allow, document, trust
from moving import DAY, HOUR, Actor, Move, start


class World:
    def __init__(self, directory):
        self.server, self.account = start(directory)
        self.clock = self.server.clock
        self.account.iam.create_user(UserName="robot", Path="/jobs/")
        self.account.iam.put_user_policy(UserName="robot", PolicyName="work",
                                         PolicyDocument=document(allow("iam:GetUser"), allow("sts:*")))
        made = self.account.key_of("robot")
        self.robot = Actor(self.server, made.key, made.secret)
        self.admin = Actor(self.server, self.account.key, self.account.secret)
        self.move = Move(directory, self.server, self.account)

    @property
    def key(self):
        return self.robot.key

    def work(self, agent="Boto3/1.28 md/Botocore#1.31"):
        return self.robot.call("GetUser", agent=agent, UserName="robot")

    def write_role(self):
        self.move.write_role("robot", document(allow("iam:GetUser")),
                             trust({"AWS": self.account.arn("user/jobs/robot")}))

    def collect_and_plan(self, *more, **how):
        self.move.collect()
        self.move.owners({"robot": "team@example.com"})
        self.move.plan(*more, **how)

    def plan_of(self, key=None):
        plan = json.loads(self.move.plan_file.read_text())["plan"]
        return next(k for k in plan["keys"] if k["key"] == (key or self.key))

    def key_status(self):
        answer = self.admin.good("ListAccessKeys", UserName="robot")
        found = re.search(rf"<member>(?:(?!</member>).)*<AccessKeyId>{self.key}</AccessKeyId>.*?</member>",
                          answer.body, re.S)
        return found and re.search(r"<Status>(\w+)</Status>", found[0])[1]

    def deny(self):
        return self.admin.call("ListUserPolicies", UserName="robot").body.count("mantle-probe-")


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.server.stop()


def made_silent(world, *more):
    """Used, replaced by a role that was seen, then silent for long enough, in working hours."""
    assert world.work().status == 200
    world.write_role()
    world.collect_and_plan("--valid-days", 400, *more)
    world.move.apply("role")
    session = world.robot.assume(world.account.arn("role/robot"), agent="Boto3/1.28 md/Botocore#1.31")
    assert session.call("GetUser", agent="Boto3/1.28 md/Botocore#1.31", UserName="robot").status == 200
    world.clock.forward(15 * DAY)
    world.clock.to_working_hour()


def test_the_exports_are_as_the_command_line_writes_them(world):
    world.account.iam.create_group(GroupName="crew")
    world.account.iam.add_user_to_group(GroupName="crew", UserName="robot")
    world.account.iam.tag_user(UserName="robot", Tags=[{"Key": "Owner", "Value": "a@b: c"}])
    assert "users in" in world.move.collect().stdout
    details = [json.loads(line) for line in
               (world.move.estate / "account-authorization-details.json").read_text().splitlines()]
    users = {u["UserName"]: u for page in details for u in page["UserDetailList"]}
    wanted = world.account.iam.get_account_authorization_details(Filter=["User"])["UserDetailList"]
    robot = next(u for u in wanted if u["UserName"] == "robot")
    for member in ("Path", "UserId", "Arn", "UserPolicyList", "GroupList", "AttachedManagedPolicies", "Tags"):
        assert users["robot"][member] == robot[member], member
    keys = json.loads((world.move.estate / "access-keys.json").read_text())
    assert {k["UserName"]: [m["AccessKeyId"] for m in k["AccessKeyMetadata"]] for k in keys} == \
        {"robot": [world.key], "admin": [world.account.key]}
    assert (world.move.estate / "credential-report.csv").read_text().startswith("user,arn,")
    assert not (world.move.estate / "collect").exists()
    world.move.run("check", world.move.estate)


def test_the_printed_policy_is_enough_to_collect_and_reads_alone(world):
    policy = json.loads(world.move.run("collect", "--print-policy").stdout)
    actions = [a for s in policy["Statement"] for a in s["Action"]]
    assert all(a.split(":")[1].startswith(("Get", "List", "Generate")) for a in actions)
    auditor = world.account.user("auditor", *policy["Statement"])
    Move(world.move.directory, world.server, auditor).collect()
    blind = world.account.user("blind", allow("iam:GetAccountAuthorizationDetails"))
    part = Move(world.move.directory / "part", world.server, blind)
    part.directory.mkdir()
    done = part.run("collect", "--out", part.estate, status=1)
    assert "AccessDenied" in done.stderr and "request" in done.stderr
    assert (part.estate / "account-authorization-details.json").exists()


def test_collecting_goes_on_where_it_broke_off(world):
    broken = 0
    for moment in range(5, 45, 4):
        done = world.move.run("collect", "--out", world.move.estate, "--rate", 1000, status=None,
                              more={"MOVE_KILL": str(moment)})
        broken += done.returncode == -9
    assert broken > 3
    world.move.collect()
    world.move.run("check", world.move.estate)


def test_planning_touches_nothing_and_says_what_is_missing(world):
    world.work()
    world.move.collect()
    world.clock.forward(60)  # the trail is written behind the answers: records of before may come yet
    begun = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(world.clock.now()))
    done = world.move.plan(settle=False)
    assert world.work().status == 200  # one call that comes after it
    called, end = [], time.monotonic() + 30
    while not called:
        assert time.monotonic() < end
        called = [record["eventName"] for record in world.server.trail() if record["eventTime"] >= begun]
    assert called == ["GetUser"]
    assert "needs an owner" in done.stdout
    assert {k["stage"] for k in world.move.status()["keys"]} == {"S0"}
    news = world.move.apply("probe", yes=False)
    assert any("owner" in n["text"] for n in news if n["key"] == world.key)
    assert all(n["dry_run"] for n in news)
    assert world.move.status()["keys"] and not world.deny()


@pytest.mark.parametrize("bend", [lambda t: t.replace('"at_once":10', '"at_once":11'),
                                  lambda t: t.replace('"signature":"', '"signature":"0'),
                                  lambda t: t[:len(t) // 2], lambda t: "{}"])
def test_a_plan_that_was_changed_is_refused(world, bend):
    world.collect_and_plan()
    text = world.move.plan_file.read_text()
    assert bend(text) != text
    world.move.plan_file.write_text(bend(text))
    world.move.apply("role", status=2)


def test_a_plan_of_another_estate_account_or_time_is_refused(world, tmp_path):
    world.collect_and_plan()
    other = Move(tmp_path, world.server, world.account)
    other.estate = tmp_path / "elsewhere"
    other.collect()
    done = world.move.run("apply", world.move.plan_file, "--stage", "role", "--estate", other.estate, status=2)
    assert "plan.key" in done.stderr
    from conftest import Account
    stranger = Move(tmp_path, world.server, Account(world.server))
    done = stranger.run("apply", world.move.plan_file, "--stage", "role", status=2)
    assert "is for account" in done.stderr
    world.clock.forward(8 * DAY)
    done = world.move.run("apply", world.move.plan_file, "--stage", "role", status=2)
    assert "expired" in done.stderr


def test_a_key_goes_all_the_way(world):
    made_silent(world, "--inactive-days", 30)
    assert world.plan_of()["silent_days"] == 14
    assert world.move.apply("probe")[-1]["kind"] in ("waits", "did")
    assert world.move.stage(world.key) == "S5" and world.deny() == 1
    for length in (300, HOUR, DAY, 7 * DAY):
        world.clock.forward(length + 1)
        world.move.apply("probe", trail=False)   # closes; opens the next in working hours
        world.clock.to_working_hour()
        world.move.apply("probe", trail=False)
    assert world.deny() == 0
    news = world.move.apply("probe")
    assert any("later stage" in n["text"] for n in news if n["key"] == world.key), news
    world.move.apply("inactive")
    assert world.key_status() == "Inactive" and world.move.stage(world.key) == "S6"
    world.move.apply("delete-key", "--delete")
    assert world.key_status() == "Inactive"  # too soon
    world.clock.forward(31 * DAY)
    world.clock.to_working_hour()
    world.admin.good("GetUser", UserName="robot")  # the trail is fresh
    news = world.move.apply("delete-key")
    assert any("somebody other" in n["text"] for n in news), news
    assert world.key_status() == "Inactive"
    world.move.apply("delete-key", "--delete")
    assert world.key_status() is None and world.move.stage(world.key) == "S7"
    recipe = json.loads((world.move.estate / "move" / "restore" / f"{world.key}.json").read_text())
    assert recipe["live"]["policies"]["work"]
    world.move.apply("delete-user", "--delete")
    assert world.admin.call("GetUser", UserName="robot").code == "NoSuchEntity"
    assert world.move.stage(world.key) == "S8"
    assert world.admin.good("GetRole", RoleName="robot")


def silent_and_probed(world, *more):
    made_silent(world, *more)
    world.move.apply("probe")
    assert world.move.stage(world.key) == "S5" and world.deny() == 1


def windows_pass(world, windows):
    for length in windows:
        world.clock.forward(length + 1)
        world.clock.to_working_hour()
        world.move.apply("probe", trail=False)
        world.move.apply("probe", trail=False)


def made_inactive(world):
    silent_and_probed(world, "--window", "5m")
    world.clock.forward(301)
    world.move.apply("inactive")
    assert world.key_status() == "Inactive" and world.move.stage(world.key) == "S6"


def alert_of(world):
    entry = next(k for k in world.move.status(1)["keys"] if k["key"] == world.key)
    assert entry["alert"] and entry["stage"] == "S3"
    return entry


def test_a_role_must_be_seen_in_use_from_the_same_place(world):
    assert world.work().status == 200
    world.write_role()
    world.collect_and_plan()
    world.move.apply("role")
    assert world.move.stage(world.key) == "S2"
    session = world.robot.assume(world.account.arn("role/robot"))
    session.good("GetUser", agent="aws-sdk-go/1.44", UserName="robot")
    news = world.move.apply("probe")
    assert any("not yet by" in n["text"] for n in news), news
    assert world.move.stage(world.key) == "S2"
    session.good("GetUser", agent="Boto3/1.28 md/Botocore#1.31", UserName="robot")
    world.move.apply("probe")
    assert world.move.stage(world.key) == "S3"  # used a moment ago: not silent


def test_a_role_without_proofs_is_not_made(world):
    world.work()
    world.move.write_role("robot", document(allow("*")), trust({"AWS": "*"}), proofs=False)
    world.collect_and_plan()
    news = world.move.apply("role")
    assert any("proofs" in n["text"] for n in news if n["key"] == world.key)
    assert world.admin.call("GetRole", RoleName="robot").code == "NoSuchEntity"


def test_the_attempt_of_a_silent_key_brings_it_back(world):
    made_silent(world)
    world.move.apply("role")
    assert world.move.stage(world.key) == "S4"
    assert world.work().status == 200
    news = world.move.apply("probe", status=1)
    assert "ALERT" in [n["kind"] for n in news]
    assert alert_of(world)["detail"]["event"] == "GetUser" and not world.deny()


@pytest.mark.parametrize("trail", [True, False])
def test_whoever_is_hit_by_a_window_gets_his_access_back_at_the_next_pass(world, trail):
    silent_and_probed(world)
    assert world.work().status == 403
    world.move.apply("probe", trail=trail, status=1)
    assert not world.deny() and world.work().status == 200
    alert_of(world)
    # It stays where it is until somebody has looked and planned anew.
    world.clock.forward(100 * DAY)  # two uses so far apart look like a period
    world.clock.to_working_hour()
    news = world.move.apply("probe", trail=trail)
    assert any("new plan" in n["text"] for n in news)
    world.collect_and_plan("--valid-days", 400)
    world.move.apply("probe", trail=trail)
    assert world.move.stage(world.key) == "S5"


def test_a_window_ends_by_itself_when_nobody_is_there_to_end_it(world):
    silent_and_probed(world)
    assert world.work().status == 403
    world.clock.forward(301)
    assert world.deny() == 1 and world.work().status == 200


def test_the_attempt_of_an_inactive_key_switches_it_on(world):
    made_inactive(world)
    assert world.work().code == "InvalidClientTokenId"
    world.move.apply("inactive", status=1)
    assert world.key_status() == "Active" and world.work().status == 200
    alert_of(world)


def test_a_stranger_who_only_knows_the_id_switches_nothing_on(world):
    made_inactive(world)
    stranger = Actor(world.server, world.key, "not-the-secret")
    assert stranger.call("GetUser", agent="curl/8", UserName="robot").status == 403
    news = world.move.apply("inactive")
    assert any(n["kind"] == "warning" and "never used from there" in n["text"] for n in news), news
    assert world.key_status() == "Inactive"


def test_revert_brings_everything_back(world):
    made_inactive(world)
    printed = world.move.run("revert", "--all", "--print", more={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert printed.stdout == f"aws iam update-access-key --user-name robot --access-key-id {world.key}" \
        " --status Active\n"
    world.move.run("revert", world.key)
    assert world.key_status() == "Active" and world.work().status == 200
    assert world.move.run("revert", "--all", "--print").stdout == ""
    assert "nothing stands" in world.move.run("revert", "--all").stderr


def test_revert_takes_a_deny_away_and_its_printed_form_is_plain_cli(world):
    silent_and_probed(world)
    printed = world.move.run("revert", world.key, "--print").stdout.split()
    assert printed[:3] == ["aws", "iam", "delete-user-policy"]
    world.move.run("revert", "--all")
    assert not world.deny() and world.work().status == 200


def test_what_was_changed_behind_the_plan_is_named_and_refused(world):
    made_silent(world)
    world.admin.good("PutUserPolicy", UserName="robot", PolicyName="work",
                     PolicyDocument=document(allow("iam:*")))
    news = world.move.apply("probe", status=1)
    assert any(n["kind"] == "refused" and "inline policy work was changed" in n["text"] for n in news), news
    assert not world.deny()
    world.admin.good("PutUserPolicy", UserName="robot", PolicyName="work",
                     PolicyDocument=document(allow("iam:GetUser"), allow("sts:*")))
    world.admin.good("CreateAccessKey", UserName="robot")
    news = world.move.apply("probe", status=None)
    assert not world.deny(), news


def test_the_users_other_key_in_use_keeps_windows_away_and_ends_them(world):
    other = Actor(world.server, *(lambda k: (k.key, k.secret))(world.account.key_of("robot")))
    made_silent(world)
    other.good("GetUser", UserName="robot")
    news = world.move.apply("probe")
    assert any("other key" in n["text"] for n in news if n["key"] == world.key), news
    world.clock.forward(HOUR)
    other.good("GetUser", UserName="robot")  # keeps the window away, and is nothing a window did
    world.clock.forward(15 * DAY)
    world.clock.to_working_hour()
    world.move.apply("probe", "--key", world.key)
    assert world.move.stage(world.key) == "S5"
    assert other.call("GetUser", UserName="robot").status == 403
    world.move.apply("probe", "--key", world.key, status=1)
    assert other.call("GetUser", UserName="robot").status == 200


def test_freeze_nights_and_caps_keep_windows_away(world):
    made_silent(world)
    world.clock.forward(12 * HOUR)
    assert any("working hours" in n["text"] for n in world.move.apply("probe"))
    world.clock.to_working_hour()
    freeze = world.move.estate / "freeze.json"
    freeze.write_text('[{"from": "2020-01-01", "to": "2090-12-31", "why": "peace"}]')
    assert any("freeze" in n["text"] for n in world.move.apply("probe"))
    freeze.write_text("[{")
    world.move.apply("probe", status=1)
    freeze.unlink()
    assert not world.deny()
    world.move.apply("probe")
    assert world.deny() == 1


def test_a_full_user_gets_a_managed_policy(world):
    filler = {"Effect": "Allow", "Action": "sts:*", "Resource": [f"arn:aws:iam::1:role/{'x' * 60}{i}" for i in range(19)]}
    world.account.iam.put_user_policy(UserName="robot", PolicyName="filler", PolicyDocument=document(filler))
    made_silent(world)
    assert world.plan_of()["probe"][0]["action"] == "CreatePolicy"
    world.move.apply("probe")
    assert world.move.stage(world.key) == "S5"
    assert world.admin.call("ListAttachedUserPolicies", UserName="robot").body.count("mantle-probe-") == 2
    world.clock.forward(301)
    world.move.apply("probe", trail=False)
    windows = re.findall(r"policy/(mantle-probe-[\w-]+)", world.admin.call("ListPolicies", Scope="Local").body)
    assert len(set(windows)) == 1  # that of the next window


def test_two_runs_do_not_work_on_one_estate(world):
    import fcntl
    world.collect_and_plan()
    world.move.apply("role")
    with open(world.move.estate / "move" / "lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = world.move.run("apply", world.move.plan_file, "--stage", "role", "--yes", status=2)
        assert "another run" in done.stderr


def test_no_secret_is_kept_or_shown(world):
    made_inactive(world)
    shown = world.move.run("status").stdout
    for path in world.move.directory.rglob("*"):
        if path.is_file() and world.server.data not in path.parents and path.name not in ("log",):
            content = path.read_bytes()
            assert world.robot.secret.encode() not in content, path
            assert world.account.secret.encode() not in content, path
    assert world.robot.secret not in shown


def test_watching_brings_access_back_without_anybodys_help(world):
    import subprocess
    import time
    silent_and_probed(world)
    watching = subprocess.Popen(
        [str(conftest.BUILD / "mantle"), "migrate", "apply", str(world.move.plan_file), "--stage", "probe", "--yes",
         "--watch", "1", "--rate", "1000", "--trail", str(world.server.data / "trail")],
        cwd=world.move.directory, env=world.move.environment(), stdout=subprocess.PIPE, text=True)
    try:
        assert world.work().status == 403
        end = time.monotonic() + 60
        while world.work().status != 200:
            assert time.monotonic() < end
            time.sleep(0.2)
        assert not world.deny()
    finally:
        watching.kill()
        watching.communicate()
    alert_of(world)  # whatever it was killed in the middle of, it can be asked
    world.move.run("revert", "--all", status=None)


def test_a_canary_hits_only_those_known_to_have_used_the_key(world):
    made_silent(world, "--canary", "user-agent")
    world.move.apply("probe")
    assert world.move.stage(world.key) == "S5" and world.deny() == 1
    assert world.work(agent="curl/8.0").status == 200
    assert world.work().status == 403


def test_a_second_person_may_delete(world):
    made = world.account.user("boss", allow("*"))
    made_inactive(world)
    world.clock.forward(31 * DAY)
    boss = Actor(world.server, made.key, made.secret)
    news = world.move.apply("delete-key")
    assert any("somebody other" in n["text"] for n in news), news
    Move(world.move.directory, world.server, boss).apply("delete-key")
    assert world.key_status() is None


def test_one_owner_is_not_hit_in_all_places_at_once(world):
    twin = world.account.key_of("twin") if world.account.iam.create_user(UserName="twin") else None
    made_silent(world, "--per-owner", "1")
    world.move.owners({"robot": "team@example.com", "twin": "team@example.com"})
    world.move.plan("--valid-days", 400, "--per-owner", "1")
    news = world.move.apply("probe")
    assert any("that is the limit" in n["text"] for n in news), news
    stages = [world.move.stage(world.key), world.move.stage(twin.key)]
    assert sorted(stages) == ["S4", "S5"]


def test_a_key_whose_use_nobody_can_see_is_not_taken_for_silent(world):
    made = world.account.user("half-blind", allow("*"), conftest.deny("iam:GetAccessKeyLastUsed"))
    made_silent(world)
    news = Move(world.move.directory, world.server, made).apply("probe", trail=False)
    assert any("cannot be asked" in n["text"] for n in news if n["key"] == world.key), news
    assert not world.deny()
