"""Organizations: a management account, its members, and privileged sessions as a member's root."""
import re

import pytest
import raw
from conftest import Account, allow, denied, deny, document, trust

TASK = "arn:aws:iam::aws:policy/root-task/"
FEATURES = "OrganizationsRootCredentialsManagement", "OrganizationsRootSessions"


def asked(caller, service, action, **parameters):
    """By hand: these operations are younger than the clients."""
    return raw.call(caller, action, version=raw.IAM if service == "iam" else raw.STS, parameters=parameters)


def said(answer, code, status):
    assert (answer.code, answer.status) == (code, status), answer.body


@pytest.fixture
def organization(account, other):
    """(management account, a member of it)"""
    made = account.server.admin("organization", "create", account.number)
    assert re.fullmatch(r"o-[a-z0-9]{10}", made["OrganizationId"])
    account.server.admin("organization", "add", account.number, other.number)
    account.organization = made["OrganizationId"]
    return account, other


def enable(management):
    for feature in FEATURES:
        assert asked(management, "iam", "Enable" + feature).status == 200


def assume(caller, target, task="IAMAuditRootUserCredentials", **more):
    return asked(caller, "sts", "AssumeRoot", TargetPrincipal=target, **{"TaskPolicyArn.arn": TASK + task}, **more)


def session(caller, answer):
    assert answer.status == 200, answer.body
    return caller.server.caller(answer.tag("AccessKeyId"), answer.tag("SecretAccessKey"), answer.tag("SessionToken"))


def test_admin_makes_and_changes_it(organization):
    management, member = organization
    admin = management.server.admin
    shown = admin("organization", "show", member.number)
    assert shown == {"OrganizationId": management.organization, "ManagementAccount": management.number,
                     "Accounts": sorted([management.number, member.number])}
    for words in (("create", member.number), ("create", "000000000001"), ("add", member.number, management.number),
                  ("add", management.number, member.number), ("remove", management.number, management.number),
                  ("add", management.number, "x"), ("remove", management.number)):
        with pytest.raises(AssertionError):
            admin("organization", *words)
    assert admin("organization", "remove", management.number, member.number)["Accounts"] == [management.number]
    assert admin("organization", "remove", management.number, management.number)["Accounts"] == []
    said(asked(management, "iam", "ListOrganizationsFeatures"), "OrganizationNotFoundException", 400)


def test_features(organization):
    management, member = organization
    outside = Account(management.server)
    assert "<member>" not in asked(management, "iam", "ListOrganizationsFeatures").body
    for feature in FEATURES:
        said(asked(outside, "iam", "Enable" + feature), "OrganizationNotFoundException", 400)
        said(asked(member, "iam", "Enable" + feature), "CallerIsNotManagementAccountException", 400)
        said(asked(member, "iam", "Disable" + feature), "AccountNotManagementOrDelegatedAdministratorException", 400)
        answer = asked(management, "iam", "Enable" + feature)
        assert answer.tag("OrganizationId") == management.organization
    said(asked(member, "iam", "ListOrganizationsFeatures"), "AccountNotManagementOrDelegatedAdministratorException", 400)
    listed = asked(management, "iam", "ListOrganizationsFeatures")
    assert re.findall("<member>(.*?)</member>", listed.body) == ["RootCredentialsManagement", "RootSessions"]
    answer = asked(management, "iam", "DisableOrganizationsRootSessions")
    assert re.findall("<member>(.*?)</member>", answer.body) == ["RootCredentialsManagement"]


def test_a_root_session_does_its_task_and_nothing_else(organization):
    management, member = organization
    enable(management)
    key = member.server.admin("root-key", "create", member.number)["AccessKeyId"]
    root = session(management, assume(management, member.number))
    who = root.sts.get_caller_identity()
    assert (who["Account"], who["UserId"], who["Arn"]) == (member.number, member.number, member.arn("root"))
    assert key in [one["AccessKeyId"] for one in root.iam.list_access_keys()["AccessKeyMetadata"]]
    root.iam.get_account_summary()
    for call in (lambda: root.iam.delete_access_key(AccessKeyId=key), lambda: root.iam.list_users(),
                 lambda: root.iam.list_access_keys(UserName="admin"), lambda: root.iam.create_user(UserName="eve")):
        with denied():
            call()
    deleting = session(management, assume(management, member.arn("root"), "IAMDeleteRootUserCredentials"))
    deleting.iam.delete_access_key(AccessKeyId=key)
    assert key not in [one["AccessKeyId"] for one in root.iam.list_access_keys()["AccessKeyMetadata"]]
    said(asked(root, "sts", "GetSessionToken"), "AccessDenied", 403)
    said(assume(root, member.number), "AccessDenied", 403)


