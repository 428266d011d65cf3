/* Which services the accounts of an organization used last. Nothing here restricts services for an
 * organization, so each is accessible; what was used is what users and roles of its accounts used. */
#include <stdlib.h>

#include "catalogue/catalogue.h"
#include "codec/arn.h"
#include "model/organization.h"
#include "model/service_use.h"
#include "service/iam/access_report.h"
#include "service/iam/report_job.h"

enum {
    MAKE_PAGE = 200,
    SERVICES_MAX = 10000,
    ACCOUNT_CHARS = 12,
};

/* --- what a path means -------------------------------------------------------------------------- */

/* "o-.../r-...", the whole organization, or an account in it. *ret_account 0: all of them. */
static enum rc read_path(struct txn *txn, const struct organization *organization, str path,
                         struct arena *arena, int64_t *ret_account)
{
    struct organization of_account;
    str whole = str_slice(organization->path, 0, organization->path.len - 1); /* without "/" */

    *ret_account = 0;
    if (str_ends(path, STR("/"))) {
        path = str_slice(path, 0, path.len - 1);
    }
    if (str_eq(path, whole)) {
        return RC_OK;
    }
    if (!str_starts(path, organization->path) ||
        account_id_parse(str_skip(path, organization->path.len), ret_account) != RC_OK) {
        return RC_NOENT;
    }
    TRY(organization_of(txn, *ret_account, arena, &of_account));
    return str_eq(of_account.id, organization->id) ? RC_OK : RC_NOENT;
}

/* --- making it ---------------------------------------------------------------------------------- */

struct line {
    struct access_line shown;
    int64_t counted; /* the account that was added to shown.entities last */
};

struct making {
    struct report_job frame; /* lines: struct line by service */
    struct organization organization;
    int64_t *accounts;
    size_t account_count;
};

static enum rc line_of(struct making *m, str service, struct line **ret)
{
    struct line *line = table_get(&m->frame.lines, service);

    if (line == NULL) {
        line = NEW(&m->frame.arena, struct line);
        service = arena_str(&m->frame.arena, service);
        if (line == NULL || service.ptr == NULL) {
            return RC_NOMEM;
        }
        line->shown = (struct access_line){
            .service = service, .action = STR(""), .region = STR(""), .entity_id = STR("")
        };
        TRY(table_set(&m->frame.lines, service, line, NULL));
    }
    *ret = line;
    return RC_OK;
}

static enum rc count_use(struct making *m, int64_t account, const struct service_use *use)
{
    char digits[ACCOUNT_CHARS];
    struct line *line = NULL;

    TRY(line_of(m, use->service, &line));
    line->shown.entities += line->counted != account;
    line->counted = account;
    if (use->used_s <= line->shown.used_s) {
        return RC_OK;
    }
    account_id_print(account, digits);
    line->shown.used_s = use->used_s;
    line->shown.region = arena_str(&m->frame.arena, use->region);
    line->shown.entity_id = ARENA_JOIN(&m->frame.arena, m->organization.path,
                                       str_from(digits, ACCOUNT_CHARS));
    return line->shown.region.ptr == NULL || line->shown.entity_id.ptr == NULL ? RC_NOMEM : RC_OK;
}

static enum rc add_page(struct making *m, struct txn *txn, int64_t account, enum entity_kind kind,
                        struct page *page)
{
    struct entity *entities = NULL;
    size_t count = 0;

    TRY(entity_list(txn, account, kind, STR_NONE, page, &m->frame.scratch, &entities, &count));
    for (size_t i = 0; i < count; i++) {
        struct service_use *uses = NULL;
        size_t use_count = 0;
        TRY(service_use_list(txn, entities[i].id, &m->frame.scratch, &uses, &use_count));
        for (size_t u = 0; u < use_count; u++) {
            TRY(count_use(m, account, &uses[u]));
        }
    }
    return RC_OK;
}

/* A short snapshot for each page. */
static enum rc add_account(struct making *m, int64_t account, enum entity_kind kind)
{
    struct page page = { 0 };
    char marker[256];

