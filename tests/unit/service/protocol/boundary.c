/* Every declared limit of every operation, from the list tools/apigen.py makes: the decoder must
 * refuse in exactly those words, or not at all. Argument: boundary-cases.json. */
#include <stdlib.h>

#include "codec/json.h"
#include "wire.h"

static const char *cases_path;

static str read_file(const char *path, struct arena *arena)
{
    FILE *file = fopen(path, "rb");
    char *text;
    size_t len = 0, got;
    enum { ROOM = 16 << 20 };

    assert_non_null(file);
    text = arena_bytes(arena, ROOM);
    assert_non_null(text);
    while ((got = fread(text + len, 1, ROOM - len, file)) > 0) {
        len += got;
    }
    (void)fclose(file);
    return str_from(text, len);
}

/* A value is a text, or [text, times]. */
static str value_of(const struct json *value, struct arena *arena)
{
    uint64_t times;
    buf out;

    if (value->type != JSON_ARRAY) {
        return value->text;
    }
    assert_ok(str_to_u64(value->first->next->text, &times));
    out = buf_arena(arena, 1 << 20);
    for (uint64_t i = 0; i < times; i++) {
        buf_add(&out, value->first->text);
    }
    return buf_str(&out);
}

static bool run(const struct json *c, struct arena *arena)
{
    const struct json *form_of = json_member(c, STR("form")), *code, *message;
    struct form form = { NEW_ARRAY(arena, form_of->count, struct form_pair), 0 };
    struct api_fault fault = { 0 };
    void *in = NULL;
    str wanted_code, wanted;

    for (const struct json *each = form_of->first; each != NULL; each = each->next) {
        form.pairs[form.count++] = (struct form_pair){ each->key, value_of(each, arena) };
    }
    const struct api_operation *op = api_find(json_member(c, STR("version"))->text,
                                              json_member(c, STR("operation"))->text);
    assert_non_null(op);
    enum rc rc = protocol_decode(op, &form, arena, &in, &fault);
    code = json_member(c, STR("code"));
    message = json_member(c, STR("message"));
    wanted_code = code->type == JSON_NULL ? STR("") : code->text;
    wanted = message->type == JSON_NULL ? STR("") : message->text;
    str got_code = rc == RC_API ? api_errors[fault.error].code : STR("");
    if ((rc == RC_OK || rc == RC_API) && str_eq(got_code, wanted_code) &&
        str_eq(rc == RC_API ? fault.message : STR(""), wanted)) {
        return true;
    }
    print_message("%.*s %.*s\n  is \"%.*s\"\n not \"%.*s\"\n", FMT(op->name),
                  FMT(json_member(c, STR("label"))->text), FMT(fault.message), FMT(wanted));
    return false;
}

static void test_boundaries(void **state)
{
    struct arena file, arena;
    struct json_limits limits = { 16, 1000000 };
    struct json_error at;
    struct json *all = NULL;
    size_t count = 0, failed = 0;

    arena_init(&file, &heap, 1 << 20, SIZE_MAX);
    arena_init(&arena, &heap, 1 << 20, 1 << 26);
    assert_ok(json_parse(read_file(cases_path, &file), &limits, &file, &all, &at));
    for (const struct json *c = json_member(all, STR("cases"))->first; c != NULL; c = c->next) {
        arena_reset(&arena);
        failed += !run(c, &arena);
        count++;
    }
    assert_true(count > 4000);
    assert_int_equal(failed, 0);
    arena_done(&arena);
    arena_done(&file);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boundaries),
    };
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s boundary-cases.json\n", argv[0]);
        return 2;
    }
    cases_path = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
