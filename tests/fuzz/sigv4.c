/* Whatever request a stranger sends:
 * - without the key it never verifies;
 * - what was read of it, written again as a request, is read the same;
 * - signed the slow way (sigv4_slow.h, OpenSSL's digests) it verifies, exactly when all that must be
 *   signed is; with a byte changed it verifies only if its canonical text is still the same, and
 *   then its parameters and body are too;
 * - signed by our own signer it verifies, and not with any digit of the signature changed.
 * The first four bytes choose the byte that is changed and how. */
#include "fuzz.h"

#include "codec/form.h"
#include "net/chars.h"
#include "sigv4_slow.h"

enum { HEADERS = SIGV4_HEADERS_MAX + 8, SIGNATURE_DIGITS = 64, CHANGES = 6 };

/* Two secrets: the fuzzer sees what is compared, and would learn the signatures of the first. */
static const str our_secret = STR_INIT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
static const str their_secret = STR_INIT("a secret that signs nothing in this program");

struct message {
    struct sigv4_header headers[HEADERS];
    struct sigv4_request request;
};

/* As net/ hands it on: only the bytes that may stand where they stand. */
static bool split(str text, struct message *ret)
{
    struct sigv4_request *request = &ret->request;
    str line, target;

    *request = (struct sigv4_request){ .headers = ret->headers };
    if (!take_until(&text, '\n', &line) || !take_until(&line, ' ', &request->method) ||
        !take_until(&line, ' ', &target)) {
        return false;
    }
    request->path = target;
    if (take_until(&target, '?', &request->path)) {
        request->query = target;
    }
    if (request->method.len == 0 || !chars_are(request->method, CHAR_TOKEN) ||
        !str_starts(request->path, STR("/")) || !chars_are(request->path, CHAR_TARGET) ||
        !chars_are(request->query, CHAR_TARGET)) {
        return false;
    }
    while (take_until(&text, '\n', &line) && str_trim(line).len > 0) {
        struct sigv4_header *header = &ret->headers[request->header_count];

        if (request->header_count == HEADERS || !take_until(&line, ':', &header->name)) {
            return false;
        }
        header->value = str_trim(line);
        if (header->name.len == 0 || !chars_are(header->name, CHAR_TOKEN) ||
            !chars_are(header->value, CHAR_FIELD)) {
            return false;
        }
        request->header_count++;
    }
    request->body = text;
    return true;
}

static bool is_s3(str service)
{
    return str_eq(service, STR("s3"));
}

static struct sigv4_rules rules_of(const struct sigv4_claim *claim)
{
    bool s3 = is_s3(claim->service);

    return (struct sigv4_rules){ .now_s = claim->signed_at_s,
                                 .tolerance_s = 900,
                                 .service = claim->service,
                                 .double_encode_path = !s3,
                                 .unsigned_payload_ok = s3 };
}

static enum sigv4_fault verify(const struct sigv4_request *request, const struct sigv4_claim *claim,
                               const struct sigv4_rules *rules, str secret, struct arena *arena)
{
    struct hmac_key key;
    str detail = STR_NONE;
    enum sigv4_fault fault;

    REQUIRE(sigv4_derive_key(secret, claim->date, claim->region, claim->service, &key) == RC_OK);
    fault = sigv4_verify(request, claim, rules, &key, arena, &detail);
    REQUIRE(fault != SIGV4_MISSING && fault != SIGV4_INCOMPLETE && fault != SIGV4_NO_MEMORY);
    REQUIRE((fault == SIGV4_OK) == (detail.ptr == NULL));
    return fault;
}

/* ---- what was read, written again ---- */

static bool same_claim(const struct sigv4_claim *a, const struct sigv4_claim *b)
{
    return a->form == b->form && str_eq(a->access_key_id, b->access_key_id) &&
           str_eq(a->scope, b->scope) && str_eq(a->signed_headers, b->signed_headers) &&
           str_eq(a->signature, b->signature) && str_eq(a->amz_date, b->amz_date) &&
           str_eq(a->session_token, b->session_token) &&
           str_eq(a->content_sha256, b->content_sha256) && a->signed_count == b->signed_count &&
           a->signed_at_s == b->signed_at_s && a->expires_s == b->expires_s;
}

