/* Time of one decision beside a bare hit in a hash table with 64-byte keys in the same run. Prints one
 * line per shape: name, nanoseconds of the core (median of rounds), times the hit, and the bar where
 * there is one. Counts allocations: a decision makes none. With two numbers as arguments it makes only
 * the decision of that shape, that many times. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mantle/policy.h>

#include "base/buf.h"
#include "base/table.h"
#include "policy/policy.h"

enum { ROUNDS = 31, BATCH = 20000, KEYS = 1024, PRINCIPALS = 1000 };

static double now_ns(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void die(const char *what)
{
    (void)fprintf(stderr, "bench/decide: %s\n", what);
    exit(1);
}

/* Median over rounds of the time of one call of step. */
static double median_ns(size_t (*step)(void *, size_t), void *with)
{
    double rounds[ROUNDS];
    static volatile size_t sink __attribute__((unused)); /* written so that the walk stays */

    for (int r = 0; r < ROUNDS; r++) {
        double start = now_ns();
        for (size_t i = 0; i < BATCH; i++) {
            sink += step(with, i);
        }
        rounds[r] = (now_ns() - start) / BATCH;
    }
    (void)sink; /* clang: it is set and never read, as it should be */
    qsort(rounds, ROUNDS, sizeof(rounds[0]), by_value);
    return rounds[ROUNDS / 2];
}

/* --- the yardstick ----------------------------------------------------------------------------- */

struct yardstick {
    struct table table;
    char keys[KEYS][64];
};

static size_t hit(void *with, size_t i)
{
    struct yardstick *y = with;

    return (size_t)table_get(&y->table, str_from(y->keys[i * 7 % KEYS], 64));
}

static void yardstick_init(struct yardstick *y)
{
    static const uint8_t key[16] = { 1, 2, 3 };

    table_init(&y->table, &heap, key);
    for (size_t i = 0; i < KEYS; i++) {
        memset(y->keys[i], 'x', 64);
        (void)snprintf(y->keys[i], 64, "arn:aws:iam::111122223333:role/team-%04zu/application", i);
        if (table_set(&y->table, str_from(y->keys[i], 64), y->keys[i], NULL) != RC_OK) {
            die("no memory");
        }
    }
}

/* --- shapes ------------------------------------------------------------------------------------ */

static size_t allocations;

static void *counted(const struct alloc *self, void *ptr, size_t old_size, size_t new_size)
{
    (void)self;
    allocations++;
    return heap.resize(&heap, ptr, old_size, new_size);
}

static const struct alloc counting = { counted };

static const str tag = STR_INIT("red"), source = STR_INIT("10.1.2.3"),
                 now = STR_INIT("2026-06-01T00:00:00Z"), secure = STR_INIT("true"),
                 account = STR_INIT("111122223333"),
                 role_arn = STR_INIT("arn:aws:iam::111122223333:role/app");
static const struct context_entry context[] = {
    { STR_INIT("aws:CurrentTime"), &now, 1, false },
    { STR_INIT("aws:EpochTime"), &now, 1, false },
    { STR_INIT("aws:SecureTransport"), &secure, 1, false },
    { STR_INIT("aws:SourceIp"), &source, 1, false },
    { STR_INIT("aws:UserAgent"), &source, 1, false },
    { STR_INIT("aws:PrincipalArn"), &role_arn, 1, false },
    { STR_INIT("aws:PrincipalAccount"), &account, 1, false },
    { STR_INIT("aws:PrincipalType"), &tag, 1, false },
    { STR_INIT("aws:userid"), &tag, 1, false },
    { STR_INIT("aws:RequestedRegion"), &tag, 1, false },
    { STR_INIT("aws:ViaAWSService"), &secure, 1, false },
    { STR_INIT("aws:PrincipalTag/team"), &tag, 1, false },
};

