/* Writing XML 1.0. There is no reader here on purpose. */
#ifndef MANTLE_CODEC_XML_H
#define MANTLE_CODEC_XML_H

#include "base/buf.h"
#include "base/str.h"

/* Escapes & < > " ' and writes CR, TAB, LF as character references; characters XML cannot hold
 * (C0 controls, U+FFFE, broken UTF-8) become U+FFFD. */
void xml_text(buf *out, str text);
void xml_open(buf *out, str name);              /* <name> */
void xml_close(buf *out, str name);             /* </name> */
void xml_element(buf *out, str name, str text); /* <name>text</name> */

#endif
