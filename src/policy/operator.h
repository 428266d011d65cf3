/* The table of condition operators; for condition.c and operator.c. */
#ifndef MANTLE_POLICY_OPERATOR_H
#define MANTLE_POLICY_OPERATOR_H

#include "policy/engine.h"

/* A value of the request, read for one operand type; views into the request. */
struct operand {
    str text;
    union {
        struct decimal number;
        struct instant date;
        struct cidr address;
        bool boolean;
        str segments[6];
    };
};

struct operator_row {
    str name;
    enum operand_type type;
    bool negated; /* true when no value may match (C-3, C-5) */
    bool (*match)(const struct condition_value *value, const struct operand *x,
                  const struct query *query);
};

/* False when text is not of that type (C-10). */
bool operand_read(enum operand_type type, str text, struct operand *ret);

#endif
