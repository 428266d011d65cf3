/* GenerateServiceLastAccessedDetails and the two that read what it found. The work is done in
 * access_report_make.c. */
#include "model/access_report.h"

#include "codec/arn.h"
#include "codec/base64.h"
#include "service/iam/access_report.h"

/* --- asking for one ----------------------------------------------------------------------------- */

static enum rc new_job_id(struct rq *rq, str *ret)
{
    uint8_t bytes[16];
    char hex[32];

    TRY(rq->env->random(rq->env, bytes, sizeof(bytes)));
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40); /* a UUID of version 4 */
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    hex_encode(bytes, sizeof(bytes), hex);
    *ret = arena_printf(rq->arena, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
                        hex + 20);
    return ret->ptr == NULL ? RC_NOMEM : RC_OK;
}

static bool is_accessor(enum entity_kind kind, bool policies)
{
    return kind == ENTITY_USER || kind == ENTITY_GROUP || kind == ENTITY_ROLE ||
           (kind == ENTITY_POLICY && policies);
}

enum rc iam_find_accessor(struct rq *rq, str text, bool policies, struct entity *ret)
{
    struct arn arn;
    enum rc rc = RC_SYNTAX;

    if (arn_parse(text, &arn) == RC_OK) {
        rc = entity_by_arn(rq->txn, text, rq->arena, ret);
    }
    if (rc == RC_SYNTAX || (rc == RC_OK && !is_accessor(ret->kind, policies))) {
        return api_fail(rq, ERR_InvalidInput, "%.*s is not the ARN of a user, group%s.", FMT(text),
                        policies ? ", role or policy" : " or role");
    }
    if (rc == RC_NOENT ||
        (rc == RC_OK && ret->account != rq->account && ret->account != ACCOUNT_AWS)) {
        return api_fail(rq, ERR_NoSuchEntity, "The entity with ARN %.*s cannot be found.",
                        FMT(text));
    }
    return rc;
}

enum rc access_report_begin(struct rq *rq, str about, bool action_level,
                            void (*make)(struct rq_job *job), str *ret_job_id)
{
    struct access_report report = { .account = rq->account,
                                    .owner_id = rq->caller->unique_id,
                                    .entity_id = about,
                                    .action_level = action_level,
                                    .created_s = rq->now_s };

    TRY(new_job_id(rq, &report.job_id));
    TRY(access_report_insert(rq->txn, &report));
    *ret_job_id = report.job_id;
    return rq_background(rq, 0, report.job_id, make);
}

enum rc iam_GenerateServiceLastAccessedDetails(
    struct rq *rq, const struct iam_GenerateServiceLastAccessedDetails_in *in,
    struct iam_GenerateServiceLastAccessedDetails_out *out)
{
    struct entity entity;

    TRY(iam_find_accessor(rq, in->Arn, true, &entity));
    return access_report_begin(rq, entity.id, str_eq(in->Granularity, STR("ACTION_LEVEL")),
                               access_report_make, &out->JobId);
}

/* --- reading it --------------------------------------------------------------------------------- */

/* Somebody else's job, or one past its day, is as good as none. */
enum rc access_report_find(struct rq *rq, str job_id, bool of_organization,
                           struct access_report *ret)
{
    enum rc rc = access_report_get(rq->txn, job_id, rq->arena, ret);

    if (rc == RC_NOENT || (rc == RC_OK && (ret->account != rq->account ||
                                           !str_eq(ret->owner_id, rq->caller->unique_id) ||
                                           access_report_is_organizations(ret) != of_organization ||
                                           rq->now_s - ret->created_s > ACCESS_REPORT_KEPT_S))) {
        return api_fail(rq, ERR_NoSuchEntity, "The job with id %.*s cannot be found.", FMT(job_id));
    }
    return rc;
}

static bool is_lost(const struct rq *rq, const struct access_report *report)
{
    return report->completed_s == 0 && rq->now_s - report->created_s > ACCESS_REPORT_STALL_S;
}

str access_report_status(const struct rq *rq, const struct access_report *report)
{
    return report->failed || is_lost(rq, report) ? STR("FAILED")
           : report->completed_s == 0            ? STR("IN_PROGRESS")
                                                 : STR("COMPLETED");
}

