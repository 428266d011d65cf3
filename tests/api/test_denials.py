"""Each kind of denial: by which layer, in AWS's words, with the reason in the trail."""
import json

import pytest

from conftest import allow, deny, denied, document, refused, trust

ANY = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def sentence(account, who, action, resource, tail):
    return f"User: {account.arn(who) if not who.startswith('arn:') else who} is not authorized to perform: {action} on resource: {resource} {tail}"


def reason(account, said):
    return account.server.trail(said.request_id)["mantle"]["evaluated"][-1]


def test_nothing_allows(account):
    bob = account.user("bob")
    with denied() as said:
        bob.iam.get_user(UserName="admin")
    assert said.message == sentence(account, "user/bob", "iam:GetUser", account.arn("user/admin"),
                                    "because no identity-based policy allows the iam:GetUser action")
    why = reason(account, said)
    assert (why["decision"], why["layer"]) == ("implicit_deny", "identity-based policy")
    assert why["rule"].startswith("D-")


def test_an_identity_policy_denies(account):
    bob = account.user("bob", ANY, deny("iam:GetUser", Sid="NoPeeking"))
    with denied("with an explicit deny in an identity-based policy") as said:
        bob.iam.get_user(UserName="admin")
    why = reason(account, said)
    assert (why["decision"], why["policy"], why["sid"]) == ("explicit_deny", "inline:inline", "NoPeeking")


def test_a_managed_policy_denies_and_is_named(account):
    bob = account.user("bob", ANY)
    arn = account.policy("no", deny("iam:GetUser"))
    account.iam.attach_user_policy(UserName="bob", PolicyArn=arn)
    with denied("with an explicit deny in an identity-based policy") as said:
        bob.iam.get_user(UserName="admin")
    assert reason(account, said)["policy"] == arn
    account.iam.detach_user_policy(UserName="bob", PolicyArn=arn)
    bob.iam.get_user(UserName="admin")


def test_a_group_denies(account):
    bob = account.user("bob", ANY)
    account.iam.create_group(GroupName="g")
    account.iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=document(deny("iam:GetUser")))
    bob.iam.get_user(UserName="admin")
    account.iam.add_user_to_group(GroupName="g", UserName="bob")
    with denied("with an explicit deny in an identity-based policy"):
        bob.iam.get_user(UserName="admin")
    account.iam.remove_user_from_group(GroupName="g", UserName="bob")
    bob.iam.get_user(UserName="admin")


def test_a_group_allows(account):
    bob = account.user("bob")
    account.iam.create_group(GroupName="g")
    account.iam.add_user_to_group(GroupName="g", UserName="bob")
    arn = account.policy("p", allow("iam:ListUsers"))
    with denied():
        bob.iam.list_users()
    account.iam.attach_group_policy(GroupName="g", PolicyArn=arn)
    bob.iam.list_users()
    account.iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow("iam:ListRoles")),
                                      SetAsDefault=True)
    with denied():
        bob.iam.list_users()


def test_the_boundary_does_not_allow(account):
    boundary = account.policy("limit", allow("iam:ListUsers"))
    bob = account.user("bob", ANY, PermissionsBoundary=boundary)
    bob.iam.list_users()
    with denied("because no permissions boundary allows the iam:ListRoles action") as said:
        bob.iam.list_roles()
    assert reason(account, said)["layer"] == "permissions boundary"


def test_the_boundary_denies(account):
    boundary = account.policy("limit", ANY, deny("iam:ListRoles"))
    bob = account.user("bob", ANY, PermissionsBoundary=boundary)
    with denied("with an explicit deny in a permissions boundary"):
        bob.iam.list_roles()


def test_a_boundary_grants_nothing(account):
    bob = account.user("bob", PermissionsBoundary=account.policy("limit", ANY))
    with denied("because no identity-based policy allows"):
        bob.iam.list_users()


