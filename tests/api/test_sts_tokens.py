"""GetSessionToken and GetFederationToken."""
import pytest

from conftest import allow, deny, denied, document, refused, seconds_left, trust

ANY = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def session_of(caller, **more):
    return caller.session(caller.sts.get_session_token(**more)["Credentials"])


def federated(caller, name="fred", **more):
    return caller.session(caller.sts.get_federation_token(Name=name, **more)["Credentials"])


# --- GetSessionToken

def test_a_session_token_stands_for_the_user(account):
    session = session_of(account)
    assert session.key.startswith("ASIA")
    assert session.sts.get_caller_identity()["Arn"] == account.arn("user/admin")
    assert 43190 < seconds_left(session) <= 43200


def test_it_takes_no_permission(account):
    bob = account.user("bob", deny("*"))
    assert session_of(bob).sts.get_caller_identity()["Arn"] == account.arn("user/bob")


def test_it_cannot_call_iam_without_mfa(account):
    with refused("InvalidClientTokenId", 403):
        session_of(account).iam.list_users()


def test_of_sts_it_can_call_assume_role_only(account):
    role = account.role("app", trust({"AWS": account.arn("user/admin")}))
    session = session_of(account)
    session.assume(role)
    with denied("Cannot call GetSessionToken with session credentials"):
        session.sts.get_session_token()
    with denied("Cannot call GetFederationToken with session credentials"):
        session.sts.get_federation_token(Name="fred")
    with denied():
        session.sts.get_access_key_info(AccessKeyId=session.key)


def test_a_role_session_gets_no_other_session_tokens(account):
    session = account.assume(account.role("app", trust({"AWS": account.number}), ANY))
    with denied("Cannot call GetSessionToken with session credentials"):
        session.sts.get_session_token()
    with denied("Cannot call GetFederationToken with session credentials"):
        session.sts.get_federation_token(Name="fred")


def test_root_sessions_last_an_hour(account):
    session = session_of(account.root(), DurationSeconds=43200)
    assert 3590 < seconds_left(session) <= 3600
    assert session.sts.get_caller_identity()["Arn"] == account.arn("root")


@pytest.mark.parametrize("seconds", [899, 129601])
def test_durations_outside_the_model_are_invalid(account, seconds):
    with refused("ValidationError", 400, "durationSeconds"):
        account.sts.get_session_token(DurationSeconds=seconds)
    with refused("ValidationError", 400, "durationSeconds"):
        account.sts.get_federation_token(Name="fred", DurationSeconds=seconds)


def test_it_dies_with_the_key_it_came_from(account):
    bob = account.user("bob")
    session = session_of(bob)
    session.sts.get_caller_identity()
    account.iam.update_access_key(UserName="bob", AccessKeyId=bob.key, Status="Inactive")
    with refused("InvalidClientTokenId", 403):
        session.sts.get_caller_identity()
    account.iam.update_access_key(UserName="bob", AccessKeyId=bob.key, Status="Active")
    session.sts.get_caller_identity()
    account.iam.delete_access_key(UserName="bob", AccessKeyId=bob.key)
    with refused("InvalidClientTokenId", 403):
        session.sts.get_caller_identity()


def test_a_recreated_user_is_another_one(account):
    bob = account.user("bob")
    session = session_of(bob)
    session.sts.get_caller_identity()
    account.iam.delete_access_key(UserName="bob", AccessKeyId=bob.key)
    account.iam.delete_user(UserName="bob")
    account.user("bob")
    for old in (session, bob):
        with refused("InvalidClientTokenId", 403):
            old.sts.get_caller_identity()


def test_a_role_session_goes_no_further_than_the_session_token(account):
    role = account.role("app", trust({"AWS": account.arn("user/admin")}))
    session = session_of(account, DurationSeconds=900)
    assert session.assume(role, DurationSeconds=3600).expires <= session.expires


# --- GetFederationToken

def test_a_federated_user_has_a_name_of_its_own(account):
    answer = account.sts.get_federation_token(Name="fred")
    assert answer["FederatedUser"] == {"FederatedUserId": f"{account.number}:fred",
                                       "Arn": account.arn("federated-user/fred", "sts")}
    assert answer["PackedPolicySize"] == 0
    me = account.session(answer["Credentials"]).sts.get_caller_identity()
    assert me["Arn"] == account.arn("federated-user/fred", "sts")
    assert me["UserId"] == f"{account.number}:fred"


def test_it_takes_a_permission_on_the_federated_user(account):
    bob = account.user("bob", allow("sts:GetFederationToken", account.arn("federated-user/fred", "sts")))
    federated(bob, "fred")
    with denied("no identity-based policy allows the sts:GetFederationToken action"):
        federated(bob, "other")


def test_without_a_policy_it_may_nothing(account):
    role = account.role("app", trust({"AWS": account.number}))
    fred = federated(account)
    with refused("InvalidClientTokenId", 403):
        fred.iam.list_users()
    with denied():
        fred.assume(role)


def test_it_calls_neither_iam_nor_sts(account):
    role = account.role("app", trust({"AWS": account.number}))
    fred = federated(account, Policy=document(ANY))
    with refused("InvalidClientTokenId", 403):
        fred.iam.list_users()
    with denied():
        fred.assume(role)
    with denied("Cannot call GetFederationToken with session credentials"):
        fred.sts.get_federation_token(Name="fred")
    fred.sts.get_caller_identity()


def test_a_malformed_policy_is_refused(account):
    with refused("MalformedPolicyDocument", 400):
        federated(account, Policy="{}")


def test_a_name_has_32_characters_at_most(account):
    federated(account, "f" * 32)
    with refused("ValidationError", 400) as said:
        federated(account, "f" * 33)
    assert said.message == (f"1 validation error detected: Value '{'f' * 33}' at 'name' failed to "
                            "satisfy constraint: Member must have length less than or equal to 32")


def test_tags_take_a_permission(account):
    bob = account.user("bob", allow("sts:GetFederationToken"))
    with denied("sts:TagSession"):
        federated(bob, Tags=[{"Key": "team", "Value": "blue"}])
    answer = account.sts.get_federation_token(Name="fred", Tags=[{"Key": "team", "Value": "blue"}])
    assert answer["PackedPolicySize"] > 0


def test_it_dies_with_its_user(account):
    bob = account.user("bob", ANY)
    fred = federated(bob)
    fred.sts.get_caller_identity()
    account.iam.delete_access_key(UserName="bob", AccessKeyId=bob.key)
    with refused("InvalidClientTokenId", 403):
        fred.sts.get_caller_identity()
