#include "trailfile/files.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "codec/base64.h"
#include "sign/digest.h"
#include "trailfile/trailfile.h"

#define ACCOUNT "111122223333"
#define LOGS "AWSLogs/" ACCOUNT "/CloudTrail/eu-west-1/2026/01/05/"
#define DIGESTS "AWSLogs/" ACCOUNT "/CloudTrail-Digest/eu-west-1/2026/01/05/"

static struct arena arena;
static struct trail_problems problems;
static struct trail_digests result;

static int setup(void **state)
{
    folder_make();
    arena_init(&arena, &heap, 4096, 64 << 20);
    problems = (struct trail_problems){ .arena = &arena };
    return 0;
}

static int teardown(void **state)
{
    folder_remove();
    arena_done(&arena);
    return 0;
}

static str hash_text(str text)
{
    uint8_t hash[SHA256_BYTES];
    char *digits = arena_bytes(&arena, sizeof(hash) * 2);

    assert_non_null(digits);
    sha256(text, hash);
    hex_encode(hash, sizeof(hash), digits);
    return str_from(digits, sizeof(hash) * 2);
}

static void put_packed(const char *name, str text)
{
    buf packed = buf_heap(1 << 20);

    pack(text, &packed);
    put(name, buf_str(&packed));
    buf_done(&packed);
}

static str log_name(int hour)
{
    return arena_printf(
        &arena, LOGS ACCOUNT "_CloudTrail_eu-west-1_20260105T%02d20Z_aaaa%d.json.gz", hour, hour);
}

static str digest_name(int hour)
{
    return arena_printf(&arena,
                        DIGESTS ACCOUNT
                        "_CloudTrail-Digest_eu-west-1_main_eu-west-1_20260105T%02d0000Z.json.gz",
                        hour + 1);
}

static str log_text(int hour)
{
    return arena_printf(&arena,
                        "{\"Records\":[{\"eventName\":\"A\",\"eventSource\":\"s3.amazonaws.com\","
                        "\"eventTime\":\"2026-01-05T%02d:10:00Z\",\"eventID\":\"%d\"}]}",
                        hour, hour);
}

/* The digests of three hours, each with one file. */
static str digests[3], signatures[3];
static EVP_PKEY *pair; /* CloudTrail's; NULL: nothing is signed */

/* The signature of the digest of that hour, in quotes, as the next one has it. */
static str sign_text(int hour)
{
    str before = hour == 0 ? STR("null") : signatures[hour - 1], text;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t made[512];
    char digits[1024];
    size_t len = sizeof(made);

    if (pair == NULL) {
        EVP_MD_CTX_free(ctx);
        return STR("null");
    }
    text = arena_printf(&arena, "2026-01-05T%02d:00:00Z\ntrails/%.*s\n%.*s\n%.*s", hour + 1,
                        FMT(digest_name(hour)), FMT(hash_text(digests[hour])), FMT(before));
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pair), 1);
    assert_int_equal(EVP_DigestSign(ctx, made, &len, (const unsigned char *)text.ptr, text.len), 1);
    EVP_MD_CTX_free(ctx);
    hex_encode(made, len, digits);
    signatures[hour] = arena_str(&arena, str_from(digits, 2 * len));
    return arena_printf(&arena, "\"%.*s\"", FMT(signatures[hour]));
}

/* What `aws cloudtrail list-public-keys` prints of a new key. */
static str new_key(void)
{
    unsigned char *der = NULL;
    int len;
    buf text = buf_arena(&arena, 1 << 14);

    EVP_PKEY_free(pair);
    pair = EVP_RSA_gen(2048);
    assert_non_null(pair);
    len = i2d_PublicKey(pair, &der);
    assert_true(len > 0);
    base64_encode(BASE64_STANDARD, der, (size_t)len, &text);
    OPENSSL_free(der);
    return arena_printf(&arena, "{\"PublicKeyList\":[{\"Value\":\"%.*s\",\"Fingerprint\":\"f1\"}]}",
                        FMT(buf_str(&text)));
}

static void put_chain(void)
{
    for (int hour = 0; hour < 3; hour++) {
        str text = log_text(hour), previous = STR("null"), hash = STR("null");
        if (hour > 0) {
            previous = arena_printf(&arena, "\"%.*s\"", FMT(digest_name(hour - 1)));
            hash = arena_printf(&arena, "\"%.*s\"", FMT(hash_text(digests[hour - 1])));
        }
        digests[hour] = arena_printf(
            &arena,
            "{\"awsAccountId\":\"" ACCOUNT
            "\",\"digestS3Bucket\":\"trails\",\"digestPublicKeyFingerprint\":\"f1\","
            "\"previousDigestSignature\":%.*s,\"digestStartTime\":\"2026-01-05T%02d:00:00Z\","
            "\"digestEndTime\":\"2026-01-05T%02d:00:00Z\",\"digestS3Object\":\"%.*s\","
            "\"previousDigestS3Object\":%.*s,\"previousDigestHashValue\":%.*s,"
            "\"logFiles\":[{\"s3Object\":\"%.*s\",\"hashValue\":\"%.*s\",\"hashAlgorithm\":\"SHA-"
            "256\"}]}",
            FMT(hour == 0 ? STR("null") : sign_text(hour - 1)), hour, hour + 1,
            FMT(digest_name(hour)), FMT(previous), FMT(hash), FMT(log_name(hour)),
            FMT(hash_text(text)));
        put_packed(log_name(hour).ptr, text);
        put_packed(digest_name(hour).ptr, digests[hour]);
    }
}

static void *begin(void *context, unsigned thread)
{
    return ALLOC_NEW(&heap, int);
}

