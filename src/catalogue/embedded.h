/* The packed table, made from data/catalogue.txt at build time. */
#ifndef MANTLE_CATALOGUE_EMBEDDED_H
#define MANTLE_CATALOGUE_EMBEDDED_H

extern const unsigned catalogue_embedded_size;
extern const char catalogue_embedded[]; /* and a NUL behind it */

#endif
