"""mantle policy who-can: an account export asked for who can do something."""
import json
import subprocess
import urllib.parse

import pytest

from conftest import BUILD, ROOT

ACCOUNT = "111122223333"
S3 = "arn:aws:s3:::payroll"


def arn(rest):
    return f"arn:aws:iam::{ACCOUNT}:{rest}"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def user(name, *statements, groups=(), attached=(), tags=(), **more):
    return {"UserName": name, "UserId": f"AIDA{name.upper():A<17}", "Arn": arn(f"user/{name}"),
            "Path": "/", "GroupList": list(groups), "Tags": list(tags),
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": policy(*statements)}]
            if statements else [],
            "AttachedManagedPolicies": [{"PolicyName": a, "PolicyArn": a} for a in attached], **more}


def managed(policy_arn, *statements):
    return {"Arn": policy_arn, "DefaultVersionId": "v2", "PolicyVersionList": [
        {"VersionId": "v1", "IsDefaultVersion": False, "Document": policy(deny("*"))},
        {"VersionId": "v2", "IsDefaultVersion": True, "Document": policy(*statements)}]}


def role(name, *statements, trust=None):
    return {"RoleName": name, "RoleId": "AROA1", "Arn": arn(f"role/{name}"), "Path": "/",
            "AssumeRolePolicyDocument": trust or policy(),
            "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": policy(*statements)}]
            if statements else [], "AttachedManagedPolicies": []}


def export(users=(), groups=(), roles=(), policies=()):
    return {"UserDetailList": list(users), "GroupDetailList": list(groups),
            "RoleDetailList": list(roles), "Policies": list(policies)}


def run(*args, text=None):
    return subprocess.run([BUILD / "mantle", "policy", "who-can", *map(str, args)], input=text,
                          capture_output=True, text=True, timeout=60, check=False)


def ask(account, *more, action="s3:DeleteBucket", resource=S3):
    done = run(action, resource, "--account", "-", "--json", *more, text=json.dumps(account))
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["format"] == "mantle-who-can/1"
    return {p["principal"].rsplit("/", 1)[-1]: p for p in said["principals"]}, said


def test_own_group_and_managed_policies():
    who, said = ask(export(
        [user("own", allow("s3:*")), user("member", groups=["g"]), user("attached", attached=["m"]),
         user("nobody", allow("sqs:*"))],
        groups=[{"GroupName": "g", "GroupPolicyList": [
            {"PolicyName": "inside", "PolicyDocument": policy(allow("s3:Delete*", Sid="Del"))}]}],
        roles=[role("worker", allow("*"))], policies=[managed("m", allow("s3:DeleteBucket"))]))
    assert {n: p["answer"] for n, p in who.items()} == {n: "can" for n in (
        "own", "member", "attached", "worker")}
    assert who["member"]["statements"][0]["policy"] == "group g: inline:inside"
    assert who["member"]["statements"][0]["sid"] == "Del"
    assert (said["can"], said["cannot"]) == (4, 1)


def test_explicit_denies_are_listed():
    who, said = ask(export([user("bob", allow("*"), deny("s3:DeleteBucket", Sid="Never"))]))
    assert who["bob"]["answer"] == "denied" and said["denied"] == 1
    assert [s["sid"] for s in who["bob"]["statements"]] == ["Never"]


def test_conditions_on_what_is_not_known():
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    who, _ = ask(export([user("bob", allow("s3:*", Condition=mfa))]))
    assert who["bob"]["answer"] == "conditional"
    assert who["bob"]["statements"][0]["conditions"] == [
        {"operator": "Bool", "key": "aws:MultiFactorAuthPresent", "wanted": ["true"]}]
    who, _ = ask(export([user("bob", allow("s3:*", Condition=mfa))]), "-k",
                 "aws:MultiFactorAuthPresent=true")
    assert who["bob"]["answer"] == "can"


