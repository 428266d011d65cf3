/* Text of others on a terminal: no control character may reach it. */
#ifndef MANTLE_CLI_PRINT_H
#define MANTLE_CLI_PRINT_H

#include <stdio.h>

#include "base/str.h"

void print_plain(FILE *out, str text);

#endif
