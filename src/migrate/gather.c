#include "migrate/gather.h"

enum { CLOCK_SLACK_S = 86400 }; /* events that much newer than now have a wrong clock */

struct gathering {
    const struct gather_options *options;
    struct books *into;
};

static void *begin(void *context, unsigned thread)
{
    const struct gathering *g = context;
    struct books *books = ALLOC_NEW(&heap, struct books);

    if (books != NULL) {
        books_init(books, g->options->seed, g->options->now_s + CLOCK_SLACK_S);
    }
    return books;
}

static enum rc on_event(void *state, const struct trail_event *event)
{
    struct book_call call;
    bool is_call;

    return books_add(state, event, &is_call, &call);
}

static enum rc on_end(void *context, void *state)
{
    const struct gathering *g = context;
    struct books *books = state;
    struct book_map map;
    enum rc rc = books_join(g->into, books, &map);

    books_done(books);
    ALLOC_FREE(&heap, books);
    return rc;
}

enum rc gather(const struct trail_list *list, const struct gather_options *options,
               struct trail_problems *problems, struct books *ret, struct trail_counts *ret_counts)
{
    struct gathering g = { options, ret };
    struct trail_visitor visitor = { begin, on_event, on_end, &g };

    books_init(ret, options->seed, options->now_s + CLOCK_SLACK_S);
    return trail_read(list, &options->trail, &visitor, problems, ret_counts);
}
