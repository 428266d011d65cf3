/* Structured logs on standard error: one line per event, `logfmt` on a terminal or by default,
 * JSON with --log-format json. Thread-safe. Secrets are never arguments. */
#ifndef MANTLE_SYSTEM_LOG_H
#define MANTLE_SYSTEM_LOG_H

#include "base/macros.h"
#include "base/str.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* Once, at start. */
void log_setup(enum log_level least, enum log_format format);

/* event: a short constant like "store.commit_failed"; then key/value text pairs, NULL-terminated:
 *   log_event(LOG_LEVEL_ERROR, "store.open_failed", "path", path, "error", text, NULL); */
void log_event(enum log_level level, const char *event, ...);

#endif
