/* Explanations: what decided, what each layer says, and for a denial the nearest statement that
 * would have allowed it with what it lacks. Pure; everything lives in the arena given.
 *
 *   policy_explain        stack and request -> explanation; its decision is policy_decide's
 *   explanation_text      for people
 *   explanation_json      for machines: mantle-explanation/1 (docs/reference/explanation.md)
 *
 * Values "as written" (patterns, principals, condition values) are known of sets compiled with
 * policy_source.text; without it they are left out. */
#ifndef MANTLE_POLICY_EXPLAIN_H
#define MANTLE_POLICY_EXPLAIN_H

#include "base/buf.h"
#include "codec/json.h"
#include "policy/policy.h"

/* One operator with one key, against the request. */
struct condition_view {
    str operator_name, key;             /* as written where known */
    const struct json *wanted;          /* one value or an array of them; NULL when not known */
    const struct context_entry *actual; /* NULL: the request has no such key */
    bool holds, known;                  /* known: there is such an operator (C-9) */
    bool negated, list_needed; /* list_needed: several values under a plain operator (C-14) */
    bool asks_presence;        /* Null */
};

enum lack_kind { LACK_ACTION, LACK_RESOURCE, LACK_PRINCIPAL, LACK_CONDITION };

struct lack {
    enum lack_kind kind;
    bool excluded; /* by NotAction, NotResource, NotPrincipal; else not listed */
    bool named;    /* LACK_PRINCIPAL: covered, but this caller has to be named itself */
    const struct json *wanted; /* Action, Resource, Principal as written; NULL: not known or none */
    uint32_t index;            /* LACK_CONDITION: of the statement's conditions */
    struct condition_view condition;
};

struct near_miss { /* an Allow that does not apply, and all that it lacks */
    const struct policy_set *set;
    uint32_t statement;
    const struct lack *lacks;
    size_t lack_count;
};

/* A layer that must allow and does not. */
struct shortfall {
    enum policy_layer layer;
    uint32_t level;           /* SCP */
    bool no_policy;           /* there is none at all */
    const char *rule;         /* why it must */
    struct near_miss nearest; /* set NULL: it has no Allow statement */
};

struct explained_match { /* a statement that applies, and its conditions */
    struct policy_match match;
    const struct condition_view *conditions;
    size_t condition_count;
};

struct explanation {
    const struct policy_request *request;
    struct decision decision;
    struct policy_answers answers;
    const struct explained_match *matches; /* all statements that apply, in policy_matches' order */
    size_t match_count;
    /* What a denial needs to become an allow, in the order in which it would be met; empty when
     * allowed, and when no policy can change it. Explicit denies in the matches must go as well. */
    const struct shortfall *shortfalls;
    size_t shortfall_count;
    bool unchangeable; /* a rule of the service decides */
};

/* RC_NOMEM. request and stack outlive the explanation. */
MUST_CHECK enum rc policy_explain(const struct policy_stack *stack,
                                  const struct policy_request *request, struct arena *arena,
                                  struct explanation *ret);

/* What the rule says, as a sentence: "D-30" -> "a user is allowed what ...". Never NULL. */
const char *policy_rule_text(const char *rule);

/* The statement as it was written, with the place of its first byte; NULL when not known. */
MUST_CHECK enum rc statement_source(const struct policy_set *set, uint32_t statement,
                                    struct arena *arena, const struct json **ret, str *ret_text);

/* The index-th condition of a statement, in the order of the document. */
MUST_CHECK enum rc statement_condition(const struct policy_set *set, uint32_t statement,
                                       uint32_t index, const struct policy_request *request,
                                       struct arena *arena, struct condition_view *ret);

/* Lets whoever knows more about places correct them (documents inside another file), and say which
 * file they are in. */
struct explain_style {
    bool colour;
    void (*locate)(void *context, struct statement_info *info, str *ret_file);
    void *context;
    /* Leaves out what the resource's policy says when it belongs to another account: that account's
     * policies are not the caller's to read. */
    bool foreign_hidden;
};
/* Whether the layer's statements are to be left out. */
bool explanation_hides(const struct explanation *e, const struct explain_style *style,
                       enum policy_layer layer);
MUST_CHECK enum rc explanation_text(const struct explanation *e, const struct explain_style *style,
                                    buf *out);
/* The members of one object, without its braces, so that others can add theirs. */
void explanation_json(const struct explanation *e, const struct explain_style *style,
                      struct json_out *out);
/* An object of all context keys: a string, or an array of strings for a list. */
void request_context_json(const struct policy_request *request, struct json_out *out);
/* The array of "missing" alone. */
void explanation_missing_json(const struct explanation *e, const struct explain_style *style,
                              struct json_out *out);
/* What is missing, as one line without a newline: "condition Bool aws:SecureTransport: needs ..." */
void lack_text(const struct lack *lack, const struct policy_request *request, buf *out);
/* "StringEquals aws:SourceVpc "vpc-1" or "vpc-2"": what the statement asks for. */
void condition_wish_text(const struct condition_view *view, buf *out);
void condition_json(const struct condition_view *view, struct json_out *out);

#endif