def test_who_may(organization):
    management, member = organization
    enable(management)
    outside = Account(management.server)
    audit = management.user("audit", allow("sts:AssumeRoot", member.arn("root"), Condition={
        "StringEquals": {"sts:TaskPolicyArn": TASK + "IAMAuditRootUserCredentials",
                         "aws:ResourceAccount": member.number, "aws:ResourceOrgID": management.organization}}))
    assert assume(audit, member.number).status == 200
    refusals = [(audit, member.number, "IAMDeleteRootUserCredentials"),  # another task
                (management.user("nobody", allow("iam:*")), member.number, "IAMAuditRootUserCredentials"),
                (management, management.number, "IAMAuditRootUserCredentials"),  # not a member
                (management, outside.number, "IAMAuditRootUserCredentials"),
                (management, "000000000009", "IAMAuditRootUserCredentials"),
                (member, member.number, "IAMAuditRootUserCredentials"),
                (outside, member.number, "IAMAuditRootUserCredentials"),
                (management.root(), member.number, "IAMAuditRootUserCredentials")]
    for caller, target, task in refusals:
        said(assume(caller, target, task), "AccessDenied", 403)
    for target in ("somebody-else", member.arn("user/admin"), "12345678901x"):
        said(assume(management, target), "ValidationError", 400)
    said(assume(management, member.number, "None"), "ValidationError", 400)
    said(assume(management, member.number, DurationSeconds="901"), "ValidationError", 400)


def test_each_task_needs_its_feature_and_ends_with_it(organization):
    management, member = organization
    said(assume(management, member.number), "AccessDenied", 403)
    asked(management, "iam", "EnableOrganizationsRootCredentialsManagement")
    said(assume(management, member.number, "S3UnlockBucketPolicy"), "AccessDenied", 403)
    root = session(management, assume(management, member.number))
    root.iam.get_account_summary()
    asked(management, "iam", "EnableOrganizationsRootSessions")
    asked(management, "iam", "DisableOrganizationsRootCredentialsManagement")
    with pytest.raises(root.iam.exceptions.ClientError, match="InvalidClientTokenId"):
        root.iam.get_account_summary()
    asked(management, "iam", "EnableOrganizationsRootCredentialsManagement")
    root.iam.get_account_summary()
    management.server.admin("organization", "remove", management.number, member.number)
    with pytest.raises(root.iam.exceptions.ClientError, match="InvalidClientTokenId"):
        root.iam.get_account_summary()


def test_the_record_says_so(organization):
    management, member = organization
    enable(management)
    root = session(management, assume(management, member.number))
    request = root.iam.get_account_summary()["ResponseMetadata"]["RequestId"]
    identity = management.server.trail(request)["userIdentity"]
    assert (identity["type"], identity["arn"], identity["accountId"]) == ("Root", member.arn("root"), member.number)
    assert identity["sessionContext"]["assumedRoot"] == "true" and "sessionIssuer" not in identity["sessionContext"]


def test_keys_of_the_organization(organization):
    management, member = organization
    path = f"{management.organization}/r-*/"
    inside = allow("sts:AssumeRole", Condition={"StringEquals": {"aws:PrincipalOrgID": management.organization},
                                                "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": path}})
    del inside["Resource"]
    role = member.iam.create_role(RoleName="shared", AssumeRolePolicyDocument=document(
        {**inside, "Principal": {"AWS": "*"}}))["Role"]["Arn"]
    user = management.user("bob", allow("sts:AssumeRole", Condition={
        "StringEquals": {"aws:ResourceOrgID": management.organization}}))
    user.sts.assume_role(RoleArn=role, RoleSessionName="shared")
    stranger = Account(management.server).user("eve", allow("sts:AssumeRole"))
    with denied():
        stranger.sts.assume_role(RoleArn=role, RoleSessionName="shared")
    # Out of the organization the keys are gone, for the cached principal at once.
    management.server.admin("organization", "remove", management.number, member.number)
    with denied():
        user.sts.assume_role(RoleArn=role, RoleSessionName="shared")
    guarded = management.user("kim", allow("iam:ListUsers"), deny("iam:ListUsers", Condition={
        "Null": {"aws:PrincipalOrgID": "true"}}))
    guarded.iam.list_users()
    management.server.admin("organization", "remove", management.number, management.number)
    with denied():
        guarded.iam.list_users()


def test_a_root_session_carries_its_key(organization):
    management, member = organization
    enable(management)
    role = member.iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": member.number}))["Role"]
    root = session(management, assume(management, member.number))
    with denied() as told:
        root.iam.get_role(RoleName=role["RoleName"])
    sealed = told.message
    assert "explicit deny in a session policy" in sealed


def test_each_operation_in_turn(organization):
    management, member = organization
    for answer in (raw.call(management, "EnableOrganizationsRootCredentialsManagement", raw.IAM),
                   raw.call(management, "EnableOrganizationsRootSessions", raw.IAM),
                   raw.call(management, "ListOrganizationsFeatures", raw.IAM)):
        assert answer.tag("OrganizationId") == management.organization
    answer = raw.call(management, "AssumeRoot", raw.STS, parameters={
        "TargetPrincipal": member.number, "TaskPolicyArn.arn": TASK + "SQSUnlockQueuePolicy", "DurationSeconds": "60"})
    assert answer.tag("AccessKeyId").startswith("ASIA")
    for answer in (raw.call(management, "DisableOrganizationsRootSessions", raw.IAM),
                   raw.call(management, "DisableOrganizationsRootCredentialsManagement", raw.IAM)):
        assert answer.status == 200
    assert "<member>" not in answer.body
