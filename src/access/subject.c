#include "access/subject.h"

#include "codec/arn.h"
#include "model/account.h"
#include "model/attachment.h"
#include "model/inline_policy.h"
#include "model/membership.h"
#include "model/organization.h"
#include "model/password.h"
#include "model/tag.h"
#include "store/queries.h"

enum {
    SCRATCH_CHUNK = 16 * 1024,
    SCRATCH_BYTES_MAX = 16 * 1024 * 1024,
    /* Own and groups' inline and attached policies, far above what the quotas allow. */
    SOURCES_MAX = 1024,
    /* Itself, its groups, its policies and its boundary. */
    DEPENDS_MAX = SOURCES_MAX + 64,
};

struct
    loading { /* documents are read and parsed in scratch; what stays is in the subject's arena */
    struct txn *txn;
    struct subject *subject;
    struct arena scratch, *arena;
    struct policy_source *sources;
    size_t source_count;
    str *depends;
    size_t depend_count;
};

static enum rc depend(struct loading *load, str unique_id)
{
    str kept = arena_str(load->arena, unique_id);

    if (load->depend_count == DEPENDS_MAX) {
        return RC_LIMIT;
    }
    if (kept.ptr == NULL) {
        return RC_NOMEM;
    }
    load->depends[load->depend_count++] = kept;
    return RC_OK;
}

/* A stored document was checked when it was written. One that does not parse now (another version
 * of the grammar, a damaged row) may have held a Deny: the subject is broken, not just poorer. */
static enum rc add_source(struct loading *load, str document, str name)
{
    const struct policy_document *doc;
    struct policy_refusal refusal;
    enum rc rc = policy_parse(POLICY_IDENTITY, document, &load->scratch, &doc, &refusal);

    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        load->subject->broken = true;
        return RC_OK;
    }
    TRY(rc);
    if (load->source_count == SOURCES_MAX) {
        return RC_LIMIT;
    }
    if (name.ptr == NULL) {
        return RC_NOMEM;
    }
    load->sources[load->source_count++] =
        (struct policy_source){ .doc = doc, .name = name, .text = document };
    return RC_OK;
}

static enum rc add_policies(struct loading *load, str entity_id)
{
    struct attached_document *attached;
    struct inline_policy *inlines;
    size_t count;

