#include "scan/write.h"

#include "codec/json.h"
#include "scan/patch.h"

static const char *const sources[] = { "file", "archive", "history" };

static bool is_ours(const struct scan_writing *w, const struct find_hit *hit)
{
    return hit->known != NULL ||
           (w->account.len == ACCOUNT_CHARS && str_eq(w->account, str_cstr(hit->account)));
}

/* A step that says what this finding asks for; the row's general text stands with the place. */
static const char *what_to_do(const struct scan_writing *w, const struct scan_finding *f)
{
    if (f->source == SCAN_HISTORY) {
        return "Retire the key: history keeps it for whoever has a clone.";
    }
    if (f->hit.what == FIND_KEY && str_starts(f->hit.key_id, STR("ASIA"))) {
        return "A session's key: it ends by itself; find what writes it here.";
    }
    if (f->hit.what == FIND_KEY && f->hit.known == NULL && is_ours(w, &f->hit)) {
        return "A key of this account that the list does not have: deleted, or newer than the "
               "list.";
    }
    if (f->hit.secret.smtp) {
        return places[PLACE_SMTP].todo;
    }
    return f->place->todo;
}

/* --- JSON ---------------------------------------------------------------------------------------- */

static void put_secret(struct json_out *o, const struct find_secret *s)
{
    json_own_key(o, STR("secret"));
    json_open(o, '{');
    json_put_i64(o, STR("line"), s->line);
    json_put_i64(o, STR("column"), s->column);
    json_put_str(o, STR("last4"), str_cstr(s->last4));
    json_put_str(o, STR("sha256Start"), str_cstr(s->hash));
    if (s->smtp) {
        json_put_bool(o, STR("smtp"), true);
    }
    json_close(o, '}');
}

static void put_key(struct json_out *o, const struct scan_writing *w, const struct find_hit *hit)
{
    json_put_str(o, STR("keyId"), hit->key_id);
    json_put_bool(o, STR("known"), hit->known != NULL);
    if (hit->known != NULL && hit->known->user.ptr != NULL) {
        json_put_str(o, STR("user"), hit->known->user);
    }
    if (hit->known != NULL && hit->known->status.ptr != NULL) {
        json_put_str(o, STR("status"), hit->known->status);
    }
    if (hit->account[0] != '\0') {
        json_put_str(o, STR("account"), str_cstr(hit->account));
    }
    json_put_bool(o, STR("ours"), is_ours(w, hit));
}

static void put_finding(struct json_out *o, const struct scan_writing *w,
                        const struct scan_finding *f)
{
    const struct find_hit *hit = &f->hit;

    json_open(o, '{');
    json_put_str(o, STR("file"), f->path);
    json_put_i64(o, STR("line"), hit->line);
    json_put_i64(o, STR("column"), hit->column);
    json_put_str(o, STR("what"),
                 hit->what == FIND_KEY      ? STR("key")
                 : hit->what == FIND_SECRET ? STR("secret")
                                            : STR("reference"));
    if (hit->what == FIND_KEY) {
        put_key(o, w, hit);
    }
    if (hit->secret.len > 0) {
        put_secret(o, &hit->secret);
    }
    json_put_str(o, STR("place"), str_cstr(f->place->name));
    json_put_str(o, STR("source"), str_cstr(sources[f->source]));
    if (f->object.ptr != NULL) {
        json_put_str(o, STR("object"), f->object);
    }
    if (f->commit.ptr != NULL) {
        json_put_str(o, STR("commit"), f->commit);
        json_put_str(o, STR("path"), f->inside);
    }
    if (hit->name.len > 0) {
        json_put_str(o, STR("name"), hit->name);
    }
    if (hit->via != NULL) {
        json_put_str(o, STR("encoding"), str_cstr(hit->via));
    }
    json_put_str(o, STR("todo"), str_cstr(what_to_do(w, f)));
    json_close(o, '}');
}

