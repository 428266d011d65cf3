"""mantle-saml, the program that reads SAML: where it is looked for, and what happens where it is not."""
import json
import pathlib
import re
import shutil
import subprocess

import pytest
import raw
from conftest import BUILD, ROOT, Account, Server, refused
from saml_idp import Idp
from test_sts_saml import World


@pytest.fixture
def elsewhere(tmp_path):
    """A server from a copy of the program in a directory of its own, as an installation is."""
    place = tmp_path / "bin"
    place.mkdir()
    shutil.copy(BUILD / "mantle", place)
    running = Server(tmp_path)
    running.arguments[0] = str(place / "mantle")
    running.start()
    yield running
    running.stop()


def test_it_stands_beside_the_server_or_the_call_says_so(elsewhere):
    idp, place = Idp.of_the_tests(), pathlib.Path(elsewhere.arguments[0]).parent / "mantle-saml"
    account = Account(elsewhere)
    with refused("ServiceFailure", 500) as said:
        World(account, idp)
    assert said.headers["x-mantle-detail"] == f"{place}, the program that reads SAML, is not there or cannot run"
    assert f"{place}, the program" in elsewhere.log_path.read_text()
    shutil.copy(BUILD / "mantle-saml", place)  # the server need not be started again
    world = World(account, idp)
    world.said()
    place.chmod(0o600)
    with refused("ServiceFailure", 500) as said:
        world.said()
    assert str(place) in said.headers["x-mantle-detail"]
    account.iam.list_saml_providers()  # nothing else needs it


def test_a_link_to_the_server_finds_it(tmp_path):
    (tmp_path / "mantle").symlink_to(BUILD / "mantle")
    running = Server(tmp_path)
    running.arguments[0] = str(tmp_path / "mantle")
    running.start()
    try:
        World(Account(running), Idp.of_the_tests()).said()
    finally:
        running.stop()


@pytest.mark.parametrize("script,code,status,detail", [
    ("exit 127", "ServiceFailure", 500, "cannot run"),  # as the loader does where a library is missing
    ("kill -9 $$", "InvalidInput", 400, "the process that reads it died"),
    ("cat >/dev/null; exit 1", "InvalidInput", 400, "the process that reads it died"),
    ("cat >/dev/null; head -c 5000000 /dev/zero", "InvalidInput", 400, "the process that reads it died"),
    ("cat >/dev/null", "InvalidInput", 400, "nonsense"),
    ("cat", "InvalidInput", 400, "nonsense"),
    ("cat >/dev/null; head -c 4000000 /dev/urandom", "InvalidInput", 400, "nonsense")])
def test_its_word_is_not_trusted(elsewhere, script, code, status, detail):
    """One that was taken over, or is of another version, gets nothing accepted."""
    place = pathlib.Path(elsewhere.arguments[0]).parent / "mantle-saml"
    place.write_text(f"#!/bin/sh\n{script}\n")
    place.chmod(0o755)
    account = Account(elsewhere)
    with refused(code, status) as said:
        World(account, Idp.of_the_tests())
    assert detail in said.headers["x-mantle-detail"]
    assert account.iam.list_saml_providers()["SAMLProviderList"] == []


def test_a_document_that_takes_very_long_is_ended(account):
    """The parser compares each attribute of an element with all others: five seconds of CPU time are the end."""
    if "san" in BUILD.name:
        pytest.skip("sanitizers need more; the limit is off under them")
    many = " ".join(f'a{i}=""' for i in range(80000))
    long = Idp.of_the_tests().metadata().replace("<EntityDescriptor ", f"<EntityDescriptor {many} ")
    body = raw.form("CreateSAMLProvider", raw.IAM, Name="long", SAMLMetadataDocument=long)
    answer = raw.send(account.server, headers=raw.sign_headers(account, body, service="iam"), body=body, timeout=60)
    # 503 where the machine has so much to do that five seconds are not had in thirty.
    assert answer.status in (400, 503), answer.body
    assert answer.headers["x-mantle-detail"] in ("the process that reads it died",
                                                 "the process that reads it took too long")
    assert account.iam.list_saml_providers()["SAMLProviderList"] == []


def calls_of(words):
    """The system calls that words of SystemCallFilter= stand for."""
    calls = set()
    for word in words:
        if word.startswith("@"):
            done = subprocess.run(["systemd-analyze", "syscall-filter", word], capture_output=True, text=True, check=True)
            word = " ".join(line for line in done.stdout.splitlines()[1:] if not line.strip().startswith("#"))
            calls |= calls_of(word.split())
        else:
            calls.add(word)
    return calls


def sanitized():
    done = subprocess.run(["meson", "introspect", "--buildoptions", BUILD], capture_output=True, text=True, check=True)
    return next(option["value"] for option in json.loads(done.stdout) if option["name"] == "b_sanitize") != "none"


def test_the_units_sandbox_lets_it_work(tmp_path):
    """A server that may make the calls that the systemd unit allows, and gets EPERM for others."""
    if sanitized():
        pytest.skip("a sanitizer makes calls of its own")
    allowed = calls_of(["@default", "execve"])
    for words in re.findall(r"^SystemCallFilter=(.+)$", (ROOT / "packaging/systemd/mantle.service").read_text(), re.M):
        if words.startswith("~"):
            allowed -= calls_of(words[1:].split())
        else:
            allowed |= calls_of(words.split())
    inside = ("import errno, os, seccomp, sys\n"
              "calls = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))\n"
              "for name in sys.argv[1].split(','):\n"
              "    if seccomp.resolve_syscall(seccomp.Arch(), name) >= 0:\n"
              "        calls.add_rule(seccomp.ALLOW, name)\n"
              "calls.load()\n"
              "os.execv(sys.argv[2], sys.argv[2:])\n")
    assert len(allowed) > 100
    running = Server(tmp_path)
    running.arguments[0:0] = ["/usr/bin/python3", "-c", inside, ",".join(sorted(allowed))]
    running.start()
    try:
        World(Account(running), Idp.of_the_tests()).said()
    finally:
        running.stop()


def test_both_are_installed_into_one_directory():
    done = subprocess.run(["meson", "introspect", "--installed", BUILD], capture_output=True, text=True, check=True)
    places = {pathlib.Path(built).name: pathlib.Path(place) for built, place in json.loads(done.stdout).items()}
    assert places["mantle"].parent == places["mantle-saml"].parent
