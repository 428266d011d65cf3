"""AssumeRole."""
import datetime
import time

import pytest
import raw

from conftest import allow, deny, denied, document, refused, seconds_left, trust

ANY = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def test_a_trusted_user_gets_a_session(account):
    bob = account.user("bob")
    role = account.role("app", trust({"AWS": account.arn("user/bob")}))
    answer = bob.sts.assume_role(RoleArn=role, RoleSessionName="orders-7f3")
    role_id = account.iam.get_role(RoleName="app")["Role"]["RoleId"]
    assert answer["AssumedRoleUser"] == {"AssumedRoleId": f"{role_id}:orders-7f3",
                                         "Arn": account.arn("assumed-role/app/orders-7f3", "sts")}
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert len(answer["Credentials"]["SecretAccessKey"]) == 40
    assert "PackedPolicySize" not in answer and "SourceIdentity" not in answer
    me = bob.session(answer["Credentials"]).sts.get_caller_identity()
    assert me["Arn"] == account.arn("assumed-role/app/orders-7f3", "sts")
    assert me["UserId"] == f"{role_id}:orders-7f3"


def test_the_arn_of_a_session_has_no_path(account):
    role = account.role("app", trust({"AWS": account.number}), Path="/team/x/")
    session = account.assume(role)
    assert session.sts.get_caller_identity()["Arn"] == account.arn("assumed-role/app/session", "sts")


def test_the_role_decides_what_the_session_may(account):
    role = account.role("app", trust({"AWS": account.number}), allow("iam:ListUsers"))
    session = account.assume(role)
    session.iam.list_users()
    with denied("no identity-based policy allows the iam:ListRoles action"):
        session.iam.list_roles()


def test_who_is_not_trusted_is_refused_without_a_reason(account):
    bob = account.user("bob", ANY)
    role = account.role("app", trust({"AWS": account.arn("user/admin")}))
    with denied() as said:
        bob.sts.assume_role(RoleArn=role, RoleSessionName="session")
    assert said.message == (f"User: {account.arn('user/bob')} is not authorized to perform: "
                            f"sts:AssumeRole on resource: {role}")


def test_a_role_that_does_not_exist_is_refused_in_the_same_words(account):
    arn = account.arn("role/nothing")
    with denied() as said:
        account.sts.assume_role(RoleArn=arn, RoleSessionName="session")
    assert said.message == (f"User: {account.arn('user/admin')} is not authorized to perform: "
                            f"sts:AssumeRole on resource: {arn}")


def test_a_role_in_another_case_or_path_is_not_the_role(account):
    account.role("app", trust({"AWS": account.number}), Path="/x/")
    for name in ("role/app", "role/x/App", "role/X/app"):
        with denied():
            account.assume(account.arn(name))
    account.assume(account.arn("role/x/app"))


def test_trusting_the_account_still_takes_a_permission(account):
    bob = account.user("bob")
    role = account.role("app", trust({"AWS": account.number}))
    with denied():
        bob.assume(role)
    account.iam.put_user_policy(UserName="bob", PolicyName="p",
                                PolicyDocument=document(allow("sts:AssumeRole", role)))
    bob.assume(role)


