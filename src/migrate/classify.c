#include "migrate/classify.h"

#include <inttypes.h>
#include <stdlib.h>

#include "codec/json.h"

enum { WHY_MAX = 512, DAY_S = 86400 };

const char *class_word(enum class class)
{
    static const char *const words[CLASSES] = {
        [CLASS_MIXED] = "mixed",
        [CLASS_UNKNOWN] = "unknown",
        [CLASS_SYSTEM] = "system",
        [CLASS_HUMAN] = "human",
    };

    return words[class];
}

struct classifier {
    const struct estate *estate;
    const struct inventory *inventory;
    int64_t now_s;
    struct arena *arena;
};

static int reason_order(const void *a, const void *b)
{
    const struct class_reason *x = a, *y = b;

    return x->points != y->points ? (x->points < y->points) - (x->points > y->points)
                                  : strcmp(x->code, y->code);
}

/* Both sides have a case, and the program's stands on what was seen, not on a name: mixed. Few calls leave
 * it to the exports, and those alone never make a program out of somebody. */
static enum class class_of(const struct inventory_use *use, unsigned human, unsigned machine,
                           unsigned seen_machine) {
    if (human >= CLASS_POINTS && seen_machine >= CLASS_POINTS){ return CLASS_MIXED; }
if (human >= CLASS_POINTS && human > machine)
{
    return CLASS_HUMAN;
}
if (machine >= CLASS_POINTS && machine > human && use->calls >= CLASS_CALLS) {
    return CLASS_SYSTEM;
}
return CLASS_UNKNOWN;
}

static unsigned share(const struct verdict *v)
{
    unsigned both = v->human + v->machine;

    if (both == 0 || v->class == CLASS_MIXED || v->class == CLASS_UNKNOWN) {
        return 0;
    }
    return (v->class == CLASS_HUMAN ? v->human : v->machine) * 100 / both;
}

static enum rc judge(const struct classifier *c, const struct class_subject *subject,
                     struct verdict *ret)
{
    struct verdict v = { .reasons = NEW_ARRAY(c->arena, class_rule_count, struct class_reason) };
    unsigned seen_machine = 0;

    if (v.reasons == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < class_rule_count; i++) {
        const struct class_rule *rule = &class_rules[i];
        buf why = buf_arena(c->arena, WHY_MAX);
        if (!rule->fires(subject, &why)) {
            continue;
        }
        if (why.err == RC_NOMEM) {
            return RC_NOMEM;
        }
        *(rule->human ? &v.human : &v.machine) += rule->points;
        seen_machine += !rule->human && rule->by_use ? rule->points : 0;
        v.reasons[v.reason_count++] = (struct class_reason){ rule->code, rule->human, rule->points,
                                                             buf_str(&why) };
    }
    if (v.reason_count > 0) {
        qsort(v.reasons, v.reason_count, sizeof(*v.reasons), reason_order);
    }
    v.class = class_of(subject->use, v.human, v.machine, seen_machine);
    v.percent = share(&v);
    *ret = v;
    return RC_OK;
}

/* -- break glass --------------------------------------------------------------------------------- */

static bool names_emergency(str text)
{
    static const str words[] = { STR_INIT("breakglass"),  STR_INIT("break-glass"),
                                 STR_INIT("break_glass"), STR_INIT("emergency"),
                                 STR_INIT("firecall"),    STR_INIT("fire-call") };
    size_t at;

    for (size_t w = 0; w < COUNT_OF(words); w++) {
        for (size_t i = 0; i + words[w].len <= text.len; i++) {
            if (str_eq_nocase(str_slice(text, i, words[w].len), words[w])) {
                return true;
            }
        }
    }
    return str_find(text, STR("Break Glass"), &at) || str_find(text, STR("break glass"), &at);
}

