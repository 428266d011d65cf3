"""The whole move as one story: thirty users with planted consumers, on a live account, weeks in seconds.

Workloads run all the while; none fails but inside a window that was announced, and whoever is hit gets
his access back by itself."""
import json

import pytest
from conftest import allow, document
from moving import DAY, HOUR, Actor, Move, start

AGENTS = ["Boto3/1.28.1 md/Botocore#1.31 Python/3.11", "aws-sdk-go/1.44.0 (go1.20; linux; amd64)",
          "aws-sdk-java/2.20.1 Linux/5.15", "APN/1.0 HashiCorp/1.0 Terraform/1.5.0"]
DOES = ["GetUser", "ListGroupsForUser", "ListUserPolicies", "ListAccessKeys"]


class Workload:
    """A job with a key that does a few things; moved, it does them with the role."""

    def __init__(self, world, number):
        self.world, self.number = world, number
        self.user = f"svc-{number:02}"
        world.account.iam.create_user(UserName=self.user)
        self.actions = DOES[:1 + number % len(DOES)]
        world.account.iam.put_user_policy(UserName=self.user, PolicyName="work", PolicyDocument=document(
            allow([f"iam:{a}" for a in DOES], world.account.arn("user/target"))))
        made = world.account.key_of(self.user)
        self.with_key = Actor(world.server, made.key, made.secret)
        self.agent = AGENTS[number % len(AGENTS)]
        self.role = None

    @property
    def key(self):
        return self.with_key.key

    def run(self):
        """Statuses of its calls."""
        actor = self.with_key
        if self.role:
            actor = self.world.host.assume(self.role, agent=self.agent)
        return [actor.call(action, agent=self.agent, UserName="target").status for action in self.actions]


class Story:
    def __init__(self, directory):
        self.server, self.account = start(directory)
        self.clock = self.server.clock
        self.admin = Actor(self.server, self.account.key, self.account.secret)
        self.account.iam.create_user(UserName="target")  # what the jobs look at
        host = self.account.user("host", allow("sts:AssumeRole"))  # where the jobs run
        self.host = Actor(self.server, host.key, host.secret)
        self.jobs = [Workload(self, n) for n in range(30)]
        self.move = Move(directory, self.server, self.account)

    def all_good(self, jobs=None):
        for job in jobs or self.jobs:
            assert set(job.run()) == {200}, job.user

    def stages(self):
        return {k["key"]: k for k in self.move.status(None)["keys"]}

    def at(self, stage, jobs=None):
        stages = self.stages()
        return [job for job in jobs or self.jobs if stages[job.key]["stage"] == stage]


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

    # Scanned and patched: the key stood in an environment file; the patch takes it out.
    source = move.directory / "src"
    source.mkdir()
    for job in story.jobs:
        (source / f"{job.user}.env").write_text(f"AWS_ACCESS_KEY_ID={job.key}\nAWS_REGION=us-east-1\n")
    found = move.run("scan", source, "--estate", move.estate, "--json", status=None)
    for job in story.jobs:
        assert job.key in found.stdout, job.user

    # Planned and made.
    move.owners({job.user: f"team-{job.number % 10}@example.com" for job in story.jobs})
    plan = ["--valid-days", 400, "--at-once", 30, "--per-owner", 30, "--per-service", 30, "--inactive-days", 30]
    move.plan(*plan)
    move.apply("role")
    assert len(story.at("S2")) == 30
    story.all_good()

    # Shipped: all but the last two, whose owners forgot one consumer.
    forgotten = story.jobs[28:]
    for job in story.jobs[:28]:
        job.role = story.account.arn(f"role/{job.user}")
    for job in forgotten:
        session = story.host.assume(story.account.arn(f"role/{job.user}"), agent=job.agent)
        session.good("GetUser", agent=job.agent, UserName="target")
    story.all_good()
    move.apply("probe")
    assert len(story.at("S3")) == 30

    # Silence. The forgotten ones run once more in it, then not for weeks.
    clock.forward(10 * DAY)
    story.all_good()
    clock.forward(20 * DAY)
    clock.to_working_hour()
    story.all_good(story.jobs[:28])
    move.apply("probe")
    assert len(story.at("S5")) >= 28
    hit = [job for job in story.at("S5") if not job.role]
    assert len(hit) == 2

    # Windows, one after the other. Who was moved notices nothing; who was forgotten is hit once, and
    # works again after the next pass.
    for length in (300, HOUR, DAY, 7 * DAY):
        story.all_good(story.jobs[:28])
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
        story.all_good(story.jobs[:28])
        move.apply("probe")
        story.all_good(story.jobs[:28])
    moved = story.jobs[:28]
    assert len(story.at("S5", moved)) == 28

    move.apply("inactive")
    assert len(story.at("S6", moved)) == 28
    story.all_good(moved)
    for job in story.jobs[28:]:
        assert set(job.run()) == {200}  # theirs were left alone

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