    do {
        struct txn *txn = NULL;
        page.max = MAKE_PAGE;
        page.truncated = false;
        TRY(reader_begin(m->frame.reader, &txn));
        enum rc rc = add_page(m, txn, account, kind, &page);
        reader_end(m->frame.reader);
        TRY(rc);
        if (page.truncated) {
            if (page.next_marker.len > sizeof(marker)) {
                return RC_LIMIT;
            }
            memcpy(marker, page.next_marker.ptr, page.next_marker.len);
            page.marker = str_from(marker, page.next_marker.len);
        }
        arena_reset(&m->frame.scratch);
    } while (page.truncated);
    return RC_OK;
}

/* Whose uses count: the organization may have changed since the report was asked for. */
static enum rc find_accounts(struct making *m, struct txn *txn)
{
    struct access_report report;
    int64_t one = 0;

    TRY(access_report_get(txn, m->frame.id, &m->frame.arena, &report));
    TRY(organization_of(txn, m->frame.job->account, &m->frame.arena, &m->organization));
    TRY(read_path(txn, &m->organization, report.entity_id, &m->frame.arena, &one));
    if (one == 0) {
        return organization_members(txn, &m->organization, &m->frame.arena, &m->accounts,
                                    &m->account_count);
    }
    m->accounts = NEW(&m->frame.arena, int64_t);
    if (m->accounts == NULL) {
        return RC_NOMEM;
    }
    *m->accounts = one;
    m->account_count = 1;
    return RC_OK;
}

/* Comes after the change that asked for the report: without it there is nothing to do. */
static enum rc begin(struct txn *txn, void *arg)
{
    struct making *m = arg;

    TRY(access_report_sweep(txn, env_now_s(m->frame.job->env), &m->frame.scratch));
    return find_accounts(m, txn);
}

static enum rc write_lines(struct txn *txn, void *arg)
{
    struct catalogue_service service;
    struct catalogue catalogue;
    struct making *m = arg;

    TRY(catalogue_shipped(&catalogue));
    for (uint32_t i = 0; catalogue_service_at(&catalogue, i, &service); i++) {
        struct line *line = NULL;
        TRY(line_of(m, service.prefix, &line));
        line->shown.name = service.name;
        TRY(access_report_add_line(txn, m->frame.id, &line->shown));
    }
    return access_report_finish(txn, m->frame.id, env_now_s(m->frame.job->env), false);
}

static enum rc make_all(void *arg)
{
    struct making *m = arg;

    TRY(store_write(m->frame.job->store, begin, m));
    arena_reset(&m->frame.scratch);
    for (size_t i = 0; i < m->account_count; i++) {
        TRY(add_account(m, m->accounts[i], ENTITY_USER));
        TRY(add_account(m, m->accounts[i], ENTITY_ROLE));
    }
    return store_write(m->frame.job->store, write_lines, m);
}

static void make(struct rq_job *job)
{
    struct making m = { 0 };

    report_job_run(&m.frame, job, "organization_report.failed", make_all, &m);
}

/* --- asking for it ------------------------------------------------------------------------------ */

enum rc iam_GenerateOrganizationsAccessReport(
    struct rq *rq, const struct iam_GenerateOrganizationsAccessReport_in *in,
    struct iam_GenerateOrganizationsAccessReport_out *out)
{
    struct organization organization;
    int64_t account;
    enum rc rc = organization_of(rq->txn, rq->account, rq->arena, &organization);

    if (rc == RC_NOENT) {
        return api_fail(rq, ERR_OrganizationNotFoundException,
                        "No organization is associated with account %.*s.", FMT(rq->account_text));
    }
    TRY(rc);
    if (organization.management != rq->account) {
        return api_fail(rq, ERR_AccessDenied,
                        "User: %.*s is not authorized to perform: "
                        "iam:GenerateOrganizationsAccessReport: only the management account of an "
                        "organization may",
                        FMT(rq->caller->arn));
    }
    /* The one policy every organization begins with; there are no others here. */
    if (in->OrganizationsPolicyId.ptr != NULL &&
        !str_eq(in->OrganizationsPolicyId, STR("p-FullAWSAccess"))) {
        return api_fail(rq, ERR_InvalidInput, "The organization has no policy with id %.*s.",
                        FMT(in->OrganizationsPolicyId));
    }
    rc = read_path(rq->txn, &organization, in->EntityPath, rq->arena, &account);
    if (rc == RC_NOENT) {
        return api_fail(rq, ERR_InvalidInput,
                        "%.*s is neither the root of the organization, %.*s, nor an account of it.",
                        FMT(in->EntityPath), FMT(organization.path));
    }
    TRY(rc);
    rc = access_report_begin(rq, in->EntityPath, false, make, &out->JobId);
    return rc == RC_BUSY ? api_fail(rq, ERR_ReportGenerationLimitExceeded,
                                    "Too many reports are being generated. Try again later.")
                         : rc;
}

