/* One event after the other into the evidence. */
#include "codec/arn.h"
#include "migrate/evidence_parts.h"
#include "migrate/tokens.h"

enum { CHILDREN_MAX = 256, SCRATCH_CHUNK = 64 << 10, SCRATCH_MAX = 64 << 20, KEY_MAX = 64 << 10 };

struct known_event {
    str name; /* "s3.amazonaws.com:GetObject" */
    struct map_answer answer;
};

struct visit { /* of one thread */
    struct evidence evidence;
    const struct evidence_options *options;
    struct table events; /* struct known_event: what the map says, asked once */
    struct arena scratch;
    struct extract extract;
    struct found_list found, also;
    buf key;
};

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
    str arn = is_user ? id->arn : id->issuer_arn, consumer = STR(""), account = id->account;
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
    if (v->options->consumer != NULL) {
        consumer = v->options->consumer(v->options->consumer_context, event);
        consumer = str_slice(consumer, 0, 256);
    }
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

/* -- what ------------------------------------------------------------------------------------------------ */

static const struct known_event *known_event(struct visit *v, const struct trail_event *event)
{
    char room[512];
    struct known_event *known;
    str key = str_from(room, event->source.len + 1 + event->name.len);

    if (key.len > sizeof(room)) {
        return NULL;
    }
    memcpy(room, event->source.ptr, event->source.len);
    room[event->source.len] = ':';
    memcpy(room + event->source.len + 1, event->name.ptr, event->name.len);
    known = table_get(&v->events, key);
    if (known != NULL) {
        return known;
    }
    known = NEW(&v->evidence.arena, struct known_event);
    if (known == NULL) {
        v->evidence.out_of_memory = true;
        return NULL;
    }
    known->name = arena_str(&v->evidence.arena, key);
    map_event(v->evidence.catalogue, event->source, event->name, &known->answer);
    if (known->name.ptr == NULL || table_set(&v->events, known->name, known, NULL) != RC_OK) {
        v->evidence.out_of_memory = true;
    }
    return known;
}

size_t child_at(str template, str arn)
{
    size_t own = 0, at, end, literals;
    str rest = template, front = STR("");

    while (str_find(rest, STR("${"), &at) && str_find_char(str_skip(rest, at), '}', &end)) {
        str name = str_slice(rest, at + 2, end - 2);
        if (!str_eq(name, STR("Partition")) && !str_eq(name, STR("Region")) &&
            !str_eq(name, STR("Account"))) {
            own++;
            front = str_slice(template, 0, (size_t)(rest.ptr - template.ptr) + at);
        }
        rest = str_skip(rest, at + end + 1);
    }
    if (own < 2) {
        return 0;
    }
    for (size_t i = 1; i < arn.len; i++) { /* the shortest front that fits */
        if (is_boundary(arn.ptr[i - 1]) && arn_is_of(front, str_slice(arn, 0, i), &literals)) {
            return i;
        }
    }
    return 0;
}

/* Objects, log streams, executions: endlessly many, so what varies in their names is cut here, and a
 * parent with too many of them stands for all. */
static str shaped(struct visit *v, struct who *who, const struct use *use)
{
    size_t at = child_at(use->template, use->arn), cut;
    str child = str_skip(use->arn, at), parent = str_slice(use->arn, 0, at), key;
    struct tally *tally;

    if (at == 0 || child.len == 0) {
        return use->arn;
    }
    cut = tokens_until_varying(child);
    if (cut < child.len) {
        return ARENA_JOIN(&v->scratch, parent, str_slice(child, 0, cut), STR("*"));
    }
    if (use_known(who, use, &v->key)) {
        return use->arn;
    }
    key = ARENA_JOIN(&v->scratch, use->action, STR("\n"), parent);
    tally = key.ptr == NULL ? NULL
                            : tally_add(&v->evidence, &who->shapes, key, STR(""), 1, INT64_MIN);
    return tally != NULL && tally->count > CHILDREN_MAX ? ARENA_JOIN(&v->scratch, parent, STR("*"))
                                                        : use->arn;
}

static str template_of(const struct catalogue *c, str action, str type, str *ret_service)
{
    struct catalogue_service service;
    struct catalogue_type row;
    str name = action, prefix;

    if (!take_until(&name, ':', &prefix) || !catalogue_service_find(c, prefix, &service)) {
        return STR("");
    }
    *ret_service = service.prefix;
    for (uint32_t i = 0; type.len > 0 && i < service.type_count; i++) {
        if (catalogue_type_at(c, service.first_type + i, &row) && str_eq(row.name, type)) {
            return row.arn;
        }
    }
    return STR("");
}

