"""mantle policy compare, public and redundant: proofs, requests, exit statuses."""
import json
import subprocess

import pytest

from conftest import BUILD

ALICE = "arn:aws:iam::111122223333:user/alice"


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


@pytest.fixture
def file(tmp_path):
    def one(name, *statements):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))
        return path
    return one


def run(command, *args):
    return subprocess.run([BUILD / "mantle", "policy", command, *map(str, args)],
                          capture_output=True, text=True, timeout=60, check=False)


def test_a_proof_and_a_request(file):
    small, large = file("small", allow("s3:GetObject", "arn:aws:s3:::b/*")), file("large", allow("s3:Get*"))
    done = run("compare", large, small)
    assert (done.returncode, done.stdout) == (0, "PROVED: the new one allows nothing the old one does not\n")
    done = run("compare", small, large)
    assert done.returncode == 1 and done.stdout.startswith("COUNTEREXAMPLE: ")
    assert f"Allow: {large}:1:" in done.stdout
    answer = json.loads(run("compare", small, large, "--json").stdout)
    assert answer["format"] == "mantle-analysis/1" and answer["verdict"] == "COUNTEREXAMPLE"
    assert answer["request"]["action"].startswith("s3:Get")
    assert (answer["old"]["decision"], answer["new"]["decision"]) == ("implicit_deny", "allow")
    assert answer["new"]["statements"] == [
        {"policy": str(large), "statement": 0, "effect": "Allow", "line": 1, "column": 41}]


def test_the_request_is_a_case(file):
    """What compare shows, explain confirms."""
    condition = {"StringLike": {"aws:PrincipalTag/t": "a*"}, "ForAnyValue:StringEquals": {"aws:TagKeys": ["x"]},
                 "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "NumericLessThan": {"s3:max-keys": "10"}}
    old, new = file("old", allow("sqs:*")), file("new", allow("s3:GetObject", Condition=condition))
    request = json.loads(run("compare", old, new, "--json").stdout)["request"]
    context = [f"--context={k}{'[]' if isinstance(v, list) else ''}={x}"
               for k, v in request["context"].items() for x in (v if isinstance(v, list) else [v])]
    ask = ["--principal", request["principal"]["arn"], "--action", request["action"], "--resource", request["resource"]]
    assert run("explain", *ask, *context, new).returncode == 0
    assert run("explain", *ask, *context, old).returncode == 1


def test_a_known_principal_fills_variables_in(file):
    own = file("own", allow("s3:*", "arn:aws:s3:::home/${aws:username}/*"))
    hers = file("hers", allow("s3:*", "arn:aws:s3:::home/alice/*"))
    assert run("compare", hers, own).returncode == 1
    assert run("compare", hers, own, "--principal", ALICE).returncode == 0


def test_unknown_says_why(file):
    old, new = file("old", allow("s3:*a*b*")), file("new", allow("s3:*b*a*"))
    done = run("compare", old, new, "--budget", "3")
    assert (done.returncode, done.stdout[:45]) == (3, "UNKNOWN: the steps of the budget are spent (a")


def test_kinds(file):
    account = {"Principal": {"AWS": "111122223333"}}
    role = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    one = file("one", {**role, **account})
    two = file("two", {**role, "Principal": {"AWS": ["111122223333", "444455556666"]}})
    done = run("compare", one, two, "--type", "trust")
    assert done.returncode == 1 and ":444455556666:" in done.stdout
    assert run("compare", two, one, "--type", "trust").returncode == 0
    done = run("compare", one, two, "--type", "role")
    assert done.returncode == 2 and "--type: 'role' is none of identity" in done.stderr


def test_stacks(file, tmp_path):
    for side in ("before", "after"):
        file(f"{side}/identity-main.json", allow("s3:*"))
        file(f"{side}/scp-1.json", allow("*"))
    file("before/scp-2.json", allow("s3:Get*"))
    stacks = ["--stack-old", tmp_path / "before", "--stack-new", tmp_path / "after", "--principal", ALICE]
    assert run("compare", *stacks).returncode == 1
    file("after/boundary.json", allow("s3:GetObject"))
    assert run("compare", *stacks).returncode == 0
    file("after/other.json", allow("*"))
    done = run("compare", *stacks)
    assert done.returncode == 2 and "other.json: the name of a document in a stack begins with" in done.stderr


def test_wrong_usage(file):
    one = file("one", allow("*"))
    for args, said in (([one], "two files are compared, OLD and NEW; 1 given"),
                       ([one, str(one) + "x"], "no such file"),
                       (["--stack-old", "x"], "--stack-old and --stack-new go together"),
                       ([one, one, "--stack-old", "x", "--stack-new", "y"], "no files and no --type beside"),
                       ([one, one, "--budget", "0"], "budget")):
        done = run("compare", *args)
        assert done.returncode == 2 and said in done.stderr, done.stderr


def test_public(file):
    open_, closed = allow("s3:GetObject", Principal="*"), {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    done = run("public", file("open", open_))
    assert done.returncode == 1 and done.stdout.startswith("COUNTEREXAMPLE: public")
    assert run("public", file("closed", {**open_, "Condition": closed})).returncode == 0
    assert run("public", file("open", open_), "--type", "scp").returncode == 2


def test_the_kind_is_told_from_the_documents(file):
    bucket = allow("s3:GetObject", Principal={"AWS": "111122223333"})
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}
    assert run("compare", file("one", bucket), file("two", {**bucket, "Principal": "*"})).returncode == 1
    assert run("compare", file("three", trust), file("four", trust)).returncode == 0
    assert run("public", file("five", trust)).returncode == 1
    done = run("compare", file("six", bucket), file("seven", allow("s3:GetObject")))
    assert done.returncode == 2 and "six has principals and" in done.stderr, done.stderr
    done = run("public", file("eight", allow("s3:GetObject")))
    assert done.returncode == 2 and "taken for an identity policy" in done.stderr, done.stderr


def test_redundant(file):
    doc = file("doc", {**allow("s3:GetObject"), "Sid": "Small"}, allow("s3:*"))
    done = run("redundant", doc)
    assert done.returncode == 1
    assert done.stdout == f"{doc}:1:41: statement 1, Sid Small adds nothing\n1 of 2 statements add nothing\n"
    assert json.loads(run("redundant", doc, "--json").stdout)["redundant"] == [
        {"statement": 0, "sid": "Small", "line": 1, "column": 41}]
    assert run("redundant", file("needed", allow("s3:*"))).returncode == 0
