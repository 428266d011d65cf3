/* EncryptedAssertion: taken apart here, opened where the private keys are (vault/saml_key.c). */
#include "saml/inside.h"

static bool key_read(struct xml_reading *reading, const xmlNode *key,
                     struct saml_encrypted_key *ret)
{
    const xmlNode *method = xml_child(key, NS_XMLENC, "EncryptionMethod");
    const xmlNode *data = xml_child(key, NS_XMLENC, "CipherData");
    const xmlNode *digest = xml_child(method, NS_DSIG, "DigestMethod");
    const xmlNode *mgf = xml_child(method, NS_XMLENC11, "MGF");
    const xmlNode *label = xml_child(method, NS_XMLENC, "OAEPparams");

    if (method == NULL || data == NULL) {
        return xml_fault(reading, "an EncryptedKey lacks its method or its data");
    }
    ret->algorithm = xml_attribute(reading, method, "Algorithm");
    ret->digest = digest == NULL ? STR_NONE : xml_attribute(reading, digest, "Algorithm");
    ret->mgf = mgf == NULL ? STR_NONE : xml_attribute(reading, mgf, "Algorithm");
    ret->label = label == NULL ? STR_NONE : xml_bytes(reading, label, SAML_RESPONSE_BYTES_MAX);
    ret->bytes = xml_bytes(reading, xml_child(data, NS_XMLENC, "CipherValue"),
                           SAML_RESPONSE_BYTES_MAX);
    return reading->why == NULL;
}

bool encrypted_read(struct xml_reading *reading, const xmlNode *element, struct saml_encrypted *ret)
{
    const xmlNode *data = xml_child(element, NS_XMLENC, "EncryptedData");
    const xmlNode *method = xml_child(data, NS_XMLENC, "EncryptionMethod");
    const xmlNode *cipher = xml_child(data, NS_XMLENC, "CipherData");

    if (method == NULL || cipher == NULL || xml_count(element, NS_XMLENC, "EncryptedData") != 1) {
        return xml_fault(reading, "an EncryptedAssertion lacks its method or its data");
    }
    ret->algorithm = xml_attribute(reading, method, "Algorithm");
    ret->bytes = xml_bytes(reading, xml_child(cipher, NS_XMLENC, "CipherValue"),
                           SAML_RESPONSE_BYTES_MAX);
    ret->keys = NEW_ARRAY(reading->arena, SAML_ENCRYPTED_KEYS_MAX, struct saml_encrypted_key);
    if (ret->keys == NULL) {
        reading->rc = RC_NOMEM;
        return xml_fault(reading, "not enough memory");
    }
    /* Inside EncryptedData's KeyInfo, or beside EncryptedData: one for each receiver. */
    for (const xmlNode *at = element; at != NULL; at = xml_walk(element, at)) {
        if (!xml_is(at, NS_XMLENC, "EncryptedKey")) {
            continue;
        }
        if (ret->key_count == SAML_ENCRYPTED_KEYS_MAX) {
            return xml_fault(reading, "an EncryptedAssertion has too many keys");
        }
        if (!key_read(reading, at, &ret->keys[ret->key_count++])) {
            return false;
        }
    }
    return ret->key_count > 0 || xml_fault(reading, "an EncryptedAssertion has no key");
}
