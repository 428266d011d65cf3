"""An account on its way from keys to roles: a server and `mantle migrate` under one clock the test sets
(tests/crash/move_preload.c), and callers that live by it too."""
import json
import os
import pathlib
import struct
import subprocess
import time

import conftest
import raw
from conftest import BUILD, REGION, Account, Server

PRELOAD = str(BUILD / "tests" / "crash" / "libmove_preload.so")
# A sanitizer's runtime wants to be the first library of a process; the clock does not mind being it.
SANITIZER = {"ASAN_OPTIONS": ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))}
HOUR, DAY = 3600, 86400


class Clock:
    """Seconds ahead of the real time. Monday, nine o'clock UTC of some week to begin with."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.set(0)

    def set(self, offset):
        self.offset = int(offset)
        data = struct.pack("<q", self.offset)
        if self.path.exists():
            with open(self.path, "r+b") as file:
                file.write(data)
        else:
            self.path.write_bytes(data)

    def now(self):
        return time.time() + self.offset

    def forward(self, seconds):
        self.set(self.offset + seconds)

    def to_working_hour(self, hour=9):
        """Forward to the next Monday to Friday at that hour."""
        now = self.now()
        day = int(now // DAY)
        while True:
            at = day * DAY + hour * HOUR
            if at >= now and (day + 3) % 7 < 5:
                self.forward(at - now + 1)
                return
            day += 1


class MovingServer(Server):
    def __init__(self, directory, clock):
        super().__init__(directory)
        self.clock = clock

    def start(self):
        more = {"LD_PRELOAD": PRELOAD, "MOVE_CLOCK": str(self.clock.path), **SANITIZER}
        before = {name: os.environ.get(name) for name in more}
        os.environ.update(more)
        try:
            return super().start()
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


class Actor:
    """Somebody with credentials whose requests carry the clock's time."""

    def __init__(self, server, key, secret, token=None):
        self.server, self.key, self.secret, self.token = server, key, secret, token

    def call(self, action, version=raw.IAM, agent=None, **parameters):
        headers = {"user-agent": agent} if agent else None
        return raw.call(self, action, version, parameters=parameters,
                        when=raw.stamp(self.server.clock.offset), headers=headers)

    def good(self, action, version=raw.IAM, agent=None, **parameters):
        answer = self.call(action, version, agent, **parameters)
        assert answer.status == 200, (action, answer.status, answer.body)
        return answer

    def assume(self, role, agent=None):
        answer = self.good("AssumeRole", raw.STS, agent, RoleArn=role, RoleSessionName="job")
        return Actor(self.server, answer.tag("AccessKeyId"), answer.tag("SecretAccessKey"),
                     answer.tag("SessionToken"))


class Move:
    """An estate folder and the commands on it, by an administrator's credentials."""

    def __init__(self, directory, server, admin):
        self.server, self.admin = server, admin
        self.directory = pathlib.Path(directory)
        self.estate = self.directory / "estate"
        self.plan_file = self.directory / "plan.json"

    def environment(self, more=None, preload=True):
        env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MANTLE_"))}
        env.update(AWS_ACCESS_KEY_ID=self.admin.key, AWS_SECRET_ACCESS_KEY=self.admin.secret,
                   AWS_REGION=REGION, AWS_ENDPOINT_URL=self.server.url, HOME=str(self.directory),
                   MOVE_CLOCK=str(self.server.clock.path))
        if preload:
            env.update(LD_PRELOAD=PRELOAD, **SANITIZER)
        env.update(more or {})
        return env

    def run(self, *words, status=0, more=None):
        done = subprocess.run([str(BUILD / "mantle"), "migrate", *map(str, words)], capture_output=True,
                              text=True, timeout=120, cwd=self.directory, env=self.environment(more))
        if status is not None:
            assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done

    def collect(self):
        return self.run("collect", "--out", self.estate, "--rate", 1000)

    def owners(self, said):
        (self.estate / "owners.json").write_text(json.dumps(said))

    def settle(self):
        """The trail is written behind the answers: wait until it holds all that was answered so far."""
        asked = Actor(self.server, self.admin.key, self.admin.secret).good("GetCallerIdentity", raw.STS)
        self.server.trail(asked.tag("RequestId"))

    def plan(self, *more, trail=True, settle=True, status=0):
        if trail and settle:
            self.settle()
        words = ["--trail", self.server.data / "trail"] if trail else []
        return self.run("plan", self.estate, "--out", self.plan_file, *words, *more, status=status)

    def apply(self, stage, *more, yes=True, trail=True, status=0, env=None):
        """The news, one dict each."""
        if trail:
            self.settle()
        words = ["--trail", self.server.data / "trail"] if trail else []
        done = self.run("apply", self.plan_file, "--stage", stage, "--json", "--rate", 1000,
                        *(["--yes"] if yes else []), *words, *more, status=status, more=env)
        self.news = [json.loads(line) for line in done.stdout.splitlines()]
        return self.news

    def status(self, status=0):
        done = self.run("status", "--json", status=status)
        return json.loads(done.stdout)

    def stage(self, key):
        return {k["key"]: k["stage"] for k in self.status(None)["keys"]}[key]

    def write_role(self, user, policy, trust, consumer=None, proofs=True):
        folder = self.directory / "roles" / user / (consumer or "")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "policy.json").write_text(policy)
        (folder / "trust.json").write_text(trust)
        (folder / "proofs.json").write_text(json.dumps({"holds": proofs}))


def start(directory):
    clock = Clock(directory / "clock")
    server = MovingServer(directory, clock).start()
    account = Account(server)
    return server, account


__all__ = ["Actor", "Clock", "DAY", "HOUR", "Move", "MovingServer", "start", "conftest"]
