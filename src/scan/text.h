/* Small steps through a text: lines, indentation, brackets. */
#ifndef MANTLE_SCAN_TEXT_H
#define MANTLE_SCAN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* A line is looked at so far around the place in question: minified files are one line of megabytes. */
enum { TEXT_LINE_MAX = 1024 };

size_t text_line_start(str text, size_t at);
size_t text_line_end(str text, size_t at); /* of the newline, or text.len */
/* The line's text without its newline (and carriage return). */
str text_line(str text, size_t at);
size_t text_indent(str line); /* blanks it starts with */
/* Newlines in [from, to). */
uint32_t text_newlines(str text, size_t from, size_t to);

/* How far apart two places stand in the nesting of brackets or of indentation. */
struct text_distance {
    uint32_t lines;
    unsigned ups, downs; /* levels left and entered on the way */
    bool barrier;        /* another section of an INI file, another document of YAML */
};
struct text_distance text_distance(str text, size_t from, size_t to);

#endif
