/* A folder of made files. */
#ifndef MANTLE_TESTS_TRAILFILE_FILES_H
#define MANTLE_TESTS_TRAILFILE_FILES_H

#include "unit.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"

static char folder[64];

static inline void folder_make(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/mantle-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
}

static inline int remove_below(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    return at->level == 0 ? 0 : remove(path);
}

static inline void folder_empty(void)
{
    assert_int_equal(nftw(folder, remove_below, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void folder_remove(void)
{
    folder_empty();
    assert_int_equal(rmdir(folder), 0);
}

/* "a/b/name": the folders are made. */
static inline void put(const char *name, str content)
{
    char path[512];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    for (char *at = strchr(path + strlen(folder) + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
    file = fopen(path, "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(content.ptr, 1, content.len, file), content.len);
    assert_int_equal(fclose(file), 0);
}

/* One member of gzip; the caller's buf. */
static inline void pack(str text, buf *out)
{
    enum { GZIP = 16 };
    z_stream z = { 0 };
    size_t room = text.len + (1 << 16);
    char *to = buf_reserve(out, room);

    assert_non_null(to);
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, GZIP + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text.ptr;
    z.avail_in = (uInt)text.len;
    z.next_out = (Bytef *)(void *)to;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->len += room - z.avail_out;
    (void)deflateEnd(&z);
}

#endif
