"""SimulatePrincipalPolicy, SimulateCustomPolicy, GetContextKeysFor...: the engine asked what it would do."""
import json

import pytest

from conftest import allow, denied, deny, document, refused, trust

READ_LOGS = """{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "logs:Get*",
            "Resource": "*"
        },
        {
            "Effect": "Deny",
            "Action": "logs:GetSecret",
            "Resource": "*"
        }
    ]
}"""


def custom(account, policies, *actions, **more):
    return account.iam.simulate_custom_policy(PolicyInputList=policies, ActionNames=list(actions),
                                              **more)["EvaluationResults"]


def decisions(results):
    return [result["EvalDecision"] for result in results]


@pytest.mark.parametrize("action, want", [
    ("logs:GetLogEvents", "allowed"), ("LOGS:getlogevents", "allowed"),
    ("logs:GetSecret", "explicitDeny"), ("logs:PutLogEvents", "implicitDeny")])
def test_three_decisions(account, action, want):
    assert decisions(custom(account, [READ_LOGS], action)) == [want]


def test_a_matched_statement_is_shown_with_its_place_in_the_text(account):
    """The place begins behind the sign before the statement, as AWS shows it."""
    [result] = custom(account, [READ_LOGS], "logs:GetLogEvents")
    [statement] = result["MatchedStatements"]
    assert statement["SourcePolicyId"] == "PolicyInputList.1"
    assert statement["SourcePolicyType"] == "IAM Policy"
    assert statement["StartPosition"] == {"Line": 3, "Column": 19}
    assert statement["EndPosition"] == {"Line": 8, "Column": 10}


def test_with_a_denial_only_the_denial_is_shown(account):
    [result] = custom(account, [READ_LOGS], "logs:GetSecret")
    [statement] = result["MatchedStatements"]
    assert statement["StartPosition"] == {"Line": 8, "Column": 11}


def test_each_action_on_each_resource(account):
    policy = document(allow("s3:GetObject", "arn:aws:s3:::a/*"))
    results = custom(account, [policy], "s3:GetObject", "s3:PutObject",
                     ResourceArns=["arn:aws:s3:::a/x", "arn:aws:s3:::b/x"])
    assert [(r["EvalActionName"], r["EvalResourceName"], r["EvalDecision"]) for r in results] == [
        ("s3:GetObject", "arn:aws:s3:::a/x", "allowed"), ("s3:GetObject", "arn:aws:s3:::b/x", "implicitDeny"),
        ("s3:PutObject", "arn:aws:s3:::a/x", "implicitDeny"), ("s3:PutObject", "arn:aws:s3:::b/x", "implicitDeny")]
    specific = results[0]["ResourceSpecificResults"][0]
    assert (specific["EvalResourceName"], specific["EvalResourceDecision"]) == ("arn:aws:s3:::a/x", "allowed")


def test_keys_that_were_not_given_are_named(account):
    policy = document(allow("s3:ListBucket", Condition={"StringLike": {"s3:prefix": "${aws:username}/*"}}),
                      allow("sqs:*", Condition={"Bool": {"aws:SecureTransport": "true"}}))
    [result] = custom(account, [policy], "s3:ListBucket")
    assert result["EvalDecision"] == "implicitDeny"
    assert result["MissingContextValues"] == ["s3:prefix", "aws:username"]
    given = [{"ContextKeyName": "s3:prefix", "ContextKeyValues": ["bob/x"], "ContextKeyType": "string"},
             {"ContextKeyName": "AWS:username", "ContextKeyValues": ["bob"], "ContextKeyType": "string"}]
    [result] = custom(account, [policy], "s3:ListBucket", ContextEntries=given)
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [])


def test_lists_are_sets(account):
    policy = document(allow("ec2:CreateTags", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}))
    for values, want in ((["a", "b"], "allowed"), (["a", "c"], "implicitDeny")):
        key = {"ContextKeyName": "aws:TagKeys", "ContextKeyValues": values, "ContextKeyType": "stringList"}
        assert decisions(custom(account, [policy], "ec2:CreateTags", ContextEntries=[key])) == [want]


