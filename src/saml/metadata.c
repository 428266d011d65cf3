/* A provider's metadata: its name and the certificates it signs with. */
#include "saml/inside.h"

#include "codec/base64.h"

enum { ENTITY_ID_MAX = 1024, CERTIFICATE_BYTES_MAX = 32768 };

static bool have_certificate(const struct saml_metadata *metadata, str certificate)
{
    for (size_t i = 0; i < metadata->certificate_count; i++) {
        if (str_eq(metadata->certificates[i], certificate)) {
            return true;
        }
    }
    return false;
}

static bool add_certificate(struct xml_reading *reading, const xmlNode *node,
                            struct saml_metadata *metadata)
{
    str der = xml_bytes(reading, node, CERTIFICATE_BYTES_MAX);
    buf text = buf_arena(reading->arena, 2 * CERTIFICATE_BYTES_MAX);

    if (der.ptr == NULL || !certificate_is_usable(der)) {
        return xml_fault(reading, "an X509Certificate is none, or its key is neither RSA of 2048 "
                                  "bits or more nor an elliptic curve of 256 bits or more");
    }
    base64_encode(BASE64_STANDARD, der.ptr, der.len, &text);
    if (text.err != RC_OK) {
        reading->rc = RC_NOMEM;
        return xml_fault(reading, "not enough memory");
    }
    if (have_certificate(metadata, buf_str(&text))) {
        return true;
    }
    if (metadata->certificate_count == SAML_CERTIFICATES_MAX) {
        return xml_fault(reading, "it has more than 10 certificates");
    }
    metadata->certificates[metadata->certificate_count++] = buf_str(&text);
    return true;
}

/* Without a use a key serves for both. */
static bool is_for_signing(struct xml_reading *reading, const xmlNode *descriptor)
{
    str use = xml_attribute(reading, descriptor, "use");

    return use.ptr == NULL || str_eq(use, STR("signing"));
}

static bool read_keys(struct xml_reading *reading, const xmlNode *idp,
                      struct saml_metadata *metadata)
{
    const xmlNode *key = xml_child(idp, NS_METADATA, "KeyDescriptor");

    for (; key != NULL; key = xml_sibling(key, NS_METADATA, "KeyDescriptor")) {
        if (!is_for_signing(reading, key)) {
            continue;
        }
        const xmlNode *info = xml_child(key, NS_DSIG, "KeyInfo");
        const xmlNode *data = xml_child(info, NS_DSIG, "X509Data");
        for (; data != NULL; data = xml_sibling(data, NS_DSIG, "X509Data")) {
            const xmlNode *at = xml_child(data, NS_DSIG, "X509Certificate");
            for (; at != NULL; at = xml_sibling(at, NS_DSIG, "X509Certificate")) {
                if (!add_certificate(reading, at, metadata)) {
                    return false;
                }
            }
        }
    }
    return reading->why == NULL;
}

static bool speaks_saml2(struct xml_reading *reading, const xmlNode *idp)
{
    str rest = xml_attribute(reading, idp, "protocolSupportEnumeration"), word;

    while (take_item(&rest, ' ', &word)) {
        if (str_eq(word, STR(NS_PROTOCOL))) {
            return true;
        }
    }
    return false;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a == SAML_NEVER || (b != SAML_NEVER && b < a) ? b : a;
}

static bool read_entity(struct xml_reading *reading, const xmlNode *entity,
                        struct saml_metadata *metadata)
{
    const xmlNode *idp = xml_child(entity, NS_METADATA, "IDPSSODescriptor");
    bool found = false;

    if (!xml_is(entity, NS_METADATA, "EntityDescriptor")) {
        return xml_fault(reading, "its root element is not an EntityDescriptor of SAML 2.0");
    }
    metadata->entity_id = str_trim(xml_attribute(reading, entity, "entityID"));
    if (metadata->entity_id.len == 0 || metadata->entity_id.len > ENTITY_ID_MAX) {
        return xml_fault(reading, "its entityID is missing, or longer than 1024 bytes");
    }
    metadata->valid_until_s = xml_time(reading, entity, "validUntil");
    for (; idp != NULL; idp = xml_sibling(idp, NS_METADATA, "IDPSSODescriptor")) {
        if (!speaks_saml2(reading, idp)) {
            continue;
        }
        found = true;
        metadata->valid_until_s = earlier(metadata->valid_until_s,
                                          xml_time(reading, idp, "validUntil"));
        if (!read_keys(reading, idp, metadata)) {
            return false;
        }
    }
    if (!found) {
        return xml_fault(reading, "it has no IDPSSODescriptor for SAML 2.0");
    }
    return reading->why == NULL && (metadata->certificate_count > 0 ||
                                    xml_fault(reading, "it has no certificate for signing"));
}

enum rc saml_read_metadata(str xml, struct arena *arena, struct saml_metadata *ret)
{
    struct xml_reading reading = { .arena = arena };
    struct saml_metadata metadata = { .valid_until_s = SAML_NEVER };
    xmlDocPtr doc = xml_read(&reading, xml);

    metadata.certificates = NEW_ARRAY(arena, SAML_CERTIFICATES_MAX, str);
    if (doc != NULL && metadata.certificates != NULL) {
        metadata.valid = read_entity(&reading, xmlDocGetRootElement(doc), &metadata);
    }
    xmlFreeDoc(doc);
    if (metadata.certificates == NULL || reading.rc != RC_OK) {
        return RC_NOMEM;
    }
    if (!metadata.valid) {
        metadata = (struct saml_metadata){ .why = str_cstr(reading.why),
                                           .valid_until_s = SAML_NEVER };
    }
    *ret = metadata;
    return RC_OK;
}
