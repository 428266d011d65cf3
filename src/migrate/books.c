#include <stdlib.h>

#include "migrate/books_inside.h"
#include "migrate/quick.h"

enum { DAY_S = 86400, BOOKS_CHUNK = 1 << 16 };
#define BOOKS_ARENA_MAX ((size_t)4 << 30)
#define TRAIL_BEGAN INT64_C(1383264000) /* 2013-11-01: no CloudTrail before */

void books_init(struct books *books, uint64_t seed, int64_t latest_s)
{
    *books = (struct books){
        .seed = seed, .latest_s = latest_s, .first_s = INT64_MAX, .last_s = INT64_MIN
    };
    arena_init(&books->arena, &heap, BOOKS_CHUNK, BOOKS_ARENA_MAX);
    intern_init(&books->strings, &books->arena, seed);
    intern_init(&books->regions, &books->arena, seed);
}

static void free_list(void *items, uint32_t room, size_t size)
{
    alloc_free(&heap, items, (size_t)room * size);
}
#define FREE_LIST(list) free_list((list).items, (list).room, sizeof(*(list).items))

void books_done(struct books *books)
{
    FREE_LIST(books->principals);
    FREE_LIST(books->credentials);
    FREE_LIST(books->agents);
    FREE_LIST(books->origins);
    FREE_LIST(books->uses);
    FREE_LIST(books->assumptions);
    FREE_LIST(books->session_uses);
    FREE_LIST(books->sessions);
    pairs_done(&books->principal_at);
    pairs_done(&books->credential_at);
    pairs_done(&books->agent_at);
    pairs_done(&books->origin_at);
    pairs_done(&books->use_at);
    pairs_done(&books->assumption_at);
    pairs_done(&books->session_use_at);
    pairs_done(&books->session_at);
    pairs_done(&books->route_at);
    FREE_LIST(books->caller_types);
    FREE_LIST(books->odd);
    pairs_done(&books->caller_type_at);
    pairs_done(&books->action_at);
    intern_done(&books->strings);
    intern_done(&books->regions);
    arena_done(&books->arena);
    *books = (struct books){ .seed = 0 };
}

void *book_add(void *items, uint32_t *count, uint32_t *room, size_t size)
{
    void **list = items;
    void *at;

    if (*count == *room) {
        uint32_t more = *room == 0 ? 16 : *room * 2;
        void *grown = *room >= UINT32_MAX / 4
                          ? NULL
                          : heap.resize(&heap, *list, *room * size, more * size);
        if (grown == NULL) {
            return NULL;
        }
        *list = grown;
        *room = more;
    }
    at = (char *)*list + *count * size;
    memset(at, 0, size);
    ++*count;
    return at;
}

/* Never 0, which pairs keep for themselves. */
uint64_t book_key(uint64_t a, uint64_t b)
{
    return quick_mix(a + 1, b + 1) | 1;
}

uint64_t book_key3(uint64_t a, uint64_t b, uint64_t c)
{
    return quick_mix(quick_mix(a + 1, b + 1), c + 1) | 1;
}

void books_action(const struct books *books, uint32_t action, str *ret_source, str *ret_name)
{
    str rest = intern_str(&books->strings, action);

    if (!take_until(&rest, '\n', ret_source)) {
        *ret_source = STR_NONE;
    }
    *ret_name = rest;
}

/* -- how it went --------------------------------------------------------------------------------- */

static bool holds(str text, const char *part)
{
    size_t at;

    return str_find(text, str_cstr(part), &at);
}

/* The spellings services use, and their prefixes and suffixes ("Client.UnauthorizedOperation"). */
static bool is_denial(const struct trail_event *event)
{
    static const char *const words[] = { "AccessDenied",       "Unauthorized", "NotAuthorized",
                                         "AuthorizationError", "Forbidden",    "AccessRefused" };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (holds(event->error_code, words[i])) {
            return true;
        }
    }
    return holds(event->error_message, "is not authorized to perform");
}

static void count_time(int64_t time_s, struct book_origin *origin)
{
    int64_t day = time_s / DAY_S, second = time_s % DAY_S;

    origin->first_s = time_s < origin->first_s ? time_s : origin->first_s;
    origin->last_s = time_s > origin->last_s ? time_s : origin->last_s;
    origin->hours[second / 3600]++;
    origin->weekdays[(day + 3) % 7]++; /* 1970 began on a Thursday */
    origin->days[day % BOOKS_DAYS / 64] |= UINT64_C(1) << day % 64;
}

static bool has_sound_time(const struct books *books, const struct trail_event *event)
{
    return event->time_s >= TRAIL_BEGAN && event->time_s <= books->latest_s;
}

static enum rc count_region(struct books *books, str region, struct book_origin *origin)
{
    uint32_t n = books->last_region;

    if (n >= books->regions.count || !str_eq(books->regions.items[n], region)) {
        n = intern_find(&books->regions, region);
    }
    if (n == INTERN_NONE && region.len > 0 && books->regions.count < BOOKS_REGIONS_MAX) {
        n = intern_add(&books->regions, region);
        if (n == INTERN_NONE) {
            return RC_NOMEM;
        }
    }
    books->last_region = n == INTERN_NONE ? books->last_region : n;
    origin->regions |= n == INTERN_NONE ? 0 : UINT64_C(1) << n;
    return RC_OK;
}

