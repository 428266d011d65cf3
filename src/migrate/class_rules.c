#include <inttypes.h>

#include "migrate/classify.h"

enum { DAY_S = 86400 };

static unsigned percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : (unsigned)(part * 100 / whole);
}

static bool enough(const struct inventory_use *use, uint64_t calls)
{
    return use->calls >= calls;
}

/* -- by the exports ------------------------------------------------------------------------------ */

static bool password_used(const struct class_subject *s, buf *why)
{
    const struct estate_report *r = s->user->report;
    int64_t days;

    if (s->key || r == NULL || !r->password_enabled || r->password_used_s == ESTATE_NEVER) {
        return false;
    }
    days = (s->now_s - r->password_used_s) / DAY_S;
    buf_printf(why, "a password that was used %" PRId64 " day%s ago", days, PLURAL(days));
    return days <= RECENT_DAYS;
}

static bool password_there(const struct class_subject *s, buf *why)
{
    const struct estate_report *r = s->user->report;

    BUF_LIT(why, "a password for the console");
    return !s->key && r != NULL && r->password_enabled;
}

static bool no_password(const struct class_subject *s, buf *why)
{
    const struct estate_report *r = s->user->report;

    BUF_LIT(why, "no password: cannot sign in to the console");
    return !s->key && r != NULL && !r->password_enabled;
}

static bool second_factor(const struct class_subject *s, buf *why)
{
    BUF_LIT(why, "a second factor is set up");
    return !s->key && s->user->report != NULL && s->user->report->mfa_active;
}

/* The word as a part of the name: "svc-mail", "mail.svc", "ci_runner". */
static bool has_part(str name, str word)
{
    size_t from = 0;

    for (size_t i = 0; i <= name.len; i++) {
        if (i == name.len || !ascii_is_alpha(name.ptr[i])) {
            if (str_eq_nocase(str_slice(name, from, i - from), word)) {
                return true;
            }
            from = i + 1;
        }
    }
    return false;
}

static bool service_name(const struct class_subject *s, buf *why)
{
    static const str words[] = {
        STR_INIT("svc"),     STR_INIT("service"),   STR_INIT("bot"),     STR_INIT("ci"),
        STR_INIT("cd"),      STR_INIT("cicd"),      STR_INIT("deploy"),  STR_INIT("deployer"),
        STR_INIT("app"),     STR_INIT("api"),       STR_INIT("backup"),  STR_INIT("cron"),
        STR_INIT("job"),     STR_INIT("jenkins"),   STR_INIT("gitlab"),  STR_INIT("github"),
        STR_INIT("actions"), STR_INIT("terraform"), STR_INIT("runner"),  STR_INIT("pipeline"),
        STR_INIT("etl"),     STR_INIT("worker"),    STR_INIT("system"),  STR_INIT("automation"),
        STR_INIT("robot"),   STR_INIT("agent"),     STR_INIT("daemon"),  STR_INIT("smtp"),
        STR_INIT("ses"),     STR_INIT("exporter"),  STR_INIT("monitor"), STR_INIT("monitoring"),
        STR_INIT("lambda"),  STR_INIT("machine"),   STR_INIT("batch"),   STR_INIT("sync"),
    };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (has_part(s->user->name, words[i]) || has_part(s->user->path, words[i])) {
            buf_printf(why, "\"%.*s\" in name or path", FMT(words[i]));
            return true;
        }
    }
    return false;
}

static bool email_name(const struct class_subject *s, buf *why)
{
    size_t at;

    BUF_LIT(why, "the name is an e-mail address");
    return str_find_char(s->user->name, '@', &at) && at > 0 &&
           str_find_char(str_skip(s->user->name, at), '.', &at);
}

