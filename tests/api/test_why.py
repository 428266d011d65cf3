"""mantle why: one call of the trail explained; the decoded form of authorization messages."""
import json
import subprocess

from conftest import BUILD, allow, denied, deny, document, trust


def why(server, request_id, *more):
    server.trail(request_id)  # waits until it is there
    done = subprocess.run([BUILD / "mantle", "why", "--data", server.data, *more, request_id],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if "--json" in more else done.stdout


def refused_id(call, **arguments):
    with denied() as said:
        call(**arguments)
    return said.request_id


MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def test_a_denial_names_the_missing_key(account):
    bob = account.user("bob", allow("sqs:*"), allow("iam:ListUsers", Sid="WithMfa", Condition=MFA))
    said = why(account.server, refused_id(bob.iam.list_users), "--json")
    evaluated, = said["evaluated"]
    then, now = evaluated["then"], evaluated["now"]
    assert (then["action"], then["decision"], then["rule"]) == ("iam:ListUsers", "implicit_deny",
                                                                "D-30")
    missing, = then["missing"]
    assert (missing["layer"], missing["nearest"]["policy"], missing["nearest"]["sid"]) == (
        "identity", "inline:inline", "WithMfa")
    lack, = missing["lacks"]
    assert (lack["key"], lack["wanted"], lack["actual"]) == ("aws:MultiFactorAuthPresent", ["true"],
                                                             None)
    assert now["decision"] == "implicit_deny" and now["missing"] == then["missing"]
    assert said["changes"] == []


def test_it_reads_well(account):
    bob = account.user("bob", allow("iam:ListUsers", Sid="WithMfa", Condition=MFA))
    text = why(account.server, refused_id(bob.iam.list_users))
    assert "REFUSED  ListUsers at " in text and account.arn("user/bob") in text
    assert 'missing in identity, inline:inline statement 1 "WithMfa"' in text
    assert "condition Bool on aws:MultiFactorAuthPresent" in text
    assert "Nothing that bears on this has changed since." in text
    assert "\033" not in text


def test_what_has_changed_since_is_told_with_who_did_it(account):
    bob = account.user("bob", allow("iam:GetUser"))
    request = refused_id(bob.iam.list_users)
    done = account.iam.put_user_policy(UserName="bob", PolicyName="more",
                                       PolicyDocument=document(allow("iam:ListUsers")))
    account.iam.create_user(UserName="somebody-else")
    account.server.trail(done["ResponseMetadata"]["RequestId"])
    said = why(account.server, request, "--json")
    assert said["evaluated"][0]["then"]["decision"] == "implicit_deny"
    assert said["evaluated"][0]["now"]["decision"] == "allow"
    change, = said["changes"]
    assert change["eventName"] == "PutUserPolicy"
    assert change["userIdentity"]["arn"] == account.arn("user/admin")
    assert "Changed since:" in why(account.server, request)


def test_changes_of_groups_and_managed_policies_count(account):
    policy = account.policy("p", allow("iam:GetUser"))
    account.user("bob")
    bob = account.key_of("bob")
    account.iam.create_group(GroupName="g")
    account.iam.add_user_to_group(GroupName="g", UserName="bob")
    account.iam.attach_group_policy(GroupName="g", PolicyArn=policy)
    request = refused_id(bob.iam.list_users)
    done = account.iam.create_policy_version(PolicyArn=policy, SetAsDefault=True,
                                             PolicyDocument=document(allow("iam:ListUsers")))
    account.server.trail(done["ResponseMetadata"]["RequestId"])
    said = why(account.server, request, "--json")
    assert [c["eventName"] for c in said["changes"]] == ["CreatePolicyVersion"]
    assert said["evaluated"][0]["now"]["statement"]["policy"] == policy


def test_an_allowed_call_names_its_statement(account):
    bob = account.user("bob", allow("iam:ListUsers", Sid="Reading"))
    request = bob.iam.list_users()["ResponseMetadata"]["RequestId"]
    evaluated, = why(account.server, request, "--json")["evaluated"]
    assert evaluated["then"]["decision"] == "allow" and evaluated["then"]["sid"] == "Reading"
    assert evaluated["now"]["statement"]["Sid"] == "Reading"
    assert "context" not in evaluated["then"], "only denials carry theirs"
    account.iam.delete_user_policy(UserName="bob", PolicyName="inline")
    assert "the statement is not there any more" in why(account.server, request)


def test_an_explicit_deny(account):
    bob = account.user("bob", allow("*"), deny("iam:ListUsers", Sid="No"))
    said = why(account.server, refused_id(bob.iam.list_users), "--json")
    then = said["evaluated"][0]["then"]
    assert (then["decision"], then["sid"], then["missing"]) == ("explicit_deny", "No", [])
    assert said["evaluated"][0]["now"]["matched"][1]["effect"] == "Deny"


def test_a_trust_policy_that_names_somebody_else(account):
    account.iam.create_user(UserName="carol")
    role = account.role("app", trust({"AWS": account.arn("user/carol")}))
    bob = account.user("bob", allow("*"))
    request = refused_id(bob.sts.assume_role, RoleArn=role, RoleSessionName="session")
    said = why(account.server, request, "--json")
    missing = said["evaluated"][-1]["then"]["missing"][0]
    assert missing["layer"] == "resource" and missing["lacks"][0]["what"] == "principal"
    assert said["evaluated"][-1]["now"]["rule"] == "X-20"


def test_another_accounts_trust_policy_is_not_told_to_the_caller(account, server):
    other = type(account)(server)
    other.iam.create_user(UserName="carol")
    role = other.role("secretive", trust({"AWS": other.arn("user/carol")}))
    bob = account.user("bob", allow("*"))
    with denied() as said:
        bob.sts.assume_role(RoleArn=role, RoleSessionName="session")
    record = json.dumps(server.trail(said.request_id))
    assert "carol" not in record
    message = json.dumps(decoded(account, said))
    assert "carol" not in message


def test_a_session(account):
    role = account.role("app", trust({"AWS": account.number}), allow("iam:GetUser"))
    session = account.assume(role)
    said = why(account.server, refused_id(session.iam.list_users), "--json")
    now = said["evaluated"][0]["now"]
    assert now["request"]["principal"]["type"] == "role-session" and now["rule"] == "D-31"


def test_who_is_gone(account):
    bob = account.user("bob")
    request = refused_id(bob.iam.list_users)
    for key in account.iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]:
        account.iam.delete_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"])
    account.iam.delete_user(UserName="bob")
    said = why(account.server, request, "--json")
    assert said["caller_gone"] and said["evaluated"][0]["then"]["decision"] == "implicit_deny"
    assert "not there any more" in why(account.server, request)


