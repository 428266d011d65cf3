#include "cli/policy_report.h"

#include <stdio.h>

#include "cli/print.h"

static const struct {
    const char *name;
    enum report_format format;
} formats[] = { { "text", REPORT_TEXT }, { "json", REPORT_JSON }, { "github", REPORT_GITHUB } };

bool report_format_find(const char *name, enum report_format *ret)
{
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        if (str_eq(str_cstr(name), str_cstr(formats[i].name))) {
            *ret = formats[i].format;
            return true;
        }
    }
    return false;
}

static str without_period(str text)
{
    return str_ends(text, STR(".")) ? str_slice(text, 0, text.len - 1) : text;
}

/* -- for people -------------------------------------------------------------------------------- */

static const char *colour_of(enum lint_severity severity)
{
    static const char *const colours[] = { [LINT_ERROR] = "\033[31m",
                                           [LINT_SECURITY_WARNING] = "\033[35m",
                                           [LINT_WARNING] = "\033[33m",
                                           [LINT_SUGGESTION] = "\033[36m" };
    return colours[severity];
}

static uint32_t or_one(uint32_t n)
{
    return n == 0 ? 1 : n;
}

static void write_text(const struct report_style *style, const char *file,
                       const struct lint_report *report)
{
    const struct policy_refusal *why = &report->refusal;

    if (report->guessed) {
        (void)printf("%s: taken for %s policy (--type says otherwise)\n", file,
                     report->kind == POLICY_IDENTITY ? "an identity"
                     : report->kind == POLICY_TRUST  ? "a trust"
                                                     : "a resource");
    }
    if (report->refused) {
        (void)printf("%s:%u:%u: REFUSED %.*s ", file, or_one(why->line), or_one(why->column),
                     FMT(why->code));
        print_plain(stdout, why->message);
        (void)fputs(" (", stdout);
        print_plain(stdout, why->detail);
        (void)fputs(")\n", stdout);
    }
    for (size_t i = 0; i < report->count; i++) {
        const struct lint_finding *f = &report->findings[i];
        const struct lint_check *check = lint_check_of(f->code);
        (void)printf("%s:%u:%u: %s%.*s%s %.*s ", file, f->span.line, f->span.column,
                     style->colour ? colour_of(check->severity) : "",
                     FMT(lint_severity_name(check->severity)), style->colour ? "\033[0m" : "",
                     FMT(check->code));
        print_plain(stdout, without_period(f->message));
        (void)fputs("; ", stdout);
        print_plain(stdout, f->advice);
        (void)fputc('\n', stdout);
    }
}

/* -- for machines ------------------------------------------------------------------------------ */

static void put_position(struct json_out *out, str key, uint32_t line, uint32_t column,
                         uint32_t offset)
{
    json_key(out, key);
    json_open(out, '{');
    json_put_i64(out, STR("line"), line);
    json_put_i64(out, STR("column"), column);
    json_put_i64(out, STR("offset"), offset);
    json_close(out, '}');
}

/* Members as in ValidatePolicy's answer, and what to write instead. */
static void put_finding(struct json_out *out, const struct lint_finding *f)
{
    const struct lint_check *check = lint_check_of(f->code);

    json_open(out, '{');
    json_put_str(out, STR("findingType"), lint_severity_name(check->severity));
    json_put_str(out, STR("issueCode"), check->code);
    json_put_str(out, STR("findingDetails"), f->message);
    json_put_str(out, STR("instead"), f->advice);
    json_key(out, STR("locations"));
    json_open(out, '[');
    json_open(out, '{');
    json_key(out, STR("path"));
    lint_path_print(f, out);
    json_key(out, STR("span"));
    json_open(out, '{');
    put_position(out, STR("start"), f->span.line, f->span.column, f->span.offset);
    put_position(out, STR("end"), f->span.end_line, f->span.end_column, f->span.end);
    json_close(out, '}');
    json_close(out, '}');
    json_close(out, ']');
    json_close(out, '}');
}

static void put_refusal(struct json_out *out, const struct policy_refusal *why)
{
    json_key(out, STR("refused"));
    json_open(out, '{');
    json_put_str(out, STR("code"), why->code);
    json_put_str(out, STR("message"), why->message);
    json_put_str(out, STR("detail"), why->detail);
    json_put_i64(out, STR("line"), or_one(why->line));
    json_put_i64(out, STR("column"), or_one(why->column));
    json_close(out, '}');
}

static void write_json(struct report_style *style, const char *file,
                       const struct lint_report *report)
{
    buf text = buf_heap(64u << 20);
    struct json_out out = { .out = &text };

    json_open(&out, '{');
    json_put_str(&out, STR("file"), str_cstr(file));
    json_put_str(&out, STR("type"), str_cstr(policy_kind_word(report->kind)));
    json_put_bool(&out, STR("guessed"), report->guessed);
    if (report->refused) {
        put_refusal(&out, &report->refusal);
    }
    json_key(&out, STR("findings"));
    json_open(&out, '[');
    for (size_t i = 0; i < report->count; i++) {
        put_finding(&out, &report->findings[i]);
    }
    json_close(&out, ']');
    json_close(&out, '}');
    if (style->begun) {
        (void)fputc(',', stdout);
    }
    (void)fputc('\n', stdout);
    (void)fwrite(text.ptr, 1, text.len, stdout);
    style->begun = true;
    buf_done(&text);
}

/* GitHub's workflow commands: '%', CR and LF are escaped; in properties ':' and ',' as well. */
static void print_escaped(str text, bool property)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool escape = c == '%' || (unsigned char)c < 0x20 || (property && (c == ':' || c == ','));
        if (escape) {
            (void)printf("%%%02X", (unsigned)(unsigned char)c);
        } else {
            (void)fputc(c, stdout);
        }
    }
}

static void write_github(const char *file, const struct lint_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct lint_finding *f = &report->findings[i];
        const struct lint_check *check = lint_check_of(f->code);
        (void)printf("::%s file=", check->severity == LINT_ERROR        ? "error"
                                   : check->severity == LINT_SUGGESTION ? "notice"
                                                                        : "warning");
        print_escaped(str_cstr(file), true);
        (void)printf(",line=%u,col=%u,endLine=%u,endColumn=%u,title=%.*s %.*s::", f->span.line,
                     f->span.column, f->span.end_line, f->span.end_column,
                     FMT(lint_severity_name(check->severity)), FMT(check->code));
        print_escaped(f->message, false);
        (void)fputc(' ', stdout);
        print_escaped(f->advice, false);
        (void)fputc('\n', stdout);
    }
}

void report_begin(const struct report_style *style)
{
    if (style->format == REPORT_JSON) {
        (void)fputs("{\"files\":[", stdout);
    }
}

void report_write(struct report_style *style, const char *file, const struct lint_report *report)
{
    switch (style->format) {
    case REPORT_TEXT:
        write_text(style, file, report);
        break;
    case REPORT_JSON:
        write_json(style, file, report);
        break;
    case REPORT_GITHUB:
        write_github(file, report);
        break;
    }
}

void report_end(const struct report_style *style)
{
    if (style->format == REPORT_JSON) {
        (void)fputs("\n]}\n", stdout);
    }
}
