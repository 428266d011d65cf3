"""mantle policy explain: what decides, what is missing, and where it stands."""
import json
import subprocess

import pytest

from conftest import BUILD, ROOT

USER = "arn:aws:iam::111122223333:user/alice"
READ = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Queue", "Effect": "Allow", "Action": "sqs:*", "Resource": "*"},
    {"Sid": "Team", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*",
     "Condition": {
       "StringEquals": {"aws:PrincipalTag/team": ["red", "blue"]},
       "Bool": {"aws:SecureTransport": "true"}}}
  ]
}
"""
ALL = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
NOTHING = '{"Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}}'
DENY = """{"Version": "2012-10-17", "Statement": [
 {"Sid": "OnlyTls", "Effect": "Deny", "Action": "*", "Resource": "*",
  "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}}]}"""


@pytest.fixture
def file(tmp_path):
    def one(name, text):
        (tmp_path / name).write_text(text)
        return tmp_path / name
    return one


def run(*args):
    return subprocess.run([BUILD / "mantle", "policy", "explain", *map(str, args)],
                          capture_output=True, text=True, timeout=60, check=False)


def explain(*args, principal=USER, action="s3:GetObject", resource="arn:aws:s3:::b/k"):
    done = run("--json", "--principal", principal, "--action", action, "--resource", resource, *args)
    assert done.returncode in (0, 1), done.stderr
    said = json.loads(done.stdout)
    assert said["format"] == "mantle-explanation/1"
    assert (said["decision"] == "allow") == (done.returncode == 0)
    return said


def test_the_missing_condition_is_named(file):
    path = file("read.json", READ)
    said = explain(path, "--context", "aws:PrincipalTag/team=green",
                   "--context", "aws:SecureTransport=true")
    assert (said["decision"], said["layer"], said["rule"]) == ("implicit_deny", "identity", "D-30")
    missing, = said["missing"]
    assert missing["nearest"]["policy"] == str(path)
    assert (missing["nearest"]["sid"], missing["nearest"]["index"], missing["nearest"]["line"],
            missing["nearest"]["column"]) == ("Team", 1, 5, 5)
    lack, = missing["lacks"]
    assert (lack["what"], lack["operator"], lack["key"], lack["wanted"], lack["actual"]) == (
        "condition", "StringEquals", "aws:PrincipalTag/team", ["red", "blue"], "green")


def test_absent_key_is_told_from_a_wrong_one(file):
    said = explain(file("read.json", READ), "--context", "aws:PrincipalTag/team=red")
    lack, = said["missing"][0]["lacks"]
    assert lack["key"] == "aws:SecureTransport" and lack["actual"] is None
    assert "the request does not have the key" in lack["text"]


def test_everything_that_is_missing_is_named(file):
    said = explain(file("read.json", READ), action="s3:PutObject", resource="arn:aws:s3:::c/k")
    missing = said["missing"][0]
    assert missing["nearest"]["sid"] == "Team", "same service: nearer than sqs:* on everything"
    assert [lack["what"] for lack in missing["lacks"]] == ["action", "resource", "condition",
                                                           "condition"]


def test_adding_what_is_missing_allows(file):
    assert explain(file("read.json", READ), "-k", "aws:PrincipalTag/team=red",
                   "-k", "aws:SecureTransport=true")["decision"] == "allow"


def test_explicit_deny_says_why_it_applies(file):
    said = explain(file("all.json", ALL), file("deny.json", DENY))
    assert (said["decision"], said["rule"]) == ("explicit_deny", "D-2")
    assert said["statement"]["sid"] == "OnlyTls" and said["statement"]["line"] == 2
    deny = next(m for m in said["matched"] if m["effect"] == "Deny")
    assert deny["conditions"] == [{"operator": "BoolIfExists", "key": "aws:SecureTransport",
                                   "wanted": ["false"], "actual": None}]
    assert said["missing"] == []


@pytest.mark.parametrize("option,layer,rule", [
    ("--boundary", "boundary", "D-30"), ("--session", "session", "D-30"), ("--scp", "scp", "D-10"),
    ("--endpoint", "endpoint", "X-27")])
def test_each_layer_that_limits(file, option, layer, rule):
    said = explain(file("all.json", ALL), option, file("limit.json", NOTHING))
    assert (said["decision"], said["layer"], said["rule"]) == ("implicit_deny", layer, rule)
    missing, = said["missing"]
    assert missing["layer"] == layer and missing["lacks"][0]["what"] == "action"
    assert missing["lacks"][0]["wanted"] == ["ec2:*"]


def test_every_level_that_lacks_is_named(file):
    all_, nothing = file("all.json", ALL), file("no.json", NOTHING)
    said = explain(all_, "--scp", all_, "--scp", nothing, "--scp", nothing)
    assert [(m["layer"], m["level"]) for m in said["missing"]] == [("scp", 1), ("scp", 2)]


def test_several_layers_are_named_at_once(file):
    nothing = file("no.json", NOTHING)
    said = explain(nothing, "--boundary", nothing, "--scp", nothing)
    assert [m["layer"] for m in said["missing"]] == ["scp", "identity", "boundary"]


def test_trust_policy_that_names_somebody_else(file):
    trust = file("trust.json", '{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", '
                               '"Principal": {"AWS": "arn:aws:iam::111122223333:user/bob"}}}')
    said = explain("--trust", trust, file("all.json", ALL), action="sts:AssumeRole",
                   resource="arn:aws:iam::111122223333:role/app")
    assert (said["layer"], said["rule"]) == ("resource", "X-20")
    lack, = said["missing"][0]["lacks"]
    assert lack["what"] == "principal" and "user/bob" in json.dumps(lack["wanted"])


def test_across_accounts_both_sides_are_missing(file):
    said = explain(file("no.json", NOTHING), "--resource-account", "444455556666")
    assert [(m["layer"], m["no_policy"]) for m in said["missing"]] == [("resource", True),
                                                                       ("identity", False)]


def test_what_no_policy_can_change(file):
    said = explain(file("all.json", ALL), action="iam:DeletePolicy",
                   resource="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert (said["layer"], said["rule"], said["changeable"]) == ("service", "X-28", False)
    assert said["missing"] == []


def test_text_shows_the_line_and_a_caret(file):
    path = file("read.json", READ)
    done = run("--principal", USER, "--action", "s3:GetObject", "--resource", "arn:aws:s3:::b/k",
               "-k", "aws:PrincipalTag/team=green", "-k", "aws:SecureTransport=true", path)
    assert done.returncode == 1
    assert f"nearest is {path}:5:5 statement 2 \"Team\"" in done.stdout
    assert ('missing: condition StringEquals on aws:PrincipalTag/team: needs "red" or "blue"; '
            'the request has "green"') in done.stdout
    lines = done.stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.lstrip().startswith("7 |"))
    assert lines[at][lines[at + 1].index("^"):].startswith('"aws:PrincipalTag/team"')
    assert "\033" not in done.stdout


def test_lists_and_principals(file):
    all_ = file("list.json", '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", '
                             '"Condition": {"StringEquals": {"aws:TagKeys": "a"}}}}')
    said = explain(all_, "-k", "aws:TagKeys[]=a", "-k", "aws:TagKeys[]=b")
    assert said["request"]["context"] == {"aws:TagKeys": ["a", "b"]}
    assert "ForAnyValue or ForAllValues" in said["missing"][0]["lacks"][0]["text"]
    role = explain(all_, principal="arn:aws:iam::111122223333:role/team/app")
    assert role["request"]["principal"]["type"] == "role-session"
    assert role["request"]["principal"]["arn"].startswith(
        "arn:aws:sts::111122223333:assumed-role/app/")


def test_a_case_of_a_file():
    path = ROOT / "tests/policy/eval-cases.json"
    done = run("--json", "--case", f"{path}#S002")
    said = json.loads(done.stdout)
    assert done.returncode == 1 and said["decision"] == "explicit_deny"
    assert said["statement"]["file"] == str(path) and said["statement"]["line"] == 3


def test_every_written_case_is_explained_as_decided():
    path = ROOT / "tests/policy/eval-cases.json"
    for case in json.loads(path.read_text())["cases"]:
        said = json.loads(run("--json", "--case", f"{path}#{case['id']}").stdout)
        assert said["decision"] == case["expect"], case["id"]
        if case["expect"] == "implicit_deny":
            assert said["missing"] or not said["changeable"], case["id"]


@pytest.mark.parametrize("args,said", [
    ([], "--principal is missing"),
    (["--principal", USER, "--resource", "*"], "--action is missing"),
    (["--principal", "bob", "--action", "a:b", "--resource", "*"], "'bob' is no ARN of a user"),
    (["--principal", USER, "--principal-type", "robot", "--action", "a:b", "--resource", "*"],
     "'robot' is none of anonymous"),
    (["--principal", USER, "--action", "a:b", "--resource", "*", "--context", "k"],
     "'k' is not KEY=VALUE"),
    (["--principal", USER, "--action", "a:b", "--resource", "*", "/nowhere.json"], "no such file"),
    (["--case", "x"], "is not FILE#ID"),
    (["--case", "/nowhere.json#1"], "no such file"),
    (["--case", f"{ROOT}/tests/policy/eval-cases.json#none"], "no case with the id 'none'"),
    (["--case", "x#1", "--action", "a:b"], "nothing else can be given"),
])
def test_mistakes(args, said):
    done = run(*args)
    assert done.returncode == 2 and said in done.stderr


def test_unreadable_policy_is_named_with_its_place(file):
    path = file("bad.json", '{"Version": "2012-10-17",\n "Statement": [{"Effect": "allow"}]}')
    done = run("--principal", USER, "--action", "a:b", "--resource", "*", path)
    assert done.returncode == 2 and f"{path}:2:16: " in done.stderr and "case-sensitive" in done.stderr
