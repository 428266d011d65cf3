#include "model/access_report.h"

#include "store/queries.h"

enum { SWEEP_JOBS = 4, SWEEP_ROWS = 1000 };

enum rc access_report_get(struct txn *txn, str job_id, struct arena *arena,
                          struct access_report *ret)
{
    struct q_access_report_get_row row;

    TRY(q_access_report_get(txn, job_id, arena, &row));
    *ret = (struct access_report){ .job_id = job_id,
                                   .account = row.account,
                                   .owner_id = row.owner_id,
                                   .entity_id = row.entity_id,
                                   .action_level = row.action_level != 0,
                                   .created_s = row.created_s,
                                   .completed_s = row.completed_s,
                                   .failed = row.failed != 0 };
    return RC_OK;
}

enum rc access_report_insert(struct txn *txn, const struct access_report *report)
{
    return q_access_report_insert(txn, report->job_id, report->account, report->owner_id,
                                  report->entity_id, report->action_level ? 1 : 0,
                                  report->created_s);
}

enum rc access_report_finish(struct txn *txn, str job_id, int64_t now_s, bool failed)
{
    return q_access_report_finish(txn, now_s, failed ? 1 : 0, job_id);
}

enum rc access_report_sweep(struct txn *txn, int64_t now_s, struct arena *arena)
{
    struct q_access_report_old_row *old = NULL;
    size_t count = 0;

    TRY(q_access_report_old(txn, now_s - ACCESS_REPORT_KEPT_S, SWEEP_JOBS, arena, &old, &count));
    for (size_t i = 0; i < count; i++) {
        int64_t lines = 0, entities = 0, uses = 0;
        TRY(q_access_report_service_clear(txn, old[i].job_id, SWEEP_ROWS, &lines));
        TRY(q_access_report_entity_clear(txn, old[i].job_id, SWEEP_ROWS, &entities));
        TRY(q_access_report_use_clear(txn, old[i].job_id, SWEEP_ROWS, &uses));
        if (lines < SWEEP_ROWS && entities < SWEEP_ROWS && uses < SWEEP_ROWS) {
            TRY(q_access_report_delete(txn, old[i].job_id));
        }
    }
    return RC_OK;
}

/* --- lines -------------------------------------------------------------------------------------- */

enum rc access_report_add_line(struct txn *txn, str job_id, const struct access_line *line)
{
    return q_access_report_service_add(txn, job_id, line->service, line->action, line->name,
                                       line->used_s, line->entity_id, line->region, line->entities);
}

enum rc access_report_services(struct txn *txn, str job_id, str after, size_t max,
                               struct arena *arena, struct access_line **ret, size_t *ret_count)
{
    struct q_access_report_service_page_row *rows = NULL;
    size_t count = 0;

    TRY(q_access_report_service_page(txn, job_id, after, (int64_t)max, arena, &rows, &count));
    struct access_line *lines = NEW_ARRAY(arena, count, struct access_line);
    if (lines == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        lines[i] = (struct access_line){ .service = rows[i].service,
                                         .name = rows[i].name,
                                         .used_s = rows[i].used_s,
                                         .entity_id = rows[i].entity_id,
                                         .region = rows[i].region,
                                         .entities = rows[i].entities };
    }
    *ret = lines;
    *ret_count = count;
    return RC_OK;
}

enum rc access_report_has_service(struct txn *txn, str job_id, str service, struct arena *arena)
{
    struct q_access_report_service_get_row row;

    return q_access_report_service_get(txn, job_id, service, arena, &row);
}

enum rc access_report_actions(struct txn *txn, str job_id, str service, struct arena *arena,
                              struct access_line **ret, size_t *ret_count)
{
    struct q_access_report_actions_row *rows = NULL;
    size_t count = 0;

    TRY(q_access_report_actions(txn, job_id, service, arena, &rows, &count));
    struct access_line *lines = NEW_ARRAY(arena, count, struct access_line);
    if (lines == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        lines[i] = (struct access_line){ .service = service,
                                         .action = rows[i].action,
                                         .used_s = rows[i].used_s,
                                         .entity_id = rows[i].entity_id,
                                         .region = rows[i].region };
    }
    *ret = lines;
    *ret_count = count;
    return RC_OK;
}

/* --- entities ----------------------------------------------------------------------------------- */

