#include "scan/patch.h"

#include "scan/patch_inside.h"
#include "system/system.h"

typedef void change_fn(struct patching *p);

static change_fn *const changes_of[PLACES] = {
    NULL,
};

/* --- the role ------------------------------------------------------------------------------------ */

static str role_arn(const struct scan_change *c, const struct scan_roles *roles,
                    struct arena *arena)
{
    str account = roles->account, name = STR("ROLE_NAME");

    if (roles->role.ptr != NULL) {
        return roles->role;
    }
    if (c->key != NULL && c->key->user.ptr != NULL) {
        name = c->key->user;
    }
    if (account.ptr == NULL && c->key != NULL && c->key->account.ptr != NULL) {
        account = c->key->account;
    }
    if (account.ptr == NULL) {
        account = STR("ACCOUNT_ID");
    }
    return arena_printf(arena, "arn:aws:iam::%.*s:role/%.*s", FMT(account), FMT(name));
}

/* --- one file ------------------------------------------------------------------------------------ */

static void count_finding(struct scan_change *c, const struct scan_finding *f)
{
    c->keys += f->hit.what == FIND_KEY;
    c->secrets += f->hit.what == FIND_SECRET;
    c->references += f->hit.what == FIND_REFERENCE;
    if (c->key == NULL && f->hit.known != NULL) {
        c->key = f->hit.known;
    }
    /* what matters most decides how the file as a whole is called */
    if (c->place == NULL || (c->place->row == 0 && f->place->row != 0)) {
        c->place = f->place;
    }
}

static enum rc change_file(const struct scan_report *report, size_t from, size_t end,
                           const struct scan_roles *roles, struct arena *arena,
                           struct scan_change *c)
{
    struct patching p = { .change = c,
                          .arena = arena,
                          .findings = report->findings + from,
                          .finding_count = end - from };
    enum rc rc;

    c->role_arn = role_arn(c, roles, arena);
    rc = file_read(c->file.ptr, SHEET_BYTES_MAX, arena, &c->before);
    if (rc == RC_OK) {
        rc = sheet_open(&p.sheet, c->before, arena);
    }
    if (rc == RC_NOMEM) {
        return rc;
    }
    if (rc != RC_OK) {
        c->why_not = STR("the file is larger than 4 MiB, or cannot be read again");
        return RC_OK;
    }
    patch_mark(&p);
    if (changes_of[c->place->kind] != NULL) {
        changes_of[c->place->kind](&p);
    }
    return patch_finish(&p);
}

enum rc scan_changes(const struct scan_report *report, const struct scan_roles *roles,
                     struct arena *arena, struct scan_change **ret, size_t *ret_count)
{
    struct scan_change *changes = NEW_ARRAY(arena, report->count + 1, struct scan_change);
    size_t count = 0, end;

    if (changes == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < report->count; i = end) {
        const struct scan_finding *first = &report->findings[i];
        struct scan_change *c = &changes[count];
        for (end = i; end < report->count && str_eq(report->findings[end].path, first->path);
             end++) {
            if (first->source == SCAN_FILE) {
                count_finding(c, &report->findings[end]);
            }
        }
        if (first->source == SCAN_FILE) {
            c->file = first->path;
            TRY(change_file(report, i, end, roles, arena, c));
            count++;
        }
    }
    *ret = changes;
    *ret_count = count;
    return RC_OK;
}