def test_a_boundary_limits_and_says_so(account):
    [result] = custom(account, [document(allow("*"))], "s3:GetObject",
                      PermissionsBoundaryPolicyInputList=[document(allow("sqs:*"))])
    assert result["EvalDecision"] == "implicitDeny"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}


def test_a_resource_policy_grants_a_named_caller(account):
    caller = account.arn("user/bob")
    grant = document({"Effect": "Allow", "Principal": {"AWS": caller}, "Action": "s3:GetObject",
                      "Resource": "arn:aws:s3:::a/*"})
    nothing = [document(allow("sqs:*"))]
    arguments = {"ResourceArns": ["arn:aws:s3:::a/x"], "ResourcePolicy": grant}
    assert decisions(custom(account, nothing, "s3:GetObject", CallerArn=caller, **arguments)) == ["allowed"]
    assert decisions(custom(account, nothing, "s3:GetObject", CallerArn=account.arn("user/eve"),
                            **arguments)) == ["implicitDeny"]
    with refused("InvalidInput", 400, "CallerArn"):
        custom(account, nothing, "s3:GetObject", **arguments)


def test_across_accounts_both_sides_are_shown(account):
    caller = account.arn("user/bob")
    grant = document({"Effect": "Allow", "Principal": {"AWS": caller}, "Action": "s3:GetObject",
                      "Resource": "arn:aws:s3:::a/*"})
    [result] = custom(account, [document(allow("sqs:*"))], "s3:GetObject", CallerArn=caller, ResourcePolicy=grant,
                      ResourceArns=["arn:aws:s3:::a/x"], ResourceOwner="arn:aws:iam::999999999999:root")
    assert result["EvalDecision"] == "implicitDeny"
    assert sorted(result["EvalDecisionDetails"].values()) == ["allowed", "implicitDeny"]


@pytest.fixture
def bob(account):
    iam = account.iam
    iam.create_group(GroupName="devs")
    iam.put_group_policy(GroupName="devs", PolicyName="queue", PolicyDocument=document(allow("sqs:*")))
    iam.create_user(UserName="bob", Tags=[{"Key": "team", "Value": "blue"}])
    iam.add_user_to_group(GroupName="devs", UserName="bob")
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=document(
        allow("s3:GetObject", "arn:aws:s3:::home/${aws:username}/*"),
        allow("ec2:StartInstances", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}})))
    iam.attach_user_policy(UserName="bob", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    return account.arn("user/bob")


def principal(account, arn, *actions, **more):
    return account.iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=list(actions),
                                                 **more)["EvaluationResults"]


def test_a_user_with_his_groups_attachments_and_tags(account, bob):
    assert decisions(principal(account, bob, "sqs:SendMessage", "iam:GetUser", "ec2:StartInstances",
                               "iam:CreateUser")) == ["allowed", "allowed", "allowed", "implicitDeny"]
    assert decisions(principal(account, bob, "s3:GetObject", ResourceArns=[
        "arn:aws:s3:::home/bob/x", "arn:aws:s3:::home/eve/x"])) == ["allowed", "implicitDeny"]


def test_statements_are_named_by_their_policy(account, bob):
    names = [r["MatchedStatements"][0]["SourcePolicyId"]
             for r in principal(account, bob, "sqs:SendMessage", "iam:GetUser", "ec2:StartInstances")]
    assert names == ["group_devs_queue", "IAMReadOnlyAccess", "user_bob_own"]
    assert principal(account, bob, "iam:GetUser")[0]["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": True}


def test_given_keys_and_policies_come_on_top(account, bob):
    entry = {"ContextKeyName": "aws:PrincipalTag/team", "ContextKeyValues": ["red"], "ContextKeyType": "string"}
    assert decisions(principal(account, bob, "ec2:StartInstances", ContextEntries=[entry])) == ["implicitDeny"]
    assert decisions(principal(account, bob, "sqs:SendMessage",
                               PolicyInputList=[document(deny("sqs:*"))])) == ["explicitDeny"]


