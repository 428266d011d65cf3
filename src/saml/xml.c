#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <limits.h>
#include <unistd.h>

#include "base/table.h"
#include "codec/base64.h"
#include "codec/date.h"
#include "saml/inside.h"

bool xml_fault(struct xml_reading *reading, const char *why)
{
    if (reading->why == NULL) {
        reading->why = why;
    }
    return false;
}

static bool no_memory(struct xml_reading *reading)
{
    reading->rc = RC_NOMEM;
    return xml_fault(reading, "not enough memory");
}

static str view(const xmlChar *text)
{
    return str_cstr((const char *)text);
}

static str keep(struct xml_reading *reading, str text)
{
    str kept = arena_str(reading->arena, text);

    if (kept.ptr == NULL && text.ptr != NULL) {
        (void)no_memory(reading);
    }
    return kept;
}

/* --- parsing ------------------------------------------------------------------------------------ */

/* No network, no entities replaced, no external subset, sections as text; libxml2's own limits of
 * depth and size stay on (no XML_PARSE_HUGE). XInclude is a separate call nobody makes. */
enum { OPTIONS = XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR | XML_PARSE_NOWARNING };

/* Called where a document type declaration begins, before anything in it is read. */
static void refuse_doctype(void *ctx, const xmlChar *name, const xmlChar *external,
                           const xmlChar *where)
{
    xmlParserCtxtPtr parser = ctx;
    bool *seen = parser->_private;

    (void)name;
    (void)external;
    (void)where;
    *seen = true;
    xmlStopParser(parser);
}

static xmlDocPtr parse(struct xml_reading *reading, str text)
{
    xmlParserCtxtPtr parser = xmlNewParserCtxt();
    bool doctype = false;
    xmlDocPtr doc;

    if (parser == NULL) {
        (void)no_memory(reading);
        return NULL;
    }
    parser->_private = &doctype;
    parser->sax->internalSubset = refuse_doctype;
    /* The encoding is given, not read: a declaration cannot make two readers of the bytes. */
    doc = xmlCtxtReadMemory(parser, text.ptr, (int)text.len, NULL, "UTF-8", OPTIONS);
    if (doctype || doc == NULL || !parser->wellFormed || xmlDocGetRootElement(doc) == NULL) {
        (void)xml_fault(reading, doctype ? "a document type declaration is not allowed"
                                         : "it is not well-formed XML");
        xmlFreeDoc(doc);
        doc = NULL;
    }
    xmlFreeParserCtxt(parser);
    return doc;
}

xmlDocPtr xml_read(struct xml_reading *reading, str text)
{
    xmlDocPtr doc;

    if (text.len == 0 || text.len > INT_MAX || !str_is_utf8(text)) {
        (void)xml_fault(reading, "it is not UTF-8");
        return NULL;
    }
    doc = parse(reading, text);
    if (doc != NULL && !xml_ids_differ(reading, doc)) {
        xmlFreeDoc(doc);
        return NULL;
    }
    return doc;
}

xmlNodePtr xml_read_inside(struct xml_reading *reading, xmlNodePtr place, str text)
{
    xmlNodePtr list = NULL, found = NULL, next;
    size_t elements = 0;
    bool good = text.len > 0 && text.len <= INT_MAX && str_is_utf8(text) &&
                xmlParseInNodeContext(place, text.ptr, (int)text.len, OPTIONS, &list) == XML_ERR_OK;

    for (xmlNodePtr node = list; node != NULL; node = next) {
        next = node->next;
        if (node->type == XML_ELEMENT_NODE) {
            elements++;
        }
        if (good && node->type == XML_ELEMENT_NODE && found == NULL) {
            found = node;
            xmlUnlinkNode(node);
        } else {
            xmlUnlinkNode(node);
            xmlFreeNode(node);
        }
    }
    if (found == NULL || elements != 1) {
        (void)xml_fault(reading, "the encrypted assertion is not one element");
        xmlFreeNode(found);
        return NULL;
    }
    return found;
}

/* --- IDs ---------------------------------------------------------------------------------------- */

/* Whatever some reader may take for an identifier: ID, Id and id, without name space. */
static const xmlAttr *id_of(struct xml_reading *reading, const xmlNode *node)
{
    const xmlAttr *found = NULL;

    for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
        if (!str_eq_nocase(view(a->name), STR("id"))) {
            continue;
        }
        if (a->ns != NULL || found != NULL) {
            (void)xml_fault(reading, "an element has an xml:id, or two identifiers");
            return NULL;
        }
        found = a;
    }
    return found;
}

/* The value as it stands: one text node. */
static str attr_value(const xmlAttr *attr)
{
    const xmlNode *text = attr->children;

    if (text == NULL) {
        return STR("");
    }
    return text->next == NULL && text->type == XML_TEXT_NODE ? view(text->content) : STR_NONE;
}

/* Puts the element's ID among those seen; false when it is there already, or reading failed. */
static bool note_id(struct xml_reading *reading, struct table *seen, const xmlNode *node)
{
    const xmlAttr *id = node->type == XML_ELEMENT_NODE ? id_of(reading, node) : NULL;
    void *old = NULL;

    if (id == NULL) {
        return reading->why == NULL;
    }
    if (table_set(seen, attr_value(id), (void *)(uintptr_t)id, &old) != RC_OK) {
        return no_memory(reading);
    }
    return old == NULL || xml_fault(reading, "two elements have the same ID");
}

