/* What assertions say of a person, as condition keys. */
#include "service/sts/saml.h"

#define EDU_PERSON "urn:oid:1.3.6.1.4.1.5923.1.1.1."
#define EDU_ORG "urn:oid:1.3.6.1.4.1.5923.1.2.1."
#define X500 "urn:oid:2.5.4."
#define COSINE "urn:oid:0.9.2342.19200300.100.1."
#define CLAIMS "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
#define MS_CLAIMS "http://schemas.microsoft.com/ws/2008/06/identity/claims/"

/* IAM user guide, "Available keys for SAML-based federation"; many as in the service reference. */
static const struct mapping {
    str attribute, key;
    bool many;
} mappings[] = {
    { STR_INIT(EDU_PERSON "1"), STR_INIT("saml:edupersonaffiliation"), true },
    { STR_INIT(EDU_PERSON "2"), STR_INIT("saml:edupersonnickname"), true },
    { STR_INIT(EDU_PERSON "3"), STR_INIT("saml:edupersonorgdn"), false },
    { STR_INIT(EDU_PERSON "4"), STR_INIT("saml:edupersonorgunitdn"), true },
    { STR_INIT(EDU_PERSON "5"), STR_INIT("saml:edupersonprimaryaffiliation"), false },
    { STR_INIT(EDU_PERSON "6"), STR_INIT("saml:edupersonprincipalname"), false },
    { STR_INIT(EDU_PERSON "7"), STR_INIT("saml:edupersonentitlement"), true },
    { STR_INIT(EDU_PERSON "8"), STR_INIT("saml:edupersonprimaryorgunitdn"), false },
    { STR_INIT(EDU_PERSON "9"), STR_INIT("saml:edupersonscopedaffiliation"), true },
    { STR_INIT(EDU_PERSON "10"), STR_INIT("saml:edupersontargetedid"), true },
    { STR_INIT(EDU_PERSON "11"), STR_INIT("saml:edupersonassurance"), true },
    { STR_INIT(EDU_ORG "2"), STR_INIT("saml:eduorghomepageuri"), true },
    { STR_INIT(EDU_ORG "3"), STR_INIT("saml:eduorgidentityauthnpolicyuri"), true },
    { STR_INIT(EDU_ORG "4"), STR_INIT("saml:eduorglegalname"), true },
    { STR_INIT(EDU_ORG "5"), STR_INIT("saml:eduorgsuperioruri"), true },
    { STR_INIT(EDU_ORG "6"), STR_INIT("saml:eduorgwhitepagesuri"), true },
    { STR_INIT(X500 "3"), STR_INIT("saml:cn"), true },
    { STR_INIT(X500 "3"), STR_INIT("saml:commonName"), false },
    { STR_INIT(X500 "4"), STR_INIT("saml:surname"), false },
    { STR_INIT(X500 "42"), STR_INIT("saml:givenName"), false },
    { STR_INIT(X500 "45"), STR_INIT("saml:x500UniqueIdentifier"), false },
    { STR_INIT(COSINE "1"), STR_INIT("saml:uid"), false },
    { STR_INIT(COSINE "3"), STR_INIT("saml:mail"), false },
    { STR_INIT(COSINE "45"), STR_INIT("saml:organizationStatus"), false },
    { STR_INIT("http://schemas.xmlsoap.org/claims/CommonName"), STR_INIT("saml:commonName"),
      false },
    { STR_INIT(CLAIMS "givenname"), STR_INIT("saml:givenName"), false },
    { STR_INIT(CLAIMS "surname"), STR_INIT("saml:surname"), false },
    { STR_INIT(CLAIMS "emailaddress"), STR_INIT("saml:mail"), false },
    { STR_INIT(CLAIMS "name"), STR_INIT("saml:name"), false },
    { STR_INIT(MS_CLAIMS "primarygroupsid"), STR_INIT("saml:primaryGroupSID"), false },
};

enum { OWN_KEYS = 6 };

struct saml_keys {
    struct context_entry *entries;
    str *values; /* of the own keys, one each */
    size_t count;
};

static void put_own(struct saml_keys *keys, str key, str value)
{
    keys->values[keys->count] = value;
    keys->entries[keys->count] =
        (struct context_entry){ .key = key, .values = &keys->values[keys->count], .count = 1 };
    keys->count++;
}

static bool has_key(const struct saml_keys *keys, str key)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (str_eq_nocase(keys->entries[i].key, key)) {
            return true;
        }
    }
    return false;
}

/* A key that holds one value and is given several has none: which would a policy mean? */
static void put_mapped(struct saml_keys *keys, const struct mapping *mapping,
                       const struct saml_attribute *attribute)
{
    if (attribute->count == 0 || (!mapping->many && attribute->count > 1) ||
        has_key(keys, mapping->key)) {
        return;
    }
    keys->entries[keys->count++] = (struct context_entry){ .key = mapping->key,
                                                           .values = attribute->values,
                                                           .count = (uint32_t)attribute->count,
                                                           .many = mapping->many };
}

enum rc sts_saml_keys(struct rq *rq, const struct saml_claims *claims,
                      const struct saml_identity *who, str name_qualifier, str doc,
                      const struct context_entry **ret, size_t *ret_count)
{
    struct saml_keys keys = {
        .entries = NEW_ARRAY(rq->arena, OWN_KEYS + COUNT_OF(mappings), struct context_entry),
        .values = NEW_ARRAY(rq->arena, OWN_KEYS, str),
    };

    if (keys.entries == NULL || keys.values == NULL) {
        return RC_NOMEM;
    }
    put_own(&keys, STR("saml:aud"), who->recipient);
    put_own(&keys, STR("saml:iss"), who->issuer);
    put_own(&keys, STR("saml:sub"), who->subject);
    put_own(&keys, STR("saml:sub_type"), who->subject_type);
    put_own(&keys, STR("saml:namequalifier"), name_qualifier);
    put_own(&keys, STR("saml:doc"), doc);
    for (size_t i = 0; i < COUNT_OF(mappings); i++) { /* each adds one key at most */
        for (size_t j = 0; j < claims->attribute_count; j++) {
            if (str_eq(claims->attributes[j].name, mappings[i].attribute)) {
                put_mapped(&keys, &mappings[i], &claims->attributes[j]);
            }
        }
    }
    *ret = keys.entries;
    *ret_count = keys.count;
    return RC_OK;
}
