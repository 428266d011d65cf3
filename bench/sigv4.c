/* What a full verification costs, against nothing but the SHA-256 compressions it cannot do
 * without. Prints lines "name  ratio  bar"; both sides run in turns, and the ratio is the median of the
 * rounds'. Under a row that misses its bar stands where the time beside the compressions goes. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "sign/canonical.h"
#include "sign/sigv4.h"
#include "system/system.h"
#include "vault/vault.h"

enum { ROUNDS = 41, CALLS = 2000 };

static const str secret = STR_INIT("dummysecretdummysecretdummysecretdummy00");
static struct hmac_key key;
static struct arena arena;

#define H(n, v)                                                                                    \
    {                                                                                              \
        STR_INIT(n), STR_INIT(v)                                                                   \
    }
#define TOKEN_64 "AQx1kf0bF2mDqv9yW3Jc7Yt5Rz8Ns6Lp4Hg2Ea0Xu1Oi9Bk7Mw5Tv3Cd8Fj6Gl4Q"
#define TOKEN_512 TOKEN_64 TOKEN_64 TOKEN_64 TOKEN_64 TOKEN_64 TOKEN_64 TOKEN_64 TOKEN_64

/* In place 0 stands the Authorization header, once signed. */
static struct sigv4_header botocore[] = {
    H("Authorization", ""),
    H("Accept-Encoding", "identity"),
    H("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
    H("User-Agent", "Boto3/1.26.27 Python/3.11.2 Linux/6.1.0 Botocore/1.29.27"),
    H("host", "127.0.0.1:8420"),
    H("X-Amz-Date", "20261123T182650Z"),
    H("Content-Length", "43"),
};
static struct sigv4_header with_token[] = {
    H("Authorization", ""),
    H("Accept-Encoding", "identity"),
    H("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
    H("User-Agent", "Boto3/1.26.27 Python/3.11.2 Linux/6.1.0 Botocore/1.29.27"),
    H("host", "127.0.0.1:8420"),
    H("X-Amz-Security-Token", TOKEN_512),
    H("X-Amz-Date", "20261123T182650Z"),
    H("Content-Length", "43"),
};

#define CALLER_IDENTITY "Action=GetCallerIdentity&Version=2011-06-15"
#define ASSUME_ROLE                                                                                \
    "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fdemo" \
    "&RoleSessionName=orders-7f3&Policy=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A"  \
    "%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22sqs%3ASendMessage%22%2C%22Resource%22%3" \
    "A%22%2A%22%7D%5D%7D&Tags.member.1.Key=team&Tags.member.1.Value=orders&Tags.member.2.Key=env&" \
    "Tags.member.2.Value=prod"

struct bench {
    const char *name;
    struct sigv4_request request;
};

static struct bench benches[] = {
    { "sigv4 GetCallerIdentity, long-term key",
      { STR_INIT("POST"), STR_INIT("/"), STR_INIT(""), botocore, COUNT_OF(botocore),
        STR_INIT(CALLER_IDENTITY) } },
    { "sigv4 GetCallerIdentity, session token",
      { STR_INIT("POST"), STR_INIT("/"), STR_INIT(""), with_token, COUNT_OF(with_token),
        STR_INIT(CALLER_IDENTITY) } },
    { "sigv4 AssumeRole, policy and two tags",
      { STR_INIT("POST"), STR_INIT("/"), STR_INIT(""), botocore, COUNT_OF(botocore),
        STR_INIT(ASSUME_ROLE) } },
};

static int64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void must(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "bench/sigv4: %s failed\n", what);
        exit(1);
    }
}

static void verify_once(const struct sigv4_request *request)
{
    static const struct sigv4_rules rules = {
        .now_s = 1795458410,
        .tolerance_s = 900,
        .service = STR_INIT("sts"),
        .double_encode_path = true,
    };
    struct sigv4_claim claim;

    arena_reset(&arena);
    must(sigv4_read(request, &arena, &claim) == SIGV4_OK &&
             sigv4_verify(request, &claim, &rules, &key, &arena, NULL) == SIGV4_OK,
         "verification");
}

/* The whole of FIPS 180-4's padding: one bit, zeros, eight bytes of length. */
static size_t blocks(size_t bytes)
{
    return (bytes + 9 + 63) / 64;
}

