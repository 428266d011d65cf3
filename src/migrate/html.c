#include "migrate/html.h"

#include <inttypes.h>
#include <stdio.h>

#include "codec/base64.h"
#include "codec/date.h"
#include "codec/xml.h"
#include "sign/digest.h"

/* Colours are chosen for a contrast of 4.5 to 1 and more, on paper and on black. */
static const char style[] =
    ":root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--paper:#fff;--box:#f5f7f9;"
    "--line:#d0d7de;--main:#0b5cad;--other:#9aa7b4;--bad:#b42318;--good:#116329;--warn:#8a5a00}"
    "@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b1;--paper:#0d1117;"
    "--box:#161b22;--line:#30363d;--main:#58a6ff;--other:#6e7681;--bad:#ff7b72;--good:#56d364;"
    "--warn:#e3b341}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--paper);color:var(--ink);"
    "font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",\"DejaVu Sans\",sans-serif}"
    "main{max-width:76rem;margin:0 auto;padding:1.5rem}"
    "h1{font-size:1.7rem;line-height:1.2;margin:0 0 .3rem}"
    "h2{font-size:1.25rem;margin:2.4rem 0 .6rem;border-bottom:1px solid var(--line);"
    "padding-bottom:.3rem}"
    "h3{font-size:1.05rem;margin:1.6rem 0 .4rem;overflow-wrap:anywhere}"
    "p{margin:.4rem 0;max-width:60rem;overflow-wrap:anywhere}"
    "a{color:var(--main)}nav a{margin-right:1rem;white-space:nowrap}"
    "ul{margin:.4rem 0;padding-left:1.3rem}li{margin:.2rem 0;overflow-wrap:anywhere}"
    ".soft{color:var(--soft)}.bad{color:var(--bad);font-weight:600}"
    ".good{color:var(--good);font-weight:600}.warn{color:var(--warn);font-weight:600}"
    ".lead{font-size:1.15rem}"
    "dl.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.7rem;"
    "margin:1rem 0}"
    "dl.tiles div{background:var(--box);border:1px solid var(--line);border-radius:.4rem;"
    "padding:.6rem .8rem;display:flex;flex-direction:column-reverse;justify-content:flex-end}"
    "dl.tiles dt{color:var(--soft);font-size:.87rem;line-height:1.3}"
    "dl.tiles dd{margin:0;font-size:1.6rem;line-height:1.2;font-weight:600}"
    ".scroll{overflow-x:auto;margin:.7rem 0}"
    "table{border-collapse:collapse;width:100%;font-size:.92rem}"
    "caption{text-align:left;color:var(--soft);padding:.2rem 0}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;"
    "border-bottom:1px solid var(--line);overflow-wrap:anywhere;min-width:5.5rem}"
    "thead th{background:var(--box);font-weight:600;overflow-wrap:normal}tbody th{font-weight:500}"
    ".n{text-align:right;font-variant-numeric:tabular-nums;min-width:4rem}.w{white-space:nowrap;"
    "overflow-wrap:normal}"
    "code{font-family:ui-monospace,\"DejaVu Sans Mono\",monospace;font-size:.9em}"
    "figure{margin:1rem 0}figcaption{color:var(--soft)}"
    "svg{display:block;width:100%;max-width:46rem;height:auto}"
    "svg text{fill:var(--ink);font-size:13px}"
    ".b1{fill:var(--main)}.b2{fill:var(--other)}.b3{fill:var(--bad)}"
    ".k1,.k2,.k3{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 .8em}"
    ".k1{background:var(--main)}.k2{background:var(--other)}.k3{background:var(--bad)}"
    "details{border:1px solid var(--line);border-radius:.4rem;padding:.4rem .8rem;margin:.6rem 0}"
    "summary{cursor:pointer;overflow-wrap:anywhere}"
    "footer{margin-top:3rem;color:var(--soft);border-top:1px solid var(--line);padding-top:.6rem}"
    "@media print{:root{--ink:#000;--soft:#444;--paper:#fff;--box:#fff;--line:#999;--main:#0b5cad;"
    "--other:#9aa7b4;--bad:#b42318;--good:#116329;--warn:#8a5a00}main{max-width:none;padding:0}"
    "body{font-size:10pt}nav{display:none}.scroll{overflow:visible}tr,figure{break-inside:avoid}"
    "h2,h3{break-after:avoid}thead{display:table-header-group}"
    "table{font-size:8pt}th,td{min-width:4rem;padding:.15rem "
    ".3rem}.n{min-width:0}svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    "details>*{display:block}details::details-content{content-visibility:visible;display:block;"
    "block-size:auto}}";

void html_begin(buf *out, str title)
{
    uint8_t digest[SHA256_BYTES];

    sha256(str_cstr(style), digest);
    BUF_LIT(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                 "style-src 'sha256-");
    base64_encode(BASE64_STANDARD, digest, sizeof(digest), out);
    BUF_LIT(out, "'; base-uri 'none'; form-action 'none'\">\n"
                 "<meta name=\"referrer\" content=\"no-referrer\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html_element(out, "title", NULL, title);
    BUF_LIT(out, "\n<style>");
    buf_add(out, str_cstr(style));
    BUF_LIT(out, "</style>\n</head>\n<body>\n<main>\n");
}

void html_end(buf *out)
{
    BUF_LIT(out, "</main>\n</body>\n</html>\n");
}

/* The five characters of XML's are HTML's too; so are the references for them. */
void html_text(buf *out, str text)
{
    xml_text(out, text);
}

void html_theirs(buf *out, str text)
{
    html_element(out, "bdi", NULL, text);
}

void html_say(buf *out, const char *format, ...)
{
    char text[512]; /* of our own numbers and words; names go through html_theirs */
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len > 0) {
        html_text(out, str_slice(str_from(text, sizeof(text) - 1), 0, (size_t)len));
    }
}

void html_element(buf *out, const char *own, const char *class, str text)
{
    buf_add_char(out, '<');
    buf_add(out, str_cstr(own));
    if (class != NULL) {
        BUF_LIT(out, " class=\"");
        buf_add(out, str_cstr(class));
        buf_add_char(out, '"');
    }
    buf_add_char(out, '>');
    html_text(out, text);
    xml_close(out, str_cstr(own));
}

void html_section(buf *out, const char *id, const char *heading)
{
    buf_printf(out, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">", id, id, id);
    html_text(out, str_cstr(heading));
    BUF_LIT(out, "</h2>\n");
}

void html_section_end(buf *out)
{
    BUF_LIT(out, "</section>\n");
}

/* -- tables ---------------------------------------------------------------------------------------- */

static void open_cell(buf *out, str own, enum html_kind kind)
{
    static const str classes[] = { [COLUMN_TEXT] = STR_INIT(">"),
                                   [COLUMN_NUMBER] = STR_INIT(" class=\"n\">"),
                                   [COLUMN_WHOLE] = STR_INIT(" class=\"w\">") };

    buf_add_char(out, '<');
    buf_add(out, own);
    buf_add(out, classes[kind]);
}

void html_table(buf *out, str caption, const struct html_column *columns, size_t count,
                struct html_table *ret)
{
    *ret = (struct html_table){ out, columns, count, 0 };
    BUF_LIT(out, "<div class=\"scroll\"><table>\n");
    html_element(out, "caption", NULL, caption);
    BUF_LIT(out, "\n<thead><tr>");
    for (size_t i = 0; i < count; i++) {
        open_cell(out, STR("th scope=\"col\""), columns[i].kind);
        html_text(out, str_cstr(columns[i].head));
        BUF_LIT(out, "</th>");
    }
    BUF_LIT(out, "</tr></thead>\n<tbody>\n");
}

void html_row(struct html_table *table)
{
    table->at = 0;
    BUF_LIT(table->out, "<tr>");
}

void html_cell(struct html_table *table)
{
    open_cell(table->out, table->at == 0 ? STR("th scope=\"row\"") : STR("td"),
              table->columns[table->at].kind);
}

void html_cell_end(struct html_table *table)
{
    buf_add(table->out, table->at == 0 ? STR("</th>") : STR("</td>"));
    table->at++;
}

void html_cell_text(struct html_table *table, str text)
{
    html_cell(table);
    if (text.len > 0) {
        html_theirs(table->out, text);
    } else {
        BUF_LIT(table->out, "–");
    }
    html_cell_end(table);
}

void html_cell_number(struct html_table *table, uint64_t number)
{
    html_cell(table);
    buf_add_u64(table->out, number);
    html_cell_end(table);
}

void html_cell_day(struct html_table *table, int64_t at_s)
{
    char text[20];

    date_print_iso(at_s, text);
    html_cell_text(table, at_s == INT64_MIN ? STR_NONE : str_from(text, 10));
}

void html_row_end(struct html_table *table)
{
    BUF_LIT(table->out, "</tr>\n");
}

void html_table_end(struct html_table *table)
{
    BUF_LIT(table->out, "</tbody>\n</table></div>\n");
}

/* -- charts ---------------------------------------------------------------------------------------- */

enum { ROW_PX = 28, LEFT_PX = 190, BAR_PX = 440, WIDTH_PX = 700 };

void html_bars(buf *out, const char *label, const struct html_bar *bars, size_t count, bool alarm)
{
    uint64_t most = 1;

    for (size_t i = 0; i < count; i++) {
        most = bars[i].value > most ? bars[i].value : most;
    }
    buf_printf(out, "<svg viewBox=\"0 0 %d %zu\" role=\"img\" aria-label=\"", WIDTH_PX,
               count * ROW_PX);
    html_text(out, str_cstr(label));
    for (size_t i = 0; i < count; i++) { /* whoever cannot see it hears the numbers */
        html_say(out, "%s %s: %" PRIu64, i == 0 ? "." : ",", bars[i].label, bars[i].value);
    }
    BUF_LIT(out, "\">\n");
    for (size_t i = 0; i < count; i++) {
        size_t y = i * ROW_PX;
        unsigned whole = (unsigned)((double)bars[i].value / (double)most * BAR_PX);
        unsigned part = (unsigned)((double)bars[i].part / (double)most * BAR_PX);
        buf_printf(out, "<text x=\"%d\" y=\"%zu\" text-anchor=\"end\">", LEFT_PX - 10, y + 18);
        html_text(out, str_cstr(bars[i].label));
        buf_printf(out,
                   "</text><rect class=\"b1\" x=\"%d\" y=\"%zu\" width=\"%u\" height=\"18\"/>"
                   "<rect class=\"%s\" x=\"%u\" y=\"%zu\" width=\"%u\" height=\"18\"/>"
                   "<text x=\"%u\" y=\"%zu\">%" PRIu64 "</text>\n",
                   LEFT_PX, y + 5, whole - part, alarm ? "b3" : "b2", LEFT_PX + whole - part, y + 5,
                   part, LEFT_PX + whole + 8, y + 18, bars[i].value);
    }
    BUF_LIT(out, "</svg>\n");
}
