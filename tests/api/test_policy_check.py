"""mantle policy check: findings on the command line, formats, thresholds, exit status."""
import json
import subprocess

import pytest

from conftest import BUILD

GOOD = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]}
SUGGESTION = {**GOOD, "Statement": [{**GOOD["Statement"][0], "Sid": ""}]}
WARNING = {"Statement": GOOD["Statement"]}
SECURITY = {**GOOD, "Statement": [{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}]}
ERROR = {**GOOD, "Statement": [{**GOOD["Statement"][0], "Action": "s3:GetObjekt"}]}
REFUSED = {**GOOD, "Statement": [{**GOOD["Statement"][0], "Action": "GetObject"}]}


def check(*args, text=None):
    return subprocess.run([BUILD / "mantle", "policy", "check", *map(str, args)], input=text,
                          capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def write(tmp_path):
    def one(document, name="p.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=1))
        return path
    return one


def test_one_line_for_each_finding(write):
    path = write(ERROR)
    done = check("--type", "identity", path)
    assert done.returncode == 1
    assert done.stdout == (f'{path}:6:14: ERROR INVALID_ACTION There is no action "s3:GetObjekt"; '
                           'Did you mean "s3:GetObject"?\n')


def test_says_what_it_took_the_document_for(write):
    assert "taken for an identity policy" in check(write(GOOD)).stdout
    trust = {**GOOD, "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"},
                                    "Action": "sts:AssumeRole"}]}
    assert "taken for a trust policy" in check(write(trust)).stdout
    assert "taken for" not in check("--type", "trust", write(trust)).stdout


def test_iam_speaks_first(write):
    path = write(REFUSED)
    first = check("--type=identity", path).stdout.splitlines()[0]
    assert first == (f"{path}:6:14: REFUSED MalformedPolicyDocument Actions/Conditions must be prefaced by a "
                     'vendor, e.g., iam, sdb, ec2, etc. (action "GetObject" has no service prefix)')


@pytest.mark.parametrize("document, level", [(SUGGESTION, 3), (WARNING, 2), (SECURITY, 1), (ERROR, 0)])
def test_thresholds(write, document, level):
    path = write(document)
    for at, name in enumerate(["error", "security", "warning", "suggestion"]):
        assert check("--fail-on", name, path).returncode == (1 if level <= at else 0), name


def test_good_documents_pass(write):
    done = check("--type=identity", "--fail-on=suggestion", write(GOOD))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_standard_input():
    done = check("-", text="{")
    assert done.returncode == 1
    assert "stdin:1:2: ERROR JSON_SYNTAX_ERROR" in done.stdout


def test_a_directory_is_walked(write, tmp_path):
    write(ERROR, "d/b.json")
    write(ERROR, "d/a/c.json")
    write(ERROR, "d/not-json.txt")
    write(ERROR, "d/.hidden/x.json")
    done = check("--type=identity", tmp_path / "d")
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        str(tmp_path / "d/a/c.json"), str(tmp_path / "d/b.json")]


def test_json(write):
    done = check("--json", write(REFUSED), write(GOOD, "good.json"))
    bad, good = json.loads(done.stdout)["files"]
    assert bad["refused"]["code"] == "MalformedPolicyDocument" and bad["refused"]["line"] == 6
    assert bad["type"] == "identity" and bad["guessed"] is True
    finding = bad["findings"][0]
    assert finding["issueCode"] == "INVALID_ACTION" and finding["findingType"] == "ERROR"
    location = finding["locations"][0]
    assert location["path"] == [{"value": "Statement"}, {"index": 0}, {"value": "Action"}]
    assert location["span"]["start"] == {"line": 6, "column": 14, "offset": location["span"]["start"]["offset"]}
    assert good["findings"] == [] and "refused" not in good


def test_annotations(write):
    done = check("--format=github", write(SECURITY, "a,b.json"))
    assert done.stdout.startswith("::warning file=")
    assert "a%2Cb.json,line=6," in done.stdout
    assert "PASS_ROLE_WITH_STAR_IN_RESOURCE::Every role can be passed." in done.stdout


def test_resource_types(write):
    bucket = {**GOOD, "Statement": [{**GOOD["Statement"][0], "Principal": "*", "Action": "kms:Decrypt"}]}
    path = write(bucket)
    assert "UNSUPPORTED_ACTION_IN_POLICY" in check("--resource-type=AWS::S3::Bucket", path).stdout
    assert "UNSUPPORTED_ACTION_IN_POLICY" not in check("--resource-type=AWS::KMS::Key", path).stdout


@pytest.mark.parametrize("args, message", [
    ([], "no file given"), (["--type=user", "x"], "--type user"), (["--fail-on=all", "x"], "--fail-on all"),
    (["--format=xml", "x"], "--format xml"), (["--resource-type=AWS::X", "x"], "--resource-type AWS::X"),
    (["/nonexistent.json"], "cannot read /nonexistent.json")])
def test_wrong_usage(args, message):
    done = check(*args)
    assert done.returncode == 2 and message in done.stderr


def test_a_file_past_the_limit_is_unusable(tmp_path):
    path = tmp_path / "big.json"
    path.write_text(" " * (1 << 20) + " ")
    done = check(path)
    assert done.returncode == 2 and "longer than 1 MiB" in done.stderr
    done = check("-", text=" " * ((1 << 20) + 1))
    assert done.returncode == 2 and "longer than 1 MiB" in done.stderr


def test_control_characters_do_not_reach_the_terminal(write):
    path = write({**GOOD, "Statement": [{**GOOD["Statement"][0], "Action": "s3:\x1b[31m"}]})
    assert "\x1b" not in check(path).stdout
