"""The whole move as one story: thirty users with planted consumers, on a live account, weeks in seconds.

Workloads run all the while, each from its own configuration, which nothing but the scan's patches changes; none
fails but inside a window that was announced, and whoever is hit gets his access back by itself."""
import json
import sqlite3
import subprocess

import pytest
from conftest import BUILD, allow
from moving import DAY, HOUR, Actor, Move, start
from story import Workload, git

REPOSITORIES = ["shop", "platform", "data"]
FORGOTTEN = 2  # their repository is nobody's: its patch is never taken


class Story:
    def __init__(self, directory):
        self.server, self.account = start(directory)
        self.clock = self.server.clock
        self.admin = Actor(self.server, self.account.key, self.account.secret)
        self.account.iam.create_user(UserName="target")  # what the jobs look at
        host = self.account.user("host", allow("sts:AssumeRole"))  # where the jobs run
        self.host = Actor(self.server, host.key, host.secret)
        self.host_roles, self.failures = {}, []
        self.sources = directory / "src"
        self.jobs = [Workload(self, n, self.sources / ("attic" if n >= 30 - FORGOTTEN else
                                                      REPOSITORIES[n % len(REPOSITORIES)])) for n in range(30)]
        for name in [*REPOSITORIES, "attic"]:
            git(self.sources / name, "init", "-q")
            git(self.sources / name, "add", "-A")
            git(self.sources / name, "commit", "-qm", "as it was")
        self.move = Move(directory, self.server, self.account)

    def all_good(self, jobs=None):
        for job in jobs or self.jobs:
            assert set(job.run()) == {200}, job.user

    def stages(self):
        return {k["key"]: k for k in self.move.status(None)["keys"]}

    def at(self, stage, jobs=None):
        stages = self.stages()
        return [job for job in jobs or self.jobs if stages[job.key]["stage"] == stage]

    def scan_and_patch(self):
        """Every place is found and has a patch; those of the living repositories are taken."""
        patches = self.move.directory / "patches"
        done = self.move.run("scan", self.sources, "--estate", self.move.estate, "--roles", self.move.directory / "roles",
                             "--patches", patches, "--json", status=1)
        places = {p["file"]: p for p in json.loads(done.stdout)["places"]}
        for job in self.jobs:
            place = places[str(job.file)]
            assert (place["place"], place["patched"], place["role"]) == (
                job.place, True, self.account.arn(f"role/{job.user}")), place
            self.host_roles[job.file.relative_to(self.sources).as_posix()] = place["role"]
        for name in REPOSITORIES:
            git(self.sources / name, "apply", patches / f"{name}.patch")
        # What is left is in history, which no patch takes away, and in the attic.
        done = self.move.run("scan", self.sources, "--estate", self.move.estate, "--no-history", "--json", status=1)
        assert {f["file"] for f in json.loads(done.stdout)["findings"]} == {str(job.file) for job in self.jobs[-FORGOTTEN:]}

    def windows(self):
        """[(key, from, until)] as the journal had them before the first call."""
        db = sqlite3.connect(self.move.estate / "move" / "journal.db")
        try:
            return [(key, at - 60, until) for key, at, until in db.execute(
                "SELECT key, at_s, deadline_s FROM intent WHERE kind = 'probe' ORDER BY id")]
        finally:
            db.close()


@pytest.fixture
def story(tmp_path):
    made = Story(tmp_path)
    yield made
    made.server.stop()


