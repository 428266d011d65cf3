#include "trailfile/find.h"

enum {
    DAMAGES_MAX = 100, /* per file; what follows is left out */
    RECORD_ARENA_MAX = 4 * TRAIL_RECORD_MAX,
};

void finder_init(struct finder *finder)
{
    *finder = (struct finder){ .path = NULL };
    index_init(&finder->index);
    index_init(&finder->inner_index);
    record_memo_init(&finder->memo);
    arena_init(&finder->arena, &heap, 1 << 16, RECORD_ARENA_MAX);
}

void finder_done(struct finder *finder)
{
    index_done(&finder->index);
    index_done(&finder->inner_index);
    arena_done(&finder->arena);
}

void finder_file(struct finder *finder, const char *path)
{
    finder->path = path;
    finder->file = 0;
    finder->place = PLACE_TOP;
    finder->in_envelope = finder->saw_list = finder->gave_up = false;
    finder->base = finder->found = 0;
    finder->waits = false;
    finder->damages = 0;
}

static void report(const struct finder *p, enum trail_problem_kind kind, uint64_t offset,
                   const char *what)
{
    p->problem(p->context, kind, offset, str_cstr(what));
}

/* -- one record ---------------------------------------------------------------------------------- */

/* Insights say that something was unusual; they are no calls. */
static bool is_insight(const struct trail_event *event)
{
    return str_eq(event->category, STR("Insight")) ||
           str_eq(event->type, STR("AwsCloudTrailInsight"));
}

static const char *lacks(const struct trail_event *event)
{
    if (event->name.len == 0) {
        return "a record without eventName";
    }
    if (event->source.len == 0) {
        return "a record without eventSource";
    }
    return NULL;
}

/* The record that waits, if there is one. */
static enum rc hand_on_waiting(struct finder *p)
{
    enum rc rc = p->waits ? p->record(p->context, &p->events[1 - p->turn]) : RC_OK;

    p->waits = false;
    return rc == RC_SYNTAX ? RC_CORRUPT : rc; /* the visitor's own is no matter of the text */
}

/* The text stays as it is until the next record was read, unless the record has a text of its own. */
static bool can_wait(const struct finder *p, const struct trail_event *event)
{
    return event == &p->events[p->turn] && !record_has_escapes(event);
}

static enum rc hand_on(struct finder *p, struct trail_event *event, uint64_t offset)
{
    const char *missing = lacks(event);
    enum rc rc;

    p->found++;
    event->path = p->path;
    event->file = p->file;
    event->offset = offset;
    event->arena = &p->arena;
    if (is_insight(event)) {
        return RC_OK;
    }
    if (missing != NULL) {
        report(p, PROBLEM_RECORD, offset, missing);
        return RC_OK;
    }
    if (event->time_s == INT64_MIN) {
        report(p, PROBLEM_RECORD, offset, "a record without a time that can be read");
    }
    event->not_utf8 = !record_is_utf8(event);
    if (event->not_utf8) {
        report(p, PROBLEM_RECORD, offset,
               "bytes in this record that are no UTF-8: what they stand for is not known");
    }
    TRY(hand_on_waiting(p));
    if (can_wait(p, event)) {
        p->waits = true;
        p->turn = 1 - p->turn;
        return RC_OK;
    }
    rc = record_has_escapes(event) ? record_unescape(event) : RC_OK;
    if (rc == RC_SYNTAX) {
        report(p, PROBLEM_RECORD, offset, "a text with an escape that is none");
        return RC_OK;
    }
    if (rc == RC_OK) {
        rc = p->record(p->context, event);
    }
    return rc;
}

enum rc finder_inner(struct finder *p, str text, uint64_t offset, const char **ret_reason)
{
    char *padded = arena_bytes(&p->arena, text.len + INDEX_PADDING);
    struct trail_event event = { 0 };
    struct record_wrapping wrapping = { STR_NONE };
    struct scan s;

    if (padded == NULL) {
        return RC_NOMEM;
    }
    memcpy(padded, text.ptr, text.len);
    memset(padded + text.len, 0, INDEX_PADDING);
    TRY(index_start(&p->inner_index, padded, text.len));
    scan_start(&s, &p->inner_index, 0);
    if (scan_peek(&s) != '{') {
        *ret_reason = "the record in it is no JSON object";
        return RC_SYNTAX;
    }
    if (!record_read(&s, &p->memo, &event, &wrapping)) {
        *ret_reason = s.reason;
        return RC_SYNTAX;
    }
    return hand_on(p, &event, offset);
}

