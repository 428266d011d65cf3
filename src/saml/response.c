/* A samlp:Response: its signatures, then what its one assertion says. Nothing is read of an assertion
 * before the signature over that very element, or over the Response around it, has verified. */
#include "saml/inside.h"

#define BEARER "urn:oasis:names:tc:SAML:2.0:cm:bearer"

/* --- structure ---------------------------------------------------------------------------------- */

static bool name_is(const xmlNode *node, const char *name)
{
    return str_eq(str_cstr((const char *)node->name), str_cstr(name));
}

static bool stands_under(const xmlNode *node, const xmlNode *root, const xmlNode *assertion)
{
    return node->parent == root || (assertion != NULL && node->parent == assertion);
}

/* Wherever they stand and whatever name space they claim: an assertion, encrypted or not, is the
 * Response's child and the only one; a signature is the child of one of the two. */
static bool only_one_assertion(struct xml_reading *reading, const xmlNode *root,
                               const xmlNode *assertion)
{
    for (const xmlNode *at = root; at != NULL; at = xml_walk(root, at)) {
        if (at->type != XML_ELEMENT_NODE) {
            continue;
        }
        if ((name_is(at, "Assertion") || name_is(at, "EncryptedAssertion")) && at != assertion) {
            return xml_fault(reading, "it has more than one assertion, or one in a strange place");
        }
        if (name_is(at, "Response") && at != root) {
            return xml_fault(reading, "it has a Response inside");
        }
        if (name_is(at, "Signature") &&
            !(xml_is(at, NS_DSIG, "Signature") && stands_under(at, root, assertion))) {
            return xml_fault(reading, "it has a signature in a strange place");
        }
    }
    return true;
}

static bool children_fit(struct xml_reading *reading, const xmlNode *root)
{
    static const struct {
        const char *ns, *name;
    } known[] = {
        { NS_ASSERTION, "Issuer" },    { NS_DSIG, "Signature" },
        { NS_PROTOCOL, "Extensions" }, { NS_PROTOCOL, "Status" },
        { NS_ASSERTION, "Assertion" }, { NS_ASSERTION, "EncryptedAssertion" },
    };

    for (const xmlNode *at = xml_first(root); at != NULL; at = xml_next(at)) {
        size_t i = 0;
        while (i < COUNT_OF(known) && !xml_is(at, known[i].ns, known[i].name)) {
            i++;
        }
        if (i == COUNT_OF(known)) {
            return xml_fault(reading, "the Response has an element that does not belong there");
        }
    }
    return true;
}

/* The assertion, encrypted or not. NULL with the fault noted. */
static xmlNodePtr find_assertion(struct xml_reading *reading, xmlNodePtr root)
{
    xmlNodePtr assertion = xml_child(root, NS_ASSERTION, "Assertion");

    if (!xml_is(root, NS_PROTOCOL, "Response") || !xml_attribute_is(root, "Version", "2.0")) {
        (void)xml_fault(reading, "its root element is not a Response of SAML 2.0");
        return NULL;
    }
    if (assertion == NULL) {
        assertion = xml_child(root, NS_ASSERTION, "EncryptedAssertion");
    }
    if (!children_fit(reading, root) || !only_one_assertion(reading, root, assertion)) {
        return NULL;
    }
    return assertion;
}

/* --- claims ------------------------------------------------------------------------------------- */

static void *room(struct xml_reading *reading, size_t count, size_t size)
{
    void *items = arena_array(reading->arena, count, size);

    if (items == NULL) {
        reading->rc = RC_NOMEM;
        (void)xml_fault(reading, "not enough memory");
    }
    return items;
}

static void read_confirmations(struct xml_reading *reading, const xmlNode *subject,
                               struct saml_claims *claims)
{
    const xmlNode *at = xml_child(subject, NS_ASSERTION, "SubjectConfirmation");