/* The canonical request, but for the hash of the body, which is given. */
static size_t canonical_once(const struct sigv4_request *request, const struct sigv4_claim *claim)
{
    static const char hex[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    struct canonical_form form = { .double_encode_path = true, .require_x_amz = true };
    const char *text;
    size_t count;

    form.payload_hash = str_from(hex, SIGNATURE_HEX_BYTES);
    form.signed_headers = claim->signed_headers;
    form.signed_names = claim->signed_names;
    form.signed_count = claim->signed_count;
    must(canonical_request(request, &form, &arena, &text, &count) == RC_OK, "canonical request");
    return count;
}

static size_t blocks_needed(const struct sigv4_request *request, const struct sigv4_claim *claim)
{
    size_t to_sign = strlen("AWS4-HMAC-SHA256\n") + claim->amz_date.len + 1 + claim->scope.len + 1 +
                     64;

    /* The keyed first blocks of both HMAC halves are in the key already. */
    return blocks(request->body.len) + canonical_once(request, claim) + (blocks(64 + to_sign) - 1) +
           1;
}

static void compress(size_t count)
{
    static const uint8_t data[64 * 256];
    SHA256_CTX ctx;

    must(count <= 256, "block count");
    (void)SHA256_Init(&ctx);
    (void)SHA256_Update(&ctx, data, 64 * count);
    __asm__ volatile("" : : "r"(&ctx) : "memory");
}

/* The same compressions by the documented interface, with everything fetched and reused: why
 * sign/digest.c does not use it. */
static void compress_evp(size_t count)
{
    static const uint8_t data[64 * 256];
    static EVP_MD *md;
    static EVP_MD_CTX *ctx;
    uint8_t digest[SHA256_BYTES];

    if (md == NULL) {
        md = EVP_MD_fetch(NULL, "SHA256", NULL);
        ctx = EVP_MD_CTX_new();
        must(md != NULL && ctx != NULL, "EVP");
    }
    for (int step = 0; step < 4; step++) { /* body, canonical request, both halves of the HMAC */
        must(EVP_DigestInit_ex2(ctx, md, NULL) == 1 &&
                 EVP_DigestUpdate(ctx, data, 64 * (count / 4) - 9) == 1 &&
                 EVP_DigestFinal_ex(ctx, digest, NULL) == 1,
             "EVP digest");
    }
}

static int compare_ns(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static double median(int64_t *rounds)
{
    qsort(rounds, ROUNDS, sizeof(*rounds), compare_ns);
    return (double)rounds[ROUNDS / 2] / CALLS;
}

static void sign_it(struct bench *bench)
{
    struct sigv4_header *headers = (struct sigv4_header *)(uintptr_t)bench->request.headers;
    struct sigv4_request unsigned_request = bench->request;
    str authorization;
    char *copy;

    unsigned_request.headers = headers + 1;
    unsigned_request.header_count--;
    must(sigv4_sign(&unsigned_request, &key, STR("AKIAQQQQQQQQEXAMPLE0"), STR("20261123T182650Z"),
                    STR("us-east-1"), STR("sts"), &arena, &authorization) == RC_OK,
         "signing");
    copy = strndup(authorization.ptr, authorization.len);
    must(copy != NULL, "strndup");
    headers[0].value = str_cstr(copy);
}

static bool report(const char *name, double ratio, double bar)
{
    printf("%-44s %6.2fx  bar %.2fx%s\n", name, ratio, bar, ratio <= bar ? "" : "  MISSED");
    return ratio <= bar;
}

enum part { FULL, BARE, READ, TEXT, EVP, PARTS };

struct subject {
    const struct sigv4_request *request;
    const struct sigv4_claim *claim; /* in an arena of its own */
    size_t needed;
};

static void run_part(enum part part, const struct subject *of)
{
    struct sigv4_claim claim;

    switch (part) {
    case FULL:
        verify_once(of->request);
        return;
    case BARE:
        compress(of->needed);
        return;
    case READ:
        arena_reset(&arena);
        must(sigv4_read(of->request, &arena, &claim) == SIGV4_OK, "reading");
        return;
    case TEXT:
        arena_reset(&arena);
        (void)canonical_once(of->request, of->claim);
        return;
    case EVP:
    case PARTS:
        compress_evp(of->needed);
        return;
    }
}

static int64_t time_part(enum part part, const struct subject *of)
{
    int64_t begun = now_ns();

    for (int i = 0; i < CALLS; i++) {
        run_part(part, of);
    }
    return now_ns() - begun;
}

static bool measure(const char *name, const struct subject *of, bool verbose)
{
    int64_t took[PARTS][ROUNDS], per_mille[ROUNDS];
    double ns[PARTS];
    bool met;

    for (int round = 0; round < ROUNDS; round++) {
        for (enum part part = FULL; part < PARTS; part++) {
            took[part][round] = time_part(part, of);
        }
        per_mille[round] = took[FULL][round] * 1000 / took[BARE][round];
    }
    for (enum part part = FULL; part < PARTS; part++) {
        ns[part] = median(took[part]);
    }
    met = report(name, median(per_mille) * CALLS / 1000, 1.6);
    if (!met || verbose) {
        printf("#   %.0f ns: %zu compressions %.0f, reading the claim %.0f, writing the canonical "
               "request %.0f, the rest %.0f:\n#   checks, string to sign, hex, and four digests "
               "that wait for one another where the yardstick has one\n",
               ns[FULL], of->needed, ns[BARE], ns[READ], ns[TEXT],
               ns[FULL] - ns[BARE] - ns[READ] - ns[TEXT]);
    }
    if (verbose) {
        printf("#   by EVP the digests alone: %.0f ns\n", ns[EVP]);
    }
    return met;
}

static bool run_verify(struct bench *bench, bool verbose)
{
    struct subject of = { .request = &bench->request };
    struct sigv4_claim claim;
    struct arena kept;
    bool met;

    arena_init(&kept, &heap, 64 * 1024, 1024 * 1024);
    sign_it(bench);
    must(sigv4_read(of.request, &kept, &claim) == SIGV4_OK, "reading");
    arena_reset(&arena);
    of.claim = &claim;
    of.needed = blocks_needed(of.request, &claim);
    met = measure(bench->name, &of, verbose);
    arena_done(&kept);
    return met;
}

/* A hit of the vault's cache against deriving the key: five HMACs. */
static bool run_cache(bool verbose)
{
    int64_t hit[ROUNDS], derive[ROUNDS];
    struct vault *vault = NULL;
    struct hmac_key out;
    str token = STR_NONE, why = STR_NONE, id = STR("ASIAQQQQQQQQEXAMPLE1");
    str date = STR("20261123"), region = STR("us-east-1"), sts = STR("sts");
    double h, d;

    arena_reset(&arena);
    must(vault_open(NULL, system_env(), &arena, &vault, &why) == RC_OK &&
             vault_seal(vault, VAULT_TOKEN, id, STR(TOKEN_512), &arena, &token) == RC_OK,
         "vault");
    for (int round = 0; round < ROUNDS; round++) {
        int64_t t0 = now_ns(), t1;

        for (int i = 0; i < CALLS; i++) {
            must(vault_session_signing_key(vault, id, token, date, region, sts, &out) == RC_OK,
                 "session signing key");
        }
        t1 = now_ns();
        for (int i = 0; i < CALLS; i++) {
            must(sigv4_derive_key(secret, date, region, sts, &out) == RC_OK, "derive");
        }
        hit[round] = t1 - t0;
        derive[round] = now_ns() - t1;
    }
    h = median(hit);
    d = median(derive);
    if (verbose) {
        printf("# cache hit %.0f ns, derivation %.0f ns\n", h, d);
    }
    vault_close(vault);
    return report("signing key from the cache, to deriving it", h / d, 0.15);
}

int main(int argc, char **argv)
{
    bool verbose = argc > 1 && strcmp(argv[1], "--times") == 0, all = true;

    arena_init(&arena, &heap, 64 * 1024, 1024 * 1024);
    must(sigv4_derive_key(secret, STR("20261123"), STR("us-east-1"), STR("sts"), &key) == RC_OK,
         "deriving");
    for (size_t i = 0; i < COUNT_OF(benches); i++) {
        all = run_verify(&benches[i], verbose) && all;
    }
    all = run_cache(verbose) && all;
    arena_done(&arena);
    return all ? 0 : 1;
}
