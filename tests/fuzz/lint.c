/* The lint over documents of every kind. Findings lie in the text and in order, the same text gives
 * the same findings; a document that the engine takes has no fault of grammar, one that it refuses
 * has at least one error; every path prints as JSON. The first byte picks the kind of policy. */
#include "fuzz.h"

#include "base/buf.h"
#include "lint/lint.h"

static struct catalogue catalogue;

static void check_report(str text, const struct lint_report *report, struct arena *arena)
{
    size_t errors = 0, syntax = 0;

    for (size_t i = 0; i < report->count; i++) {
        const struct lint_finding *f = &report->findings[i];
        const struct lint_check *check = lint_check_of(f->code);
        buf path = buf_arena(arena, 1u << 22);
        struct json_out out = { .out = &path };
        REQUIRE(f->span.offset <= f->span.end && f->span.end <= text.len);
        REQUIRE(i == 0 || report->findings[i - 1].span.offset <= f->span.offset);
        errors += check->severity == LINT_ERROR;
        syntax += check->kind == LINT_SYNTAX;
        lint_path_print(f, &out);
        REQUIRE(path.err != RC_OK || path.len >= 2);
    }
    REQUIRE(report->refused ? errors > 0 : syntax == 0);
}

static bool same(const struct lint_report *a, const struct lint_report *b)
{
    if (a->count != b->count || a->kind != b->kind || a->refused != b->refused) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (a->findings[i].code != b->findings[i].code ||
            a->findings[i].span.offset != b->findings[i].span.offset ||
            !str_eq(a->findings[i].message, b->findings[i].message)) {
            return false;
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lint_options options = { .catalogue = &catalogue };
    struct lint_report first, second;
    struct arena arena;
    str text;

    if (size == 0 || (catalogue.bytes.len == 0 && catalogue_shipped(&catalogue) != RC_OK)) {
        return 0;
    }
    options.guess = data[0] % 7 == 6;
    options.kind = options.guess ? POLICY_IDENTITY : (enum policy_kind)(data[0] % 7);
    options.resource_type = data[0] & 0x80 ? STR("AWS::S3::Bucket") : STR_NONE;
    text = fuzz_text(data + 1, size - 1);
    arena_init(&arena, &heap, 1u << 16, 128u << 20);
    if (lint_check(text, &options, &arena, &first) == RC_OK &&
        lint_check(text, &options, &arena, &second) == RC_OK) {
        check_report(text, &first, &arena);
        REQUIRE(same(&first, &second));
    }
    arena_done(&arena);
    return 0;
}