    TRY(inline_policy_list(load->txn, entity_id, &load->scratch, &inlines, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(add_source(load, inlines[i].document,
                       arena_printf(&load->scratch, "inline:%.*s", FMT(inlines[i].name))));
    }
    TRY(attachment_documents(load->txn, entity_id, &load->scratch, &attached, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(depend(load, attached[i].policy.id));
        TRY(add_source(load, attached[i].document,
                       entity_arn(&attached[i].policy, &load->scratch)));
    }
    return RC_OK;
}

static enum rc compile(struct loading *load, const struct policy_set **ret)
{
    if (load->source_count == 0) {
        *ret = NULL;
        return RC_OK;
    }
    TRY(policy_compile(load->sources, load->source_count, load->arena, ret));
    load->source_count = 0;
    return RC_OK;
}

/* An account whose users may all change their own passwords gives each of them this, without a
 * policy of his (user guide, "Setting an account password policy"). Boundaries, denies and session
 * policies bear on it as on any other. ChangePassword names nobody: it is always the caller's. */
static enum rc add_password_grant(struct loading *load)
{
    static const str grant = STR_INIT(
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":["
        "\"iam:ChangePassword\",\"iam:GetAccountPasswordPolicy\"],\"Resource\":\"*\"}}");
    struct password_policy policy;

    TRY(password_policy_get(load->txn, load->subject->account, &load->scratch, &policy));
    return policy.users_change ? add_source(load, grant, STR("account password policy")) : RC_OK;
}

/* D-5: a user's identity set is its own policies and those of all its groups. */
static enum rc load_identity(struct loading *load)
{
    struct entity *groups;
    size_t count;

    TRY(add_policies(load, load->subject->unique_id));
    if (load->subject->kind == SUBJECT_USER) {
        TRY(add_password_grant(load));
        TRY(membership_groups(load->txn, load->subject->unique_id, &load->scratch, &groups,
                              &count));
        for (size_t i = 0; i < count; i++) {
            TRY(depend(load, groups[i].id));
            TRY(add_policies(load, groups[i].id));
        }
    }
    return compile(load, &load->subject->identity);
}

static enum rc add_managed(struct loading *load, str policy_id)
{
    struct q_subject_policy_document_row row;
    struct entity policy;

    TRY(entity_by_id(load->txn, policy_id, &load->scratch, &policy));
    TRY(q_subject_policy_document(load->txn, policy_id, &load->scratch, &row));
    return add_source(load, row.document, entity_arn(&policy, &load->scratch));
}

static enum rc load_boundary(struct loading *load, str boundary_id)
{
    enum rc rc;

    if (boundary_id.ptr == NULL) {
        return RC_OK;
    }
    TRY(depend(load, boundary_id));
    rc = add_managed(load, boundary_id);
    if (rc == RC_NOENT) { /* a boundary that is gone allows nothing */
        load->subject->broken = true;
        return RC_OK;
    }
    TRY(rc);
    return compile(load, &load->subject->boundary);
}

static enum rc load_tags(struct loading *load)
{
    struct subject *subject = load->subject;
    struct tag *tags;
    size_t count;

    TRY(tags_list(load->txn, subject->unique_id, &load->scratch, &tags, &count));
    subject->tags = NEW_ARRAY(load->arena, count, struct subject_tag);
    if (subject->tags == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        struct subject_tag *tag = &subject->tags[i];
        tag->context_key = arena_printf(load->arena, "aws:PrincipalTag/%.*s", FMT(tags[i].key));
        tag->value = arena_str(load->arena, tags[i].value);
        if (tag->context_key.ptr == NULL || tag->value.ptr == NULL) {
            return RC_NOMEM;
        }
        tag->key = str_skip(tag->context_key, sizeof("aws:PrincipalTag/") - 1);
    }
    subject->tag_count = count;
    return RC_OK;
}

/* P-13: who a trust policy names was resolved to unique ids when it was written. */
static enum rc load_trust(struct loading *load)
{
    struct q_subject_bindings_row *rows;
    struct principal_binding *bindings;
    struct q_subject_role_row role;
    const struct policy_document *doc;
    struct policy_refusal refusal;
    size_t count;
    enum rc rc;

    TRY(q_subject_role(load->txn, load->subject->unique_id, &load->scratch, &role));
    load->subject->max_session_s = role.max_session_s;
    load->subject->last_used_s = role.last_used_s_null ? 0 : role.last_used_s;
    TRY(q_subject_bindings(load->txn, load->subject->unique_id, &load->scratch, &rows, &count));
    bindings = NEW_ARRAY(&load->scratch, count, struct principal_binding);
    if (bindings == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        bindings[i] = (struct principal_binding){ rows[i].arn, rows[i].unique_id };
    }
    rc = policy_parse(POLICY_TRUST, role.trust, &load->scratch, &doc, &refusal);
    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        return RC_OK; /* nobody may assume it */
    }
    TRY(rc);
    return policy_compile(&(struct policy_source){ .doc = doc,
                                                   .text = role.trust,
                                                   .name = STR("trust policy"),
                                                   .bindings = bindings,
                                                   .binding_count = count,
                                                   .bound_only = true },
                          1, load->arena, &load->subject->trust);
}

static enum rc name_account(struct subject *subject, int64_t account)
{
    char *digits = arena_bytes(&subject->entry.arena, 12);

    if (digits == NULL) {
        return RC_NOMEM;
    }
    account_id_print(account, digits);
    subject->account = subject->entry.account = account;
    subject->account_text = str_from(digits, 12);
    return RC_OK;
}

static enum rc load_root(struct loading *load, str partition)
{
    struct subject *subject = load->subject;
    struct account account;
    int64_t number;

    TRY(account_id_parse(subject->unique_id, &number));
    TRY(account_get(load->txn, number, &load->scratch, &account));
    subject->kind = SUBJECT_ROOT;
    TRY(name_account(subject, number));
    subject->arn = arena_printf(load->arena, "arn:%.*s:iam::%.*s:root", FMT(partition),
                                FMT(subject->account_text));
    return subject->arn.ptr == NULL ? RC_NOMEM : RC_OK;
}

static enum rc load_entity(struct loading *load)
{
    struct subject *subject = load->subject;
    struct entity entity;

    TRY(entity_by_id(load->txn, subject->unique_id, &load->scratch, &entity));
    if (entity.kind != ENTITY_USER && entity.kind != ENTITY_ROLE) {
        return RC_NOENT;
    }
    subject->kind = entity.kind == ENTITY_USER ? SUBJECT_USER : SUBJECT_ROLE;
    TRY(name_account(subject, entity.account));
    subject->name = arena_str(load->arena, entity.name);
    subject->arn = entity_arn(&entity, load->arena);
    if (subject->name.ptr == NULL || subject->arn.ptr == NULL) {
        return RC_NOMEM;
    }
    subject->service_linked = subject->kind == SUBJECT_ROLE &&
                              str_starts(entity.path, STR("/aws-service-role/"));
    TRY(load_identity(load));
    TRY(load_boundary(load, entity.boundary_id));
    TRY(load_tags(load));
    return subject->kind == SUBJECT_ROLE ? load_trust(load) : RC_OK;
}

static enum rc load_organization(struct loading *load)
{
    struct subject *subject = load->subject;
    struct organization organization;
    enum rc rc = organization_of(load->txn, subject->account, &load->scratch, &organization);