static enum rc count_origin(struct books *books, const struct trail_event *event,
                            const struct book_call *call, bool timed)
{
    struct book_origin *origin = &books->origins.items[call->origin];

    origin->calls++;
    origin->denied += call->denied;
    origin->failed += call->failed;
    origin->reads += event->read_only == FLAG_TRUE;
    origin->with_mfa += str_eq(event->who.mfa, STR("true"));
    origin->from_console += event->from_console == FLAG_TRUE;
    origin->forwarded += event->who.invoked_by.len > 0;
    if (timed) {
        count_time(event->time_s, origin);
    }
    return count_region(books, event->region, origin);
}

/* Made once for each pair of source and name. No service has longer ones. */
static uint32_t new_action(struct books *books, const struct trail_event *event)
{
    enum { SOURCE_MAX = 100, NAME_MAX_BYTES = 150 };
    str text = ARENA_JOIN(&books->arena, str_slice(event->source, 0, SOURCE_MAX), STR("\n"),
                          str_slice(event->name, 0, NAME_MAX_BYTES));

    return text.ptr == NULL ? INTERN_NONE : intern_add(&books->strings, text);
}

static uint32_t action_of(struct books *books, const struct trail_event *event)
{
    uint64_t source = quick_hash(books->seed, event->source);
    uint64_t key = book_key(source, quick_hash(books->seed + 1, event->name));
    struct pair *at = pairs_at(&books->action_at, key);

    if (at == NULL) {
        return INTERN_NONE;
    }
    if (UNLIKELY(at->value == 0)) {
        uint32_t action = new_action(books, event);
        if (action == INTERN_NONE) {
            return INTERN_NONE;
        }
        at->value = action + 1;
    }
    return at->value - 1;
}

static enum rc use_of(struct books *books, const struct book_call *call, uint32_t *ret)
{
    struct pair *at = pairs_at(&books->use_at, book_key(call->origin, call->action));
    struct book_use *use;

    if (at == NULL) {
        return RC_NOMEM;
    }
    if (at->value == 0) {
        use = BOOK_ADD(books->uses);
        if (use == NULL) {
            return RC_NOMEM;
        }
        *use = (struct book_use){ .origin = call->origin,
                                  .action = call->action,
                                  .first_s = INT64_MAX,
                                  .last_s = INT64_MIN,
                                  /* A thread reads in the order of the list. */
                                  .first = { call->event->path, call->event->file,
                                             call->event->offset } };
        at->value = books->uses.count;
    }
    *ret = at->value - 1;
    __builtin_prefetch(&books->uses.items[*ret], 1);
    return RC_OK;
}

static void count_use(struct book_use *use, const struct book_call *call, bool timed)
{
    int64_t time_s = call->event->time_s;

    use->calls++;
    use->denied += call->denied;
    use->failed += call->failed;
    use->data += str_eq(call->event->category, STR("Data")) ||
                 call->event->management_event == FLAG_FALSE;
    if (timed) {
        use->first_s = time_s < use->first_s ? time_s : use->first_s;
        use->last_s = time_s > use->last_s ? time_s : use->last_s;
    }
}

bool book_is_before(const struct book_place *a, const struct book_place *b)
{
    return a->file != b->file ? a->file < b->file : a->offset < b->offset;
}

/* -- what is odd --------------------------------------------------------------------------------- */

static enum rc count_odd(struct books *books, const struct trail_event *event, const char *what)
{
    struct book_odd *odd;

    if (what == NULL || books->odd.count >= BOOKS_ODD_MAX) {
        return RC_OK;
    }
    odd = BOOK_ADD(books->odd);
    if (odd == NULL) {
        return RC_NOMEM;
    }
    *odd = (struct book_odd){ event->path, event->offset, what };
    return RC_OK;
}

/* Of a call by nobody we know; NULL: that is as it should be. */
static const char *odd_caller(const struct trail_event *event)
{
    static const str others[] = { STR_INIT("AWSService"),      STR_INIT("AWSAccount"),
                                  STR_INIT("Directory"),       STR_INIT("IdentityCenterUser"),
                                  STR_INIT("WebIdentityUser"), STR_INIT("SAMLUser"),
                                  STR_INIT("Unknown") };
    static const str ours[] = { STR_INIT("IAMUser"), STR_INIT("AssumedRole"), STR_INIT("Root"),
                                STR_INIT("FederatedUser"), STR_INIT("Role") };
    str type = event->who.type;

    if (type.len == 0) {
        return event->who.invoked_by.len > 0
                   ? NULL
                   : "no userIdentity, or one without a type: its call is nobody's";
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (str_eq(type, others[i])) {
            return NULL;
        }
    }
    for (size_t i = 0; i < COUNT_OF(ours); i++) {
        if (str_eq(type, ours[i])) {
            return "a userIdentity that does not say who: its call is nobody's";
        }
    }
    return "a userIdentity of a type that is not known: its call is nobody's";
}

