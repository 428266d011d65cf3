/* GenerateCredentialReport, GetCredentialReport. The report is made on a thread of its own, a page of
 * users at a time: a short snapshot, then one small change with the lines. */
#include "model/credential_report.h"

#include "base/alloc.h"
#include "service/iam/iam.h"
#include "store/store.h"
#include "system/log.h"

enum {
    LINE_BYTES_MAX = 4096, /* a path has 512 characters, each may be written twice; a name 64 */
    PART_BYTES_MAX = (CREDENTIAL_REPORT_PAGE + 2) * LINE_BYTES_MAX,
    PAGE_ARENA_BYTES = 2 * PART_BYTES_MAX,
    REPORT_BYTES_MAX = 128 * 1024 * 1024 /* some half a million users */
};

/* --- making it ---------------------------------------------------------------------------------- */

struct making {
    struct rq_job *job;
    struct reader *reader;
    struct arena arena; /* of one page */
    struct page page;
    str csv;
};

static enum rc add_part(struct txn *txn, void *arg)
{
    struct making *m = arg;

    return credential_report_add(txn, m->job->account, m->job->number, m->csv, !m->page.truncated,
                                 env_now_s(m->job->env), &m->arena);
}

/* One page; the marker of the next one is kept past the page's arena. */
static enum rc make_part(struct making *m, char *marker, size_t marker_size)
{
    buf csv = buf_arena(&m->arena, PART_BYTES_MAX);
    struct txn *txn = NULL;
    enum rc rc;

    TRY(reader_begin(m->reader, &txn));
    rc = credential_report_lines(txn, m->job->account,
                                 str_from(m->job->partition, m->job->partition_len), &m->page,
                                 &m->arena, &csv);
    reader_end(m->reader);
    TRY(rc);
    m->csv = buf_str(&csv);
    TRY(store_write(m->job->store, add_part, m));
    if (m->page.truncated) {
        if (m->page.next_marker.len > marker_size) {
            return RC_LIMIT;
        }
        memcpy(marker, m->page.next_marker.ptr, m->page.next_marker.len);
        m->page.marker = str_from(marker, m->page.next_marker.len);
    }
    return RC_OK;
}

static enum rc make_all(struct making *m)
{
    char marker[256];

    do {
        m->page.truncated = false;
        m->page.max = CREDENTIAL_REPORT_PAGE;
        TRY(make_part(m, marker, sizeof(marker)));
        arena_reset(&m->arena);
    } while (m->page.truncated);
    return RC_OK;
}

static void make(struct rq_job *job)
{
    struct making m = { .job = job };
    enum rc rc = reader_open(job->store, &m.reader);

    arena_init(&m.arena, &heap, 64 * 1024, PAGE_ARENA_BYTES);
    if (rc == RC_OK) {
        rc = make_all(&m);
        reader_close(m.reader);
    }
    arena_done(&m.arena);
    if (rc != RC_OK && rc != RC_CONFLICT) { /* one that stands still is begun anew when asked for */
        log_event(LOG_LEVEL_ERROR, "credential_report.failed", "error", rc_name(rc), NULL);
    }
}

/* --- asking for it ------------------------------------------------------------------------------ */

static bool is_whole(const struct credential_report *report)
{
    return report->generated_s != 0;
}

/* AWS makes no newer one within four hours. */
static bool is_fresh(const struct rq *rq, const struct credential_report *report)
{
    return rq->now_s - report->generated_s < CREDENTIAL_REPORT_KEPT_S;
}

static bool is_at_work(const struct rq *rq, const struct credential_report *report)
{
    return !is_whole(report) && rq->now_s - report->progress_s < CREDENTIAL_REPORT_STALL_S;
}

enum rc iam_GenerateCredentialReport(struct rq *rq, struct iam_GenerateCredentialReport_out *out)
{
    struct credential_report report = { 0 };
    int64_t run = 0;
    enum rc rc = credential_report_get(rq->txn, rq->account, rq->arena, &report);

    if (rc == RC_OK && is_whole(&report) && is_fresh(rq, &report)) {
        out->State = STR("COMPLETE");
        return RC_OK;
    }
    if (rc == RC_OK && is_at_work(rq, &report)) {
        out->State = STR("INPROGRESS");
        return RC_OK;
    }
    if (rc != RC_OK && rc != RC_NOENT) {
        return rc;
    }
    TRY(credential_report_begin(rq->txn, rq->account, rq->now_s, rq->arena, &run));
    rc = rq_background(rq, run, STR(""), make);
    if (rc == RC_BUSY) {
        return api_fail(rq, ERR_LimitExceeded,
                        "No more capacity to launch new report generation tasks");
    }
    TRY(rc);
    out->State = STR("STARTED");
    out->Description = STR("No report exists. Starting a new report generation task");
    return RC_OK;
}

/* All parts in one piece; each is read into memory that is used again for the next. */
static enum rc read_parts(struct rq *rq, const struct credential_report *report, str *ret)
{
    size_t len = (size_t)report->bytes, at = 0;
    char *text = arena_bytes(rq->arena, len);
    struct arena scratch;
    enum rc rc = text == NULL ? RC_NOMEM : RC_OK;

    arena_init(&scratch, &heap, 64 * 1024, PART_BYTES_MAX + 64 * 1024);
    for (int64_t i = 0; rc == RC_OK && i < report->parts; i++) {
        str part = STR_NONE;
        rc = credential_report_part(rq->txn, rq->account, i, &scratch, &part);
        if (rc == RC_OK && part.len > len - at) {
            rc = RC_CORRUPT;
        }
        if (rc == RC_OK) {
            memcpy(text + at, part.ptr, part.len);
            at += part.len;
        }
        arena_reset(&scratch);
    }
    arena_done(&scratch);
    TRY(rc);
    *ret = str_from(text, at);
    return RC_OK;
}

enum rc iam_GetCredentialReport(struct rq *rq, struct iam_GetCredentialReport_out *out)
{
    struct credential_report report = { 0 };
    enum rc rc = credential_report_get(rq->txn, rq->account, rq->arena, &report);

    if (rc == RC_NOENT) {
        return api_fail(rq, ERR_ReportNotPresent, "Credential report not present");
    }
    TRY(rc);
    if (!is_whole(&report)) {
        return api_fail(rq, ERR_ReportInProgress, "Credential report is still being generated");
    }
    if (!is_fresh(rq, &report)) {
        return api_fail(rq, ERR_ReportExpired,
                        "The most recent credential report has expired. Generate a new one with "
                        "GenerateCredentialReport.");
    }
    if (report.bytes > REPORT_BYTES_MAX) {
        return RC_LIMIT;
    }
    /* As large as the account: the text, its base64, and that again while the answer grows. */
    rq->answer_bytes_max = (size_t)report.bytes * 2 + 64 * 1024;
    rq->arena->max_bytes += (size_t)report.bytes * 6;
    TRY(read_parts(rq, &report, &out->Content));
    out->ReportFormat = STR("text/csv");
    out->GeneratedTime = iam_time(report.generated_s);
    return RC_OK;
}
