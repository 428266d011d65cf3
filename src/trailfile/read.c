/* Reads a list of files: one file is one task, over as many threads as there are cores. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sign/digest.h"
#include "system/workers.h"
#include "trailfile/csv.h"
#include "trailfile/feed.h"
#include "trailfile/find.h"
#include "trailfile/seen.h"

enum { PROBLEMS_ARENA_MAX = 64 << 20 };

struct reading { /* shared */
    const struct trail_list *list;
    const struct trail_options *options;
    const struct trail_visitor *visitor;
    struct seen seen;
    _Atomic size_t next_file;
    _Atomic bool stop;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    struct trail_counts counts; /* guarded by lock */
    unsigned running;           /* guarded by lock */
};

struct reader { /* of one thread */
    struct work work;
    struct reading *all;
    void *state;
    struct feed feed;
    struct finder finder;
    struct csv csv;
    struct arena arena; /* of the problems */
    struct trail_problems problems, notes;
    struct trail_counts counts; /* of the file being read */
    const struct trail_file *file;
    struct huge text;           /* a portion, once one was read */
    struct sha256_state sha256; /* of the file, when there are digests */
    enum rc rc;
};

static uint64_t on_id(void *context, str id)
{
    const struct reader *r = context;

    return seen_hash(&r->all->seen, id);
}

static void note_duplicate(struct reader *r, const struct trail_event *event)
{
    enum { ID_SHOWN = 64 };
    char text[120];
    str id = str_slice(event->event_id, 0, ID_SHOWN);

    if (r->all->options->notes != NULL) {
        (void)snprintf(text, sizeof(text), "delivered before and left out: event %.*s", FMT(id));
        trail_problem_add(&r->notes, NOTE_DUPLICATE, str_cstr(event->path), event->offset,
                          str_cstr(text));
    }
}

static enum rc on_record(void *context, const struct trail_event *event)
{
    struct reader *r = context;

    if (event->event_id.len > 0 && !r->all->options->keep_duplicates &&
        seen_before(&r->all->seen, event->id_hash, event->time_s, event->name)) {
        r->counts.duplicates++;
        note_duplicate(r, event);
        return RC_OK;
    }
    r->counts.records++;
    return r->all->visitor->event(r->state, event);
}

static void on_problem(void *context, enum trail_problem_kind kind, uint64_t offset, str what)
{
    struct reader *r = context;

    r->counts.bad_records += kind == PROBLEM_RECORD || kind == PROBLEM_JSON;
    trail_problem_add(&r->problems, kind, str_cstr(r->file->path), offset, what);
}

/* Room for the largest portion at once: only what files fill of it is memory. */
static enum rc want_text(struct reader *r)
{
    return r->text.at != NULL ? RC_OK : huge_init(&r->text, TRAIL_WHOLE_MAX + INDEX_PADDING);
}

/* A portion to whoever understands it: the first one tells. */
static enum rc take_portion(struct reader *r, size_t len, bool last, size_t *ret_used)
{
    str text = str_from(r->text.at, len);

    if (r->finder.base == 0) {
        csv_file(&r->csv, text);
    }
    return r->csv.is_csv ? csv_portion(&r->csv, &r->finder, text, last, ret_used)
                         : finder_portion(&r->finder, r->text.at, len, last, ret_used);
}

/* Text that is left of one portion stands before the next. */
static enum rc read_portions(struct reader *r, struct feed_trouble *trouble)
{
    size_t len = 0, room = feed_room(&r->feed), got, used;

    do {
        enum rc rc;
        TRY(want_text(r));
        rc = feed_fill(&r->feed, r->text.at + len, room - len, &got, trouble);
        if (rc != RC_OK && rc != RC_IO) {
            return rc;
        }
        if (r->all->list->digests > 0) {
            sha256_add(&r->sha256, str_from(r->text.at + len, got));
        }
        len += got;
        memset(r->text.at + len, 0, INDEX_PADDING);
        TRY(take_portion(r, len, r->feed.done || rc == RC_IO, &used));
        if (r->feed.done || rc == RC_IO) {
            break;
        }
        memmove(r->text.at, r->text.at + used, len - used);
        len -= used;
        r->finder.base += used;
        room = TRAIL_WHOLE_MAX;
    } while (!r->finder.gave_up && !atomic_load_explicit(&r->all->stop, memory_order_relaxed));
    return RC_OK;
}