    claims->confirmations = room(reading, SAML_CONFIRMATIONS_MAX, sizeof(struct saml_confirmation));
    for (; at != NULL && reading->why == NULL;
         at = xml_sibling(at, NS_ASSERTION, "SubjectConfirmation")) {
        const xmlNode *data = xml_child(at, NS_ASSERTION, "SubjectConfirmationData");
        if (!xml_attribute_is(at, "Method", BEARER) || data == NULL) {
            continue;
        }
        if (claims->confirmation_count == SAML_CONFIRMATIONS_MAX) {
            (void)xml_fault(reading, "it has too many subject confirmations");
            return;
        }
        claims->confirmations[claims->confirmation_count++] = (struct saml_confirmation){
            .recipient = xml_attribute(reading, data, "Recipient"),
            .not_before_s = xml_time(reading, data, "NotBefore"),
            .not_on_or_after_s = xml_time(reading, data, "NotOnOrAfter"),
        };
    }
}

static void read_subject(struct xml_reading *reading, const xmlNode *assertion,
                         struct saml_claims *claims)
{
    const xmlNode *subject = xml_child(assertion, NS_ASSERTION, "Subject");
    const xmlNode *name = xml_child(subject, NS_ASSERTION, "NameID");

    if (xml_count(assertion, NS_ASSERTION, "Subject") != 1 ||
        xml_count(subject, NS_ASSERTION, "NameID") != 1) {
        (void)xml_fault(reading, "it does not have one Subject with one NameID in plain");
        return;
    }
    claims->name_id = xml_content(reading, name);
    claims->name_id_format = xml_attribute(reading, name, "Format");
    read_confirmations(reading, subject, claims);
}

static void read_audiences(struct xml_reading *reading, const xmlNode *restriction,
                           struct saml_audiences *ret)
{
    const xmlNode *at = xml_child(restriction, NS_ASSERTION, "Audience");

    ret->items = room(reading, SAML_AUDIENCES_MAX, sizeof(str));
    for (; at != NULL && reading->why == NULL; at = xml_sibling(at, NS_ASSERTION, "Audience")) {
        if (ret->count == SAML_AUDIENCES_MAX) {
            (void)xml_fault(reading, "it has too many audiences");
            return;
        }
        ret->items[ret->count++] = str_trim(xml_content(reading, at));
    }
}

static void read_conditions(struct xml_reading *reading, const xmlNode *assertion,
                            struct saml_claims *claims)
{
    const xmlNode *conditions = xml_child(assertion, NS_ASSERTION, "Conditions");
    const xmlNode *at = xml_child(conditions, NS_ASSERTION, "AudienceRestriction");

    claims->not_before_s = claims->not_on_or_after_s = SAML_NEVER;
    if (xml_count(assertion, NS_ASSERTION, "Conditions") > 1) {
        (void)xml_fault(reading, "it has two elements Conditions");
        return;
    }
    if (conditions == NULL) {
        return; /* without an audience it is refused later, in words that say so */
    }
    claims->not_before_s = xml_time(reading, conditions, "NotBefore");
    claims->not_on_or_after_s = xml_time(reading, conditions, "NotOnOrAfter");
    claims->restrictions = room(reading, SAML_CONFIRMATIONS_MAX, sizeof(struct saml_audiences));
    for (; at != NULL && reading->why == NULL;
         at = xml_sibling(at, NS_ASSERTION, "AudienceRestriction")) {
        if (claims->restriction_count == SAML_CONFIRMATIONS_MAX) {
            (void)xml_fault(reading, "it has too many audience restrictions");
            return;
        }
        read_audiences(reading, at, &claims->restrictions[claims->restriction_count++]);
    }
}

static void read_session_end(struct xml_reading *reading, const xmlNode *assertion,
                             struct saml_claims *claims)
{
    const xmlNode *at = xml_child(assertion, NS_ASSERTION, "AuthnStatement");

    claims->session_not_on_or_after_s = SAML_NEVER;
    for (; at != NULL; at = xml_sibling(at, NS_ASSERTION, "AuthnStatement")) {
        int64_t end = xml_time(reading, at, "SessionNotOnOrAfter");
        if (end != SAML_NEVER && (claims->session_not_on_or_after_s == SAML_NEVER ||
                                  end < claims->session_not_on_or_after_s)) {
            claims->session_not_on_or_after_s = end;
        }
    }
}

