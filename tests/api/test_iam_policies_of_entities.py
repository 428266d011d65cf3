"""Inline policies and attachments: the same for users, groups and roles."""
import json
import urllib.parse
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from conftest import allow, document, refused

ODD = '{ "Version" : "2012-10-17",\n\t"Statement":[{"Sid":"A1","Effect":"Allow","Action":"s3:GetObject",' \
      '"Resource":"arn:aws:s3:::b/%3A+ &é"}]}'
KINDS = {"user": ("UserName", 2048), "group": ("GroupName", 5120), "role": ("RoleName", 10240)}


class Kind:
    def __init__(self, account, kind):
        self.iam, self.kind = account.iam, kind
        self.member, self.size = KINDS[kind]
        more = {}
        if kind == "role":
            more["AssumeRolePolicyDocument"] = document({
                "Effect": "Allow", "Principal": {"AWS": account.number}, "Action": "sts:AssumeRole"})
        self.call("create_{}", "Thing", **more)

    def call(self, operation, name, **more):
        return getattr(self.iam, operation.format(self.kind))(**{self.member: name}, **more)


@pytest.fixture(params=KINDS)
def thing(request, account):
    return Kind(account, request.param)


def of_size(size):
    """A document that counts as `size` characters, and has many more."""
    text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:%s","Resource":"*"}]}'
    return (text % ("x" * (size - len(text) + 2))).replace(",", ",\n" + " " * 50)


def raw(account, **parameters):
    """The body of an answer, as it is on the wire."""
    request = botocore.awsrequest.AWSRequest(
        "POST", account.server.url, data=urllib.parse.urlencode({"Version": "2010-05-08", **parameters}),
        headers={"Content-Type": "application/x-www-form-urlencoded"})
    credentials = botocore.credentials.Credentials(account.key, account.secret)
    botocore.auth.SigV4Auth(credentials, "iam", "us-east-1").add_auth(request)
    context = None
    if account.server.ca:
        import ssl
        context = ssl.create_default_context(cafile=account.server.ca)
    plain = urllib.request.Request(account.server.url, request.data.encode(), dict(request.headers))
    with urllib.request.urlopen(plain, timeout=10, context=context) as answer:
        return answer.read().decode()


def test_a_document_comes_back_byte_for_byte(account):
    account.iam.create_user(UserName="bob")
    account.iam.put_user_policy(UserName="bob", PolicyName="Odd", PolicyDocument=ODD)
    body = raw(account, Action="GetUserPolicy", UserName="BOB", PolicyName="oDD")
    encoded = body.split("<PolicyDocument>")[1].split("</PolicyDocument>")[0]
    assert encoded == urllib.parse.quote(ODD, safe="-_.~")
    assert "<UserName>bob</UserName>" in body and "<PolicyName>Odd</PolicyName>" in body


def test_inline_policies(thing):
    thing.call("put_{}_policy", "thing", PolicyName="B", PolicyDocument=document(allow("s3:*")))
    thing.call("put_{}_policy", "thing", PolicyName="a", PolicyDocument=document(allow("s3:*")))
    thing.call("put_{}_policy", "THING", PolicyName="b", PolicyDocument=document(allow("sqs:*")))
    got = thing.call("get_{}_policy", "thing", PolicyName="B")
    assert got["PolicyDocument"] == json.loads(document(allow("sqs:*")))
    assert got[thing.member] == "Thing"
    assert thing.call("list_{}_policies", "thing")["PolicyNames"] == ["a", "b"]
    page = thing.call("list_{}_policies", "thing", MaxItems=1)
    assert (page["PolicyNames"], page["IsTruncated"]) == (["a"], True)
    assert thing.call("list_{}_policies", "thing", Marker=page["Marker"])["PolicyNames"] == ["b"]
    thing.call("delete_{}_policy", "thing", PolicyName="A")
    for operation in ("get_{}_policy", "delete_{}_policy"):
        with refused("NoSuchEntity", 404) as said:
            thing.call(operation, "thing", PolicyName="a")
        assert said.message == f"The {thing.kind} policy with name a cannot be found."
    with refused("DeleteConflict", 409) as said:
        thing.call("delete_{}", "thing")
    assert said.message == "Cannot delete entity, must delete policies first."


