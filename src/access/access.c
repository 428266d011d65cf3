#include "access/access.h"

#include "access/live.h"
#include "base/bytes.h"

enum {
    CHANGES_MAX = 256,
    SUBJECTS_MAX = 4096,
    SESSIONS_MAX = 4096,
    KEYS_MAX = 8192,
};

static void forget_role(void *ctx, struct cache_entry *entry)
{
    struct access *access = ctx;
    struct subject *subject = (struct subject *)entry;

    if (subject->kind == SUBJECT_ROLE && table_get(&access->roles, subject->arn) == subject) {
        (void)table_remove(&access->roles, subject->arn);
    }
}

enum rc access_open(const struct access_config *config, struct access **ret)
{
    struct access *access = ALLOC_NEW(&heap, struct access);
    uint8_t hash_key[16];

    if (access == NULL) {
        return RC_NOMEM;
    }
    if (config->env->random(config->env, hash_key, sizeof(hash_key)) != RC_OK ||
        config->env->random(config->env, access->dummy_key, sizeof(access->dummy_key)) != RC_OK) {
        ALLOC_FREE(&heap, access);
        return RC_IO;
    }
    access->config = *config;
    cache_init(&access->subjects, hash_key, SUBJECTS_MAX, config->bytes_max / 2);
    cache_init(&access->sessions, hash_key, SESSIONS_MAX, config->bytes_max / 4);
    cache_init(&access->keys, hash_key, KEYS_MAX, config->bytes_max / 4);
    table_init(&access->roles, &heap, hash_key);
    access->subjects.leaving = forget_role;
    access->subjects.ctx = access;
    access->seen = store_revision(config->store);
    *ret = access;
    return RC_OK;
}

void access_close(struct access *access)
{
    if (access == NULL) {
        return;
    }
    access_txn_end(access);
    cache_done(&access->sessions);
    cache_done(&access->keys);
    cache_done(&access->subjects);
    table_done(&access->roles);
    wipe(access->dummy_key, sizeof(access->dummy_key));
    ALLOC_FREE(&heap, access);
}

/* --- snapshots ---------------------------------------------------------------------------------- */

enum rc access_txn(struct access *access, struct txn **ret)
{
    if (access->txn == NULL) {
        TRY(reader_begin(access->config.reader, &access->txn));
    }
    *ret = access->txn;
    return RC_OK;
}

void access_txn_end(struct access *access)
{
    if (access->txn != NULL) {
        reader_end(access->config.reader);
        access->txn = NULL;
    }
}

/* --- the change log ----------------------------------------------------------------------------- */

static void forget_everything(struct access *access)
{
    cache_clear(&access->sessions);
    cache_clear(&access->keys);
    cache_clear(&access->subjects);
}

static void apply(struct access *access, const struct store_change *change)
{
    str id = str_cstr(change->unique_id);

    cache_evict(&access->subjects, change->account, id);
    cache_evict(&access->keys, change->account, id);
    cache_evict(&access->sessions, change->account, id);
}

static void catch_up_to(struct access *access, uint64_t newest)
{
    struct store_change changes[CHANGES_MAX];
    size_t count;

    while (access->seen < newest) {
        bool lost = false;
        count = store_changes(access->config.store, access->seen, changes, CHANGES_MAX, &lost);
        if (lost) {
            forget_everything(access);
        }
        for (size_t i = 0; i < count; i++) {
            apply(access, &changes[i]);
        }
        /* Whole commits come, perhaps not all at once; those behind `newest` may come early. */
        access->seen = count == 0 ? newest : changes[count - 1].revision;
    }
}

/* Nearly always there is nothing: then the large array above is not even zeroed. */
void access_catch_up(struct access *access)
{
    uint64_t newest = store_revision(access->config.store);

    if (access->seen < newest) {
        catch_up_to(access, newest);
    }
}

/* --- subjects ----------------------------------------------------------------------------------- */

enum rc access_subject(struct access *access, str unique_id, const struct subject **ret)
{
    struct subject *subject = cache_get(&access->subjects, unique_id);
    struct txn *txn;

    if (subject == NULL) {
        TRY(access_txn(access, &txn));
        TRY(subject_load(txn, unique_id, access->config.partition, &subject));
        cache_put(&access->subjects, &subject->entry);
        if (subject->entry.cache == NULL) {
            cache_entry_unref(&subject->entry);
            return RC_NOMEM;
        }
        if (subject->kind == SUBJECT_ROLE) { /* only a shortcut: without memory it is not taken */
            enum rc ignored = table_set(&access->roles, subject->arn, subject, NULL);
            (void)ignored;
        }
        cache_entry_unref(&subject->entry);
    }
    *ret = subject;
    return RC_OK;
}

enum rc access_role(struct access *access, str role_arn, const struct subject **ret)
{
    const struct subject *subject = table_get(&access->roles, role_arn);
    struct entity entity;
    struct arena scratch;
    struct txn *txn;
    enum rc rc;