/* Policies of statements for other actions; the last statement of the last policy is `last`. */
static const struct policy_set *policies(size_t count, size_t statements, const char *last,
                                         bool alike, struct arena *arena)
{
    struct policy_source *sources = NEW_ARRAY(arena, count, struct policy_source);
    const struct policy_set *set;
    struct policy_refusal why;

    for (size_t p = 0; p < count; p++) {
        buf text = buf_arena(arena, 16u << 20);
        BUF_LIT(&text, "{\"Version\":\"2012-10-17\",\"Statement\":[");
        for (size_t s = 0; s < statements; s++) {
            if (s > 0) {
                BUF_LIT(&text, ",");
            }
            if (p + 1 == count && s + 1 == statements) {
                buf_add(&text, str_cstr(last));
            } else if (alike) {
                buf_printf(&text,
                           "{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":"
                           "\"arn:aws:s3:::orders/team-%zu/*\"}",
                           s);
            } else {
                buf_printf(&text,
                           "{\"Effect\":\"Allow\",\"Action\":[\"svc%zu:Get*\",\"dynamodb:Op%zu\","
                           "\"sqs:Send%zu\"],\"Resource\":\"arn:aws:sqs:*:111122223333:q%zu-*\"}",
                           s % 40, s, s, s);
            }
        }
        BUF_LIT(&text, "]}");
        if (text.err != RC_OK ||
            policy_parse(POLICY_IDENTITY, buf_str(&text), arena, &sources[p].doc, &why) != RC_OK) {
            die("the policy does not parse");
        }
    }
    if (policy_compile(sources, count, arena, &set) != RC_OK) {
        die("the policies do not compile");
    }
    return set;
}

#define CONDITION ",\"Condition\":{\"StringEquals\":{\"aws:PrincipalTag/team\":\"red\"}}"
#define EXACT                                                                                      \
    "{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::orders/"        \
    "*\"" CONDITION "}"
#define VARIABLE                                                                                   \
    "{\"Effect\":\"Allow\",\"Action\":\"s3:Get*\",\"Resource\":\"arn:aws:s3:::orders/"             \
    "${aws:PrincipalTag/team}/*\"}"
#define MANY                                                                                       \
    "{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\",\"Condition\":{\"StringLike\":{" \
    "\"aws:PrincipalTag/team\":\"r*\"},\"IpAddress\":{\"aws:SourceIp\":[\"192.168.0.0/16\","       \
    "\"10.0.0.0/8\"]},\"DateLessThan\":{\"aws:CurrentTime\":\"2030-01-01T00:00:00Z\"},\"Bool\":{"  \
    "\"aws:SecureTransport\":\"true\"}}}"

/* The same action in every statement, each for another resource; the last one matches. */
#define ALIKE                                                                                      \
    "{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::orders/"        \
    "red/*\"" CONDITION "}"

static const struct shape {
    const char *name, *last;
    size_t policies, statements;
    bool limits;          /* a boundary, a session policy and two SCP levels as well */
    bool alike;           /* all statements name the action asked for */
    double bar_ns, bar_x; /* of the row before; 0: none */
} shapes[] = {
    { "3 policies x 10 statements, 1 condition", EXACT, 3, 10, false, false, 100, 0 },
    { "4 policies x 50 statements, 1 condition", EXACT, 4, 50, false, false, 150, 0 },
    { "200 statements", EXACT, 1, 200, false, false },
    { "2,000 statements", EXACT, 1, 2000, false, false, 0, 1.5 },
    { "200 statements, all for this action", ALIKE, 1, 200, false, true },
    { "2,000 statements, all for this action", ALIKE, 1, 2000, false, true, 0, 1.5 },
    { "a variable in the resource", VARIABLE, 3, 10, false, false },
    { "4 conditions", MANY, 3, 10, false, false },
    { "boundary, session, 2 SCP levels", EXACT, 3, 10, true, false },
};

struct fixture {
    struct policy_stack stack;
    struct policy_request request;
    const struct policy_set *levels[2];
};

static size_t decide(void *with, size_t i)
{
    const struct fixture *f = with;
    struct decision decision;

    (void)i;
    policy_decide(&f->stack, &f->request, &decision);
    return (size_t)decision.result;
}

/* As a program with libmantle decides: its structs have the engine's layout. */
static size_t decide_in_library(void *with, size_t i)
{
    const struct fixture *f = with;
    mantle_decision decision;

    (void)i;
    mantle_policy_decide((const void *)&f->stack, (const void *)&f->request, &decision);
    return (size_t)decision.result;
}

static void fixture_init(struct fixture *f, const struct shape *shape, struct arena *arena)
{
    static const char all[] = "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}";
    const struct policy_set *guard = policies(1, 1, all, false, arena);

    *f = (struct fixture){
        .request = { .principal = { .type = PRINCIPAL_ROLE_SESSION,
                                    .account = account,
                                    .arn = STR("arn:aws:sts::111122223333:assumed-role/app/s"),
                                    .role_arn = role_arn },
                     .action = STR("s3:GetObject"),
                     .resource = STR("arn:aws:s3:::orders/red/2026/07/31.json"),
                     .resource_account = account,
                     .context = context,
                     .context_count = COUNT_OF(context) },
        .levels = { guard, guard },
    };
    f->stack.identity = policies(shape->policies, shape->statements, shape->last, shape->alike,
                                 arena);
    if (shape->limits) {
        f->stack.boundary = f->stack.session = guard;
        f->stack.scp = f->levels;
        f->stack.scp_count = 2;
    }
    if (decide(f, 0) != DECIDED_ALLOW) {
        die("decided otherwise than expected");
    }
}

