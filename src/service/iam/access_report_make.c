/* Making a report of last access: which services are in reach, then page by page whom the policies
 * hold for and what each of them used. A short snapshot and one small change for each page. */
#include "model/access_report.h"
#include "model/membership.h"
#include "model/service_use.h"
#include "service/iam/access_report.h"
#include "service/iam/reach.h"
#include "service/iam/report_job.h"

enum {
    MAKE_PAGE = 200,
};

struct member {
    struct entity entity;
    struct service_use *uses;
    size_t use_count;
};

struct making {
    struct report_job frame; /* lines: struct access_line by "service/action" */
    struct access_report report;
    struct entity entity;
    struct reach reach;
    struct member *members;
    size_t member_count;
};

/* --- adding up ---------------------------------------------------------------------------------- */

static enum rc line_of(struct making *m, str service, str action, struct access_line **ret)
{
    str key = ARENA_JOIN(&m->frame.scratch, service, STR("/"), action);
    struct access_line *line;

    if (key.ptr == NULL) {
        return RC_NOMEM;
    }
    line = table_get(&m->frame.lines, key);
    if (line == NULL) {
        line = NEW(&m->frame.arena, struct access_line);
        key = arena_str(&m->frame.arena, key);
        if (line == NULL || key.ptr == NULL) {
            return RC_NOMEM;
        }
        line->service = str_from(key.ptr, service.len);
        line->action = str_skip(key, service.len + 1);
        line->region = line->entity_id = STR("");
        TRY(table_set(&m->frame.lines, key, line, NULL));
    }
    *ret = line;
    return RC_OK;
}

static enum rc count_use(struct making *m, const struct entity *entity,
                         const struct service_use *use, str action)
{
    struct access_line *line = NULL;

    TRY(line_of(m, use->service, action, &line));
    if (use->used_s <= line->used_s) {
        return RC_OK;
    }
    line->used_s = use->used_s;
    line->region = arena_str(&m->frame.arena, use->region);
    line->entity_id = arena_str(&m->frame.arena, entity->id);
    return line->region.ptr == NULL || line->entity_id.ptr == NULL ? RC_NOMEM : RC_OK;
}

/* --- members ------------------------------------------------------------------------------------ */

/* Uses come sorted by service; the service's own last use is the latest of its actions. */
static enum rc add_uses(struct making *m, struct txn *txn, const struct member *member, str key)
{
    for (size_t i = 0; i < member->use_count;) {
        str service = member->uses[i].service;
        struct access_line *line = NULL;
        int64_t last_s = 0;
        for (; i < member->use_count && str_eq(member->uses[i].service, service); i++) {
            const struct service_use *use = &member->uses[i];
            last_s = use->used_s > last_s ? use->used_s : last_s;
            TRY(count_use(m, &member->entity, use, STR("")));
            if (use->action.len > 0) {
                TRY(count_use(m, &member->entity, use, use->action));
            }
        }
        TRY(line_of(m, service, STR(""), &line));
        line->entities++;
        TRY(access_report_add_use(txn, m->frame.id, service, last_s, key, member->entity.id));
    }
    return RC_OK;
}

/* On the writer's thread; this one waits. Who is there already came another way. */
static enum rc write_members(struct txn *txn, void *arg)
{
    struct making *m = arg;

    for (size_t i = 0; i < m->member_count; i++) {
        bool is_new = false;
        str key = STR_NONE;
        TRY(access_report_add_entity(txn, m->frame.id, &m->members[i].entity, &m->frame.scratch,
                                     &is_new, &key));
        if (is_new) {
            TRY(add_uses(m, txn, &m->members[i], key));
        }
    }
    return RC_OK;
}

static enum rc read_uses(struct making *m, struct txn *txn, const struct entity *entities,
                         size_t count)
{
    m->members = NEW_ARRAY(&m->frame.scratch, count, struct member);
    m->member_count = count;
    if (m->members == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        m->members[i].entity = entities[i];
        TRY(service_use_list(txn, entities[i].id, &m->frame.scratch, &m->members[i].uses,
                             &m->members[i].use_count));
    }
    return RC_OK;
}

/* Where members come from: users of a group, or what of a kind a policy is attached to. */
struct source {
    str group_id, policy_id; /* one of them */
    enum entity_kind kind;
    struct source *next;
};

static enum rc read_page(struct making *m, const struct source *source, struct page *page,
                         struct entity **ret, size_t *ret_count)
{
    struct txn *txn = NULL;
    enum rc rc;

    page->truncated = false;
    page->max = MAKE_PAGE;
    TRY(reader_begin(m->frame.reader, &txn));
    rc = source->group_id.ptr != NULL
             ? membership_users(txn, source->group_id, page, &m->frame.scratch, ret, ret_count)
             : policy_entities(txn, source->policy_id, USAGE_ATTACHED, m->frame.job->account,
                               source->kind, page, &m->frame.scratch, ret, ret_count);
    if (rc == RC_OK && source->kind != ENTITY_GROUP) {
        rc = read_uses(m, txn, *ret, *ret_count);
    }
    reader_end(m->frame.reader);
    return rc;
}

/* Where the next page begins, kept past the memory of this one. */
static enum rc keep_marker(struct page *page, char *room, size_t room_size)
{
    if (!page->truncated) {
        return RC_OK;
    }
    if (page->next_marker.len > room_size) {
        return RC_LIMIT;
    }
    memcpy(room, page->next_marker.ptr, page->next_marker.len);
    page->marker = str_from(room, page->next_marker.len);
    return RC_OK;
}

