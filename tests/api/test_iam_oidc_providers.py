"""OpenID Connect providers: limits and refusals; test_every_client_federation.py has the rest."""
import pytest
from conftest import Account, allow, denied, refused

URL = "https://idp.example.org/realm"


def create(account, url=URL, **more):
    return account.iam.create_open_id_connect_provider(Url=url, **more)["OpenIDConnectProviderArn"]


@pytest.mark.parametrize("code, text, urls", [
    ("ValidationError", "", ["idp.example.org", "ftp://idp.example.org", "https://", "HTTPS://idp.example.org",
                             "https://idp example.org", "https://idp.example.org/\\x", "https://idp.example.org/{x}"]),
    ("InvalidInput", ". The URL must begin with https://.", ["http://idp.example.org"]),
    ("InvalidInput", ".", [
        "https:///x", "https://idp.example.org:443", "https://idp.example.org?x=1", "https://idp.example.org/#x",
        "https://u@idp.example.org", "https://idp", "https://aws", "https://saml/x", "https://-idp.example.org",
        "https://127.example.org:8080", "https://."]),
])
def test_urls_that_are_none(account, code, text, urls):
    for url in urls:
        with refused(code, 400) as said:
            create(account, url)
        assert said.message == "Invalid Open ID Connect Provider URL" + text


def test_url_of_256_characters(account):
    create(account, URL + "x" * (255 - len(URL)))
    with refused("ValidationError", 400, "less than or equal to 255"):
        create(account, URL + "x" * (256 - len(URL)))


def test_same_host_other_path_is_another_provider(account):
    first, second = create(account, "https://idp.example.org/a/b"), create(account, "https://idp.example.org/c/b")
    assert first == account.arn("oidc-provider/idp.example.org/a/b") and first != second
    listed = account.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert {entry["Arn"] for entry in listed} == {first, second}


def test_one_client_id_too_many(account):
    with refused("LimitExceeded", 409, "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100"):
        create(account, ClientIDList=[f"c{i}" for i in range(101)])
    arn = create(account, ClientIDList=[f"c{i}" for i in range(100)])
    with refused("LimitExceeded", 409, "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100"):
        account.iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="more")


def test_thumbprints(account):
    with refused("InvalidInput", 400, "Thumbprint list must contain fewer than 5 entries."):
        create(account, ThumbprintList=["a" * 40] * 6)
    with refused("InvalidInput", 400, "40 hexadecimal digits"):
        create(account, ThumbprintList=["-" * 40])
    with refused("ValidationError", 400):
        create(account, ThumbprintList=["a" * 39])
    arn = create(account, ThumbprintList=["a" * 40] * 4 + ["B" * 40])
    assert account.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ThumbprintList"][-1] == "b" * 40
    account.iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=[])


def test_one_provider_too_many(account, server):
    server.admin("account", "quota", account.number, "OpenIdConnectProvidersPerAccount", "1")
    create(account)
    with refused("LimitExceeded", 409, "Cannot exceed quota for OpenIdConnectProvidersPerAccount: 1"):
        create(account, URL + "2")


def test_arns_that_name_none(account, server):
    with denied("iam:GetOpenIDConnectProvider"):
        account.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=create(Account(server)))
    for wrong in (account.arn("oidc-provider/idp.example.org"), account.arn("oidc-provider/none.example.org")):
        with refused("NoSuchEntity", 404, f"OpenIDConnect Provider not found for arn {wrong}"):
            account.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=wrong)
    with refused("ValidationError", 400):
        account.iam.get_open_id_connect_provider(OpenIDConnectProviderArn="x" * 20)


def test_permissions_are_on_the_provider(account):
    arn = create(account, Tags=[{"Key": "team", "Value": "blue"}])
    other = create(account, URL + "2")
    bob = account.user("bob", allow("iam:GetOpenIDConnectProvider", arn),
                       allow("iam:TagOpenIDConnectProvider", Condition={"StringEquals": {
                           "aws:ResourceTag/team": "blue"}}),
                       allow("iam:CreateOpenIDConnectProvider", account.arn("oidc-provider/new.example.org")))
    bob.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    with denied("iam:GetOpenIDConnectProvider"):
        bob.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=other)
    bob.iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    with denied("iam:TagOpenIDConnectProvider"):
        bob.iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=other, Tags=[{"Key": "a", "Value": "b"}])
    bob.iam.create_open_id_connect_provider(Url="https://new.example.org")
    with denied("iam:CreateOpenIDConnectProvider"):
        bob.iam.create_open_id_connect_provider(Url="https://old.example.org")
