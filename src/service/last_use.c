#include <stdatomic.h>

#include "model/access_key.h"
#include "model/service_use.h"
#include "service/turn.h"
#include "store/queries.h"

/* How many wait for the writer, of all loops: an action's use beyond that is not told, its next one
 * is. It outlives the loops, as what is queued does. */
enum { WAITING_MAX = 512 };
static atomic_uint waiting;

/* What one request tells of: the key's or role's last use, and the principal's of an action. A write
 * of its own: nobody waits for it. */
struct last_use {
    struct write_job job;
    bool of_key, of_role, of_action;
    char key_id[128], principal_id[32], service[32], action[64], region[32];
    size_t key_id_len, principal_id_len, service_len, action_len, region_len;
    int64_t now_s;
};

static enum rc key_used(struct txn *txn, const struct last_use *use, str service, str region)
{
    struct arena arena;
    enum rc rc;

    arena_init(&arena, &heap, 1024, 64 * 1024);
    rc = access_key_used(txn, str_from(use->key_id, use->key_id_len), use->now_s, service, region,
                         &arena);
    arena_done(&arena);
    return rc;
}

static enum rc use_run(struct write_job *job, struct txn *txn)
{
    struct last_use *use = CONTAINER_OF(job, struct last_use, job);
    str principal_id = str_from(use->principal_id, use->principal_id_len);
    str region = str_from(use->region, use->region_len);
    struct service_use of_action = { .service = str_from(use->service, use->service_len),
                                     .action = str_from(use->action, use->action_len),
                                     .used_s = use->now_s,
                                     .region = region };

    if (use->of_role) {
        TRY(q_subject_role_used(txn, use->now_s, region, principal_id));
    }
    if (use->of_key) {
        TRY(key_used(txn, use, of_action.service, region));
    }
    return use->of_action ? service_use_note(txn, principal_id, &of_action) : RC_OK;
}

static void use_done(struct write_job *job, enum rc rc)
{
    struct last_use *use = CONTAINER_OF(job, struct last_use, job);

    (void)rc; /* lost uses are not worth a refusal: the next one comes */
    atomic_fetch_sub_explicit(&waiting, 1, memory_order_relaxed);
    ALLOC_FREE(&heap, use);
}

static size_t keep(char *to, size_t size, str from)
{
    size_t len = from.len < size ? from.len : size;

    memcpy(to, from.ptr, len);
    return len;
}

/* What this loop told lately, by the hash of principal and action. Two that meet in one place take
 * turns there: the store then finds that it is no news. */
static bool action_is_news(struct pipeline_loop *loop, str principal_id,
                           const struct api_operation *op, int64_t now_s)
{
    uint64_t hash = str_hash(loop->uses_key, principal_id) ^
                    (uint64_t)(uintptr_t)op * UINT64_C(0x9E3779B97F4A7C15);
    struct use_slot *slot = &loop->uses[hash % USES_KEPT];

    if (slot->hash == hash && now_s - slot->told_s < SERVICE_USE_GRANULARITY_S) {
        return false;
    }
    *slot = (struct use_slot){ hash, now_s };
    return true;
}

static bool is_of_the_account(enum principal_type type)
{
    return type == PRINCIPAL_USER || type == PRINCIPAL_ROLE_SESSION ||
           type == PRINCIPAL_FEDERATED_USER;
}

static bool tells_of_action(struct turn *turn)
{
    return turn->rq.op != NULL && is_of_the_account(turn->caller.type) &&
           atomic_load_explicit(&waiting, memory_order_relaxed) < WAITING_MAX &&
           action_is_news(turn->loop, turn->caller.unique_id, turn->rq.op, turn->rq.now_s);
}

static void fill(struct last_use *use, const struct turn *turn)
{
    const struct caller *caller = &turn->caller;

    use->job.run = use_run;
    use->job.done = use_done;
    use->now_s = turn->rq.now_s;
    use->of_role = caller->use_is_news && caller->type == PRINCIPAL_ROLE_SESSION;
    use->of_key = caller->use_is_news && !use->of_role;
    use->key_id_len = keep(use->key_id, sizeof(use->key_id), caller->access_key_id);
    use->principal_id_len = keep(use->principal_id, sizeof(use->principal_id), caller->unique_id);
    use->service_len = keep(use->service, sizeof(use->service), turn->service->signing_name);
    if (turn->rq.op != NULL) {
        use->action_len = keep(use->action, sizeof(use->action), turn->rq.op->name);
    }
    use->region_len = keep(use->region, sizeof(use->region), caller->signing_region);
}

void turn_note_use(struct turn *turn)
{
    struct last_use *use;
    bool of_action;

    if (turn->rq.caller == NULL) {
        return;
    }
    of_action = tells_of_action(turn);
    if (!turn->caller.use_is_news && !of_action) {
        return;
    }
    use = ALLOC_NEW(&heap, struct last_use);
    if (use == NULL) {
        return;
    }
    use->of_action = of_action;
    fill(use, turn);
    atomic_fetch_add_explicit(&waiting, 1, memory_order_relaxed);
    if (store_submit(turn->loop->config->store, &use->job) != RC_OK) {
        atomic_fetch_sub_explicit(&waiting, 1, memory_order_relaxed);
        ALLOC_FREE(&heap, use);
    }
}
