/* What CloudTrail's digests say about the files that were read: every file an hour delivered stands in the
 * digest of that hour with its SHA-256, and every digest names the one before with its own. So a file that
 * was changed, left out or slipped in shows. Whoever can change files and digests both is found out by the
 * signatures (digest_sign.c). */
#include <stdlib.h>

#include "base/table.h"
#include "codec/base64.h"
#include "codec/date.h"
#include "codec/json.h"
#include "sign/digest.h"
#include "trailfile/digest_inside.h"
#include "trailfile/feed.h"

enum { DIGEST_MAX = TRAIL_WHOLE_MAX, NAME_PARTS = 6 };

struct checker {
    const struct trail_list *list;
    struct trail_problems *problems;
    struct trail_digests *ret;
    const struct trail_keys *keys;
    struct arena arena;
    struct table files; /* name without folders -> struct trail_file */
    struct digest *digests;
    size_t count;
    bool *listed; /* of a file of the list: a digest names it */
};

static str base_name(str path)
{
    size_t at = path.len;

    while (at > 0 && path.ptr[at - 1] != '/') {
        at--;
    }
    return str_skip(path, at);
}

static void problem(struct checker *c, enum trail_problem_kind kind, const char *path,
                    const char *format, ...) PRINTF_LIKE(4, 5);
static void problem(struct checker *c, enum trail_problem_kind kind, const char *path,
                    const char *format, ...)
{
    va_list args;
    str what;

    va_start(args, format);
    what = arena_vprintf(&c->arena, format, args);
    va_end(args);
    trail_problem_add(c->problems, kind, str_cstr(path), 0, what);
}

static str text_of(const struct json *object, str name)
{
    const struct json *value = json_member(object, name);

    return value != NULL && value->type == JSON_STRING ? value->text : STR_NONE;
}

static int64_t time_of(str text)
{
    struct instant instant;

    return text.len > 0 && date_parse_instant(text, &instant) == RC_OK ? instant.unix_s : INT64_MIN;
}

/* -- the files of a digest ----------------------------------------------------------------------- */

static void check_file(struct checker *c, const struct digest *d, const struct json *item)
{
    str object = text_of(item, STR("s3Object")), hash = text_of(item, STR("hashValue"));
    const struct trail_file *file = table_get(&c->files, base_name(object));
    uint8_t said[SHA256_BYTES];

    if (object.len == 0) {
        return;
    }
    c->ret->files_listed++;
    if (file == NULL) {
        c->ret->files_missing++;
        problem(c, PROBLEM_GAP, d->file->path,
                "%.*s is listed and is not here: its events were not seen", FMT(object));
        return;
    }
    c->listed[file - c->list->files] = true;
    if (!str_eq(text_of(item, STR("hashAlgorithm")), STR("SHA-256")) ||
        hex_decode(hash, said, sizeof(said)) != RC_OK) {
        problem(c, PROBLEM_DIGEST, d->file->path, "%.*s is listed without a SHA-256", FMT(object));
    } else if (file->hashed && memcmp(said, file->sha256, sizeof(said)) != 0) {
        c->ret->files_differ++;
        problem(c, PROBLEM_DIGEST, file->path,
                "its SHA-256 is not what its digest says: changed since, or damaged");
    } else if (file->hashed) {
        c->ret->files_verified++;
    }
}

static enum rc read_text(struct feed *feed, const struct trail_file *file, buf *text,
                         struct feed_trouble *trouble)
{
    buf_clear(text);
    TRY(feed_open(feed, file, trouble));
    while (!feed->done) {
        char *room = buf_reserve(text, 1);
        size_t got;
        if (room == NULL) {
            return text->err;
        }
        TRY(feed_fill(feed, room, text->cap - text->len, &got, trouble));
        text->len += got;
    }
    return trouble->set ? RC_IO : RC_OK;
}

/* One digest and its files; what it says of the chain is kept. */
static enum rc read_digest(struct checker *c, const struct trail_file *file, str text)
{
    static const struct json_limits limits = { 8, 2000000, .repeats = false };
    struct digest *d = &c->digests[c->count];
    struct arena arena;
    struct json_error error;
    struct json *json;
    const struct json *list;
    enum rc rc;

