/* Formatted text on its way to a file or a buffer; private to the library. */
#ifndef FORMAT_H_
#define FORMAT_H_

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Takes text. */
typedef struct sink {
    void (*write)(struct sink* sink, const char* text, size_t len);
    size_t total;
} sink_t;

/* One conversion of a format string, without its letter. */
typedef struct spec {
    bool is_left;
    bool has_plus;
    bool has_space;
    bool is_alternate;
    bool has_zeros;
    int width;
    /* -1 if none was given. */
    int precision;
} spec_t;

/* Formats into the sink and returns the number of bytes. */
int format(sink_t* sink, const char* text, va_list arguments);

/* Writes a sign or prefix, then zeros to fill up, then the digits, all padded to the width. */
void put_number(sink_t* sink, const spec_t* spec, const char* prefix, size_t zeros, const char* digits, size_t len);

/* Writes a floating-point number; `letter` is one of f F e E g G. */
void put_float(sink_t* sink, const spec_t* spec, char letter, long double value);

#endif
