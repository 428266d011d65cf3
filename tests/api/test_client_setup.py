"""`mantle configure` and `mantle env`: clients too old for AWS_ENDPOINT_URL reach us with their direct
calls and with the calls they make on their own (a profile that assumes a role), and no longer after
--undo. Nothing here names an endpoint."""
import json
import os
import re
import subprocess

import pytest

from conftest import BUILD

CHAIN = """import boto3
print(boto3.Session(profile_name="app").client("sts").get_caller_identity()["Arn"])
"""


class Plain:
    """A server as `make run` starts it, and a home of its own."""

    def __init__(self, directory):
        self.data, self.home = directory / "data", directory / "home"
        self.home.mkdir()
        self.process = subprocess.Popen([str(BUILD / "mantle"), "serve", "--data", str(self.data), "--listen",
                                         "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().split()[-1]
        self.variables = {}

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()

    def run(self, *words, fails=False, **more):
        env = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1",
               "AWS_EC2_METADATA_DISABLED": "true", **self.variables, **more}
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=env)
        assert (done.returncode != 0) == fails, done
        return done.stderr if fails else done.stdout

    def mantle(self, *words, **how):
        return self.run(str(BUILD / "mantle"), *words, **how)

    def exported(self):
        """What a shell has after eval "$(mantle env)"."""
        script = f'eval "$({BUILD}/mantle env --data {self.data})"; env'
        return {name: value for name, value in re.findall(r"^(AWS_\w+)=(.*)$", self.run("sh", "-c", script), re.M)
                if name not in ("AWS_PAGER", "AWS_MAX_ATTEMPTS")}

    def profiles(self, keys):
        """A profile with the keys, and one that assumes a role with them."""
        role = json.loads(self.run("/usr/bin/aws", "iam", "create-role", "--role-name", "app",
                                   "--assume-role-policy-document", json.dumps({
                                       "Version": "2012-10-17", "Statement": {
                                           "Effect": "Allow", "Principal": {"AWS": "*"},
                                           "Action": "sts:AssumeRole"}}), **keys))["Role"]["Arn"]
        folder = self.home / ".aws"
        folder.mkdir(exist_ok=True)
        (folder / "config").write_text(
            f"[profile base]\nregion = us-east-1\naws_access_key_id = {keys['AWS_ACCESS_KEY_ID']}\n"
            f"aws_secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}\n"
            f"[profile app]\nregion = us-east-1\nsource_profile = base\nrole_arn = {role}\nrole_session_name = chained\n")


@pytest.fixture
def plain(tmp_path):
    made = Plain(tmp_path)
    yield made
    made.stop()


def whoami(plain, *words, **more):
    return json.loads(plain.run("/usr/bin/aws", *words, "sts", "get-caller-identity", **more))["Arn"]


def test_env_leads_old_clients_here_directly_and_inside(plain):
    keys = plain.exported()
    assert keys["AWS_ENDPOINT_URL"] == plain.url
    assert whoami(plain, **keys).startswith("arn:aws:iam::")
    plain.profiles(keys)
    # The profile's keys, not the variables': only where to call is told by the environment.
    where = {name: keys[name] for name in ("AWS_DATA_PATH", "AWS_ENDPOINT_URL")}
    assert whoami(plain, "--profile", "app", **where).endswith(":assumed-role/app/chained")
    assert plain.run("/usr/bin/python3", "-c", CHAIN, **where).strip().endswith(":assumed-role/app/chained")


NAMED = """import boto3, sys
for service, call in (("iam", "list_users"), ("sts", "get_caller_identity")):
    getattr(boto3.client(service, endpoint_url=sys.argv[1]), call)()
"""


def test_an_endpoint_that_is_named_wins_over_env(plain, tmp_path):
    (tmp_path / "other").mkdir()
    other = Plain(tmp_path / "other")
    try:
        theirs = other.exported()
        who = [theirs[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
        shell = {**plain.exported(), "AWS_ACCESS_KEY_ID": who[0], "AWS_SECRET_ACCESS_KEY": who[1]}
        assert whoami(plain, "--endpoint-url", other.url, **shell).startswith("arn:aws:iam::")
        plain.run("/usr/bin/aws", "--endpoint-url", other.url, "iam", "list-users", **shell)
        plain.run("/usr/bin/python3", "-c", NAMED, other.url, **shell)
        assert "InvalidClientTokenId" in plain.run("/usr/bin/aws", "iam", "list-users", fails=True, **shell)
    finally:
        other.stop()


def test_env_undo_takes_every_variable_away(plain):
    keys = plain.exported()
    lines = plain.mantle("env", "--undo")
    assert set(keys) <= set(lines.split())
    left = plain.run("sh", "-c", f'eval "$({BUILD}/mantle env --data {plain.data})"; '
                                 f'eval "$({BUILD}/mantle env --undo)"; env')
    assert not [name for name in keys if re.search(rf"^{name}=", left, re.M)]


def test_configure_leads_old_clients_here_and_undo_away_again(plain):
    keys = plain.exported()
    plain.variables = {name: keys[name] for name in ("AWS_REGION", "AWS_DEFAULT_REGION")}
    secrets = {name: keys[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    models = plain.home / ".aws" / "models"
    assert plain.url in plain.mantle("configure", "--data", str(plain.data))
    assert whoami(plain, **secrets).startswith("arn:aws:iam::")
    plain.profiles(secrets)
    assert whoami(plain, "--profile", "app").endswith(":assumed-role/app/chained")
    assert plain.run("/usr/bin/python3", "-c", CHAIN).strip().endswith(":assumed-role/app/chained")
    written = sorted(path for path in models.rglob("*") if path.is_file())
    assert written and not [path for path in written if path.name != "endpoint-rule-set-1.json"]
    mine = models / "s3" / "2006-03-01" / "endpoint-rule-set-1.json"
    mine.parent.mkdir(parents=True)
    mine.write_text("{}")
    plain.mantle("configure", "--undo")
    assert [path for path in models.rglob("*") if path.is_file()] == [mine]


def test_configure_leaves_files_of_others_alone(plain):
    theirs = plain.home / ".aws" / "models" / "sts" / "2011-06-15" / "endpoint-rule-set-1.json"
    theirs.parent.mkdir(parents=True)
    theirs.write_text('{"version": "1.0"}')
    assert str(theirs) in plain.mantle("configure", "--data", str(plain.data), fails=True)
    plain.mantle("configure", "--undo")
    assert theirs.read_text() == '{"version": "1.0"}'
    assert os.path.isdir(plain.home)
