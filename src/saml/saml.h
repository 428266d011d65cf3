/* SAML 2.0: what a Response says once its signatures were verified, and what a provider's metadata
 * says.
 *
 * The XML is a stranger's, and its parsers (libxml2, xmlsec1) are large. So it is read in a process
 * of its own for each document, which has no keys, no store and no network and is not allowed a
 * system call that names a file (helper.c). What comes back is plain strings. Rules about their
 * meaning (times, audience, roles) are applied here, in the server (check.c).
 *
 *   saml_ask_response   the helper process: XML and certificates -> verified claims
 *   saml_ask_metadata   the helper process: XML -> entity id, certificates
 *   saml_check          claims -> who signs in, or why not; pure */
#ifndef MANTLE_SAML_SAML_H
#define MANTLE_SAML_SAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

enum { /* what one document may hold; more is refused */
       SAML_CERTIFICATES_MAX = 10,
       SAML_CONFIRMATIONS_MAX = 8,
       SAML_AUDIENCES_MAX = 64,
       SAML_ATTRIBUTES_MAX = 512,
       SAML_VALUES_MAX = 1024, /* of one attribute */
       SAML_ENCRYPTED_KEYS_MAX = 4,
       SAML_RESPONSE_BYTES_MAX = 75000, /* what 100,000 characters of base64 hold */
       SAML_METADATA_BYTES_MAX = 10000000,
};

/* --- what documents say -------------------------------------------------------------------------- */

struct saml_confirmation { /* a bearer SubjectConfirmation */
    str recipient;
    int64_t not_before_s, not_on_or_after_s; /* SAML_NEVER: not given */
};
struct saml_audiences { /* one AudienceRestriction: one of them has to be us */
    str *items;
    size_t count;
};
struct saml_attribute {
    str name;
    str *values;
    size_t count;
};

#define SAML_NEVER INT64_MIN

struct saml_claims {
    str status; /* of the Response: urn:oasis:names:tc:SAML:2.0:status:Success */
    str issuer; /* of the Assertion; the Response's, if it has one, is the same */
    str assertion_id;
    str name_id, name_id_format; /* format absent when not given */
    struct saml_confirmation *confirmations;
    size_t confirmation_count;
    int64_t not_before_s, not_on_or_after_s; /* Conditions */
    struct saml_audiences *restrictions;
    size_t restriction_count;
    int64_t session_not_on_or_after_s; /* the earliest of all AuthnStatements */
    struct saml_attribute *attributes;
    size_t attribute_count;
};

struct saml_encrypted_key {
    str algorithm, digest, mgf; /* URIs; the last two absent when not given */
    str label;                  /* OAEPparams */
    str bytes;
};
struct saml_encrypted { /* an EncryptedAssertion, to be opened by who has the private key */
    str algorithm;
    str bytes;
    struct saml_encrypted_key *keys;
    size_t key_count;
};

enum saml_verdict {
    SAML_MALFORMED = 0, /* zeroed memory accepts nothing */
    SAML_BAD_SIGNATURE,
    SAML_VERIFIED,
    SAML_ENCRYPTED, /* signatures so far verified; call again with the assertion decrypted */
};

struct saml_response {
    enum saml_verdict verdict;
    str why; /* for operators: what is wrong with it; absent when nothing is */
    struct saml_claims claims;
    struct saml_encrypted encrypted;
    bool was_encrypted;
};

struct saml_metadata {
    bool valid;
    str why; /* as above */
    str entity_id;
    int64_t valid_until_s; /* SAML_NEVER */
    str *certificates;     /* DER in base64, without white space */
    size_t certificate_count;
};

/* --- asking the helper process (any thread that may block) ---------------------------------------- */

struct saml_response_in {
    str xml;
    const str *certificates; /* those of the metadata: no other key is trusted */
    size_t certificate_count;
    str decrypted; /* the assertion that was encrypted, or absent */
};

/* RC_OK whatever the document says. RC_CORRUPT, RC_LIMIT: the helper died or answered nonsense;
 * RC_BUSY: it did not come to an end in time; RC_NOENT: its program is missing or cannot run; RC_IO: it
 * could not be started.
 * *reterr_why, for operators, says which and where; untouched when there is no more to say. */
MUST_CHECK enum rc saml_ask_response(const struct saml_response_in *in, struct arena *arena,
                                     struct saml_response *ret, str *reterr_why);
MUST_CHECK enum rc saml_ask_metadata(str xml, struct arena *arena, struct saml_metadata *ret,
                                     str *reterr_why);

/* What the helper process, mantle-saml, does. Returns the exit status. */
int saml_helper_main(void);

/* --- the work itself, in this process: the helper, unit tests and fuzzers only ---------------------- */

/* Once per process, before the two below. */
MUST_CHECK enum rc saml_init(void);
MUST_CHECK enum rc saml_read_response(const struct saml_response_in *in, struct arena *arena,
                                      struct saml_response *ret);
MUST_CHECK enum rc saml_read_metadata(str xml, struct arena *arena, struct saml_metadata *ret);

/* --- what claims mean ------------------------------------------------------------------------------- */

struct saml_rules {
    int64_t now_s;
    str entity_id; /* of the provider's metadata */
    str role_arn, provider_arn;
};

struct saml_tag {
    str key, value;
};
struct saml_identity { /* who signs in: everything of it was signed */
    str subject, subject_type, issuer, recipient, session_name;
    str source_identity; /* absent when none */
    struct saml_tag *tags;
    size_t tag_count;
    str *transitive;
    size_t transitive_count;
    int64_t seconds_max; /* 0: the provider sets no limit */
};

enum saml_refusal {
    SAML_INVALID = 0,
    SAML_EXPIRED,
    SAML_REJECTED, /* the provider itself says no */
    SAML_DENIED,   /* verified, but not for this role */
    SAML_ACCEPTED,
};

/* Refusals come with AWS's sentence, in the arena. RC_NOMEM leaves *ret_refusal alone. */
MUST_CHECK enum rc saml_check(const struct saml_claims *claims, const struct saml_rules *rules,
                              struct arena *arena, struct saml_identity *ret,
                              enum saml_refusal *ret_refusal, str *reterr_text);

/* base64(SHA1(issuer account "/" provider)): tells subjects of two providers apart. */
MUST_CHECK enum rc saml_name_qualifier(str issuer, str account, str provider_name,
                                       struct arena *arena, str *ret);

#endif