    arena_init(&arena, &heap, 1 << 16, (size_t)1 << 30);
    rc = json_parse(text, &limits, &arena, &json, &error);
    if (rc == RC_OK) {
        *d = (struct digest){
            .file = file,
            .object = arena_str(&c->arena, text_of(json, STR("digestS3Object"))),
            .previous = arena_str(&c->arena, text_of(json, STR("previousDigestS3Object"))),
            .previous_hash = arena_str(&c->arena, text_of(json, STR("previousDigestHashValue"))),
            .start_s = time_of(text_of(json, STR("digestStartTime"))),
            .end_s = time_of(text_of(json, STR("digestEndTime"))),
            .end = arena_str(&c->arena, text_of(json, STR("digestEndTime"))),
            .bucket = arena_str(&c->arena, text_of(json, STR("digestS3Bucket"))),
            .previous_signature = arena_str(&c->arena,
                                            text_of(json, STR("previousDigestSignature"))),
            .fingerprint = arena_str(&c->arena, text_of(json, STR("digestPublicKeyFingerprint"))),
            .backfill = str_ends(str_cstr(file->path), STR("_backfill.json.gz")),
        };
        sha256(text, d->hash);
        c->count++;
        list = json_member(json, STR("logFiles"));
        for (const struct json *f = list == NULL ? NULL : list->first; f != NULL; f = f->next) {
            check_file(c, d, f);
        }
    } else if (rc != RC_NOMEM) {
        problem(c, PROBLEM_DIGEST, file->path, "no JSON: %s", error.reason);
        rc = RC_OK;
    }
    arena_done(&arena);
    return rc;
}

static enum rc read_digests(struct checker *c)
{
    struct feed feed;
    buf text = buf_heap(DIGEST_MAX);
    enum rc rc = RC_OK;

    feed_init(&feed);
    for (size_t i = 0; i < c->list->count && rc == RC_OK; i++) {
        const struct trail_file *file = &c->list->files[i];
        struct feed_trouble trouble = { .set = false };
        if (file->kind != TRAIL_FILE_DIGEST) {
            continue;
        }
        c->ret->digests++;
        rc = read_text(&feed, file, &text, &trouble);
        if (rc == RC_OK) {
            rc = read_digest(c, file, buf_str(&text));
        } else if (rc == RC_IO || rc == RC_LIMIT) {
            problem(c, PROBLEM_DIGEST, file->path, "%s",
                    trouble.set ? trouble.what : "too long for a digest");
            rc = RC_OK;
        }
    }
    feed_done(&feed);
    buf_done(&text);
    return rc;
}

/* -- the chain ----------------------------------------------------------------------------------- */

/* "ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOME": digests that name each other. */
static str chain_of(const struct digest *d)
{
    str name = base_name(str_cstr(d->file->path));

    return str_slice(name, 0,
                     name.len < 25 ? 0 : name.len - sizeof("YYYYMMDDTHHMMSSZ.json.gz") + 1);
}

static int by_chain(const void *a, const void *b)
{
    const struct digest *x = a, *y = b;
    int order;

    if (x->backfill != y->backfill) {
        return x->backfill ? 1 : -1;
    }
    order = str_cmp(chain_of(x), chain_of(y));
    if (order == 0 && x->start_s != y->start_s) {
        order = x->start_s < y->start_s ? -1 : 1;
    }
    return order != 0 ? order : strcmp(x->file->path, y->file->path);
}

static void check_link(struct checker *c, const struct digest *before, const struct digest *d)
{
    uint8_t said[SHA256_BYTES];
    char from[20], to[20];

    if (!str_eq(base_name(d->previous), base_name(before->object)) || d->start_s > before->end_s) {
        c->ret->chain_gaps++;
        date_print_iso(before->end_s, from);
        date_print_iso(d->start_s, to);
        problem(c, PROBLEM_GAP, d->file->path,
                "the digest before it is not here: nothing is known of %.20s to %.20s", from, to);
    } else if (hex_decode(d->previous_hash, said, sizeof(said)) != RC_OK ||
               memcmp(said, before->hash, sizeof(said)) != 0) {
        c->ret->chain_breaks++;
        problem(c, PROBLEM_DIGEST, before->file->path,
                "its SHA-256 is not what the next digest says: changed since, or damaged");
    }
}

