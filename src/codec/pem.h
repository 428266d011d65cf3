/* PEM (RFC 7468), read strictly: what two readers could read two ways is refused. Pure; what the
 * bytes inside mean is not looked at. */
#ifndef MANTLE_CODEC_PEM_H
#define MANTLE_CODEC_PEM_H

#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

struct pem_block {
    str label; /* "CERTIFICATE"; view into the text */
    str body;  /* base64 with its line ends; view into the text */
};

/* Takes one block; only white space may stand before it. RC_NOENT: nothing is left but white space.
 * RC_SYNTAX: anything else, also headers ("Proc-Type: ...") and labels that do not match. */
MUST_CHECK enum rc pem_take(str *rest, struct pem_block *ret);
/* The bytes of a block. RC_SYNTAX: not base64 in lines; RC_LIMIT past out->max. */
MUST_CHECK enum rc pem_decode(const struct pem_block *block, buf *out);
/* Lines of 64 characters between BEGIN and END, ended by LF. */
void pem_print(str label, str bytes, buf *out);

#endif