    if (subject == NULL) {
        TRY(access_txn(access, &txn));
        arena_init(&scratch, &heap, 1024, 64 * 1024);
        rc = entity_by_arn(txn, role_arn, &scratch, &entity);
        if (rc == RC_OK) {
            rc = entity.kind == ENTITY_ROLE ? access_subject(access, entity.id, &subject)
                                            : RC_NOENT;
        }
        arena_done(&scratch);
        TRY(rc);
        if (!str_eq(subject->arn, role_arn)) { /* the same name in another case */
            return RC_NOENT;
        }
    }
    cache_entry_ref(&((struct subject *)subject)->entry);
    *ret = subject;
    return RC_OK;
}

/* --- opened tokens ------------------------------------------------------------------------------ */

static enum rc name_live(struct live_session *live, str partition, str role_name)
{
    const struct session *session = &live->session;
    struct arena *arena = &live->entry.arena;

    switch (session->kind) {
    case SESSION_USER:
    case SESSION_ROOT_TASK: /* the root user's own */
        return RC_OK;
    case SESSION_ROLE:
        live->arn = arena_printf(arena, "arn:%.*s:sts::%012lld:assumed-role/%.*s/%.*s",
                                 FMT(partition), (long long)session->account, FMT(role_name),
                                 FMT(session->name));
        live->user_id = arena_printf(arena, "%.*s:%.*s", FMT(session->unique_id),
                                     FMT(session->name));
        break;
    case SESSION_FEDERATED:
        live->arn = arena_printf(arena, "arn:%.*s:sts::%012lld:federated-user/%.*s", FMT(partition),
                                 (long long)session->account, FMT(session->name));
        live->user_id = arena_printf(arena, "%012lld:%.*s", (long long)session->account,
                                     FMT(session->name));
        break;
    }
    return live->arn.ptr == NULL || live->user_id.ptr == NULL ? RC_NOMEM : RC_OK;
}

/* D-37: the task policy is the session's set. Task policies say what the root may not do; what they
 * leave is the task. */
static const str root_may = STR_INIT("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":"
                                     "\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}");

static enum rc compile_live(struct access *access, struct live_session *live)
{
    const struct session *session = &live->session;
    str inline_policy = session->kind == SESSION_ROOT_TASK ? root_may : session->policy;
    struct txn *txn;
    enum rc rc;

    if (session->policy.ptr == NULL && session->policy_id_count == 0) {
        return RC_OK;
    }
    TRY(access_txn(access, &txn));
    rc = session_policies_compile(txn, inline_policy, session->policy_ids, session->policy_id_count,
                                  &live->entry.arena, &live->policies);
    /* A managed session policy that is gone may have denied: all is denied. */
    if (rc == RC_NOENT || rc == RC_SYNTAX || rc == RC_LIMIT) {
        live->broken = true;
        return RC_OK;
    }
    return rc;
}

static enum rc tag_live(struct live_session *live)
{
    const struct session *session = &live->session;
    struct arena *arena = &live->entry.arena;

    live->tags = NEW_ARRAY(arena, session->tag_count, struct subject_tag);
    if (live->tags == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < session->tag_count; i++) {
        live->tags[i].context_key = arena_printf(arena, "aws:PrincipalTag/%.*s",
                                                 FMT(session->tags[i].key));
        if (live->tags[i].context_key.ptr == NULL) {
            return RC_NOMEM;
        }
        live->tags[i].key = session->tags[i].key;
        live->tags[i].value = session->tags[i].value;
    }
    return RC_OK;
}

static enum rc live_open(struct access *access, str key_id, str token, struct live_session *live)
{
    struct arena *arena = &live->entry.arena;
    const struct subject *subject;
    str *depends, capsule;

    TRY(vault_open_sealed(access->config.vault, VAULT_TOKEN, key_id, token, arena, &capsule));
    TRY(session_decode(capsule, arena, &live->session));
    live->session.access_key_id = arena_str(arena, key_id);
    live->entry.key = arena_str(arena, token);
    live->entry.account = live->session.account;
    depends = NEW_ARRAY(arena, live->session.policy_id_count + 1, str);
    if (live->session.access_key_id.ptr == NULL || live->entry.key.ptr == NULL || depends == NULL) {
        return RC_NOMEM;
    }
    depends[0] = live->session.unique_id; /* its name stands in the session's ARN */
    for (size_t i = 0; i < live->session.policy_id_count; i++) {
        depends[i + 1] = live->session.policy_ids[i];
    }
    live->entry.depends = depends;
    live->entry.depend_count = live->session.policy_id_count + 1;
    TRY(access_subject(access, live->session.unique_id, &subject));
    TRY(name_live(live, access->config.partition, subject->name));
    TRY(tag_live(live));
    return compile_live(access, live);
}

enum rc live_session_find(struct access *access, str key_id, str token, struct live_session **ret)
{
    struct live_session *live = cache_get(&access->sessions, token);
    enum rc rc;

    if (live != NULL) {
        *ret = live;
        return str_eq(live->session.access_key_id, key_id) ? RC_OK : RC_DENIED;
    }
    live = cache_entry_new(sizeof(*live), SUBJECT_BYTES_MAX);
    if (live == NULL) {
        return RC_NOMEM;
    }
    rc = live_open(access, key_id, token, live);
    if (rc == RC_OK) {
        cache_put(&access->sessions, &live->entry);
        rc = live->entry.cache == NULL ? RC_NOMEM : RC_OK;
    }
    cache_entry_unref(&live->entry);
    *ret = live; /* the cache's reference keeps it */
    return rc;
}
