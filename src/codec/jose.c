#include "codec/jose.h"

#include "codec/base64.h"

enum {
    RSA_BYTES_MIN = 256,
    RSA_BYTES_MAX = 1024,
    EXPONENT_BYTES_MAX = 4,
    EPOCH_DIGITS_MAX = 11, /* to the year 5138: nothing a token may say is later */
};

static const struct json_limits token_limits = { .depth_max = 16, .values_max = 2000 };
static const struct json_limits set_limits = { .depth_max = 16, .values_max = 20000 };

static const struct {
    str name;
    enum jose_alg alg;
} algs[] = {
    { STR_INIT("RS256"), JOSE_RS256 }, { STR_INIT("RS384"), JOSE_RS384 },
    { STR_INIT("RS512"), JOSE_RS512 }, { STR_INIT("ES256"), JOSE_ES256 },
    { STR_INIT("ES384"), JOSE_ES384 }, { STR_INIT("ES512"), JOSE_ES512 },
};

enum jose_alg jose_alg_of(str name)
{
    for (size_t i = 0; i < COUNT_OF(algs); i++) {
        if (str_eq(algs[i].name, name)) {
            return algs[i].alg;
        }
    }
    return JOSE_NO_ALG;
}

str jose_alg_name(enum jose_alg alg)
{
    for (size_t i = 0; i < COUNT_OF(algs); i++) {
        if (algs[i].alg == alg) {
            return algs[i].name;
        }
    }
    return STR_NONE;
}

/* --- tokens ------------------------------------------------------------------------------------- */

static enum rc decode_part(str part, struct arena *arena, str *ret)
{
    buf out = buf_arena(arena, part.len);

    TRY(base64_decode(BASE64_URL, part, &out));
    *ret = buf_str(&out);
    return out.err;
}

static enum rc object_part(str part, struct arena *arena, struct json **ret)
{
    struct json_error error;
    str text;

    TRY(decode_part(part, arena, &text));
    enum rc rc = json_parse(text, &token_limits, arena, ret, &error);
    if (rc == RC_LIMIT || (rc == RC_OK && (*ret)->type != JSON_OBJECT)) {
        return RC_SYNTAX;
    }
    return rc;
}

static str text_member(const struct json *object, str name)
{
    const struct json *member = json_member(object, name);

    return member != NULL && member->type == JSON_STRING ? member->text : STR_NONE;
}

static enum rc read_header(const struct json *header, struct jwt *jwt, const char **reterr_why)
{
    const struct json *kid = json_member(header, STR("kid"));

    if (json_member(header, STR("crit")) != NULL || json_member(header, STR("b64")) != NULL) {
        *reterr_why = "it has critical extensions, none of which are supported";
        return RC_UNSUPPORTED;
    }
    if (kid != NULL && kid->type != JSON_STRING) {
        *reterr_why = "its kid is not a text";
        return RC_SYNTAX;
    }
    jwt->kid = kid == NULL ? STR_NONE : kid->text;
    jwt->alg = jose_alg_of(text_member(header, STR("alg")));
    if (jwt->alg == JOSE_NO_ALG) {
        *reterr_why = "its algorithm is none of RS256, RS384, RS512, ES256, ES384 and ES512";
        return RC_UNSUPPORTED;
    }
    return RC_OK;
}

enum rc jwt_parse(str text, struct arena *arena, struct jwt *ret, const char **reterr_why)
{
    struct jwt jwt = { .alg = JOSE_NO_ALG };
    struct json *header = NULL, *claims = NULL;
    str rest = text, head, payload;
    size_t dot;

    *reterr_why = "it is not three parts of base64url with dots between";
    if (text.len > JWT_BYTES_MAX || !take_until(&rest, '.', &head) ||
        !take_until(&rest, '.', &payload) || str_find_char(rest, '.', &dot) || head.len == 0 ||
        payload.len == 0 || rest.len == 0) {
        return RC_SYNTAX;
    }
    jwt.signed_part = str_slice(text, 0, head.len + 1 + payload.len);
    TRY(decode_part(rest, arena, &jwt.signature));
    *reterr_why = "its header is not a JSON object";
    TRY(object_part(head, arena, &header));
    *reterr_why = "its payload is not a JSON object";
    TRY(object_part(payload, arena, &claims));
    TRY(read_header(header, &jwt, reterr_why));
    jwt.claims = claims;
    *ret = jwt;
    return RC_OK;
}

enum rc jwt_time(const struct json *claims, str name, int64_t *ret_s)
{
    const struct json *claim = json_member(claims, name);
    size_t dot;
    str digits;

    if (claim == NULL) {
        return RC_NOENT;
    }
    digits = claim->text;
    if (claim->type != JSON_NUMBER) {
        return RC_SYNTAX;
    }
    if (str_find_char(digits, '.', &dot)) {
        str fraction = str_skip(digits, dot + 1);
        for (size_t i = 0; i < fraction.len; i++) {
            if (!ascii_is_digit(fraction.ptr[i])) {
                return RC_SYNTAX; /* 1.7e9: nobody writes times so */
            }
        }
        digits = str_slice(digits, 0, dot);
    }
    if (digits.len > EPOCH_DIGITS_MAX || digits.ptr[0] == '-') {
        return RC_SYNTAX;
    }
    return str_to_i64(digits, ret_s);
}

/* --- key sets ----------------------------------------------------------------------------------- */

static const struct curve {
    str name;
    enum jwk_type type;
    enum jose_alg alg;
    size_t bytes;
} curves[] = {
    { STR_INIT("P-256"), JWK_P256, JOSE_ES256, 32 },
    { STR_INIT("P-384"), JWK_P384, JOSE_ES384, 48 },
    { STR_INIT("P-521"), JWK_P521, JOSE_ES512, 66 },
};

