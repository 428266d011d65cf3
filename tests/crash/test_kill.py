"""The server is killed while it works, again and again on one data directory."""
import json
import os
import random
import shutil
import socket
import time

from harness import SEED, Client, Server, examine_database
from siege import Siege

KILLS = int(os.environ.get("CRASH_KILLS") or 200)
CUTS = int(os.environ.get("CRASH_CUTS") or 50)
FIRST_STARTS = int(os.environ.get("CRASH_FIRST_STARTS") or 25)


def killed_at_start(siege):
    """Killed before or while it recovers what the last death left."""
    siege.server.launch()
    time.sleep(siege.dice.uniform(0, 0.08))
    siege.server.kill()
    siege.kills += 1


def test_kill_under_load(tmp_path, say):
    siege = Siege(tmp_path, SEED)
    siege.attack()
    while True:
        time.sleep(siege.dice.uniform(0.0, 0.25))
        siege.kill()
        while siege.dice.random() < 0.2 and siege.kills < KILLS:
            killed_at_start(siege)
        siege.examine_files()
        siege.server.start()
        siege.verify()
        if siege.kills >= KILLS:
            break
        siege.attack()
    assert siege.server.stop() == 0
    siege.examine_files()
    say(siege.report())
    assert siege.trail.torn == 0
    assert siege.changes > siege.kills and siege.doubts > siege.kills / 2


def test_power_cut_under_load(tmp_path, say):
    """As above, and of what the disk was not told to keep it keeps an arbitrary part: an
    acknowledged change was synced before it was acknowledged, or it is missing now."""
    siege = Siege(tmp_path, SEED, preload=True, journal=True)
    lost = 0
    for _ in range(CUTS):
        siege.attack()
        time.sleep(siege.dice.uniform(0.0, 0.3))
        siege.kill()
        lost += siege.cut_power()
        if siege.dice.random() < 0.2:
            killed_at_start(siege)
            lost += siege.cut_power()
        siege.examine_files()
        siege.server.start()
        siege.verify()
    assert siege.server.stop() == 0
    say(f"{siege.report()}, {lost} writes lost")
    assert lost > CUTS and siege.changes > CUTS


def restored(siege, backup, directory):
    """A server on a copy; the client's key is the old one."""
    data = directory / "data"
    data.mkdir(parents=True)
    shutil.copytree(siege.server.data / "keys", data / "keys")
    shutil.copy(backup, data / "mantle.db")
    return Server(directory).start()


def check_backup(siege, backup, directory, since, until):
    """Every worker's things are as they were at one moment while the copy was made."""
    server = restored(siege, backup, directory)
    examine_database(server.data, directory / "examined")
    client = Client(server.port, siege.key, siege.secret)
    for worker, first, last in zip(siege.workers, since, until):
        seen = worker.read(client)
        moments = worker.history[max(first - 1, 0):last + 2]
        assert seen in moments, (worker.index, seen, moments)
    client.close()
    server.kill()
    shutil.rmtree(directory)