def test_no_such_request(account, tmp_path):
    def run(*args):
        return subprocess.run([BUILD / "mantle", "why", *map(str, args)], capture_output=True,
                              text=True, check=False)
    done = run("--data", account.server.data, "00000000-0000-4000-8000-000000000000")
    assert done.returncode == 1 and "no record of the request" in done.stderr
    done = run("--data", tmp_path / "none", "x")
    assert done.returncode == 2 and "trail" in done.stderr
    assert run().returncode == 2


def decoded(account, said):
    message = said.headers["x-mantle-authorization-message"]
    return json.loads(account.sts.decode_authorization_message(
        EncodedMessage=message)["DecodedMessage"])


def items(of):
    return of["items"]


def test_the_decoded_message_tells_the_statement_as_written(account):
    bob = account.user("bob", allow("iam:*"), deny(
        "iam:ListUsers", Sid="NotInClear", Condition={"BoolIfExists": {
            "aws:MultiFactorAuthPresent": False}}))
    with denied() as said:
        bob.iam.list_users()
    told = decoded(account, said)
    assert (told["allowed"], told["explicitDeny"], items(told["failures"])) == (False, True, [])
    denial, allowed = items(told["matchedStatements"])
    assert (allowed["effect"], denial["effect"], denial["statementId"]) == ("ALLOW", "DENY",
                                                                            "NotInClear")
    assert items(denial["actions"]) == [{"value": "iam:ListUsers"}]
    assert items(denial["resources"]) == [{"value": "*"}]
    assert items(denial["conditions"]) == [{"key": "aws:MultiFactorAuthPresent",
                                            "values": {"items": [{"value": "false"}]}}]
    assert items(denial["principals"])[0]["value"].startswith("AIDA")


def test_the_decoded_message_tells_what_was_missing(account):
    bob = account.user("bob", allow("iam:ListUsers", Sid="WithMfa", Condition=MFA))
    with denied() as said:
        bob.iam.list_users()
    told = decoded(account, said)
    assert items(told["matchedStatements"]) == []
    failure, = items(told["failures"])
    assert failure["nearest"]["sid"] == "WithMfa"
    assert failure["lacks"][0]["key"] == "aws:MultiFactorAuthPresent"
    assert told["context"]["action"] == "iam:ListUsers"


def test_long_statements_do_not_lose_the_message(account):
    bob = account.user("bob")
    account.iam.put_user_policy(UserName="bob", PolicyName="long", PolicyDocument=document(
        deny(["iam:ListUsers"] + [f"iam:Get{'x' * 40}{n}" for n in range(25)])))
    policy = account.policy("p", deny([f"iam:List*{'x' * 40}{n}" for n in range(100)] + ["iam:List*"]))
    account.iam.attach_user_policy(UserName="bob", PolicyArn=policy)
    with denied() as said:
        bob.iam.list_users()
    assert decoded(account, said)["explicitDeny"] is True
