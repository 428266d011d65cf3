#include <openssl/evp.h>
#include <stdlib.h>

#include "codec/base64.h"
#include "scan/inside.h"

enum { REPORT_MAX = 1 << 30, BLOB_HEX = 40 };

static const uint8_t hash_key[16] = "git's own hashes";

void scan_report_init(struct scan_report *report)
{
    memset(report, 0, sizeof(*report));
    arena_init(&report->arena, &heap, 1 << 16, REPORT_MAX);
    (void)pthread_mutex_init(&report->lock, NULL);
    table_init(&report->blobs, &report->arena.as_alloc, hash_key);
}

void scan_report_done(struct scan_report *report)
{
    (void)pthread_mutex_destroy(&report->lock);
    arena_done(&report->arena);
}

static enum rc grow(struct scan_report *r, void **array, size_t count, size_t *cap, size_t size)
{
    if (count == *cap) {
        size_t more = *cap == 0 ? 64 : *cap * 2;
        void *bigger = arena_array(&r->arena, more, size);
        if (bigger == NULL) {
            return RC_NOMEM;
        }
        if (count > 0) {
            memcpy(bigger, *array, count * size);
        }
        *array = bigger;
        *cap = more;
    }
    return RC_OK;
}

static enum rc add_one(struct scan_report *r, const struct scan_place *place,
                       const struct place *kind, const struct find_hit *hit)
{
    struct scan_finding *f;
    void *rows = r->findings;

    TRY(grow(r, &rows, r->count, &r->cap, sizeof(*r->findings)));
    r->findings = rows;
    f = &r->findings[r->count];
    *f = (struct scan_finding){ .hit = *hit, .source = place->source, .place = kind };
    f->hit.key_id = arena_str(&r->arena, hit->key_id);
    f->hit.name = arena_str(&r->arena, hit->name);
    f->path = arena_str(&r->arena, place->path);
    f->file = arena_str(&r->arena, place->file);
    f->object = arena_str(&r->arena, place->object);
    if (f->path.ptr == NULL || f->file.ptr == NULL) {
        return RC_NOMEM;
    }
    r->count++;
    return RC_OK;
}

enum rc scan_report_add(struct scan_report *report, const struct scan_place *place,
                        const struct place *kind, const struct find_hit *hits, size_t count)
{
    enum rc rc = RC_OK;

    (void)pthread_mutex_lock(&report->lock);
    for (size_t i = 0; rc == RC_OK && i < count; i++) {
        rc = add_one(report, place, kind, &hits[i]);
    }
    (void)pthread_mutex_unlock(&report->lock);
    atomic_fetch_add_explicit(&report->found, count, memory_order_relaxed);
    return rc;
}

enum rc scan_report_unseen(struct scan_report *report, str path, const char *why, uint64_t offset,
                           bool damaged)
{
    enum rc rc = RC_OK;
    void *rows;

    (void)pthread_mutex_lock(&report->lock);
    rows = report->unseen;
    if (report->unseen_count >= SCAN_UNSEEN_MAX) {
        report->unseen_more++;
    } else {
        rc = grow(report, &rows, report->unseen_count, &report->unseen_cap,
                  sizeof(*report->unseen));
        if (rc == RC_OK) {
            report->unseen = rows;
            report->unseen[report->unseen_count++] =
                (struct scan_unseen){ .path = arena_str(&report->arena, path),
                                      .why = arena_str(&report->arena, str_cstr(why)),
                                      .offset = offset,
                                      .damaged = damaged };
        }
    }
    (void)pthread_mutex_unlock(&report->lock);
    return rc;
}

/* --- a file and the same bytes in history -------------------------------------------------------- */

static bool blob_id(str text, char hex[BLOB_HEX])
{
    char head[32];
    int len = snprintf(head, sizeof(head), "blob %zu", text.len) + 1;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) == 1 &&
                EVP_DigestUpdate(ctx, head, (size_t)len) == 1 &&
                EVP_DigestUpdate(ctx, text.ptr, text.len) == 1 &&
                EVP_DigestFinal_ex(ctx, digest, &digest_len) == 1 && digest_len * 2 == BLOB_HEX;

    EVP_MD_CTX_free(ctx);
    if (good) {
        hex_encode(digest, digest_len, hex);
    }
    return good;
}

enum rc scan_report_blob(struct scan_report *report, str text)
{
    char hex[BLOB_HEX];
    enum rc rc = RC_OK;
    str key;

    if (!blob_id(text, hex)) {
        return RC_OK; /* without SHA-1 its history is listed too */
    }
    (void)pthread_mutex_lock(&report->lock);
    key = arena_str(&report->arena, str_from(hex, sizeof(hex)));
    rc = key.ptr == NULL ? RC_NOMEM : table_set(&report->blobs, key, report, NULL);
    (void)pthread_mutex_unlock(&report->lock);
    return rc;
}

static int by_place(const void *a, const void *b)
{
    const struct scan_finding *x = a, *y = b;
    int order = str_cmp(x->path, y->path);

    if (order != 0) {
        return order;
    }
    if (x->hit.line != y->hit.line) {
        return x->hit.line < y->hit.line ? -1 : 1;
    }
    if (x->hit.column != y->hit.column) {
        return x->hit.column < y->hit.column ? -1 : 1;
    }
    return str_cmp(x->hit.key_id, y->hit.key_id);
}

static int by_path(const void *a, const void *b)
{
    return str_cmp(((const struct scan_unseen *)a)->path, ((const struct scan_unseen *)b)->path);
}

enum rc scan_report_finish(struct scan_report *report)
{
    size_t kept = 0;

    for (size_t i = 0; i < report->count; i++) {
        const struct scan_finding *f = &report->findings[i];
        if (f->source == SCAN_HISTORY && table_get(&report->blobs, f->object) != NULL) {
            report->same_in_history++;
            continue;
        }
        report->findings[kept++] = *f;
    }
    report->count = kept;
    if (kept > 1) {
        qsort(report->findings, kept, sizeof(*report->findings), by_place);
    }
    if (report->unseen_count > 1) {
        qsort(report->unseen, report->unseen_count, sizeof(*report->unseen), by_path);
    }
    return report->rc;
}