static void put_findings(struct json_out *o, const struct scan_writing *w, str name,
                         bool references)
{
    json_own_key(o, name);
    json_open(o, '[');
    for (size_t i = 0; i < w->report->count; i++) {
        const struct scan_finding *f = &w->report->findings[i];
        if ((f->hit.what == FIND_REFERENCE) == references) {
            put_finding(o, w, f);
        }
    }
    json_close(o, ']');
}

static void put_traps(struct json_out *o, const struct scan_change *c)
{
    json_own_key(o, STR("traps"));
    json_open(o, '[');
    for (size_t i = 0; i < c->trap_count; i++) {
        json_open(o, '{');
        if (c->traps[i].line > 0) {
            json_put_i64(o, STR("line"), c->traps[i].line);
        }
        json_put_str(o, STR("text"), c->traps[i].text);
        json_close(o, '}');
    }
    json_close(o, ']');
}

static void put_place(struct json_out *o, const struct scan_change *c)
{
    json_open(o, '{');
    json_put_str(o, STR("file"), c->file);
    json_put_str(o, STR("place"), str_cstr(c->place->name));
    json_put_i64(o, STR("row"), c->place->row);
    json_put_i64(o, STR("keys"), (int64_t)c->keys);
    json_put_i64(o, STR("secrets"), (int64_t)c->secrets);
    json_put_i64(o, STR("references"), (int64_t)c->references);
    json_put_str(o, STR("todo"), str_cstr(c->place->todo));
    json_put_bool(o, STR("patched"), c->after.ptr != NULL);
    if (c->patch_file.ptr != NULL) {
        json_put_str(o, STR("patch"), c->patch_file);
    }
    if (c->why_not.ptr != NULL) {
        json_put_str(o, STR("instead"), c->why_not);
    }
    if (c->role_arn.ptr != NULL) {
        json_put_str(o, STR("role"), c->role_arn);
    }
    if (c->trust.ptr != NULL) {
        json_own_key(o, STR("trust"));
        json_raw(o, c->trust);
        json_put_str(o, STR("trustNote"), c->note);
    }
    put_traps(o, c);
    json_close(o, '}');
}

static void put_unseen(struct json_out *o, const struct scan_report *r)
{
    json_own_key(o, STR("unseen"));
    json_open(o, '[');
    for (size_t i = 0; i < r->unseen_count; i++) {
        json_open(o, '{');
        json_put_str(o, STR("path"), r->unseen[i].path);
        json_put_str(o, STR("why"), r->unseen[i].why);
        if (r->unseen[i].offset > 0) {
            json_put_i64(o, STR("offset"), (int64_t)r->unseen[i].offset);
        }
        json_put_bool(o, STR("damaged"), r->unseen[i].damaged);
        json_close(o, '}');
    }
    json_close(o, ']');
    json_put_i64(o, STR("unseenMore"), (int64_t)r->unseen_more);
}

void scan_write_json(const struct scan_writing *w, buf *out)
{
    const struct scan_report *r = w->report;
    struct json_out o = { .out = out };

    json_open(&o, '{');
    json_put_str(&o, STR("format"), STR("mantle-scan/1"));
    json_own_key(&o, STR("roots"));
    json_open(&o, '[');
    for (size_t i = 0; i < w->root_count; i++) {
        json_str(&o, str_cstr(w->roots[i]));
    }
    json_close(&o, ']');
    json_own_key(&o, STR("looked"));
    json_open(&o, '{');
    json_put_i64(&o, STR("files"), (int64_t)atomic_load(&r->files));
    json_put_i64(&o, STR("bytes"), (int64_t)atomic_load(&r->bytes));
    json_put_i64(&o, STR("archives"), (int64_t)atomic_load(&r->archives));
    json_put_i64(&o, STR("objects"), (int64_t)atomic_load(&r->objects));
    json_put_i64(&o, STR("linksNotFollowed"), (int64_t)atomic_load(&r->links));
    json_put_i64(&o, STR("sameInHistory"), (int64_t)r->same_in_history);
    json_close(&o, '}');
    put_findings(&o, w, STR("findings"), false);
    put_findings(&o, w, STR("references"), true);
    json_own_key(&o, STR("places"));
    json_open(&o, '[');
    for (size_t i = 0; i < w->change_count; i++) {
        put_place(&o, &w->changes[i]);
    }
    json_close(&o, ']');
    put_unseen(&o, r);
    json_close(&o, '}');
    buf_add_char(out, '\n');
}