/* "first.last": two words of letters. */
static bool two_names(const struct class_subject *s, buf *why)
{
    str rest = s->user->name, first;
    bool letters = take_until(&rest, '.', &first) && first.len >= 2 && rest.len >= 2;

    for (size_t i = 0; letters && i < s->user->name.len; i++) {
        letters = ascii_is_alpha(s->user->name.ptr[i]) || s->user->name.ptr[i] == '.';
    }
    BUF_LIT(why, "the name is like first.last");
    return letters && !service_name(s, &(buf){ .err = RC_LIMIT });
}

/* -- by program ---------------------------------------------------------------------------------- */

static uint64_t calls_of_use(const struct inventory_use *use, enum agent_use kind)
{
    uint64_t calls = 0;

    for (size_t i = 0; i < use->agent_count; i++) {
        calls += use->agents[i].agent.use == kind ? use->agents[i].calls : 0;
    }
    return calls;
}

static bool console_calls(const struct class_subject *s, buf *why)
{
    uint64_t calls = calls_of_use(s->use, AGENT_CONSOLE);

    buf_printf(why, "%" PRIu64 " of %" PRIu64 " call%s from the console or a browser", calls,
               s->use->calls, PLURAL(s->use->calls));
    return calls >= 3;
}

static bool console_sign_in(const struct class_subject *s, buf *why)
{
    buf_printf(why, "%" PRIu64 " console sign-ins and calls with their credentials",
               s->use->from_console);
    return s->use->from_console > 0;
}

static bool mfa_calls(const struct class_subject *s, buf *why)
{
    buf_printf(why, "%" PRIu64 " call%s with a second factor", s->use->with_mfa,
               PLURAL(s->use->with_mfa));
    return s->use->with_mfa > 0;
}

/* At a prompt of a machine that stands on a desk, or in CloudShell. */
static bool desk_shell(const struct class_subject *s, buf *why)
{
    uint64_t calls = 0;

    for (size_t i = 0; i < s->use->agent_count; i++) {
        const struct agent *a = &s->use->agents[i].agent;
        bool desk = str_eq(a->os, STR("macos")) || str_eq(a->os, STR("windows"));
        bool cloud_shell = str_ends(a->exec_env, STR("CloudShell"));
        calls += a->use == AGENT_SHELL && (desk || cloud_shell) ? s->use->agents[i].calls : 0;
    }
    buf_printf(why, "%" PRIu64 " call%s of a command line on macOS, Windows or CloudShell", calls,
               PLURAL(calls));
    return calls >= 5;
}

static bool desk_program(const struct class_subject *s, buf *why)
{
    uint64_t calls = 0;

    for (size_t i = 0; i < s->use->agent_count; i++) {
        const struct agent *a = &s->use->agents[i].agent;
        bool desk = str_eq(a->os, STR("macos")) || str_eq(a->os, STR("windows"));
        calls += (a->use == AGENT_PROGRAM || a->use == AGENT_TOOL) && desk ? s->use->agents[i].calls
                                                                           : 0;
    }
    buf_printf(why, "%" PRIu64 " call%s of programs on macOS or Windows", calls, PLURAL(calls));
    return calls >= 5;
}

static bool program_calls(const struct class_subject *s, buf *why)
{
    uint64_t calls = 0;

    for (size_t i = 0; i < s->use->agent_count; i++) {
        const struct agent *a = &s->use->agents[i].agent;
        bool desk = str_eq(a->os, STR("macos")) || str_eq(a->os, STR("windows"));
        calls += a->use == AGENT_PROGRAM && !desk ? s->use->agents[i].calls : 0;
    }
    buf_printf(why, "%" PRIu64 " of %" PRIu64 " call%s by SDKs", calls, s->use->calls,
               PLURAL(s->use->calls));
    return calls >= CLASS_CALLS && percent(calls, s->use->calls) >= 10;
}

static bool tool_calls(const struct class_subject *s, buf *why)
{
    uint64_t calls = calls_of_use(s->use, AGENT_TOOL);

    buf_printf(why, "%" PRIu64 " call%s by deployment tools", calls, PLURAL(calls));
    return calls >= 5;
}

