/* Answers of services: what is accepted, written back and read again is the same tree. */
#include "fuzz.h"

#include "remote/answer.h"

static bool same(const struct answer_node *a, const struct answer_node *b)
{
    const struct answer_node *x = a->first, *y = b->first;

    while (x != NULL && y != NULL && same(x, y)) {
        x = x->next;
        y = y->next;
    }
    return x == NULL && y == NULL && str_eq(a->name, b->name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct answer_node *first = NULL, *second = NULL;
    struct arena arena;
    buf out;

    arena_init(&arena, &heap, 4096, 64 << 20);
    out = buf_arena(&arena, 16 << 20);
    if (answer_parse(fuzz_text(data, size), &arena, &first) == RC_OK) {
        answer_write(first, &out);
        REQUIRE(out.err == RC_OK);
        REQUIRE(answer_parse(buf_str(&out), &arena, &second) == RC_OK);
        REQUIRE(same(first, second));
    }
    arena_done(&arena);
    return 0;
}
