"""The account: its alias and its summary."""
import uuid

from conftest import allow, document, refused


def test_an_alias_is_the_only_one_anywhere(account, other):
    first, second = (f"a{uuid.uuid4().hex[:20]}" for _ in range(2))
    assert account.iam.list_account_aliases()["AccountAliases"] == []
    account.iam.create_account_alias(AccountAlias=first)
    account.iam.create_account_alias(AccountAlias=first)
    with refused("EntityAlreadyExists", 409) as said:
        other.iam.create_account_alias(AccountAlias=first)
    assert said.message == f"The account alias {first} already exists."
    account.iam.create_account_alias(AccountAlias=second)  # in the first one's place
    answer = account.iam.list_account_aliases()
    assert (answer["AccountAliases"], answer["IsTruncated"]) == ([second], False)
    with refused("NoSuchEntity", 404):
        account.iam.delete_account_alias(AccountAlias=first)
    other.iam.create_account_alias(AccountAlias=first)
    account.iam.delete_account_alias(AccountAlias=second)
    assert account.iam.list_account_aliases()["AccountAliases"] == []


def test_the_summary_counts(server, account):
    iam = account.iam
    before = iam.get_account_summary()["SummaryMap"]
    assert (before["Users"], before["Groups"], before["Roles"], before["Policies"]) == (1, 0, 0, 0)
    assert (before["UsersQuota"], before["RolesQuota"], before["AccessKeysPerUserQuota"]) == (5000, 1000, 2)
    iam.create_user(UserName="bob")
    iam.create_user(UserName="carl")
    iam.create_group(GroupName="g")
    iam.create_instance_profile(InstanceProfileName="i")
    arn = account.policy("p", allow("s3:*"))
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow("s3:Get*")))
    iam.delete_user(UserName="carl")
    with refused("EntityAlreadyExists"):
        iam.create_user(UserName="bob")
    server.admin("account", "quota", account.number, "RolesPerAccount", "1234")
    after = iam.get_account_summary()["SummaryMap"]
    changed = {name: value for name, value in after.items() if value != before[name]}
    assert changed == {"Users": 2, "Groups": 1, "InstanceProfiles": 1, "Policies": 1, "PolicyVersionsInUse": 2,
                       "RolesQuota": 1234}
    assert len(after) == 34