/* --- SARIF --------------------------------------------------------------------------------------- */

static const struct {
    const char *id, *text;
} rules[] = {
    { "known-key", "An access key of this estate" },
    { "key", "An AWS access key" },
    { "secret", "An AWS secret without its key id" },
    { "reference", "A setting that takes an access key from elsewhere" },
};

static size_t rule_of(const struct find_hit *hit)
{
    return hit->what == FIND_KEY ? (hit->known != NULL ? 0 : 1) : hit->what == FIND_SECRET ? 2 : 3;
}

static void put_result(struct json_out *o, const struct scan_writing *w,
                       const struct scan_finding *f)
{
    size_t rule = rule_of(&f->hit);

    json_open(o, '{');
    json_put_str(o, STR("ruleId"), str_cstr(rules[rule].id));
    json_put_str(o, STR("level"), rule == 3 ? STR("note") : STR("error"));
    json_own_key(o, STR("message"));
    json_open(o, '{');
    json_put_str(o, STR("text"), str_cstr(what_to_do(w, f)));
    json_close(o, '}');
    json_own_key(o, STR("locations"));
    json_open(o, '[');
    json_open(o, '{');
    json_own_key(o, STR("physicalLocation"));
    json_open(o, '{');
    json_own_key(o, STR("artifactLocation"));
    json_open(o, '{');
    json_put_str(o, STR("uri"), f->path);
    json_close(o, '}');
    json_own_key(o, STR("region"));
    json_open(o, '{');
    json_put_i64(o, STR("startLine"), f->hit.line);
    json_put_i64(o, STR("startColumn"), f->hit.column);
    json_close(o, '}');
    json_close(o, '}');
    json_close(o, '}');
    json_close(o, ']');
    if (f->hit.what == FIND_KEY) {
        json_own_key(o, STR("properties"));
        json_open(o, '{');
        put_key(o, w, &f->hit);
        json_close(o, '}');
    }
    json_close(o, '}');
}

static void put_driver(struct json_out *o)
{
    json_own_key(o, STR("tool"));
    json_open(o, '{');
    json_own_key(o, STR("driver"));
    json_open(o, '{');
    json_put_str(o, STR("name"), STR("mantle migrate scan"));
    json_put_str(o, STR("version"), STR(MANTLE_VERSION));
    json_own_key(o, STR("rules"));
    json_open(o, '[');
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        json_open(o, '{');
        json_put_str(o, STR("id"), str_cstr(rules[i].id));
        json_own_key(o, STR("shortDescription"));
        json_open(o, '{');
        json_put_str(o, STR("text"), str_cstr(rules[i].text));
        json_close(o, '}');
        json_close(o, '}');
    }
    json_close(o, ']');
    json_close(o, '}');
    json_close(o, '}');
}

void scan_write_sarif(const struct scan_writing *w, buf *out)
{
    struct json_out o = { .out = out };

    json_open(&o, '{');
    json_put_str(&o, STR("version"), STR("2.1.0"));
    json_put_str(&o, STR("$schema"), STR("https://json.schemastore.org/sarif-2.1.0.json"));
    json_own_key(&o, STR("runs"));
    json_open(&o, '[');
    json_open(&o, '{');
    put_driver(&o);
    json_own_key(&o, STR("results"));
    json_open(&o, '[');
    for (size_t i = 0; i < w->report->count; i++) {
        put_result(&o, w, &w->report->findings[i]);
    }
    json_close(&o, ']');
    json_close(&o, '}');
    json_close(&o, ']');
    json_close(&o, '}');
    buf_add_char(out, '\n');
}