def test_a_deny_that_depends_makes_it_conditional():
    who, _ = ask(export([user("bob", allow("*"), deny("*", Condition={
        "BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}))]))
    assert who["bob"]["answer"] == "conditional"
    assert [s["effect"] for s in who["bob"]["statements"]] == ["Allow", "Deny"]


def test_what_holds_for_an_absent_key_is_still_conditional():
    who, _ = ask(export([user("bob", allow("*", Condition={
        "StringNotEquals": {"aws:SourceVpc": "vpc-1"}}))]))
    assert who["bob"]["answer"] == "conditional"


def test_names_and_tags_of_users_are_known():
    red = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    who, _ = ask(export([
        user("red", allow("s3:*", Condition=red), tags=[{"Key": "team", "Value": "red"}]),
        user("blue", allow("s3:*", Condition=red), tags=[{"Key": "team", "Value": "blue"}]),
        user("none", allow("s3:*", Condition=red)),
        user("payroll", allow("s3:*", "arn:aws:s3:::${aws:username}")),
    ], roles=[role("r", allow("s3:*", Condition=red))]))
    assert {n: p["answer"] for n, p in who.items()} == {
        "red": "can", "payroll": "can", "r": "conditional"}, "a session may bring the tag"


def test_boundaries_limit():
    limit = managed(arn("policy/limit"), allow("sqs:*"))
    boundary = {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy",
                                        "PermissionsBoundaryArn": arn("policy/limit")}}
    who, _ = ask(export([user("bob", allow("*"), **boundary)], policies=[limit]))
    assert who == {}
    who, _ = ask(export([user("bob", allow("*"), **boundary)]))
    assert who["bob"]["answer"] == "cannot" and "is not in the export" in who["bob"]["incomplete"]


def test_what_is_missing_in_the_export_is_said():
    who, _ = ask(export([user("bob", allow("*"), attached=["arn:aws:iam::aws:policy/Gone"])]))
    assert who["bob"]["answer"] == "can" and "policy/Gone is not in the export" in who["bob"][
        "incomplete"]


def test_encoded_documents_are_read():
    bob = user("bob", allow("s3:*"))
    plain = json.dumps(policy(allow("s3:*")))
    bob["UserPolicyList"][0]["PolicyDocument"] = urllib.parse.quote(plain)
    carol = user("carol", allow("s3:*"))
    carol["UserPolicyList"][0]["PolicyDocument"] = plain
    who, _ = ask(export([bob, carol]))
    assert sorted(who) == ["bob", "carol"]


def test_trust_policies_come_from_the_export():
    trusting = policy({"Effect": "Allow", "Principal": {"AWS": arn("user/bob")},
                       "Action": "sts:AssumeRole"})
    who, _ = ask(export([user("bob"), user("carol", allow("*"))], roles=[role("app", trust=trusting)]),
                 action="sts:AssumeRole", resource=arn("role/app"))
    assert list(who) == ["bob"] and who["bob"]["rule"] == "X-20"


def test_a_resource_policy(tmp_path):
    path = tmp_path / "bucket.json"
    path.write_text(json.dumps(policy(
        allow("s3:*", Principal={"AWS": arn("user/bob")}), deny("s3:*", Principal={
            "AWS": arn("user/carol")}))))
    who, _ = ask(export([user("bob"), user("carol", allow("*")), user("dave")]),
                 "--resource-policy", path)
    assert {n: p["answer"] for n, p in who.items()} == {"bob": "can", "carol": "denied"}


def test_text():
    done = run("s3:DeleteBucket", S3, "--account", "-", text=json.dumps(export(
        [user("bob", allow("s3:*", Sid="All")), user("x", allow("s3:*", Condition={
            "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))])))
    assert f"can          {arn('user/bob')} (D-30)" in done.stdout
    assert 'allowed by identity: inline:own statement 1 "All"' in done.stdout
    assert 'if IpAddress aws:SourceIp "10.0.0.0/8"' in done.stdout
    assert done.stdout.splitlines()[-1] == ("1 can, 1 conditionally, 0 denied explicitly, 0 cannot")


@pytest.mark.parametrize("args,text,said", [
    ([], "", "which action and resource?"),
    (["s3:GetObject", S3], "", "say either --account"),
    (["s3:GetObject", S3, "--account", "-", "--endpoint", "http://127.0.0.1:1"], "{}", "say either --account"),
    (["GetObject", S3, "--account", "-"], "{}", "an action is SERVICE:NAME"),
    (["a:b", S3, "--account", "-"], "{", "1:2: "),
    (["a:b", S3, "--account", "-"], "{}", "holds neither UserDetailList nor RoleDetailList"),
    (["a:b", S3, "--account", "/nowhere"], "", "no such file"),
    (["a:b", S3, "--account", "-"], json.dumps({"UserDetailList": []}) + "\n\n{\n x", "4:2: "),
    (["a:b", S3, "--profile", "nobody-has-this"], "", "nobody-has-this"),
])
def test_mistakes(args, text, said):
    done = run(*args, text=text)
    assert done.returncode == 2 and said in done.stderr


def test_real_exports_are_read():
    folder = ROOT.parent / "shared/data/account-exports"
    if not folder.exists():
        pytest.skip("no shared folder beside the project")
    for path in (folder / "cloudsplaining/example.json",
                 folder / "cloudmapper-demo/iam-get-account-authorization-details.json"):
        done = run("s3:GetObject", "arn:aws:s3:::b/k", "--account", path, "--json")
        assert done.returncode == 0 and json.loads(done.stdout)["can"] > 3


def test_a_live_servers_answer_is_an_export(account):
    account.iam.create_user(UserName="carol")
    details = account.iam.get_account_authorization_details()
    details.pop("ResponseMetadata")
    who, _ = ask(json.loads(json.dumps(details, default=str)))
    assert who["admin"]["answer"] == "can" and "carol" not in who


def test_pages_one_behind_the_other_are_one_export():
    crew = {"GroupName": "crew", "GroupPolicyList": [
        {"PolicyName": "inside", "PolicyDocument": policy(allow("s3:Delete*"))}]}
    pages = [export([user("bob", allow("s3:*"))]), export([], roles=[role("app", allow("s3:*"))]),
             export([user("carol", groups=["crew"])], groups=[crew])]
    done = run("s3:DeleteBucket", S3, "--account", "-", "--json", text="\n".join(map(json.dumps, pages)))
    assert done.returncode == 0, done.stderr
    who = {p["principal"].rsplit("/", 1)[-1]: p["answer"] for p in json.loads(done.stdout)["principals"]}
    assert who == {"bob": "can", "app": "can", "carol": "can"}


def test_a_live_account_is_asked_page_by_page(account, tmp_path):
    for i in range(3):
        account.iam.create_user(UserName=f"dave{i}")
    account.iam.put_user_policy(UserName="dave1", PolicyName="own", PolicyDocument=json.dumps(policy(allow("s3:*"))))
    done = live(account, tmp_path, account.key, account.secret)
    assert done.returncode == 0, done.stderr
    who = {p["principal"].split("/")[-1]: p["answer"] for p in json.loads(done.stdout)["principals"]}
    assert who["dave1"] == "can" and who["admin"] == "can" and "dave0" not in who


def test_a_live_account_that_refuses(account, tmp_path):
    account.iam.create_user(UserName="erin")
    made = account.key_of("erin")
    done = live(account, tmp_path, made.key, made.secret)
    assert done.returncode == 2 and not done.stdout
    assert "GetAccountAuthorizationDetails: AccessDenied" in done.stderr and made.secret not in done.stderr
    done = live(account, tmp_path, made.key, "x" * 40)
    assert done.returncode == 2 and "SignatureDoesNotMatch" in done.stderr


def live(account, home, key, secret):
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
    return subprocess.run([BUILD / "mantle", "policy", "who-can", "s3:DeleteBucket", S3, "--json",
                           "--endpoint", account.server.url, "--region", "us-east-1", "--rate", "1000"],
                          capture_output=True, text=True, timeout=60, env=env)
