/* One event after the other into the evidence: who made it, how it went. */
#include <inttypes.h>
#include <stdio.h>

#include "codec/arn.h"
#include "migrate/evidence_visit.h"

enum { SCRATCH_CHUNK = 64 << 10, SCRATCH_MAX = 64 << 20, KEY_MAX = 64 << 10 };

/* -- who ---------------------------------------------------------------------------------------------- */

static str name_of(str arn)
{
    size_t at = arn.len;

    while (at > 0 && arn.ptr[at - 1] != '/') {
        at--;
    }
    return str_skip(arn, at);
}

static struct who *caller(struct visit *v, const struct trail_event *event)
{
    const struct trail_identity *id = &event->who;
    bool is_user = str_eq(id->type, STR("IAMUser")), is_role = str_eq(id->type, STR("AssumedRole"));
    str arn = is_user ? id->arn : id->issuer_arn, account = id->account, consumer;
    struct arn parsed;

    if (str_eq(id->type, STR("FederatedUser"))) {
        is_role = false;
    } else if (!is_user && !is_role) {
        return NULL;
    }
    if (arn.ptr == NULL || arn.len > 2048 || arn_parse(arn, &parsed) != RC_OK ||
        !str_eq(parsed.service, STR("iam"))) {
        return NULL;
    }
    if (parsed.account.len > 0) {
        account = parsed.account;
    }
    consumer = str_from(v->origin, v->origin_len);
    return who_of(&v->evidence, arn, name_of(arn), account, consumer, is_role);
}

/* -- how it went --------------------------------------------------------------------------------------- */

enum outcome { OUTCOME_DONE, OUTCOME_DENIED, OUTCOME_ALLOWED_BUT_FAILED, OUTCOME_UNCLEAR };

static bool has_any(str text, const str *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_find(text, words[i], &(size_t){ 0 })) {
            return true;
        }
    }
    return false;
}

/* A call is judged before it is carried out: what fails on the state of things was allowed. */
static enum outcome outcome_of(const struct trail_event *event)
{
    static const str denied[] = { STR_INIT("AccessDenied"),  STR_INIT("Unauthorized"),
                                  STR_INIT("NotAuthorized"), STR_INIT("Forbidden"),
                                  STR_INIT("AuthFailure"),   STR_INIT("AccessDeniedException") };
    static const str allowed[] = {
        STR_INIT("AlreadyExists"),
        STR_INIT("AlreadyOwnedByYou"),
        STR_INIT("ConditionalCheckFailed"),
        STR_INIT("DryRunOperation"),
        STR_INIT("NoSuchKey"),
        STR_INIT("NoSuchEntity"),
        STR_INIT("DeleteConflict"),
        STR_INIT("ResourceNotFound"),
        STR_INIT("ResourceInUse"),
        STR_INIT("NoSuchLifecycle"),
        STR_INIT("NoSuchTagSet"),
        STR_INIT("ServerSideEncryptionConfigurationNotFound"),
    };

    if (event->error_code.ptr == NULL && event->error_message.ptr == NULL) {
        return OUTCOME_DONE;
    }
    if (event->error_code.ptr == NULL) {
        return OUTCOME_UNCLEAR;
    }
    if (has_any(event->error_code, denied, COUNT_OF(denied))) {
        return OUTCOME_DENIED;
    }
    return has_any(event->error_code, allowed, COUNT_OF(allowed)) ? OUTCOME_ALLOWED_BUT_FAILED
                                                                  : OUTCOME_UNCLEAR;
}

/* -- names that stand with their paths somewhere --------------------------------------------------------- */

static void learn_arn(struct visit *v, str arn)
{
    struct arn parsed;
    size_t at;

    if (!str_starts(arn, STR("arn:")) || arn_parse(arn, &parsed) != RC_OK ||
        !str_eq(parsed.service, STR("iam")) || !str_find_char(parsed.resource, '/', &at)) {
        return;
    }
    name_add(&v->evidence,
             ARENA_JOIN(&v->scratch, parsed.account, STR(":"),
                        str_slice(parsed.resource, 0, at + 1), name_of(parsed.resource)),
             arn);
}

static void learn(struct visit *v)
{
    for (size_t i = 0; i < v->extract.request.count; i++) {
        learn_arn(v, v->extract.request.items[i].value);
    }
    for (size_t i = 0; i < v->extract.response.count; i++) {
        learn_arn(v, v->extract.response.items[i].value);
    }
}

/* -- the visitor ------------------------------------------------------------------------------------------ */

static void count_caller(struct evidence *e, const struct trail_event *event)
{
    *(str_eq(event->who.type, STR("Root"))         ? &e->root
      : str_eq(event->who.type, STR("AWSService")) ? &e->services
                                                   : &e->others) += 1;
}

