/* The finder over any text. What is found lies inside the text; no secret that was found stands in what is
 * written about it, and neither does any value that looks like one; the same text gives the same findings;
 * an id that is found as it is stands there. */
#include "fuzz.h"

#include "scan/token.h"
#include "scan/write.h"

static void check_hit(str text, const struct find_hit *h)
{
    REQUIRE(h->at <= text.len && h->len <= text.len - h->at);
    REQUIRE(h->secret.at <= text.len && h->secret.len <= text.len - h->secret.at);
    REQUIRE(h->line >= 1 && h->column >= 1);
    REQUIRE((h->what == FIND_KEY) == (h->key_id.ptr != NULL));
    if (h->what == FIND_KEY && h->via == NULL) {
        REQUIRE(str_eq(str_slice(text, h->at, h->len), h->key_id));
    }
}

/* Every value of the text that looks like a secret is looked for in the output. */
static void check_silence(str text, str out)
{
    struct token token;
    size_t at = 0, there;

    while (token_next(text, &at, text.len, &token)) {
        REQUIRE(!str_find(out, str_from(token.value, token.value_len), &there));
    }
}

static void add(struct scan_report *r, const struct find_result *found)
{
    r->findings = NEW_ARRAY(&r->arena, found->count + 1, struct scan_finding);
    for (size_t i = 0; r->findings != NULL && i < found->count; i++) {
        r->findings[i] = (struct scan_finding){
            .hit = found->hits[i], .path = STR("f"), .file = STR("f"), .place = &places[PLACE_OTHER]
        };
        r->count = i + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = fuzz_text(data, size);
    struct find_result first, second;
    struct scan_report report;
    struct scan_writing w = { .report = &report };
    buf out = buf_heap(1 << 24);

    scan_report_init(&report);
    if (find_text(text, NULL, &report.arena, &first) == RC_OK &&
        find_text(text, NULL, &report.arena, &second) == RC_OK) {
        REQUIRE(first.count == second.count);
        for (size_t i = 0; i < first.count; i++) {
            check_hit(text, &first.hits[i]);
            REQUIRE(first.hits[i].at == second.hits[i].at);
        }
        REQUIRE(first.count == 0 || find_worth(text));
        add(&report, &first);
        scan_write_text(&w, &out);
        scan_write_json(&w, &out);
        scan_write_sarif(&w, &out);
        check_silence(text, buf_str(&out));
        REQUIRE(place_of(STR("a/b"), text) != NULL);
    }
    buf_done(&out);
    scan_report_done(&report);
    return 0;
}