def test_totals_count_without_white_space(thing):
    half = thing.size // 2
    with refused("LimitExceeded", 409) as said:
        thing.call("put_{}_policy", "thing", PolicyName="a", PolicyDocument=of_size(thing.size + 1))
    assert said.message == f"Maximum policy size of {thing.size} bytes exceeded for {thing.kind} Thing"
    thing.call("put_{}_policy", "thing", PolicyName="a", PolicyDocument=of_size(thing.size))
    thing.call("put_{}_policy", "thing", PolicyName="a", PolicyDocument=of_size(half))
    thing.call("put_{}_policy", "thing", PolicyName="b", PolicyDocument=of_size(half))
    with refused("LimitExceeded", 409):
        thing.call("put_{}_policy", "thing", PolicyName="b", PolicyDocument=of_size(half + 1))
    assert len(thing.call("list_{}_policies", "thing")["PolicyNames"]) == 2


@pytest.mark.parametrize("text", ['{', "[]", '{"Version":"2012-10-17"}', '{"Version":"2012-10-17","Statement":[]}x',
                                  '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[{"Effect":"Allow",'
                                  '"Action":"s3:*","Resource":"*"}]}',
                                  document({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Resources": "*"})])
def test_a_document_that_is_none(thing, text):
    with refused("MalformedPolicyDocument", 400):
        thing.call("put_{}_policy", "thing", PolicyName="p", PolicyDocument=text)
    assert thing.call("list_{}_policies", "thing")["PolicyNames"] == []


def test_attachments(thing, account, other):
    arns = [account.policy(f"p{i:02}", allow("s3:*")) for i in range(11)]
    for arn in reversed(arns[:10]):
        thing.call("attach_{}_policy", "thing", PolicyArn=arn)
    thing.call("attach_{}_policy", "thing", PolicyArn=arns[0])
    with refused("LimitExceeded", 409) as said:
        thing.call("attach_{}_policy", "thing", PolicyArn=arns[10])
    assert said.message == f"Cannot exceed quota for PoliciesPer{thing.kind.capitalize()}: 10"
    listed = thing.call("list_attached_{}_policies", "thing")["AttachedPolicies"]
    assert listed == [{"PolicyName": f"p{i:02}", "PolicyArn": arns[i]} for i in range(10)]
    page = thing.call("list_attached_{}_policies", "thing", MaxItems=4)
    rest = thing.call("list_attached_{}_policies", "thing", Marker=page["Marker"])
    assert page["AttachedPolicies"] + rest["AttachedPolicies"] == listed
    assert thing.call("list_attached_{}_policies", "thing", PathPrefix="/none/")["AttachedPolicies"] == []
    assert account.iam.get_policy(PolicyArn=arns[0])["Policy"]["AttachmentCount"] == 1
    with refused("DeleteConflict", 409) as said:
        thing.call("delete_{}", "thing")
    assert said.message == "Cannot delete entity, must detach all policies first."
    thing.call("detach_{}_policy", "thing", PolicyArn=arns[0])
    with refused("NoSuchEntity", 404) as said:
        thing.call("detach_{}_policy", "thing", PolicyArn=arns[0])
    assert said.message == f"Policy {arns[0]} was not found."
    foreign = other.policy("theirs", allow("*"))
    for arn, code, text in ((foreign, "NoSuchEntity", f"Policy {foreign} does not exist or is not attachable."),
                            ("not an arn, but long enough", "ValidationError", "Invalid ARN:  Could not be parsed!")):
        with refused(code) as said:
            thing.call("attach_{}_policy", "thing", PolicyArn=arn)
        assert said.message == text


def test_policies_of_aws_attach(thing):
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    thing.call("attach_{}_policy", "thing", PolicyArn=arn)
    assert thing.call("list_attached_{}_policies", "thing")["AttachedPolicies"] == [
        {"PolicyName": "AdministratorAccess", "PolicyArn": arn}]
    thing.call("detach_{}_policy", "thing", PolicyArn=arn)
