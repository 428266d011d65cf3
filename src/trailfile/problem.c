#include "trailfile/trailfile.h"

const char *trail_problem_word(enum trail_problem_kind kind)
{
    static const char *const words[PROBLEM_KINDS] = {
        [PROBLEM_UNREADABLE] = "unreadable",
        [PROBLEM_GZIP] = "gzip",
        [PROBLEM_BOMB] = "bomb",
        [PROBLEM_JSON] = "json",
        [PROBLEM_NOT_A_TRAIL] = "not-a-trail",
        [PROBLEM_RECORD] = "record",
        [PROBLEM_TOO_LONG] = "too-long",
        [PROBLEM_UNSUPPORTED] = "unsupported",
        [PROBLEM_DIGEST] = "digest",
        [PROBLEM_GAP] = "gap",
        [NOTE_DUPLICATE] = "duplicate",
        [NOTE_UNKNOWN_EVENT] = "unknown-event",
    };

    return words[kind];
}

/* One more item of room; false: enough are listed, or no memory. */
static bool make_room(struct trail_problems *problems, enum trail_problem_kind kind)
{
    if (problems->seen[kind] > TRAIL_PROBLEMS_LISTED || problems->arena == NULL) {
        return false;
    }
    if (problems->count == problems->room) {
        size_t room = problems->room == 0 ? 16 : problems->room * 2;
        struct trail_problem *items = NEW_ARRAY(problems->arena, room, struct trail_problem);
        if (items == NULL) {
            return false;
        }
        if (problems->count > 0) {
            memcpy(items, problems->items, problems->count * sizeof(*items));
        }
        problems->items = items;
        problems->room = room;
    }
    return true;
}

void trail_problem_add(struct trail_problems *problems, enum trail_problem_kind kind, str path,
                       uint64_t offset, str what)
{
    struct trail_problem *item;

    problems->seen[kind]++;
    if (!make_room(problems, kind)) {
        return;
    }
    item = &problems->items[problems->count];
    *item = (struct trail_problem){ kind, arena_str(problems->arena, path), offset,
                                    arena_str(problems->arena, what) };
    problems->count += item->path.ptr != NULL && item->what.ptr != NULL;
}
