/* The lint as a whole: every check from both sides, places, paths, the guess of a kind, sizes. */
#include <stdlib.h>

#include "../policy/cases.h"
#include "rows.h"
#include "unit.h"

static struct catalogue catalogue;
static struct arena arena;

static struct lint_report run(const char *text, struct lint_options options)
{
    struct lint_report report;

    options.catalogue = &catalogue;
    assert_ok(lint_check(str_cstr(text), &options, &arena, &report));
    return report;
}

static struct lint_report run_kind(const char *text, enum policy_kind kind)
{
    return run(text, (struct lint_options){ .kind = kind });
}

static const struct lint_finding *find(const struct lint_report *report, enum lint_code code)
{
    for (size_t i = 0; i < report->count; i++) {
        if (report->findings[i].code == code) {
            return &report->findings[i];
        }
    }
    return NULL;
}

/* What holds of every document: places lie in the text and go forward; the grammar's errors and
 * IAM's refusal come together. */
static void check_invariants(const char *text, const struct lint_report *report)
{
    size_t errors = 0, syntax = 0;

    for (size_t i = 0; i < report->count; i++) {
        const struct lint_finding *f = &report->findings[i];
        const struct lint_check *check = lint_check_of(f->code);
        assert_true(f->span.offset <= f->span.end && f->span.end <= strlen(text));
        assert_true(i == 0 || report->findings[i - 1].span.offset <= f->span.offset);
        assert_true(f->message.len > 0 && f->advice.len > 0);
        errors += check->severity == LINT_ERROR;
        syntax += check->kind == LINT_SYNTAX;
    }
    if (report->refused ? errors == 0 : syntax > 0) {
        fail_msg("%s: %zu errors, %zu of syntax, %s", text, errors, syntax,
                 report->refused ? "refused" : "taken");
    }
}

static void every_check_from_both_sides(void **state UNUSED)
{
    for (size_t i = 0; i < lint_row_count; i++) {
        const struct lint_row *row = &lint_rows[i];
        struct lint_options options = { .kind = row->kind,
                                        .resource_type = str_cstr(row->resource_type) };
        str code = lint_check_of(row->code)->code;
        struct lint_report bad = run(row->bad, options), good = run(row->good, options);

        if (find(&bad, row->code) == NULL) {
            for (size_t k = 0; k < bad.count; k++) {
                print_message("# %.*s: %.*s\n", FMT(lint_check_of(bad.findings[k].code)->code),
                              FMT(bad.findings[k].message));
            }
            fail_msg("%.*s is not found in %s", FMT(code), row->bad);
        }
        if (find(&good, row->code) != NULL) {
            fail_msg("%.*s is found in %s: %.*s", FMT(code), row->good,
                     FMT(find(&good, row->code)->message));
        }
        check_invariants(row->bad, &bad);
        check_invariants(row->good, &good);
        arena_reset(&arena);
    }
}

static const struct {
    enum policy_kind kind;
    size_t max;
    bool spaces;
    enum lint_code code;
} quotas[] = {
    { POLICY_IDENTITY, 6144, false, LINT_POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA },
    { POLICY_TRUST, 2048, false, LINT_POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA },
    { POLICY_RESOURCE, 20480, true, LINT_POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA },
    { POLICY_SCP, 5120, true, LINT_POLICY_SIZE_EXCEEDS_SCP_QUOTA },
    { POLICY_RCP, 5120, true, LINT_POLICY_SIZE_EXCEEDS_RCP_QUOTA },
};

/* A document of exactly `size` characters: its Id is padded. */
static const char *document_of(size_t size)
{
    static const char head[] = "{\"Version\":\"2012-10-17\",\"Id\":\"";
    static const char tail[] = "\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"s3:x\"}}";
    char *text = arena_bytes(&arena, size + 1);
    size_t fill = size - (sizeof(head) - 1) - (sizeof(tail) - 1);

    assert_non_null(text);
    memcpy(text, head, sizeof(head) - 1);
    memset(text + sizeof(head) - 1, 'x', fill);
    memcpy(text + sizeof(head) - 1 + fill, tail, sizeof(tail));
    return text;
}

static void quotas_one_past(void **state UNUSED)
{
    for (size_t i = 0; i < COUNT_OF(quotas); i++) {
        struct lint_report at = run_kind(document_of(quotas[i].max), quotas[i].kind);
        struct lint_report past = run_kind(document_of(quotas[i].max + 1), quotas[i].kind);
        assert_null(find(&at, quotas[i].code));
        assert_non_null(find(&past, quotas[i].code));
        arena_reset(&arena);
    }
}