static void see(struct visit *v, struct who *who, const struct trail_event *event)
{
    const struct known_event *known = visit_known_event(v, event);
    enum outcome outcome = outcome_of(event);
    const struct map_answer *answer;

    if (known == NULL) {
        return;
    }
    answer = &known->answer;
    who->calls++;
    who_at(who, event->time_s);
    (void)tally_add(&v->evidence, &who->agents, str_slice(event->user_agent, 0, 512), STR(""), 1,
                    event->time_s);
    (void)tally_add(&v->evidence, &who->addresses, str_slice(event->source_address, 0, 128),
                    STR(""), 1, event->time_s);
    if (outcome == OUTCOME_DENIED) {
        who->denied_calls++;
        (void)tally_add(&v->evidence, &who->denied,
                        answer->status == MAP_TARGETS_FOUND ? answer->targets[0].action
                                                            : known->name,
                        event->error_code, 1, event->time_s);
        return;
    }
    if (outcome == OUTCOME_UNCLEAR || event->not_utf8) { /* of a name that is none, no grant */
        who->failed_calls++;
        return;
    }
    if (answer->status == MAP_UNKNOWN_SOURCE || answer->status == MAP_UNKNOWN_EVENT) {
        str why = answer->status == MAP_UNKNOWN_SOURCE ? STR("source") : STR("event");
        (void)tally_add(&v->evidence, &who->unknown, known->name, why, 1, event->time_s);
        (void)tally_add(&v->evidence, &v->evidence.unknown, known->name, why, 1, event->time_s);
        return;
    }
    v->evidence.used++;
    if (str_eq(event->category, STR("Data"))) {
        (void)tally_add(&v->evidence, &v->evidence.data, answer->service.prefix, STR(""), 1,
                        event->time_s);
    }
    extract_begin(&v->extract, v->evidence.catalogue, event, &v->scratch);
    learn(v);
    visit_add_targets(v, who, event, known, outcome == OUTCOME_ALLOWED_BUT_FAILED);
}

static enum rc note_origin(struct visit *v, const struct trail_event *event)
{
    struct book_call call;
    bool is_call;
    int len;

    v->origin_len = 0;
    if (!v->has_books) {
        return RC_OK;
    }
    TRY(books_add(&v->books, event, &is_call, &call));
    if (is_call) {
        len = snprintf(v->origin, sizeof(v->origin), "%" PRIu32, call.origin);
        v->origin_len = len > 0 ? (size_t)len : 0;
    }
    return RC_OK;
}

static enum rc visit_event(void *state, const struct trail_event *event)
{
    struct visit *v = state;
    struct who *who;

    TRY(note_origin(v, event));
    v->evidence.events++;
    span_add(&v->evidence.first_s, &v->evidence.last_s, event->time_s);
    if (!str_eq(event->type, STR("AwsApiCall")) || event->source.ptr == NULL ||
        event->name.ptr == NULL) {
        v->evidence.not_calls++;
        return RC_OK;
    }
    who = caller(v, event);
    if (who == NULL) {
        count_caller(&v->evidence, event);
    } else {
        see(v, who, event);
    }
    arena_reset(&v->scratch);
    return v->evidence.out_of_memory ? RC_NOMEM : RC_OK;
}

static void *visit_begin(void *context, unsigned thread UNUSED)
{
    static const uint8_t hash_key[16] = { 0x76, 0x69, 0x73, 0x69, 0x74 };
    struct evidence_reader *reader = context;
    struct visit *v = heap.resize(&heap, NULL, 0, sizeof(*v));

    if (v == NULL) {
        return NULL;
    }
    *v = (struct visit){ .has_books = reader->books != NULL, .key = buf_heap(KEY_MAX) };
    if (v->has_books) {
        books_init(&v->books, reader->books->seed, reader->books->latest_s);
    }
    evidence_init(&v->evidence, reader->into->catalogue);
    table_init(&v->events, &heap, hash_key);
    arena_init(&v->scratch, &heap, SCRATCH_CHUNK, SCRATCH_MAX);
    return v;
}

/* Numbers of this thread's origins become those of the books that stay. */
static enum rc join_visit(struct evidence_reader *reader, struct visit *v)
{
    struct book_map map = { NULL, NULL, NULL };
    struct evidence *into = reader->into;
    size_t at = 0;
    void *value;
    str key;

    if (v->has_books) {
        TRY(books_join(reader->books, &v->books, &map));
    }
    while (table_next(&v->evidence.whos, &at, &key, &value)) {
        const struct who *who = value;
        uint64_t origin = 0;
        str consumer = STR("");
        if (who->consumer.len > 0 && str_to_u64(who->consumer, &origin) == RC_OK) {
            int len = snprintf(v->origin, sizeof(v->origin), "%" PRIu32, map.origins[origin]);
            consumer = str_from(v->origin, len > 0 ? (size_t)len : 0);
        }
        who_join(into, who, consumer, &v->key);
    }
    evidence_join_rest(into, &v->evidence);
    return into->out_of_memory || v->key.err != RC_OK ? RC_NOMEM : RC_OK;
}

static enum rc visit_end(void *context, void *state)
{
    struct evidence_reader *reader = context;
    struct visit *v = state;
    enum rc rc;

    rc = join_visit(reader, v);
    evidence_done(&v->evidence);
    table_done(&v->events);
    arena_done(&v->scratch);
    buf_done(&v->key);
    if (v->has_books) {
        books_done(&v->books);
    }
    alloc_free(&heap, v, sizeof(*v));
    return rc;
}

struct trail_visitor evidence_visitor(struct evidence_reader *reader)
{
    return (struct trail_visitor){ visit_begin, visit_event, visit_end, reader };
}