/* The string `inner`, seen between its quotes, holds a record. */
static enum rc unwrap(struct finder *p, str inner, uint64_t offset)
{
    struct trail_event at = { .index = &p->index, .arena = &p->arena };
    struct trail_value value = { VALUE_STRING, str_from(inner.ptr - 1, inner.len + 2) };
    str text = trail_value_text(&at, &value);
    const char *reason = "the record in it is broken off";
    enum rc rc = text.ptr == NULL ? RC_SYNTAX : finder_inner(p, text, offset, &reason);

    if (rc == RC_SYNTAX) {
        report(p, PROBLEM_RECORD, offset, reason);
        return RC_OK;
    }
    return rc;
}

static size_t start_of(const struct trail_event *event)
{
    return (size_t)(event->raw.ptr - event->index->text);
}

/* At '{'. RC_SYNTAX: s->reason says why; the scan may have run out. */
static enum rc one_record(struct finder *p, struct scan *s)
{
    struct trail_event *event = &p->events[p->turn];
    struct record_wrapping wrapping = { STR_NONE };
    uint64_t offset = p->base + s->at;
    enum rc rc;

    index_forget(s->index, p->waits ? start_of(&p->events[1 - p->turn]) : s->at);
    *event = (struct trail_event){ 0 };
    if (!record_read(s, &p->memo, event, &wrapping)) {
        return RC_SYNTAX;
    }
    if (event->raw.len > TRAIL_RECORD_MAX) { /* wherever the portions of the file end */
        p->found++;
        report(p, PROBLEM_TOO_LONG, offset, "a record of over 4 MiB");
        return RC_OK;
    }
    rc = wrapping.inner.ptr != NULL ? unwrap(p, wrapping.inner, offset) : hand_on(p, event, offset);
    if (p->arena.used_bytes != 0) {
        arena_reset(&p->arena);
    }
    return rc == RC_SYNTAX ? RC_CORRUPT : rc; /* the visitor's own is no matter of the text */
}

/* -- after damage -------------------------------------------------------------------------------- */

/* Where a record may begin behind `from`: a brace before "eventVersion", which stands first in what
 * CloudTrail writes, or one that begins a line. SIZE_MAX: nowhere. */
static size_t next_start(str text, size_t from)
{
    size_t hit = 0, line = 0, at = from;
    size_t best = str_find(str_skip(text, from), STR("\n{"), &line) ? from + line + 1 : SIZE_MAX;

    while (str_find(str_skip(text, at), STR("\"eventVersion\""), &hit)) {
        size_t brace = at + hit;
        while (brace > from && ascii_is_space(text.ptr[brace - 1])) {
            brace--;
        }
        if (brace > from && text.ptr[brace - 1] == '{') {
            return brace - 1 < best ? brace - 1 : best;
        }
        at += hit + 1;
    }
    return best;
}

/* True: goes on at the next record. False: there is none in this portion, s->at is its end. */
static bool recover(struct finder *p, struct scan *s, size_t from)
{
    struct trail_index *index = s->index;
    size_t at = from < index->len ? next_start(str_from(index->text, index->len), from) : SIZE_MAX;

    p->found++;
    if (p->place == PLACE_ENVELOPE) {
        p->place = PLACE_LIST;
    }
    if (++p->damages > DAMAGES_MAX) {
        report(p, PROBLEM_JSON, p->base + from, "damaged in too many places: the rest is left out");
        p->gave_up = true;
        at = SIZE_MAX;
    }
    if (at == SIZE_MAX) {
        s->at = index->len;
        return false;
    }
    index_restart(index, at);
    scan_start(s, index, at);
    return true;
}

/* -- a portion ----------------------------------------------------------------------------------- */

enum step { STEP_ON, STEP_MORE, STEP_END }; /* go on; more text is needed; nothing follows here */

struct portion {
    struct finder *p;
    struct scan s;
    bool last;
    enum rc rc;
};

/* The scan failed on what begins at `start`. */
static enum step failed(struct portion *t, size_t start)
{
    struct scan *s = &t->s;

    t->rc = hand_on_waiting(t->p); /* before its index goes */
    if (t->rc != RC_OK) {
        return STEP_END;
    }
    if (s->ran_out && !t->last && s->index->len - start < TRAIL_RECORD_MAX) {
        s->at = start;
        return STEP_MORE;
    }
    if (s->ran_out && !t->last) {
        report(t->p, PROBLEM_TOO_LONG, t->p->base + start, "no end of a record within 4 MiB");
    } else {
        report(t->p, PROBLEM_JSON, t->p->base + (s->ran_out ? start : s->at), s->reason);
    }
    return recover(t->p, s, start + 1) ? STEP_ON : STEP_END;
}

static enum step take_record(struct portion *t)
{
    size_t start = t->s.at;