def test_a_boundary_set_or_lifted_counts_at_once(account):
    boundary = account.policy("limit", allow("iam:ListUsers"))
    bob = account.user("bob", ANY)
    bob.iam.list_roles()
    account.iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=boundary)
    with denied():
        bob.iam.list_roles()
    account.iam.delete_user_permissions_boundary(UserName="bob")
    bob.iam.list_roles()


def test_the_boundary_of_a_role_binds_its_sessions(account):
    boundary = account.policy("limit", allow("iam:ListUsers"))
    role = account.role("app", trust({"AWS": account.number}), ANY, PermissionsBoundary=boundary)
    session = account.assume(role)
    session.iam.list_users()
    with denied("because no permissions boundary allows the iam:ListRoles action"):
        session.iam.list_roles()


def test_the_session_policy_does_not_allow(account):
    role = account.role("app", trust({"AWS": account.number}), ANY)
    session = account.assume(role, Policy=document(allow("iam:ListUsers")))
    with denied() as said:
        session.iam.get_role(RoleName="app")
    assert said.message == sentence(account, account.arn("assumed-role/app/session", "sts"), "iam:GetRole",
                                    role, "because no session policy allows the iam:GetRole action")


def test_the_session_policy_denies(account):
    role = account.role("app", trust({"AWS": account.number}), ANY)
    session = account.assume(role, Policy=document(ANY, deny("iam:GetRole")))
    with denied("with an explicit deny in a session policy"):
        session.iam.get_role(RoleName="app")


def test_who_may_decodes_what_a_denial_was_decided_from(account, other):
    bob = account.user("bob", ANY, deny("iam:GetUser", Sid="NoPeeking"))
    with denied() as said:
        bob.iam.get_user(UserName="admin")
    sealed = said.headers["x-mantle-authorization-message"]
    told = json.loads(account.sts.decode_authorization_message(EncodedMessage=sealed)["DecodedMessage"])
    assert told["allowed"] is False and told["explicitDeny"] is True
    assert told["matchedStatements"]["items"][0]["statementId"] == "NoPeeking"
    assert told["context"]["principal"]["arn"] == account.arn("user/bob")
    assert told["context"]["action"] == "iam:GetUser"
    keys = {item["key"]: item["values"]["items"][0]["value"] for item in told["context"]["conditions"]["items"]}
    assert keys["aws:username"] == "bob" and keys["aws:SourceIp"] == "127.0.0.1"
    with refused("InvalidAuthorizationMessageException", 400):
        other.sts.decode_authorization_message(EncodedMessage=sealed)
    nobody = account.user("nobody")
    with denied("sts:DecodeAuthorizationMessage"):
        nobody.sts.decode_authorization_message(EncodedMessage=sealed)


def test_root_may_everything_but_assume(account):
    root = account.root()
    root.iam.list_users()
    root.iam.create_user(UserName="made-by-root")


def test_the_resource_counts(account):
    bob = account.user("bob", allow("iam:GetUser", account.arn("user/team/*")))
    account.iam.create_user(UserName="inside", Path="/team/")
    account.iam.create_user(UserName="outside")
    bob.iam.get_user(UserName="inside")
    with denied(account.arn("user/outside")):
        bob.iam.get_user(UserName="outside")


def test_the_path_is_the_entitys_not_the_requests(account):
    """Names are unique without their path, so the path comes from what exists."""
    bob = account.user("bob", allow("iam:GetUser", account.arn("user/secret")))
    account.iam.create_user(UserName="secret", Path="/hidden/")
    with denied(account.arn("user/hidden/secret")):
        bob.iam.get_user(UserName="secret")
    with denied(account.arn("user/hidden/secret")):
        bob.iam.get_user(UserName="SECRET")


def test_creating_is_asked_for_at_the_path_wanted(account):
    bob = account.user("bob", allow("iam:CreateUser", account.arn("user/team/*")))
    bob.iam.create_user(UserName="one", Path="/team/")
    with denied(account.arn("user/two")):
        bob.iam.create_user(UserName="two")


