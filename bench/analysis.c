/* Containment of real policies: each line of a file of documents (JSON lines with "document", and
 * "name") against itself, against its next version where the
 * file has one (NAME and NAMEV2), and against others at random. Prints the median and the 99th
 * percentile of one comparison, and how many were decided.
 *
 * usage: bench_analysis FILE [PAIRS] [--print]     --print: each verdict, for tests/z3 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/analysis.h"
#include "codec/json.h"

enum { POLICIES_MAX = 8192, PAIRS_USUAL = 20000 };

static double now_us(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void die(const char *what)
{
    (void)fprintf(stderr, "bench/analysis: %s\n", what);
    exit(1);
}

struct corpus {
    struct arena arena;
    struct policy_source *sources;
    struct analysis_set *sets;
    size_t count;
};

static void line_take(struct corpus *c, str line)
{
    static const struct json_limits limits = { 32, 1 << 16 };
    struct json *json;
    struct json_error at;
    struct policy_refusal why;
    const struct json *document, *name;
    buf text = buf_arena(&c->arena, 1 << 20);
    struct policy_source *source = &c->sources[c->count];

    if (line.len == 0 || c->count == POLICIES_MAX) {
        return;
    }
    if (json_parse(line, &limits, &c->arena, &json, &at) != RC_OK) {
        die("a line is not JSON");
    }
    document = json_member(json, STR("document"));
    name = json_member(json, STR("name"));
    if (document == NULL || name == NULL) {
        die("a line has no name and document");
    }
    json_print(document, false, &text);
    source->name = name->text;
    if (policy_parse_loosely(POLICY_IDENTITY, buf_str(&text), &c->arena, &source->doc, &why) !=
        RC_OK) {
        return; /* of another kind */
    }
    c->sets[c->count] = (struct analysis_set){ source, 1 };
    c->count++;
}

static void corpus_read(struct corpus *c, const char *path)
{
    FILE *file = fopen(path, "re");
    buf all = buf_heap((size_t)1 << 30);
    char part[1 << 16];
    size_t n;
    str rest, line;

    if (file == NULL) {
        die("cannot open the file of policies");
    }
    while ((n = fread(part, 1, sizeof(part), file)) > 0) {
        buf_add(&all, str_from(part, n));
    }
    (void)fclose(file);
    arena_init(&c->arena, &heap, 1 << 20, (size_t)1 << 30);
    c->sources = NEW_ARRAY(&c->arena, POLICIES_MAX, struct policy_source);
    c->sets = NEW_ARRAY(&c->arena, POLICIES_MAX, struct analysis_set);
    rest = arena_str(&c->arena, buf_str(&all));
    buf_done(&all);
    while (take_item(&rest, '\n', &line)) {
        line_take(c, line);
    }
}

struct run {
    struct corpus *corpus;
    double *times;
    size_t count, proved, examples;
    size_t reasons[16];
    bool print;
};

static void pair_run(struct run *r, size_t old, size_t new)
{
    struct analysis_result result;
    struct arena arena;
    double start;

    arena_init(&arena, &heap, 1 << 16, (size_t)1 << 28);
    start = now_us();
    if (analysis_compare_kind(POLICY_IDENTITY, &r->corpus->sets[old], &r->corpus->sets[new], NULL,
                              &arena, &result) != RC_OK) {
        die("a comparison failed");
    }
    r->times[r->count++] = now_us() - start;
    r->proved += result.verdict == ANALYSIS_PROVED ? 1 : 0;
    r->examples += result.verdict == ANALYSIS_COUNTEREXAMPLE ? 1 : 0;
    r->reasons[result.reason]++;
    if (r->print) {
        printf("%.*s\t%.*s\t%d\t%s\t%.0f\n", FMT(r->corpus->sources[old].name),
               FMT(r->corpus->sources[new].name), (int)result.verdict,
               analysis_reason_text(result.reason), r->times[r->count - 1]);
    }
    arena_done(&arena);
}

/* NAME and NAMEV2, NAMEV2 and NAMEV3...: the same name but for a number at its end. */
static bool follows(str older, str newer)
{
    size_t n = newer.len;

    while (n > 0 && ascii_is_digit(newer.ptr[n - 1])) {
        n--;
    }
    return n < newer.len && n >= 2 && (newer.ptr[n - 1] == 'V' || newer.ptr[n - 1] == 'v') &&
           (str_eq(older, str_slice(newer, 0, n - 1)) ||
            str_eq(older, str_slice(newer, 0, n - (newer.ptr[n - 2] == '_' ? 2 : 1))));
}

static void report(struct run *r, const char *name)
{
    size_t decided = r->proved + r->examples;

    if (r->count == 0) {
        return;
    }
    qsort(r->times, r->count, sizeof(*r->times), by_value);
    printf("analysis %-12s %7zu pairs  p50 %8.1f us  p99 %8.1f us  max %9.1f us  decided %6.2f %% "
           "(%zu proved, %zu examples)\n",
           name, r->count, r->times[r->count / 2], r->times[r->count * 99 / 100],
           r->times[r->count - 1], 100.0 * (double)decided / (double)r->count, r->proved,
           r->examples);
    for (size_t i = 1; i < COUNT_OF(r->reasons); i++) {
        if (r->reasons[i] > 0) {
            printf("analysis %-12s   %zu undecided: %s\n", name, r->reasons[i],
                   analysis_reason_text((enum analysis_reason)i));
        }
    }
}

int main(int argc, char **argv)
{
    struct corpus corpus = { .count = 0 };
    size_t pairs = argc > 2 ? strtoul(argv[2], NULL, 10) : PAIRS_USUAL;
    bool print = argc > 3 && strcmp(argv[3], "--print") == 0;
    struct run versions = { &corpus, NULL, 0, 0, 0, { 0 }, print }, random, same;
    uint64_t state = 20261127;

    if (argc < 2) {
        die("usage: bench_analysis FILE [PAIRS] [--print]");
    }
    corpus_read(&corpus, argv[1]);
    if (corpus.count < 2) {
        die("fewer than two policies");
    }
    versions.times = calloc(corpus.count * 16 + pairs, sizeof(double));
    random = same = versions;
    random.times = calloc(pairs + 1, sizeof(double));
    same.times = calloc(corpus.count, sizeof(double));
    if (versions.times == NULL || random.times == NULL || same.times == NULL) {
        die("out of memory");
    }
    for (size_t i = 0; i < corpus.count; i++) {
        for (size_t j = 0; j < corpus.count; j++) {
            if (follows(corpus.sources[i].name, corpus.sources[j].name)) {
                pair_run(&versions, i, j);
                pair_run(&versions, j, i);
            }
        }
        pair_run(&same, i, i);
    }
    for (size_t i = 0; i < pairs; i++) {
        size_t a, b;
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        a = (size_t)(state >> 33) % corpus.count;
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        b = (size_t)(state >> 33) % corpus.count;
        pair_run(&random, a, b);
    }
    if (!print) {
        report(&versions, "versions");
        report(&same, "itself");
        report(&random, "random");
    }
    arena_done(&corpus.arena);
    return 0;
}