/* exec-env says where a program runs: no desk is called that. */
static bool runs_in_aws(const struct class_subject *s, buf *why)
{
    for (size_t i = 0; i < s->use->agent_count; i++) {
        str env = s->use->agents[i].agent.exec_env;
        if (env.len > 0 && !str_ends(env, STR("CloudShell")) && !str_eq(env, STR("Cloud9"))) {
            buf_printf(why, "runs in %.*s", FMT(env));
            return true;
        }
    }
    return false;
}

static bool unnamed_program(const struct class_subject *s, buf *why)
{
    uint64_t calls = calls_of_use(s->use, AGENT_UNKNOWN);

    buf_printf(why, "%" PRIu64 " of %" PRIu64 " call%s by a program of its own", calls,
               s->use->calls, PLURAL(s->use->calls));
    return calls >= CLASS_CALLS && percent(calls, s->use->calls) >= 50;
}

/* -- by rhythm ----------------------------------------------------------------------------------- */

static uint64_t timed_calls(const struct inventory_use *use)
{
    uint64_t calls = 0;

    for (int i = 0; i < 24; i++) {
        calls += use->hours[i];
    }
    return calls;
}

static unsigned weekend_percent(const struct inventory_use *use)
{
    return percent((uint64_t)use->weekdays[5] + use->weekdays[6], timed_calls(use));
}

/* The most calls in `width` hours in a row, whatever the time zone. */
static uint64_t busiest(const struct inventory_use *use, int width)
{
    uint64_t most = 0;

    for (int start = 0; start < 24; start++) {
        uint64_t sum = 0;
        for (int i = 0; i < width; i++) {
            sum += use->hours[(start + i) % 24];
        }
        most = sum > most ? sum : most;
    }
    return most;
}

static bool office_hours(const struct class_subject *s, buf *why)
{
    unsigned inside = percent(busiest(s->use, 12), timed_calls(s->use));
    unsigned weekend = weekend_percent(s->use);

    buf_printf(why, "%u %% of calls within 12 hours of the day, %u %% at weekends", inside,
               weekend);
    return enough(s->use, CLASS_CALLS) && s->use->active_days >= 5 && inside >= 85 &&
           weekend <= 10 && percent(busiest(s->use, 2), timed_calls(s->use)) < 80;
}

static bool round_the_clock(const struct class_subject *s, buf *why)
{
    unsigned hours = 0, weekend = weekend_percent(s->use);
    unsigned inside = percent(busiest(s->use, 12), timed_calls(s->use));

    for (int i = 0; i < 24; i++) {
        hours += s->use->hours[i] > 0;
    }
    buf_printf(why, "calls in %u hour%s of the day, %u %% at weekends", hours, PLURAL(hours),
               weekend);
    return enough(s->use, 100) && hours >= 20 && weekend >= 15 && inside <= 75;
}

static bool by_schedule(const struct class_subject *s, buf *why)
{
    unsigned inside = percent(busiest(s->use, 2), timed_calls(s->use));

    buf_printf(why, "%u %% of calls at the same hour, on %" PRIu32 " day%s", inside,
               s->use->active_days, PLURAL(s->use->active_days));
    return enough(s->use, CLASS_CALLS) && inside >= 80 && s->use->active_days >= 7;
}

static bool every_day(const struct class_subject *s, buf *why)
{
    int64_t days = s->use->last_s == ESTATE_NEVER
                       ? 0
                       : s->use->last_s / DAY_S - s->use->first_s / DAY_S + 1;

    buf_printf(why, "active on %" PRIu32 " of %" PRId64 " day%s", s->use->active_days, days,
               PLURAL(days));
    return days >= 14 && (int64_t)s->use->active_days * 100 >= days * 90;
}

/* -- by place and deeds -------------------------------------------------------------------------- */

static size_t addresses_of(const struct inventory_use *use, enum address_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < use->address_count; i++) {
        count += use->addresses[i].kind == kind;
    }
    return count;
}

