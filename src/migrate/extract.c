#include "migrate/extract.h"

#include "migrate/take.h"

enum { VARIABLES_MAX = 8, VALUES_MAX = 64, TYPES_MAX = 160 };

/* -- templates ------------------------------------------------------------------------------------ */

/* The next piece of "arn:${Partition}:s3:::${BucketName}": literal text, or a variable's name. */
static bool take_piece(str *rest, str *ret_piece, bool *ret_variable)
{
    size_t at;

    if (rest->len == 0) {
        return false;
    }
    *ret_variable = str_starts(*rest, STR("${")) && str_find_char(*rest, '}', &at);
    if (*ret_variable) {
        *ret_piece = str_slice(*rest, 2, at - 2);
        *rest = str_skip(*rest, at + 1);
        return true;
    }
    at = rest->len;
    (void)str_find(*rest, STR("${"), &at);
    *ret_piece = str_slice(*rest, 0, at);
    *rest = str_skip(*rest, at);
    return true;
}

/* A variable ends before ':' or '/', but the last one takes what is left, and one with ':' behind it takes
 * slashes: names of log groups. */
static size_t variable_span(str text, str rest, str name)
{
    size_t span = 0;

    if (rest.len == 0) {
        bool flat = str_eq(name, STR("BucketName"));
        while (flat && span < text.len && text.ptr[span] != '/') {
            span++;
        }
        return flat ? span : text.len;
    }
    while (span < text.len && text.ptr[span] != ':' &&
           (text.ptr[span] != '/' || rest.ptr[0] == ':') &&
           !str_starts(str_skip(text, span), str_slice(rest, 0, 1))) {
        span++;
    }
    return span;
}

bool arn_is_of(str template, str text, size_t *ret_literals)
{
    str rest = template, piece;
    size_t literals = 0;
    bool variable;

    while (take_piece(&rest, &piece, &variable)) {
        size_t span = variable ? variable_span(text, rest, piece) : piece.len;
        bool may_be_empty = str_eq(piece, STR("Region")) || str_eq(piece, STR("Account"));
        if (variable ? span == 0 && !may_be_empty : !str_starts(text, piece)) {
            return false;
        }
        literals += variable ? 0 : span;
        text = str_skip(text, span);
    }
    *ret_literals = literals;
    return text.len == 0;
}

static bool is_given(str variable)
{
    return str_eq(variable, STR("Partition")) || str_eq(variable, STR("Region")) ||
           str_eq(variable, STR("Account"));
}

/* Whether the template has one variable of its own: then what is called like the type means it. */
static bool is_alone(str template)
{
    str piece;
    size_t own = 0;
    bool variable;

    while (take_piece(&template, &piece, &variable)) {
        own += variable && !is_given(piece);
    }
    return own < 2;
}

size_t arn_parent(str template, str arn, size_t *ret_end)
{
    str rest = template, text = arn, piece;
    size_t first = 0;
    bool variable;

    while (take_piece(&rest, &piece, &variable)) {
        size_t span = variable ? variable_span(text, rest, piece) : piece.len;
        if (variable ? false : !str_starts(text, piece)) {
            return 0;
        }
        if (variable && !is_given(piece)) {
            first = (size_t)(text.ptr - arn.ptr);
            *ret_end = first + span;
            return is_alone(template) || span == 0 || first + span == arn.len ? 0 : first;
        }
        text = str_skip(text, span);
    }
    return 0;
}

/* -- one action's search --------------------------------------------------------------------------- */

struct search {
    struct extract *x;
    const struct map_target *target;
    str service; /* its prefix */
    struct catalogue_action action;
    struct found_list *out;
    struct catalogue_type types[TYPES_MAX];
    bool has[TYPES_MAX];      /* something of the type was found */
    str partial[TYPES_MAX];   /* the template with '*' for what is missing; absent: nothing known */
    bool constant[TYPES_MAX]; /* the template has nothing that could be named */
    size_t type_count;
};

