#include "codec/escape.h"
#include "scan/patch.h"
#include "scan/write.h"

/* A path of a stranger's file: no control character reaches a terminal. */
static void put_plain(buf *out, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c == 0x7f) {
            buf_printf(out, "\\x%02x", c);
        } else {
            buf_add_char(out, (char)c);
        }
    }
}

static void put_key(buf *out, const struct scan_writing *w, const struct find_hit *hit)
{
    buf_add(out, hit->key_id);
    if (hit->known != NULL && hit->known->user.len > 0) {
        BUF_LIT(out, " of ");
        put_plain(out, hit->known->user);
        if (hit->known->status.len > 0 && !str_eq(hit->known->status, STR("Active"))) {
            buf_printf(out, " (%.*s)", FMT(hit->known->status));
        }
    } else if (hit->known == NULL) {
        bool ours = w->account.len > 0 && str_eq(w->account, str_cstr(hit->account));
        buf_printf(out, ours ? " (this account, not in the list)" : " (not in the list)");
    }
    if (hit->account[0] != '\0') {
        buf_printf(out, ", account %s", hit->account);
    }
}

static void put_finding(buf *out, const struct scan_writing *w, const struct scan_finding *f)
{
    put_plain(out, f->path);
    buf_printf(out, ":%u:%u: ", f->hit.line, f->hit.column);
    switch (f->hit.what) {
    case FIND_KEY:
        put_key(out, w, &f->hit);
        break;
    case FIND_SECRET:
        BUF_LIT(out, "a secret without its id");
        break;
    case FIND_REFERENCE:
        BUF_LIT(out, "takes a key from elsewhere: ");
        put_plain(out, f->hit.name);
        break;
    }
    if (f->hit.secret.len > 0) {
        buf_printf(out, ", %s ...%s (sha256 %s) on line %u",
                   f->hit.secret.smtp ? "SMTP password" : "secret", f->hit.secret.last4,
                   f->hit.secret.hash, f->hit.secret.line);
    }
    if (f->hit.via != NULL) {
        buf_printf(out, ", in %s", f->hit.via);
    }
    buf_printf(out, " [%s]\n", f->place->name);
}

static void put_change(buf *out, const struct scan_change *c)
{
    put_plain(out, c->file);
    buf_printf(out, ": %s\n  %s\n", c->place->title, c->place->todo);
    if (c->after.ptr != NULL && c->patch_file.ptr != NULL) {
        buf_printf(out, "  Patch: %.*s\n", FMT(c->patch_file));
    } else if (c->after.ptr != NULL) {
        BUF_LIT(out, "  There is a patch: --patches DIR writes it.\n");
    } else if (c->why_not.ptr != NULL) {
        buf_printf(out, "  No patch: %.*s\n", FMT(c->why_not));
    }
    for (size_t i = 0; i < c->trap_count; i++) {
        BUF_LIT(out, "  Trap");
        if (c->traps[i].line > 0) {
            buf_printf(out, " (line %u)", c->traps[i].line);
        }
        BUF_LIT(out, ": ");
        put_plain(out, c->traps[i].text);
        buf_add_char(out, '\n');
    }
}

static void put_unseen(buf *out, const struct scan_report *r)
{
    if (r->unseen_count == 0) {
        return;
    }
    BUF_LIT(out, "\nNot looked at:\n");
    for (size_t i = 0; i < r->unseen_count; i++) {
        BUF_LIT(out, "  ");
        put_plain(out, r->unseen[i].path);
        BUF_LIT(out, ": ");
        put_plain(out, r->unseen[i].why);
        if (r->unseen[i].offset > 0) {
            buf_printf(out, " (at byte %llu)", (unsigned long long)r->unseen[i].offset);
        }
        buf_add_char(out, '\n');
    }
    if (r->unseen_more > 0) {
        buf_printf(out, "  and %zu more\n", r->unseen_more);
    }
}

void scan_write_text(const struct scan_writing *w, buf *out)
{
    const struct scan_report *r = w->report;
    size_t keys = 0, secrets = 0, references = 0;

    for (size_t i = 0; i < r->count; i++) {
        put_finding(out, w, &r->findings[i]);
        keys += r->findings[i].hit.what == FIND_KEY;
        secrets += r->findings[i].hit.what == FIND_SECRET;
        references += r->findings[i].hit.what == FIND_REFERENCE;
    }
    for (size_t i = 0; i < w->change_count; i++) {
        buf_add_char(out, '\n');
        put_change(out, &w->changes[i]);
    }
    put_unseen(out, r);
    buf_printf(
        out,
        "%s%zu key%s, %zu secret%s without an id, %zu setting%s from elsewhere; "
        "%llu files, %llu archives, %llu objects of history, %.3f GB; %llu symbolic links "
        "not followed",
        r->count > 0 || r->unseen_count > 0 ? "\n" : "", keys, PLURAL(keys), secrets,
        PLURAL(secrets), references, references == 1 ? " that takes a key" : "s that take a key",
        (unsigned long long)atomic_load(&r->files), (unsigned long long)atomic_load(&r->archives),
        (unsigned long long)atomic_load(&r->objects), (double)atomic_load(&r->bytes) / 1e9,
        (unsigned long long)atomic_load(&r->links));
    if (r->same_in_history > 0) {
        buf_printf(out, "; %zu findings of history stand in files as well", r->same_in_history);
    }
    BUF_LIT(out, "\n");
}