static void write_query(const struct sigv4_claim *claim, str scope, buf *out)
{
    const struct {
        const char *name;
        str value;
    } params[] = { { "Algorithm", STR("AWS4-HMAC-SHA256") },
                   { "Credential", scope },
                   { "Date", claim->amz_date },
                   { "Signature", claim->signature },
                   { "SignedHeaders", claim->signed_headers },
                   { "Security-Token", claim->session_token },
                   { "Content-Sha256", claim->content_sha256 } };

    for (size_t i = 0; i < COUNT_OF(params); i++) {
        if (params[i].value.ptr != NULL) {
            buf_printf(out, "X-Amz-%s=", params[i].name);
            slow_encode(params[i].value, false, out);
            buf_add_char(out, '&');
        }
    }
    if (claim->expires_s > 0) {
        buf_printf(out, "X-Amz-Expires=%lld", (long long)claim->expires_s);
    }
}

static void check_written_again(const struct sigv4_claim *claim, struct arena *arena)
{
    struct sigv4_header headers[4] = { { STR("Host"), STR("x") } };
    struct sigv4_request request = { STR("POST"), STR("/"), STR(""), headers, 1, STR("") };
    struct sigv4_claim again;
    buf scope = buf_heap(SLOW_ROOM), text = buf_heap(SLOW_ROOM);

    buf_printf(&scope, "%.*s/%.*s", FMT(claim->access_key_id), FMT(claim->scope));
    if (claim->form == SIGV4_QUERY) {
        write_query(claim, buf_str(&scope), &text);
        request.query = buf_str(&text);
    } else {
        const struct sigv4_header more[] = {
            { STR("X-AMZ-DATE"), claim->amz_date },
            { STR("x-amz-security-token"), claim->session_token },
            { STR("x-amz-content-sha256"), claim->content_sha256 },
        };

        buf_printf(&text, "AWS4-HMAC-SHA256 Signature=%.*s,SignedHeaders=%.*s, Credential=%.*s",
                   FMT(claim->signature), FMT(claim->signed_headers), FMT(buf_str(&scope)));
        headers[0] = (struct sigv4_header){ STR("authorization"), buf_str(&text) };
        for (size_t i = 0; i < COUNT_OF(more); i++) {
            if (more[i].value.ptr != NULL) {
                headers[request.header_count++] = more[i];
            }
        }
    }
    REQUIRE(sigv4_read(&request, arena, &again) == SIGV4_OK);
    REQUIRE(same_claim(claim, &again));
    buf_done(&scope);
    buf_done(&text);
}

/* ---- signed, then changed ---- */

/* What the services read of a request: parameters and body. */
static void check_same_meaning(const struct sigv4_request *a, const struct sigv4_request *b,
                               bool body_counts, struct arena *arena)
{
    struct form x, y;
    enum rc rc = form_parse(a->query, SIGV4_PARAMS_MAX, arena, &x);

    REQUIRE(str_eq(a->method, b->method) && (!body_counts || str_eq(a->body, b->body)));
    REQUIRE(form_parse(b->query, SIGV4_PARAMS_MAX, arena, &y) == rc);
    if (rc == RC_OK) {
        REQUIRE(x.count == y.count);
        for (size_t i = 0; i < x.count; i++) {
            REQUIRE(str_eq(form_get(&y, x.pairs[i].name), x.pairs[i].value));
        }
    }
}

struct genuine {
    const struct message *message;
    const struct sigv4_claim *claim;
    str canonical;
};

static void check_changed(const struct genuine *genuine, str text, struct arena *arena)
{
    static struct message changed;
    const struct sigv4_claim *claim = genuine->claim;
    struct sigv4_rules rules = rules_of(claim);
    struct sigv4_claim now;
    buf canonical = buf_heap(SLOW_ROOM);

    /* Another access key id is somebody else, with another secret. */
    if (!split(text, &changed) || sigv4_read(&changed.request, arena, &now) != SIGV4_OK ||
        !str_eq(now.access_key_id, claim->access_key_id) ||
        verify(&changed.request, &now, &rules, our_secret, arena) != SIGV4_OK) {
        return;
    }
    REQUIRE(str_eq(now.scope, claim->scope) && str_eq(now.amz_date, claim->amz_date));
    REQUIRE(str_eq(now.signature, claim->signature));
    REQUIRE(slow_canonical(&changed.request, &now, is_s3(now.service), &canonical));
    REQUIRE(str_eq(buf_str(&canonical), genuine->canonical));
    check_same_meaning(&genuine->message->request, &changed.request, !is_s3(now.service), arena);
    buf_done(&canonical);
}