enum rc access_report_error(struct rq *rq, const struct access_report *report,
                            struct iam_ErrorDetails **ret)
{
    if (!report->failed && !is_lost(rq, report)) {
        return RC_OK;
    }
    *ret = NEW(rq->arena, struct iam_ErrorDetails);
    if (*ret == NULL) {
        return RC_NOMEM;
    }
    (*ret)->Code = STR("ServiceFailure");
    (*ret)->Message = STR("The report could not be made. Generate it again.");
    return RC_OK;
}

struct opt_int access_report_completed(const struct access_report *report)
{
    return (struct opt_int){ report->completed_s, report->completed_s != 0 };
}

bool access_report_is_done(const struct access_report *report)
{
    return report->completed_s != 0 && !report->failed;
}

/* The ARN of a user or role as it is called now; absent when it is no more. */
static enum rc arn_of_id(struct rq *rq, str id, str *ret)
{
    struct entity entity;
    enum rc rc = entity_by_id(rq->txn, id, rq->arena, &entity);

    if (rc == RC_NOENT) {
        return RC_OK;
    }
    TRY(rc);
    *ret = entity_arn(&entity, rq->arena);
    return ret->ptr == NULL ? RC_NOMEM : RC_OK;
}

static enum rc actions_of(struct rq *rq, str job_id, str service,
                          struct iam_TrackedActionLastAccessed_list *ret)
{
    struct access_line *lines = NULL;
    struct iam_TrackedActionLastAccessed *items;
    size_t count = 0;

    TRY(access_report_actions(rq->txn, job_id, service, rq->arena, &lines, &count));
    items = NEW_ARRAY(rq->arena, count, struct iam_TrackedActionLastAccessed);
    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        items[i].ActionName = lines[i].action;
        items[i].LastAccessedTime = iam_time(lines[i].used_s);
        items[i].LastAccessedRegion = lines[i].region;
        TRY(arn_of_id(rq, lines[i].entity_id, &items[i].LastAccessedEntity));
    }
    *ret = (struct iam_TrackedActionLastAccessed_list){ items, count, count > 0 };
    return RC_OK;
}

static enum rc service_view(struct rq *rq, const struct access_report *report,
                            const struct access_line *line, struct iam_ServiceLastAccessed *ret)
{
    ret->ServiceName = line->name;
    ret->ServiceNamespace = line->service;
    ret->TotalAuthenticatedEntities = (struct opt_int){ line->entities, true };
    if (line->used_s == 0) {
        return RC_OK;
    }
    ret->LastAuthenticated = iam_time(line->used_s);
    ret->LastAuthenticatedRegion = line->region;
    TRY(arn_of_id(rq, line->entity_id, &ret->LastAuthenticatedEntity));
    return report->action_level
               ? actions_of(rq, report->job_id, line->service, &ret->TrackedActionsLastAccessed)
               : RC_OK;
}

static enum rc list_services(struct rq *rq, const struct access_report *report, str after,
                             size_t max, struct iam_GetServiceLastAccessedDetails_out *out)
{
    struct access_line *lines = NULL;
    struct iam_ServiceLastAccessed *items;
    size_t count = 0;

    TRY(access_report_services(rq->txn, report->job_id, after, max + 1, rq->arena, &lines, &count));
    out->IsTruncated.value = count > max;
    count = count > max ? max : count;
    items = NEW_ARRAY(rq->arena, count, struct iam_ServiceLastAccessed);
    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        TRY(service_view(rq, report, &lines[i], &items[i]));
    }
    out->ServicesLastAccessed.items = items;
    out->ServicesLastAccessed.count = count;
    if (out->IsTruncated.value) {
        out->Marker = page_marker(rq, lines[count - 1].service);
        return out->Marker.ptr == NULL ? RC_NOMEM : RC_OK;
    }
    return RC_OK;
}

enum rc iam_GetServiceLastAccessedDetails(struct rq *rq,
                                          const struct iam_GetServiceLastAccessedDetails_in *in,
                                          struct iam_GetServiceLastAccessedDetails_out *out)
{
    struct access_report report = { 0 };
    str after = STR_NONE;
    size_t max = 0;