enum rc access_report_add_entity(struct txn *txn, str job_id, const struct entity *entity,
                                 struct arena *arena, bool *ret_new, str *ret_key)
{
    str name = name_fold(entity->name, arena);
    str key = arena_printf(arena, "%d%.*s", (int)entity->kind, FMT(name));
    int64_t rows = 0;

    if (name.ptr == NULL || key.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(q_access_report_entity_add(txn, job_id, key, entity->id, &rows));
    *ret_new = rows > 0;
    *ret_key = key;
    return RC_OK;
}

enum rc access_report_add_use(struct txn *txn, str job_id, str service, int64_t used_s,
                              str entity_key, str entity_id)
{
    return q_access_report_use_add(txn, job_id, service, used_s, entity_key, entity_id);
}

struct listing {
    struct txn *txn;
    str job_id, service;
    size_t max;
    struct arena *arena;
    struct access_entity *found;
    size_t count;
    str next; /* marker */
};

/* "uSECONDS KEY": behind that place among those who used it. */
static enum rc list_users(struct listing *l, str marker)
{
    struct q_access_report_use_page_row *rows = NULL;
    uint64_t used_s = INT64_MAX;
    str key = STR(""), digits;
    size_t count = 0;

    if (marker.len > 0) {
        if (!take_until(&marker, ' ', &digits) || str_to_u64(digits, &used_s) != RC_OK ||
            used_s > INT64_MAX) {
            return RC_SYNTAX;
        }
        key = marker;
    }
    TRY(q_access_report_use_page(l->txn, l->job_id, l->service, (int64_t)used_s, key,
                                 (int64_t)l->max + 1, l->arena, &rows, &count));
    for (size_t i = 0; i < count && l->count < l->max; i++) {
        l->found[l->count++] = (struct access_entity){ rows[i].entity_id, rows[i].used_s };
    }
    if (count <= l->max) {
        l->next = STR("n");
        return RC_OK;
    }
    l->next = arena_printf(l->arena, "u%lld %.*s", (long long)rows[l->max - 1].used_s,
                           FMT(rows[l->max - 1].entity_key));
    return l->next.ptr == NULL ? RC_NOMEM : RC_OK;
}

/* "nKEY": behind that one among all; those who used it were listed before. */
static enum rc list_others(struct listing *l, str key)
{
    struct q_access_report_entity_page_row *rows = NULL;
    struct q_access_report_use_of_row use;
    size_t count = 0, room = l->max - l->count;

    TRY(q_access_report_entity_page(l->txn, l->job_id, key, (int64_t)room + 1, l->arena, &rows,
                                    &count));
    for (size_t i = 0; i < count && i < room; i++) {
        enum rc rc = q_access_report_use_of(l->txn, l->job_id, rows[i].entity_id, l->service,
                                            l->arena, &use);
        if (rc == RC_NOENT) {
            l->found[l->count++] = (struct access_entity){ rows[i].entity_id, 0 };
        } else if (rc != RC_OK) {
            return rc;
        }
    }
    l->next = STR_NONE;
    if (count > room) {
        l->next = arena_printf(l->arena, "n%.*s", FMT(room == 0 ? key : rows[room - 1].entity_key));
        return l->next.ptr == NULL ? RC_NOMEM : RC_OK;
    }
    return RC_OK;
}

enum rc access_report_entities(struct txn *txn, str job_id, str service, str marker, size_t max,
                               struct arena *arena, struct access_entity **ret, size_t *ret_count,
                               str *ret_marker)
{
    struct listing l = {
        .txn = txn, .job_id = job_id, .service = service, .max = max, .arena = arena
    };
    str others = STR("");

    l.found = NEW_ARRAY(arena, max, struct access_entity);
    if (l.found == NULL) {
        return RC_NOMEM;
    }
    if (str_starts(marker, STR("n"))) {
        others = str_skip(marker, 1);
        l.next = STR("n");
    } else if (marker.len > 0 && !str_starts(marker, STR("u"))) {
        return RC_SYNTAX;
    } else {
        TRY(list_users(&l, marker.len == 0 ? STR("") : str_skip(marker, 1)));
    }
    if (str_eq(l.next, STR("n"))) {
        TRY(list_others(&l, others));
    }
    *ret = l.found;
    *ret_count = l.count;
    *ret_marker = l.next;
    return RC_OK;
}