def test_a_role_and_its_boundary(account):
    limits = account.policy("limits", allow("sqs:*"))
    account.iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}),
                            PermissionsBoundary=limits)
    account.iam.put_role_policy(RoleName="app", PolicyName="all", PolicyDocument=document(allow("*")))
    results = principal(account, account.arn("role/app"), "sqs:SendMessage", "s3:GetObject")
    assert decisions(results) == ["allowed", "implicitDeny"]
    assert [r["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for r in results] == [True, False]


def test_what_is_simulated_is_what_happens(account, bob):
    """The same engine: a user is allowed and refused exactly as the simulation said."""
    key = account.key_of("bob")
    [yes, no] = principal(account, bob, "iam:ListUsers", "iam:CreateGroup")
    assert (yes["EvalDecision"], no["EvalDecision"]) == ("allowed", "implicitDeny")
    key.iam.list_users()
    with denied():
        key.iam.create_group(GroupName="x")


def test_a_group_alone(account, bob):
    assert decisions(principal(account, account.arn("group/devs"), "sqs:SendMessage", "s3:GetObject")) == [
        "allowed", "implicitDeny"]


def test_pages(account):
    actions = [f"s3:Get{i}" for i in range(7)]
    pages = list(account.iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[document(allow("s3:*"))], ActionNames=actions, PaginationConfig={"PageSize": 3}))
    assert [len(page["EvaluationResults"]) for page in pages] == [3, 3, 1]
    assert [r["EvalActionName"] for page in pages for r in page["EvaluationResults"]] == actions


@pytest.mark.parametrize("arguments, text", [
    ({"PolicyInputList": ['{"Statement": 7}']}, "PolicyInputList.1"),
    ({"ActionNames": ["s3:Get*"]}, "without wildcards"),
    ({"ActionNames": ["GetObject"]}, "SERVICE:ACTION"),
    ({"ResourceArns": ["bucket"]}, "Invalid resource bucket"),
    ({"CallerArn": "arn:aws:sts::111122223333:assumed-role/a/b"}, "CallerArn"),
    ({"ResourceOwner": "me"}, "ResourceOwner"),
    ({"ResourceHandlingOption": "EC2-Moon"}, "EC2-Moon"),
    ({"ResourceHandlingOption": "EC2-VPC-EBS", "ResourceArns": ["arn:aws:ec2:us-east-1:1:instance/i"]}, "image"),
])
def test_bad_input_is_named(account, arguments, text):
    whole = {"PolicyInputList": [document(allow("*"))], "ActionNames": ["s3:GetObject"], **arguments}
    with refused("InvalidInput", 400, text):
        account.iam.simulate_custom_policy(**whole)


def test_an_entity_that_is_not_there(account):
    with refused("NoSuchEntity", 404):
        principal(account, account.arn("user/nobody"), "s3:GetObject")
    with refused("InvalidInput", 400, "does not clearly define entity type"):
        principal(account, "arn:aws:s3:::bucket-of-somebody", "s3:GetObject")


def test_context_keys_of_documents(account, bob):
    policy = document(allow("s3:*", "arn:aws:s3:::b/${aws:userid}", Condition={
        "StringLike": {"s3:prefix": "a"}, "NumericLessThan": {"s3:max-keys": "10"}}))
    keys = account.iam.get_context_keys_for_custom_policy(PolicyInputList=[policy, policy])["ContextKeyNames"]
    assert sorted(keys) == ["aws:userid", "s3:max-keys", "s3:prefix"]
    keys = account.iam.get_context_keys_for_principal_policy(PolicySourceArn=bob, PolicyInputList=[policy])
    assert sorted(keys["ContextKeyNames"]) == ["aws:PrincipalTag/team", "aws:userid", "aws:username", "s3:max-keys",
                                               "s3:prefix"]


def test_the_aws_command(account, bob):
    said = account.aws("iam", "simulate-principal-policy", "--policy-source-arn", bob, "--action-names",
                       "sqs:SendMessage")
    assert (said if isinstance(said, dict) else json.loads(said))["EvaluationResults"][0]["EvalDecision"] == "allowed"