    if (rc == RC_NOENT) {
        return RC_OK;
    }
    TRY(rc);
    subject->org_id = arena_str(load->arena, organization.id);
    subject->org_path = arena_str(load->arena, organization.path);
    return subject->org_id.ptr == NULL || subject->org_path.ptr == NULL ? RC_NOMEM : RC_OK;
}

static enum rc load_all(struct loading *load, str unique_id, str partition)
{
    struct subject *subject = load->subject;

    load->sources = NEW_ARRAY(&load->scratch, SOURCES_MAX, struct policy_source);
    load->depends = NEW_ARRAY(&load->scratch, DEPENDS_MAX, str);
    subject->unique_id = arena_str(load->arena, unique_id);
    if (load->sources == NULL || load->depends == NULL || subject->unique_id.ptr == NULL) {
        return RC_NOMEM;
    }
    subject->entry.key = subject->unique_id;
    TRY(depend(load, unique_id));
    TRY(account_id_is_valid(unique_id) ? load_root(load, partition) : load_entity(load));
    TRY(load_organization(load));
    subject->entry.depends = NEW_ARRAY(load->arena, load->depend_count, str);
    if (subject->entry.depends == NULL) {
        return RC_NOMEM;
    }
    memcpy((void *)subject->entry.depends, load->depends, load->depend_count * sizeof(str));
    subject->entry.depend_count = load->depend_count;
    return RC_OK;
}

enum rc subject_load(struct txn *txn, str unique_id, str partition, struct subject **ret)
{
    struct subject *subject = cache_entry_new(sizeof(*subject), SUBJECT_BYTES_MAX);
    struct loading load = { .txn = txn, .subject = subject };
    enum rc rc;

    if (subject == NULL) {
        return RC_NOMEM;
    }
    load.arena = &subject->entry.arena;
    arena_init(&load.scratch, &heap, SCRATCH_CHUNK, SCRATCH_BYTES_MAX);
    rc = load_all(&load, unique_id, partition);
    arena_done(&load.scratch);
    if (rc != RC_OK) {
        cache_entry_unref(&subject->entry);
        return rc;
    }
    *ret = subject;
    return RC_OK;
}

static enum rc add_session_source(struct txn *txn, str text, str name, struct arena *scratch,
                                  struct policy_source *source)
{
    struct policy_refusal refusal;

    source->name = name;
    source->text = text;
    return policy_parse(POLICY_IDENTITY, text, scratch, &source->doc, &refusal);
}

/* D-32: the inline session policy and the managed ones are one set. */
static enum rc session_sources(struct txn *txn, str inline_policy, const str *ids, size_t count,
                               struct arena *scratch, struct policy_source *sources,
                               size_t *ret_count)
{
    size_t n = 0;

    if (inline_policy.ptr != NULL) {
        TRY(add_session_source(txn, inline_policy, STR("session policy"), scratch, &sources[n++]));
    }
    for (size_t i = 0; i < count; i++) {
        struct q_subject_policy_document_row row;
        struct entity policy;
        TRY(entity_by_id(txn, ids[i], scratch, &policy));
        TRY(q_subject_policy_document(txn, ids[i], scratch, &row));
        TRY(add_session_source(txn, row.document, entity_arn(&policy, scratch), scratch,
                               &sources[n++]));
    }
    *ret_count = n;
    return RC_OK;
}

enum rc session_policies_compile(struct txn *txn, str inline_policy, const str *policy_ids,
                                 size_t policy_id_count, struct arena *arena,
                                 const struct policy_set **ret)
{
    struct policy_source *sources;
    struct arena scratch;
    size_t count;
    enum rc rc = RC_NOMEM;

    arena_init(&scratch, &heap, SCRATCH_CHUNK, SCRATCH_BYTES_MAX);
    sources = NEW_ARRAY(&scratch, policy_id_count + 1, struct policy_source);
    if (sources != NULL) {
        rc = session_sources(txn, inline_policy, policy_ids, policy_id_count, &scratch, sources,
                             &count);
    }
    if (rc == RC_OK) {
        rc = policy_compile(sources, count, arena, ret);
    }
    arena_done(&scratch);
    return rc;
}
