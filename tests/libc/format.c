/* What all the printf functions share: takes a format string apart and writes integers, characters and strings. */
#include "format.h"

#include <stdint.h>
#include <string.h>

/* How many bytes an integer argument has. */
enum length { LENGTH_CHAR, LENGTH_SHORT, LENGTH_INT, LENGTH_LONG, LENGTH_LONG_DOUBLE };

static void put(sink_t* sink, const char* text, size_t len) {
    sink->write(sink, text, len);
    sink->total += len;
}

static void put_repeated(sink_t* sink, char byte, size_t count) {
    while (count-- > 0) {
        put(sink, &byte, 1);
    }
}

static size_t padding(const spec_t* spec, size_t len) {
    return spec->width > 0 && (size_t)spec->width > len ? (size_t)spec->width - len : 0;
}

static void put_text(sink_t* sink, const spec_t* spec, const char* text, size_t len) {
    const size_t blanks = padding(spec, len);
    put_repeated(sink, ' ', spec->is_left ? 0 : blanks);
    put(sink, text, len);
    put_repeated(sink, ' ', spec->is_left ? blanks : 0);
}

void put_number(sink_t* sink, const spec_t* spec, const char* prefix, size_t zeros, const char* digits, size_t len) {
    const size_t blanks = padding(spec, strlen(prefix) + zeros + len);
    const bool fills_with_zeros = spec->has_zeros && !spec->is_left;
    put_repeated(sink, ' ', spec->is_left || fills_with_zeros ? 0 : blanks);
    put(sink, prefix, strlen(prefix));
    put_repeated(sink, '0', zeros + (fills_with_zeros ? blanks : 0));
    put(sink, digits, len);
    put_repeated(sink, ' ', spec->is_left ? blanks : 0);
}

static void put_integer(sink_t* sink, spec_t* spec, const char* prefix, uint64_t value, unsigned base, bool is_upper) {
    const char* const alphabet = is_upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[24];
    size_t first = sizeof(digits);
    for (; value > 0; value /= base) {
        digits[--first] = alphabet[value % base];
    }
    const size_t len = sizeof(digits) - first;
    const size_t wanted = spec->precision < 0 ? 1 : (size_t)spec->precision;
    if (spec->precision >= 0) {
        spec->has_zeros = false;
    }
    put_number(sink, spec, prefix, wanted > len ? wanted - len : 0, digits + first, len);
}

static int64_t signed_argument(va_list* arguments, enum length length) {
    switch (length) {
        case LENGTH_CHAR:
            return (signed char)va_arg(*arguments, int);
        case LENGTH_SHORT:
            return (short)va_arg(*arguments, int);
        case LENGTH_INT:
            return va_arg(*arguments, int);
        default:
            return va_arg(*arguments, int64_t);
    }
}

static uint64_t unsigned_argument(va_list* arguments, enum length length) {
    switch (length) {
        case LENGTH_CHAR:
            return (unsigned char)va_arg(*arguments, unsigned);
        case LENGTH_SHORT:
            return (unsigned short)va_arg(*arguments, unsigned);
        case LENGTH_INT:
            return va_arg(*arguments, unsigned);
        default:
            return va_arg(*arguments, uint64_t);
    }
}

static void put_signed(sink_t* sink, spec_t* spec, int64_t value) {
    const char* sign = spec->has_plus ? "+" : spec->has_space ? " " : "";
    uint64_t magnitude = (uint64_t)value;
    if (value < 0) {
        sign = "-";
        magnitude = 0 - magnitude;
    }
    put_integer(sink, spec, sign, magnitude, 10, false);
}

static const char* parse_flags(const char* at, spec_t* spec) {
    for (;; at++) {
        switch (*at) {
            case '-':
                spec->is_left = true;
                break;
            case '+':
                spec->has_plus = true;
                break;
            case ' ':
                spec->has_space = true;
                break;
            case '#':
                spec->is_alternate = true;
                break;
            case '0':
                spec->has_zeros = true;
                break;
            default:
                return at;
        }
    }
}

static const char* parse_count(const char* at, int* count, va_list* arguments) {
    if (*at == '*') {
        *count = va_arg(*arguments, int);
        return at + 1;
    }
    for (*count = 0; *at >= '0' && *at <= '9' && *count < 100000; at++) {
        *count = *count * 10 + (*at - '0');
    }
    return at;
}

static const char* parse_length(const char* at, enum length* length) {
    *length = LENGTH_INT;
    for (;; at++) {
        switch (*at) {
            case 'h':
                *length = *length == LENGTH_SHORT ? LENGTH_CHAR : LENGTH_SHORT;
                break;
            case 'l':
            case 'j':
            case 'z':
            case 't':
                *length = LENGTH_LONG;
                break;
            case 'L':
                *length = LENGTH_LONG_DOUBLE;
                break;
            default:
                return at;
        }
    }
}

static void put_string(sink_t* sink, const spec_t* spec, const char* string) {
    const char* text = string ? string : "(null)";
    put_text(sink, spec, text, spec->precision < 0 ? strlen(text) : strnlen(text, (size_t)spec->precision));
}

/* Writes one argument; a letter that is no conversion is written as it stands. */
static void convert(sink_t* sink, spec_t* spec, enum length length, char letter, va_list* arguments) {
    char byte = letter;
    uint64_t value;
    switch (letter) {
        case 'd':
        case 'i':
            put_signed(sink, spec, signed_argument(arguments, length));
            break;
        case 'u':
            put_integer(sink, spec, "", unsigned_argument(arguments, length), 10, false);
            break;
        case 'o':
            put_integer(sink, spec, spec->is_alternate ? "0" : "", unsigned_argument(arguments, length), 8, false);
            break;
        case 'x':
        case 'X':
            value = unsigned_argument(arguments, length);
            put_integer(sink, spec, spec->is_alternate && value ? (letter == 'x' ? "0x" : "0X") : "", value, 16,
                        letter == 'X');
            break;
        case 'p':
            put_integer(sink, spec, "0x", (uintptr_t)va_arg(*arguments, void*), 16, false);
            break;
        case 'c':
            byte = (char)va_arg(*arguments, int);
            put_text(sink, spec, &byte, 1);
            break;
        case 's':
            put_string(sink, spec, va_arg(*arguments, const char*));
            break;
        case 'f':
        case 'F':
        case 'e':
        case 'E':
        case 'g':
        case 'G':
            put_float(sink, spec, letter,
                      length == LENGTH_LONG_DOUBLE ? va_arg(*arguments, long double) : va_arg(*arguments, double));
            break;
        default:
            put(sink, &byte, 1);
            break;
    }
}

int format(sink_t* sink, const char* text, va_list arguments) {
    va_list rest;
    va_copy(rest, arguments);
    while (*text) {
        const char* const percent = strchr(text, '%');
        put(sink, text, percent ? (size_t)(percent - text) : strlen(text));
        if (!percent || !percent[1]) {
            break;
        }
        spec_t spec = {.precision = -1};
        enum length length;
        text = parse_flags(percent + 1, &spec);
        text = parse_count(text, &spec.width, &rest);
        if (spec.width < 0) {
            spec.is_left = true;
            spec.width = -spec.width;
        }
        if (*text == '.') {
            text = parse_count(text + 1, &spec.precision, &rest);
        }
        text = parse_length(text, &length);
        if (*text) {
            convert(sink, &spec, length, *text++, &rest);
        }
    }
    va_end(rest);
    return (int)sink->total;
}