static enum rc read_file(struct reader *r, size_t number)
{
    struct trail_file *file = &r->all->list->files[number];
    struct feed_trouble trouble = { .set = false };
    enum rc rc;

    r->file = file;
    finder_file(&r->finder, file->path);
    r->finder.file = number;
    sha256_start(&r->sha256);
    rc = feed_open(&r->feed, file, &trouble);
    if (rc == RC_OK) {
        rc = read_portions(r, &trouble);
    }
    if (r->all->list->digests > 0 && rc == RC_OK && !trouble.set) {
        sha256_end(&r->sha256, file->sha256);
        file->hashed = true;
    }
    if (trouble.set) {
        on_problem(r, trouble.kind,
                   trouble.kind == PROBLEM_GZIP || trouble.kind == PROBLEM_BOMB ? r->feed.out_bytes
                                                                                : 0,
                   str_cstr(trouble.what));
    } else if (rc == RC_OK && r->finder.found == 0 && !r->finder.saw_list) {
        on_problem(r, PROBLEM_NOT_A_TRAIL, 0, STR("no record in it"));
    }
    r->counts.text_bytes += r->feed.out_bytes;
    feed_close(&r->feed);
    return trouble.set && rc == RC_IO ? RC_OK : rc;
}

static void add_counts(struct trail_counts *to, const struct trail_counts *from)
{
    to->files += from->files;
    to->packed_bytes += from->packed_bytes;
    to->text_bytes += from->text_bytes;
    to->records += from->records;
    to->duplicates += from->duplicates;
    to->bad_records += from->bad_records;
}

static void file_is_done(struct reader *r, const struct trail_file *file)
{
    struct reading *all = r->all;

    r->counts.files = 1;
    r->counts.packed_bytes = file->bytes;
    (void)pthread_mutex_lock(&all->lock);
    add_counts(&all->counts, &r->counts);
    if (all->options->progress != NULL) {
        all->options->progress(all->options->progress_context, all->list, &all->counts);
    }
    (void)pthread_mutex_unlock(&all->lock);
    r->counts = (struct trail_counts){ 0 };
}

static void run(struct work *work)
{
    struct reader *r = CONTAINER_OF(work, struct reader, work);
    struct reading *all = r->all;

    while (r->rc == RC_OK && !atomic_load_explicit(&all->stop, memory_order_relaxed)) {
        size_t at = atomic_fetch_add_explicit(&all->next_file, 1, memory_order_relaxed);
        if (at >= all->list->count) {
            break;
        }
        if (all->list->files[at].kind != TRAIL_FILE_EVENTS) {
            continue;
        }
        r->rc = read_file(r, at);
        file_is_done(r, &all->list->files[at]);
    }
    if (r->rc != RC_OK) {
        atomic_store(&all->stop, true);
    }
    (void)pthread_mutex_lock(&all->lock);
    all->running--;
    (void)pthread_cond_signal(&all->ended);
    (void)pthread_mutex_unlock(&all->lock);
}

static enum rc reader_init(struct reader *r, struct reading *all, unsigned thread)
{
    *r = (struct reader){ .work = { .run = run }, .all = all };
    arena_init(&r->arena, &heap, 1 << 14, PROBLEMS_ARENA_MAX);
    r->problems.arena = r->notes.arena = &r->arena;
    feed_init(&r->feed);
    finder_init(&r->finder);
    csv_init(&r->csv);
    r->finder.record = on_record;
    r->finder.problem = on_problem;
    r->finder.context = r;
    r->finder.memo.on_id = on_id;
    r->finder.memo.on_id_context = r;
    r->state = all->visitor->begin(all->visitor->context, thread);
    return r->state == NULL ? RC_NOMEM : RC_OK;
}

static void reader_done(struct reader *r)
{
    feed_done(&r->feed);
    finder_done(&r->finder);
    csv_done(&r->csv);
    arena_done(&r->arena);
    huge_done(&r->text);
}