    t->rc = one_record(t->p, &t->s);
    if (t->rc == RC_SYNTAX) {
        return failed(t, start);
    }
    return t->rc == RC_OK ? STEP_ON : STEP_END;
}

static bool is_list_name(str key)
{
    return str_eq(key, STR("Records")) || str_eq(key, STR("Events")) || str_eq(key, STR("events"));
}

/* Members that tell an envelope when they come first. */
static bool is_envelope_name(str key)
{
    return is_list_name(key) || str_eq(key, STR("NextToken")) || str_eq(key, STR("nextToken"));
}

/* At '{' between documents: a record, or the object around records? */
static enum step open_document(struct portion *t)
{
    size_t start = t->s.at;
    bool first = true;
    str key;

    t->s.at++;
    if (!scan_key(&t->s, &first, &key)) {
        return t->s.reason == NULL ? STEP_ON : failed(t, start); /* {} */
    }
    t->s.at = start;
    if (!is_envelope_name(key)) {
        return take_record(t);
    }
    t->s.at++;
    t->p->place = PLACE_ENVELOPE;
    return STEP_ON;
}

static enum step take_member(struct portion *t)
{
    size_t start = t->s.at;
    bool first = true; /* the comma was taken as a separator */
    struct trail_value skipped;
    str key;

    if (!scan_key(&t->s, &first, &key)) {
        if (t->s.reason != NULL) {
            return failed(t,
                          start); /* perhaps only cut by the portion's end: still in the envelope */
        }
        t->p->place = PLACE_TOP;
        return STEP_ON;
    }
    if (is_list_name(key) && t->s.index->text[t->s.at] == '[') {
        t->s.at++;
        t->p->place = PLACE_LIST;
        t->p->saw_list = true;
        t->p->in_envelope = true;
        return STEP_ON;
    }
    return scan_value(&t->s, &skipped) ? STEP_ON : failed(t, start);
}

/* Something between records that is none. */
static enum step take_other(struct portion *t, char c)
{
    size_t start = t->s.at;
    struct trail_value skipped;

    if (t->p->place == PLACE_TOP && c == '[') {
        t->s.at++;
        t->p->place = PLACE_LIST;
        t->p->saw_list = true;
        t->p->in_envelope = false;
        return STEP_ON;
    }
    if (t->p->place == PLACE_LIST && c == ']') {
        t->s.at++;
        t->p->place = t->p->in_envelope ? PLACE_ENVELOPE : PLACE_TOP;
        return STEP_ON;
    }
    if (t->p->place == PLACE_LIST && scan_value(&t->s, &skipped)) {
        t->p->found++;
        report(t->p, PROBLEM_RECORD, t->p->base + start, "no object where a record is expected");
        return STEP_ON;
    }
    if (t->p->damages > 0 && (c == ']' || c == '}')) {
        t->s.at++; /* ends of what the damage hid the beginning of */
        return STEP_ON;
    }
    if (t->s.reason == NULL) {
        (void)scan_fail(&t->s, "no JSON");
    }
    return failed(t, start);
}

static enum step next_thing(struct portion *t)
{
    char c = scan_peek(&t->s);

    while (c == ',') {
        t->s.at++;
        c = scan_peek(&t->s);
    }
    if (t->s.at >= t->s.index->len) {
        return STEP_END;
    }
    if (t->p->place == PLACE_ENVELOPE) {
        return take_member(t);
    }
    if (c == '{') {
        return t->p->place == PLACE_TOP ? open_document(t) : take_record(t);
    }
    return take_other(t, c);
}

static void check_end(const struct portion *t)
{
    if (t->p->place != PLACE_TOP && !t->p->gave_up && t->p->damages == 0) {
        report(t->p, PROBLEM_JSON, t->p->base + t->s.index->len, "broken off between records");
    }
}

enum rc finder_portion(struct finder *p, const char *text, size_t len, bool last, size_t *ret_used)
{
    struct portion t = { .p = p, .last = last, .rc = RC_OK };
    enum step step = STEP_ON;

    *ret_used = len;
    if (p->gave_up) {
        return RC_OK;
    }
    TRY(index_start(&p->index, text, len));
    scan_start(&t.s, &p->index, 0);
    if (p->base == 0) {
        str rest = str_from(text, len);
        t.s.at += take_prefix(&rest, STR("\xEF\xBB\xBF")) ? 3 : 0;
    }
    while (step == STEP_ON) {
        step = next_thing(&t);
    }
    *ret_used = t.s.at;
    t.rc = t.rc == RC_OK ? hand_on_waiting(p) : t.rc;
    p->waits = false;
    if (last && t.rc == RC_OK) {
        check_end(&t);
    }
    return t.rc;
}
