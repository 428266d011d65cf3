/* mantle policy redundant: statements that can be taken away without changing any decision. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/policy.h"
#include "cli/policy_answer.h"
#include "policy/inside.h"

enum { REDUNDANT_ARENA_MAX = 1 << 30 };

struct asked {
    const char *type;
    uint64_t budget;
    bool json;
};

static void statement_print(const char *path, uint32_t index, const struct doc_statement *s,
                            bool json, struct json_out *o)
{
    const struct json_span *span = &s->node->span;

    if (json) {
        json_open(o, '{');
        json_put_i64(o, STR("statement"), index);
        if (s->sid.ptr != NULL) {
            json_put_str(o, STR("sid"), s->sid);
        }
        json_put_i64(o, STR("line"), span->line);
        json_put_i64(o, STR("column"), span->column);
        json_close(o, '}');
    } else {
        buf_printf(o->out, "%s:%u:%u: statement %u%s%.*s adds nothing\n", path, span->line,
                   span->column, index + 1, s->sid.len > 0 ? ", Sid " : "", FMT(s->sid));
    }
}

static int print(const char *path, const struct policy_document *doc, const bool *dropped,
                 bool open, bool json, struct arena *arena)
{
    buf out = buf_arena(arena, (size_t)16 << 20);
    struct json_out o = { .out = &out };
    size_t count = 0;

    if (json) {
        json_open(&o, '{');
        json_put_str(&o, STR("format"), STR("mantle-analysis/1"));
        json_put_bool(&o, STR("complete"), !open);
        json_key(&o, STR("redundant"));
        json_open(&o, '[');
    }
    for (uint32_t i = 0; i < doc->count; i++) {
        if (dropped[i]) {
            count++;
            statement_print(path, i, &doc->statements[i], json, &o);
        }
    }
    if (json) {
        json_close(&o, ']');
        json_close(&o, '}');
        buf_add_char(&out, '\n');
    } else {
        buf_printf(&out, "%zu of %u statements add nothing%s\n", count, doc->count,
                   open ? "; of some it could not be decided" : "");
    }
    if (out.err != RC_OK || fwrite(out.ptr, 1, out.len, stdout) != out.len || fflush(stdout) != 0) {
        complain(&command_policy_redundant, "cannot write the answer");
        return EXIT_USAGE;
    }
    return count > 0 ? EXIT_FAILURE : open ? EXIT_UNKNOWN : 0;
}

static int answer(const struct asked *a, char *path, struct arena *arena)
{
    const struct command *command = &command_policy_redundant;
    struct analysis_options options = { .steps_max = a->budget };
    struct analysis_set set;
    enum policy_kind kind;
    bool *dropped, open;
    size_t count;

    if (!analysis_files_read(command, a->type, &path, 1, arena, &set, &kind)) {
        return EXIT_USAGE;
    }
    if (analysis_redundant(kind, &set, &options, arena, &dropped, &count, &open) != RC_OK) {
        complain(command, "not enough memory");
        return EXIT_USAGE;
    }
    return print(path, set.sources[0].doc, dropped, open, a->json, arena);
}

static int run(int argc, char **argv)
{
    struct asked a = { .json = false };
    const struct option_row rows[] = {
        { "type", 't', OPTION_TEXT, &a.type, "TYPE", TYPE_HELP, 0, 0, false },
        { "budget", 'b', OPTION_UINT, &a.budget, "STEPS",
          "Steps each comparison may take (4000000).", 1, UINT64_C(1) << 40, false },
        { "json", 'j', OPTION_FLAG, &a.json, NULL, "mantle-analysis/1 instead of text.", 0, 0,
          false },
    };
    struct arena arena;
    int status = 0, at;

    arena_init(&arena, &heap, 1 << 16, REDUNDANT_ARENA_MAX);
    at = options_read(&command_policy_redundant, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && argc - at != 1) {
        complain(&command_policy_redundant, "one FILE is judged; %d given", argc - at);
        status = EXIT_USAGE;
    } else if (at >= 0) {
        status = answer(&a, argv[at], &arena);
    }
    arena_done(&arena);
    return status;
}

const struct command command_policy_redundant = {
    .name = "policy redundant",
    .summary = "Which statements can be taken away without changing any decision?",
    .usage = "mantle policy redundant FILE [--type TYPE] [OPTION]...",
    .notes = "Those listed can be taken away all together.\n"
             "Limits: 1 MiB a policy file.\n"
             "Exit status: 0 none, 1 some, 3 none found but not all decided, 2 wrong usage.\n",
    .run = run,
};
