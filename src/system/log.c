#include "system/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/env.h"

enum {
    LINE_MAX_BYTES = 4096, /* PIPE_BUF: a pipe takes such a line whole or not at all */
    PAIRS_MAX = 32,        /* strings, so 16 pairs */
};

static atomic_int least_level = LOG_LEVEL_INFO;
static atomic_int line_format = LOG_FORMAT_TEXT;

static const char *const level_names[] = { "error", "warn", "info", "debug" };

struct line {
    char *ptr;
    size_t len, cap; /* cap leaves room for the ending */
    bool cut;
};

static void put(struct line *line, str s)
{
    if (line->cut || s.len > line->cap - line->len) {
        line->cut = true;
        return;
    }
    if (s.len > 0) {
        memcpy(line->ptr + line->len, s.ptr, s.len);
        line->len += s.len;
    }
}

/* One escaped unit at a time, so that a cut never leaves half an escape or half a character. */
static void put_escaped(struct line *line, str text, enum log_format format)
{
    while (text.len > 0 && !line->cut) {
        str before = text;
        uint32_t code = 0;
        unsigned char c = (unsigned char)text.ptr[0];
        char small[8];

        if (c == '"' || c == '\\') {
            put(line, str_from((char[]){ '\\', (char)c }, 2));
            text = str_skip(text, 1);
        } else if (c < 0x20 || c == 0x7f) {
            int n = snprintf(small, sizeof(small), "\\u%04x", c);
            put(line, str_from(small, (size_t)n));
            text = str_skip(text, 1);
        } else if (!take_utf8(&text, &code)) {
            int n = snprintf(small, sizeof(small),
                             format == LOG_FORMAT_JSON ? "\\ufffd" : "\\x%02x", c);
            put(line, str_from(small, (size_t)n));
            text = str_skip(before, 1);
        } else if ((code >= 0x80 && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
                   (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)) {
            /* C1 controls and direction marks rewrite what a terminal shows. */
            int n = snprintf(small, sizeof(small), "\\u%04x", (unsigned)code);
            put(line, str_from(small, (size_t)n));
        } else {
            put(line, str_from(before.ptr, before.len - text.len));
        }
    }
}

static bool is_plain(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=') {
            return false;
        }
    }
    return s.len > 0;
}

static void put_pair(struct line *line, enum log_format format, const char *key, str value)
{
    size_t start = line->len;

    if (format == LOG_FORMAT_JSON) {
        put(line, start == 1 ? STR("\"") : STR(",\""));
        put_escaped(line, str_cstr(key), format);
        put(line, STR("\":\""));
        put_escaped(line, value, format);
        put(line, STR("\""));
        if (line->cut) {
            line->len = start; /* whole pairs only */
        }
        return;
    }
    put(line, start == 0 ? STR("") : STR(" "));
    put_escaped(line, str_cstr(key), format);
    if (is_plain(value)) {
        put(line, STR("="));
        put(line, value);
        return;
    }
    put(line, STR("=\""));
    put_escaped(line, value, format);
    put(line, STR("\""));
}

static str time_text(char *out, size_t cap, int64_t now_ns)
{
    time_t seconds = (time_t)(now_ns / NS_PER_S);
    struct tm tm;
    size_t len;
    int more;

    if (gmtime_r(&seconds, &tm) == NULL) {
        return STR("-");
    }
    len = strftime(out, cap, "%Y-%m-%dT%H:%M:%S", &tm);
    more = snprintf(out + len, cap - len, ".%03dZ", (int)(now_ns % NS_PER_S / NS_PER_MS));
    return str_from(out, len + (size_t)more);
}

size_t log_line(char *out, size_t cap, enum log_format format, int64_t now_ns, enum log_level level,
                const char *event, const char *const *pairs, size_t count)
{
    bool json = format == LOG_FORMAT_JSON;
    str ending = json ? STR(",\"truncated\":\"true\"}\n") : STR("...\n");
    struct line line = { .ptr = out, .cap = cap - ending.len };
    char time[40];

    put(&line, json ? STR("{") : STR(""));
    put_pair(&line, format, "time", time_text(time, sizeof(time), now_ns));
    put_pair(&line, format, "level", str_cstr(level_names[level]));
    put_pair(&line, format, "event", str_cstr(event));
    for (size_t i = 0; i + 1 < count && !line.cut; i += 2) {
        str value = str_cstr(pairs[i + 1]);
        put_pair(&line, format, pairs[i], value.ptr == NULL ? STR("") : value);
    }
    if (!line.cut) {
        ending = json ? STR("}\n") : STR("\n");
    }
    memcpy(out + line.len, ending.ptr, ending.len);
    return line.len + ending.len;
}

void log_setup(enum log_level least, enum log_format format)
{
    atomic_store(&least_level, (int)least);
    atomic_store(&line_format, (int)format);
}

bool log_wants(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&least_level, memory_order_relaxed);
}

void log_event(enum log_level level, const char *event, ...)
{
    const char *pairs[PAIRS_MAX];
    char line[LINE_MAX_BYTES];
    struct timespec now = { 0 };
    int saved_errno = errno;
    size_t count = 0, len;
    va_list args;

    if (!log_wants(level)) {
        return;
    }
    va_start(args, event);
    while (count + 1 < PAIRS_MAX) {
        const char *key = va_arg(args, const char *);
        if (key == NULL) {
            break;
        }
        pairs[count++] = key;
        pairs[count++] = va_arg(args, const char *);
    }
    va_end(args);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    len = log_line(line, sizeof(line), (enum log_format)atomic_load(&line_format),
                   (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec, level, event, pairs, count);
    while (write(STDERR_FILENO, line, len) < 0 && errno == EINTR) {
    }
    errno = saved_errno;
}
