/* Values in a text of any format: where they stand, how they are spelled there, and what they are
 * called. JSON, YAML, INI, dotenv, properties, HCL, XML, shell, Dockerfile and source code all write
 * NAME, a sign and a value in some way; that much is read, and no more. */
#ifndef MANTLE_SCAN_TOKEN_H
#define MANTLE_SCAN_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "scan/shape.h"

enum secret_form { SECRET_PLAIN, SECRET_BASE64, SECRET_SMTP };

struct token {
    size_t at, len; /* as it stands in the text, escapes and all */
    enum secret_form form;
    bool strict;            /* looks like a secret even if nothing says so */
    char value[SMTP_CHARS]; /* escapes resolved, base64 decoded; wipe after use */
    size_t value_len;
};

/* The next value at or behind *at and before end that can be a secret by its looks; moves *at past
 * it. Runs of base64 are read as one: 40 characters inside a longer one are none. */
bool token_next(str text, size_t *at, size_t end, struct token *ret);

/* What the value at `at` is called: of `aws_secret = "x"` aws_secret, of `- name: N, value: x` N, of
 * `<key>N</key>` N. Absent when it has none (an argument, a line of a table). */
str token_name(str text, size_t at);

/* The value behind a name that ends at `at`: without quotes; absent when there is none on the line.
 * For `- name: N` it is the value beside it. */
str token_value(str text, size_t at);

/* A value that stands for another: ${...}, $X, {{ }}, %X%, !Ref, var.x, os.environ[...]. */
bool token_is_reference(str value);

#endif
