/* Archives and packed files through libarchive. Only filters and formats that it reads by itself: it is
 * never asked for those that would start another program. */
#include "scan/archive_calls.h"
#include "scan/inside.h"

enum {
    BLOCK = 256 << 10,
    ENTRIES_MAX = 5000000, /* entries of one archive, with those of archives in it */
    RATIO_MAX = 1000,      /* bytes out for each byte in ... */
};
#define FREE_BYTES (UINT64_C(1) << 30) /* ... from here on */
#define OUT_MAX (UINT64_C(256) << 30)  /* bytes out of one archive in all */

/* --- is it one? ---------------------------------------------------------------------------------- */

static const struct {
    uint16_t offset;
    str magic;
} magics[] = {
    { 0, STR_INIT("\x1f\x8b\x08") },
    { 4, STR_INIT("1AY&SY") },
    { 0, STR_INIT("\xfd"
                  "7zXZ\0") },
    { 0, STR_INIT("\x28\xb5\x2f\xfd") },
    { 0, STR_INIT("\x04\x22\x4d\x18") },
    { 0, STR_INIT("PK\x03\x04") },
    { 0, STR_INIT("7z\xbc\xaf\x27\x1c") },
    { 257, STR_INIT("ustar") },
    { 0, STR_INIT("0707010") },
    { 0, STR_INIT("0707070") },
    { 0, STR_INIT("!<arch>\n") },
    { 0, STR_INIT("\xed\xab\xee\xdb") },
    { 0, STR_INIT("\x1f\x9d") },
};

bool scan_is_archive(str start, str path)
{
    for (size_t i = 0; i < COUNT_OF(magics); i++) {
        if (str_eq(str_slice(start, magics[i].offset, magics[i].magic.len), magics[i].magic)) {
            return true;
        }
    }
    return str_ends(path, STR(".tar")) && start.len >= 512;
}

/* --- reading ------------------------------------------------------------------------------------- */

struct source {
    struct scan_reader *reader;
    struct scan_budget *budget;
    str start; /* read before libarchive asked */
    char *block;
    bool outermost;
    bool failed;
    bool raw; /* a packed file that is no archive */
};

static la_ssize_t on_read(struct archive *a, void *client, const void **ret)
{
    struct source *s = client;
    ssize_t n;

    if (s->start.len > 0) {
        str start = s->start;
        *ret = start.ptr;
        s->start = STR_NONE;
        s->budget->packed += s->outermost ? start.len : 0;
        return (la_ssize_t)start.len;
    }
    n = s->reader->read(s->reader, s->block, BLOCK);
    if (n < 0) {
        archive_calls()->set_error(a, 5, "%s",
                                   s->reader->why == NULL ? "cannot be read" : s->reader->why);
        return ARCHIVE_FATAL;
    }
    s->reader->at += (uint64_t)n;
    s->budget->packed += s->outermost ? (uint64_t)n : 0;
    *ret = s->block;
    return (la_ssize_t)n;
}

static la_int64_t on_seek(struct archive *a, void *client, la_int64_t offset, int whence)
{
    struct source *s = client;
    int64_t at;

    (void)a;
    at = s->reader->seek(s->reader, offset, whence);
    if (at < 0) {
        return ARCHIVE_FATAL;
    }
    s->start = STR_NONE;
    s->reader->at = (uint64_t)at;
    return at;
}

static struct archive *open_archive(struct source *source, str path)
{
    const struct archive_calls *lib = archive_calls();
    struct archive *a = lib->read_new();

    if (a == NULL) {
        return NULL;
    }
    (void)lib->read_support_filter_gzip(a);
    (void)lib->read_support_filter_bzip2(a);
    (void)lib->read_support_filter_compress(a);
    (void)lib->read_support_filter_xz(a);
    (void)lib->read_support_filter_lzma(a);
    (void)lib->read_support_filter_zstd(a);
    (void)lib->read_support_filter_lz4(a);
    (void)lib->read_support_filter_rpm(a);
    if (!source->raw) {
        (void)lib->read_support_format_tar(a);
        (void)lib->read_support_format_zip(a);
        (void)lib->read_support_format_7zip(a);
        (void)lib->read_support_format_cpio(a);
        (void)lib->read_support_format_ar(a);
    }
    if (!str_ends(path, STR(".zip")) && !str_ends(path, STR(".7z"))) {
        (void)lib->read_support_format_raw(a);
    }
    (void)lib->read_set_callback_data(a, source);
    (void)lib->read_set_read_callback(a, on_read);
    if (source->reader->seek != NULL) {
        (void)lib->read_set_seek_callback(a, on_seek);
    }
    return a;
}

/* --- one entry ----------------------------------------------------------------------------------- */

struct entry_reader {
    struct scan_reader base;
    struct archive *archive;
    struct scan_budget *budget;
};

static bool overdrawn(struct scan_budget *b)
{
    b->spent = b->spent || b->unpacked > OUT_MAX || b->entries > ENTRIES_MAX ||
               (b->unpacked > FREE_BYTES && b->unpacked / RATIO_MAX > b->packed);
    return b->spent;
}