static void change_bytes(const struct genuine *genuine, char *bytes, size_t len, uint32_t seed,
                         struct arena *arena)
{
    for (int i = 0; i < CHANGES; i++) {
        char *at = &bytes[(seed >> 8) % len], was = *at;

        /* The choice itself, one bit, or the other case. */
        *at = (char)(i == 0 ? (int)(seed & 255) : was ^ 1 << (seed >> 4) % 8);
        if (*at != was) {
            check_changed(genuine, str_from(bytes, len), arena);
        }
        *at = was;
        seed = seed * 1664525U + 1013904223U;
    }
}

/* Puts the signature into the text where the claim has one, and changes bytes of that. */
static void check_whole(str text, str was, const struct genuine *genuine, uint32_t seed,
                        struct arena *arena)
{
    static struct message signed_message;
    struct genuine whole = { &signed_message, NULL, genuine->canonical };
    struct sigv4_claim claim;
    buf bytes = buf_heap(SLOW_ROOM), canonical = buf_heap(SLOW_ROOM);

    if (was.len != SIGNATURE_DIGITS || was.ptr < text.ptr ||
        was.ptr >= text.ptr + text.len) { /* percent-encoded, so a copy: rare */
        return;
    }
    buf_add(&bytes, text);
    memcpy(bytes.ptr + (was.ptr - text.ptr), genuine->claim->signature.ptr, SIGNATURE_DIGITS);
    REQUIRE(split(buf_str(&bytes), &signed_message));
    REQUIRE(sigv4_read(&signed_message.request, arena, &claim) == SIGV4_OK);
    REQUIRE(same_claim(&claim, genuine->claim));
    (void)slow_canonical(&signed_message.request, &claim, is_s3(claim.service), &canonical);
    if (str_eq(buf_str(&canonical), genuine->canonical)) { /* else the signature signs itself */
        struct sigv4_rules rules = rules_of(&claim);

        REQUIRE(verify(&signed_message.request, &claim, &rules, our_secret, arena) == SIGV4_OK);
        whole.claim = &claim;
        change_bytes(&whole, bytes.ptr, bytes.len, seed, arena);
    }
    buf_done(&bytes);
    buf_done(&canonical);
}

static void check_claim(str text, const struct message *message, const struct sigv4_claim *claim,
                        uint32_t seed, struct arena *arena)
{
    const struct sigv4_request *request = &message->request;
    struct sigv4_rules rules = rules_of(claim);
    struct sigv4_claim ours = *claim;
    buf canonical = buf_heap(SLOW_ROOM), signature = buf_heap(128);
    struct genuine genuine = { message, &ours, STR_NONE };
    enum sigv4_fault fault;
    bool complete;

    REQUIRE(verify(request, claim, &rules, their_secret, arena) != SIGV4_OK);
    check_written_again(claim, arena);
    if (sigv4_check(claim, &rules, arena, NULL) != SIGV4_OK || claim->service.len > 64) {
        return; /* not for us, or no service's name */
    }
    complete = slow_canonical(request, claim, is_s3(claim->service), &canonical);
    slow_sign(our_secret, claim, buf_str(&canonical), &signature);
    ours.signature = buf_str(&signature);
    fault = verify(request, &ours, &rules, our_secret, arena);
    REQUIRE((fault == SIGV4_OK) == complete);
    if (complete) {
        genuine.canonical = buf_str(&canonical);
        check_whole(text, claim->signature, &genuine, seed, arena);
    }
    buf_done(&canonical);
    buf_done(&signature);
}

/* ---- our own signer ---- */

static bool we_set(str name)
{
    return str_eq_nocase(name, STR("authorization")) || str_eq_nocase(name, STR("host")) ||
           str_eq_nocase(name, STR("date")) || str_eq_nocase(name, STR("x-amz-date")) ||
           str_eq_nocase(name, STR("x-amz-security-token")) ||
           str_eq_nocase(name, STR("x-amz-content-sha256"));
}