static bool many_addresses(const struct class_subject *s, buf *why)
{
    size_t count = addresses_of(s->use, ADDRESS_PUBLIC);

    buf_printf(why, "%zu public address%s", count, count == 1 ? "" : "es");
    return count >= 4;
}

static bool few_addresses(const struct class_subject *s, buf *why)
{
    size_t count = addresses_of(s->use, ADDRESS_PUBLIC) + addresses_of(s->use, ADDRESS_PRIVATE);

    buf_printf(why, "%zu address%s for %" PRIu64 " call%s", count, count == 1 ? "" : "es",
               s->use->calls, PLURAL(s->use->calls));
    return enough(s->use, 100) && count > 0 && count <= 3;
}

static bool private_addresses(const struct class_subject *s, buf *why)
{
    size_t inside = addresses_of(s->use, ADDRESS_PRIVATE);

    buf_printf(why, "%zu private address%s and no public one", inside, inside == 1 ? "" : "es");
    return inside > 0 && addresses_of(s->use, ADDRESS_PUBLIC) == 0;
}

static bool narrow(const struct class_subject *s, buf *why)
{
    buf_printf(why, "%zu kind%s of calls, %" PRIu64 " in all", s->use->actions.count,
               PLURAL(s->use->actions.count), s->use->calls);
    return enough(s->use, 200) && s->use->actions.count <= 12;
}

const struct class_rule class_rules[] = {
    { "password-used", true, false, 40, "The password was used in the last 90 days.",
      password_used },
    { "password", true, false, 10, "There is a password.", password_there },
    { "mfa-device", true, false, 15, "A second factor is set up.", second_factor },
    { "email-name", true, false, 20, "The name is an e-mail address.", email_name },
    { "person-name", true, false, 10, "The name is like first.last.", two_names },
    { "console-sign-in", true, true, 40, "Console sign-ins, or calls with console credentials.",
      console_sign_in },
    { "console-calls", true, true, 40, "3 calls or more from the console or a browser.",
      console_calls },
    { "desk-shell", true, true, 40,
      "5 calls or more of a command line on macOS, Windows or in CloudShell.", desk_shell },
    { "desk-program", true, true, 15, "5 calls or more of programs on macOS or Windows.",
      desk_program },
    { "mfa-calls", true, true, 20, "Calls with a second factor.", mfa_calls },
    { "office-hours", true, true, 20,
      "85 % of calls within 12 hours of the day, 10 % or less at weekends, not all at one hour.",
      office_hours },
    { "many-addresses", true, true, 5, "4 public addresses or more.", many_addresses },
    { "no-password", false, false, 20, "There is no password.", no_password },
    { "service-name", false, false, 20, "A word like svc, ci or deploy in name or path.",
      service_name },
    { "sdk-calls", false, true, 30, "20 calls or more, and a tenth of all, by SDKs not on a desk.",
      program_calls },
    { "own-program", false, true, 20, "Most calls by a program without a known SDK.",
      unnamed_program },
    { "tool-calls", false, true, 10, "5 calls or more by deployment tools.", tool_calls },
    { "runs-in-aws", false, true, 30, "The program says it runs in Lambda, ECS, CodeBuild...",
      runs_in_aws },
    { "round-the-clock", false, true, 25,
      "Calls in 20 hours of the day, evenly, and 15 % or more at weekends.", round_the_clock },
    { "by-schedule", false, true, 25, "80 % of calls at the same hour, on 7 days or more.",
      by_schedule },
    { "every-day", false, true, 10, "Active on 90 % of 14 days or more, weekends too.", every_day },
    { "few-addresses", false, true, 5, "100 calls or more from 3 addresses or fewer.",
      few_addresses },
    { "private-addresses", false, true, 10, "Only private addresses.", private_addresses },
    { "narrow", false, true, 5, "200 calls or more of 12 kinds or fewer.", narrow },
};
const size_t class_rule_count = COUNT_OF(class_rules);
