/* What one event takes: permissions on resources, and what the call needs besides. */
#include "migrate/evidence_visit.h"
#include "migrate/tokens.h"

enum { CHILDREN_MAX = 256 };

/* -- what ------------------------------------------------------------------------------------------------ */

const struct known_event *visit_known_event(struct visit *v, const struct trail_event *event)
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

/* "Orders <noreply@example.com>" */
static str in_brackets(str value)
{
    size_t at;

    return str_ends(value, STR(">")) && str_find_char(value, '<', &at)
               ? str_slice(value, at + 1, value.len - at - 2)
               : value;
}

/* "profile:{path}": roles are handed over by the name of a profile. Which role is in it is not in the
 * event; generalise.c finds out. */
static str profile_arn(struct visit *v, str path)
{
    str value[1];

    if (leaves_at(&v->extract.request, path, value, 1) == 0) {
        return STR_NONE;
    }
    return str_starts(value[0], STR("arn:"))
               ? value[0]
               : ARENA_JOIN(&v->scratch, STR("arn:"), v->extract.partition, STR(":iam::"),
                            v->extract.account, STR(":instance-profile/"), value[0]);
}

/* The template with its {paths} filled in from the request; absent when one is not there, or is no
 * resource of that kind. */
static str companion_arn(struct visit *v, const struct map_companion *row)
{
    const struct leaves *leaves = &v->extract.request;
    str rest = row->resource, out = STR(""), value[1];
    size_t at, end;
    bool bare = false;

    if (take_prefix(&rest, STR("profile:{"))) {
        return profile_arn(v, str_slice(rest, 0, rest.len - 1));
    }
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
        out = ARENA_JOIN(&v->scratch, out, str_slice(rest, 0, at), in_brackets(value[0]));
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
        if (str_eq(rows[i].resource, STR("sse:"))) { /* whichever key the bucket has */
            use.arn = ARENA_JOIN(&v->scratch, STR("arn:"), v->extract.partition, STR(":kms:"),
                                 v->extract.region, STR(":"), v->extract.account, STR(":key/*"));
            use.type = STR("key");
            use.partial = true;
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

void visit_add_targets(struct visit *v, struct who *who, const struct trail_event *event,
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
