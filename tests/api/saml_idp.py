"""An identity provider for the tests: metadata, and responses signed and encrypted as asked, with
lxml and xmlsec. What it makes is right unless a test says otherwise.

    idp = Idp(tmp_path)
    account.iam.create_saml_provider(Name="idp", SAMLMetadataDocument=idp.metadata())
    text = idp.response(role, provider)                # base64, as AssumeRoleWithSAML wants it
    tree = idp.tree(role, provider)                    # before it is signed: change it, then idp.sign
"""
import base64
import copy
import datetime
import functools
import pathlib
import subprocess
import tempfile

import xmlsec
from lxml import etree

PROTOCOL, ASSERTION = "urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:2.0:assertion"
DSIG, METADATA = "http://www.w3.org/2000/09/xmldsig#", "urn:oasis:names:tc:SAML:2.0:metadata"
XMLENC = "http://www.w3.org/2001/04/xmlenc#"
NS = {"p": PROTOCOL, "a": ASSERTION, "ds": DSIG, "x": XMLENC}
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
ACS = "https://signin.aws.amazon.com/saml"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"


def at(seconds):
    """That many seconds from now, as SAML writes it."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return (now + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def encode(tree):
    return base64.b64encode(tree if isinstance(tree, bytes) else etree.tostring(tree)).decode()


class Idp:
    def __init__(self, directory, name="urn:test:idp", key="rsa:2048"):
        self.name = name
        self.key_file, self.cert_file = directory / f"{key}.key".replace(":", "-"), directory / f"{key}.pem".replace(":", "-")
        new = ["-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{key[3:]}"] if key.startswith("ec:") else [
            "-newkey", key]
        subprocess.run(["openssl", "req", "-x509", *new, "-nodes", "-days", "2", "-subj", "/CN=test", "-out",
                        self.cert_file, "-keyout", self.key_file], check=True, capture_output=True)
        self.certificate = "".join(self.cert_file.read_text().split("\n")[1:-2])

    @classmethod
    @functools.cache
    def of_the_tests(cls):
        """One for all who only need some provider."""
        return cls(pathlib.Path(tempfile.mkdtemp(prefix="mantle-idp-")))

    def metadata(self, *certificates, more="", **attributes):
        keys = "".join(
            f'<KeyDescriptor use="signing"><KeyInfo xmlns="{DSIG}"><X509Data><X509Certificate>{text}'
            "</X509Certificate></X509Data></KeyInfo></KeyDescriptor>" for text in certificates or [self.certificate])
        said = "".join(f' {name}="{value}"' for name, value in {"entityID": self.name, **attributes}.items())
        return (f'<EntityDescriptor xmlns="{METADATA}"{said}><IDPSSODescriptor protocolSupportEnumeration='
                f'"{PROTOCOL}">{keys}<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" '
                f'Location="https://idp.example.com/sso"/></IDPSSODescriptor>{more}</EntityDescriptor>').ljust(1000)

    def tree(self, role, provider, subject="ana", name_format=PERSISTENT, session="ana@example.com",
             audience="urn:amazon:webservices", recipient=ACS, until=300, since=-10, issuer=None, pairs=None,
             status=SUCCESS, session_until=None, **attributes):
        """A Response as an element, not signed. Attributes: name (of AWS's without the prefix) to values."""
        issuer = issuer or self.name
        values = {ATTRIBUTES + "Role": pairs or [f"{role},{provider}"], ATTRIBUTES + "RoleSessionName": [session]}
        for name, value in attributes.items():
            values[name if ":" in name and not name.startswith("PrincipalTag:") else ATTRIBUTES + name] = (
                value if isinstance(value, list) else [value])
        said = "".join(f'<saml:Attribute Name="{name}">' + "".join(
            f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in found) + "</saml:Attribute>"
            for name, found in values.items() if found != [None])
        end = f' SessionNotOnOrAfter="{at(session_until)}"' if session_until is not None else ""
        text = (
            f'<samlp:Response xmlns:samlp="{PROTOCOL}" xmlns:saml="{ASSERTION}" ID="_r1" Version="2.0" '
            f'IssueInstant="{at(0)}" Destination="{ACS}"><saml:Issuer>{issuer}</saml:Issuer><samlp:Status>'
            f'<samlp:StatusCode Value="{status}"/></samlp:Status><saml:Assertion ID="_a1" Version="2.0" '
            f'IssueInstant="{at(0)}"><saml:Issuer>{issuer}</saml:Issuer><saml:Subject><saml:NameID '
            f'Format="{name_format}">{subject}</saml:NameID><saml:SubjectConfirmation '
            'Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData '
            f'NotOnOrAfter="{at(until)}" Recipient="{recipient}"/></saml:SubjectConfirmation></saml:Subject>'
            f'<saml:Conditions NotBefore="{at(since)}" NotOnOrAfter="{at(until)}"><saml:AudienceRestriction>'
            f"<saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
            f'<saml:AuthnStatement AuthnInstant="{at(0)}"{end}/><saml:AttributeStatement>{said}'
            "</saml:AttributeStatement></saml:Assertion></samlp:Response>")
        return etree.fromstring(text)

    def sign(self, element, method=None, digest=xmlsec.Transform.SHA256, c14n=xmlsec.Transform.EXCL_C14N,
             reference=None, transforms=None, ns="ds"):
        """Signs in place, the signature behind the Issuer, and gives the element back."""
        method = method or xmlsec.Transform.RSA_SHA256
        signature = xmlsec.template.create(element, c14n, method, ns=ns)
        element.insert(1, signature)
        named = "#" + element.get("ID") if reference is None else reference
        node = xmlsec.template.add_reference(signature, digest, uri=named)
        for transform in transforms or (xmlsec.Transform.ENVELOPED, xmlsec.Transform.EXCL_C14N):
            xmlsec.template.add_transform(node, transform)
        info = xmlsec.template.ensure_key_info(signature)
        xmlsec.template.add_x509_data(info)
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_file(str(self.key_file), xmlsec.KeyFormat.PEM)
        context.key.load_cert_from_file(str(self.cert_file), xmlsec.KeyFormat.PEM)
        xmlsec.tree.add_ids(element, ["ID"])
        context.sign(signature)
        return element

    def signed(self, role, provider, what="assertion", **said):
        tree = self.tree(role, provider, **said)
        if what in ("assertion", "both"):
            self.sign(tree.find("a:Assertion", NS))
        if what in ("response", "both"):
            self.sign(tree)
        return tree

    def response(self, role, provider, what="assertion", **said):
        return encode(self.signed(role, provider, what, **said))

    def encrypt(self, tree, certificate_file, cipher=xmlsec.Transform.AES128, key_bits=128,
                transport=xmlsec.Transform.RSA_OAEP, plain=None):
        """The (signed) assertion of a Response, or these bytes, become its EncryptedAssertion."""
        assertion = tree.find("a:Assertion", NS)
        holder = etree.SubElement(tree, f"{{{ASSERTION}}}EncryptedAssertion")
        tree.remove(assertion)
        element = etree.fromstring(etree.tostring(copy.deepcopy(assertion)))
        data = xmlsec.template.encrypted_data_create(element, cipher, type=xmlsec.EncryptionType.ELEMENT, ns="xenc")
        xmlsec.template.encrypted_data_ensure_cipher_value(data)
        info = xmlsec.template.encrypted_data_ensure_key_info(data, ns="ds")
        key = xmlsec.template.add_encrypted_key(info, transport)
        xmlsec.template.encrypted_data_ensure_cipher_value(key)
        manager = xmlsec.KeysManager()
        manager.add_key(xmlsec.Key.from_file(str(certificate_file), xmlsec.KeyFormat.CERT_PEM))
        context = xmlsec.EncryptionContext(manager)
        context.key = xmlsec.Key.generate(xmlsec.KeyData.AES, key_bits, xmlsec.KeyDataType.SESSION)
        holder.append(context.encrypt_xml(data, element) if plain is None else context.encrypt_binary(data, plain))
        return tree
