#include "model/credential_report.h"

#include "codec/date.h"
#include "model/access_key.h"
#include "model/account.h"
#include "model/credential.h"
#include "model/mfa.h"
#include "model/password.h"
#include "store/queries.h"

/* --- kept --------------------------------------------------------------------------------------- */

enum rc credential_report_get(struct txn *txn, int64_t account, struct arena *arena,
                              struct credential_report *ret)
{
    struct q_credential_report_get_row row;

    TRY(q_credential_report_get(txn, account, arena, &row));
    *ret = (struct credential_report){ .run = row.run,
                                       .progress_s = row.progress_s,
                                       .generated_s = row.generated_s,
                                       .bytes = row.bytes,
                                       .parts = row.parts };
    return RC_OK;
}

enum rc credential_report_begin(struct txn *txn, int64_t account, int64_t now_s,
                                struct arena *arena, int64_t *ret_run)
{
    struct credential_report before = { 0 };
    enum rc rc = credential_report_get(txn, account, arena, &before);

    if (rc != RC_OK && rc != RC_NOENT) {
        return rc;
    }
    TRY(q_credential_report_part_clear(txn, account));
    *ret_run = before.run + 1;
    return q_credential_report_put(txn, account, *ret_run, now_s, 0, 0, 0);
}

enum rc credential_report_add(struct txn *txn, int64_t account, int64_t run, str csv, bool last,
                              int64_t now_s, struct arena *arena)
{
    struct credential_report report;

    TRY(credential_report_get(txn, account, arena, &report));
    if (report.run != run || report.generated_s != 0) {
        return RC_CONFLICT;
    }
    TRY(q_credential_report_part_add(txn, account, report.parts, csv));
    return q_credential_report_put(txn, account, run, now_s, last ? now_s : 0,
                                   report.bytes + (int64_t)csv.len, report.parts + 1);
}

enum rc credential_report_part(struct txn *txn, int64_t account, int64_t part, struct arena *arena,
                               str *ret)
{
    struct q_credential_report_part_get_row row;

    TRY(q_credential_report_part_get(txn, account, part, arena, &row));
    *ret = row.csv;
    return RC_OK;
}

/* --- its lines ---------------------------------------------------------------------------------- */

static const char heading[] =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n";

/* Of access keys and of signing certificates; a third, where a quota allows one, has no column. */
enum { REPORT_PAIR = 2 };

/* Names and paths may hold commas and quotation marks. */
static void put_text(buf *out, str text)
{
    size_t at;

    if (!str_find_char(text, ',', &at) && !str_find_char(text, '"', &at)) {
        buf_add(out, text);
        return;
    }
    buf_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        buf_add_char(out, text.ptr[i]);
        if (text.ptr[i] == '"') {
            buf_add_char(out, '"');
        }
    }
    buf_add_char(out, '"');
}

/* 0: there is none. */
static void put_time(buf *out, int64_t unix_s)
{
    char text[20];

    if (unix_s == 0) {
        BUF_LIT(out, "N/A");
        return;
    }
    date_print_iso(unix_s, text);
    buf_add(out, str_from(text, sizeof(text) - 1)); /* AWS writes the offset, not Z */
    BUF_LIT(out, "+00:00");
}

static void put_bool(buf *out, bool value)
{
    buf_add(out, value ? STR("true") : STR("false"));
}

static void put_key(buf *out, const struct access_key *key)
{
    buf_add_char(out, ',');
    put_bool(out, key != NULL && key->active);
    buf_add_char(out, ',');
    put_time(out, key == NULL ? 0 : key->created_s);
    buf_add_char(out, ',');
    if (key == NULL || key->last_used_s == 0) {
        BUF_LIT(out, "N/A,N/A,N/A");
        return;
    }
    put_time(out, key->last_used_s);
    buf_add_char(out, ',');
    put_text(out, key->last_used_region);
    buf_add_char(out, ',');
    put_text(out, key->last_used_service);
}

static enum rc put_certificates(struct txn *txn, str owner_id, struct arena *arena, buf *out)
{
    struct credential *certificates = NULL;
    size_t count = 0;

    TRY(credential_list(txn, owner_id, CREDENTIAL_SIGNING_CERTIFICATE, arena, &certificates,
                        &count));
    for (size_t i = 0; i < REPORT_PAIR; i++) {
        buf_add_char(out, ',');
        put_bool(out, i < count && certificates[i].active);
        buf_add_char(out, ',');
        put_time(out, i < count ? certificates[i].created_s : 0);
    }
    buf_add_char(out, '\n');
    return RC_OK;
}