/* The rest of *use is filled in already. */
static void add_use(struct visit *v, struct who *who, const struct trail_event *event,
                    struct use *use)
{
    str seen = use->arn;

    use->template = template_of(v->evidence.catalogue, use->action, use->type, &use->service);
    use->arn = shaped(v, who, use);
    if (use->arn.ptr == NULL) {
        v->evidence.out_of_memory = true;
        return;
    }
    use->partial = use->partial && str_eq(seen, use->arn);
    use_at(use, event->time_s);
    use_add(&v->evidence, who, use, &v->key);
}

/* A call that a service makes for its caller is judged with the caller's permissions. */
static void via(struct visit *v, const struct trail_event *event, struct use *use)
{
    str by = event->who.invoked_by, service;

    if (use->key.len > 0 || by.ptr == NULL || !str_ends(by, STR(".amazonaws.com"))) {
        return;
    }
    if (str_starts(use->action, STR("kms:"))) {
        service = str_slice(by, 0, by.len - strlen(".amazonaws.com"));
        use->key = STR("kms:ViaService");
        use->value = ARENA_JOIN(&v->scratch, service, STR("."), event->region,
                                STR(".amazonaws.com"));
    } else {
        use->key = STR("aws:CalledVia");
        use->value = by;
    }
}

/* -- companions ----------------------------------------------------------------------------------------- */

static str condition_value(struct visit *v, str value)
{
    size_t at;

    return str_find(value, STR("${Region}"), &at)
               ? ARENA_JOIN(&v->scratch, str_slice(value, 0, at), v->extract.region,
                            str_skip(value, at + strlen("${Region}")))
               : value;
}

/* The template with its {paths} filled in from the request; absent when one is not there, or is no
 * resource of that kind. */
static str companion_arn(struct visit *v, const struct map_companion *row)
{
    const struct leaves *leaves = &v->extract.request;
    str rest = row->resource, out = STR(""), value[1];
    size_t at, end;
    bool bare = false;

    if (take_prefix(&rest, STR("response:"))) {
        leaves = &v->extract.response;
        bare = true;
    }
    bare = take_prefix(&rest, STR("secret:")) || bare;
    while (str_find_char(rest, '{', &at) && str_find_char(rest, '}', &end) && at < end) {
        if (at > 0 && rest.ptr[at - 1] == '$') { /* ${Partition}... */
            str name = str_slice(rest, at + 1, end - at - 1);
            str text = str_eq(name, STR("Partition")) ? v->extract.partition
                       : str_eq(name, STR("Region"))  ? v->extract.region
                                                      : v->extract.account;
            out = ARENA_JOIN(&v->scratch, out, str_slice(rest, 0, at - 1), text);
            rest = str_skip(rest, end + 1);
            continue;
        }
        if (leaves_at(leaves, str_slice(rest, at + 1, end - at - 1), value, 1) == 0 ||
            str_starts(value[0], STR("alias/")) ||
            str_find(value[0], STR(":alias/"), &(size_t){ 0 })) {
            return STR_NONE;
        }
        if (str_starts(value[0], STR("arn:"))) {
            return value[0];
        }
        out = ARENA_JOIN(&v->scratch, out, str_slice(rest, 0, at), value[0]);
        rest = str_skip(rest, end + 1);
    }
    return bare ? STR_NONE : ARENA_JOIN(&v->scratch, out, rest);
}

static bool is_there(const struct trail_event *event, str member)
{
    struct trail_value value;

    return event->request.ptr != NULL && trail_find(event, event->request, member, &value) &&
           value.type != VALUE_NULL && value.raw.len > 2;
}

static void add_same(struct visit *v, struct who *who, const struct trail_event *event,
                     const struct use *like)
{
    bool made = false;

    for (size_t i = 0; i < v->found.count; i++) {
        made = made || v->found.items[i].partial;
    }
    for (size_t i = 0; i < v->found.count; i++) {
        struct use use = *like;
        use.arn = v->found.items[i].arn;
        use.type = v->found.items[i].type;
        use.partial = v->found.items[i].partial;
        use.no_path = v->found.items[i].no_path;
        if (use.partial || !made) {
            add_use(v, who, event, &use);
        }
    }
}

