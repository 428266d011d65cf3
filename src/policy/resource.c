/* Resource patterns (1.2 of the rules). */
#include "policy/engine.h"

bool arn_segments(str text, str ret[6])
{
    size_t start = 0, found = 0;

    for (size_t i = 0; i < text.len && found < 5; i++) { /* they are near: no call for each */
        if (text.ptr[i] == ':') {
            ret[found++] = str_from(text.ptr + start, i - start);
            start = i + 1;
        }
    }
    if (found < 5) {
        return false;
    }
    ret[5] = str_from(text.ptr + start, text.len - start);
    return true;
}

/* segments that are not there are "*", on the identity side and wherever a wildcard shows
 * that more than one resource is meant. */
static bool short_pattern_counts(str text, enum policy_kind kind)
{
    switch (kind) {
    case POLICY_IDENTITY:
    case POLICY_SCP:
        return true;
    case POLICY_TRUST:
    case POLICY_RESOURCE:
    case POLICY_ENDPOINT:
        return glob_has_wildcard(text);
    case POLICY_RCP:
        return false;
    }
    return false;
}

static enum rc globs_compile(const str segments[6], bool variables, struct arena *arena,
                             struct resource_pattern *ret)
{
    ret->kind = RESOURCE_GLOBS;
    for (int i = 0; i < 5; i++) { /* no variables here */
        ret->segments[i] = arena_str(arena, segments[i]);
        if (ret->segments[i].ptr == NULL) {
            return RC_NOMEM;
        }
    }
    return text_compile(segments[5], variables, arena, &ret->tail);
}

enum rc resource_compile(str text, const struct policy_document *doc, struct arena *arena,
                         struct resource_pattern *ret)
{
    struct resource_pattern out = { .kind = RESOURCE_NEVER };
    str segments[6], rest = text;
    size_t head = 0, found = 0;

    if (str_eq(text, STR("*"))) {
        ret->kind = RESOURCE_ANY; /* */
        return RC_OK;
    }
    for (; found < 5 && take_until(&rest, ':', &segments[found]); found++) {
        head += segments[found].len + 1;
    }
    segments[found] = rest;
    if (found < 5) {
        if (short_pattern_counts(text, doc->kind)) {
            while (++found < 6) {
                segments[found] = STR("*");
            }
            TRY(globs_compile(segments, doc->variables, arena, &out));
        }
        *ret = out;
        return RC_OK;
    }
    if (glob_has_wildcard(str_slice(text, 0, head))) {
        TRY(globs_compile(segments, doc->variables, arena, &out));
        *ret = out;
        return RC_OK;
    }
    out.head = arena_str(arena, text);
    if (out.head.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(text_compile(segments[5], doc->variables, arena, &out.tail));
    if (out.tail.part_count == 0 && !glob_has_wildcard(segments[5])) {
        out.kind = RESOURCE_EXACT;
    } else {
        out.kind = RESOURCE_TAIL;
        out.head.len = head;
    }
    *ret = out;
    return RC_OK;
}

static bool globs_match(const struct resource_pattern *pattern, const struct query *query)
{
    for (int i = 0; i < 5; i++) { /* a wildcard never crosses a colon */
        if (!glob_match(pattern->segments[i], query->segments[i])) {
            return false;
        }
    }
    return text_like(&pattern->tail, query->rq, query->segments[5]);
}

bool resource_matches(const struct resource_pattern *pattern, const struct query *query)
{
    if (pattern->kind == RESOURCE_ANY) {
        return true; /* */
    }
    if (!query->resource_is_arn) {
        return false;
    }
    switch (pattern->kind) {
    case RESOURCE_NEVER:
        return false;
    case RESOURCE_ANY:
        return true;
    case RESOURCE_EXACT:
        return str_eq(pattern->head, query->rq->resource);
    case RESOURCE_TAIL: /* five colons in head: equal heads have equal first five segments */
        return str_starts(query->rq->resource, pattern->head) &&
               text_like(&pattern->tail, query->rq, query->segments[5]);
    case RESOURCE_GLOBS:
        return globs_match(pattern, query);
    }
    return false;
}