/* Everything behind the MFA column. */
static enum rc put_keys(struct txn *txn, str owner_id, struct arena *arena, buf *out)
{
    struct access_key *keys = NULL;
    size_t count = 0;

    TRY(access_key_list(txn, owner_id, arena, &keys, &count));
    for (size_t i = 0; i < REPORT_PAIR; i++) {
        put_key(out, i < count ? &keys[i] : NULL);
    }
    return put_certificates(txn, owner_id, arena, out);
}

enum { DAY_S = 24 * 3600 };

/* What one signs in with, not calls with. */
struct sign_in {
    bool password, mfa;
    int64_t used_s, changed_s, rotation_s; /* 0: never, not */
};

static enum rc sign_in_of(struct txn *txn, int64_t account, str owner_id, struct arena *arena,
                          struct sign_in *ret)
{
    struct sign_in sign_in = { 0 };
    struct login_profile profile;
    struct password_policy policy;
    int64_t devices = 0;
    enum rc rc = login_profile_get(txn, owner_id, arena, &profile);

    if (rc != RC_OK && rc != RC_NOENT) {
        return rc;
    }
    if (rc == RC_OK) {
        TRY(password_policy_get(txn, account, arena, &policy));
        sign_in.password = true;
        sign_in.used_s = profile.last_used_s;
        sign_in.changed_s = profile.changed_s;
        if (policy.max_age_days > 0) {
            sign_in.rotation_s = profile.changed_s + policy.max_age_days * DAY_S;
        }
    }
    TRY(mfa_count_owned(txn, owner_id, arena, &devices));
    sign_in.mfa = devices > 0;
    *ret = sign_in;
    return RC_OK;
}

static void put_password(buf *out, const struct sign_in *sign_in)
{
    put_bool(out, sign_in->password);
    buf_add_char(out, ',');
    if (sign_in->password && sign_in->used_s == 0) {
        BUF_LIT(out, "no_information");
    } else {
        put_time(out, sign_in->used_s);
    }
    buf_add_char(out, ',');
    put_time(out, sign_in->changed_s);
    buf_add_char(out, ',');
    put_time(out, sign_in->rotation_s);
}

static enum rc put_user(struct txn *txn, const struct entity *user, struct arena *arena, buf *out)
{
    struct sign_in sign_in;
    str arn = entity_arn(user, arena);

    if (arn.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(sign_in_of(txn, user->account, user->id, arena, &sign_in));
    put_text(out, user->name);
    buf_add_char(out, ',');
    put_text(out, arn);
    buf_add_char(out, ',');
    put_time(out, user->created_s);
    buf_add_char(out, ',');
    put_password(out, &sign_in);
    buf_add_char(out, ',');
    put_bool(out, sign_in.mfa);
    return put_keys(txn, user->id, arena, out);
}

static enum rc put_root(struct txn *txn, int64_t number, str partition, struct arena *arena,
                        buf *out)
{
    str id = account_root_id(number, arena);
    struct account account;
    struct sign_in sign_in;

    if (id.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(account_get(txn, number, arena, &account));
    TRY(sign_in_of(txn, number, id, arena, &sign_in));
    buf_printf(out, "<root_account>,arn:%.*s:iam::%.*s:root,", FMT(partition), FMT(id));
    put_time(out, account.created_s);
    BUF_LIT(out, ",not_supported,");
    if (sign_in.used_s == 0) {
        BUF_LIT(out, "no_information");
    } else {
        put_time(out, sign_in.used_s);
    }
    BUF_LIT(out, ",not_supported,not_supported,");
    put_bool(out, sign_in.mfa);
    return put_keys(txn, id, arena, out);
}

enum rc credential_report_lines(struct txn *txn, int64_t account, str partition, struct page *page,
                                struct arena *arena, buf *out)
{
    struct entity *users = NULL;
    size_t count = 0;

    if (page->marker.ptr == NULL) {
        BUF_LIT(out, heading);
        TRY(put_root(txn, account, partition, arena, out));
    }
    TRY(entity_list(txn, account, ENTITY_USER, STR_NONE, page, arena, &users, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(put_user(txn, &users[i], arena, out));
    }
    return out->err;
}