static enum rc on_event(void *state, const struct trail_event *event)
{
    return RC_OK;
}

static enum rc on_end(void *context, void *state)
{
    alloc_free(&heap, state, sizeof(int));
    return RC_OK;
}

static const struct trail_keys *keys; /* NULL: signatures are not looked at */

static void check(void)
{
    const char *paths[] = { folder };
    struct trail_options options = { .threads = 2 };
    struct trail_visitor visitor = { begin, on_event, on_end, NULL };
    struct trail_counts counts;
    struct trail_list list;

    assert_ok(trail_list_make(paths, 1, &arena, &problems, &list));
    assert_ok(trail_read(&list, &options, &visitor, &problems, &counts));
    assert_ok(trail_check_digests(&list, keys, &problems, &result));
}

static void test_a_whole_chain(void **state)
{
    put_chain();
    check();
    assert_int_equal(problems.count, 0);
    assert_int_equal(result.digests, 3);
    assert_int_equal(result.files_listed, 3);
    assert_int_equal(result.files_verified, 3);
}

static void test_a_changed_file(void **state)
{
    put_chain();
    put_packed(log_name(1).ptr, STR("{\"Records\":[]}"));
    check();
    assert_int_equal(result.files_differ, 1);
    assert_int_equal(result.files_verified, 2);
    assert_int_equal(problems.seen[PROBLEM_DIGEST], 1);
    assert_true(str_ends(problems.items[0].path, log_name(1)));
}

static void test_a_missing_file(void **state)
{
    char path[512];

    put_chain();
    (void)snprintf(path, sizeof(path), "%s/%s", folder, log_name(1).ptr);
    assert_int_equal(unlink(path), 0);
    check();
    assert_int_equal(result.files_missing, 1);
    assert_int_equal(problems.seen[PROBLEM_GAP], 1);
}

static void test_a_file_slipped_in(void **state)
{
    put_chain();
    put_packed(LOGS ACCOUNT "_CloudTrail_eu-west-1_20260105T0030Z_forged.json.gz", log_text(0));
    check();
    assert_int_equal(result.files_unlisted, 1);
    /* In the last hour it may stand in a digest that has not come yet. */
    put_packed(LOGS ACCOUNT "_CloudTrail_eu-west-1_20260105T0230Z_late.json.gz", log_text(0));
    check();
    assert_int_equal(result.files_unlisted, 1);
}

static void test_a_missing_digest(void **state)
{
    char path[512];

    put_chain();
    (void)snprintf(path, sizeof(path), "%s/%s", folder, digest_name(1).ptr);
    assert_int_equal(unlink(path), 0);
    check();
    assert_int_equal(result.chain_gaps, 1);
    assert_int_equal(problems.seen[PROBLEM_GAP], 1);
}

static void test_a_changed_digest(void **state)
{
    put_chain();
    put_packed(digest_name(0).ptr, arena_printf(&arena, "%.*s\n", FMT(digests[0])));
    check();
    assert_int_equal(result.chain_breaks, 1);
}

static void test_a_damaged_digest(void **state)
{
    put_chain();
    put_packed(digest_name(2).ptr, STR("{\"logFiles\":["));
    put(DIGESTS ACCOUNT "_CloudTrail-Digest_eu-west-1_main_eu-west-1_20260105T050000Z.json.gz",
        STR("\x1F\x8B\x08\x00"));
    check();
    assert_int_equal(result.files_verified, 2);
    assert_int_equal(problems.seen[PROBLEM_DIGEST], 2);
}

static struct trail_keys given(str text)
{
    struct trail_keys list;
    const char *why;

    assert_ok(trail_keys_read(text, &arena, &list, &why));
    return list;
}

static void test_signatures(void **state)
{
    struct trail_keys ours = given(new_key());

    put_chain();
    keys = &ours;
    check();
    assert_int_equal(problems.count, 0);
    assert_int_equal(result.signatures_good, 2);
    assert_int_equal(result.unsigned_digests, 1); /* the last one's is in the bucket alone */
    /* A chain that is whole, but signed by somebody else. */
    (void)new_key();
    put_chain();
    check();
    assert_int_equal(result.signatures_good, 0);
    assert_int_equal(result.signatures_bad, 2);
    assert_int_equal(problems.seen[PROBLEM_DIGEST], 2);
    assert_true(str_ends(problems.items[0].path, digest_name(0)));
    /* Not signed at all: nothing is claimed. */
    EVP_PKEY_free(pair);
    pair = NULL;
    put_chain();
    check();
    assert_int_equal(result.signatures_bad, 0);
    assert_int_equal(result.unsigned_digests, 3);
    keys = NULL;
}

static void test_files_that_are_no_keys(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{\"PublicKeyList\":{}}",
        "{\"PublicKeyList\":[{\"Value\":\"AAAA\"}]}",
        "{\"PublicKeyList\":[{\"Value\":\"?\",\"Fingerprint\":\"f\"}]}",
    };
    struct trail_keys list;
    const char *why;

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_int_equal(trail_keys_read(str_cstr(texts[i]), &arena, &list, &why), RC_SYNTAX);
    }
    /* Base64, but no key: digests cannot be by it. */
    list = given(STR("{\"PublicKeyList\":[{\"Value\":\"AAAA\",\"Fingerprint\":\"f1\"}]}"));
    (void)new_key();
    put_chain();
    keys = &list;
    check();
    assert_int_equal(result.signatures_bad, 2);
    keys = NULL;
    EVP_PKEY_free(pair);
    pair = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_whole_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_changed_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_missing_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_file_slipped_in, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_missing_digest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_changed_digest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_damaged_digest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_signatures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files_that_are_no_keys, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
