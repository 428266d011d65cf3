/* Reading trail files beside libdeflate alone: bench_trail MODE FOLDER [THREADS]
 *   unpack   every file read and unpacked, nothing else: the yardstick
 *   parse    every record found and taken apart
 *   gather   that, and summed up as mantle migrate inventory does
 * Prints CPU seconds, wall seconds and the most memory held. */
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/buf.h"
#include "migrate/gather.h"
#include "system/system.h"
#include "trailfile/trailfile.h"

static void die(const char *what)
{
    (void)fprintf(stderr, "bench_trail: %s\n", what);
    exit(1);
}

static double now_s(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static uint64_t unpack_file(struct libdeflate_decompressor *d, const char *path, buf *in, buf *out)
{
    FILE *file = fopen(path, "rbe");
    size_t got = 0;

    if (file == NULL) {
        die("cannot read");
    }
    in->len = fread(in->ptr, 1, in->cap, file);
    (void)fclose(file);
    if (libdeflate_gzip_decompress(d, in->ptr, in->len, out->ptr, out->cap, &got) !=
        LIBDEFLATE_SUCCESS) {
        die("cannot unpack");
    }
    return got;
}

static uint64_t unpack_all(const struct trail_list *list)
{
    enum { ROOM = 16 << 20 };
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    buf in = buf_heap(ROOM), out = buf_heap(ROOM);
    uint64_t bytes = 0;

    if (d == NULL || buf_reserve(&in, ROOM) == NULL || buf_reserve(&out, ROOM) == NULL) {
        die("no memory");
    }
    for (size_t i = 0; i < list->count; i++) {
        bytes += unpack_file(d, list->files[i].path, &in, &out);
    }
    buf_done(&in);
    buf_done(&out);
    libdeflate_free_decompressor(d);
    return bytes;
}

struct sum {
    uint64_t records, bytes;
};

static void *sum_begin(void *context, unsigned thread)
{
    return ALLOC_NEW(&heap, struct sum);
}

static enum rc sum_event(void *state, const struct trail_event *event)
{
    struct sum *sum = state;

    sum->records++;
    sum->bytes += event->raw.len;
    return RC_OK;
}

static enum rc sum_end(void *context, void *state)
{
    struct sum *all = context, *one = state;

    all->records += one->records;
    all->bytes += one->bytes;
    ALLOC_FREE(&heap, one);
    return RC_OK;
}

static void say(const char *mode, double start, uint64_t bytes, uint64_t records, size_t problems)
{
    struct rusage use;
    double cpu;

    (void)getrusage(RUSAGE_SELF, &use);
    cpu = (double)use.ru_utime.tv_sec + (double)use.ru_utime.tv_usec / 1e6 +
          (double)use.ru_stime.tv_sec + (double)use.ru_stime.tv_usec / 1e6;
    (void)printf("%s cpu_s %.3f wall_s %.3f rss_kib %ld bytes %llu records %llu problems %zu\n",
                 mode, cpu, now_s() - start, use.ru_maxrss, (unsigned long long)bytes,
                 (unsigned long long)records, problems);
}

static void gather_all(const struct trail_list *list, unsigned threads,
                       struct trail_problems *problems, double start)
{
    struct gather_options options = { .trail = { .threads = threads },
                                      .seed = 1,
                                      .now_s = env_now_s(system_env()) };
    struct trail_counts counts;
    struct books books;

    if (gather(list, &options, problems, &books, &counts) != RC_OK) {
        die("cannot gather");
    }
    say("gather", start, counts.text_bytes, books.calls, problems->count);
    books_done(&books);
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct trail_problems problems = { .arena = &arena };
    struct trail_list list;
    struct trail_counts counts = { 0 };
    struct trail_options options = { .threads = 1 };
    struct sum sum = { 0, 0 };
    struct trail_visitor visitor = { sum_begin, sum_event, sum_end, &sum };
    double start = now_s();

    arena_init(&arena, &heap, 1 << 16, 1 << 28);
    if (argc < 3 || trail_list_make((const char *const *)argv + 2, 1, &arena, &problems, &list)) {
        die("usage: bench_trail unpack|parse|gather FOLDER [THREADS]");
    }
    if (argc > 3) {
        options.threads = (unsigned)strtoul(argv[3], NULL, 10);
    }
    if (str_eq(str_cstr(argv[1]), STR("unpack"))) {
        say("unpack", start, unpack_all(&list), 0, 0);
    } else if (str_eq(str_cstr(argv[1]), STR("gather"))) {
        gather_all(&list, options.threads, &problems, start);
    } else if (trail_read(&list, &options, &visitor, &problems, &counts) == RC_OK) {
        say("parse", start, counts.text_bytes, sum.records, problems.count);
        for (size_t i = 0; i < problems.count && i < 20; i++) {
            (void)fprintf(stderr, "%.*s:%llu: %s: %.*s\n", FMT(problems.items[i].path),
                          (unsigned long long)problems.items[i].offset,
                          trail_problem_word(problems.items[i].kind), FMT(problems.items[i].what));
        }
    }
    arena_done(&arena);
    return 0;
}