static void add(struct search *s, size_t type, str arn, bool partial, bool no_path)
{
    struct found_list *out = s->out;

    if (arn.ptr == NULL) {
        return;
    }
    for (size_t i = 0; i < out->count; i++) {
        if (str_eq(out->items[i].arn, arn)) {
            return;
        }
    }
    if (out->count == FOUND_MAX) {
        out->more = true;
        return;
    }
    out->items[out->count++] = (struct found){ arn,
                                               type < s->type_count ? s->types[type].name : STR(""),
                                               partial, no_path };
    if (type < s->type_count) {
        s->has[type] = s->has[type] || !partial;
    }
}

/* The type of the action whose template fits best; type_count: none. */
static size_t type_of_arn(const struct search *s, str arn)
{
    size_t best = s->type_count, most = 0, literals = 0;

    for (size_t i = 0; i < s->type_count; i++) {
        if (arn_is_of(s->types[i].arn, arn, &literals) &&
            (best == s->type_count || literals > most)) {
            best = i;
            most = literals;
        }
    }
    return best;
}

static void take_event_arns(struct search *s)
{
    for (size_t i = 0; i < s->x->arn_count; i++) {
        size_t type = type_of_arn(s, s->x->arns[i]);
        if (type < s->type_count) {
            add(s, type, s->x->arns[i], false, false);
        }
    }
}

/* Does the member look like one that names a resource? */
static bool names_resource(str name)
{
    static const str ends[] = { STR_INIT("arn"),      STR_INIT("arns"), STR_INIT("id"),
                                STR_INIT("ids"),      STR_INIT("name"), STR_INIT("identifier"),
                                STR_INIT("resource"), STR_INIT("list") };

    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        if (name.len >= ends[i].len &&
            str_eq_nocase(str_skip(name, name.len - ends[i].len), ends[i])) {
            return true;
        }
    }
    return false;
}

static void take_request_arns(struct search *s, const bool *settled)
{
    for (size_t i = 0; i < s->x->request.count; i++) {
        const struct leaf *leaf = &s->x->request.items[i];
        size_t type;
        if (!str_starts(leaf->value, STR("arn:")) || !names_resource(leaf->name)) {
            continue;
        }
        type = type_of_arn(s, leaf->value);
        if (type < s->type_count && !settled[type]) {
            add(s, type, leaf->value, false, false);
        }
    }
}

static void take_ids(struct search *s, const bool *settled)
{
    for (size_t i = 0; i < s->x->request.count; i++) {
        const struct map_id *id = map_id_of(s->x->request.items[i].value);
        for (size_t t = 0; id != NULL && t < s->type_count; t++) {
            str rest = s->types[t].arn;
            size_t at;
            if (str_eq(s->types[t].name, id->type) && !settled[t] &&
                str_find(s->types[t].arn, STR(":ec2:"), &at)) {
                add(s, t, take_template(s->x, rest, s->x->request.items[i].value), false, false);
            }
        }
    }
}

/* -- by the names of the variables ------------------------------------------------------------------ */

struct values {
    str items[VALUES_MAX];
    size_t count;
    bool no_path;
};

static void take_rows(const struct search *s, const struct map_path *paths, size_t count,
                      struct values *ret)
{
    str room[VALUES_MAX];

    for (size_t i = 0; i < count && ret->count == 0; i++) {
        size_t n = leaves_at(&s->x->request, paths[i].path, room, VALUES_MAX);
        for (size_t j = 0; j < n; j++) {
            bool no_path = false;
            str value = take_value(s->x, paths[i].take, room[j], &no_path);
            if (value.ptr != NULL && value.len > 0) {
                ret->items[ret->count++] = value;
                ret->no_path = ret->no_path || no_path;
            }
        }
        if (n == 0 && paths[i].fallback.len > 0) {
            ret->items[ret->count++] = paths[i].fallback;
        }
    }
}

/* An ARN is no part of a name: it is taken as it stands, where it is of a type of the action, or not at
 * all. */