static ssize_t entry_read(struct scan_reader *reader, char *out, size_t max)
{
    struct entry_reader *e = CONTAINER_OF(reader, struct entry_reader, base);
    const struct archive_calls *lib = archive_calls();
    la_ssize_t n;

    if (overdrawn(e->budget)) {
        reader->why = "unpacks to far more than it holds: stopped";
        return -1;
    }
    do {
        n = lib->read_data(e->archive, out, max);
    } while (n == ARCHIVE_RETRY);
    if (n < 0) {
        reader->why = lib->error_string(e->archive);
        return -1;
    }
    e->budget->unpacked += (uint64_t)n;
    return (ssize_t)n;
}

static enum rc one_entry(struct scan_worker *worker, const struct scan_place *outer,
                         struct archive *a, struct archive_entry *entry, struct scan_budget *budget)
{
    struct entry_reader reader = { .base = { .read = entry_read }, .archive = a, .budget = budget };
    struct scan_place place = { .file = outer->file, .object = outer->object, .budget = budget };
    const struct archive_calls *lib = archive_calls();
    const char *name = lib->entry_pathname(entry);
    struct arena arena;
    enum rc rc;

    arena_init(&arena, &heap, 1024, 1 << 20);
    /* of a packed single file there is no name but its own */
    place.path = lib->format(a) == ARCHIVE_FORMAT_RAW || name == NULL
                     ? outer->path
                     : arena_printf(&arena, "%.*s!%s", FMT(outer->path), name);
    place.source = outer->source == SCAN_HISTORY ? SCAN_HISTORY : SCAN_ARCHIVE;
    if (place.path.ptr == NULL) {
        rc = RC_NOMEM;
    } else if (lib->entry_is_encrypted(entry)) {
        rc = scan_report_unseen(worker->report, place.path, "encrypted", 0, false);
    } else {
        rc = scan_stream(worker, &place, &reader.base);
    }
    arena_done(&arena);
    return rc;
}

/* --- all entries --------------------------------------------------------------------------------- */

static enum rc walk(struct scan_worker *worker, const struct scan_place *place, struct archive *a,
                    struct source *source)
{
    const struct archive_calls *lib = archive_calls();
    struct scan_budget *budget = source->budget;
    struct archive_entry *entry;
    int rc;

    if (lib->read_open1(a) != ARCHIVE_OK) {
        source->failed = true;
        return scan_report_unseen(worker->report, place->path,
                                  lib->error_string(a) == NULL ? "not a readable archive"
                                                               : lib->error_string(a),
                                  0, true);
    }
    while ((rc = lib->read_next_header(a, &entry)) == ARCHIVE_OK || rc == ARCHIVE_WARN ||
           rc == ARCHIVE_RETRY) {
        budget->entries++;
        if (overdrawn(budget)) {
            source->failed = true;
            return scan_report_unseen(worker->report, place->path,
                                      "unpacks to far more than it holds: the rest was left", 0,
                                      true);
        }
        if (rc != ARCHIVE_RETRY &&
            (lib->entry_filetype(entry) == AE_IFREG || lib->format(a) == ARCHIVE_FORMAT_RAW)) {
            TRY(one_entry(worker, place, a, entry, budget));
        }
    }
    if (rc != ARCHIVE_EOF) {
        source->failed = true;
        const char *why = lib->error_string(a);
        return scan_report_unseen(worker->report, place->path,
                                  why == NULL ? "damaged archive" : why,
                                  (uint64_t)lib->filter_bytes(a, -1), true);
    }
    return RC_OK;
}

static enum rc open_and_walk(struct scan_worker *worker, const struct scan_place *place,
                             struct source *source)
{
    struct archive *a = open_archive(source, place->path);
    enum rc rc;

    if (a == NULL) {
        return RC_NOMEM;
    }
    source->budget->depth++;
    rc = walk(worker, place, a, source);
    source->budget->depth--;
    (void)archive_calls()->read_free(a);
    return rc;
}

enum rc scan_archive(struct scan_worker *worker, const struct scan_place *place,
                     struct scan_reader *reader, str start, bool *ret_opened)
{
    struct scan_budget own = { 0 }, *budget = place->budget == NULL ? &own : place->budget;
    struct source source = { .reader = reader, .budget = budget, .start = start };
    uint64_t before = budget->entries;
    enum rc rc;

    *ret_opened = true;
    if (archive_calls() == NULL) {
        return scan_report_unseen(worker->report, place->path,
                                  "an archive: libarchive.so.13 is missing (Debian: libarchive13)",
                                  0, true);
    }
    if (budget->depth >= UNPACK_DEPTH_MAX) {
        return scan_report_unseen(worker->report, place->path,
                                  "archives in archives: deeper than 8 levels", 0, false);
    }
    atomic_fetch_add_explicit(&worker->report->archives, 1, memory_order_relaxed);
    source.outermost = place->budget == NULL;
    source.block = alloc_new(&heap, BLOCK);
    rc = source.block == NULL ? RC_NOMEM : open_and_walk(worker, place, &source);
    if (rc == RC_OK && budget->entries == before && !source.failed) {
        /* zeros at the start of a packed file look like the end of a tar archive */
        if (reader->seek == NULL || reader->seek(reader, 0, SEEK_SET) != 0) {
            rc = scan_report_unseen(worker->report, place->path, "an archive without entries", 0,
                                    false);
        } else {
            source.raw = true;
            source.start = STR_NONE;
            reader->at = 0;
            rc = open_and_walk(worker, place, &source);
        }
    }
    alloc_free(&heap, source.block, BLOCK);
    *ret_opened = budget->entries > before;
    return rc;
}
