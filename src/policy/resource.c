/* Resource patterns (1.2 of the rules). */
#include "policy/engine.h"
#include "policy/word.h"

bool arn_segments(str text, str ret[6])
{
    size_t at = 0, start = 0, found = 0;

    for (; text.len - at >= 8; at += 8) {
        for (uint64_t colons = word_colons(word_load(text.ptr + at)); colons != 0;
             colons &= colons - 1) {
            size_t colon = at + word_first(colons);
            ret[found] = str_from(text.ptr + start, colon - start);
            start = colon + 1;
            if (++found == 5) {
                ret[5] = str_from(text.ptr + start, text.len - start);
                return true;
            }
        }
    }
    for (; at < text.len; at++) {
        if (text.ptr[at] == ':') {
            ret[found] = str_from(text.ptr + start, at - start);
            start = at + 1;
            if (++found == 5) {
                ret[5] = str_from(text.ptr + start, text.len - start);
                return true;
            }
        }
    }
    return false;
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

static size_t literal_len(str text)
{
    size_t n = 0;

    while (n < text.len && text.ptr[n] != '*' && text.ptr[n] != '?') {
        n++;
    }
    return n;
}

/* text: the whole pattern, with six segments. */
static enum rc globs_compile(str text, bool variables, struct arena *arena,
                             struct resource_pattern *ret)
{
    str copy = arena_str(arena, text), rest = copy;
    str *segments = NEW_ARRAY(arena, 5, str);

    if (copy.ptr == NULL || segments == NULL) {
        return RC_NOMEM;
    }
    for (int i = 0; i < 5; i++) { /* no variables here */
        (void)take_until(&rest, ':', &segments[i]);
    }
    ret->kind = RESOURCE_GLOBS;
    ret->begins = str_slice(copy, 0, literal_len(copy));
    ret->segments = segments;
    return text_compile(rest, variables, arena, &ret->tail);
}

/* head: up to and with the fifth colon, without wildcards. */
static enum rc tail_compile(str text, size_t head, bool variables, struct arena *arena,
                            struct resource_pattern *ret)
{
    str literal;
    size_t len;

    ret->begins = arena_str(arena, text);
    if (ret->begins.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(text_compile(str_skip(text, head), variables, arena, &ret->tail));
    literal = ret->tail.part_count == 0                 ? ret->tail.text
              : ret->tail.parts[0].kind == PART_PATTERN ? ret->tail.parts[0].text
                                                        : STR("");
    len = literal_len(literal);
    if (ret->tail.part_count == 0 && len == literal.len) {
        ret->kind = RESOURCE_EXACT;
        return RC_OK;
    }
    text_cut(&ret->tail, len);
    ret->begins.len = head + len;
    ret->kind = ret->tail.part_count == 0 && str_eq(ret->tail.text, STR("*")) ? RESOURCE_BEGINS
                                                                              : RESOURCE_TAIL;
    return RC_OK;
}

enum rc resource_compile(str text, const struct policy_document *doc, struct arena *arena,
                         struct resource_pattern *ret)
{
    static const str pads[] = { STR_INIT(":*:*:*:*:*"), STR_INIT(":*:*:*:*"), STR_INIT(":*:*:*"),
                                STR_INIT(":*:*"), STR_INIT(":*") };
    struct resource_pattern out = { .kind = RESOURCE_NEVER };
    str segment, rest = text;
    size_t found = 0;

    if (str_eq(text, STR("*"))) {
        ret->kind = RESOURCE_ANY; /* */
        return RC_OK;
    }
    while (found < 5 && take_until(&rest, ':', &segment)) {
        found++;
    }
    if (found < 5) {
        if (short_pattern_counts(text, doc->kind)) {
            str whole = arena_printf(arena, "%.*s%.*s", FMT(text), FMT(pads[found]));
            TRY(whole.ptr == NULL ? RC_NOMEM : globs_compile(whole, doc->variables, arena, &out));
        }
    } else if (glob_has_wildcard(str_slice(text, 0, text.len - rest.len))) {
        TRY(globs_compile(text, doc->variables, arena, &out));
    } else {
        TRY(tail_compile(text, text.len - rest.len, doc->variables, arena, &out));
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

static bool begins(str text, str start)
{
    return text.len >= start.len && memcmp(text.ptr, start.ptr, start.len) == 0;
}

bool resource_matches(const struct resource_pattern *pattern, const struct query *query)
{
    str resource = query->rq->resource;

    /* But for GLOBS and ANY, `begins` has the five colons: what begins so has the same first five
     * segments, and is an ARN. */
    switch (pattern->kind) {
    case RESOURCE_NEVER:
        return false;
    case RESOURCE_ANY:
        return true; /* */
    case RESOURCE_EXACT:
        return str_eq(pattern->begins, resource);
    case RESOURCE_BEGINS:
        return begins(resource, pattern->begins);
    case RESOURCE_TAIL:
        return begins(resource, pattern->begins) &&
               text_like(&pattern->tail, query->rq, str_skip(resource, pattern->begins.len));
    case RESOURCE_GLOBS:
        return query->resource_is_arn && begins(resource, pattern->begins) &&
               globs_match(pattern, query);
    }
    return false;
}
