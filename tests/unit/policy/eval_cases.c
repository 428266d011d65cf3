/* Every case of tests/policy/, evaluated. A file's cases are read as documents that could be stored
 * unless the case says "loosely": true. */
#include <dirent.h>
#include <stdlib.h>

#include "cases.h"
#include "unit.h"

static int run_case(str text, const struct json *json, struct arena *arena)
{
    struct eval_case c;
    struct decision decision = { .result = DECIDED_ALLOW };
    const char *problem;
    bool loosely = json_member(json, STR("loosely")) != NULL;

    if (!case_take(text, json, !loosely, arena, &c, &problem)) {
        print_message("%.*s: %s\n", FMT(c.id), problem);
        return 1;
    }
    policy_decide(&c.stack, &c.request, &decision);
    if (decision.result != c.expect) {
        print_message("%.*s: %.*s: is %s by %s, expected %s\n", FMT(c.id), FMT(c.title),
                      result_name(decision.result), decision.rule, result_name(c.expect));
        return 1;
    }
    return 0;
}

static int run_file(const char *path, size_t *total)
{
    static const struct json_limits limits = { 32, 1u << 22 };
    struct arena arena, scratch;
    struct json *root;
    struct json_error at;
    const struct json *cases;
    str text;
    int failed = 0;

    arena_init(&arena, &heap, 1u << 20, 512u << 20);
    arena_init(&scratch, &heap, 1u << 18, 64u << 20);
    assert_ok(file_read(path, &arena, &text));
    if (json_parse(text, &limits, &arena, &root, &at) != RC_OK) {
        fail_msg("%s:%u:%u: %s", path, at.line, at.column, at.reason);
    }
    assert_str(json_member(root, STR("format"))->text, "mantle-eval-cases/1");
    cases = json_member(root, STR("cases"));
    for (const struct json *c = cases->first; c != NULL; c = c->next) {
        failed += run_case(text, c, &scratch);
        arena_reset(&scratch);
        (*total)++;
    }
    arena_done(&scratch);
    arena_done(&arena);
    return failed;
}

static void all_cases(void **state UNUSED)
{
    const char *root = getenv("MANTLE_SOURCE_ROOT");
    char folder[512], path[1024];
    struct dirent *entry;
    size_t total = 0;
    int failed = 0;
    DIR *dir;

    (void)snprintf(folder, sizeof(folder), "%s/tests/policy", root == NULL ? "." : root);
    dir = opendir(folder);
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        if (str_ends(str_cstr(entry->d_name), STR(".json"))) {
            (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
            failed += run_file(path, &total);
        }
    }
    (void)closedir(dir);
    print_message("%zu cases, %d failed\n", total, failed);
    assert_true(total >= 60);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(all_cases) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