static void drop_foreign(const struct search *s, bool alone, struct values *values)
{
    size_t kept = 0;

    for (size_t i = 0; i < values->count; i++) {
        if (!str_starts(values->items[i], STR("arn:")) ||
            (alone && type_of_arn(s, values->items[i]) < s->type_count)) {
            values->items[kept++] = values->items[i];
        }
    }
    values->count = kept;
}

static void values_of(const struct search *s, const struct catalogue_type *type, str variable,
                      struct values *ret)
{
    const struct map_path *paths = NULL;
    bool alone = is_alone(type->arn);
    size_t count = 0;

    ret->count = 0;
    ret->no_path = false;
    if (s->target->hint.len > 0) {
        paths = map_hint_paths(s->target->hint, variable, &count);
    }
    if (paths == NULL) {
        paths = map_variable_paths(s->service, type->name, variable, &count);
    }
    if (paths != NULL) {
        take_rows(s, paths, count, ret);
    } else {
        ret->count = take_similar(s->x, type->name, variable, alone, ret->items, VALUES_MAX);
    }
    drop_foreign(s, alone, ret);
}

/* Fills a template: every value of its last variable with the first of those before. */
static void fill(struct search *s, size_t t)
{
    const struct catalogue_type *type = &s->types[t];
    struct values last = { .count = 0 };
    str rest = type->arn, piece, filled = STR(""), tail = STR("");
    size_t missing = 0, named = 0;
    bool variable, have_last = false;

    while (take_piece(&rest, &piece, &variable)) {
        if (!variable || is_given(piece)) {
            str text = !variable                         ? piece
                       : str_eq(piece, STR("Partition")) ? s->x->partition
                       : str_eq(piece, STR("Region"))    ? s->x->region
                                                         : s->x->account;
            *(have_last ? &tail : &filled) = ARENA_JOIN(s->x->arena, have_last ? tail : filled,
                                                        text);
            continue;
        }
        if (have_last) { /* the one before was not the last after all */
            filled = ARENA_JOIN(s->x->arena, filled, last.count > 0 ? last.items[0] : STR("*"),
                                tail);
            tail = STR("");
        }
        values_of(s, type, piece, &last);
        have_last = true;
        missing += last.count == 0;
        named += last.count > 0;
    }
    if (missing == 0 && last.count > 0) {
        for (size_t i = 0; i < last.count; i++) {
            bool given = str_starts(last.items[i], STR("arn:"));
            str arn = given ? last.items[i] : ARENA_JOIN(s->x->arena, filled, last.items[i], tail);
            add(s, t, arn, false, last.no_path && !given);
        }
    } else if (named > 0 || !have_last) {
        s->constant[t] = !have_last;
        s->partial[t] = ARENA_JOIN(s->x->arena, filled,
                                   !have_last       ? STR("")
                                   : last.count > 0 ? last.items[0]
                                                    : STR("*"),
                                   tail);
    }
}

/* -- what is not named ------------------------------------------------------------------------------ */

static bool any(const struct search *s)
{
    for (size_t i = 0; i < s->type_count; i++) {
        if (s->has[i]) {
            return true;
        }
    }
    return false;
}

static void add_everything(struct search *s, size_t t)
{
    str arn = s->partial[t].ptr != NULL ? s->partial[t]
                                        : take_template(s->x, s->types[t].arn, STR("*"));

    add(s, t, arn, true, false);
}

/* Types the action needs besides those found: what a call makes has no name yet. Reading and tagging
 * list the types they may be asked about instead. */
static void add_required(struct search *s, bool found)
{
    bool alternatives = s->action.level != ACCESS_WRITE && s->action.level != ACCESS_PERMISSIONS;

    for (size_t i = 0; i < s->type_count; i++) {
        bool partly = s->partial[i].ptr != NULL && !s->constant[i];
        if (!s->has[i] && s->types[i].required && (!found || !alternatives || partly)) {
            add_everything(s, i);
        }
    }
}

enum { OPTIONAL_LISTED = 3 };

static bool reads(const struct search *s)
{
    return s->action.level == ACCESS_LIST || s->action.level == ACCESS_READ;
}