static enum rc add_source(struct making *m, const struct source *source)
{
    struct page page = { 0 };
    char marker[256];

    do {
        struct entity *entities = NULL;
        size_t count = 0;
        TRY(read_page(m, source, &page, &entities, &count));
        TRY(store_write(m->frame.job->store, write_members, m));
        TRY(keep_marker(&page, marker, sizeof(marker)));
        arena_reset(&m->frame.scratch);
    } while (page.truncated);
    return RC_OK;
}

/* The groups a policy is attached to, as sources. */
static enum rc find_groups(struct making *m, struct source **ret)
{
    const struct source groups = { .policy_id = m->entity.id, .kind = ENTITY_GROUP };
    struct page page = { 0 };
    char marker[256];

    do {
        struct entity *entities = NULL;
        size_t count = 0;
        TRY(read_page(m, &groups, &page, &entities, &count));
        for (size_t i = 0; i < count; i++) {
            struct source *source = NEW(&m->frame.arena, struct source);
            if (source == NULL) {
                return RC_NOMEM;
            }
            *source = (struct source){ .group_id = arena_str(&m->frame.arena, entities[i].id),
                                       .kind = ENTITY_USER,
                                       .next = *ret };
            if (source->group_id.ptr == NULL) {
                return RC_NOMEM;
            }
            *ret = source;
        }
        TRY(keep_marker(&page, marker, sizeof(marker)));
        arena_reset(&m->frame.scratch);
    } while (page.truncated);
    return RC_OK;
}

/* A user or role himself. */
static enum rc add_self(struct making *m)
{
    struct txn *txn = NULL;
    enum rc rc;

    TRY(reader_begin(m->frame.reader, &txn));
    rc = read_uses(m, txn, &m->entity, 1);
    reader_end(m->frame.reader);
    TRY(rc);
    TRY(store_write(m->frame.job->store, write_members, m));
    arena_reset(&m->frame.scratch);
    return RC_OK;
}

static enum rc add_members(struct making *m)
{
    static const enum entity_kind kinds[] = { ENTITY_USER, ENTITY_ROLE };
    struct source *groups = NULL;

    if (m->entity.kind == ENTITY_GROUP) {
        return add_source(m, &(struct source){ .group_id = m->entity.id, .kind = ENTITY_USER });
    }
    if (m->entity.kind != ENTITY_POLICY) {
        return add_self(m);
    }
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        TRY(add_source(m, &(struct source){ .policy_id = m->entity.id, .kind = kinds[i] }));
    }
    TRY(find_groups(m, &groups));
    for (; groups != NULL; groups = groups->next) {
        TRY(add_source(m, groups));
    }
    return RC_OK;
}

/* --- the whole ---------------------------------------------------------------------------------- */

/* Comes after the change that asked for the report: without it there is nothing to do. */
static enum rc read_report(struct txn *txn, void *arg)
{
    struct making *m = arg;

    TRY(access_report_sweep(txn, env_now_s(m->frame.job->env), &m->frame.scratch));
    return access_report_get(txn, m->frame.id, &m->frame.arena, &m->report);
}

static enum rc find_reach(struct making *m)
{
    struct given_policy *policies = NULL;
    struct txn *txn = NULL;
    size_t count = 0;
    enum rc rc;

    TRY(reach_init(&m->reach, &m->frame.arena));
    TRY(reader_begin(m->frame.reader, &txn));
    rc = entity_by_id(txn, m->report.entity_id, &m->frame.arena, &m->entity);
    if (rc == RC_OK) {
        rc = policies_given(txn, &m->entity, &m->frame.scratch, &policies, &count);
    }
    reader_end(m->frame.reader);
    TRY(rc);
    for (size_t i = 0; i < count; i++) {
        TRY(reach_add(&m->reach, policies[i].document, &m->frame.scratch));
    }
    arena_reset(&m->frame.scratch);
    return RC_OK;
}

static enum rc write_service(struct making *m, struct txn *txn,
                             const struct catalogue_service *service)
{
    struct access_line *found = NULL, line;

    TRY(line_of(m, service->prefix, STR(""), &found));
    line = *found;
    line.name = service->name;
    return access_report_add_line(txn, m->frame.id, &line);
}

static enum rc write_actions(struct making *m, struct txn *txn)
{
    size_t at = 0;
    void *value;
    str key;

    while (table_next(&m->frame.lines, &at, &key, &value)) {
        struct access_line line = *(struct access_line *)value;
        line.name = STR("");
        if (line.action.len > 0 && reach_has(&m->reach, line.service)) {
            TRY(access_report_add_line(txn, m->frame.id, &line));
        }
    }
    return RC_OK;
}

static enum rc write_lines(struct txn *txn, void *arg)
{
    struct making *m = arg;
    struct catalogue_service service;

    if (m->report.action_level) {
        TRY(write_actions(m, txn));
    }
    for (uint32_t i = 0; i < m->reach.count; i++) {
        if (m->reach.services[i] && catalogue_service_at(&m->reach.catalogue, i, &service)) {
            TRY(write_service(m, txn, &service));
        }
    }
    return access_report_finish(txn, m->frame.id, env_now_s(m->frame.job->env), false);
}

static enum rc make_all(void *arg)
{
    struct making *m = arg;

    TRY(store_write(m->frame.job->store, read_report, m));
    arena_reset(&m->frame.scratch);
    TRY(find_reach(m));
    TRY(add_members(m));
    return store_write(m->frame.job->store, write_lines, m);
}

void access_report_make(struct rq_job *job)
{
    struct making m = { 0 };

    report_job_run(&m.frame, job, "access_report.failed", make_all, &m);
}