static int by_place(const void *a, const void *b)
{
    const struct trail_problem *x = a, *y = b;
    int order = str_cmp(x->path, y->path);

    if (order == 0 && x->offset != y->offset) {
        order = x->offset < y->offset ? -1 : 1;
    }
    return order != 0 ? order : str_cmp(x->what, y->what);
}

/* Sorted by file and offset, whichever thread met them. */
static void join_problems(struct reader *readers, unsigned count, bool notes,
                          struct trail_problems *to)
{
    size_t before = to->count;

    for (unsigned t = 0; t < count; t++) {
        const struct trail_problems *from = notes ? &readers[t].notes : &readers[t].problems;
        uint64_t listed[PROBLEM_KINDS] = { 0 };
        for (size_t i = 0; i < from->count; i++) {
            const struct trail_problem *item = &from->items[i];
            listed[item->kind]++;
            trail_problem_add(to, item->kind, item->path, item->offset, item->what);
        }
        for (int kind = 0; kind < PROBLEM_KINDS; kind++) {
            to->seen[kind] += from->seen[kind] - listed[kind];
        }
    }
    if (to->count > before) {
        qsort(to->items + before, to->count - before, sizeof(*to->items), by_place);
    }
}

static enum rc run_all(struct reading *all, struct reader *readers, unsigned threads)
{
    struct workers_config config = { .threads = threads, .waiting_max = threads };
    struct workers *pool = NULL;
    enum rc rc = RC_OK;

    TRY(workers_open(&config, &pool));
    (void)pthread_mutex_lock(&all->lock);
    for (unsigned t = 0; t < threads && rc == RC_OK; t++) {
        rc = workers_submit(pool, &readers[t].work);
        all->running += rc == RC_OK;
    }
    while (all->running > 0) {
        (void)pthread_cond_wait(&all->ended, &all->lock);
    }
    (void)pthread_mutex_unlock(&all->lock);
    workers_close(pool);
    for (unsigned t = 0; t < threads && rc == RC_OK; t++) {
        rc = readers[t].rc;
    }
    return rc;
}

static unsigned thread_count(const struct trail_list *list, const struct trail_options *options)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t files = list->count - list->digests;
    unsigned threads = options->threads != 0 ? options->threads : cores > 0 ? (unsigned)cores : 1;

    threads = threads < WORKERS_THREADS_MAX ? threads : WORKERS_THREADS_MAX;
    return files == 0 ? 1 : threads < files ? threads : (unsigned)files;
}

static enum rc read_with(struct reading *all, unsigned threads, struct trail_problems *problems)
{
    struct reader *readers = alloc_array(&heap, threads, sizeof(*readers));
    enum rc rc = readers == NULL ? RC_NOMEM : seen_init(&all->seen, threads > 1), end = RC_OK;
    unsigned made = 0;

    while (made < threads && rc == RC_OK) {
        rc = reader_init(&readers[made], all, made);
        made++;
    }
    if (rc == RC_OK) {
        rc = run_all(all, readers, threads);
    }
    for (unsigned t = 0; t < made; t++) {
        if (readers[t].state != NULL) {
            end = all->visitor->end(all->visitor->context, readers[t].state);
            rc = rc == RC_OK ? end : rc;
        }
    }
    if (made > 0) {
        join_problems(readers, made, false, problems);
    }
    if (made > 0 && all->options->notes != NULL) {
        join_problems(readers, made, true, all->options->notes);
    }
    for (unsigned t = 0; t < made; t++) {
        reader_done(&readers[t]);
    }
    seen_done(&all->seen);
    alloc_free(&heap, readers, threads * sizeof(*readers));
    return rc;
}

enum rc trail_read(const struct trail_list *list, const struct trail_options *options,
                   const struct trail_visitor *visitor, struct trail_problems *problems,
                   struct trail_counts *ret_counts)
{
    struct reading all = { .list = list, .options = options, .visitor = visitor };
    enum rc rc;

    (void)pthread_mutex_init(&all.lock, NULL);
    (void)pthread_cond_init(&all.ended, NULL);
    rc = read_with(&all, thread_count(list, options), problems);
    (void)pthread_cond_destroy(&all.ended);
    (void)pthread_mutex_destroy(&all.lock);
    *ret_counts = all.counts;
    return rc;
}