def test_a_deny_on_either_side_wins(account):
    bob = account.user("bob", deny("sts:AssumeRole"))
    role = account.role("app", trust({"AWS": account.arn("user/bob")}))
    with denied():
        bob.assume(role)
    carol = account.user("carol", ANY)
    refusing = account.role("refusing", document(
        {"Effect": "Allow", "Principal": {"AWS": account.number}, "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "Principal": {"AWS": account.arn("user/carol")}, "Action": "sts:AssumeRole"}))
    with denied():
        carol.assume(refusing)
    account.assume(refusing)


def test_root_cannot_assume_roles(account):
    role = account.role("app", trust({"AWS": "*"}))
    with denied("Roles may not be assumed by root accounts."):
        account.root().assume(role)


def test_text_that_is_no_arn_is_invalid(account):
    with refused("ValidationError", 400) as said:
        account.assume("not-an-arn-but-long-enough")
    assert said.message == "not-an-arn-but-long-enough is invalid"


def test_across_accounts_both_sides_must_agree(account, other):
    role = account.role("app", trust({"AWS": other.number}), allow("iam:ListUsers"))
    bob = other.user("bob")
    with denied():
        bob.assume(role)
    other.iam.put_user_policy(UserName="bob", PolicyName="p",
                              PolicyDocument=document(allow("sts:AssumeRole", role)))
    session = bob.assume(role)
    assert session.sts.get_caller_identity()["Account"] == account.number
    assert [u["UserName"] for u in session.iam.list_users()["Users"]] == ["admin"]
    closed = account.role("closed", trust({"AWS": account.number}))
    with denied():
        other.assume(closed)


# --- duration

def test_an_hour_is_the_default_and_the_ceiling_of_a_new_role(account):
    role = account.role("app", trust({"AWS": account.number}))
    assert 3590 < seconds_left(account.assume(role)) <= 3600
    assert 890 < seconds_left(account.assume(role, DurationSeconds=900)) <= 900
    with refused("ValidationError", 400) as said:
        account.assume(role, DurationSeconds=3601)
    assert said.message == ("The requested DurationSeconds exceeds the MaxSessionDuration set for "
                            "this role.")


def test_a_role_can_allow_longer_sessions(account):
    role = account.role("app", trust({"AWS": account.number}), MaxSessionDuration=43200)
    assert 43190 < seconds_left(account.assume(role, DurationSeconds=43200)) <= 43200


@pytest.mark.parametrize("seconds", [899, 43201])
def test_durations_outside_the_model_are_invalid(account, seconds):
    role = account.role("app", trust({"AWS": account.number}), MaxSessionDuration=43200)
    with refused("ValidationError", 400, "durationSeconds"):
        account.assume(role, DurationSeconds=seconds)


def test_a_chained_session_lasts_an_hour_at_most(account):
    role = account.role("app", trust({"AWS": "*"}), ANY, MaxSessionDuration=43200)
    first = account.assume(role, DurationSeconds=43200)
    with refused("ValidationError", 400) as said:
        first.assume(role, DurationSeconds=3601)
    assert said.message == ("The requested DurationSeconds exceeds the 1 hour session limit for "
                            "roles assumed by role chaining.")
    first.assume(role, DurationSeconds=3600)


def test_no_session_outlives_the_one_it_came_from(account):
    role = account.role("app", trust({"AWS": "*"}), ANY)
    first = account.assume(role, DurationSeconds=900)
    second = first.assume(role, DurationSeconds=3600)
    third = second.assume(role, DurationSeconds=3600)
    assert second.expires <= first.expires and third.expires <= first.expires


# --- session policies

def test_a_session_policy_limits_and_grants_nothing(account):
    role = account.role("app", trust({"AWS": account.number}), allow("iam:List*"))
    session = account.assume(role, Policy=document(allow(["iam:ListUsers", "iam:GetUser"])))
    session.iam.list_users()
    with denied("no session policy allows the iam:ListRoles action"):
        session.iam.list_roles()
    with denied("no identity-based policy allows the iam:GetUser action"):
        session.iam.get_user(UserName="admin")


def test_a_session_policy_with_only_deny_grants_nothing(account):
    role = account.role("app", trust({"AWS": account.number}), ANY)
    session = account.assume(role, Policy=document(deny("iam:GetUser")))
    with denied("no session policy allows the iam:ListUsers action"):
        session.iam.list_users()
    with denied("with an explicit deny in a session policy"):
        session.iam.get_user(UserName="admin")


def test_managed_session_policies_are_one_set_with_the_inline_one(account):
    role = account.role("app", trust({"AWS": account.number}), ANY)
    users = account.policy("users", allow("iam:ListUsers"))
    session = account.assume(role, PolicyArns=[{"arn": users}],
                             Policy=document(allow("iam:ListRoles")))
    session.iam.list_users()
    session.iam.list_roles()
    with denied("no session policy allows the iam:ListGroups action"):
        session.iam.list_groups()


def test_a_managed_session_policy_counts_as_it_is_now(account):
    role = account.role("app", trust({"AWS": account.number}), ANY)
    arn = account.policy("p", allow("iam:ListUsers"))
    session = account.assume(role, PolicyArns=[{"arn": arn}])
    session.iam.list_users()
    account.iam.create_policy_version(PolicyArn=arn, SetAsDefault=True,
                                      PolicyDocument=document(allow("iam:ListRoles")))
    with denied():
        session.iam.list_users()
    session.iam.list_roles()
    account.iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    account.iam.delete_policy(PolicyArn=arn)
    with denied():
        session.iam.list_roles()


def test_a_managed_session_policy_must_exist_in_the_roles_account(account, other):
    role = account.role("app", trust({"AWS": account.number}), ANY)
    foreign = other.policy("p", ANY)
    for arn in (account.arn("policy/nothing"), foreign):
        with refused("MalformedPolicyDocument", 400, arn):
            account.assume(role, PolicyArns=[{"arn": arn}])


def test_a_malformed_session_policy_is_refused(account):
    role = account.role("app", trust({"AWS": account.number}))
    with refused("MalformedPolicyDocument", 400):
        account.assume(role, Policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}')
    with refused("MalformedPolicyDocument", 400):
        account.assume(role, Policy="not json")


def test_a_session_policy_has_2048_characters_at_most(account):
    role = account.role("app", trust({"AWS": account.number}))
    frame = document(allow("s3:GetObject", "arn:aws:s3:::%s"))
    text = frame % ("a" * (2048 - len(frame) + 2))
    assert len(text) == 2048
    account.assume(role, Policy=text)
    with refused("PackedPolicyTooLarge", 400):
        account.assume(role, Policy=text.replace("aaa", "aaaa", 1))


# --- session tags

def tags(**pairs):
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def test_session_tags_are_principal_tags(account):
    role = account.role("app", trust({"AWS": account.number}), allow(
        "iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}}))
    account.assume(role, Tags=tags(team="blue")).iam.list_users()
    with denied():
        account.assume(role, Tags=tags(team="red")).iam.list_users()
    with denied():
        account.assume(role).iam.list_users()


def test_a_session_tag_replaces_the_roles_own_whatever_its_case(account):
    role = account.role("app", trust({"AWS": account.number}), allow(
        "iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}}),
        Tags=[{"Key": "team", "Value": "blue"}])
    account.assume(role).iam.list_users()
    with denied():
        account.assume(role, Tags=tags(TEAM="red")).iam.list_users()


def test_tags_take_a_permission_of_the_trust_policy(account):
    role = account.role("app", trust({"AWS": account.number}, ["sts:AssumeRole"]))
    account.assume(role)
    with denied("sts:TagSession"):
        account.assume(role, Tags=tags(team="blue"))


def test_a_trust_policy_can_ask_for_tags(account):
    role = account.role("app", trust({"AWS": account.number}, Condition={
        "StringEquals": {"aws:RequestTag/team": "blue"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}))
    account.assume(role, Tags=tags(team="blue"))
    for wrong in (tags(team="red"), tags(team="blue", more="x"), []):
        with denied():
            account.assume(role, Tags=wrong)


def test_tag_keys_equal_but_for_case_are_duplicates(account):
    role = account.role("app", trust({"AWS": account.number}))
    with refused("InvalidParameterValue", 400) as said:
        account.assume(role, Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}])
    assert said.message == ("Duplicate tag keys found. Please note that Tag keys are case "
                            "insensitive.")


def test_transitive_keys_are_among_the_tags(account):
    role = account.role("app", trust({"AWS": account.number}))
    with refused("InvalidParameterValue", 400) as said:
        account.assume(role, Tags=tags(a="1"), TransitiveTagKeys=["b"])
    assert said.message == ("The specified transitive tag key must be included in the requested "
                            "tags.")


def test_transitive_tags_go_on_and_others_stay(account):
    def only(key):
        return allow("iam:ListUsers", Condition={"StringEquals": {f"aws:PrincipalTag/{key}": "1"}})
    first = account.role("first", trust({"AWS": account.number}), ANY)
    kept = account.role("kept", trust({"AWS": account.number}), only("kept"))
    lost = account.role("lost", trust({"AWS": account.number}), only("lost"))
    session = account.assume(first, Tags=tags(kept="1", lost="1"), TransitiveTagKeys=["kept"])
    session.assume(kept).iam.list_users()
    with denied():
        session.assume(lost).iam.list_users()
    # it stays transitive
    again = account.role("again", trust({"AWS": account.number}), ANY)
    session.assume(again).assume(kept).iam.list_users()


def test_an_inherited_tag_cannot_be_set_again(account):
    role = account.role("app", trust({"AWS": account.number}), ANY)
    session = account.assume(role, Tags=tags(team="blue"), TransitiveTagKeys=["team"])
    with refused("InvalidParameterValue", 400) as said:
        session.assume(role, Tags=tags(TEAM="red"))
    assert said.message == ("One of the specified transitive tag keys can't be set because it "
                            "conflicts with a transitive tag key from the calling session.")


def test_inherited_tags_take_the_permission_too(account):
    first = account.role("first", trust({"AWS": account.number}), ANY)
    plain = account.role("plain", trust({"AWS": account.number}, ["sts:AssumeRole"]))
    account.assume(first).assume(plain)
    session = account.assume(first, Tags=tags(team="blue"), TransitiveTagKeys=["team"])
    with denied("sts:TagSession"):
        session.assume(plain)


def test_reserved_tag_keys_are_refused(account):
    role = account.role("app", trust({"AWS": account.number}))
    with refused("InvalidParameterValue", 400):
        account.assume(role, Tags=[{"Key": "aws:x", "Value": "1"}])


# --- packed size

def test_packed_size_is_told_when_something_was_passed(account):
    role = account.role("app", trust({"AWS": account.number}))
    answer = account.sts.assume_role(
        RoleArn=role, RoleSessionName="session", Policy=(
            '{"Version":"2012-10-17","Statement":[{"Sid":"Stmt1","Effect":"Allow",'
            '"Action":"s3:ListAllMyBuckets","Resource":"*"}]}'))
    assert 1 <= answer["PackedPolicySize"] <= 10


def test_the_tags_of_pod_identity_take_three_quarters(account):
    role = account.role("app", trust({"AWS": account.number}))
    answer = account.sts.assume_role(RoleArn=role, RoleSessionName="session", Tags=[
        {"Key": "eks-cluster-arn", "Value": "arn:aws:eks:eu-west-1:123456789012:cluster/production-01"},
        {"Key": "eks-cluster-name", "Value": "production-01"},
        {"Key": "kubernetes-namespace", "Value": "orders-backend"},
        {"Key": "kubernetes-service-account", "Value": "orders-worker"},
        {"Key": "kubernetes-pod-name", "Value": "orders-worker-6d4cf56db6-x7k2p"},
        {"Key": "kubernetes-pod-uid", "Value": "e2a2d2a1-6f0c-4d4f-9d6b-0b9f0a3c1a52"}])
    assert 65 <= answer["PackedPolicySize"] <= 80


def test_too_many_tags_do_not_fit(account):
    role = account.role("app", trust({"AWS": account.number}))
    with refused("PackedPolicyTooLarge", 400) as said:
        account.assume(role, Tags=[{"Key": f"key-{i}", "Value": "x" * 40} for i in range(20)])
    assert said.message.startswith("Packed size of session tags consumes ")
    assert said.message.endswith("% of allotted space.")


# --- external id, source identity

def test_an_external_id_can_be_asked_for(account):
    role = account.role("app", trust({"AWS": account.number},
                                     Condition={"StringEquals": {"sts:ExternalId": "x-1"}}))
    account.assume(role, ExternalId="x-1")
    for wrong in ({"ExternalId": "x-2"}, {}):
        with denied():
            account.assume(role, **wrong)


def test_a_session_name_can_be_asked_for(account):
    role = account.role("app", trust({"AWS": account.number}, Condition={
        "StringLike": {"sts:RoleSessionName": "${aws:username}"}}))
    account.assume(role, "admin")
    with denied():
        account.assume(role, "somebody")


def test_a_source_identity_stays_through_the_chain(account):
    first = account.role("first", trust({"AWS": account.number}), ANY)
    last = account.role("last", trust({"AWS": account.number}), allow(
        "iam:ListUsers", Condition={"StringEquals": {"aws:SourceIdentity": "alice"}}))
    answer = account.sts.assume_role(RoleArn=first, RoleSessionName="session",
                                     SourceIdentity="alice")
    assert answer["SourceIdentity"] == "alice"
    session = account.session(answer["Credentials"])
    session.assume(last).iam.list_users()
    session.assume(last, SourceIdentity="alice").iam.list_users()
    with denied():
        session.assume(last, SourceIdentity="mallory")
    with denied():
        account.assume(first).assume(last).iam.list_users()


def test_a_source_identity_takes_a_permission_of_the_trust_policy(account):
    plain = account.role("plain", trust({"AWS": account.number}, ["sts:AssumeRole"]))
    with denied("sts:SetSourceIdentity"):
        account.assume(plain, SourceIdentity="alice")
    first = account.role("first", trust({"AWS": account.number}), ANY)
    with denied("sts:SetSourceIdentity"):
        account.assume(first, SourceIdentity="alice").assume(plain)


# --- identity

def test_a_recreated_role_is_another_one(account):
    statement = allow("iam:ListUsers")
    role = account.role("app", trust({"AWS": account.number}), statement)
    session = account.assume(role)
    session.iam.list_users()
    account.iam.delete_role_policy(RoleName="app", PolicyName="inline")
    account.iam.delete_role(RoleName="app")
    with refused("InvalidClientTokenId", 403):
        session.sts.get_caller_identity()
    account.role("app", trust({"AWS": account.number}), statement)
    with refused("InvalidClientTokenId", 403):
        session.iam.list_users()


def test_a_trust_in_a_recreated_user_is_gone(account):
    bob = account.user("bob", ANY)
    role = account.role("app", trust({"AWS": account.arn("user/bob")}))
    bob.assume(role)
    account.iam.delete_user_policy(UserName="bob", PolicyName="inline")
    account.iam.delete_access_key(UserName="bob", AccessKeyId=bob.key)
    account.iam.delete_user(UserName="bob")
    again = account.user("bob", ANY)
    with denied():
        again.assume(role)


def test_a_changed_policy_counts_at_the_next_request(account):
    role = account.role("app", trust({"AWS": account.number}))
    session = account.assume(role)
    for _ in range(5):
        with denied():
            session.iam.list_users()
        account.iam.put_role_policy(RoleName="app", PolicyName="p",
                                    PolicyDocument=document(allow("iam:ListUsers")))
        session.iam.list_users()
        account.iam.delete_role_policy(RoleName="app", PolicyName="p")


def test_the_trail_tells_which_key_was_given_out(account):
    role = account.role("app", trust({"AWS": account.number}))
    answer = account.sts.assume_role(RoleArn=role, RoleSessionName="session")
    record = account.server.trail(answer["ResponseMetadata"]["RequestId"])
    shown = record["responseElements"]["credentials"]
    assert shown["accessKeyId"] == answer["Credentials"]["AccessKeyId"]
    assert answer["Credentials"]["SecretAccessKey"] not in str(record)
    assert answer["Credentials"]["SessionToken"] not in str(record)
    evaluated = record["mantle"]["evaluated"][0]
    assert (evaluated["action"], evaluated["decision"]) == ("sts:AssumeRole", "allow")


def test_the_command_line_client_assumes(account):
    role = account.role("app", trust({"AWS": account.number}), allow("iam:ListUsers"))
    answer = account.aws("sts", "assume-role", "--role-arn", role, "--role-session-name", "cli",
                         "--tags", "Key=team,Value=blue")
    session = account.session(answer["Credentials"])
    assert session.aws("sts", "get-caller-identity")["Arn"].endswith("assumed-role/app/cli")
    assert "AccessDenied" in session.aws("iam", "list-roles", fails=True)


def test_expiration_is_a_time_to_come(account):
    role = account.role("app", trust({"AWS": account.number}))
    now = datetime.datetime.now(datetime.timezone.utc)
    assert account.assume(role).expires > now


def test_the_last_use_of_a_role_is_kept(account):
    role = account.role("app", trust({"AWS": account.number}))
    assert account.iam.get_role(RoleName="app")["Role"]["RoleLastUsed"] == {}
    account.assume(role).sts.get_caller_identity()
    end = time.monotonic() + 30
    while not account.iam.get_role(RoleName="app")["Role"]["RoleLastUsed"]:
        assert time.monotonic() < end
        time.sleep(0.02)
    used = account.iam.get_role(RoleName="app")["Role"]["RoleLastUsed"]
    assert used["Region"] == "us-east-1"


CONTEXT = "arn:aws:iam::aws:contextProvider/IdentityCenter"


def test_a_provided_context_takes_a_permission_and_a_signature_of_sts(account):
    """No context provider is connected to this STS: whatever assertion comes, it has not signed it."""
    def assume(role, provider=CONTEXT):
        return raw.call(account, "AssumeRole", parameters={
            "RoleArn": role, "RoleSessionName": "session",
            "ProvidedContexts.member.1.ProviderArn": provider,
            "ProvidedContexts.member.1.ContextAssertion": "made-elsewhere"})
    plain = assume(account.role("plain", trust({"AWS": account.number}, ("sts:AssumeRole",))))
    assert (plain.status, plain.code) == (403, "AccessDenied") and "sts:SetContext" in plain.message
    role = account.role("told", trust({"AWS": account.number}, ("sts:AssumeRole", "sts:SetContext")))
    for answer, text in ((assume(role), "ProvidedContexts.member.1.ContextAssertion is not valid"),
                         (assume(role, CONTEXT + "s"), f"Context provider {CONTEXT}s does not exist.")):
        assert (answer.status, answer.code) == (400, "ValidationError") and text in answer.message
    account.sts.assume_role(RoleArn=role, RoleSessionName="session")  # without one the role may be assumed
