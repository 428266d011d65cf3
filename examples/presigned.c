/* A verifier of presigned URLs:
 *
 *     cc -o presigned presigned.c $(pkg-config --cflags --libs mantle)
 *     ./presigned KEYS SERVICE METHOD URL...
 *
 * KEYS is a file with one "ACCESS-KEY-ID SECRET" a line; SERVICE is what the URL must be signed for
 * ("s3"; S3's rules then apply), METHOD what it is used with ("GET"). One line is printed for each
 * URL: until when it is valid and who signed it, or why it is not. Exit status: 0 all are valid, 1 one
 * is not, 2 usage. The environment variable NOW (seconds since 1970) replaces the clock, for tests. */
#include <mantle/sigv4.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { KEYS_MAX = 1000 };

struct key {
    char id[129], secret[129];
};

static struct key keys[KEYS_MAX];
static size_t key_count;

static bool keys_read(const char *path)
{
    FILE *file = fopen(path, "r");

    if (file == NULL) {
        perror(path);
        return false;
    }
    while (key_count < KEYS_MAX &&
           fscanf(file, "%128s %128s", keys[key_count].id, keys[key_count].secret) == 2) {
        key_count++;
    }
    fclose(file);
    return true;
}

static const struct key *key_find(mantle_str id)
{
    for (size_t i = 0; i < key_count; i++) {
        if (strlen(keys[i].id) == id.len && memcmp(keys[i].id, id.ptr, id.len) == 0) {
            return &keys[i];
        }
    }
    return NULL;
}

/* http://HOST/PATH?QUERY: what a server gets in the first two lines of the request. */
static bool url_split(const char *url, mantle_header *host, mantle_http_request *request)
{
    const char *start = strstr(url, "://"), *path, *query;

    if (start == NULL) {
        return false;
    }
    start += 3;
    path = start + strcspn(start, "/?#");
    query = path + strcspn(path, "?#");
    host->name = mantle_text("host");
    host->value = mantle_bytes(start, (size_t)(path - start));
    request->path = mantle_bytes(path, (size_t)(query - path));
    request->query = mantle_text("");
    if (*query == '?') {
        request->query = mantle_bytes(query + 1, strcspn(query + 1, "#"));
    }
    request->headers = host;
    request->header_count = 1;
    return true;
}

/* Looks up the key the URL names, and verifies with that. */
static mantle_sigv4_fault verify(mantle_sigv4 *verifier, const mantle_http_request *request,
                                 const mantle_sigv4_rules *rules, mantle_sigv4_claim *claim)
{
    mantle_sigv4_fault fault = mantle_sigv4_read(verifier, request, claim);
    mantle_signing_key signing_key;
    const struct key *key;

    if (fault != MANTLE_SIGV4_OK) {
        return fault;
    }
    key = key_find(claim->access_key_id);
    /* A key that does not exist gets the answer of a wrong signature: nobody learns which exist. A
     * session token would have to be checked here (mantle/session.h); these keys have none. */
    if (key == NULL || claim->form != MANTLE_SIGV4_QUERY || claim->session_token.ptr != NULL ||
        mantle_signing_key_init(mantle_text(key->secret), claim->date, claim->region,
                                claim->service, &signing_key) != MANTLE_OK) {
        return MANTLE_SIGV4_MISMATCH;
    }
    fault = mantle_sigv4_verify(verifier, request, rules, &signing_key);
    mantle_wipe(&signing_key, sizeof(signing_key));
    return fault;
}

static void print_valid(const mantle_sigv4_claim *claim)
{
    time_t until = (time_t)(claim->signed_at_s + claim->expires_s);
    char date[32] = "";
    struct tm *utc = gmtime(&until);

    if (utc != NULL) {
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", utc);
    }
    printf("valid until %s, signed by %.*s\n", date, (int)claim->access_key_id.len,
           claim->access_key_id.ptr);
}

static bool check(mantle_sigv4 *verifier, const char *url, const char *method,
                  const mantle_sigv4_rules *rules)
{
    mantle_http_request request = { .method = mantle_text(method), .body = mantle_text("") };
    mantle_sigv4_claim claim;
    mantle_sigv4_fault fault;
    mantle_header host;
    mantle_str detail;

    if (!url_split(url, &host, &request)) {
        printf("refused: not a URL\n");
        return false;
    }
    fault = verify(verifier, &request, rules, &claim);
    if (fault == MANTLE_SIGV4_OK) {
        print_valid(&claim);
        return true;
    }
    detail = mantle_sigv4_detail(verifier);
    printf("refused: %s: %.*s\n", mantle_sigv4_fault_code(fault), (int)detail.len,
           detail.ptr == NULL ? "" : detail.ptr);
    return false;
}

int main(int argc, char **argv)
{
    const char *now = getenv("NOW");
    mantle_sigv4_rules rules = { .now_s = now == NULL ? (int64_t)time(NULL) : atoll(now) };
    mantle_sigv4 *verifier;
    int status = 0;

    if (argc < 5 || !keys_read(argv[1])) {
        fprintf(stderr, "usage: %s KEYS SERVICE METHOD URL...\n", argv[0]);
        return 2;
    }
    rules.service = mantle_text(argv[2]);
    rules.s3 = strcmp(argv[2], "s3") == 0;
    if (mantle_sigv4_new(NULL, &verifier) != MANTLE_OK) {
        fprintf(stderr, "not enough memory\n");
        return 2;
    }
    for (int i = 4; i < argc; i++) {
        if (!check(verifier, argv[i], argv[3], &rules)) {
            status = 1;
        }
    }
    mantle_sigv4_free(verifier);
    mantle_wipe(keys, sizeof(keys));
    return status;
}
