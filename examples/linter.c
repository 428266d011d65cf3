/* A linter for policy documents:
 *
 *     cc -o linter linter.c $(pkg-config --cflags --libs mantle)
 *     ./linter role.json bucket.json
 *
 * prints file:line:column: SEVERITY CODE: what is wrong, and what to write instead. Exit status: 0
 * nothing worse than a suggestion, 1 something worse, 2 a file could not be read. */
#include <mantle/lint.h>

#include <stdio.h>
#include <stdlib.h>

/* The whole file; NULL (and a word on stderr) when it cannot be read or is too long for a policy. */
static char *read_file(const char *path, size_t *ret_len)
{
    char *text = malloc(MANTLE_POLICY_TEXT_MAX + 1);
    FILE *file = text == NULL ? NULL : fopen(path, "rb");

    if (file == NULL) {
        perror(path);
        free(text);
        return NULL;
    }
    *ret_len = fread(text, 1, MANTLE_POLICY_TEXT_MAX + 1, file);
    if (ferror(file) || *ret_len > MANTLE_POLICY_TEXT_MAX) {
        fprintf(stderr, "%s: cannot be read, or is longer than 1 MiB\n", path);
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

/* The worst severity found; suggestions when there is nothing. */
static mantle_severity print_findings(const char *path, const mantle_lint *lint)
{
    mantle_severity worst = MANTLE_SUGGESTION;
    mantle_finding f;

    for (size_t i = 0; mantle_lint_at(lint, i, &f); i++) {
        printf("%s:%u:%u: %s %.*s: %.*s\n    %.*s\n", path, f.line, f.column,
               mantle_severity_name(f.severity), (int)f.code.len, f.code.ptr, (int)f.message.len,
               f.message.ptr, (int)f.advice.len, f.advice.ptr);
        if (f.severity < worst) { /* errors come first in the enum */
            worst = f.severity;
        }
    }
    if (mantle_lint_refused(lint)) {
        printf("%s: IAM would not store this document\n", path);
    }
    return worst;
}

static int lint_file(const char *path)
{
    mantle_lint_options options = { .guess = true }; /* identity, trust or resource policy? */
    mantle_severity worst;
    mantle_lint *lint;
    mantle_rc rc;
    size_t len;
    char *text = read_file(path, &len);

    if (text == NULL) {
        return 2;
    }
    rc = mantle_policy_lint(NULL, mantle_bytes(text, len), &options, &lint);
    free(text); /* the lint has its own copy */
    if (rc != MANTLE_OK) {
        fprintf(stderr, "%s: %s\n", path, mantle_rc_text(rc));
        return 2;
    }
    worst = print_findings(path, lint);
    mantle_lint_free(lint);
    return worst == MANTLE_SUGGESTION ? 0 : 1;
}

int main(int argc, char **argv)
{
    int status = 0;

    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        int one = lint_file(argv[i]);

        status = one > status ? one : status;
    }
    return status;
}
