"""Beside the API: /health, /metrics, /_mantle/reset; restarts."""
import json
import subprocess

import raw
from conftest import BUILD, allow, refused, trust


def test_health_says_what_is_on_and_off(server):
    answer = raw.get(server, "/health")
    health = json.loads(answer.body)
    assert answer.status == 200
    assert health["status"] == health["store"] == health["trail"] == "ok"
    assert health["insecure_test_mode"] == "on"
    assert health["tls"] == ("on" if server.ca else "off")


def test_test_mode_is_in_a_header_of_every_answer(server):
    for target in ("/health", "/?Action=GetCallerIdentity&Version=2011-06-15"):
        assert raw.get(server, target).headers["x-mantle-test-mode"] == "insecure"


def test_metrics_count_requests(account):
    def count(result):
        body = raw.get(account.server, "/metrics").body
        for line in body.splitlines():
            if line.startswith(f'mantle_requests_total{{result="{result}"}}'):
                return int(line.split()[-1])
        return 0
    before = count("ok")
    account.sts.get_caller_identity()
    assert count("ok") > before


def test_they_answer_get_only(server):
    host = {"host": raw.host(server), "content-length": "0"}
    assert raw.send(server, "POST", "/health", host).status == 405
    assert raw.send(server, "DELETE", "/metrics", host).status == 405
    assert raw.get(server, "/_mantle/reset").status == 405


def test_reset_wipes_and_seeds(own_server):
    root = own_server.root()
    root.iam.create_user(UserName="bob")
    key = root.iam.create_access_key(UserName="bob")["AccessKey"]
    bob = own_server.caller(key["AccessKeyId"], key["SecretAccessKey"])
    bob.sts.get_caller_identity()
    host = {"host": raw.host(own_server), "content-length": "0"}
    for _ in range(3):
        assert raw.send(own_server, "POST", "/_mantle/reset", host).status == 200
    assert root.iam.list_users()["Users"] == []
    with refused("InvalidClientTokenId", 403):
        bob.sts.get_caller_identity()


def test_a_web_page_cannot_reset(own_server):
    host = {"host": raw.host(own_server), "content-length": "0", "origin": "http://evil.example"}
    assert raw.send(own_server, "POST", "/_mantle/reset", host).status == 403


def test_what_was_acknowledged_is_there_after_a_restart(own_server):
    root = own_server.root()
    root.iam.create_user(UserName="bob")
    trust_root = trust({"AWS": "*"})
    root.iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust_root)
    root.iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [allow("*")]}))
    key = root.iam.create_access_key(UserName="bob")["AccessKey"]
    bob = own_server.caller(key["AccessKeyId"], key["SecretAccessKey"])
    session = bob.assume("arn:aws:iam::111122223333:role/app")
    own_server.stop()
    own_server.start()
    for caller, name in ((bob, "user/bob"), (session, "assumed-role/app/session")):
        again = own_server.caller(caller.key, caller.secret, caller.token)
        assert again.sts.get_caller_identity()["Arn"].endswith(name)


def serve(*words):
    return subprocess.run([str(BUILD / "mantle"), "serve", *words], capture_output=True, text=True, timeout=20)


def test_test_switches_need_test_mode(tmp_path):
    for words in (["--root-key", "A:b"], ["--account", "111122223333"], ["--clock-tolerance", "5"]):
        done = serve("--data", str(tmp_path / "d"), "--listen", "127.0.0.1:0", *words)
        assert done.returncode == 2 and "--insecure-test-mode" in done.stderr
    assert not (tmp_path / "d").exists()


def test_test_mode_is_refused_where_others_can_reach_it(tmp_path):
    for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:0"):
        done = serve("--data", str(tmp_path / "d"), "--listen", address, "--insecure-test-mode")
        assert done.returncode == 2 and "refused" in done.stderr


def test_without_test_mode_there_is_no_reset(tmp_path):
    process = subprocess.Popen([str(BUILD / "mantle"), "serve", "--data", str(tmp_path / "d"), "--listen",
                                "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        class Plain:
            url = process.stdout.readline().split()[-1]
            ca = None
        answer = raw.send(Plain, "POST", "/_mantle/reset", {"host": raw.host(Plain), "content-length": "0"})
        assert answer.status == 404 and "x-mantle-test-mode" not in answer.headers
        assert json.loads(raw.get(Plain, "/health").body)["insecure_test_mode"] == "off"
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()