static double measure_step(const struct shape *shape, size_t (*step)(void *, size_t))
{
    struct arena arena;
    struct fixture f;
    size_t before;
    double ns;

    arena_init(&arena, &counting, 1u << 18, 1u << 28);
    fixture_init(&f, shape, &arena);
    before = allocations;
    ns = median_ns(step, &f);
    if (allocations != before) {
        die("a decision took memory");
    }
    arena_done(&arena);
    return ns;
}

static double measure(const struct shape *shape)
{
    return measure_step(shape, decide);
}

/* Many principals with policies of their own, one decision for each in a row that jumps about. The
 * request is at hand, as a server has it. cold: before each round a walk through more memory than the
 * caches hold, so that every policy comes from memory, page tables too. */
static double measure_mix(bool cold)
{
    static struct fixture fixtures[PRINCIPALS];
    static unsigned char elsewhere[64 << 20];
    static volatile size_t sink __attribute__((unused)); /* written so that the walk stays */
    struct arena arena;
    double rounds[ROUNDS];

    arena_init(&arena, &counting, 1u << 18, 1u << 30);
    for (size_t i = 0; i < PRINCIPALS; i++) {
        fixture_init(&fixtures[i], &shapes[0], &arena);
    }
    for (size_t r = 0; r < ROUNDS; r++) {
        double start;
        for (size_t i = 0; cold && i < sizeof(elsewhere); i += 64) {
            elsewhere[i]++;
        }
        start = now_ns();
        for (size_t i = 0; i < PRINCIPALS; i++) {
            struct decision decision;
            policy_decide(&fixtures[i * 617 % PRINCIPALS].stack, &fixtures[0].request, &decision);
            sink += (size_t)decision.result;
        }
        rounds[r] = (now_ns() - start) / PRINCIPALS;
    }
    arena_done(&arena);
    qsort(rounds, ROUNDS, sizeof(rounds[0]), by_value);
    return rounds[ROUNDS / 2];
}

/* For tools that count instructions: one shape, nothing else. */
static int repeat(size_t shape, size_t times)
{
    struct arena arena;
    struct fixture f;

    if (shape >= COUNT_OF(shapes)) {
        die("no such shape");
    }
    arena_init(&arena, &counting, 1u << 18, 1u << 28);
    fixture_init(&f, &shapes[shape], &arena);
    for (size_t i = 0; i < times; i++) {
        (void)decide(&f, i);
    }
    arena_done(&arena);
    return 0;
}

/* bar_ns 0: there is none. Bars are in nanoseconds of a quiet core; the ratio to the hit beside them
 * holds on other machines, too. */
static void row(const char *name, double ns, double bare, double bar_ns)
{
    printf("%-44s %8.1f ns %7.2f x", name, ns, ns / bare);
    if (bar_ns > 0) {
        printf("   bar %.0f ns%s", bar_ns, ns <= bar_ns ? "" : "   NOT MET");
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    static struct yardstick yardstick;
    double bare, before = 0;

    if (argc == 3) {
        return repeat((size_t)atol(argv[1]), (size_t)atol(argv[2]));
    }
    if (argc == 2) { /* "first": its nanoseconds alone */
        printf("%.1f\n", measure(&shapes[0]));
        return 0;
    }
    yardstick_init(&yardstick);
    (void)median_ns(hit, &yardstick); /* warm */
    bare = median_ns(hit, &yardstick);
    row("a 64-byte hash-table hit", bare, bare, 0);
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        double ns = measure(&shapes[i]);
        double bar = shapes[i].bar_ns > 0 ? shapes[i].bar_ns : shapes[i].bar_x * before;

        row(shapes[i].name, ns, bare, bar);
        before = ns;
    }
    before = measure(&shapes[0]);
    row("the first again, through libmantle", measure_step(&shapes[0], decide_in_library), bare,
        before * 1.1);
    row("1,000 principals in turn, each cold", measure_mix(false), bare, 1000);
    row("1,000 principals, no cache holds anything", measure_mix(true), bare, 0);
    table_done(&yardstick.table);
    return 0;
}