/* next: the one after it in its chain; NULL when that is not here. */
static void check_signature(struct checker *c, const struct digest *d, const struct digest *next)
{
    const char *why = "";

    switch (digest_is_signed(d, next, c->keys, &c->arena, &why)) {
    case DIGEST_SIGNED:
        c->ret->signatures_good++;
        return;
    case DIGEST_FORGED:
        c->ret->signatures_bad++;
        problem(c, PROBLEM_DIGEST, d->file->path, "%s", why);
        return;
    case DIGEST_UNKNOWN:
        c->ret->unsigned_digests++;
        return;
    }
}

static void check_chains(struct checker *c)
{
    if (c->count > 1) {
        qsort(c->digests, c->count, sizeof(*c->digests), by_chain);
    }
    for (size_t i = 1; i < c->count; i++) {
        if (!c->digests[i].backfill &&
            str_eq(chain_of(&c->digests[i]), chain_of(&c->digests[i - 1]))) {
            check_link(c, &c->digests[i - 1], &c->digests[i]);
        }
    }
    for (size_t i = 0; c->keys != NULL && i < c->count; i++) {
        const struct digest *d = &c->digests[i], *next = i + 1 < c->count ? d + 1 : NULL;
        bool follows = next != NULL && !next->backfill && !d->backfill &&
                       str_eq(base_name(next->previous), base_name(d->object));
        check_signature(c, d, follows ? next : NULL);
    }
}

/* A delivered file of a time that digests of its account and region cover, which none of them lists. It may
 * stand in the digest of the hour after: that one has to be there too. */
static void check_unlisted(struct checker *c, const struct trail_file *file)
{
    enum { LATER_S = 3600 };
    bool covered = false, later = false;

    for (size_t i = 0; i < c->count; i++) {
        const struct digest *d = &c->digests[i];
        if (!d->backfill && str_eq(d->file->account, file->account) &&
            str_eq(d->file->region, file->region)) {
            covered |= file->delivered_s >= d->start_s && file->delivered_s < d->end_s;
            later |= d->end_s > file->delivered_s + LATER_S;
        }
    }
    if (covered && later) {
        c->ret->files_unlisted++;
        problem(c, PROBLEM_DIGEST, file->path, "no digest of its time lists it");
    }
}

static enum rc index_files(struct checker *c)
{
    static const uint8_t hash_key[16] = { 3 };

    table_init(&c->files, &c->arena.as_alloc, hash_key);
    for (size_t i = 0; i < c->list->count; i++) {
        struct trail_file *file = &c->list->files[i];
        if (file->kind == TRAIL_FILE_EVENTS) {
            TRY(table_set(&c->files, base_name(str_cstr(file->path)), file, NULL));
        }
    }
    return RC_OK;
}

static enum rc check(struct checker *c)
{
    c->digests = NEW_ARRAY(&c->arena, c->list->digests + 1, struct digest);
    c->listed = NEW_ARRAY(&c->arena, c->list->count + 1, bool);
    if (c->digests == NULL || c->listed == NULL) {
        return RC_NOMEM;
    }
    TRY(index_files(c));
    TRY(read_digests(c));
    check_chains(c);
    for (size_t i = 0; i < c->list->count; i++) {
        const struct trail_file *file = &c->list->files[i];
        if (file->kind == TRAIL_FILE_EVENTS && file->account.ptr != NULL && !c->listed[i]) {
            check_unlisted(c, file);
        }
    }
    return RC_OK;
}

enum rc trail_check_digests(const struct trail_list *list, const struct trail_keys *keys,
                            struct trail_problems *problems, struct trail_digests *ret)
{
    struct checker c = { .list = list, .keys = keys, .problems = problems, .ret = ret };
    enum rc rc;

    *ret = (struct trail_digests){ 0 };
    if (list->digests == 0) {
        return RC_OK;
    }
    arena_init(&c.arena, &heap, 1 << 18, (size_t)4 << 30);
    rc = check(&c);
    arena_done(&c.arena);
    return rc;
}