static int by_place(const void *a, const void *b)
{
    const struct book_odd *x = a, *y = b;
    int order = strcmp(x->path, y->path);

    return order != 0 ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

void books_tell_odd(struct books *books, struct trail_problems *problems)
{
    if (books->odd.count > 1) {
        qsort(books->odd.items, books->odd.count, sizeof(*books->odd.items), by_place);
    }
    for (uint32_t i = 0; i < books->odd.count; i++) {
        const struct book_odd *odd = &books->odd.items[i];
        trail_problem_add(problems, PROBLEM_RECORD, str_cstr(odd->path), odd->offset,
                          str_cstr(odd->what));
    }
}

/* -- one record ---------------------------------------------------------------------------------- */

static enum rc count_caller_type(struct books *books, str name)
{
    uint32_t n = intern_add(&books->strings, name.len == 0 ? STR("none") : name);
    struct pair *at = pairs_at(&books->caller_type_at, book_key(n, 0));
    struct book_tally *t;

    if (n == INTERN_NONE || at == NULL) {
        return RC_NOMEM;
    }
    if (at->value == 0) {
        t = BOOK_ADD(books->caller_types);
        if (t == NULL) {
            return RC_NOMEM;
        }
        *t = (struct book_tally){ n, 0 };
        at->value = books->caller_types.count;
    }
    books->caller_types.items[at->value - 1].count++;
    return RC_OK;
}

static void count_span(struct books *books, int64_t time_s)
{
    int64_t day = time_s / DAY_S;

    books->first_s = time_s < books->first_s ? time_s : books->first_s;
    books->last_s = time_s > books->last_s ? time_s : books->last_s;
    books->days[day % BOOKS_DAYS / 64] |= UINT64_C(1) << day % 64;
}

static enum rc count_call(struct books *books, struct book_call *call, bool timed)
{
    const struct trail_event *event = call->event;
    str key = event->who.access_key_id;
    uint32_t use;

    books->calls++;
    call->denied = event->error_code.len > 0 && is_denial(event);
    call->failed = event->error_code.len > 0 && !call->denied;
    call->action = action_of(books, event);
    if (call->action == INTERN_NONE) {
        return RC_NOMEM;
    }
    /* In this order, so that memory is on its way while something else is counted. */
    pairs_fetch(&books->use_at, book_key(call->origin, call->action));
    TRY(count_origin(books, event, call, timed));
    TRY(use_of(books, call, &use));
    if (key.len > 0 && book_is_session_key(key)) {
        TRY(book_session_call(books, key, call->origin));
    }
    count_use(&books->uses.items[use], call, timed);
    if (event->error_code.len == 0 && str_eq(event->source, STR("sts.amazonaws.com"))) {
        return book_session_made(books, event, call->origin);
    }
    return RC_OK;
}

/* A sign-in is no call, but tells that a person is behind the user. */
static enum rc count_sign_in(struct books *books, const struct trail_event *event, uint32_t origin,
                             bool timed)
{
    bool failed = str_eq(event_response(event, STR("ConsoleLogin")), STR("Failure"));
    struct book_origin *at = &books->origins.items[origin];

    books->sign_ins += !failed;
    books->failed_sign_ins += failed;
    if (failed) {
        return RC_OK;
    }
    at->from_console++;
    at->with_mfa += str_eq(trail_text_at(event, event->additional, STR("MFAUsed")), STR("Yes"));
    if (timed) {
        count_time(event->time_s, at);
    }
    return RC_OK;
}

enum rc books_add(struct books *books, const struct trail_event *event, bool *ret_is_call,
                  struct book_call *ret)
{
    enum principal_kind kind;
    str arn, id;
    bool timed = has_sound_time(books, event);
    bool is_call = event->type.len == 0 || str_eq(event->type, STR("AwsApiCall"));
    bool is_sign_in = str_eq(event->type, STR("AwsConsoleSignIn"));

    *ret_is_call = false;
    books->odd_times += !timed;
    if (timed) {
        count_span(books, event->time_s);
    } else if (event->time_s != INT64_MIN) {
        TRY(count_odd(books, event, "its time lies before CloudTrail began, or in the future"));
    }
    if (!is_call && !is_sign_in) {
        books->service_events++;
        return RC_OK;
    }
    if (!book_caller(&event->who, &kind, &arn, &id)) {
        books->service_calls += str_eq(event->who.type, STR("AWSService"));
        books->other_callers += !str_eq(event->who.type, STR("AWSService"));
        TRY(count_odd(books, event, is_call ? odd_caller(event) : NULL));
        return count_caller_type(books, event->who.type);
    }
    *ret = (struct book_call){ .event = event };
    TRY(book_route(books, event, kind, arn, id, &ret->origin));
    ret->principal =
        books->credentials.items[books->origins.items[ret->origin].credential].principal;
    if (is_sign_in) {
        return count_sign_in(books, event, ret->origin, timed);
    }
    *ret_is_call = true;
    return count_call(books, ret, timed);
}
