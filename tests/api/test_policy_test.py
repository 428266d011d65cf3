"""mantle policy test: case files, and files with mistakes in them."""
import json
import subprocess

import pytest

from conftest import BUILD, ROOT

USER = {"type": "user", "account": "111122223333", "arn": "arn:aws:iam::111122223333:user/alice"}


def statement(effect="Allow", action="s3:GetObject", resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def case(**more):
    made = {"id": "C1", "title": "a title",
            "request": {"principal": dict(USER), "action": "s3:GetObject",
                        "resource": "arn:aws:s3:::b/k", "resource_account": "111122223333",
                        "context": {}},
            "policies": {"identity": [policy(statement())]}, "expect": "allow"}
    made.update(more)
    return {k: v for k, v in made.items() if v is not ...}


def run(*args):
    return subprocess.run([BUILD / "mantle", "policy", "test", *map(str, args)],
                          capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def write(tmp_path):
    def one(*cases, name="cases.json", text=None):
        path = tmp_path / name
        path.write_text(text if text is not None else json.dumps(
            {"format": "mantle-eval-cases/1", "cases": list(cases)}, indent=1))
        return path
    return one


def last_line(done):
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("path", sorted((ROOT / "tests/policy").glob("*.json")), ids=lambda p: p.stem)
def test_written_cases_pass(path):
    done = run(path)
    count = len(json.loads(path.read_text())["cases"])
    assert (done.returncode, last_line(done)) == (0, f"{count} passed, 0 failed")


def test_published_cases_pass():
    path = ROOT.parent / "shared/spec/eval-cases.json"
    if not path.exists():
        pytest.skip("no shared folder beside the project")
    assert run(path).returncode == 0


def test_several_files_are_one_count(write):
    done = run(write(case(), name="a.json"), write(case(), case(id="C2"), name="b.json"))
    assert (done.returncode, done.stdout) == (0, "3 passed, 0 failed\n")


def test_failure_says_what_decided(write):
    path = write(case(id="D1", policies={"identity": [policy(
        statement(), statement("Deny", Sid="NoReading"))]}))
    done = run(path)
    assert done.returncode == 1
    assert last_line(done) == "0 passed, 1 failed"
    text = done.stdout
    assert "D1: a title" in text and "expected allow, got explicit_deny by identity (D-2)" in text
    assert 'policies.identity[0] statement 2 "NoReading"' in text
    line = next(n for n, t in enumerate(path.read_text().splitlines(), 1) if '"Effect": "Deny"' in t)
    assert f"{path}:{line - 1}:" in text, "the place is that of the file"


def test_verbose_shows_what_passes(write):
    done = run("--verbose", write(case()))
    assert "ok   " in done.stdout and "allow by identity (D-30)" in done.stdout
    assert "\033" not in done.stdout, "colour is for terminals"


def test_json_report(write):
    path = write(case(), case(id="C2", expect="implicit_deny"), case(id="C3", expect="maybe"))
    done = run("--json", path)
    report = json.loads(done.stdout)
    assert done.returncode == 2
    assert (report["passed"], report["failed"]) == (1, 2)
    assert [c["passed"] for c in report["cases"]] == [True, False]
    got = report["cases"][1]
    assert (got["id"], got["expect"], got["got"], got["layer"], got["rule"]) == (
        "C2", "implicit_deny", "allow", "identity", "D-30")
    assert got["statement"]["policy"] == "policies.identity[0]"
    assert report["mistakes"][0]["case"] == "C3" and report["mistakes"][0]["member"] == "expect"


def principal(**more):
    made = {**USER, **more}
    return {"principal": {k: v for k, v in made.items() if v is not ...},
            "action": "s3:GetObject", "resource": "*"}


def context(**keys):
    return {**principal(), "context": keys}


MISTAKES = [
    ("unknown member", case(policy={}), "policy", "unknown member; known here: id"),
    ("no id", case(id=...), "id", "is missing"),
    ("empty id", case(id=""), "id", "is empty"),
    ("id is a number", case(id=7), "id", "is a number, not a string"),
    ("no request", case(request=...), "request", "is missing"),
    ("request is a list", case(request=[]), "request", "is an array, not an object"),
    ("no expectation", case(expect=...), "expect", "is missing"),
    ("unknown expectation", case(expect="deny"), "expect", '"deny" is none of allow'),
    ("no principal", case(request={"action": "a:b", "resource": "*"}), "request.principal",
     "is missing"),
    ("no action", case(request={"principal": USER, "resource": "*"}), "request.action",
     "is missing"),
    ("unknown request member", case(request={**principal(), "actions": []}), "request.actions",
     "unknown member"),
    ("unknown type", case(request=principal(type="robot")), "request.principal.type",
     '"robot" is none of anonymous'),
    ("no type", case(request=principal(type=...)), "request.principal.type", "is missing"),
    ("user without account", case(request=principal(account=...)), "request.principal.account",
     'a principal of type "user" needs it'),
    ("account as a number", case(request=principal(account=111122223333)),
     "request.principal.account", "is a number, not a string of twelve digits"),
    ("session without role", case(request=principal(type="role-session")),
     "request.principal.role_arn", "is missing"),
    ("flag as text", case(request=principal(service_linked="yes")),
     "request.principal.service_linked", "is a string, not true or false"),
    ("null value", case(request=context(k=None)), "request.context.k", "is null"),
    ("object value", case(request=context(k={})), "request.context.k", "is an object"),
    ("nested list", case(request=context(k=[["a"]])), "request.context.k", "is an array"),
    ("keys that differ in case", case(request=context(k="1", K="2")), "request.context.K",
     "stands here twice"),
    ("one document for a list", case(policies={"identity": policy()}), "policies.identity",
     "is an object, not a list of documents"),
    ("a list for one document", case(policies={"resource": [policy()]}), "policies.resource",
     "is an array, not one document"),
    ("a level that is a document", case(policies={"scp": [policy()]}), "policies.scp[0]",
     "a level is a list of documents"),
    ("a document as text", case(policies={"identity": ["{}"]}), "policies.identity[0]",
     "a policy document is an object"),
    ("unknown kind of policy", case(policies={"identities": []}), "policies.identities",
     "unknown member"),
    ("unknown member of org", case(org={"management": True}), "org.management", "unknown member"),
]


@pytest.mark.parametrize("wrong,member,text", [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_mistakes_are_named(write, wrong, member, text):
    path = write(case(id="before"), wrong, case(id="after"))
    done = run(path)
    assert done.returncode == 2
    assert last_line(done) == "2 passed, 1 failed", "the other cases ran"
    name = wrong.get("id") if isinstance(wrong.get("id"), str) and wrong.get("id") else "#2"
    said = done.stderr.strip()
    assert said.startswith(f"{path}:") and f'case "{name}": {member}: ' in said and text in said
    line = int(said[len(str(path)) + 1:].split(":")[0])
    assert '"before"' not in path.read_text().splitlines()[line - 1] and line > 3


def test_duplicate_ids(write):
    done = run(write(case(), case()))
    assert done.returncode == 2 and 'case "C1": id: stands in the case of line 4 too' in done.stderr


def test_same_id_in_two_files_is_fine(write):
    assert run(write(case(), name="a.json"), write(case(), name="b.json")).returncode == 0


def test_repeated_member_of_a_case(write):
    text = json.dumps({"format": "mantle-eval-cases/1", "cases": [case()]})
    done = run(write(text=text.replace('"expect"', '"expect": "allow", "expect"')))
    assert done.returncode == 2 and "expect: stands here twice" in done.stderr


@pytest.mark.parametrize("text,said", [
    ("", "1:1: "),
    ("[]", "the file holds an array"),
    ('{"format": "mantle-eval-cases/1"}', "cases: is missing"),
    ('{"format": "mantle-eval-cases/2", "cases": []}', '"mantle-eval-cases/2" is not'),
    ('{"format": "mantle-eval-cases/1", "cases": {}}', "cases: is an object, not an array"),
    ('{"format": "mantle-eval-cases/1", "cases": [7]}', "holds a number; a case is an object"),
    ('{"format": "mantle-eval-cases/1", "cases": [{"id": "x",}]}', "trailing comma"),
    ('{"format": "mantle-eval-cases/1", "cases": []}', "no cases: nothing was tested"),
    ('{"format": "mantle-eval-cases/1", "cases": ' + "[" * 100 + "]" * 100 + "}", "nesting too deep"),
])
def test_files_that_are_none(write, text, said):
    done = run(write(text=text))
    assert done.returncode == 2 and said in done.stderr


def test_missing_and_unreadable_files(write, tmp_path):
    done = run(tmp_path / "none.json", tmp_path, write(case()))
    assert done.returncode == 2
    assert f"{tmp_path / 'none.json'}: no such file" in done.stderr
    assert last_line(done) == "1 passed, 0 failed"


def test_no_file_is_wrong_usage():
    done = run()
    assert done.returncode == 2 and "which case files?" in done.stderr


OPEN = policy(statement(action="*"))
BROKEN = [
    ("effect in another case", policy({"Effect": "allow", "Action": "*", "Resource": "*"})),
    ("unknown element", {**policy(statement()), "Statements": []}),
    ("unknown version", {**policy(statement()), "Version": "2020-01-01"}),
    ("no statements", {"Version": "2012-10-17"}),
    ("empty object", {}),
    ("Action and NotAction", policy(statement(NotAction="s3:Put*"))),
    ("number for an action", policy(statement(action=7))),
    ("keys that differ in case", policy({**statement(), "action": "*"})),
]


@pytest.mark.parametrize("broken", [b[1] for b in BROKEN], ids=[b[0] for b in BROKEN])
@pytest.mark.parametrize("where", ["alone", "beside", "boundary", "scp", "resource", "session"])
def test_what_cannot_be_read_never_allows(write, broken, where):
    """E-5, D-6: neither by itself nor by what it may have denied."""
    policies = {"alone": {"identity": [broken]}, "beside": {"identity": [OPEN, broken]},
                "boundary": {"identity": [OPEN], "boundary": broken},
                "scp": {"identity": [OPEN], "scp": [[OPEN, broken]]},
                "resource": {"identity": [OPEN], "resource": broken},
                "session": {"identity": [OPEN], "session": [OPEN, broken]}}[where]
    done = run("--verbose", write(case(policies=policies, expect="implicit_deny")))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is not a policy, so nothing is allowed" in done.stdout


def test_repeated_keys_in_a_document_make_it_unreadable(write):
    """G-2, and the file around it is still read."""
    text = json.dumps({"format": "mantle-eval-cases/1",
                       "cases": [case(expect="implicit_deny"), case(id="C2")]})
    done = run(write(text=text.replace('"Effect": "Allow"', '"Effect": "Allow", "Effect": "Allow"', 1)))
    assert (done.returncode, done.stdout) == (0, "2 passed, 0 failed\n")


def test_a_deny_beside_what_cannot_be_read_still_denies(write):
    assert run(write(case(policies={"identity": [policy(statement("Deny")), {}]},
                          expect="explicit_deny"))).returncode == 0


def test_absent_and_null_members_mean_none(write):
    none = {k: None for k in ("resource", "boundary", "session", "scp", "rcp", "endpoint")}
    assert run(write(
        case(policies={"identity": [OPEN], **none}, org=None, title=None, rule=None),
        case(id="2", policies=..., expect="implicit_deny"),
        case(id="3", policies=None, expect="implicit_deny"),
        case(id="4", request={**principal(), "context": None, "resource_account": None}),
        case(id="5", policies={"identity": [OPEN], "scp": []}),
        case(id="6", policies={"identity": [OPEN], "scp": [[]]}, expect="implicit_deny"),
        case(id="7", request={**principal(type="anonymous", account=..., arn=...)},
             expect="implicit_deny"),
    )).returncode == 0


def test_numbers_and_booleans_are_their_texts(write):
    def conditioned(**keys):
        return {"identity": [policy(statement(Condition={"StringEquals": keys}))]}
    assert run(write(
        case(request=context(n=10), policies=conditioned(n="10")),
        case(id="2", request=context(n=True), policies=conditioned(n="true")),
        case(id="3", request=context(n="false"), policies=conditioned(n=False)),
        case(id="4", request=context(n=[1, "b", False]), expect="implicit_deny",
             policies=conditioned(n="1")),
    )).returncode == 0


def test_pass_role_looks_at_the_roles_trust_policy_as_such(write):
    """X-26: a trust policy has no Resource and takes no part."""
    trusting = policy({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
                       "Action": "sts:AssumeRole"})
    assert run(write(case(
        request={**principal(), "action": "iam:PassRole",
                 "resource": "arn:aws:iam::111122223333:role/app"},
        policies={"identity": [OPEN], "resource": trusting}))).returncode == 0


def test_control_characters_stay_off_the_terminal(write):
    done = run("--verbose", write(case(title="\033[31mred\x07")))
    assert "\033" not in done.stdout and "?[31mred?" in done.stdout


def test_help_names_every_subcommand():
    done = subprocess.run([BUILD / "mantle", "policy", "--help"], capture_output=True, text=True,
                          check=True)
    assert "test" in done.stdout
    done = subprocess.run([BUILD / "mantle", "policy", "tset"], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 2 and "unknown command 'tset'" in done.stderr