/* May do three things that only an administrator may. */
static enum rc is_administrator(const struct classifier *c, const struct estate_user *user,
                                bool *ret)
{
    static const char *const actions[] = { "iam:CreateUser", "ec2:TerminateInstances",
                                           "s3:DeleteBucket" };
    struct policy_stack stack;
    struct arena arena;
    enum rc rc;

    *ret = true;
    arena_init(&arena, &heap, 1 << 14, (size_t)64 << 20);
    rc = estate_stack(&user->policies, &user->boundary, &arena, &stack);
    for (size_t i = 0; rc == RC_OK && i < COUNT_OF(actions); i++) {
        struct policy_request request = {
            .principal = { .type = PRINCIPAL_USER, .account = user->account, .arn = user->arn },
            .action = str_cstr(actions[i]),
            .resource = STR("*"),
        };
        struct decision decision;
        policy_decide(&stack, &request, &decision);
        *ret &= decision.result == DECIDED_ALLOW;
    }
    arena_done(&arena);
    *ret &= rc == RC_OK;
    return rc == RC_NOMEM ? rc : RC_OK;
}

static bool has_active_key(const struct estate_user *user)
{
    for (size_t i = 0; i < user->key_count; i++) {
        if (user->keys[i]->active) {
            return true;
        }
    }
    return false;
}

/* An administrator with a password, a second factor and no key, who does not work with it. */
static enum rc looks_like_break_glass(const struct classifier *c, const struct estate_user *user,
                                      const struct inventory_use *use, bool *ret)
{
    const struct estate_report *r = user->report;

    *ret = r != NULL && r->password_enabled && r->mfa_active && !has_active_key(user) &&
           (r->password_used_s == ESTATE_NEVER ||
            c->now_s - r->password_used_s > (int64_t)RECENT_DAYS * DAY_S) &&
           use->calls < CLASS_CALLS;
    return *ret ? is_administrator(c, user, ret) : RC_OK;
}

static enum rc find_break_glass(const struct classifier *c, const struct estate_user *user,
                                const struct inventory_use *use, struct user_verdict *v)
{
    bool named = names_emergency(user->name) || names_emergency(user->path);

    for (size_t i = 0; i < user->tag_count; i++) {
        named |= names_emergency(user->tags[i].key) || names_emergency(user->tags[i].value);
    }
    if (named) {
        v->break_glass = true;
        v->break_glass_why = STR("its name, path or a tag says so");
        return RC_OK;
    }
    TRY(looks_like_break_glass(c, user, use, &v->break_glass));
    if (v->break_glass) {
        v->break_glass_why = STR("an administrator with password and second factor, without a key, "
                                 "who has not signed in for 90 days");
    }
    return RC_OK;
}

/* -- all of them --------------------------------------------------------------------------------- */

static const struct inventory_use no_use = { .first_s = ESTATE_NEVER, .last_s = ESTATE_NEVER };

static enum rc judge_user(const struct classifier *c, const struct estate_user *user,
                          struct user_verdict *ret)
{
    const struct inventory_principal *p = inventory_principal(c->inventory, user->arn);
    struct class_subject subject = { .user = user,
                                     .use = p == NULL ? &no_use : &p->use,
                                     .now_s = c->now_s,
                                     .has_report = c->estate->has_report };

    *ret = (struct user_verdict){ .name = user->name, .arn = user->arn };
    TRY(judge(c, &subject, &ret->verdict));
    TRY(find_break_glass(c, user, subject.use, ret));
    ret->keys = NEW_ARRAY(c->arena, (p == NULL ? 0 : p->key_count) + 1, struct key_verdict);
    if (ret->keys == NULL) {
        return RC_NOMEM;
    }
    subject.key = true;
    for (size_t i = 0; p != NULL && i < p->key_count; i++) {
        if (p->keys[i].id.ptr != NULL) {
            subject.use = &p->keys[i].use;
            ret->keys[ret->key_count].id = p->keys[i].id;
            TRY(judge(c, &subject, &ret->keys[ret->key_count++].verdict));
        }
    }
    return RC_OK;
}

