"""mantle migrate apply and revert, killed at every moment that matters: before each write, sync and
renaming of a file, before each byte sent, after each byte that came. Whoever comes next finishes or
takes back, and at no moment is access lost for good: a deny ends by itself, and whatever else stands in
a key's way is in the journal with what undoes it.

MOVE_STRIDE=N tries every N-th moment (37), from MOVE_FIRST on; 1: all of them."""
import json
import os
import re
import shutil
import sqlite3

import pytest
from conftest import allow, document, trust
from moving import DAY, Actor, Move, start

STRIDE = int(os.environ.get("MOVE_STRIDE", "37"))
FIRST = int(os.environ.get("MOVE_FIRST", "0"))
AGENT = "Boto3/1.28 md/Botocore#1.31"


class Stage:
    """A server, one user with a key, and the move brought up to where the next command does something."""

    def __init__(self, directory):
        self.directory = directory
        self.server, self.account = start(directory)
        self.clock = self.server.clock
        self.admin = Actor(self.server, self.account.key, self.account.secret)
        self.number = 0

    def fresh(self):
        """Another user, so that no try knows of the one before. His estate stands alone."""
        self.number += 1
        self.user = f"robot{self.number}"
        self.admin.good("CreateUser", UserName=self.user)
        self.admin.good("PutUserPolicy", UserName=self.user, PolicyName="work",
                        PolicyDocument=document(allow("iam:GetUser"), allow("sts:*")))
        self.admin.good("CreateGroup", GroupName=f"crew{self.number}")
        self.admin.good("AddUserToGroup", GroupName=f"crew{self.number}", UserName=self.user)
        made = self.admin.good("CreateAccessKey", UserName=self.user)
        self.robot = Actor(self.server, made.tag("AccessKeyId"), made.tag("SecretAccessKey"))
        home = self.directory / self.user
        home.mkdir()
        self.move = Move(home, self.server, self.account)
        self.move.write_role(self.user, document(allow("iam:GetUser")),
                             trust({"AWS": self.account.arn("user/admin")}))
        self.exports()

    def exports(self):
        self.move.estate.mkdir(exist_ok=True)
        user = self.admin.good("GetUser", UserName=self.user)
        detail = {"Path": "/", "UserName": self.user, "UserId": user.tag("UserId"), "Arn": user.tag("Arn"),
                  "CreateDate": user.tag("CreateDate"), "GroupList": [f"crew{self.number}"],
                  "UserPolicyList": [{"PolicyName": "work", "PolicyDocument": json.loads(
                      document(allow("iam:GetUser"), allow("sts:*")))}],
                  "AttachedManagedPolicies": [], "Tags": [{"Key": "Owner", "Value": "team"}]}
        (self.move.estate / "account-authorization-details.json").write_text(json.dumps(
            {"UserDetailList": [detail], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}))
        (self.move.estate / "access-keys.json").write_text(json.dumps([{
            "UserName": self.user, "AccessKeyMetadata": [{
                "UserName": self.user, "AccessKeyId": self.robot.key, "Status": "Active",
                "CreateDate": detail["CreateDate"]}]}]))
        self.move.plan("--window", "5m", "--inactive-days", "1", "--valid-days", "400", trail=False)

    def use_role(self):
        session = self.admin.assume(self.account.arn(f"role/{self.user}"), agent=AGENT)
        session.good("GetUser", agent=AGENT, UserName=self.user)

    def apply(self, stage, *more, status=0):
        return self.move.apply(stage, "--delete", *more, trail=False, status=status)

    # What the account says.

    def works(self):
        return self.robot.call("GetUser", UserName=self.user).status == 200

    def key_status(self):
        body = self.admin.call("ListAccessKeys", UserName=self.user).body
        found = re.search(r"<Status>(\w+)</Status>", body)
        return found and found[1]

    def exists(self):
        return self.admin.call("GetUser", UserName=self.user).status == 200

    def deny(self):
        answer = self.admin.call("GetUserPolicy", UserName=self.user,
                                 PolicyName=f"mantle-probe-{self.robot.key[-8:]}")
        return answer.body if answer.status == 200 else None

    # What the journal says; read beside whatever died.

    def journal(self):
        copy = self.move.directory / "journal-copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for path in (self.move.estate / "move").glob("journal.db*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, copy)
        if not (copy / "journal.db").exists():
            return [], []
        db = sqlite3.connect(copy / "journal.db")
        try:
            intents = db.execute("SELECT i.kind, i.inverse, o.what FROM intent i LEFT JOIN outcome o"
                                 " ON o.intent = i.id").fetchall()
            moves = db.execute("SELECT stage, alert FROM move WHERE key = ? ORDER BY id",
                               (self.robot.key,)).fetchall()
        except sqlite3.OperationalError:
            return [], []  # its tables were not yet there
        finally:
            db.close()
        return intents, moves

    def nobody_is_locked_out(self):
        """The invariant, at the very moment of death."""
        intents, _ = self.journal()
        deny = self.deny()
        if deny:
            assert "DateLessThan" in deny, deny
        if self.exists() and self.key_status() == "Inactive":
            ways_back = [i for i in intents if i[0] == "inactive" and i[2] in (None, "finished")
                         and "Active" in i[1]]
            assert ways_back, intents
        if self.key_status() is None:
            assert any(i[0] == "delete-key" and i[2] in (None, "finished") for i in intents), intents
        if not self.exists():
            assert any(i[0] == "delete-user" and i[2] in (None, "finished") for i in intents), intents


