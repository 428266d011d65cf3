/* What the files that read XML share. Inside saml/ only, and of the helper process only: the server
 * does not have the XML libraries in its memory. */
#ifndef MANTLE_SAML_INSIDE_H
#define MANTLE_SAML_INSIDE_H

#include <libxml/tree.h>

#include "saml/saml.h"

/* --- xml.c: reading a stranger's XML --------------------------------------------------------------- */

#define NS_PROTOCOL "urn:oasis:names:tc:SAML:2.0:protocol"
#define NS_ASSERTION "urn:oasis:names:tc:SAML:2.0:assertion"
#define NS_METADATA "urn:oasis:names:tc:SAML:2.0:metadata"
#define NS_DSIG "http://www.w3.org/2000/09/xmldsig#"
#define NS_XMLENC "http://www.w3.org/2001/04/xmlenc#"
#define NS_XMLENC11 "http://www.w3.org/2009/xmlenc11#"

/* One document being read. The first fault is kept; readers go on harmlessly after it. */
struct xml_reading {
    struct arena *arena;
    const char *why; /* static; NULL: nothing is wrong yet */
    enum rc rc;      /* RC_NOMEM */
};
/* Returns false, so that a reader can say `return xml_fault(...)`. */
bool xml_fault(struct xml_reading *reading, const char *why);

/* NULL with the fault noted: not well-formed, a document type declaration, an xml:id, two equal IDs.
 * Freed with xmlFreeDoc. */
xmlDocPtr xml_read(struct xml_reading *reading, str text);
/* The one element `text` holds, read with the name spaces of `place`; to be linked or freed. */
xmlNodePtr xml_read_inside(struct xml_reading *reading, xmlNodePtr place, str text);
/* False with the fault noted when two elements of the document have one ID. */
bool xml_ids_differ(struct xml_reading *reading, xmlDocPtr doc);

bool xml_is(const xmlNode *node, const char *ns, const char *name);
/* First child element; the next one; by name. NULL when there is none. */
xmlNodePtr xml_first(const xmlNode *node);
xmlNodePtr xml_next(const xmlNode *node);
xmlNodePtr xml_child(const xmlNode *node, const char *ns, const char *name);
xmlNodePtr xml_sibling(const xmlNode *node, const char *ns, const char *name);
/* How many children have that name. */
size_t xml_count(const xmlNode *node, const char *ns, const char *name);
/* The next node in document order within `top`. */
xmlNodePtr xml_walk(const xmlNode *top, const xmlNode *node);

/* An attribute without name space; absent when there is none. In the arena. */
str xml_attribute(struct xml_reading *reading, const xmlNode *node, const char *name);
bool xml_attribute_is(const xmlNode *node, const char *name, const char *value);
/* Text of an element that holds text and nothing else; anything else, a comment too, is a fault: two
 * readers would read it two ways. */
str xml_content(struct xml_reading *reading, const xmlNode *node);
/* The same, base64 with white space, decoded. */
str xml_bytes(struct xml_reading *reading, const xmlNode *node, size_t max);
/* SAML_NEVER when there is no such attribute. */
int64_t xml_time(struct xml_reading *reading, const xmlNode *node, const char *name);

/* --- signature.c ------------------------------------------------------------------------------------ */

struct saml_trust { /* keys of the metadata */
    const str *certificates;
    size_t count;
};
/* True when the element has a ds:Signature as a child that covers exactly this element and verifies
 * under one of the keys. *ret_bad: it is of the form wanted, but does not verify. */
bool signature_verify(struct xml_reading *reading, xmlNodePtr element,
                      const struct saml_trust *trust, bool *ret_bad);

/* base64 DER, as xml_bytes gives it: a certificate with a key we accept. */
bool certificate_is_usable(str der);

/* --- encrypted.c ------------------------------------------------------------------------------------ */

bool encrypted_read(struct xml_reading *reading, const xmlNode *element,
                    struct saml_encrypted *ret);

#endif
