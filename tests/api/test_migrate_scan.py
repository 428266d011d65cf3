"""mantle migrate scan on planted trees: nothing missed, nothing wrong, no secret shown, damage named."""
import gzip
import io
import json
import os
import subprocess
import tarfile

import pytest
import scan_corpus_odd
from conftest import BUILD
from scan_corpus import plant, scan, score

MANTLE = str(BUILD / "mantle")
ID, SECRET = "AKIA5RLBQT5PZKOIFORG", "q9X2+abcdEFghIJ12klmn/OPqr56stUVwx78YZab"


def run(cwd, *words, code):
    done = subprocess.run([MANTLE, "migrate", "scan", *words], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == code, done.stderr + done.stdout
    return done


def tar(name, data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def git(cwd, *words):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words], cwd=cwd, check=True,
                   capture_output=True)


@pytest.mark.parametrize("seed", [7, 8])
def test_planted_keys_are_found_and_decoys_are_not(tmp_path, seed):
    planted = plant(tmp_path, seed)
    done, found = scan(MANTLE, tmp_path)
    result = score(planted, found)
    assert done.returncode == 1
    assert result["recall"] >= 0.98 and result["precision"] >= 0.98, result
    for name in ("missed", "wrong", "misplaced", "kinds", "lost_references"):
        assert not result[name], (name, result[name])
    assert len(result["unpaired"]) <= 0.02 * result["planted"], result["unpaired"]


@pytest.mark.parametrize("seed", [7, 8])
def test_keys_written_in_odd_ways_are_found_too(tmp_path, seed):
    planted = scan_corpus_odd.plant(tmp_path, seed)
    result = scan_corpus_odd.judge(planted, scan(MANTLE, tmp_path)[1])
    assert result["recall"] >= 0.98 and result["precision"] >= 0.98, result
    for name in ("missed", "wrong", "unpaired", "misplaced", "kinds"):
        assert not result[name], (name, result[name])


def test_no_secret_is_shown(tmp_path):
    planted = plant(tmp_path, 21, rounds=1)
    for words in ([], ["--json"], ["--sarif"]):
        done = run(tmp_path, ".", *words, code=1)
        for p in planted.planted.values():
            assert p.secret is None or p.secret not in done.stdout + done.stderr


def test_sarif_names_rule_and_place(tmp_path):
    (tmp_path / "a.env").write_text(f"AWS_ACCESS_KEY_ID={ID}\n")
    result = json.loads(run(tmp_path, ".", "--sarif", code=1).stdout)["runs"][0]["results"][0]
    place = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], place["artifactLocation"]["uri"], place["region"]) == \
        ("key", "./a.env", {"startLine": 1, "startColumn": 19})


def test_nothing_found_is_exit_0(tmp_path):
    (tmp_path / "a").write_text("AKIAIOSFODNN7EXAMPLE\n")
    assert json.loads(run(tmp_path, ".", "--json", code=0).stdout)["findings"] == []


def test_a_list_of_ids_names_users(tmp_path):
    (tmp_path / "ids").write_text(f"# ours\n{ID} svc-ci\n")
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "x.bin").write_bytes(b"zz" + ID.encode() + b"zz")
    found = json.loads(run(tmp_path, "tree", "--ids", "ids", "--json", code=1).stdout)["findings"]
    assert [(f["keyId"], f["known"], f["user"], f["account"]) for f in found] == [(ID, True, "svc-ci", "930601803615")]


def test_an_estate_gets_scan_json_and_is_left_out(tmp_path):
    estate = tmp_path / "estate"
    estate.mkdir()
    (estate / "access-keys.json").write_text(json.dumps([{"UserName": "ci", "AccessKeyMetadata": [
        {"UserName": "ci", "AccessKeyId": ID, "Status": "Inactive"}]}]))
    (tmp_path / "a.env").write_text(f"AWS_ACCESS_KEY_ID={ID}\nAWS_SECRET_ACCESS_KEY={SECRET}\n")
    run(tmp_path, ".", "--estate", "estate", code=1)
    saved = json.loads((estate / "scan.json").read_text())
    assert [(f["file"], f["user"], f["status"]) for f in saved["findings"]] == [("./a.env", "ci", "Inactive")]
    assert any("estate" in u["path"] for u in saved["unseen"])
    assert SECRET not in (estate / "scan.json").read_text()
    assert (estate / "scan.json").stat().st_mode & 0o77 == 0


