/* A credential report that was read, written again by what was understood and read once more, says the
 * same; and rows of CSV, quoted and read again, are the same rows. */
#include "fuzz.h"

#include "codec/csv.h"
#include "codec/date.h"
#include "migrate/estate_read.h"

static struct estate estate_new(void)
{
    struct estate estate = { .report_s = ESTATE_NEVER };

    arena_init(&estate.arena, &heap, 1 << 16, 1 << 27);
    return estate;
}

static void add_cell(str cell, buf *out)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] == '"') {
            buf_add_char(out, '"');
        }
        buf_add_char(out, cell.ptr[i]);
    }
    BUF_LIT(out, "\",");
}

static void add_time(int64_t time_s, buf *out)
{
    char text[20];

    if (time_s == ESTATE_NEVER) {
        add_cell(STR("N/A"), out);
    } else {
        date_print_iso(time_s, text);
        add_cell(str_from(text, sizeof(text)), out);
    }
}

static void write_report(const struct estate *estate, buf *out)
{
    BUF_LIT(out, "user,arn,user_creation_time,password_enabled,access_key_1_last_used_date,"
                 "access_key_1_last_used_service,end\n");
    for (size_t i = 0; i < estate->report_count; i++) {
        const struct estate_report *r = &estate->reports[i];
        add_cell(r->user, out);
        add_cell(r->arn, out);
        add_time(r->created_s, out);
        add_cell(r->password_enabled ? STR("true") : STR("false"), out);
        add_time(r->keys[0].used_s, out);
        add_cell(r->keys[0].service, out);
        BUF_LIT(out, "\n");
    }
}

static bool is_printed(int64_t time_s)
{
    return time_s == ESTATE_NEVER || (time_s >= 0 && time_s < INT64_C(253402300800));
}

static void check_report(str text)
{
    struct estate once = estate_new(), again = estate_new();
    buf out = buf_heap(1 << 26);

    if (estate_report_text(&once, text) == RC_OK) {
        write_report(&once, &out);
        REQUIRE(out.err == RC_OK && estate_report_text(&again, buf_str(&out)) == RC_OK);
        REQUIRE(once.report_count == again.report_count);
        for (size_t i = 0; i < once.report_count; i++) {
            const struct estate_report *a = &once.reports[i], *b = &again.reports[i];
            REQUIRE(a->user.len > 0 && str_eq(a->user, b->user) && str_eq(a->arn, b->arn));
            REQUIRE(!is_printed(a->created_s) || a->created_s == b->created_s);
            REQUIRE(!is_printed(a->keys[0].used_s) || a->keys[0].used_s == b->keys[0].used_s);
            REQUIRE(a->password_enabled == b->password_enabled);
            REQUIRE(str_eq(a->keys[0].service, b->keys[0].service));
        }
    }
    buf_done(&out);
    arena_done(&once.arena);
    arena_done(&again.arena);
}

static void check_rows(str text)
{
    enum { CELLS = 16 };
    str cells[CELLS], back[CELLS], rest = text, again;
    struct arena arena;
    buf out = buf_heap(1 << 26);
    size_t count, back_count, before;
    enum rc rc;

    arena_init(&arena, &heap, 1 << 16, 1 << 27);
    for (;;) {
        before = rest.len;
        rc = csv_take_row(&rest, true, &arena, cells, CELLS - 1, &count);
        if (rc == RC_NOENT) {
            break;
        }
        REQUIRE(rest.len < before);
        if (rc == RC_OK) {
            buf_clear(&out);
            for (size_t i = 0; i < count; i++) {
                add_cell(cells[i], &out);
            }
            again = buf_str(&out);
            REQUIRE(csv_take_row(&again, true, &arena, back, CELLS, &back_count) == RC_OK);
            REQUIRE(back_count == count + 1); /* behind the last comma */
            for (size_t i = 0; i < count; i++) {
                REQUIRE(str_eq(cells[i], back[i]));
            }
        }
    }
    buf_done(&out);
    arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = fuzz_text(data, size);

    check_report(text);
    check_rows(text);
    return 0;
}
