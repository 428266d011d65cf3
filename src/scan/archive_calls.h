/* libarchive, loaded at the first archive: it brings a dozen libraries of its own, which a server never
 * needs. */
#ifndef MANTLE_SCAN_ARCHIVE_CALLS_H
#define MANTLE_SCAN_ARCHIVE_CALLS_H

#include <archive.h>
#include <archive_entry.h>

/* The calls we make: archive_read_new is ->read_new, and so on. */
#define ARCHIVE_CALLS(X)                                                                           \
    X(entry_filetype)                                                                              \
    X(entry_is_encrypted)                                                                          \
    X(entry_pathname)                                                                              \
    X(error_string)                                                                                \
    X(filter_bytes)                                                                                \
    X(format)                                                                                      \
    X(read_data)                                                                                   \
    X(read_free)                                                                                   \
    X(read_new)                                                                                    \
    X(read_next_header)                                                                            \
    X(read_open1)                                                                                  \
    X(read_set_callback_data)                                                                      \
    X(read_set_read_callback)                                                                      \
    X(read_set_seek_callback)                                                                      \
    X(read_support_filter_bzip2)                                                                   \
    X(read_support_filter_compress)                                                                \
    X(read_support_filter_gzip)                                                                    \
    X(read_support_filter_lz4)                                                                     \
    X(read_support_filter_lzma)                                                                    \
    X(read_support_filter_rpm)                                                                     \
    X(read_support_filter_xz)                                                                      \
    X(read_support_filter_zstd)                                                                    \
    X(read_support_format_7zip)                                                                    \
    X(read_support_format_ar)                                                                      \
    X(read_support_format_cpio)                                                                    \
    X(read_support_format_raw)                                                                     \
    X(read_support_format_tar)                                                                     \
    X(read_support_format_zip)                                                                     \
    X(set_error)

struct archive_calls {
#define ARCHIVE_CALL(name) __typeof__(archive_##name) *name;
    ARCHIVE_CALLS(ARCHIVE_CALL)
#undef ARCHIVE_CALL
};

/* Any thread. NULL: it is not installed. */
const struct archive_calls *archive_calls(void);

#endif
