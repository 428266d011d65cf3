/* Whatever parameters a stranger sends: an input that decodes, written again as a form, decodes to
 * the same input; its view for the trail is JSON; refusals are answered in UTF-8 of bounded size. */
#include "fuzz.h"

#include "codec/json.h"
#include "service/protocol/json_view.h"
#include "service/protocol/query.h"

enum { PAIRS_MAX = 2000, ROOM = 1 << 24 };

static void check_view(const struct api_operation *op, const void *in, struct arena *arena)
{
    buf out = buf_heap(ROOM);
    struct json_limits limits = { 64, 100000 };
    struct json_error at;
    struct json *parsed;

    json_view(op->in, in, &out);
    REQUIRE(out.err == RC_OK);
    REQUIRE(json_parse(buf_str(&out), &limits, arena, &parsed, &at) == RC_OK);
    buf_done(&out);
}

static void check_refusal(const struct api_operation *op, const struct api_fault *fault)
{
    buf out = buf_heap(ROOM);

    REQUIRE(fault->error != ERR_NONE && fault->message.ptr != NULL);
    REQUIRE(fault->message.len < (1 << 17));
    protocol_error(op == NULL ? NULL : op->service, fault->error, fault->message, STR("id"), &out);
    REQUIRE(out.err == RC_OK && str_is_utf8(buf_str(&out)));
    buf_done(&out);
}

static void check_round_trip(const struct api_operation *op, const void *in, struct arena *arena)
{
    buf first = buf_heap(ROOM), second = buf_heap(ROOM);
    struct api_fault fault = { 0 };
    struct form form;
    void *again = NULL;

    protocol_form(op, in, &first);
    REQUIRE(first.err == RC_OK);
    REQUIRE(form_parse(buf_str(&first), 10 * PAIRS_MAX, arena, &form) == RC_OK);
    REQUIRE(protocol_decode(op, &form, arena, &again, &fault) == RC_OK);
    protocol_form(op, again, &second);
    REQUIRE(str_eq(buf_str(&first), buf_str(&second)));
    buf_done(&first);
    buf_done(&second);
}

static void check(str text, struct arena *arena)
{
    const struct api_operation *op = NULL;
    struct api_fault fault = { 0 };
    struct form form;
    void *in = NULL;
    enum rc rc;

    if (form_parse(text, PAIRS_MAX, arena, &form) != RC_OK) {
        return;
    }
    rc = protocol_operation(&form, arena, &op, &fault);
    if (rc == RC_OK) {
        rc = protocol_decode(op, &form, arena, &in, &fault);
    }
    REQUIRE(rc == RC_OK || rc == RC_API);
    if (rc == RC_API) {
        check_refusal(op, &fault);
    } else if (op->in != NULL) {
        check_view(op, in, arena);
        check_round_trip(op, in, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;

    arena_init(&arena, &heap, 65536, 1 << 26);
    check(fuzz_text(data, size), &arena);
    arena_done(&arena);
    return 0;
}