def test_moving_takes_the_permission_at_both_ends(account):
    account.iam.create_user(UserName="one", Path="/from/")
    bob = account.user("bob", allow("iam:UpdateUser", account.arn("user/from/*")))
    with denied(account.arn("user/to/one")):
        bob.iam.update_user(UserName="one", NewPath="/to/")
    account.iam.put_user_policy(UserName="bob", PolicyName="more", PolicyDocument=document(
        allow("iam:UpdateUser", account.arn("user/to/*"))))
    bob.iam.update_user(UserName="one", NewPath="/to/")


# --- conditions

@pytest.mark.parametrize("condition, good", [
    ({"StringEquals": {"aws:username": "bob"}}, True),
    ({"StringEquals": {"aws:username": "Bob"}}, False),
    ({"StringLike": {"aws:userid": "AIDA*"}}, True),
    ({"StringEquals": {"aws:PrincipalType": "User"}}, True),
    ({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, False),
    ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/bob"}}, True),
    ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
    ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
    ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
    ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
    ({"NumericGreaterThan": {"aws:EpochTime": "1577836800"}}, True),
    ({"Bool": {"aws:ViaAWSService": "false"}}, True),
    ({"Bool": {"aws:PrincipalIsAWSService": "false"}}, True),
    ({"StringLike": {"aws:UserAgent": "Boto3/*"}}, True),
    ({"Null": {"aws:MultiFactorAuthPresent": "true"}}, True),    # absent with long-term keys
    ({"Null": {"aws:TokenIssueTime": "true"}}, True),
    ({"Null": {"aws:SourceIdentity": "true"}}, True),
    ({"Null": {"aws:PrincipalOrgID": "true"}}, True),
    ({"Null": {"aws:SourceVpc": "true"}}, True),
    ({"Null": {"aws:referer": "true"}}, True),
    ({"StringEquals": {"aws:PrincipalTag/team": "blue"}}, True),
    ({"StringEquals": {"aws:PrincipalTag/TEAM": "blue"}}, True),
    ({"StringEquals": {"aws:PrincipalTag/team": "red"}}, False),
    ({"StringNotEquals": {"aws:PrincipalTag/other": "x"}}, True),
])
def test_keys_of_a_user(account, condition, good):
    bob = account.user("bob", allow("iam:ListUsers", Condition=condition), Tags=[{"Key": "team", "Value": "blue"}])
    if good:
        bob.iam.list_users()
    else:
        with denied():
            bob.iam.list_users()


@pytest.mark.parametrize("header, value, condition", [
    ("X-Forwarded-For", "10.0.0.1", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    ("X-Amz-Source-Arn", "arn:aws:s3:::b", {"Null": {"aws:SourceArn": "false"}}),
    ("X-Amz-Source-Account", "444455556666", {"StringEquals": {"aws:SourceAccount": "444455556666"}}),
    ("X-Amz-Principal-Org-Id", "o-1", {"Null": {"aws:PrincipalOrgID": "false"}}),
    ("aws-PrincipalTag-team", "red", {"StringEquals": {"aws:PrincipalTag/team": "red"}}),
])
def test_headers_set_no_keys(account, header, value, condition):
    """K-3: a client says who it is and where it comes from by its credentials and its address."""
    bob = account.user("bob", allow("iam:ListUsers", Condition=condition))
    bob.iam.meta.events.register("before-sign.iam.*", lambda request, **_: request.headers.add_header(header, value))
    with denied():
        bob.iam.list_users()


def test_account_keys(account):
    bob = account.user("bob", allow("iam:ListUsers", Condition={"StringEquals": {
        "aws:PrincipalAccount": account.number, "aws:ResourceAccount": account.number}}))
    bob.iam.list_users()


def test_transport(account):
    secure = str(account.server.url.startswith("https")).lower()
    bob = account.user("bob", allow("iam:ListUsers", Condition={"Bool": {"aws:SecureTransport": secure}}))
    bob.iam.list_users()


@pytest.mark.parametrize("condition, good", [
    ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/team/app"}}, True),  # the role, not the session
    ({"ArnLike": {"aws:PrincipalArn": "arn:aws:sts::*"}}, False),
    ({"StringLike": {"aws:userid": "AROA*:session"}}, True),
    ({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, True),
    ({"Null": {"aws:username": "true"}}, True),
    ({"Null": {"aws:TokenIssueTime": "false"}}, True),
    ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, True),
    ({"Null": {"aws:MultiFactorAuthAge": "true"}}, True),
])
def test_keys_of_a_session(account, condition, good):
    role = account.role("app", trust({"AWS": account.number}), allow("iam:ListUsers", Condition=condition),
                        Path="/team/")
    session = account.assume(role)
    if good:
        session.iam.list_users()
    else:
        with denied():
            session.iam.list_users()


def test_tags_of_the_resource(account):
    bob = account.user("bob", allow("iam:GetUser", Condition={"StringEquals": {"aws:ResourceTag/team": "blue"}}),
                       allow("iam:GetRole", Condition={"StringEquals": {"iam:ResourceTag/team": "blue"}}))
    account.iam.create_user(UserName="blue", Tags=[{"Key": "team", "Value": "blue"}])
    account.iam.create_user(UserName="red", Tags=[{"Key": "team", "Value": "red"}])
    account.role("r", trust({"AWS": account.number}), Tags=[{"Key": "team", "Value": "blue"}])
    bob.iam.get_user(UserName="blue")
    bob.iam.get_role(RoleName="r")
    with denied():
        bob.iam.get_user(UserName="red")
    account.iam.untag_user(UserName="blue", TagKeys=["team"])
    with denied():
        bob.iam.get_user(UserName="blue")


def test_tags_of_the_request(account):
    bob = account.user("bob", allow(["iam:CreateUser", "iam:TagUser"], Condition={
        "StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}), Tags=[{"Key": "team", "Value": "blue"}])
    bob.iam.create_user(UserName="a", Tags=[{"Key": "team", "Value": "blue"}])
    for tags in ([{"Key": "team", "Value": "red"}], [],
                 [{"Key": "team", "Value": "blue"}, {"Key": "x", "Value": "y"}]):
        with denied():
            bob.iam.create_user(UserName="b", Tags=tags)


def test_a_boundary_can_be_demanded(account):
    limit, lax = account.policy("limit", allow("iam:ListUsers")), account.policy("lax", ANY)
    bob = account.user("bob", allow("iam:CreateUser", Condition={
        "StringEquals": {"iam:PermissionsBoundary": limit}}))
    bob.iam.create_user(UserName="a", PermissionsBoundary=limit)
    for more in ({}, {"PermissionsBoundary": lax}):
        with denied():
            bob.iam.create_user(UserName="b", **more)


def test_the_policy_attached_can_be_limited(account):
    good, bad = account.policy("good", ANY), account.policy("bad", ANY)
    account.iam.create_user(UserName="a")
    bob = account.user("bob", allow("iam:AttachUserPolicy", Condition={"ArnEquals": {"iam:PolicyARN": good}}))
    bob.iam.attach_user_policy(UserName="a", PolicyArn=good)
    with denied():
        bob.iam.attach_user_policy(UserName="a", PolicyArn=bad)


def test_a_wildcard_in_a_tag_widens_nothing(account):
    bob = account.user("bob", allow("iam:GetUser", "arn:aws:iam::*:user/${aws:PrincipalTag/who}"),
                       Tags=[{"Key": "who", "Value": "="}])
    with denied():
        bob.iam.get_user(UserName="admin")
    role = account.role("app", trust({"AWS": account.number}), allow(
        "iam:ListUsers", Condition={"StringLike": {"aws:PrincipalArn": "${aws:PrincipalTag/x}"}}))
    with denied():
        account.assume(role, Tags=[{"Key": "x", "Value": "-"}]).iam.list_users()


def test_a_denied_change_changes_nothing(account):
    bob = account.user("bob", allow("iam:CreateUser"), deny("iam:CreateUser", account.arn("user/evil")))
    with denied("with an explicit deny"):
        bob.iam.create_user(UserName="evil")
    names = [u["UserName"] for u in account.iam.list_users()["Users"]]
    assert "evil" not in names
