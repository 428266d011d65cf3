/* What policies mean, for every request at once. Answers are proofs or examples:
 *
 *   MANTLE_PROVED           holds for every request there can be
 *   MANTLE_COUNTEREXAMPLE   a concrete request, which the evaluator has decided before it is shown
 *   MANTLE_UNKNOWN          neither was reached; mantle_comparison_reason says why
 *
 * Work and memory are bounded by the options. docs/analysis.md says what is exact. */
#ifndef MANTLE_ANALYSIS_H
#define MANTLE_ANALYSIS_H

#include <mantle/policy.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum mantle_verdict { /* zeroed memory says unknown */
                              MANTLE_UNKNOWN,
                              MANTLE_PROVED,
                              MANTLE_COUNTEREXAMPLE
} mantle_verdict;

typedef struct mantle_analysis_options { /* zeroed: the defaults */
    uint64_t steps_max;                  /* 0: 4,000,000, a second or two at most */
    size_t memory_max;                   /* bytes; 0: 32 MiB */
    const mantle_principal *principal;   /* NULL: whoever the documents tell apart */
    /* Keys whose value is known; without values and not `many`: known to be absent. */
    const mantle_context_entry *known;
    size_t known_count;
    mantle_str resource_account; /* absent: the caller's own, and another */
    bool principal_in_management_account, resource_in_management_account;
} mantle_analysis_options;

typedef struct mantle_document_set {
    const mantle_policy_source *sources;
    size_t count;
} mantle_document_set;

/* As mantle_policy_stack, of documents: NULL means "there is none", but an SCP level that is NULL
 * allows nothing. */
typedef struct mantle_document_stack {
    const mantle_document_set *identity, *boundary, *session, *resource, *endpoint;
    const mantle_document_set *const *scp;
    size_t scp_count;
    const mantle_document_set *const *rcp;
    size_t rcp_count;
} mantle_document_stack;

typedef struct mantle_comparison mantle_comparison;

/* Does the new set of documents, all of one kind, allow nothing that the old one does not? Beside them
 * is assumed what lets them decide: resource policies that leave it to the identity policy, callers
 * who may do everything and callers who may do nothing (docs/analysis.md). Either may be NULL: a set that is not there. options may be NULL. Documents and
 * options need not outlive the answer. Free *ret with mantle_comparison_free. MANTLE_NO_MEMORY (the
 * caller's allocator; a spent budget is an UNKNOWN), MANTLE_LIMIT, MANTLE_INVALID. */
MANTLE_API MANTLE_MUST_CHECK mantle_rc mantle_policy_compare(const mantle_allocator *allocator,
                                                             mantle_policy_kind kind,
                                                             const mantle_document_set *old_set,
                                                             const mantle_document_set *new_set,
                                                             const mantle_analysis_options *options,
                                                             mantle_comparison **ret);
/* The same of two whole stacks. */
MANTLE_API MANTLE_MUST_CHECK mantle_rc mantle_policy_compare_stacks(
    const mantle_allocator *allocator, const mantle_document_stack *old_stack,
    const mantle_document_stack *new_stack, const mantle_analysis_options *options,
    mantle_comparison **ret);
/* PROVED: the resource or trust policy is not public. A counterexample is a request of a stranger. */
MANTLE_API MANTLE_MUST_CHECK mantle_rc mantle_policy_public(const mantle_allocator *allocator,
                                                            mantle_policy_kind kind,
                                                            const mantle_document_set *set,
                                                            const mantle_analysis_options *options,
                                                            mantle_comparison **ret);
MANTLE_API void mantle_comparison_free(mantle_comparison *comparison); /* accepts NULL */

MANTLE_API mantle_verdict mantle_comparison_verdict(const mantle_comparison *comparison);
/* Why UNKNOWN; "" otherwise. Static text, never NULL. */
MANTLE_API const char *mantle_comparison_reason(const mantle_comparison *comparison);
MANTLE_API uint64_t mantle_comparison_steps(const mantle_comparison *comparison);
/* The example, and what both sides decide about it; NULL unless there is a counterexample. Owned by
 * the comparison. */
MANTLE_API const mantle_policy_request *mantle_comparison_request(
    const mantle_comparison *comparison);
MANTLE_API const mantle_decision *mantle_comparison_old(const mantle_comparison *comparison);
MANTLE_API const mantle_decision *mantle_comparison_new(const mantle_comparison *comparison);

#ifdef __cplusplus
}
#endif

#endif
