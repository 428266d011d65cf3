"""What AWS was recorded answering to what breaks a constraint, down to the wire: numbers, names, paths, tags,
and operations there are none of."""
import re

import pytest
import raw
from conftest import document, allow, refused, trust

EC2 = trust({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole"])
ONE = document(allow("s3:GetObject"))
TEXT = r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"
NAME = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
PATH = "It must begin and end with / and contain only alphanumeric characters and/or / characters."
PREFIX = "It must begin with the / character and contain only alphanumeric characters and/or / characters."


def check(call, code, status, text):
    with refused(code, status) as said:
        call()
    assert said.message == text


def one(member, demand, shown=""):
    return f"1 validation error detected: Value {shown}at '{member}' failed to satisfy constraint: Member must {demand}"


def invalid(member, text):
    return f"The specified value for {member} is invalid. {text}"


# --- numbers and roles, by hand: clients would not send them --------------------------------------

@pytest.fixture
def assume(account):
    arn = account.role("r", trust({"AWS": account.arn("root")}), Path="/x/", MaxSessionDuration=43200)

    def call(**more):
        parameters = {"RoleArn": arn, "RoleSessionName": "session", **more}
        return raw.call(account, "AssumeRole", parameters={k: v for k, v in parameters.items() if v is not None})
    return call


@pytest.mark.parametrize("seconds", ["900", "43200", "+900", "0900"])
def test_a_number(assume, seconds):
    assert assume(DurationSeconds=seconds).status == 200


@pytest.mark.parametrize("text", ["abc", "900.0", "2147483648", "-2147483649", "+-900", ""])
def test_what_is_no_number_is_refused_without_a_word(assume, text):
    answer = assume(DurationSeconds=text)
    assert (answer.status, answer.code) == (400, "MalformedInput")
    assert answer.message == (None if text else "missing value for decimal type")


@pytest.mark.parametrize("text, bound", [
    ("-1", "greater than or equal to 900"), ("-2147483648", "greater than or equal to 900"),
    ("899", "greater than or equal to 900"), ("43201", "less than or equal to 43200"),
    ("2147483647", "less than or equal to 43200")])
def test_numbers_out_of_range(assume, text, bound):
    answer = assume(DurationSeconds=text)
    assert (answer.status, answer.code) == (400, "ValidationError")
    assert answer.message == one("durationSeconds", f"have value {bound}", f"'{text}' ")


def test_roles_that_are_none(assume):
    shortest, longest = "have length greater than or equal to 20", "have length less than or equal to 2048"
    pattern = f"satisfy regular expression pattern: {TEXT}"

    def two(value, demand):
        second = one("roleArn", demand, f"'{value}' ").partition(": ")[2]
        return one("roleArn", pattern, f"'{value}' ").replace("1 validation error", "2 validation errors") + "; " + second
    face = "\U0001F600"
    for arn, text in ((None, one("roleArn", "not be null", "null ")), ("", two("", shortest)),
                      ("no-arn", one("roleArn", shortest, "'no-arn' ")),
                      ("x" * 2048, "x" * 2048 + " is invalid"), ("\xe9" * 2048, "\xe9" * 2048 + " is invalid"),
                      ("x" * 2049, one("roleArn", longest, f"'{'x' * 2049}' ")),
                      ("\xe9" * 2049, one("roleArn", longest, f"'{chr(0xe9) * 2049}' ")),
                      (face * 2048, one("roleArn", pattern, f"'{face * 2048}' ")),
                      (face * 2049, two(face * 2049, longest))):
        answer = assume(RoleArn=arn)
        assert (answer.status, answer.code, answer.message) == (400, "ValidationError", text)


@pytest.mark.parametrize("action, version, text", [
    ("NoSuchAction", raw.STS, "NoSuchAction for version 2011-06-15"),
    ("GetCallerIdentity", "2000-01-01", "GetCallerIdentity for version 2000-01-01"),
    ("GetCallerIdentity", "", "GetCallerIdentity for version "),
    ("", raw.STS, " for version 2011-06-15"), ("NoSuchAction", raw.IAM, "NoSuchAction for version 2010-05-08")])
def test_no_such_operation_is_nobodys_fault(account, action, version, text):
    answer = raw.call(account, action, version)
    assert (answer.status, answer.code) == (400, "InvalidAction")
    assert answer.message == "Could not find operation " + text
    assert re.match(r'<ErrorResponse xmlns="http://webservices.amazon.com/AWSFault/2005-15-09">', answer.body)


# --- names, paths, documents ----------------------------------------------------------------------

def test_names_that_are_none(account):
    iam, bad = account.iam, "bad/name"
    for call, member in (
            (lambda: iam.create_user(UserName=bad), "userName"), (lambda: iam.get_user(UserName=bad), "userName"),
            (lambda: iam.update_user(UserName="u", NewUserName=bad), "newUserName"),
            (lambda: iam.create_role(RoleName=bad, AssumeRolePolicyDocument=EC2), "roleName"),
            (lambda: iam.put_role_policy(RoleName="r", PolicyName=bad, PolicyDocument=ONE), "policyName"),
            (lambda: iam.create_policy(PolicyName=bad, PolicyDocument=ONE), "policyName"),
            (lambda: iam.create_group(GroupName=bad), "groupName"),
            (lambda: iam.update_group(GroupName="g", NewGroupName=bad), "newGroupName"),
            (lambda: iam.create_access_key(UserName=""), "userName"),
            (lambda: iam.create_instance_profile(InstanceProfileName=bad), "instanceProfileName"),
            (lambda: iam.delete_server_certificate(ServerCertificateName=bad), "serverCertificateName")):
        check(call, "ValidationError", 400, invalid(member, NAME))
    check(lambda: iam.create_user(UserName="a" * 65), "ValidationError", 400,
          one("userName", "have length less than or equal to 64"))
    check(lambda: iam.update_access_key(AccessKeyId="AKIA-A-B-C-D-E-F", Status="Active"), "ValidationError", 400,
          invalid("accessKeyId", "It must contain only alphanumeric characters."))
    assert raw.call(account, "CreateUser", raw.IAM).message == one("userName", "not be null")


def test_paths_that_are_none(account):
    iam = account.iam
    check(lambda: iam.create_user(UserName="u", Path="bad"), "ValidationError", 400, invalid("path", PATH))
    check(lambda: iam.create_policy(PolicyName="p", PolicyDocument=ONE, Path="/bad path/"), "ValidationError", 400,
          invalid("path", PATH))
    check(lambda: iam.update_user(UserName="u", NewPath="bad"), "ValidationError", 400, invalid("newPath", PATH))
    policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    for call in (iam.list_users, iam.list_roles, iam.list_groups, iam.list_instance_profiles, iam.list_policies,
                 iam.list_server_certificates,
                 lambda **more: iam.list_entities_for_policy(PolicyArn=policy, **more),
                 lambda **more: iam.list_attached_user_policies(UserName="admin", **more)):
        for prefix in ("", "bad", "/bad path/"):
            check(lambda: call(PathPrefix=prefix), "ValidationError", 400, invalid("pathPrefix", PREFIX))
        check(lambda: call(PathPrefix="/" + "a" * 511 + "/"), "ValidationError", 400,
              one("pathPrefix", "have length less than or equal to 512"))
    for prefix in ("/", "/~/", "/team", "/" + "a" * 511):
        iam.list_users(PathPrefix=prefix)


def test_documents_of_other_characters(account):
    iam = account.iam
    for call, member in (
            (lambda: iam.create_role(RoleName="r", AssumeRolePolicyDocument="\u0100"), "assumeRolePolicyDocument"),
            (lambda: iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument="\u0100"), "policyDocument")):
        check(call, "ValidationError", 400, invalid(member, "It must contain only printable ASCII characters."))


def test_who_is_missing_is_said_before_what_is_wrong_with_the_document(account):
    iam = account.iam
    for call, kind in ((lambda: iam.put_user_policy(UserName="none", PolicyName="p", PolicyDocument="{"), "user"),
                       (lambda: iam.put_role_policy(RoleName="none", PolicyName="p", PolicyDocument="{"), "role"),
                       (lambda: iam.put_group_policy(GroupName="none", PolicyName="p", PolicyDocument="{"), "group"),
                       (lambda: iam.update_assume_role_policy(RoleName="none", PolicyDocument="{"), "role")):
        check(call, "NoSuchEntity", 404, f"The {kind} with name none cannot be found.")


# --- tags -----------------------------------------------------------------------------------------

def test_tags_of_aws_are_its_own(account):
    iam = account.iam
    iam.create_user(UserName="u")
    made = iam.create_policy(PolicyName="p", PolicyDocument=ONE)["Policy"]["Arn"]
    for key in ("aws:x", "AWS:x", "aws:"):
        tags = [{"Key": "fine", "Value": ""}, {"Key": key, "Value": ""}]
        for call in (lambda: iam.tag_user(UserName="u", Tags=tags), lambda: iam.create_user(UserName="v", Tags=tags),
                     lambda: iam.tag_policy(PolicyArn=made, Tags=tags),
                     lambda: iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2, Tags=tags),
                     lambda: iam.create_instance_profile(InstanceProfileName="i", Tags=tags)):
            check(call, "InvalidInput", 400, "Tag keys beginning with aws: are reserved for system use.")
    iam.tag_user(UserName="u", Tags=[{"Key": "aws", "Value": "aws:x"}, {"Key": "awsx:", "Value": ""}])
    check(lambda: iam.get_user(UserName="v"), "NoSuchEntity", 404, "The user with name v cannot be found.")


def test_an_empty_key_breaks_two_constraints(account):
    pattern = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"
    at = "Value at 'tags.1.member.key' failed to satisfy constraint: Member must"
    check(lambda: account.iam.tag_user(UserName="admin", Tags=[{"Key": "", "Value": ""}]), "ValidationError", 400,
          f"2 validation errors detected: {at} have length greater than or equal to 1; "
          f"{at} satisfy regular expression pattern: {pattern}")
