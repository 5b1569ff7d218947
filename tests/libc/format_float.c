/*
 * Floating-point conversions of printf, exact: a double is m * 2^e, so either an integer or m * 5^-e divided by 10^-e; both
 * are written out in full before anything is rounded. A long double is rounded to a double first.
 */
#include "format.h"

#include <stdint.h>
#include <string.h>

/* Digits of the longest double. */
#define MAX_DIGITS 800
#define MAX_PRECISION 60
/* Room for the largest double in %f, its point, and the precision. */
#define MAX_TEXT (310 + 1 + MAX_PRECISION)

#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023

/* Nine decimal digits a limb, the least significant first. */
#define LIMB 1000000000u
#define LIMB_DIGITS 9
#define MAX_LIMBS (MAX_DIGITS / LIMB_DIGITS + 1)

/* A number as 0.d1d2d3... times ten to the `point`; zero has no digits. */
typedef struct decimal {
    char digits[MAX_LIMBS * LIMB_DIGITS];
    int count;
    int point;
} decimal_t;

/* Multiplies a long number by a short one and returns how many limbs it has then. */
static int multiply(uint32_t* limbs, int count, uint32_t factor) {
    uint64_t carry = 0;
    for (int i = 0; i < count; i++) {
        carry += (uint64_t)limbs[i] * factor;
        limbs[i] = (uint32_t)(carry % LIMB);
        carry /= LIMB;
    }
    if (carry > 0) {
        limbs[count++] = (uint32_t)carry;
    }
    return count;
}

static decimal_t decimal_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    const int biased = (int)(bits >> MANTISSA_BITS) & 0x7ff;
    uint64_t mantissa = bits & ((UINT64_C(1) << MANTISSA_BITS) - 1);
    mantissa |= (uint64_t)(biased > 0) << MANTISSA_BITS;
    int exponent = (biased > 0 ? biased : 1) - EXPONENT_BIAS - MANTISSA_BITS;
    for (; mantissa > 0 && mantissa % 2 == 0; mantissa /= 2) {
        exponent++;
    }
    uint32_t limbs[MAX_LIMBS] = {(uint32_t)(mantissa % LIMB), (uint32_t)(mantissa / LIMB)};
    int count = 2;
    for (int i = 0; i < exponent; i++) {
        count = multiply(limbs, count, 2);
    }
    for (int i = 0; i > exponent; i--) {
        count = multiply(limbs, count, 5);
    }
    decimal_t decimal = {.count = 0, .point = exponent < 0 ? exponent : 0};
    bool is_leading = true;
    for (int i = count - 1; i >= 0; i--) {
        for (uint32_t unit = LIMB / 10; unit > 0; unit /= 10) {
            const char digit = (char)('0' + limbs[i] / unit % 10);
            is_leading = is_leading && digit == '0';
            if (!is_leading) {
                decimal.digits[decimal.count++] = digit;
            }
        }
    }
    decimal.point = decimal.count > 0 ? decimal.point + decimal.count : 0;
    return decimal;
}

/* Is there anything but zeros from `place` on? */
static bool has_rest(const decimal_t* decimal, int place) {
    for (; place < decimal->count; place++) {
        if (decimal->digits[place] != '0') {
            return true;
        }
    }
    return false;
}

/* Rounds to `count` digits, a half to even, which may carry into a new first digit. */
static void round_digits(decimal_t* decimal, int count) {
    if (count >= decimal->count) {
        return;
    }
    if (count < 0) {
        decimal->count = 0;
        return;
    }
    const char next = decimal->digits[count];
    const bool is_odd = count > 0 && (decimal->digits[count - 1] - '0') % 2 != 0;
    const bool is_up = next > '5' || (next == '5' && (is_odd || has_rest(decimal, count + 1)));
    decimal->count = count;
    if (!is_up) {
        return;
    }
    while (count > 0 && decimal->digits[count - 1] == '9') {
        decimal->digits[--count] = '0';
    }
    if (count > 0) {
        decimal->digits[count - 1]++;
        return;
    }
    decimal->digits[0] = '1';
    decimal->count = 1;
    decimal->point++;
}

static char digit_at(const decimal_t* decimal, int place) {
    return place >= 0 && place < decimal->count ? decimal->digits[place] : '0';
}

