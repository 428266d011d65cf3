/* Tokens of a server's own vault, opened by what libmantle is told: the text of the key file. */
#include <mantle/session.h>

#include <stdlib.h>
#include <unistd.h>

#include "access/session.h"
#include "base/bytes.h"
#include "host.h"
#include "sign/sigv4.h"
#include "system/system.h"
#include "vault/vault.h"

static const char key_id[] = "ASIAQQQQQQQQEXAMPLE1";
enum { ISSUED_S = 1795000000, EXPIRES_S = ISSUED_S + 3600 };

static char dir[64], key_text[16 * 1024];
static struct arena arena;
static struct vault *vault;
static str token;

static const struct session_tag tags[] = { { STR_INIT("team"), STR_INIT("red"), true },
                                           { STR_INIT("x"), STR_INIT(""), false } };
static const struct session_key keys_of_provider[] = { { STR_INIT("saml:sub"), STR_INIT("ann") } };
static const str policy_ids[] = { STR_INIT("ANPA1"), STR_INIT("ANPA2") };
static const str policy = STR_INIT(
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
    "\"Resource\":\"arn:aws:s3:::reports/*\"}]}");

static const struct session example = {
    .kind = SESSION_ROLE,
    .account = 42,
    .unique_id = STR_INIT("AROAEXAMPLE"),
    .name = STR_INIT("night-run"),
    .issued_s = ISSUED_S,
    .expires_s = EXPIRES_S,
    .source_identity = STR_INIT("ann"),
    .mfa_s = ISSUED_S - 5,
    .tags = tags,
    .tag_count = 2,
    .policy = STR_INIT(""),
    .policy_ids = policy_ids,
    .policy_id_count = 2,
    .keys = keys_of_provider,
    .key_count = 1,
    .chain_depth = 1,
    .issuer_key_id = STR_INIT("AKIAISSUER"),
};

static void read_key_file(void)
{
    char path[128];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/keys/token.keys", dir);
    file = fopen(path, "rb");
    assert_non_null(file);
    key_text[fread(key_text, 1, sizeof(key_text) - 1, file)] = '\0';
    (void)fclose(file);
}

static str sealed(const struct session *session)
{
    str packed, capsule, text;

    assert_ok(session_pack(session->policy, &arena, &packed));
    assert_ok(session_encode(session, packed, &arena, &capsule));
    assert_ok(vault_seal(vault, VAULT_TOKEN, STR("ASIAQQQQQQQQEXAMPLE1"), capsule, &arena, &text));
    return text;
}

static int set_up(void **state)
{
    struct session session = example;
    str why;

    (void)state;
    arena_init(&arena, &heap, 65536, 16 << 20);
    (void)snprintf(dir, sizeof(dir), "/tmp/mantle-lib-session-XXXXXX");
    assert_non_null(mkdtemp(dir));
    assert_ok(vault_open(dir, system_env(), &arena, &vault, &why));
    session.policy = policy;
    token = sealed(&session);
    read_key_file();
    return 0;
}

static int tear_down(void **state)
{
    static const char *const files[] = {
        "keys/master.keys", "keys/token.keys", "keys/message.keys", "keys/lock", "keys", "."
    };
    char path[128];

    (void)state;
    vault_close(vault);
    arena_done(&arena);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", dir, i + 1 == COUNT_OF(files) ? "" : files[i]);
        (void)remove(path);
    }
    return 0;
}

static mantle_token_keys *keys_read(void)
{
    mantle_token_keys *keys = NULL;

    assert_int_equal(mantle_token_keys_read(NULL, mantle_text(key_text), &keys), MANTLE_OK);
    return keys;
}

static mantle_rc opened(const mantle_token_keys *keys, str text, int64_t now_s,
                        mantle_session **ret)
{
    return mantle_session_open(NULL, keys, mantle_text(key_id), mantle_bytes(text.ptr, text.len),
                               now_s, ret);
}

static void a_token_says_all_that_was_sealed(void **state)
{
    mantle_token_keys *keys = keys_read();
    mantle_session *session = NULL;
    const mantle_session_info *info;

    (void)state;
    assert_int_equal(opened(keys, token, ISSUED_S, &session), MANTLE_OK);
    mantle_token_keys_free(keys);
    info = mantle_session_info_of(session);
    assert_int_equal(info->kind, MANTLE_SESSION_ROLE);
    assert_text(info->account, "000000000042");
    assert_text(info->unique_id, "AROAEXAMPLE");
    assert_text(info->name, "night-run");
    assert_text(info->source_identity, "ann");
    assert_text(info->issuer_key_id, "AKIAISSUER");
    assert_int_equal(info->issued_s, ISSUED_S);
    assert_int_equal(info->expires_s, EXPIRES_S);
    assert_int_equal(info->mfa_s, ISSUED_S - 5);
    assert_int_equal(info->chain_depth, 1);
    assert_true(str_eq(str_from(info->policy.ptr, info->policy.len), policy));
    assert_int_equal(info->policy_id_count, 2);
    assert_text(info->policy_ids[1], "ANPA2");
    assert_int_equal(info->tag_count, 2);
    assert_text(info->tags[0].value, "red");
    assert_true(info->tags[0].transitive && !info->tags[1].transitive);
    assert_int_equal(info->key_count, 1);
    assert_text(info->keys[0].key, "saml:sub");
    mantle_session_free(session);
}

static void a_session_ends(void **state)
{
    mantle_token_keys *keys = keys_read();
    mantle_session *session = NULL;

    (void)state;
    assert_int_equal(opened(keys, token, EXPIRES_S - 1, &session), MANTLE_OK);
    mantle_session_free(session);
    session = NULL;
    assert_int_equal(opened(keys, token, EXPIRES_S, &session), MANTLE_EXPIRED);
    assert_null(session);
    mantle_token_keys_free(keys);
}

