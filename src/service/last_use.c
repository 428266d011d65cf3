#include "model/access_key.h"
#include "service/turn.h"
#include "store/queries.h"

struct last_use { /* a write of its own: nobody waits for it */
    struct write_job job;
    bool is_role;
    char id[128], service[32], region[32]; /* of the access key, or the role's unique id */
    size_t id_len, service_len, region_len;
    int64_t now_s;
};

static enum rc use_run(struct write_job *job, struct txn *txn)
{
    struct last_use *use = CONTAINER_OF(job, struct last_use, job);
    str id = str_from(use->id, use->id_len), region = str_from(use->region, use->region_len);
    struct arena arena;
    enum rc rc;

    if (use->is_role) {
        return q_subject_role_used(txn, use->now_s, region, id);
    }
    arena_init(&arena, &heap, 1024, 64 * 1024);
    rc = access_key_used(txn, id, use->now_s, str_from(use->service, use->service_len), region,
                         &arena);
    arena_done(&arena);
    return rc;
}

static void use_done(struct write_job *job, enum rc rc)
{
    struct last_use *use = CONTAINER_OF(job, struct last_use, job);

    (void)rc; /* lost uses are not worth a refusal: the next one comes */
    ALLOC_FREE(&heap, use);
}

static size_t keep(char *to, size_t size, str from)
{
    size_t len = from.len < size ? from.len : size;

    memcpy(to, from.ptr, len);
    return len;
}

void turn_note_use(struct turn *turn)
{
    const struct caller *caller = &turn->caller;
    struct last_use *use;

    if (turn->rq.caller == NULL || !caller->use_is_news) {
        return;
    }
    use = ALLOC_NEW(&heap, struct last_use);
    if (use == NULL) {
        return;
    }
    use->job.run = use_run;
    use->job.done = use_done;
    use->now_s = turn->rq.now_s;
    use->is_role = caller->type == PRINCIPAL_ROLE_SESSION;
    use->id_len = keep(use->id, sizeof(use->id),
                       use->is_role ? caller->unique_id : caller->access_key_id);
    use->service_len = keep(use->service, sizeof(use->service), turn->service->signing_name);
    use->region_len = keep(use->region, sizeof(use->region), caller->signing_region);
    if (store_submit(turn->loop->config->store, &use->job) != RC_OK) {
        ALLOC_FREE(&heap, use);
    }
}