static void add_unnamed(struct search *s)
{
    size_t before = s->out->count;

    add_required(s, false);
    if (s->out->count > before) {
        return;
    }
    for (size_t i = 0; i < s->type_count; i++) {
        if (s->partial[i].ptr != NULL) {
            add(s, i, s->partial[i], true, false);
        }
    }
    if (s->out->count > before) {
        return;
    }
    if (reads(s)) { /* of nothing in particular: decided on everything */
        s->out->items[s->out->count++] = (struct found){ STR("*"), STR(""), true, false };
        return;
    }
    if (s->type_count <= OPTIONAL_LISTED) {
        for (size_t i = 0; i < s->type_count; i++) {
            add_everything(s, i);
        }
        return;
    }
    add(s, s->type_count, /* any resource of the service */
        ARENA_JOIN(s->x->arena, STR("arn:"), s->x->partition, STR(":"), s->service, STR(":"),
                   s->x->region, STR(":"), s->x->account, STR(":*")),
        true, false);
}

/* API Gateway's actions are verbs: what a call is about stands in its name. GetRestApi is about a
 * RestApi, CreateDeployment posts to Deployments. */
static bool is_about(const struct search *s, str type)
{
    str event = s->x->event->name, rest;
    bool verb = str_starts(s->target->action, STR("apigateway:")) && s->target->action.len > 13 &&
                s->target->action.ptr[12] >= 'A' && s->target->action.ptr[12] <= 'Z';
    size_t at = 1;

    if (!verb) {
        return true;
    }
    while (at < event.len && !(event.ptr[at] >= 'A' && event.ptr[at] <= 'Z')) {
        at++;
    }
    rest = str_skip(event, at);
    return str_eq(type, rest) ||
           (type.len == rest.len + 1 && str_starts(type, rest) && str_ends(type, STR("s")) &&
            s->action.level == ACCESS_WRITE && !str_ends(s->target->action, STR("PATCH")));
}

/* Some types have several templates, with commas between. */
static void add_types(struct search *s, const struct catalogue_type *type)
{
    str rest = type->arn;
    size_t at;

    while (rest.len > 0 && s->type_count < TYPES_MAX) {
        bool more = str_find(rest, STR(", arn:"), &at);
        s->types[s->type_count] = *type;
        s->types[s->type_count++].arn = more ? str_slice(rest, 0, at) : rest;
        rest = more ? str_skip(rest, at + 2) : STR("");
    }
}

static bool search_begin(struct search *s, struct extract *x, const struct map_target *target,
                         struct found_list *out)
{
    struct catalogue_service service;
    str name = target->action, prefix;

    *s = (struct search){ .x = x, .target = target, .out = out };
    if (!take_until(&name, ':', &prefix) ||
        !catalogue_service_find(x->catalogue, prefix, &service) ||
        !catalogue_action_find(x->catalogue, &service, name, &s->action)) {
        return false;
    }
    s->service = service.prefix;
    for (uint32_t i = 0; i < s->action.types.count; i++) {
        struct catalogue_type type;
        if (catalogue_type_of(x->catalogue, &s->action, i, &type) && is_about(s, type.name)) {
            add_types(s, &type);
        }
    }
    return true;
}

void extract_resources(struct extract *x, const struct map_target *target, struct found_list *ret)
{
    struct search s;
    bool settled[TYPES_MAX] = { false };

    ret->count = 0;
    ret->more = false;
    if (!search_begin(&s, x, target, ret) || s.action.types.count == 0) {
        ret->items[ret->count++] = (struct found){ STR("*"), STR(""), false, false };
        return;
    }
    if (target->hint.len == 0) {
        take_event_arns(&s);
        memcpy(settled, s.has, sizeof(settled));
        take_request_arns(&s, settled);
        take_ids(&s, settled);
    }
    for (size_t i = 0; i < s.type_count; i++) {
        if (!s.has[i]) {
            fill(&s, i);
        }
    }
    if (any(&s)) {
        add_required(&s, true);
    } else if (map_is_whole(target->action)) {
        ret->items[ret->count++] = (struct found){ STR("*"), STR(""), true, false };
    } else {
        add_unnamed(&s);
    }
}