static void no_check_without_rows(void **state UNUSED)
{
    for (int code = 0; code < LINT_CODES; code++) {
        bool found = false;
        for (size_t i = 0; i < lint_row_count; i++) {
            found = found || lint_rows[i].code == (enum lint_code)code;
        }
        for (size_t i = 0; i < COUNT_OF(quotas); i++) {
            found = found || quotas[i].code == (enum lint_code)code;
        }
        if (!found) {
            fail_msg("no test of %.*s", FMT(lint_check_of((enum lint_code)code)->code));
        }
    }
}

static void says_where(void **state UNUSED)
{
    static const char text[] =
        "{\"Version\":\"2012-10-17\",\n \"Statement\":[\n  {\"Effect\":\"Allow\",\n"
        "   \"Action\":[\"s3:GetObject\",\"s3:GetObjekt\"],\n"
        "   \"Resource\":\"*\",\"Ressource\":\"*\"}]}";
    struct lint_report report = run_kind(text, POLICY_IDENTITY);
    const struct lint_finding *action = find(&report, LINT_INVALID_ACTION);
    const struct lint_finding *element = find(&report, LINT_INVALID_POLICY_ELEMENT);
    buf out = buf_arena(&arena, 4096);
    struct json_out o = { .out = &out };

    assert_non_null(action);
    assert_int_equal(action->span.line, 4);
    assert_int_equal(action->span.column, 29);
    assert_str(action->advice, "Did you mean \"s3:GetObject\"?");
    assert_str(
        str_slice(str_cstr(text), action->span.offset, action->span.end - action->span.offset),
        "\"s3:GetObjekt\"");
    lint_path_print(action, &o);
    assert_str(buf_str(&out),
               "[{\"value\":\"Statement\"},{\"index\":0},{\"value\":\"Action\"},{\"index\":1}]");
    assert_non_null(element);
    assert_true(element->at_key);
    assert_str(element->advice, "Write \"Resource\".");
    buf_clear(&out);
    o = (struct json_out){ .out = &out };
    lint_path_print(element, &o);
    assert_str(buf_str(&out), "[{\"value\":\"Statement\"},{\"index\":0},{\"key\":\"Ressource\"}]");
    arena_reset(&arena);
}

/* A finding about a key still knows its place when the walk is over. */
static void variables_in_keys(void **state UNUSED)
{
    struct lint_report report = run_kind(
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\","
        "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:${aws:x}\":\"1\"}}}}",
        POLICY_IDENTITY);
    const struct lint_finding *f = find(&report, LINT_VARIABLE_UNSUPPORTED_IN_ELEMENT);
    buf out = buf_arena(&arena, 4096);
    struct json_out o = { .out = &out };

    assert_non_null(f);
    lint_path_print(f, &o);
    assert_str(buf_str(&out), "[{\"value\":\"Statement\"},{\"value\":\"Condition\"},{\"value\":"
                              "\"StringEquals\"},{\"value\":\"aws:${aws:x}\"}]");
    arena_reset(&arena);
}

static void goes_on_after_the_first(void **state UNUSED)
{
    struct lint_report report = run_kind(
        "{\"Statement\":[{\"Effect\":\"Permit\",\"Action\":\"s3:Nope\",\"Resource\":7}]}",
        POLICY_IDENTITY);

    assert_non_null(find(&report, LINT_MISSING_VERSION));
    assert_non_null(find(&report, LINT_INVALID_EFFECT));
    assert_non_null(find(&report, LINT_INVALID_ACTION));
    assert_non_null(find(&report, LINT_DATA_TYPE_MISMATCH));
    assert_true(report.refused);
    assert_str(report.refusal.code, "MalformedPolicyDocument");
    assert_str(report.refusal.message, "Syntax errors in policy.");
    arena_reset(&arena);
}

static void guesses_the_kind(void **state UNUSED)
{
    static const struct {
        const char *text;
        enum policy_kind kind;
    } rows[] = {
        { "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:x\",\"Resource\":\"*\"}}",
          POLICY_IDENTITY },
        { "{\"Statement\":{\"Principal\":\"*\",\"Action\":\"s3:x\",\"Resource\":\"*\"}}",
          POLICY_RESOURCE },
        { "{\"Statement\":[{\"Principal\":{},\"Action\":[\"sts:AssumeRole\",\"STS:TagSession\"]}]}",
          POLICY_TRUST },
        { "{\"Statement\":{\"NotPrincipal\":\"*\",\"Action\":\"sts:x\",\"Resource\":\"*\"}}",
          POLICY_RESOURCE },
        { "[]", POLICY_IDENTITY },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct lint_report report = run(rows[i].text, (struct lint_options){ .guess = true });
        assert_int_equal(report.kind, rows[i].kind);
        assert_true(report.guessed);
    }
    arena_reset(&arena);
}

static void long_texts_are_refused(void **state UNUSED)
{
    char *text = calloc(1, LINT_TEXT_MAX + 2);
    struct lint_options options = { .catalogue = &catalogue };
    struct lint_report report;

    assert_non_null(text);
    memset(text, ' ', LINT_TEXT_MAX + 1);
    assert_ok(lint_check(str_from(text, LINT_TEXT_MAX), &options, &arena, &report));
    assert_int_equal(lint_check(str_from(text, LINT_TEXT_MAX + 1), &options, &arena, &report),
                     RC_LIMIT);
    free(text);
    arena_reset(&arena);
}