/* eduPersonTargetedID holds a NameID; anything else that is not text has no value for us. */
static bool has_value(const xmlNode *value, const xmlNode **ret_holder)
{
    const xmlNode *child = xml_first(value);

    *ret_holder = child == NULL ? value : child;
    return child == NULL || (xml_is(child, NS_ASSERTION, "NameID") && xml_next(child) == NULL);
}

static void read_values(struct xml_reading *reading, const xmlNode *node,
                        struct saml_attribute *attribute)
{
    const xmlNode *at = xml_child(node, NS_ASSERTION, "AttributeValue"), *holder;
    size_t count = xml_count(node, NS_ASSERTION, "AttributeValue");

    if (count > SAML_VALUES_MAX) {
        (void)xml_fault(reading, "an attribute has too many values");
        return;
    }
    attribute->values = room(reading, count, sizeof(str));
    for (; at != NULL && reading->why == NULL;
         at = xml_sibling(at, NS_ASSERTION, "AttributeValue")) {
        if (has_value(at, &holder)) {
            attribute->values[attribute->count++] = str_trim(xml_content(reading, holder));
        }
    }
}

static void read_attributes(struct xml_reading *reading, const xmlNode *assertion,
                            struct saml_claims *claims)
{
    const xmlNode *statement = xml_child(assertion, NS_ASSERTION, "AttributeStatement");

    claims->attributes = room(reading, SAML_ATTRIBUTES_MAX, sizeof(struct saml_attribute));
    for (; statement != NULL;
         statement = xml_sibling(statement, NS_ASSERTION, "AttributeStatement")) {
        const xmlNode *at = xml_child(statement, NS_ASSERTION, "Attribute");
        for (; at != NULL && reading->why == NULL;
             at = xml_sibling(at, NS_ASSERTION, "Attribute")) {
            if (claims->attribute_count == SAML_ATTRIBUTES_MAX) {
                (void)xml_fault(reading, "it has too many attributes");
                return;
            }
            struct saml_attribute *attribute = &claims->attributes[claims->attribute_count++];
            attribute->name = xml_attribute(reading, at, "Name");
            read_values(reading, at, attribute);
        }
    }
}

static void read_issuer(struct xml_reading *reading, const xmlNode *root, const xmlNode *assertion,
                        struct saml_claims *claims)
{
    const xmlNode *outer = xml_child(root, NS_ASSERTION, "Issuer");

    if (xml_count(assertion, NS_ASSERTION, "Issuer") != 1) {
        (void)xml_fault(reading, "the assertion does not have one Issuer");
        return;
    }
    claims->issuer = str_trim(xml_content(reading, xml_child(assertion, NS_ASSERTION, "Issuer")));
    if (outer != NULL && !str_eq(str_trim(xml_content(reading, outer)), claims->issuer)) {
        (void)xml_fault(reading, "Response and assertion have different issuers");
    }
}

static void read_status(struct xml_reading *reading, const xmlNode *root,
                        struct saml_claims *claims)
{
    const xmlNode *status = xml_child(root, NS_PROTOCOL, "Status");
    const xmlNode *code = xml_child(status, NS_PROTOCOL, "StatusCode");

    if (xml_count(root, NS_PROTOCOL, "Status") != 1 || code == NULL) {
        (void)xml_fault(reading, "the Response does not have one Status with a code");
        return;
    }
    claims->status = xml_attribute(reading, code, "Value");
}

static void read_claims(struct xml_reading *reading, const xmlNode *root, const xmlNode *assertion,
                        struct saml_claims *claims)
{
    if (!xml_attribute_is(assertion, "Version", "2.0")) {
        (void)xml_fault(reading, "the assertion is not of SAML 2.0");
        return;
    }
    claims->assertion_id = xml_attribute(reading, assertion, "ID");
    read_status(reading, root, claims);
    read_issuer(reading, root, assertion, claims);
    read_subject(reading, assertion, claims);
    read_conditions(reading, assertion, claims);
    read_session_end(reading, assertion, claims);
    read_attributes(reading, assertion, claims);
}

/* --- verifying ---------------------------------------------------------------------------------- */

