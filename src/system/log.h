/* Structured logs on standard error: one line per event, `logfmt` on a terminal or by default,
 * JSON with --log-format json. Thread-safe. Secrets are never arguments. */
#ifndef MANTLE_SYSTEM_LOG_H
#define MANTLE_SYSTEM_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/str.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* Once, at start. */
void log_setup(enum log_level least, enum log_format format);

/* event: a short constant like "store.commit_failed"; then key/value text pairs, NULL-terminated:
 *   log_event(LOG_LEVEL_ERROR, "store.open_failed", "path", path, "error", text, NULL);
 * A NULL value prints as an empty one. Values may hold any bytes: control bytes are escaped, so
 * that nothing a stranger sends can forge a line. A line is one write(2) of at most 4,096 bytes;
 * a longer one ends in "..." (JSON: stays valid, with "truncated":"true"). Never changes errno. */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

/* True when an event of this level would be written: for callers who must format a value first. */
bool log_wants(enum log_level level);

/* One line as log_event would write it, '\n' included, into out[0, cap); cap >= 128. For tests and
 * for other sinks. pairs: count strings, key then value. now_ns: wall clock. */
size_t log_line(char *out, size_t cap, enum log_format format, int64_t now_ns, enum log_level level,
                const char *event, const char *const *pairs, size_t count);

#endif