def test_kill_during_rotation_and_backup(tmp_path, say):
    """Keys are exchanged and copies made while the load goes on and the server dies. Sessions and
    access keys outlive it; a copy that was reported made is whole and of one moment."""
    siege = Siege(tmp_path, SEED + 1)
    session = siege.client().get("GetSessionToken", "sts", DurationSeconds="3600")
    token = [session.text(t) for t in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
    started = {"AdminRotateKeys": 0, "AdminBackup": 0}
    done = {"AdminRotateKeys": 0, "AdminBackup": 0}
    backups = 0
    for turn in range(24):
        kind = siege.dice.choice(["AdminRotateKeys", "AdminBackup"])
        patient = siege.dice.random() < 0.5
        backup = tmp_path / f"backup-{turn}"
        for worker in siege.workers:
            worker.history = [worker.state]
        siege.attack()
        time.sleep(siege.dice.uniform(0.05, 0.15))
        since = [len(worker.history) for worker in siege.workers]
        words = (["backup", str(backup)] if kind == "AdminBackup" else
                 ["keys", "rotate", siege.dice.choice(["master", "token", "message"])])
        command = siege.server.admin(*words)
        started[kind] += 1
        if patient:
            command.wait(60)
        else:
            time.sleep(siege.dice.uniform(0, 0.08))
        until = [len(worker.history) for worker in siege.workers]
        siege.kill()
        _, complaint = command.communicate(timeout=60)
        done[kind] += command.returncode == 0
        assert command.returncode == 0 or not patient, complaint
        siege.examine_files()
        siege.server.start()
        siege.verify()
        known = Client(siege.server.port, *token)
        assert known.get("GetCallerIdentity", "sts").text("Account") == siege.account
        known.close()
        for name in started:
            assert done[name] <= siege.trail.admin[name] <= started[name], name
        if kind == "AdminBackup" and (patient or backup.exists()):
            backups += 1
            check_backup(siege, backup, tmp_path / f"restored-{turn}", since, until)
    assert siege.server.stop() == 0
    say(f"{siege.report()}, {done['AdminRotateKeys']} rotations, {backups} backups restored")


def test_kill_administration_alone(tmp_path):
    """`mantle admin` without a server is killed: the account is there with its record, or neither."""
    dice = random.Random(SEED)
    server = Server(tmp_path).start()
    assert server.stop() == 0
    for _ in range(12):
        command = server.admin("account", "create", "--name", "x")
        time.sleep(dice.uniform(0, 0.12))
        command.kill()
        command.communicate()
    siege = Siege(tmp_path, SEED)
    command = siege.server.admin("account", "list")
    accounts = len(json.loads(command.communicate()[0]))
    siege.trail.read()
    assert siege.trail.admin["AdminCreateAccount"] == accounts - 1
    siege.verify()
    assert siege.server.stop() == 0


def test_kill_rotation_alone(tmp_path):
    """`mantle admin keys rotate` is killed: after the next start as many rotations are recorded as there
    are keys more than one."""
    dice = random.Random(SEED)
    server = Server(tmp_path).start()
    assert server.stop() == 0
    for _ in range(24):
        command = server.admin("keys", "rotate", "master")
        time.sleep(dice.uniform(0, 0.1))
        command.kill()
        command.communicate()
    siege = Siege(tmp_path, SEED)
    keys = (server.data / "keys" / "master.keys").read_text().count("\nkey ")
    siege.trail.read()
    assert siege.trail.admin["AdminRotateKeys"] == keys - 1
    siege.verify()
    assert siege.server.stop() == 0


def test_kill_during_the_first_start(tmp_path):
    """Whenever it dies, the next start has a first account, and credentials that open it."""
    dice = random.Random(SEED)
    for turn in range(FIRST_STARTS):
        server = Server(tmp_path / str(turn))
        server.directory.mkdir()
        for _ in range(dice.choice([1, 1, 2])):
            server.launch()
            time.sleep(dice.uniform(0, 0.06))
            server.kill()
        server.start()
        client = server.client()
        assert client.get("GetCallerIdentity", "sts").text("Arn").endswith(":user/admin")
        assert client.get("GetAccountSummary").status == 200
        assert server.stop() == 0
        examine_database(server.data, tmp_path / "examined")
        shutil.rmtree(server.directory)


def test_killed_clients_do_not_matter(tmp_path):
    """Requests whose senders are gone before the answer: done whole or not at all, and the server
    serves on without keeping their connections."""
    siege = Siege(tmp_path, SEED)
    before = siege.server.files_open()
    client = siege.client()
    for number in range(200):
        name = f"gone-{number}"
        data = client.request("CreateUser", agent="setup", UserName=name, Tags={"a": "b", "c": "d"})
        client.stream = socket.create_connection(("127.0.0.1", siege.server.port))
        client.stream.sendall(data if number % 2 else data[:siege.dice.randrange(len(data))])
        client.close()
    end = time.monotonic() + 30
    while siege.server.files_open() > before + 1 and time.monotonic() < end:
        time.sleep(0.05)
    assert siege.server.files_open() <= before + 1
    users = [n for n in client.get("ListUsers", MaxItems="1000").texts("UserName") if n != "admin"]
    for name in users:
        got = client.get("GetUser", UserName=name)
        assert got.text("Tags") is not None and len(got.texts("Key")) == 2
    end = time.monotonic() + 30  # the trail is written behind the changes
    while siege.trail.changes["setup"] != len(users) and time.monotonic() < end:
        siege.trail.read()
        time.sleep(0.05)
    assert siege.trail.changes["setup"] == len(users) > 0
    assert siege.server.stop() == 0
