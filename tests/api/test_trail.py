"""`mantle trail`: what its lines say, in which order; and records that a kill must not cost."""
import json
import re
import shutil
import sqlite3
import subprocess
import time

from conftest import BUILD, Server, denied, refused


def run(data, *words):
    done = subprocess.run([str(BUILD / "mantle"), "trail", "--data", str(data), *words],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def line_of(account, request_id):
    account.server.trail(request_id)
    lines = run(account.server.data, "--request-id", request_id)
    assert len(lines) == 1 and lines[0].endswith(f"[{request_id}]")
    return lines[0]


def statement(effect, action, sid, **more):
    return {"Sid": sid, "Effect": effect, "Action": action, "Resource": "*", **more}


def test_a_line_says_which_statement_denies(account):
    user = account.user("u", statement("Allow", "iam:*", "All"), statement("Deny", "iam:List*", "NoLists"))
    with denied() as said:
        user.iam.list_roles()
    line = line_of(account, said.request_id)
    assert "  DENIED   ListRoles  " + account.arn("user/u") + "  from 127.0.0.1  AccessDenied  " in line
    assert ('iam:ListRoles on ' + account.arn("role/") + ': denied by inline:inline statement 2 "NoLists", '
            'identity-based policy') in line


def test_a_line_says_what_was_missing(account):
    user = account.user("u", statement("Allow", "iam:ListRoles", "Mfa",
                                       Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    with denied() as said:
        user.iam.list_roles()
    assert (': identity-based policy: inline:inline statement 1 "Mfa" lacks condition Bool on '
            'aws:MultiFactorAuthPresent: needs "true"') in line_of(account, said.request_id)
    with denied() as said:
        user.iam.list_groups()
    assert ": identity-based policy: no statement allows the action  [" in line_of(account, said.request_id)
    with denied() as said:
        account.user("bare").iam.list_groups()
    assert "there is no statement that could allow it" in line_of(account, said.request_id)


def test_a_line_of_what_was_allowed_and_of_what_failed(account):
    made = account.iam.create_group(GroupName="g")["ResponseMetadata"]["RequestId"]
    assert '  by inline:AdministratorAccess statement 1 "Everything"  [' in line_of(account, made)
    with refused("NoSuchEntity") as said:
        account.iam.get_group(GroupName="nobody")
    line = line_of(account, said.request_id)
    assert "  failed   GetGroup  " in line and said.message in line


def record(name, at_us, **more):
    return json.dumps({"eventTime": "2026-11-27T12:00:00Z", "eventName": name, "requestID": name,
                       "mantle": {"at_us": at_us}, **more})


def made_trail(directory, *segments):
    (directory / "trail").mkdir(parents=True)
    for number, lines in enumerate(segments, 1):
        (directory / "trail" / f"{number:010}.jsonl").write_text("".join(line + "\n" for line in lines))
    return directory


def test_no_control_character_reaches_the_terminal(tmp_path):
    evil = "\x1b]0;owned\x07\r\n\x7f"
    data = made_trail(tmp_path / "d", [record("a" + evil, 1795780800_000000, errorCode="AccessDenied" + evil,
                                              errorMessage=evil, sourceIPAddress=evil)])
    line, = run(data)
    assert not re.search(r"[\x00-\x1f\x7f]", line) and "]0;owned" in line


def names(lines):
    return [json.loads(line)["eventName"] for line in lines]


def test_records_come_in_order_of_time(tmp_path):
    """Refusals are written up to a tenth of a second behind changes, also in the next segment."""
    base = 1795780800_000000
    data = made_trail(tmp_path / "d",
                      [record("b", base + 20), record("d", base + 90_000), record("a", base + 10)],
                      [record("e", base + 90_001), record("c", base + 50), record("c2", base + 50)])
    assert names(run(data, "--json")) == ["a", "b", "c", "c2", "d", "e"]
    assert [line.split()[2] for line in run(data)] == ["a", "b", "c", "c2", "d", "e"]
    assert names(run(data, "--json", "--last", "3")) == ["c", "c2", "e"]


def test_order_over_many_records_and_without_times(tmp_path):
    base = 1795780800_000000
    wanted = [record(f"n{number:05}", base + number * 10_000) for number in range(3000)]
    late = wanted[:]
    for at in range(0, 2990, 10):  # each tenth stands nine places, 90 ms, too late
        late[at:at + 10] = late[at + 1:at + 10] + [late[at]]
    data = made_trail(tmp_path / "d", late[:1000], late[1000:])
    assert run(data, "--json") == wanted
    old = made_trail(tmp_path / "old", [json.dumps({"eventName": name}) for name in "zyx"])
    assert names(run(old, "--json")) == ["z", "y", "x"]


def test_following_keeps_the_order(tmp_path):
    now = time.time_ns() // 1000
    data = made_trail(tmp_path / "d", [record("second", now), record("third", now + 1)])
    with subprocess.Popen([str(BUILD / "mantle"), "trail", "--data", str(data), "--follow", "--json"],
                          stdout=subprocess.PIPE, text=True) as follow:
        with open(data / "trail" / "0000000001.jsonl", "a") as segment:
            segment.write(record("first", now - 1) + "\n")
        assert names(follow.stdout.readline() for _ in range(3)) == ["first", "second", "third"]
        follow.terminate()


def test_every_record_says_when(account):
    account.sts.get_caller_identity()
    account.iam.create_group(GroupName="g")
    end = time.monotonic() + 30
    while not any(r["eventName"] == "GetCallerIdentity" for r in account.server.trail()):
        assert time.monotonic() < end
        time.sleep(0.02)
    for kept in account.server.trail():
        assert kept["mantle"]["at_us"] > 1_700_000_000_000_000, kept


def rotations(data):
    return [json.loads(line) for line in run(data, "--json", "--event", "AdminRotateKeys")]


def stopped_server(directory):
    server = Server(directory).start()
    server.stop()
    return server


def test_a_rotation_killed_before_its_record_is_recorded_at_the_next_start(tmp_path):
    """The states a kill leaves: the rotation announced in the database, the key file exchanged, the
    record not made yet; and the same without the announcement (a file exchanged by hand)."""
    (tmp_path / "a").mkdir()
    before = stopped_server(tmp_path / "a")
    for announced in (True, False):
        place = tmp_path / str(announced)
        shutil.copytree(tmp_path / "a", place)
        server = Server(place)
        shutil.copytree(place / "data", place / "kept")
        server.admin("keys", "rotate", "token")
        whole = rotations(server.data)
        assert len(whole) == 1 and whole[0]["requestParameters"] == {"words": ["token"]}
        shutil.rmtree(place / "kept" / "keys")
        shutil.move(place / "data" / "keys", place / "kept" / "keys")
        shutil.rmtree(place / "data")
        shutil.move(place / "kept", place / "data")
        assert rotations(server.data) == []
        if announced:
            with sqlite3.connect(server.data / "mantle.db") as database:
                database.execute("INSERT INTO meta VALUES ('keys.token.rotation', ?)",
                                 [json.dumps(whole[0], separators=(",", ":"))])
            database.close()
        for _ in range(2):
            server.start()
            server.stop()
            made = rotations(server.data)
            assert len(made) == 1
            if announced:
                assert made == whole
            else:
                assert made[0]["userIdentity"] == {"type": "Unknown"}
                assert made[0]["requestParameters"] == {"words": ["token"]}
    assert rotations(before.data) == []


def test_a_rotation_killed_before_the_keys_changed_leaves_no_record(tmp_path):
    server = stopped_server(tmp_path)
    with sqlite3.connect(server.data / "mantle.db") as database:
        database.execute("INSERT INTO meta VALUES ('keys.token.rotation', '{}')")
    database.close()
    server.start()
    server.stop()
    assert rotations(server.data) == []
    server.admin("keys", "rotate", "token")
    assert len(rotations(server.data)) == 1




def test_a_database_restored_without_its_keys_says_so(tmp_path):
    server = stopped_server(tmp_path)
    shutil.rmtree(server.data / "keys")
    server.start()
    server.stop()
    said = [line for line in server.log_path.read_text().splitlines() if "event=keys.lost" in line]
    assert [re.search(r"set=(\w+)", line)[1] for line in said] == ["master", "token", "message"]
    assert len(rotations(server.data)) == 3
    server.start()
    server.stop()
    assert server.log_path.read_text().count("event=keys.lost") == 3 and len(rotations(server.data)) == 3