bool xml_ids_differ(struct xml_reading *reading, xmlDocPtr doc)
{
    const xmlNode *root = xmlDocGetRootElement(doc);
    uint8_t key[16] = { 0 };
    struct table seen;
    bool good = getentropy(key, sizeof(key)) == 0;

    table_init(&seen, &heap, key);
    for (const xmlNode *at = root; good && at != NULL; at = xml_walk(root, at)) {
        good = note_id(reading, &seen, at);
    }
    table_done(&seen);
    return good;
}

/* --- the tree ----------------------------------------------------------------------------------- */

bool xml_is(const xmlNode *node, const char *ns, const char *name)
{
    return node != NULL && node->type == XML_ELEMENT_NODE && node->ns != NULL &&
           str_eq(view(node->name), str_cstr(name)) && str_eq(view(node->ns->href), str_cstr(ns));
}

static xmlNodePtr element_from(xmlNodePtr node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE) {
        node = node->next;
    }
    return node;
}

xmlNodePtr xml_first(const xmlNode *node)
{
    return node == NULL ? NULL : element_from(node->children);
}

xmlNodePtr xml_next(const xmlNode *node)
{
    return element_from(node->next);
}

static xmlNodePtr named_from(xmlNodePtr node, const char *ns, const char *name)
{
    while (node != NULL && !xml_is(node, ns, name)) {
        node = node->next;
    }
    return node;
}

xmlNodePtr xml_child(const xmlNode *node, const char *ns, const char *name)
{
    return node == NULL ? NULL : named_from(node->children, ns, name);
}

xmlNodePtr xml_sibling(const xmlNode *node, const char *ns, const char *name)
{
    return named_from(node->next, ns, name);
}

size_t xml_count(const xmlNode *node, const char *ns, const char *name)
{
    size_t count = 0;

    for (xmlNodePtr at = xml_child(node, ns, name); at != NULL; at = xml_sibling(at, ns, name)) {
        count++;
    }
    return count;
}

xmlNodePtr xml_walk(const xmlNode *top, const xmlNode *node)
{
    if (node->type == XML_ELEMENT_NODE && node->children != NULL) {
        return node->children;
    }
    while (node != top && node->next == NULL) {
        node = node->parent;
    }
    return node == top ? NULL : node->next;
}

/* --- values ------------------------------------------------------------------------------------- */

static const xmlAttr *find_attribute(const xmlNode *node, const char *name)
{
    for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
        if (a->ns == NULL && str_eq(view(a->name), str_cstr(name))) {
            return a;
        }
    }
    return NULL;
}

str xml_attribute(struct xml_reading *reading, const xmlNode *node, const char *name)
{
    const xmlAttr *attr = find_attribute(node, name);
    str value;

    if (attr == NULL) {
        return STR_NONE;
    }
    value = attr_value(attr);
    if (value.ptr == NULL) {
        (void)xml_fault(reading, "an attribute holds something else than text");
        return STR_NONE;
    }
    return keep(reading, value);
}

bool xml_attribute_is(const xmlNode *node, const char *name, const char *value)
{
    const xmlAttr *attr = find_attribute(node, name);

    return attr != NULL && str_eq(attr_value(attr), str_cstr(value));
}

str xml_content(struct xml_reading *reading, const xmlNode *node)
{
    buf out = buf_arena(reading->arena, SAML_METADATA_BYTES_MAX);

    if (node == NULL) {
        (void)xml_fault(reading, "a required element is missing");
        return STR_NONE;
    }
    for (const xmlNode *at = node->children; at != NULL; at = at->next) {
        if (at->type != XML_TEXT_NODE && at->type != XML_CDATA_SECTION_NODE) {
            (void)xml_fault(reading, "an element that should hold text holds a comment or more");
            return STR_NONE;
        }
        buf_add(&out, view(at->content));
    }
    if (out.err != RC_OK) {
        (void)no_memory(reading);
        return STR_NONE;
    }
    return buf_str(&out);
}

str xml_bytes(struct xml_reading *reading, const xmlNode *node, size_t max)
{
    str text = xml_content(reading, node);
    buf packed = buf_arena(reading->arena, text.len + 1), out = buf_arena(reading->arena, max);

    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_space(text.ptr[i])) {
            buf_add_char(&packed, text.ptr[i]);
        }
    }
    if (packed.err != RC_OK || packed.len == 0 ||
        base64_decode(BASE64_STANDARD, buf_str(&packed), &out) != RC_OK || out.err != RC_OK) {
        (void)xml_fault(reading, "base64 is expected where there is none");
        return STR_NONE;
    }
    return buf_str(&out);
}

int64_t xml_time(struct xml_reading *reading, const xmlNode *node, const char *name)
{
    str text = xml_attribute(reading, node, name);
    struct instant at;
    size_t t;

    if (text.ptr == NULL) {
        return SAML_NEVER;
    }
    if (!str_find_char(text, 'T', &t) || date_parse_instant(text, &at) != RC_OK) {
        (void)xml_fault(reading, "a time is not written as YYYY-MM-DDThh:mm:ssZ");
        return SAML_NEVER;
    }
    return at.unix_s;
}