static void strangers_tokens_do_not_open(void **state)
{
    mantle_token_keys *keys = keys_read();
    mantle_session *session = NULL;
    char copy[4096];
    str message;

    (void)state;
    assert_true(token.len < sizeof(copy));
    memcpy(copy, token.ptr, token.len);
    for (size_t i = 0; i < token.len; i++) {
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        if (copy[i] != token.ptr[i]) {
            assert_int_not_equal(opened(keys, str_from(copy, token.len), ISSUED_S, &session),
                                 MANTLE_OK);
        }
        copy[i] = token.ptr[i];
        assert_int_not_equal(opened(keys, str_slice(token, 0, i), ISSUED_S, &session), MANTLE_OK);
    }
    assert_int_equal(mantle_session_open(NULL, keys, mantle_text("ASIAQQQQQQQQEXAMPLE2"),
                                         mantle_bytes(token.ptr, token.len), ISSUED_S, &session),
                     MANTLE_DENIED);
    assert_ok(vault_seal(vault, VAULT_MESSAGE, STR("ASIAQQQQQQQQEXAMPLE1"), STR("text"), &arena,
                         &message));
    assert_int_not_equal(opened(keys, message, ISSUED_S, &session), MANTLE_OK);
    assert_null(session);
    mantle_token_keys_free(keys);
}

static void requests_of_temporary_keys_verify(void **state)
{
    mantle_token_keys *keys = keys_read();
    mantle_signing_key key, other;
    struct hmac_key want;

    (void)state;
    assert_ok(vault_session_signing_key(vault, STR("ASIAQQQQQQQQEXAMPLE1"), token, STR("20261127"),
                                        STR("eu-west-1"), STR("s3"), &want));
    assert_int_equal(mantle_session_signing_key(keys, mantle_text(key_id),
                                                mantle_bytes(token.ptr, token.len),
                                                mantle_text("20261127"), mantle_text("eu-west-1"),
                                                mantle_text("s3"), &key),
                     MANTLE_OK);
    assert_memory_equal(&key, &want, sizeof(want));
    assert_int_equal(mantle_session_signing_key(keys, mantle_text("ASIAQQQQQQQQEXAMPLE2"),
                                                mantle_bytes(token.ptr, token.len),
                                                mantle_text("20261127"), mantle_text("eu-west-1"),
                                                mantle_text("s3"), &other),
                     MANTLE_OK);
    assert_memory_not_equal(&key, &other, sizeof(key));
    assert_int_equal(mantle_session_signing_key(keys, mantle_text(key_id), mantle_text("short"),
                                                mantle_text("20261127"), mantle_text("eu-west-1"),
                                                mantle_text("s3"), &other),
                     MANTLE_SYNTAX);
    mantle_token_keys_free(keys);
}

static void after_a_rotation_the_file_is_read_again(void **state)
{
    mantle_token_keys *old = keys_read(), *new;
    struct session session = example;
    mantle_session *got = NULL;
    str fresh;

    (void)state;
    session.policy = policy;
    assert_ok(vault_rotate(vault, VAULT_TOKEN));
    fresh = sealed(&session);
    assert_int_equal(opened(old, fresh, ISSUED_S, &got), MANTLE_DENIED);
    read_key_file();
    new = keys_read();
    assert_int_equal(opened(new, fresh, ISSUED_S, &got), MANTLE_OK);
    mantle_session_free(got);
    assert_int_equal(opened(new, token, ISSUED_S, &got), MANTLE_OK);
    mantle_session_free(got);
    mantle_token_keys_free(old);
    mantle_token_keys_free(new);
}

static void only_a_whole_key_file_is_read(void **state)
{
    mantle_token_keys *keys = NULL;
    size_t len = strlen(key_text);

    (void)state;
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(mantle_token_keys_read(NULL, mantle_bytes(key_text, i), &keys),
                         MANTLE_CORRUPT);
        key_text[i] ^= 1;
        assert_int_equal(mantle_token_keys_read(NULL, mantle_text(key_text), &keys),
                         MANTLE_CORRUPT);
        key_text[i] ^= 1;
    }
    assert_int_equal(mantle_token_keys_read(NULL, mantle_text(NULL), &keys), MANTLE_INVALID);
    assert_null(keys);
    mantle_token_keys_free(NULL);
    mantle_session_free(NULL);
    assert_null(mantle_session_info_of(NULL));
}

static void every_allocation_may_fail(void **state)
{
    struct failing_alloc fa;

    (void)state;
    for (failing_init(&fa); failing_again(&fa);) {
        mantle_allocator allocator = host_allocator(&fa);
        mantle_token_keys *keys = NULL;
        mantle_session *session = NULL;
        mantle_rc rc = mantle_token_keys_read(&allocator, mantle_text(key_text), &keys);

        if (rc == MANTLE_OK) {
            rc = mantle_session_open(&allocator, keys, mantle_text(key_id),
                                     mantle_bytes(token.ptr, token.len), ISSUED_S, &session);
        }
        assert_int_equal(rc, fa.failed ? MANTLE_NO_MEMORY : MANTLE_OK);
        mantle_session_free(session);
        mantle_token_keys_free(keys);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_says_all_that_was_sealed),
        cmocka_unit_test(a_session_ends),
        cmocka_unit_test(strangers_tokens_do_not_open),
        cmocka_unit_test(requests_of_temporary_keys_verify),
        cmocka_unit_test(only_a_whole_key_file_is_read),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(after_a_rotation_the_file_is_read_again),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