/* False when there is a signature that is not as it must be; *ret_signed: there is one, and it is. */
static bool check_signature(struct xml_reading *reading, xmlNodePtr element,
                            const struct saml_response_in *in, struct saml_response *ret,
                            bool *ret_signed)
{
    struct saml_trust trust = { in->certificates, in->certificate_count };
    bool bad = false;

    *ret_signed = signature_verify(reading, element, &trust, &bad);
    if (bad) {
        ret->verdict = SAML_BAD_SIGNATURE;
    }
    return reading->why == NULL;
}

/* An error answer need not be signed and has no assertion: only its status is told, and only to
 * refuse. */
static void without_assertion(struct xml_reading *reading, const xmlNode *root,
                              struct saml_response *ret)
{
    struct saml_claims claims = { 0 };

    if (reading->why != NULL) {
        return;
    }
    read_status(reading, root, &claims);
    if (reading->why == NULL) {
        ret->claims.status = claims.status;
        (void)xml_fault(reading, "it has no assertion");
    }
}

/* The decrypted assertion stays inside EncryptedAssertion, in the place of what was encrypted: a name
 * space it uses may be declared there, and what is signed has each prefix as it was written. */
static xmlNodePtr replace(struct xml_reading *reading, xmlNodePtr encrypted, str decrypted)
{
    xmlNodePtr inner = xml_read_inside(reading, encrypted, decrypted), next;

    if (inner == NULL) {
        return NULL;
    }
    for (xmlNodePtr old = encrypted->children; old != NULL; old = next) {
        next = old->next;
        xmlUnlinkNode(old);
        xmlFreeNode(old);
    }
    (void)xmlAddChild(encrypted, inner);
    if (!xml_is(inner, NS_ASSERTION, "Assertion") || !xml_ids_differ(reading, inner->doc) ||
        !only_one_assertion(reading, inner, inner)) {
        (void)xml_fault(reading, "what was encrypted is not one assertion");
        return NULL;
    }
    return inner;
}

static void verify(struct xml_reading *reading, xmlNodePtr root, const struct saml_response_in *in,
                   struct saml_response *ret)
{
    xmlNodePtr assertion = find_assertion(reading, root);
    bool outside = false, inside = false;

    if (assertion == NULL) {
        without_assertion(reading, root, ret);
        return;
    }
    if (!check_signature(reading, root, in, ret, &outside)) {
        return;
    }
    ret->was_encrypted = xml_is(assertion, NS_ASSERTION, "EncryptedAssertion");
    if (ret->was_encrypted && in->decrypted.ptr == NULL) {
        if (encrypted_read(reading, assertion, &ret->encrypted)) {
            ret->verdict = SAML_ENCRYPTED;
        }
        return;
    }
    if (ret->was_encrypted) {
        assertion = replace(reading, assertion, in->decrypted);
    }
    if (assertion == NULL || !check_signature(reading, assertion, in, ret, &inside)) {
        return;
    }
    if (!outside && !inside) {
        ret->verdict = SAML_BAD_SIGNATURE;
        (void)xml_fault(reading, "neither the Response nor its assertion is signed");
        return;
    }
    read_claims(reading, root, assertion, &ret->claims);
    if (reading->why == NULL) {
        ret->verdict = SAML_VERIFIED;
    }
}

enum rc saml_read_response(const struct saml_response_in *in, struct arena *arena,
                           struct saml_response *ret)
{
    struct xml_reading reading = { .arena = arena };
    struct saml_response response = { .verdict = SAML_MALFORMED };
    xmlDocPtr doc = NULL;

    if (in->xml.len <= SAML_RESPONSE_BYTES_MAX && in->decrypted.len <= SAML_RESPONSE_BYTES_MAX) {
        doc = xml_read(&reading, in->xml);
    } else {
        (void)xml_fault(&reading, "it is longer than 75000 bytes");
    }
    if (doc != NULL) {
        verify(&reading, xmlDocGetRootElement(doc), in, &response);
    }
    xmlFreeDoc(doc);
    if (reading.rc != RC_OK) {
        return RC_NOMEM;
    }
    response.why = str_cstr(reading.why);
    if (response.verdict != SAML_VERIFIED) { /* nothing unverified leaves but that it failed */
        str status = response.claims.status;
        response.claims = (struct saml_claims){ .status = status };
    }
    *ret = response;
    return RC_OK;
}
