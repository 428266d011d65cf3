"""Sign-ins at real SAML providers, which the tests start: npm saml-idp, and SimpleSAMLphp of Debian. A person
fills in the provider's forms; what the provider then says is taken to AssumeRoleWithSAML."""
import base64
import contextlib
import html.parser
import http.cookiejar
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from clients import SDK
from conftest import ROOT, allow, refused, trust
from saml_idp import ACS, Idp
from test_sts_saml import FEDERATED, update

PREFIX = "https://aws.amazon.com/SAML/Attributes/"
AUDIENCE = "urn:amazon:webservices"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
PHP = ROOT / "tests/api/php/usr/share/simplesamlphp"
BAD = ("InvalidIdentityToken", 400)


# --- a person with a browser ----------------------------------------------------------------------------


class Form(html.parser.HTMLParser):
    """The first form of a page."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        said = dict(attributes)
        if tag == "form" and self.action is None:
            self.action = said.get("action", "")
        elif tag == "input" and said.get("name"):
            self.fields[said["name"]] = said.get("value", "")


def sign_in(address, **typed):
    """Follows the forms from an address until one carries a SAMLResponse: (where it would go, the response)."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
                                          urllib.request.ProxyHandler({}))
    data = None
    for _ in range(4):
        with browser.open(address, data, timeout=20) as answer:
            form, here = Form(answer.read().decode()), answer.url
        if "SAMLResponse" in form.fields:
            return form.action, form.fields["SAMLResponse"]
        assert form.action is not None, here
        address = urllib.parse.urljoin(here, form.action)
        data = urllib.parse.urlencode({**form.fields, **typed}).encode()
    raise AssertionError("no form with a SAMLResponse")


def fetch(address, seconds=15):
    """Waits for a provider that is starting."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=20) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < end, address
            time.sleep(0.05)


# --- the providers ----------------------------------------------------------------------------------------


class SamlIdp:
    """npm saml-idp: whoever signs in types what is said about him."""

    kinds = ("signed", "encrypted")

    def __init__(self, directory, signer, receiver):
        config = directory / "config.js"
        attributes = [PREFIX + name for name in ("Role", "RoleSessionName", "SessionDuration", "PrincipalTag:team")]
        config.write_text("module.exports = " + json.dumps({
            "user": {"userName": "", "nameIdFormat": PERSISTENT},
            "metadata": [{"id": name, "displayName": name, "multiValue": False} for name in attributes]}))
        self.options = {"acsUrl": ACS, "audience": AUDIENCE, "issuer": "urn:test:saml-idp", "configFile": str(config),
                        "cert": str(signer.cert_file), "key": str(signer.key_file)}
        public = subprocess.run(["openssl", "x509", "-pubkey", "-noout", "-in", receiver.cert_file], check=True,
                                capture_output=True, text=True).stdout
        (directory / "public.pem").write_text(public)
        self.sealing = {"encryptAssertion": True, "encryptionCert": str(receiver.cert_file),
                        "encryptionPublicKey": str(directory / "public.pem")}

    @contextlib.contextmanager
    def running(self, kind, _facts):
        options = {**self.options, **(self.sealing if kind == "encrypted" else {})}
        process = subprocess.Popen(["node", str(SDK.parents[2] / "saml-provider.cjs"), json.dumps(options)],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            self.address = process.stdout.readline().strip()
            assert self.address.startswith("http://127.0.0.1:")
            yield fetch(self.address + "/metadata")
        finally:
            process.stdin.close()
            process.wait(20)
            process.stdout.close()

    def sign_in(self, facts):
        return sign_in(self.address + "/saml/sso", userName="ana", nameIdFormat=PERSISTENT,
                       **{PREFIX + name: value for name, value in facts.items()})


def php(value):
    """As a literal of PHP; JSON's double quotes would have variables in them."""
    if isinstance(value, dict):
        return "[" + ", ".join(f"{php(key)} => {php(item)}" for key, item in value.items()) + "]"
    if isinstance(value, list):
        return "[" + ", ".join(map(php, value)) + "]"
    if isinstance(value, (bool, int)):
        return str(value).lower()
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