static void check_own_signer(const struct message *message, uint32_t seed, struct arena *arena)
{
    static struct message ours;
    const str date = STR("20261127T101112Z"), region = STR("us-east-1");
    str service = seed & 1 ? STR("s3") : STR("iam");
    struct sigv4_claim claim = { .date = str_slice(date, 0, 8), .region = region };
    struct sigv4_rules rules;
    struct hmac_key key;
    str authorization = STR_NONE;
    size_t count = 2;
    char digits[SIGNATURE_DIGITS], *digit;

    ours.request = message->request;
    ours.request.headers = ours.headers;
    ours.headers[0] = (struct sigv4_header){ STR("Host"), STR("localhost:8420") };
    ours.headers[1] = (struct sigv4_header){ STR("X-Amz-Date"), date };
    for (size_t i = 0; i < message->request.header_count && count < SIGV4_HEADERS_MAX - 1; i++) {
        if (!we_set(message->headers[i].name)) {
            ours.headers[count++] = message->headers[i];
        }
    }
    ours.request.header_count = count;
    REQUIRE(sigv4_derive_key(our_secret, claim.date, region, service, &key) == RC_OK);
    if (sigv4_sign(&ours.request, &key, STR("AKIAIOSFODNN7EXAMPLE"), date, region, service, arena,
                   &authorization) != RC_OK) {
        buf query = buf_heap(SLOW_ROOM), path = buf_heap(SLOW_ROOM);
        /* Only for what has no canonical form. */
        REQUIRE(!slow_query(ours.request.query, false, &query) ||
                !slow_path(ours.request.path, seed & 1, &path));
        buf_done(&query);
        buf_done(&path);
        return;
    }
    ours.headers[count] = (struct sigv4_header){ STR("Authorization"), authorization };
    ours.request.header_count = count + 1;
    if (sigv4_read(&ours.request, arena, &claim) != SIGV4_OK) {
        /* The query claims to be signed, too. */
        REQUIRE(claim.fault == SIGV4_BOTH_FORMS || claim.fault == SIGV4_INCOMPLETE);
        REQUIRE(ours.request.query.len > 0);
        return;
    }
    rules = rules_of(&claim);
    REQUIRE(str_eq(claim.service, service) && str_eq(claim.amz_date, date));
    REQUIRE(verify(&ours.request, &claim, &rules, our_secret, arena) == SIGV4_OK);
    memcpy(digits, claim.signature.ptr, sizeof(digits));
    claim.signature = str_from(digits, sizeof(digits));
    digit = &digits[(seed >> 8) % sizeof(digits)];
    *digit = (char)(*digit ^ (char)(1 << seed % 8));
    REQUIRE(verify(&ours.request, &claim, &rules, our_secret, arena) == SIGV4_MISMATCH);
}

/* More are refused, also where most are empty. */
static bool has_many_params(str query)
{
    size_t count = 1;

    for (size_t i = 0; i < query.len; i++) {
        count += query.ptr[i] == '&';
    }
    return count > SIGV4_PARAMS_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct message message;
    struct sigv4_claim claim;
    struct arena arena;
    uint32_t seed;
    str text;

    if (size < sizeof(seed) || size > 16384) {
        return 0;
    }
    memcpy(&seed, data, sizeof(seed));
    text = fuzz_text(data + sizeof(seed), size - sizeof(seed));
    if (!split(text, &message) || has_many_params(message.request.query)) {
        return 0;
    }
    arena_init(&arena, &heap, 1 << 16, 1 << 26);
    if (sigv4_read(&message.request, &arena, &claim) == SIGV4_OK) {
        check_claim(text, &message, &claim, seed, &arena);
    } else {
        struct sigv4_rules rules = rules_of(&claim);

        REQUIRE(claim.fault != SIGV4_OK && claim.detail.ptr != NULL);
        REQUIRE(sigv4_verify(&message.request, &claim, &rules, &(struct hmac_key){ 0 }, &arena,
                             NULL) == claim.fault);
    }
    check_own_signer(&message, seed, &arena);
    arena_done(&arena);
    return 0;
}