/* Many members cost no more than the budget of comparisons. */
static void redundancy_has_a_budget(void **state UNUSED)
{
    buf text = buf_arena(&arena, 1u << 20);

    BUF_LIT(&text,
            "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Resource\":\"*\","
            "\"Action\":[\"s3:*\"");
    for (int i = 0; i < 20000; i++) {
        buf_printf(&text, ",\"a:b%d*\"", i);
    }
    BUF_LIT(&text, "]}}");
    buf_add_char(&text, '\0');
    assert_ok(text.err);
    (void)run_kind(text.ptr, POLICY_IDENTITY);
    arena_reset(&arena);
}

static void memory_runs_out_cleanly(void **state UNUSED)
{
    struct lint_options options = { .catalogue = &catalogue };
    struct lint_report report;
    enum rc rc = RC_NOMEM;

    for (size_t max = 1024; rc != RC_OK && max < (1u << 20); max += 512) {
        struct arena small;
        arena_init(&small, &heap, 512, max);
        rc = lint_check(str_cstr(lint_rows[2].bad), &options, &small, &report);
        assert_true(rc == RC_OK || rc == RC_NOMEM);
        arena_done(&small);
    }
    assert_ok(rc);
}

/* AWS's own policies, when they lie beside the project: what is found there was judged one by one.
 * Most of it is actions that AWS does not document, and resources and keys that AWS wrote wrong. */
static const struct {
    enum lint_code code;
    size_t most;
} judged[] = {
    { LINT_INVALID_ACTION, 53 },
    { LINT_INVALID_ARN_RESOURCE, 68 },
    { LINT_UNSUPPORTED_ACTION_FOR_CONDITION_KEY, 44 },
    { LINT_INVALID_SERVICE_CONDITION_KEY, 1 },
    { LINT_MISSING_QUALIFIER, 3 },
};

static void count_managed(str line, size_t *counts)
{
    static const struct json_limits limits = { 32, 1u << 17 };
    struct lint_options options = { .catalogue = &catalogue, .kind = POLICY_IDENTITY };
    struct lint_report report;
    struct json *json;
    struct json_error at;
    const struct json *doc;

    assert_ok(json_parse(line, &limits, &arena, &json, &at));
    doc = json_member(json, STR("document"));
    assert_non_null(doc);
    assert_ok(lint_check(str_slice(line, doc->span.offset, doc->span.end - doc->span.offset),
                         &options, &arena, &report));
    assert_false(report.refused);
    for (size_t i = 0; i < report.count; i++) {
        counts[report.findings[i].code]++;
    }
}

static void managed_policies(void **state UNUSED)
{
    const char *root = getenv("MANTLE_SOURCE_ROOT");
    size_t counts[LINT_CODES] = { 0 };
    struct arena file;
    char path[1024];
    str text, line;

    (void)snprintf(path, sizeof(path), "%s/../shared/facts/aws-managed-policies.jsonl",
                   root != NULL ? root : ".");
    arena_init(&file, &heap, 1u << 20, 64u << 20);
    if (file_read(path, &file, &text) != RC_OK) {
        print_message("# no facts beside the project\n");
        arena_done(&file);
        return;
    }
    while (take_item(&text, '\n', &line)) {
        count_managed(line, counts);
        arena_reset(&arena);
    }
    for (size_t i = 0; i < COUNT_OF(judged); i++) {
        assert_in_range(counts[judged[i].code], 0, judged[i].most);
        counts[judged[i].code] = 0;
    }
    for (int code = 0; code < LINT_CODES; code++) {
        const struct lint_check *check = lint_check_of((enum lint_code)code);
        if (check->severity == LINT_ERROR && counts[code] > 0) {
            fail_msg("%zu times %.*s", counts[code], FMT(check->code));
        }
    }
    arena_done(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_check_from_both_sides),
        cmocka_unit_test(no_check_without_rows),
        cmocka_unit_test(quotas_one_past),
        cmocka_unit_test(says_where),
        cmocka_unit_test(variables_in_keys),
        cmocka_unit_test(goes_on_after_the_first),
        cmocka_unit_test(guesses_the_kind),
        cmocka_unit_test(long_texts_are_refused),
        cmocka_unit_test(redundancy_has_a_budget),
        cmocka_unit_test(memory_runs_out_cleanly),
        cmocka_unit_test(managed_policies),
    };
    int failed;

    if (catalogue_shipped(&catalogue) != RC_OK) {
        return 1;
    }
    arena_init(&arena, &heap, 1u << 18, 256u << 20);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_done(&arena);
    return failed;
}
