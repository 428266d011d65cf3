/* mantle-inventory/1: written and read back. docs/reference/inventory.md says what the members mean. */
#include "migrate/estate_read.h"
#include "migrate/inventory_fields.h"
#include "system/system.h"

static const char *const kind_words[] = {
    [BOOK_USER] = "user", [BOOK_ROLE] = "role", [BOOK_ROOT] = "root"
};

/* -- writing ------------------------------------------------------------------------------------- */

static void write_counts(str name, const uint32_t *counts, size_t count, struct json_out *out)
{
    json_own_key(out, name);
    json_open(out, '[');
    for (size_t i = 0; i < count; i++) {
        json_i64(out, counts[i]);
    }
    json_close(out, ']');
}

static void write_agents(const struct inventory_use *use, struct json_out *out)
{
    json_own_key(out, STR("agents"));
    json_open(out, '[');
    for (size_t i = 0; i < use->agent_count; i++) {
        const struct inventory_agent *a = &use->agents[i];
        json_open(out, '{');
        json_put_str(out, STR("use"), str_cstr(agent_use_word(a->agent.use)));
        json_put_some(out, STR("family"), a->agent.family);
        json_put_some(out, STR("language"), a->agent.language);
        json_put_some(out, STR("version"), a->agent.version);
        json_put_some(out, STR("os"), a->agent.os);
        json_put_some(out, STR("exec_env"), a->agent.exec_env);
        json_put_str(out, STR("sample"), a->sample);
        json_put_i64(out, STR("calls"), (int64_t)a->calls);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void write_addresses(const struct inventory_use *use, struct json_out *out)
{
    json_own_key(out, STR("addresses"));
    json_open(out, '[');
    for (size_t i = 0; i < use->address_count; i++) {
        const struct inventory_address *a = &use->addresses[i];
        json_open(out, '{');
        json_put_str(out, STR("address"), a->address);
        json_put_str(out, STR("kind"), str_cstr(address_kind_word(a->kind)));
        json_put_some(out, STR("vpc_endpoint"), a->endpoint);
        json_put_i64(out, STR("calls"), (int64_t)a->calls);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void write_use(const struct inventory_use *use, struct json_out *out)
{
    json_own_key(out, STR("use"));
    json_open(out, '{');
    fields_write(&inventory_use_fields, use, out);
    write_counts(STR("hours_utc"), use->hours, COUNT_OF(use->hours), out);
    write_counts(STR("weekdays_from_monday"), use->weekdays, COUNT_OF(use->weekdays), out);
    write_agents(use, out);
    write_addresses(use, out);
    json_close(out, '}');
}

static void write_key(const struct inventory_key *key, struct json_out *out)
{
    json_open(out, '{');
    fields_write(&inventory_key_fields, key, out);
    write_use(&key->use, out);
    json_own_key(out, STR("consumers"));
    json_open(out, '[');
    for (size_t i = 0; i < key->consumer_count; i++) {
        json_open(out, '{');
        fields_write(&inventory_consumer_fields, &key->consumers[i], out);
        write_use(&key->consumers[i].use, out);
        json_close(out, '}');
    }
    json_close(out, ']');
    json_close(out, '}');
}

static void write_principal(const struct inventory_principal *p, struct json_out *out)
{
    json_open(out, '{');
    json_put_str(out, STR("kind"), str_cstr(kind_words[p->kind]));
    fields_write(&inventory_principal_fields, p, out);
    write_use(&p->use, out);
    json_own_key(out, STR("keys"));
    json_open(out, '[');
    for (size_t i = 0; i < p->key_count; i++) {
        write_key(&p->keys[i], out);
    }
    json_close(out, ']');
    json_close(out, '}');
}

static void write_blind(const struct inventory *inventory, struct json_out *out)
{
    json_own_key(out, STR("not_seen"));
    json_open(out, '[');
    for (size_t i = 0; i < inventory->blind_count; i++) {
        const struct inventory_blind *b = &inventory->blind[i];
        json_open(out, '{');
        json_put_str(out, STR("code"), b->code);
        json_put_some(out, STR("subject"), b->subject);
        json_put_str(out, STR("what"), b->what);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void write_problems(str name, const struct trail_problem *items, size_t count,
                           struct json_out *out)
{
    json_own_key(out, name);
    json_open(out, '[');
    for (size_t i = 0; i < count; i++) {
        const struct trail_problem *p = &items[i];
        json_open(out, '{');
        json_put_str(out, STR("kind"), str_cstr(trail_problem_word(p->kind)));
        json_put_str(out, STR("file"), p->path);
        json_put_i64(out, STR("offset"), (int64_t)p->offset);
        json_put_str(out, STR("what"), p->what);
        json_close(out, '}');
    }
    json_close(out, ']');
}

void inventory_print(const struct inventory *inventory, buf *text)
{
    struct json_out out = { .out = text };

    json_open(&out, '{');
    json_put_str(&out, STR("format"), STR(INVENTORY_FORMAT));
    json_own_key(&out, STR("trail"));
    json_open(&out, '{');
    fields_write(&inventory_top_fields, inventory, &out);
    json_close(&out, '}');
    write_blind(inventory, &out);
    write_problems(STR("problems"), inventory->problems, inventory->problem_count, &out);
    write_problems(STR("notes"), inventory->notes.items, inventory->notes.count, &out);
    json_own_key(&out, STR("principals"));
    json_open(&out, '[');
    for (size_t i = 0; i < inventory->principal_count; i++) {
        write_principal(&inventory->principals[i], &out);
        BUF_LIT(text, "\n");
    }
    json_close(&out, ']');
    json_close(&out, '}');
    BUF_LIT(text, "\n");
}

enum rc inventory_save(const struct inventory *inventory, struct estate *estate)
{
    str path = estate_path(estate, STR(INVENTORY_FILE));
    buf text = buf_heap(SIZE_MAX);
    enum rc rc = path.ptr == NULL ? RC_NOMEM : RC_OK;

    if (rc == RC_OK) {
        inventory_print(inventory, &text);
        rc = text.err == RC_OK ? file_replace(path.ptr, buf_str(&text), 0600) : text.err;
    }
    buf_done(&text);
    return rc;
}

/* -- reading ------------------------------------------------------------------------------------- */

static uint64_t number_at(const struct json *object, str name)
{
    const struct json *value = json_member(object, name);
    uint64_t n;

    return value != NULL && value->type == JSON_NUMBER && str_to_u64(value->text, &n) == RC_OK ? n
                                                                                               : 0;
}

/* The list under `name`; *ret_count 0 when it is none. */
static const struct json *list_at(const struct json *object, str name, size_t *ret_count)
{
    const struct json *list = json_member(object, name);

    *ret_count = list != NULL && list->type == JSON_ARRAY ? list->count : 0;
    return *ret_count == 0 ? NULL : list->first;
}

static void read_counts(const struct json *object, str name, uint32_t *counts, size_t count)
{
    size_t have, i = 0;

    for (const struct json *n = list_at(object, name, &have); n != NULL && i < count; n = n->next) {
        uint64_t value;
        counts[i++] = str_to_u64(n->text, &value) == RC_OK ? (uint32_t)value : 0;
    }
}

static enum rc read_agents(const struct json *json, struct arena *arena, struct inventory_use *use)
{
    size_t count;
    const struct json *item = list_at(json, STR("agents"), &count);

    use->agents = NEW_ARRAY(arena, count + 1, struct inventory_agent);
    if (use->agents == NULL) {
        return RC_NOMEM;
    }
    for (; item != NULL; item = item->next) { /* what the sample says, it says again */
        str sample = estate_text(item, STR("sample"));
        use->agents[use->agent_count++] = (struct inventory_agent){ agent_parse(sample), sample,
                                                                    number_at(item, STR("calls")) };
    }
    return RC_OK;
}

static enum rc read_addresses(const struct json *json, struct arena *arena,
                              struct inventory_use *use)
{
    size_t count;
    const struct json *item = list_at(json, STR("addresses"), &count);

    use->addresses = NEW_ARRAY(arena, count + 1, struct inventory_address);
    if (use->addresses == NULL) {
        return RC_NOMEM;
    }
    for (; item != NULL; item = item->next) {
        str address = estate_text(item, STR("address"));
        use->addresses[use->address_count++] =
            (struct inventory_address){ address, estate_text(item, STR("vpc_endpoint")),
                                        address_kind_of(address), number_at(item, STR("calls")) };
    }
    return RC_OK;
}

static enum rc read_use(const struct json *object, struct arena *arena, struct inventory_use *use)
{
    const struct json *json = json_member(object, STR("use"));

    TRY(fields_read(&inventory_use_fields, json, arena, use));
    read_counts(json, STR("hours_utc"), use->hours, COUNT_OF(use->hours));
    read_counts(json, STR("weekdays_from_monday"), use->weekdays, COUNT_OF(use->weekdays));
    TRY(read_agents(json, arena, use));
    return read_addresses(json, arena, use);
}

static enum rc read_key(const struct json *json, struct arena *arena, struct inventory_key *key)
{
    size_t count;
    const struct json *item = list_at(json, STR("consumers"), &count);

    *key = (struct inventory_key){ .credential = INTERN_NONE };
    TRY(fields_read(&inventory_key_fields, json, arena, key));
    TRY(read_use(json, arena, &key->use));
    key->consumers = NEW_ARRAY(arena, count + 1, struct inventory_consumer);
    if (key->consumers == NULL) {
        return RC_NOMEM;
    }
    for (; item != NULL; item = item->next) {
        struct inventory_consumer *consumer = &key->consumers[key->consumer_count++];
        TRY(fields_read(&inventory_consumer_fields, item, arena, consumer));
        TRY(read_use(item, arena, &consumer->use));
    }
    return RC_OK;
}

static enum rc read_principal(const struct json *json, struct arena *arena,
                              struct inventory_principal *p)
{
    str kind = estate_text(json, STR("kind"));
    size_t count;
    const struct json *item = list_at(json, STR("keys"), &count);

    for (size_t i = 0; i < COUNT_OF(kind_words); i++) {
        p->kind = str_eq(kind, str_cstr(kind_words[i])) ? (enum principal_kind)i : p->kind;
    }
    TRY(fields_read(&inventory_principal_fields, json, arena, p));
    TRY(read_use(json, arena, &p->use));
    p->keys = NEW_ARRAY(arena, count + 1, struct inventory_key);
    if (p->keys == NULL) {
        return RC_NOMEM;
    }
    for (; item != NULL; item = item->next) {
        TRY(read_key(item, arena, &p->keys[p->key_count++]));
    }
    return RC_OK;
}

static enum rc read_blind(const struct json *json, struct inventory *ret)
{
    size_t count;
    const struct json *item = list_at(json, STR("not_seen"), &count);

    ret->blind = NEW_ARRAY(ret->arena, count + 1, struct inventory_blind);
    if (ret->blind == NULL) {
        return RC_NOMEM;
    }
    for (; item != NULL; item = item->next) {
        ret->blind[ret->blind_count++] = (struct inventory_blind){
            estate_text(item, STR("code")), estate_text(item, STR("subject")),
            estate_text(item, STR("what"))
        };
    }
    return RC_OK;
}

static enum trail_problem_kind problem_kind(str word)
{
    for (int i = 0; i < PROBLEM_KINDS; i++) {
        if (str_eq(word, str_cstr(trail_problem_word((enum trail_problem_kind)i)))) {
            return (enum trail_problem_kind)i;
        }
    }
    return PROBLEM_UNREADABLE;
}

static enum rc read_problems(const struct json *json, str name, struct arena *arena,
                             struct trail_problem **ret, size_t *ret_count)
{
    size_t count;
    const struct json *item = list_at(json, name, &count);

    *ret_count = 0;
    *ret = NEW_ARRAY(arena, count + 1, struct trail_problem);
    if (*ret == NULL) {
        return RC_NOMEM;
    }
    for (; item != NULL; item = item->next) {
        (*ret)[(*ret_count)++] = (struct trail_problem){
            problem_kind(estate_text(item, STR("kind"))), estate_text(item, STR("file")),
            number_at(item, STR("offset")), estate_text(item, STR("what"))
        };
    }
    return RC_OK;
}

static enum rc read_all(const struct json *json, struct inventory *ret)
{
    size_t count;
    const struct json *item = list_at(json, STR("principals"), &count);

    TRY(fields_read(&inventory_top_fields, json_member(json, STR("trail")), ret->arena, ret));
    TRY(read_blind(json, ret));
    TRY(read_problems(json, STR("problems"), ret->arena, &ret->problems, &ret->problem_count));
    TRY(read_problems(json, STR("notes"), ret->arena, &ret->notes.items, &ret->notes.count));
    ret->principals = NEW_ARRAY(ret->arena, count + 1, struct inventory_principal);
    if (ret->principals == NULL) {
        return RC_NOMEM;
    }
    for (; item != NULL; item = item->next) {
        TRY(read_principal(item, ret->arena, &ret->principals[ret->principal_count++]));
    }
    return RC_OK;
}

enum rc inventory_load(struct estate *estate, struct arena *arena, struct inventory *ret,
                       const char **reterr)
{
    static const struct json_limits limits = { 32, 50000000, .repeats = false };
    str path = estate_path(estate, STR(INVENTORY_FILE)), text;
    struct json_error error;
    struct json *json;
    enum rc rc;

    *ret = (struct inventory){ .arena = arena };
    if (path.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(file_read(path.ptr, (size_t)1 << 30, arena, &text));
    rc = json_parse(text, &limits, arena, &json, &error);
    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        *reterr = error.reason;
        return RC_SYNTAX;
    }
    TRY(rc);
    if (!str_eq(estate_text(json, STR("format")), STR(INVENTORY_FORMAT))) {
        *reterr = "its format is not " INVENTORY_FORMAT;
        return RC_SYNTAX;
    }
    return read_all(json, ret);
}
