"""Ansible's amazon.aws and community.aws modules, as Debian ships them, against the server."""
import json
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent


@pytest.fixture
def play(account, tmp_path):
    def run(name):
        env = {**account.environment(), "AWS_URL": account.server.url, "ANSIBLE_STDOUT_CALLBACK": "json",
               "ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_HOME": str(tmp_path), "ANSIBLE_LOCAL_TEMP": str(tmp_path), "HOME": str(tmp_path)}
        done = subprocess.run(["/usr/bin/ansible-playbook", "-i", "localhost,", "-e", f"account={account.number}",
                               "-e", "ansible_python_interpreter=/usr/bin/python3", str(HERE / name)],
                              capture_output=True, text=True, timeout=300, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(done.stdout[done.stdout.index("{"):])
        return told["stats"]["localhost"]
    return run


def test_a_playbook_says_the_same_twice_and_takes_it_all_away(account, play):
    before = account.iam.get_account_summary()["SummaryMap"]
    first, second = play("playbook.yml"), play("playbook.yml")
    assert (first["failures"], second["failures"], second["changed"]) == (0, 0, 0), (first, second)
    assert first["changed"] == 5
    assert account.iam.get_role(RoleName="app")["Role"]["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert [user["UserName"] for user in account.iam.get_group(GroupName="team")["Users"]] == ["ann"]
    play("absent.yml")
    assert account.iam.get_account_summary()["SummaryMap"] == before