def before_role(s):
    pass


def before_probe(s):
    s.apply("role")
    s.use_role()
    s.clock.forward(15 * DAY)
    s.clock.to_working_hour()


def before_window_end(s):
    before_probe(s)
    s.apply("probe")
    assert s.move.stage(s.robot.key) == "S5"
    s.clock.forward(301)


def before_alert(s):
    before_probe(s)
    s.apply("probe")
    assert not s.works()


def before_inactive(s):
    before_window_end(s)
    s.apply("probe")


def before_inactive_alert(s):
    before_inactive(s)
    s.apply("inactive")
    assert s.key_status() == "Inactive"
    # What the server tells of inactive keys is in its trail, which this estate does not read.
    return ("revert", "--all")


def before_delete_key(s):
    before_inactive(s)
    s.apply("inactive")
    s.clock.forward(2 * DAY)
    s.clock.to_working_hour()


def before_delete_user(s):
    before_delete_key(s)
    s.apply("delete-key")
    assert s.key_status() is None and s.exists()


CASES = {
    "role": (before_role, "role", lambda s: s.admin.call("GetRole", RoleName=s.user).status == 200 and s.works()),
    "probe": (before_probe, "probe", lambda s: s.move.stage(s.robot.key) == "S5" and s.deny()),
    "window-end": (before_window_end, "probe", lambda s: not s.deny() and s.works()),
    "alert": (before_alert, "probe", lambda s: not s.deny() and s.works() and s.move.stage(s.robot.key) == "S3"),
    "inactive": (before_inactive, "inactive", lambda s: s.key_status() == "Inactive"
                 and s.move.stage(s.robot.key) == "S6"),
    "revert": (before_inactive_alert, "revert", lambda s: s.key_status() == "Active" and s.works()),
    "delete-key": (before_delete_key, "delete-key", lambda s: s.key_status() is None and s.exists()),
    "delete-user": (before_delete_user, "delete-user", lambda s: not s.exists()),
}


@pytest.mark.parametrize("name", CASES)
def test_killed_at_every_moment_it_finishes_or_takes_back(tmp_path, name):
    prepare, stage, done = CASES[name]
    s = Stage(tmp_path)
    try:
        moment, killed = FIRST or 1 + sum(name.encode()) % STRIDE, 0
        while True:
            s.fresh()
            words = prepare(s)
            run = s.move.run(*(words or ("apply", s.move.plan_file, "--stage", stage, "--yes", "--delete")),
                             "--rate", "1000", status=None, more={"MOVE_KILL": str(moment)})
            s.nobody_is_locked_out()
            if run.returncode != -9:
                assert run.returncode in (0, 1), run.stderr
                assert done(s), (name, moment)
                break
            killed += 1
            # The next run settles what was open and goes on to the same end.
            for _ in range(2):
                again = s.move.run(*(words or ("apply", s.move.plan_file, "--stage", stage, "--yes", "--delete")),
                                   "--rate", "1000", status=None)
                assert again.returncode in (0, 1), again.stderr
                s.nobody_is_locked_out()
            intents, _ = s.journal()
            assert all(outcome is not None for _, _, outcome in intents), (name, moment, intents)
            assert done(s), (name, moment, run.stdout, again.stdout, again.stderr)
            moment += STRIDE
        assert killed >= 1
        print(f"{name}: {killed} deaths in {moment} moments")
    finally:
        s.server.stop()
