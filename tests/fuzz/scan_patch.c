/* Changes of files of every kind of place. The unified diff is exactly the change: its old side is the old
 * text and its new side the new one; a changed JSON file is JSON; every trap lies in one of the two texts; the
 * masked diff holds no value that looks like a secret. The first two bytes pick the kind and the file's
 * name. */
#include "fuzz.h"

#include "codec/json.h"
#include "scan/patch.h"
#include "scan/token.h"

static const char *const names[] = { "a.yml", "a.json", "a.tf",        "a.py",
                                     "a.xml", "a.env",  "credentials", "a.ipynb" };

static void mask(const void *ctx, size_t line, str text, buf *out)
{
    struct token token;
    size_t at = 0, done = 0;

    (void)ctx;
    (void)line;
    while (token_next(text, &at, text.len, &token)) {
        buf_add(out, str_slice(text, done, token.at - done));
        done = token.at + token.len;
    }
    buf_add(out, str_skip(text, done));
}

/* One side of the hunks, with what stands between them taken from the old text. */
static void check_side(const struct scan_change *c, str diff, char sign, str want)
{
    buf got = buf_heap(64 << 20);
    str old = c->before, line, skipped;
    size_t old_line = 1, hunk_line;

    while (take_item(&diff, '\n', &line)) {
        if (str_starts(line, STR("---")) || str_starts(line, STR("+++"))) {
            continue; /* only the two at the top: hunks count their lines below */
        }
        REQUIRE(take_prefix(&line, STR("@@ -")));
        unsigned long from, count, new_from, new_count;
        char head[96];
        REQUIRE(line.len < sizeof(head));
        memcpy(head, line.ptr, line.len);
        head[line.len] = '\0';
        REQUIRE(sscanf(head, "%lu,%lu +%lu,%lu @@", &from, &count, &new_from, &new_count) == 4);
        for (hunk_line = from; old_line < hunk_line; old_line++) {
            REQUIRE(take_item(&old, '\n', &skipped));
            buf_add(&got, skipped);
            buf_add_char(&got, '\n');
        }
        while (count + new_count > 0) {
            REQUIRE(take_item(&diff, '\n', &line) && line.len > 0);
            char kind = line.ptr[0];
            str text = str_skip(line, 1);
            if (kind == '\\') {
                continue;
            }
            REQUIRE(kind == ' ' || kind == '+' || kind == '-');
            if (kind != '+') {
                REQUIRE(count-- > 0 && take_item(&old, '\n', &skipped) && str_eq(skipped, text));
                old_line++;
            }
            new_count -= kind != '-';
            if (kind == ' ' || kind == sign) {
                buf_add(&got, text);
                buf_add_char(&got, '\n');
            }
        }
        if (str_starts(diff, STR("\\ No newline"))) {
            (void)take_item(&diff, '\n', &line);
        }
    }
    buf_add(&got, old);
    str have = buf_str(&got);
    if (have.len == want.len + 1) { /* the newline that the last line has not */
        have.len--;
    }
    REQUIRE(str_eq(have, want));
    buf_done(&got);
}

static bool is_json(str text, struct arena *arena)
{
    const struct json_limits limits = { .depth_max = 128, .values_max = 1000000 };
    struct json_error error;
    struct json *root;

    return json_parse(text, &limits, arena, &root, &error) == RC_OK;
}

static void check(const struct scan_change *c, struct arena *arena)
{
    buf diff = buf_heap(64 << 20), masked = buf_heap(64 << 20);
    struct token token;
    size_t at = 0;

    sheet_diff(c->sheet, STR("f"), NULL, NULL, &diff);
    sheet_diff(c->sheet, STR("f"), mask, NULL, &masked);
    check_side(c, buf_str(&diff), '+', c->after);
    check_side(c, buf_str(&diff), '-', c->before);
    if (str_ends(c->file, STR(".json"))) {
        REQUIRE(!is_json(c->before, arena) || is_json(c->after, arena));
    }
    str left = buf_str(&masked), line;
    while (take_item(&left, '\n', &line)) {
        at = 0;
        /* what the new text has for itself (a role's name) is not masked */
        REQUIRE(str_starts(line, STR("+")) ||
                !token_next(str_skip(line, 1), &at, line.len - 1, &token));
    }
    buf_done(&diff);
    buf_done(&masked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct scan_roles roles = { .account = STR_INIT("123456789012") };
    struct scan_finding *findings;
    struct find_result found;
    struct scan_change c = { 0 };
    struct arena arena;

    if (size < 2) {
        return 0;
    }
    arena_init(&arena, &heap, 1 << 16, 512u << 20);
    c.file = str_cstr(names[data[1] % COUNT_OF(names)]);
    c.before = fuzz_text(data + 2, size - 2);
    if (find_text(c.before, NULL, &arena, &found) == RC_OK && found.count > 0) {
        findings = NEW_ARRAY(&arena, found.count, struct scan_finding);
        for (size_t i = 0; findings != NULL && i < found.count; i++) {
            findings[i] = (struct scan_finding){ .hit = found.hits[i],
                                                 .path = c.file,
                                                 .file = c.file,
                                                 .place = &places[data[0] % PLACES] };
        }
        if (findings != NULL &&
            scan_change_text(findings, found.count, &roles, &arena, &c) == RC_OK) {
            REQUIRE((c.after.ptr == NULL) == (c.sheet == NULL));
            REQUIRE(c.after.ptr != NULL || c.why_not.ptr != NULL);
            if (c.sheet != NULL) {
                check(&c, &arena);
            }
        }
    }
    arena_done(&arena);
    return 0;
}