class SimpleSamlPhp:
    """Debian's SimpleSAMLphp in PHP's own web server: a user and a password."""

    kinds = ("signed", "encrypted")

    def __init__(self, directory, signer, receiver):
        if not PHP.is_dir() or not shutil.which("php"):
            pytest.skip("SimpleSAMLphp is not here: tools/simplesamlphp, and php-cli and php-xml of Debian")
        self.directory, self.receiver = directory, receiver
        for name in ("config", "metadata", "cert", "tmp"):
            (directory / name).mkdir()
        shutil.copy(signer.cert_file, directory / "cert/idp.pem")
        shutil.copy(signer.key_file, directory / "cert/idp.key")
        self.write("config/config.php", "$config", {
            "baseurlpath": "/", "secretsalt": "tests", "auth.adminpassword": "not used", "timezone": "UTC",
            "technicalcontact_email": "nobody@example.com", "logging.handler": "errorlog", "logging.level": 3,
            "tempdir": str(directory / "tmp"), "certdir": str(directory / "cert") + "/", "store.type": "phpsession",
            "session.phpsession.savepath": str(directory / "tmp"), "session.cookie.secure": False,
            "enable.saml20-idp": True, "module.enable": {"exampleauth": True, "core": True, "saml": True},
            "metadata.sources": [{"type": "flatfile", "directory": str(directory / "metadata")}]})
        self.write("metadata/saml20-idp-hosted.php", "$metadata['__DYNAMIC:1__']", {
            "host": "__DEFAULT__", "privatekey": "idp.key", "certificate": "idp.pem", "auth": "people"})

    def write(self, name, what, value):
        (self.directory / name).write_text(f"<?php\n{what} = {php(value)};\n")

    @contextlib.contextmanager
    def running(self, kind, facts):
        self.write("config/authsources.php", "$config", {"people": {
            0: "exampleauth:UserPass", "ana:secret": {"uid": ["ana"], **{
                PREFIX + name: [value] for name, value in facts.items()}}}})
        self.write("metadata/saml20-sp-remote.php", f"$metadata['{AUDIENCE}']", {
            "AssertionConsumerService": ACS, "NameIDFormat": PERSISTENT, "simplesaml.nameidattribute": "uid",
            "assertion.encryption": kind == "encrypted", "certData": self.receiver.certificate})
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{free.getsockname()[1]}"
        process = subprocess.Popen(
            ["php", "-d", "display_errors=0", "-d", "error_reporting=0", "-S", self.address[7:], "-t", str(PHP / "www")],
            env={**os.environ, "SIMPLESAMLPHP_CONFIG_DIR": str(self.directory / "config")},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield fetch(self.address + "/saml2/idp/metadata.php")
        finally:
            process.terminate()
            process.wait(20)

    def sign_in(self, _facts):
        return sign_in(f"{self.address}/saml2/idp/SSOService.php?spentityid={AUDIENCE}", username="ana",
                       password="secret")


# --- the tests --------------------------------------------------------------------------------------------


def tampered(xml):
    """The response with something changed that nobody signed: (what, bytes)."""
    signature = re.compile(rb"<(\w+:)?SignatureValue>\s*(.)")
    yield "the subject", re.sub(rb">ana<", b">eve<", xml)
    yield "the subject, cut by a comment", re.sub(rb">ana<", b">an<!-- -->a<", xml)
    yield "the role", xml.replace(b"role/app,", b"role/root,")
    yield "the tag", xml.replace(b">blue<", b">red<")
    yield "the signature", signature.sub(lambda m: m[0][:-1] + (b"A" if m[2] != b"A" else b"B"), xml)
    yield "no signature", re.sub(rb"<(\w+:)?Signature .*?</(\w+:)?Signature>", b"", xml, flags=re.S)
    yield "another assertion in front", re.sub(
        rb"(<(\w+:)?Assertion .*?</(\w+:)?Assertion>)", lambda m: m[0].replace(b">ana<", b">eve<") + m[0], xml, flags=re.S)
    yield "until when", re.sub(rb'NotOnOrAfter="20', b'NotOnOrAfter="21', xml)


def tampered_sealed(xml):
    cipher = re.compile(rb"(CipherValue>\s*[A-Za-z0-9+/]{40})(.)")
    yield "the ciphertext", cipher.sub(lambda m: m[1] + (b"A" if m[2] != b"A" else b"B"), xml)
    yield "the address", xml.replace(ACS.encode(), b"https://evil.example/saml")


@pytest.mark.parametrize("kind", ["signed", "encrypted"])
@pytest.mark.parametrize("provider", [SamlIdp, SimpleSamlPhp])
def test_a_person_signs_in(account, tmp_path, provider, kind):
    signer, receiver = Idp(tmp_path), Idp(tmp_path, key="rsa:3072")
    arn, role = account.arn("saml-provider/idp"), account.arn("role/app")
    facts = {"Role": f"{role},{arn}", "RoleSessionName": "ana@example.com", "SessionDuration": "1800",
             "PrincipalTag:team": "blue"}
    idp = provider(tmp_path, signer, receiver)
    with idp.running(kind, facts) as metadata:
        account.iam.create_saml_provider(Name="idp", SAMLMetadataDocument=metadata.ljust(1000))
        where, response = idp.sign_in(facts)
    if kind == "encrypted":
        update(account, arn, AddPrivateKey=receiver.key_file.read_text(), AssertionEncryptionMode="Required")
    account.role("app", trust({"Federated": arn}, FEDERATED, Condition={"StringEquals": {
        "saml:aud": ACS, "saml:sub": "ana", "saml:sub_type": "persistent", "aws:RequestTag/team": "blue"}}),
        allow("iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}}))
    nobody = account.server.caller("AKIANOBODY", "x").sts

    def assume(text):
        return nobody.assume_role_with_saml(RoleArn=role, PrincipalArn=arn, SAMLAssertion=text)
    assert where == ACS
    answer = assume(response)
    assert (answer["Subject"], answer["SubjectType"], answer["Audience"]) == ("ana", "persistent", ACS)
    session = account.session(answer["Credentials"])
    assert session.sts.get_caller_identity()["Arn"] == account.arn("assumed-role/app/ana@example.com", "sts")
    assert 1700 < (answer["Credentials"]["Expiration"].timestamp() - time.time()) <= 1800
    assert session.iam.list_users() is not None

    xml = base64.b64decode(response)
    assert (b"EncryptedAssertion" in xml) == (kind == "encrypted")
    for what, changed in tampered_sealed(xml) if kind == "encrypted" else tampered(xml):
        assert changed != xml, what
        with refused(*BAD):
            print("changed:", what)
            assume(base64.b64encode(changed).decode())
    account.iam.update_saml_provider(  # the same provider, with another key
        SAMLProviderArn=arn, SAMLMetadataDocument=metadata.replace(signer.certificate, receiver.certificate).ljust(1000))
    with refused(*BAD):
        assume(response)
