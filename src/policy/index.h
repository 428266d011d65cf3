/* The index of a compiled set; for index.c, which builds it, and match.c, which asks it. */
#ifndef MANTLE_POLICY_INDEX_H
#define MANTLE_POLICY_INDEX_H

#include "policy/engine.h"

/* A sorted list of texts that finds all those a given text begins with. */
enum { TRIE_NONE = UINT32_MAX };
struct trie_node {
    str text;
    uint32_t parent;       /* the longest other text that begins this one, or TRIE_NONE */
    uint32_t first, count; /* of the items with this text */
};
struct trie {
    const struct trie_node *nodes;
    uint32_t count; /* 0: there is no trie, items are walked */
};
/* The longest text that begins `text`; its ancestors are the others. TRIE_NONE: none does. */
uint32_t trie_find(const struct trie *trie, str text);

enum { RESOURCE_PART = UINT32_MAX };
struct run_item {
    uint32_t statement;
    uint32_t resource; /* which of its resources; RESOURCE_PART: the whole Resource part */
};
struct run {
    const struct run_item *items;
    uint32_t count;
    struct trie by_resource; /* by what the resources begin with */
};

/* Statements with the same action pattern. */
struct action_group {
    str pattern; /* empty: the action matches already, but for NotAction */
    struct run denies, allows;
};
struct action_slot {
    uint64_t hash;
    str key; /* "s3:getobject", or "s3:" for patterns inside one service */
    const struct action_group *groups;
    uint32_t group_count;
    bool denies;           /* a group has some */
    struct trie by_action; /* by what the patterns begin with */
};

struct slot_hint {
    uint32_t hash; /* the upper half */
    uint32_t slot; /* one more than its number; 0: free */
};

uint64_t action_hash(str folded);

#endif
