/* Numbers, random sequences, sorting. */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static int digit_of(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'Z') {
        return c - 'A' + 10;
    }
    return INT_MAX;
}

/* Reads sign and digits; a number beyond 64 bits becomes the largest. */
static unsigned long long parse(const char* string, char** end, int base, bool* is_negative) {
    const char* at = string;
    while (*at == ' ' || (*at >= '\t' && *at <= '\r')) {
        at++;
    }
    *is_negative = *at == '-';
    if (*at == '-' || *at == '+') {
        at++;
    }
    const bool has_prefix = at[0] == '0' && (at[1] == 'x' || at[1] == 'X') && digit_of(at[2]) < 16;
    if ((base == 0 || base == 16) && has_prefix) {
        at += 2;
        base = 16;
    } else if (base == 0) {
        base = *at == '0' ? 8 : 10;
    }
    const char* const digits = at;
    unsigned long long value = 0;
    for (; digit_of(*at) < base; at++) {
        if (__builtin_mul_overflow(value, (unsigned long long)base, &value) ||
            __builtin_add_overflow(value, (unsigned long long)digit_of(*at), &value)) {
            value = ULLONG_MAX;
        }
    }
    if (end) {
        *end = (char*)(at == digits ? string : at);
    }
    return value;
}

unsigned long long strtoull(const char* string, char** end, int base) {
    bool is_negative;
    const unsigned long long value = parse(string, end, base, &is_negative);
    return is_negative ? 0 - value : value;
}

long long strtoll(const char* string, char** end, int base) {
    bool is_negative;
    const unsigned long long value = parse(string, end, base, &is_negative);
    if (is_negative) {
        return value > LLONG_MAX ? LLONG_MIN : -(long long)value;
    }
    return value > LLONG_MAX ? LLONG_MAX : (long long)value;
}

unsigned long strtoul(const char* string, char** end, int base) {
    return strtoull(string, end, base);
}

long strtol(const char* string, char** end, int base) {
    return strtoll(string, end, base);
}

long atol(const char* string) {
    return strtol(string, NULL, 10);
}

int atoi(const char* string) {
    return (int)atol(string);
}

int abs(int number) {
    return number < 0 ? -number : number;
}

long labs(long number) {
    return number < 0 ? -number : number;
}

static uint64_t rand_state = 1;

void srand(unsigned seed) {
    rand_state = seed;
}

int rand(void) {
    rand_state = rand_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)(rand_state >> 33);
}

static void swap(char* one, char* other, size_t size) {
    for (; size > 0; one++, other++, size--) {
        const char kept = *one;
        *one = *other;
        *other = kept;
    }
}

/* Lets the element at `root` sink in a heap of `count` elements. */
static void sink(char* array, size_t root, size_t count, size_t size, int (*compare)(const void*, const void*)) {
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && compare(array + child * size, array + (child + 1) * size) < 0) {
            child++;
        }
        if (compare(array + root * size, array + child * size) >= 0) {
            return;
        }
        swap(array + root * size, array + child * size, size);
        root = child;
    }
}

/* A heap sort: no recursion and no memory. */
void qsort(void* array, size_t count, size_t size, int (*compare)(const void*, const void*)) {
    for (size_t root = count / 2; root > 0; root--) {
        sink(array, root - 1, count, size, compare);
    }
    for (size_t last = count; last > 1; last--) {
        swap(array, (char*)array + (last - 1) * size, size);
        sink(array, 0, last - 1, size, compare);
    }
}
