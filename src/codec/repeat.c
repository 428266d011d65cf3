#include "codec/repeat.h"

/* A cheap fingerprint; equal names have equal ones, and that is all it must do. */
static uint32_t fingerprint(str name)
{
    uint64_t head = 0, tail = 0;
    size_t len = name.len < 8 ? name.len : 8;

    if (len > 0) {
        memcpy(&head, name.ptr, len);
        memcpy(&tail, name.ptr + name.len - len, len);
    }
    head = (head ^ (uint64_t)name.len) * UINT64_C(0x9E3779B97F4A7C15);
    tail = (tail + (head >> 29)) * UINT64_C(0xD6E8FEB86659FD93);
    return (uint32_t)((head ^ tail) >> 32);
}

/* Compares each with each, but by fingerprint first. */
static size_t find_small(const str *names, size_t count)
{
    uint32_t prints[REPEAT_SMALL];

    for (size_t i = 0; i < count; i++) {
        prints[i] = fingerprint(names[i]);
        for (size_t k = 0; k < i; k++) {
            if (prints[k] == prints[i] && str_eq(names[k], names[i])) {
                return i;
            }
        }
    }
    return count;
}

/* By name, then by place. */
static bool is_less(const str *names, uint32_t a, uint32_t b)
{
    int order = str_cmp(names[a], names[b]);

    return order != 0 ? order < 0 : a < b;
}

static void sift_down(const str *names, uint32_t *heap_of, size_t root, size_t count)
{
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        uint32_t up;
        if (child + 1 < count && is_less(names, heap_of[child], heap_of[child + 1])) {
            child++;
        }
        if (!is_less(names, heap_of[root], heap_of[child])) {
            return;
        }
        up = heap_of[child];
        heap_of[child] = heap_of[root];
        heap_of[root] = up;
        root = child;
    }
}

/* Heap sort: no worst case, no memory of its own. */
static void sort_places(const str *names, uint32_t *places, size_t count)
{
    for (size_t i = count / 2; i-- > 0;) {
        sift_down(names, places, i, count);
    }
    for (size_t end = count; end-- > 1;) {
        uint32_t greatest = places[0];
        places[0] = places[end];
        places[end] = greatest;
        sift_down(names, places, 0, end);
    }
}

enum rc repeat_find(const str *names, size_t count, struct arena *arena, size_t *ret_at)
{
    uint32_t *places;
    size_t first = count;

    if (count <= REPEAT_SMALL) {
        *ret_at = find_small(names, count);
        return RC_OK;
    }
    if (count > UINT32_MAX) {
        return RC_LIMIT;
    }
    places = NEW_ARRAY(arena, count, uint32_t);
    if (places == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        places[i] = (uint32_t)i;
    }
    sort_places(names, places, count);
    for (size_t i = 1; i < count; i++) {
        if (places[i] < first && str_eq(names[places[i - 1]], names[places[i]])) {
            first = places[i];
        }
    }
    *ret_at = first;
    return RC_OK;
}
