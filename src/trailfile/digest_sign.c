/* Signatures of digests, by CloudTrail's public keys: the CloudTrail user guide, "Custom implementations of
 * CloudTrail log file integrity validation". */
#include "codec/base64.h"
#include "codec/json.h"
#include "sign/rsa.h"
#include "trailfile/digest_inside.h"

enum { KEYS_MAX = 10000, SIGNATURE_BYTES_MAX = 2048 };

static str text_of(const struct json *object, str name)
{
    const struct json *value = json_member(object, name);

    return value != NULL && value->type == JSON_STRING ? value->text : STR_NONE;
}

enum rc trail_keys_read(str text, struct arena *arena, struct trail_keys *ret,
                        const char **reterr_why)
{
    static const struct json_limits limits = { 8, 200000, .repeats = false };
    struct json_error error;
    struct json *json;
    const struct json *list;
    size_t count = 0;

    *ret = (struct trail_keys){ .count = 0 };
    *reterr_why = "it is no JSON";
    TRY(json_parse(text, &limits, arena, &json, &error));
    list = json_member(json, STR("PublicKeyList"));
    *reterr_why = "it has no PublicKeyList, as `aws cloudtrail list-public-keys` prints it";
    if (list == NULL || list->type != JSON_ARRAY || list->count > KEYS_MAX) {
        return RC_SYNTAX;
    }
    ret->items = NEW_ARRAY(arena, list->count + 1, struct trail_key);
    if (ret->items == NULL) {
        return RC_NOMEM;
    }
    *reterr_why = "a key in it has no Fingerprint, or a Value that is no base64";
    for (const struct json *item = list->first; item != NULL; item = item->next) {
        str value = text_of(item, STR("Value")), fingerprint = text_of(item, STR("Fingerprint"));
        buf der = buf_arena(arena, RSA_DER_MAX);
        if (fingerprint.len == 0 || value.len == 0 ||
            base64_decode(BASE64_STANDARD, value, &der) != RC_OK) {
            return RC_SYNTAX;
        }
        ret->items[count++] = (struct trail_key){ fingerprint, buf_str(&der) };
    }
    ret->count = count;
    return RC_OK;
}

static str signed_text(const struct digest *d, struct arena *arena)
{
    char hash[SHA256_BYTES * 2];
    str previous = d->previous_signature.len > 0 ? d->previous_signature : STR("null");

    hex_encode(d->hash, sizeof(d->hash), hash);
    return arena_printf(arena, "%.*s\n%.*s/%.*s\n%.*s\n%.*s", FMT(d->end), FMT(d->bucket),
                        FMT(d->object), (int)sizeof(hash), hash, FMT(previous));
}

enum digest_signed digest_is_signed(const struct digest *d, const struct digest *next,
                                    const struct trail_keys *keys, struct arena *arena,
                                    const char **ret_why)
{
    char signature[SIGNATURE_BYTES_MAX];
    str text = signed_text(d, arena), said = next == NULL ? STR_NONE : next->previous_signature;
    bool known = false;

    if (said.len == 0 || text.ptr == NULL) {
        return DIGEST_UNKNOWN;
    }
    if (said.len > 2 * sizeof(signature) || said.len % 2 != 0 ||
        hex_decode(said, signature, said.len / 2) != RC_OK) {
        *ret_why = "the next digest has no signature of it that can be read";
        return DIGEST_FORGED;
    }
    for (size_t i = 0; i < keys->count; i++) {
        if (str_eq(keys->items[i].fingerprint, d->fingerprint)) {
            enum rc rc = rsa_verify_sha256(keys->items[i].der, text,
                                           str_from(signature, said.len / 2));
            if (rc == RC_OK) {
                return DIGEST_SIGNED;
            }
            known = known || rc != RC_NOMEM;
        }
    }
    *ret_why = "CloudTrail did not sign it as it stands: changed since, or made by somebody else";
    return known ? DIGEST_FORGED : DIGEST_UNKNOWN;
}