static int user_order(const void *a, const void *b)
{
    const struct user_verdict *x = a, *y = b;

    return x->verdict.class != y->verdict.class ? (x->verdict.class > y->verdict.class) -
                                                      (x->verdict.class < y->verdict.class)
                                                : str_cmp(x->name, y->name);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b; /* ESTATE_NEVER is the earliest */
}

/* Old exports stay as true as they were on their day. */
static int64_t day_of_exports(const struct estate *estate, const struct inventory *inventory)
{
    int64_t latest = later(estate->report_s, inventory->last_s);

    for (size_t i = 0; i < estate->report_count; i++) {
        const struct estate_report *r = &estate->reports[i];
        latest = later(latest, later(r->password_used_s, r->created_s));
        latest = later(latest, later(r->keys[0].used_s, r->keys[1].used_s));
    }
    return latest;
}

enum rc classify(const struct estate *estate, const struct inventory *inventory,
                 struct arena *arena, struct classification *ret)
{
    struct classifier c = { estate, inventory, day_of_exports(estate, inventory), arena };

    *ret = (struct classification){ NEW_ARRAY(arena, estate->user_count + 1, struct user_verdict) };
    if (ret->users == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < estate->user_count; i++) {
        TRY(judge_user(&c, &estate->users[i], &ret->users[i]));
        ret->of_class[ret->users[i].verdict.class]++;
        ret->user_count++;
    }
    if (ret->user_count > 0) {
        qsort(ret->users, ret->user_count, sizeof(*ret->users), user_order);
    }
    return RC_OK;
}

/* -- JSON ---------------------------------------------------------------------------------------- */

static void print_verdict(const struct verdict *v, struct json_out *out)
{
    json_put_str(out, STR("class"), str_cstr(class_word(v->class)));
    json_put_i64(out, STR("percent"), v->percent);
    json_put_i64(out, STR("human_points"), v->human);
    json_put_i64(out, STR("system_points"), v->machine);
    json_own_key(out, STR("reasons"));
    json_open(out, '[');
    for (size_t i = 0; i < v->reason_count; i++) {
        const struct class_reason *r = &v->reasons[i];
        json_open(out, '{');
        json_put_str(out, STR("code"), str_cstr(r->code));
        json_put_str(out, STR("side"), r->human ? STR("human") : STR("system"));
        json_put_i64(out, STR("points"), r->points);
        json_put_str(out, STR("what"), r->what);
        json_close(out, '}');
    }
    json_close(out, ']');
}

void classification_print(const struct classification *classification, buf *text)
{
    struct json_out out = { .out = text };

    json_open(&out, '{');
    json_put_str(&out, STR("format"), STR(CLASSIFY_FORMAT));
    json_own_key(&out, STR("users"));
    json_open(&out, '[');
    for (size_t i = 0; i < classification->user_count; i++) {
        const struct user_verdict *u = &classification->users[i];
        json_open(&out, '{');
        json_put_str(&out, STR("name"), u->name);
        json_put_str(&out, STR("arn"), u->arn);
        print_verdict(&u->verdict, &out);
        json_put_bool(&out, STR("break_glass"), u->break_glass);
        if (u->break_glass) {
            json_put_str(&out, STR("break_glass_why"), u->break_glass_why);
        }
        json_own_key(&out, STR("keys"));
        json_open(&out, '[');
        for (size_t k = 0; k < u->key_count; k++) {
            json_open(&out, '{');
            json_put_str(&out, STR("id"), u->keys[k].id);
            print_verdict(&u->keys[k].verdict, &out);
            json_close(&out, '}');
        }
        json_close(&out, ']');
        json_close(&out, '}');
        BUF_LIT(text, "\n");
    }
    json_close(&out, ']');
    json_close(&out, '}');
    BUF_LIT(text, "\n");
}
