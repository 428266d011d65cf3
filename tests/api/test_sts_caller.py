"""GetCallerIdentity, GetAccessKeyInfo, DecodeAuthorizationMessage."""
import json
import re

import pytest
import raw
from conftest import allow, deny, document, refused


def test_a_user_is_named_by_arn_and_unique_id(account):
    bob = account.user("bob", Path="/team/")
    me = bob.sts.get_caller_identity()
    assert me["Arn"] == account.arn("user/team/bob")
    assert me["Account"] == account.number
    assert me["UserId"] == account.iam.get_user(UserName="bob")["User"]["UserId"]


def test_root_is_named_by_the_account(account):
    me = account.root().sts.get_caller_identity()
    assert (me["Arn"], me["UserId"]) == (account.arn("root"), account.number)


def test_an_explicit_deny_does_not_hinder_asking_who_one_is(account):
    bob = account.user("bob", deny("*"))
    assert bob.sts.get_caller_identity()["Arn"] == account.arn("user/bob")


def test_the_request_id_is_a_uuid_in_header_and_body(account):
    meta = account.sts.get_caller_identity()["ResponseMetadata"]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
                        meta["RequestId"])
    assert meta["HTTPHeaders"]["x-amzn-requestid"] == meta["RequestId"]


def test_the_command_line_client(account):
    assert account.aws("sts", "get-caller-identity")["Account"] == account.number


def test_a_key_id_tells_its_account(account, other):
    info = account.sts.get_access_key_info(AccessKeyId=other.key)
    assert info["Account"] == other.number


def test_a_key_id_tells_its_account_whether_the_key_exists_or_not(account):
    assert account.sts.get_access_key_info(AccessKeyId="ASIAY34FZKBOKMUTVV7B")["Account"] == "609629065308"
    assert account.sts.get_access_key_info(AccessKeyId="AKIAYDZXWZRFXQVTHPAJ")["Account"] == "557925715019"


@pytest.mark.parametrize("key", [
    pytest.param("AKIAAAAAAAAAAAAAAAA1", id="outside the alphabet"),
    pytest.param("AKIAIOSFODNN7EXAMPLE", id="older than the scheme"),
    pytest.param("AKIA7777777777777777", id="thirteen digits"),
    pytest.param("ABIAY34FZKBOKMUTVV7A", id="a bearer token"),
    pytest.param("AKIAY34FZKBOKMUTVV7AA", id="too long"),
    pytest.param("A" * 128, id="as long as may be")])
def test_a_key_id_that_encodes_nothing_is_refused(account, key):
    with refused("ValidationError", 400, "Access key ID is not valid."):
        account.sts.get_access_key_info(AccessKeyId=key)


def test_a_users_own_id_is_no_access_key(account):
    user = account.iam.create_user(UserName="ida")["User"]
    with refused("ValidationError", 400, "Access key ID is not valid."):
        account.sts.get_access_key_info(AccessKeyId=user["UserId"])


def test_a_message_that_is_not_ours_is_refused(account):
    with refused("InvalidAuthorizationMessageException", 400):
        account.sts.decode_authorization_message(EncodedMessage="bm90IG91cnM=")


def test_asking_for_accounts_takes_a_permission(account):
    bob = account.user("bob")
    with refused("AccessDenied", 403, "sts:GetAccessKeyInfo"):
        bob.sts.get_access_key_info(AccessKeyId=bob.key)
    account.iam.put_user_policy(UserName="bob", PolicyName="p",
                                PolicyDocument=document(allow("sts:GetAccessKeyInfo")))
    assert bob.sts.get_access_key_info(AccessKeyId=bob.key)["Account"] == account.number


def test_who_asks_for_json_gets_it(account):
    """aws-iam-authenticator, Vault and Teleport send a GetCallerIdentity somebody else has signed, and read JSON."""
    def ask(accept, action="GetCallerIdentity", **how):
        answer = raw.get(account.server, raw.presign(account, action, **how), {"accept": accept})
        return answer.status, answer.headers["content-type"], answer.body
    for accept in ("application/json", "Application/JSON; q=0.9, text/xml"):
        status, kind, body = ask(accept)
        told = json.loads(body)["GetCallerIdentityResponse"]
        assert (status, kind) == (200, "application/json")
        assert told["GetCallerIdentityResult"]["Arn"] == account.arn("user/admin")
        assert re.fullmatch(r"[0-9a-f-]{36}", told["ResponseMetadata"]["RequestId"])
    for accept in ("", "*/*", "text/xml, application/json", "application/jsonp", "application/*"):
        assert ask(accept)[1] == "text/xml"
    _, _, body = ask("application/json", "GetSessionToken")
    expires = json.loads(body)["GetSessionTokenResponse"]["GetSessionTokenResult"]["Credentials"]["Expiration"]
    assert isinstance(expires, int) and expires > 1_700_000_000
    status, kind, body = ask("application/json", "GetUser", version=raw.IAM, service="iam", extra={"UserName": "none"})
    error = json.loads(body)
    assert (status, kind) == (404, "application/json") and error["RequestId"]
    assert error["Error"] == {"Code": "NoSuchEntity", "Type": "Sender",
                              "Message": "The user with name none cannot be found."}