/* Writes digits with a point in fixed notation; returns the length. */
static size_t fixed(char* text, decimal_t decimal, int precision, bool has_point) {
    round_digits(&decimal, decimal.point + precision);
    char* at = text;
    for (int place = decimal.point > 0 ? 0 : decimal.point - 1; place < decimal.point; place++) {
        *at++ = digit_at(&decimal, place);
    }
    if (has_point) {
        *at++ = '.';
    }
    for (int place = decimal.point; place < decimal.point + precision; place++) {
        *at++ = digit_at(&decimal, place);
    }
    return (size_t)(at - text);
}

/* Writes one digit, a point, more digits and an exponent; returns the length. */
static size_t scientific(char* text, decimal_t decimal, int precision, bool has_point, char letter) {
    const bool is_zero = decimal.count == 0;
    round_digits(&decimal, precision + 1);
    char* at = text;
    *at++ = digit_at(&decimal, 0);
    if (has_point) {
        *at++ = '.';
    }
    for (int place = 1; place <= precision; place++) {
        *at++ = digit_at(&decimal, place);
    }
    int exponent = is_zero ? 0 : decimal.point - 1;
    *at++ = letter;
    *at++ = exponent < 0 ? '-' : '+';
    exponent = exponent < 0 ? -exponent : exponent;
    for (int unit = exponent < 100 ? 10 : exponent < 1000 ? 100 : 1000; unit > 0; unit /= 10) {
        *at++ = (char)('0' + exponent / unit % 10);
    }
    return (size_t)(at - text);
}

/* Removes zeros after the point, and a point that ends the number, in front of an exponent of `tail` bytes. */
static size_t without_zeros(char* text, size_t len, size_t tail) {
    size_t end = len - tail;
    while (text[end - 1] == '0') {
        end--;
    }
    if (text[end - 1] == '.') {
        end--;
    }
    memmove(text + end, text + len - tail, tail);
    return end + tail;
}

/* The shorter of both notations for `precision` significant digits. */
static size_t general(char* text, decimal_t decimal, int precision, bool keeps_zeros, char letter) {
    const int digits = precision == 0 ? 1 : precision;
    decimal_t rounded = decimal;
    round_digits(&rounded, digits);
    const int exponent = rounded.count == 0 ? 0 : rounded.point - 1;
    const bool is_fixed = exponent >= -4 && exponent < digits;
    const int places = is_fixed ? digits - 1 - exponent : digits - 1;
    const bool has_point = places > 0 || keeps_zeros;
    const size_t len = is_fixed ? fixed(text, decimal, places, has_point)
                                : scientific(text, decimal, places, has_point, letter);
    if (keeps_zeros || !has_point) {
        return len;
    }
    return without_zeros(text, len, is_fixed ? 0 : len - (size_t)((char*)memchr(text, letter, len) - text));
}

void put_float(sink_t* sink, const spec_t* spec, char letter, long double value) {
    const bool is_upper = letter < 'a';
    const char* const sign = __builtin_signbit(value) ? "-" : spec->has_plus ? "+" : spec->has_space ? " " : "";
    if (__builtin_isnan(value) || __builtin_isinf(value)) {
        spec_t plain = *spec;
        plain.has_zeros = false;
        put_number(sink, &plain, sign, 0, __builtin_isnan(value) ? (is_upper ? "NAN" : "nan") : is_upper ? "INF" : "inf",
                   3);
        return;
    }
    char text[MAX_TEXT];
    const decimal_t decimal = decimal_of((double)value);
    int precision = spec->precision < 0 ? 6 : spec->precision;
    precision = precision > MAX_PRECISION ? MAX_PRECISION : precision;
    const bool has_point = precision > 0 || spec->is_alternate;
    const char exponent_letter = is_upper ? 'E' : 'e';
    size_t len;
    if (letter == 'g' || letter == 'G') {
        len = general(text, decimal, precision, spec->is_alternate, exponent_letter);
    } else if (letter == 'e' || letter == 'E') {
        len = scientific(text, decimal, precision, has_point, exponent_letter);
    } else {
        len = fixed(text, decimal, precision, has_point);
    }
    put_number(sink, spec, sign, 0, text, len);
}