    TRY(page_begin(rq, in->Marker, in->MaxItems, &after, &max));
    TRY(access_report_find(rq, in->JobId, false, &report));
    out->JobStatus = access_report_status(rq, &report);
    out->JobType = report.action_level ? STR("ACTION_LEVEL") : STR("SERVICE_LEVEL");
    out->JobCreationDate = iam_time(report.created_s);
    out->JobCompletionDate = access_report_completed(&report);
    out->ServicesLastAccessed.present = true;
    out->IsTruncated.present = true;
    TRY(access_report_error(rq, &report, &out->Error));
    return access_report_is_done(&report)
               ? list_services(rq, &report, after.ptr == NULL ? STR("") : after, max, out)
               : RC_OK;
}

/* --- entities ----------------------------------------------------------------------------------- */

static enum rc entity_view(struct rq *rq, const struct entity *entity, int64_t used_s,
                           struct iam_EntityDetails *ret)
{
    struct iam_EntityInfo *info = NEW(rq->arena, struct iam_EntityInfo);

    if (info == NULL) {
        return RC_NOMEM;
    }
    *info = (struct iam_EntityInfo){ .Arn = entity_arn(entity, rq->arena),
                                     .Name = entity->name,
                                     .Type = entity->kind == ENTITY_ROLE ? STR("ROLE")
                                                                         : STR("USER"),
                                     .Id = entity->id,
                                     .Path = entity->path };
    ret->EntityInfo = info;
    ret->LastAuthenticated = (struct opt_int){ used_s, used_s != 0 };
    return info->Arn.ptr == NULL ? RC_NOMEM : RC_OK;
}

static enum rc list_entities(struct rq *rq, const struct access_report *report,
                             const struct iam_GetServiceLastAccessedDetailsWithEntities_in *in,
                             str marker, size_t max,
                             struct iam_GetServiceLastAccessedDetailsWithEntities_out *out)
{
    struct access_entity *found = NULL;
    struct iam_EntityDetails *items;
    size_t count = 0, shown = 0;
    str next = STR_NONE;

    enum rc rc = access_report_entities(rq->txn, report->job_id, in->ServiceNamespace, marker, max,
                                        rq->arena, &found, &count, &next);
    if (rc == RC_SYNTAX) {
        return api_fail(rq, ERR_ValidationError, "Invalid Marker.");
    }
    TRY(rc);
    items = NEW_ARRAY(rq->arena, count, struct iam_EntityDetails);
    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        struct entity entity;
        rc = entity_by_id(rq->txn, found[i].entity_id, rq->arena, &entity);
        if (rc == RC_NOENT) { /* deleted since */
            continue;
        }
        TRY(rc);
        TRY(entity_view(rq, &entity, found[i].used_s, &items[shown++]));
    }
    out->EntityDetailsList.items = items;
    out->EntityDetailsList.count = shown;
    if (next.ptr != NULL) {
        out->IsTruncated.value = true;
        out->Marker = page_marker(rq, next);
        return out->Marker.ptr == NULL ? RC_NOMEM : RC_OK;
    }
    return RC_OK;
}

enum rc iam_GetServiceLastAccessedDetailsWithEntities(
    struct rq *rq, const struct iam_GetServiceLastAccessedDetailsWithEntities_in *in,
    struct iam_GetServiceLastAccessedDetailsWithEntities_out *out)
{
    struct access_report report = { 0 };
    str marker = STR_NONE;
    size_t max = 0;

    TRY(page_begin(rq, in->Marker, in->MaxItems, &marker, &max));
    TRY(access_report_find(rq, in->JobId, false, &report));
    out->JobStatus = access_report_status(rq, &report);
    out->JobCreationDate = iam_time(report.created_s);
    out->JobCompletionDate = access_report_completed(&report);
    out->EntityDetailsList.present = true;
    out->IsTruncated.present = true;
    TRY(access_report_error(rq, &report, &out->Error));
    if (!access_report_is_done(&report)) {
        return RC_OK;
    }
    enum rc rc = access_report_has_service(rq->txn, report.job_id, in->ServiceNamespace, rq->arena);
    if (rc == RC_NOENT) {
        return api_fail(rq, ERR_NoSuchEntity,
                        "The report of job %.*s has no service with namespace %.*s.",
                        FMT(in->JobId), FMT(in->ServiceNamespace));
    }
    TRY(rc);
    return list_entities(rq, &report, in, marker.ptr == NULL ? STR("") : marker, max, out);
}
