/* Reads the recorded requests of real clients (tests/fixtures/captures). */
#ifndef MANTLE_TESTS_UNIT_SIGN_CAPTURE_H
#define MANTLE_TESTS_UNIT_SIGN_CAPTURE_H

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/arena.h"
#include "sign/sigv4.h"

#define CAPTURE_LONG_SECRET "dummysecretdummysecretdummysecretdummy00"
#define CAPTURE_SESSION_SECRET "dummysecretdummysecretdummysecretdummy01"

struct capture {
    char name[256];
    char raw[16 * 1024];
    size_t raw_len;
    struct sigv4_header headers[64];
    struct sigv4_request request; /* views into raw */
};

static inline void capture_dir(char *out, size_t size)
{
    const char *root = getenv("MANTLE_SOURCE_ROOT");

    (void)snprintf(out, size, "%s/tests/fixtures/captures", root == NULL ? "." : root);
}

static inline str capture_line(str *rest)
{
    str line = STR("");

    (void)take_until(rest, '\n', &line);
    return str_trim(line);
}

/* Splits raw again; call after changing a byte of it. False when it is no request any more. */
static inline bool capture_parse(struct capture *c)
{
    str rest = str_from(c->raw, c->raw_len), line = capture_line(&rest), target;
    struct sigv4_request *request = &c->request;

    memset(request, 0, sizeof(*request));
    if (!take_until(&line, ' ', &request->method) || !take_until(&line, ' ', &target)) {
        return false;
    }
    request->path = target;
    if (take_until(&target, '?', &request->path)) {
        request->query = target;
    }
    for (;;) {
        struct sigv4_header *header = &c->headers[request->header_count];

        line = capture_line(&rest);
        if (line.len == 0) {
            break;
        }
        if (!take_until(&line, ':', &header->name)) {
            return false;
        }
        header->value = str_trim(line);
        request->header_count++;
    }
    request->headers = c->headers;
    request->body = rest;
    return true;
}

static inline void capture_load(struct capture *c, const char *dir, const char *name)
{
    char path[700];
    FILE *file;

    (void)snprintf(c->name, sizeof(c->name), "%s", name);
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    c->raw_len = fread(c->raw, 1, sizeof(c->raw), file);
    (void)fclose(file);
    assert_true(c->raw_len < sizeof(c->raw));
    assert_true(capture_parse(c));
}

static inline int capture_is_request(const struct dirent *entry)
{
    return str_ends(str_cstr(entry->d_name), STR(".req.http"));
}

/* Calls fn with each recorded signed request; returns how many there are. */
static inline int capture_each(void (*fn)(struct capture *c))
{
    static struct capture capture;
    struct dirent **entries;
    char dir[400];
    int count;

    capture_dir(dir, sizeof(dir));
    count = scandir(dir, &entries, capture_is_request, alphasort);
    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        capture_load(&capture, dir, entries[i]->d_name);
        free(entries[i]);
        fn(&capture);
    }
    free(entries);
    return count;
}

static inline str capture_secret(str access_key_id)
{
    return str_starts(access_key_id, STR("ASIA")) ? STR(CAPTURE_SESSION_SECRET)
                                                  : STR(CAPTURE_LONG_SECRET);
}

/* The rules of the service the claim names, with the clock at the moment of signing. */
static inline struct sigv4_rules capture_rules(const struct sigv4_claim *claim)
{
    bool s3 = str_eq(claim->service, STR("s3"));

    return (struct sigv4_rules){
        .now_s = claim->signed_at_s,
        .tolerance_s = 900,
        .service = claim->service,
        .double_encode_path = !s3,
        .unsigned_payload_ok = s3,
        .streaming_ok = s3,
    };
}

#endif
