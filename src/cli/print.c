#include "cli/print.h"

void print_plain(FILE *out, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        (void)fputc(c < 0x20 || c == 0x7F ? '?' : c, out);
    }
}