static enum rc bytes_member(const struct json *object, str name, struct arena *arena, str *ret)
{
    str text = text_member(object, name);

    return text.ptr == NULL ? RC_SYNTAX : decode_part(text, arena, ret);
}

static str without_zeros(str number)
{
    while (number.len > 0 && number.ptr[0] == '\0') {
        number = str_skip(number, 1);
    }
    return number;
}

/* An exponent of 1 would make every message its own signature. */
static bool is_exponent(str e)
{
    unsigned last = e.len == 0 ? 0 : (unsigned char)e.ptr[e.len - 1];

    return e.len <= EXPONENT_BYTES_MAX && (last & 1) == 1 && (e.len > 1 || last >= 3);
}

static enum rc read_rsa(const struct json *object, struct arena *arena, struct jwk *key)
{
    TRY(bytes_member(object, STR("n"), arena, &key->n));
    TRY(bytes_member(object, STR("e"), arena, &key->e));
    key->n = without_zeros(key->n);
    key->e = without_zeros(key->e);
    key->type = JWK_RSA;
    if (key->n.len < RSA_BYTES_MIN || key->n.len > RSA_BYTES_MAX || !is_exponent(key->e)) {
        return RC_SYNTAX;
    }
    if (key->n.len == RSA_BYTES_MIN && ((unsigned char)key->n.ptr[0] & 0x80) == 0) {
        return RC_SYNTAX; /* 2,041 to 2,047 bits */
    }
    return ((unsigned char)key->n.ptr[key->n.len - 1] & 1) == 1 ? RC_OK : RC_SYNTAX;
}

static enum rc read_ec(const struct json *object, struct arena *arena, struct jwk *key)
{
    str name = text_member(object, STR("crv"));

    for (size_t i = 0; i < COUNT_OF(curves); i++) {
        if (!str_eq(curves[i].name, name)) {
            continue;
        }
        TRY(bytes_member(object, STR("x"), arena, &key->x));
        TRY(bytes_member(object, STR("y"), arena, &key->y));
        key->type = curves[i].type;
        return key->x.len == curves[i].bytes && key->y.len == curves[i].bytes ? RC_OK : RC_SYNTAX;
    }
    return RC_SYNTAX;
}

/* `use` and `key_ops`, where given, must say that it verifies. */
static bool is_for_signatures(const struct json *object)
{
    const struct json *use = json_member(object, STR("use"));
    const struct json *ops = json_member(object, STR("key_ops"));

    if (use != NULL && !(use->type == JSON_STRING && str_eq(use->text, STR("sig")))) {
        return false;
    }
    if (ops == NULL) {
        return true;
    }
    for (const struct json *op = ops->type == JSON_ARRAY ? ops->first : NULL; op != NULL;
         op = op->next) {
        if (op->type == JSON_STRING && str_eq(op->text, STR("verify"))) {
            return true;
        }
    }
    return false;
}

bool jwk_fits(const struct jwk *key, enum jose_alg alg)
{
    if (alg == JOSE_NO_ALG || (key->alg != JOSE_NO_ALG && key->alg != alg)) {
        return false;
    }
    switch (key->type) {
    case JWK_RSA:
        return alg == JOSE_RS256 || alg == JOSE_RS384 || alg == JOSE_RS512;
    case JWK_P256:
        return alg == JOSE_ES256;
    case JWK_P384:
        return alg == JOSE_ES384;
    case JWK_P521:
        return alg == JOSE_ES512;
    }
    return false;
}

static enum rc read_key(const struct json *object, struct arena *arena, struct jwk *ret)
{
    const struct json *kid = json_member(object, STR("kid"));
    const struct json *alg = json_member(object, STR("alg"));
    str type = text_member(object, STR("kty"));
    struct jwk key = { .type = JWK_RSA };

    if (object->type != JSON_OBJECT || !is_for_signatures(object) ||
        (kid != NULL && kid->type != JSON_STRING) || (alg != NULL && alg->type != JSON_STRING)) {
        return RC_SYNTAX;
    }
    if (str_eq(type, STR("RSA"))) {
        TRY(read_rsa(object, arena, &key));
    } else if (str_eq(type, STR("EC"))) {
        TRY(read_ec(object, arena, &key));
    } else {
        return RC_SYNTAX;
    }
    key.kid = kid == NULL ? STR_NONE : kid->text;
    if (alg != NULL) {
        key.alg = jose_alg_of(alg->text);
        if (!jwk_fits(&key, key.alg)) { /* RSA-OAEP, PS256, or another key's algorithm */
            return RC_SYNTAX;
        }
    }
    *ret = key;
    return RC_OK;
}

enum rc jwks_parse(str text, struct arena *arena, struct jwk **ret, size_t *ret_count)
{
    struct json_error error;
    struct json *set = NULL;
    const struct json *list;
    struct jwk *keys;
    size_t count = 0;

    if (text.len > JWKS_BYTES_MAX) {
        return RC_LIMIT;
    }
    TRY(json_parse(text, &set_limits, arena, &set, &error));
    list = json_member(set, STR("keys"));
    if (list == NULL || list->type != JSON_ARRAY) {
        return RC_SYNTAX;
    }
    if (list->count > JWKS_KEYS_MAX) {
        return RC_LIMIT;
    }
    keys = NEW_ARRAY(arena, list->count, struct jwk);
    if (keys == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *item = list->first; item != NULL; item = item->next) {
        enum rc rc = read_key(item, arena, &keys[count]);
        if (rc == RC_NOMEM) {
            return rc;
        }
        count += rc == RC_OK ? 1 : 0;
    }
    *ret = keys;
    *ret_count = count;
    return RC_OK;
}