def test_history_is_looked_through(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/app.env").write_text(f"AWS_ACCESS_KEY_ID={ID}\nAWS_SECRET_ACCESS_KEY={SECRET}\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    (tmp_path / "conf/app.env").write_text("nothing\n")
    git(tmp_path, "commit", "-qam", "two")
    git(tmp_path, "gc", "-q")
    found = json.loads(run(tmp_path, ".", "--json", code=1).stdout)["findings"]
    assert [(f["source"], f["path"], f["keyId"], f["line"]) for f in found] == [("history", "conf/app.env", ID, 1)]
    assert len(found[0]["commit"]) == 40
    assert json.loads(run(tmp_path, ".", "--json", "--no-history", code=0).stdout)["findings"] == []


def test_a_commit_message_is_looked_at(tmp_path):
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", f"the key is {ID}")
    found = json.loads(run(tmp_path, ".", "--json", code=1).stdout)["findings"]
    assert [f["keyId"] for f in found if f["source"] == "history"] == [ID]


def test_history_does_not_repeat_what_stands_in_files(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "a.env").write_text(f"K={ID}\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    found = json.loads(run(tmp_path, ".", "--json", code=1).stdout)
    assert [f["source"] for f in found["findings"]] == ["file"]
    assert found["looked"]["sameInHistory"] == 1


def test_no_program_of_a_repository_is_run(tmp_path):
    """Configuration of a stranger's repository can name programs; none of them may start."""
    git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text(f"{ID}\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "core.sshCommand", "core.pager", "diff.external", "filter.x.smudge", "core.alternateRefsCommand",
                 "log.showSignature", "gpg.program"):
        git(tmp_path, "config", name, "true" if name == "log.showSignature" else str(trap))
    git(tmp_path, "config", "extensions.partialClone", "origin")
    git(tmp_path, "config", "remote.origin.url", f"ext::{trap}")
    run(tmp_path, ".", code=1)
    assert not (tmp_path / "sprung").exists()


def test_damage_is_named_and_is_not_none(tmp_path):
    (tmp_path / "cut.gz").write_bytes(gzip.compress(os.urandom(5000))[:-3000])
    done = run(tmp_path, ".", "--json", code=2)
    unseen = json.loads(done.stdout)["unseen"]
    assert [u["path"] for u in unseen] == ["./cut.gz"] and unseen[0]["damaged"]


def test_archives_in_archives_have_an_end(tmp_path):
    data = f"K={ID}\n".encode()
    for depth in range(12):
        data = tar("x.tar" if depth else "key", data)
        (tmp_path / f"{depth + 1:02}.tar").write_bytes(data)
    found = json.loads(run(tmp_path, ".", "--json", code=1).stdout)
    assert sorted(f["file"][:4] for f in found["findings"]) == [f"./{d:02}" for d in range(1, 9)]
    assert sorted(u["path"][:4] for u in found["unseen"]) == [f"./{d:02}" for d in range(9, 13)]


def test_a_bomb_is_stopped(tmp_path):
    inner = gzip.compress(bytes(1 << 20), 9) * 1500  # 1.5 GiB of zeros
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(inner, 9))
    found = json.loads(run(tmp_path, ".", "--json", code=2).stdout)
    assert any("far more than it holds" in u["why"] for u in found["unseen"])


def test_links_are_not_followed(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/key").write_text(ID)
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "link").symlink_to(tmp_path / "out")
    (tree / "loop").symlink_to(tree)
    assert json.loads(run(tmp_path, "tree", "--json", code=0).stdout)["looked"]["linksNotFollowed"] == 2


def test_a_link_given_by_name_is_the_file(tmp_path):
    (tmp_path / "real").write_text(ID)
    (tmp_path / "link").symlink_to("real")
    found = json.loads(run(tmp_path, "link", "--json", code=1).stdout)["findings"]
    assert [f["file"] for f in found] == [str(tmp_path / "real")]


def test_pipes_do_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "pipe" in run(tmp_path, ".", code=0).stdout


def test_left_out_on_request(tmp_path):
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor/key").write_text(ID)
    assert "excluded" in run(tmp_path, ".", "--exclude", "vendor", code=0).stdout


def test_control_characters_of_names_stay_out(tmp_path):
    (tmp_path / "a\x1b[2Jb").write_text(ID)
    assert "\x1b" not in run(tmp_path, ".", code=1).stdout


@pytest.mark.parametrize("words,text", [
    ([], "no PATH"), (["nowhere"], "No such file"), ([".", "--ids", "bad"], "line 2"), ([".", "--threads", "65"], "threads"),
    ([".", "--threads", "0"], "threads"), ([".", "--ids", "absent"], "absent"), ([".", "--estate", "absent"], "absent")])
def test_bad_input_is_said(tmp_path, words, text):
    (tmp_path / "bad").write_text("\nnot-an-id\n")
    done = subprocess.run([MANTLE, "migrate", "scan", *words], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2 and text in done.stderr + done.stdout
