/* XML signatures, of one shape only. Everything else the standard offers (other references, other
 * transforms, keys that come with the message) is how signatures are made to cover something else
 * than what is read: "signature wrapping". */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <xmlsec/crypto.h>
#include <xmlsec/keys.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/templates.h>
#include <xmlsec/transforms.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

#include "codec/base64.h"
#include "saml/inside.h"

enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 16384, DER_BYTES_MAX = 32768 };

#define EXC_C14N "http://www.w3.org/2001/10/xml-exc-c14n#"
#define ENVELOPED "http://www.w3.org/2000/09/xmldsig#enveloped-signature"

/* SHA-1 is not among them. */
static const char *const signature_methods[] = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
};
static const char *const digest_methods[] = {
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
};

/* --- the shape ---------------------------------------------------------------------------------- */

static bool algorithm_is(const xmlNode *node, const char *const *methods, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (xml_attribute_is(node, "Algorithm", methods[i])) {
            return true;
        }
    }
    return false;
}

/* Exclusive canonicalization without comments; its list of inclusive prefixes is all it may hold. */
static bool is_exc_c14n(const xmlNode *node)
{
    const xmlNode *child = xml_first(node);

    return xml_attribute_is(node, "Algorithm", EXC_C14N) &&
           (child == NULL || (xml_is(child, EXC_C14N, "InclusiveNamespaces") &&
                              xml_first(child) == NULL && xml_next(child) == NULL));
}

static bool transforms_fit(const xmlNode *transforms)
{
    const xmlNode *first = xml_first(transforms);
    const xmlNode *second = first == NULL ? NULL : xml_next(first);

    return xml_is(transforms, NS_DSIG, "Transforms") && xml_is(first, NS_DSIG, "Transform") &&
           xml_attribute_is(first, "Algorithm", ENVELOPED) && xml_first(first) == NULL &&
           xml_is(second, NS_DSIG, "Transform") && is_exc_c14n(second) && xml_next(second) == NULL;
}

/* The ID of the element that is signed, and of no other. */
static bool points_at(struct xml_reading *reading, const xmlNode *reference, const xmlNode *element)
{
    str uri = xml_attribute(reading, reference, "URI"), id = xml_attribute(reading, element, "ID");

    return uri.len > 1 && uri.ptr[0] == '#' && id.len > 0 && str_eq(str_skip(uri, 1), id);
}

static bool reference_fits(struct xml_reading *reading, const xmlNode *reference,
                           const xmlNode *element)
{
    const xmlNode *transforms = xml_first(reference);
    const xmlNode *method = transforms == NULL ? NULL : xml_next(transforms);
    const xmlNode *value = method == NULL ? NULL : xml_next(method);

    return xml_is(reference, NS_DSIG, "Reference") && points_at(reading, reference, element) &&
           transforms_fit(transforms) && xml_is(method, NS_DSIG, "DigestMethod") &&
           xml_first(method) == NULL &&
           algorithm_is(method, digest_methods, COUNT_OF(digest_methods)) &&
           xml_is(value, NS_DSIG, "DigestValue") && xml_next(value) == NULL;
}

static bool info_fits(struct xml_reading *reading, const xmlNode *info, const xmlNode *element)
{
    const xmlNode *c14n = xml_first(info);
    const xmlNode *method = c14n == NULL ? NULL : xml_next(c14n);
    const xmlNode *reference = method == NULL ? NULL : xml_next(method);

    return xml_is(info, NS_DSIG, "SignedInfo") && xml_is(c14n, NS_DSIG, "CanonicalizationMethod") &&
           is_exc_c14n(c14n) && xml_is(method, NS_DSIG, "SignatureMethod") &&
           xml_first(method) == NULL &&
           algorithm_is(method, signature_methods, COUNT_OF(signature_methods)) &&
           reference != NULL && reference_fits(reading, reference, element) &&
           xml_next(reference) == NULL;
}

/* SignedInfo, SignatureValue, perhaps KeyInfo (which nobody reads); no ds:Object. */
static bool shape_fits(struct xml_reading *reading, const xmlNode *signature,
                       const xmlNode *element)
{
    const xmlNode *info = xml_first(signature);
    const xmlNode *value = info == NULL ? NULL : xml_next(info);
    const xmlNode *key = value == NULL ? NULL : xml_next(value);

    if (info_fits(reading, info, element) && xml_is(value, NS_DSIG, "SignatureValue") &&
        (key == NULL || (xml_is(key, NS_DSIG, "KeyInfo") && xml_next(key) == NULL))) {
        return true;
    }
    return xml_fault(reading,
                     "a signature is not of the one form that is accepted (see the guide)");
}

/* --- keys --------------------------------------------------------------------------------------- */

static bool key_is_usable(EVP_PKEY *key)
{
    int bits = EVP_PKEY_get_bits(key);

    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX;
    case EVP_PKEY_EC:
        return bits >= 256;
    default:
        return false;
    }
}