def test_thirty_users_leave_their_keys(story):
    move, clock, trail = story.move, story.clock, story.server.data / "trail"

    for _ in range(4):  # four days of work
        story.all_good()
        clock.forward(DAY)
    story.all_good()

    # Inventoried, classified, given roles.
    move.collect()
    move.run("inventory", move.estate, "--trail", trail, status=None)
    move.run("classify", move.estate, status=None)
    done = move.run("roles", move.estate, "--out", move.directory / "roles", "--trail", trail, "--all-users",
                    status=None)
    assert done.returncode in (0, 1), done.stderr
    for job in story.jobs:
        folder = move.directory / "roles" / job.user
        policy = json.loads((folder / "policy.json").read_text())
        granted = {a for s in policy["Statement"] for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}
        assert granted == {f"iam:{a}" for a in job.actions}, job.user
        # Where the job runs is not in the trail: somebody says it.
        (folder / "trust.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": story.account.arn("user/host")}, "Action": "sts:AssumeRole"}]}))

    # Planned and made.
    move.owners({job.user: f"team-{job.number % 10}@example.com" for job in story.jobs})
    plan = ["--valid-days", 400, "--at-once", 30, "--per-owner", 30, "--per-service", 30, "--inactive-days", 30]
    move.plan(*plan)
    move.apply("role")
    assert len(story.at("S2")) == 30
    story.all_good()

    # Scanned and patched; two repositories' owners forgot one consumer, which runs with key and role side by side.
    story.scan_and_patch()
    moved, forgotten = story.jobs[:-FORGOTTEN], story.jobs[-FORGOTTEN:]
    for job in forgotten:
        session = story.host.assume(story.account.arn(f"role/{job.user}"), agent=job.agent)
        session.good("GetUser", agent=job.agent, UserName="target")
    story.all_good()
    assert all("AKIA" not in job.file.read_text() for job in moved)
    move.apply("probe")
    assert len(story.at("S3")) == 30

    # Silence. The forgotten ones run once more in it, then not for weeks.
    clock.forward(10 * DAY)
    story.all_good()
    clock.forward(20 * DAY)
    clock.to_working_hour()
    story.all_good(moved)
    move.apply("probe")
    assert len(story.at("S5")) >= 28
    hit = forgotten
    assert len(story.at("S5", hit)) == 2

    # Windows, one after the other. Who was moved notices nothing; who was forgotten is hit once, and
    # works again after the next pass.
    for length in (300, HOUR, DAY, 7 * DAY):
        story.all_good(moved)
        if length == HOUR:
            for job in hit:
                assert set(job.run()) == {403}
            move.apply("probe", status=1)
            for job in hit:
                assert story.stages()[job.key]["alert"]
                assert set(job.run()) == {200}
            move.run("report", move.estate, "--html", move.directory / "report.html", "--roles",
                     move.directory / "roles", "--plan", move.plan_file)
            page = (move.directory / "report.html").read_text()
            for job in hit:  # whose, and from where
                said = page.split(f"ALERT</span> key <code>{job.key}</code>", 1)[1].split("</li>")[0]
                assert job.user in said and job.agent.replace("'", "&apos;") in said
        clock.forward(length + 1)
        clock.to_working_hour()
        story.all_good(moved)
        move.apply("probe")
        story.all_good(moved)
    assert len(story.at("S5", moved)) == 28

    move.apply("inactive")
    assert len(story.at("S6", moved)) == 28
    story.all_good(moved)
    story.all_good(forgotten)  # theirs were left alone

    clock.forward(31 * DAY)
    clock.to_working_hour()
    story.all_good(moved)
    move.apply("delete-key", "--delete")
    assert len(story.at("S7", moved)) == 28

    # The keys are not in the exports any more; what is left of their users is planned for.
    move.collect()
    move.plan(*plan)
    move.apply("delete-user", "--delete")
    assert len(story.at("S8", moved)) == 28
    for job in moved:
        assert story.admin.call("GetUser", UserName=job.user).code == "NoSuchEntity"
        assert job.with_key.call("GetUser", UserName=job.user).code == "InvalidClientTokenId"
    story.all_good()  # and every job runs
    assert move.run("status", status=None).stdout.count("S8 delete-user") == 28

    # The board, watched: pass after pass until somebody stops it.
    watching = subprocess.Popen([str(BUILD / "mantle"), "migrate", "status", "--watch", "1"], cwd=move.directory,
                                stdout=subprocess.PIPE, text=True, env=move.environment())
    try:
        boards = [line for line, _ in zip((l for l in watching.stdout if l.startswith("S0 ")), range(2))]
    finally:
        watching.kill()
        watching.wait()
        watching.stdout.close()
    assert len(boards) == 2 and boards[0] == boards[1] and " S8 28 " in boards[0]

    # Nobody ever failed but in a window that was announced for his key, and that was over or taken back by the
    # next pass.
    windows = story.windows()
    assert {key for key, _, _ in story.failures} == {job.key for job in forgotten}
    for key, at, statuses in story.failures:
        assert any(key == k and begins <= at <= until for k, begins, until in windows), (key, at, statuses)
