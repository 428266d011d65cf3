/* The lint beside reading the same documents as JSON: documents per second, and how many times the
 * reading it costs. Documents: AWS's managed policies when they lie beside the project
 * (../shared/facts/aws-managed-policies.jsonl, or the file given), else one made here. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "lint/lint.h"
#include "system/system.h"

enum { ROUNDS = 7, DOCUMENTS_MAX = 4096, FILE_MAX = 64 << 20 };

static const struct json_limits limits = { 32, 1 << 17 };
static str documents[DOCUMENTS_MAX];
static size_t document_count;
static struct arena scratch;
static struct catalogue catalogue;

static void die(const char *what)
{
    (void)fprintf(stderr, "bench/lint: %s\n", what);
    exit(1);
}

static double now_s(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void read_one(str text)
{
    struct json *json;
    struct json_error at;

    if (json_parse(text, &limits, &scratch, &json, &at) != RC_OK) {
        die("a document is not JSON");
    }
}

static void lint_one(str text)
{
    struct lint_options options = { .catalogue = &catalogue, .kind = POLICY_IDENTITY };
    struct lint_report report;

    if (lint_check(text, &options, &scratch, &report) != RC_OK) {
        die("a document cannot be checked");
    }
}

static double median_s(void (*step)(str))
{
    double rounds[ROUNDS];

    for (int round = 0; round < ROUNDS; round++) {
        double start = now_s();
        for (size_t i = 0; i < document_count; i++) {
            step(documents[i]);
            arena_reset(&scratch);
        }
        rounds[round] = now_s() - start;
    }
    qsort(rounds, ROUNDS, sizeof(*rounds), by_value);
    return rounds[ROUNDS / 2];
}

static void take_documents(str text)
{
    struct json *json;
    struct json_error at;
    const struct json *document;
    str line;

    while (document_count < DOCUMENTS_MAX && take_item(&text, '\n', &line)) {
        arena_reset(&scratch);
        if (json_parse(line, &limits, &scratch, &json, &at) == RC_OK &&
            (document = json_member(json, STR("document"))) != NULL) {
            documents[document_count++] = str_slice(line, document->span.offset,
                                                    document->span.end - document->span.offset);
        }
    }
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "../shared/facts/aws-managed-policies.jsonl";
    struct arena file;
    str text;
    double reading, linting;

    arena_init(&file, &heap, 1u << 20, FILE_MAX + (1u << 21));
    arena_init(&scratch, &heap, 1u << 18, 256u << 20);
    if (catalogue_shipped(&catalogue) != RC_OK) {
        die("the catalogue is damaged");
    }
    if (file_read(path, FILE_MAX, &file, &text) == RC_OK) {
        take_documents(text);
    }
    if (document_count == 0) {
        documents[document_count++] = STR(
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":["
            "\"s3:Get*\",\"s3:ListBucket\",\"ec2:Describe*\",\"iam:PassRole\"],\"Resource\":["
            "\"arn:aws:s3:::b/*\",\"arn:aws:iam::111122223333:role/app\"],\"Condition\":{"
            "\"StringEquals\":{\"aws:ResourceTag/team\":\"a\"}}}]}");
    }
    reading = median_s(read_one);
    linting = median_s(lint_one);
    (void)printf("lint %zu documents: %.0f documents/s, %.1f times reading them as JSON\n",
                 document_count, (double)document_count / linting, linting / reading);
    arena_done(&scratch);
    arena_done(&file);
    return 0;
}