static EVP_PKEY *key_of_der(str der)
{
    const unsigned char *at = (const unsigned char *)der.ptr;
    X509 *certificate;
    EVP_PKEY *key;

    if (der.len == 0 || der.len > DER_BYTES_MAX) {
        return NULL;
    }
    certificate = d2i_X509(NULL, &at, (long)der.len);
    key = certificate == NULL || at != (const unsigned char *)der.ptr + der.len
              ? NULL
              : X509_get_pubkey(certificate);
    X509_free(certificate);
    if (key != NULL && !key_is_usable(key)) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

bool certificate_is_usable(str der)
{
    EVP_PKEY *key = key_of_der(der);
    bool usable = key != NULL;

    EVP_PKEY_free(key);
    return usable;
}

/* NULL when it is not one; the certificate's dates and issuer do not matter: the metadata that an
 * administrator gave us is what makes it trusted. */
static xmlSecKeyPtr key_from(struct xml_reading *reading, str certificate)
{
    buf der = buf_arena(reading->arena, DER_BYTES_MAX);
    EVP_PKEY *pkey = NULL;
    xmlSecKeyDataPtr data;
    xmlSecKeyPtr key;

    if (base64_decode(BASE64_STANDARD, certificate, &der) == RC_OK) {
        pkey = key_of_der(buf_str(&der));
    }
    data = pkey == NULL ? NULL : xmlSecOpenSSLEvpKeyAdopt(pkey);
    if (data == NULL) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    key = xmlSecKeyCreate();
    if (key == NULL || xmlSecKeySetValue(key, data) < 0) {
        xmlSecKeyDataDestroy(data);
        if (key != NULL) {
            xmlSecKeyDestroy(key);
        }
        return NULL;
    }
    return key;
}

/* --- verifying ---------------------------------------------------------------------------------- */

/* What shape_fits has checked already, once more inside xmlsec. */
static bool limit(xmlSecDSigCtxPtr ctx)
{
    const xmlSecTransformId of_reference[] = {
        xmlSecTransformEnvelopedId, xmlSecTransformExclC14NId, xmlSecTransformSha256Id,
        xmlSecTransformSha384Id,    xmlSecTransformSha512Id,
    };
    const xmlSecTransformId of_signature[] = {
        xmlSecTransformExclC14NId,    xmlSecTransformRsaSha256Id,   xmlSecTransformRsaSha384Id,
        xmlSecTransformRsaSha512Id,   xmlSecTransformEcdsaSha256Id, xmlSecTransformEcdsaSha384Id,
        xmlSecTransformEcdsaSha512Id,
    };

    ctx->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
    for (size_t i = 0; i < COUNT_OF(of_reference); i++) {
        if (xmlSecDSigCtxEnableReferenceTransform(ctx, of_reference[i]) < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < COUNT_OF(of_signature); i++) {
        if (xmlSecDSigCtxEnableSignatureTransform(ctx, of_signature[i]) < 0) {
            return false;
        }
    }
    return true;
}

static bool verify_under(struct xml_reading *reading, xmlNodePtr signature, str certificate)
{
    xmlSecDSigCtxPtr ctx = xmlSecDSigCtxCreate(NULL);
    bool good = false;

    if (ctx == NULL) {
        return false;
    }
    ctx->signKey = key_from(reading, certificate); /* with a key set, KeyInfo is not looked at */
    if (ctx->signKey != NULL && limit(ctx)) {
        good = xmlSecDSigCtxVerify(ctx, signature) == 0 && ctx->status == xmlSecDSigStatusSucceeded;
    }
    xmlSecDSigCtxDestroy(ctx);
    return good;
}

/* The one ID the reference may resolve to is made known to libxml2; no other ever is. */
static bool announce_id(xmlNodePtr element)
{
    xmlAttrPtr attr = xmlHasProp(element, (const xmlChar *)"ID");
    xmlChar *id = attr == NULL ? NULL : xmlNodeListGetString(element->doc, attr->children, 1);
    bool good = false;

    if (id != NULL) {
        if (xmlGetID(element->doc, id) == NULL) {
            (void)xmlAddID(NULL, element->doc, id, attr);
        }
        good = xmlGetID(element->doc, id) == attr;
    }
    xmlFree(id);
    return good;
}

bool signature_verify(struct xml_reading *reading, xmlNodePtr element,
                      const struct saml_trust *trust, bool *ret_bad)
{
    xmlNodePtr signature = xml_child(element, NS_DSIG, "Signature");

    *ret_bad = false;
    if (signature == NULL) {
        return false;
    }
    if (xml_count(element, NS_DSIG, "Signature") != 1) {
        return xml_fault(reading, "an element has two signatures");
    }
    if (!shape_fits(reading, signature, element)) {
        return false;
    }
    for (size_t i = 0; announce_id(element) && i < trust->count; i++) {
        if (verify_under(reading, signature, trust->certificates[i])) {
            return true;
        }
    }
    *ret_bad = true;
    return xml_fault(reading, "a signature does not verify under any certificate of the metadata");
}