/* The same event, asked about the other action. */
static void add_own(struct visit *v, struct who *who, const struct trail_event *event,
                    const struct use *like)
{
    struct map_target target = { like->action, like->certainty, STR("") };

    extract_resources(&v->extract, &target, &v->also);
    for (size_t i = 0; i < v->also.count; i++) {
        struct use use = *like;
        use.arn = v->also.items[i].arn;
        use.type = v->also.items[i].type;
        use.partial = v->also.items[i].partial;
        use.no_path = v->also.items[i].no_path;
        use.sibling = true;
        via(v, event, &use);
        add_use(v, who, event, &use);
    }
}

static str companion_type(str action)
{
    return str_eq(action, STR("iam:PassRole"))                    ? STR("role")
           : str_starts(action, STR("kms:"))                      ? STR("key")
           : str_starts(action, STR("s3:"))                       ? STR("object")
           : str_eq(action, STR("secretsmanager:GetSecretValue")) ? STR("Secret")
           : str_starts(action, STR("sts:"))                      ? STR("role")
                                                                  : STR("");
}

static void add_companions(struct visit *v, struct who *who, const struct trail_event *event,
                           const struct known_event *known, str action, bool failed)
{
    size_t count = 0;
    const struct map_companion *rows = map_companions_of(action, &count);

    for (size_t i = 0; i < count; i++) {
        struct use use = { .action = rows[i].also,
                           .certainty = rows[i].certainty,
                           .companion = true,
                           .failed = failed,
                           .event = known->name,
                           .key = STR(""),
                           .value = STR("") };
        if (str_eq(rows[i].key, STR("has"))) {
            if (!is_there(event, rows[i].value)) {
                continue;
            }
        } else {
            use.key = rows[i].key;
            use.value = condition_value(v, rows[i].value);
        }
        if (str_starts(rows[i].resource, STR("same:")) ||
            str_starts(rows[i].resource, STR("object:"))) {
            add_same(v, who, event, &use);
            continue;
        }
        if (str_eq(rows[i].resource, STR("star:"))) {
            use.arn = STR("*");
            use.type = STR("");
            use.sibling = true;
            add_use(v, who, event, &use);
            continue;
        }
        if (str_eq(rows[i].resource, STR("own:"))) {
            add_own(v, who, event, &use);
            continue;
        }
        use.arn = companion_arn(v, &rows[i]);
        use.type = companion_type(use.action);
        if (use.arn.ptr != NULL && use.arn.len > 0) {
            add_use(v, who, event, &use);
        }
    }
}

static void add_targets(struct visit *v, struct who *who, const struct trail_event *event,
                        const struct known_event *known, bool failed)
{
    for (size_t t = 0; t < known->answer.count; t++) {
        const struct map_target *target = &known->answer.targets[t];
        extract_resources(&v->extract, target, &v->found);
        for (size_t i = 0; i < v->found.count; i++) {
            struct use use = { .action = target->action,
                               .arn = v->found.items[i].arn,
                               .type = v->found.items[i].type,
                               .partial = v->found.items[i].partial,
                               .no_path = v->found.items[i].no_path,
                               .certainty = target->certainty,
                               .failed = failed,
                               .event = known->name,
                               .key = STR(""),
                               .value = STR("") };
            via(v, event, &use);
            add_use(v, who, event, &use);
        }
        add_companions(v, who, event, known, target->action, failed);
    }
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
    const struct known_event *known = known_event(v, event);
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
    if (outcome == OUTCOME_UNCLEAR) {
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
    add_targets(v, who, event, known, outcome == OUTCOME_ALLOWED_BUT_FAILED);
}

static enum rc visit_event(void *state, const struct trail_event *event)
{
    struct visit *v = state;
    struct who *who;

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
    *v = (struct visit){ .options = &reader->options, .key = buf_heap(KEY_MAX) };
    evidence_init(&v->evidence, reader->into->catalogue);
    table_init(&v->events, &heap, hash_key);
    arena_init(&v->scratch, &heap, SCRATCH_CHUNK, SCRATCH_MAX);
    return v;
}

static enum rc visit_end(void *context, void *state)
{
    struct evidence_reader *reader = context;
    struct visit *v = state;

    evidence_join(reader->into, &v->evidence);
    evidence_done(&v->evidence);
    table_done(&v->events);
    arena_done(&v->scratch);
    buf_done(&v->key);
    alloc_free(&heap, v, sizeof(*v));
    return reader->into->out_of_memory ? RC_NOMEM : RC_OK;
}

struct trail_visitor evidence_visitor(struct evidence_reader *reader)
{
    return (struct trail_visitor){ visit_begin, visit_event, visit_end, reader };
}