/* --- reading it --------------------------------------------------------------------------------- */

static int by_namespace(const void *left, const void *right)
{
    const struct access_line *a = left, *b = right;

    return str_cmp(a->service, b->service);
}

static int by_namespace_back(const void *left, const void *right)
{
    return by_namespace(right, left);
}

/* What was never used is oldest. */
static int by_time(const void *left, const void *right)
{
    const struct access_line *a = left, *b = right;

    return a->used_s != b->used_s ? (a->used_s < b->used_s ? -1 : 1) : by_namespace(left, right);
}

static int by_time_back(const void *left, const void *right)
{
    const struct access_line *a = left, *b = right;

    return a->used_s != b->used_s ? (a->used_s > b->used_s ? -1 : 1) : by_namespace(left, right);
}

static const struct {
    str name;
    int (*compare)(const void *left, const void *right);
} orders[] = {
    { STR_INIT("SERVICE_NAMESPACE_ASCENDING"), by_namespace }, /* without a key */
    { STR_INIT("SERVICE_NAMESPACE_DESCENDING"), by_namespace_back },
    { STR_INIT("LAST_AUTHENTICATED_TIME_ASCENDING"), by_time },
    { STR_INIT("LAST_AUTHENTICATED_TIME_DESCENDING"), by_time_back },
};

static void sort(str key, struct access_line *lines, size_t count)
{
    size_t order = 0;

    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        order = str_eq(orders[i].name, key) ? i : order;
    }
    qsort(lines, count, sizeof(*lines), orders[order].compare);
}

static void show(const struct access_line *line, struct iam_AccessDetail *ret)
{
    ret->ServiceName = line->name;
    ret->ServiceNamespace = line->service;
    ret->TotalAuthenticatedEntities = (struct opt_int){ line->entities, true };
    if (line->used_s > 0) {
        ret->Region = line->region;
        ret->EntityPath = line->entity_id;
        ret->LastAuthenticatedTime = iam_time(line->used_s);
    }
}

static enum rc show_lines(struct rq *rq, const struct iam_GetOrganizationsAccessReport_in *in,
                          struct access_line *lines, size_t count,
                          struct iam_GetOrganizationsAccessReport_out *out)
{
    struct iam_AccessDetail *items;
    struct iam_slice slice;
    int64_t unused = 0;

    for (size_t i = 0; i < count; i++) {
        unused += lines[i].used_s == 0;
    }
    sort(in->SortKey, lines, count);
    TRY(iam_slice(rq, in->Marker, in->MaxItems, count, &slice, &out->IsTruncated, &out->Marker));
    items = NEW_ARRAY(rq->arena, slice.count, struct iam_AccessDetail);
    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < slice.count; i++) {
        show(&lines[slice.from + i], &items[i]);
    }
    out->NumberOfServicesAccessible = (struct opt_int){ (int64_t)count, true };
    out->NumberOfServicesNotAccessed = (struct opt_int){ unused, true };
    out->AccessDetails = (struct iam_AccessDetail_list){ items, slice.count, true };
    return RC_OK;
}

enum rc iam_GetOrganizationsAccessReport(struct rq *rq,
                                         const struct iam_GetOrganizationsAccessReport_in *in,
                                         struct iam_GetOrganizationsAccessReport_out *out)
{
    struct access_line *lines = NULL;
    struct access_report report;
    size_t count = 0;

    TRY(access_report_find(rq, in->JobId, true, &report));
    out->JobStatus = access_report_status(rq, &report);
    out->JobCreationDate = iam_time(report.created_s);
    out->JobCompletionDate = access_report_completed(&report);
    TRY(access_report_error(rq, &report, &out->ErrorDetails));
    if (!access_report_is_done(&report)) {
        return RC_OK;
    }
    TRY(access_report_services(rq->txn, report.job_id, STR(""), SERVICES_MAX, rq->arena, &lines,
                               &count));
    return show_lines(rq, in, lines, count, out);
}
