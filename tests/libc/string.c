/* Blocks of memory and strings. */
#include <stdint.h>
#include <string.h>

void* memcpy(void* restrict to, const void* restrict from, size_t len) {
    unsigned char* target = to;
    const unsigned char* source = from;
    while (len >= sizeof(uint64_t)) {
        uint64_t word;
        __builtin_memcpy(&word, source, sizeof(word));
        __builtin_memcpy(target, &word, sizeof(word));
        target += sizeof(word);
        source += sizeof(word);
        len -= sizeof(word);
    }
    while (len-- > 0) {
        *target++ = *source++;
    }
    return to;
}

void* memmove(void* to, const void* from, size_t len) {
    unsigned char* target = to;
    const unsigned char* source = from;
    if ((uintptr_t)target - (uintptr_t)source >= len) {
        return memcpy(to, from, len);
    }
    while (len-- > 0) {
        target[len] = source[len];
    }
    return to;
}

void* memset(void* to, int byte, size_t len) {
    unsigned char* target = to;
    const uint64_t word = UINT64_C(0x0101010101010101) * (unsigned char)byte;
    while (len >= sizeof(word)) {
        __builtin_memcpy(target, &word, sizeof(word));
        target += sizeof(word);
        len -= sizeof(word);
    }
    while (len-- > 0) {
        *target++ = (unsigned char)byte;
    }
    return to;
}

int memcmp(const void* one, const void* other, size_t len) {
    const unsigned char* a = one;
    const unsigned char* b = other;
    for (; len > 0; a++, b++, len--) {
        if (*a != *b) {
            return *a - *b;
        }
    }
    return 0;
}

void* memchr(const void* block, int byte, size_t len) {
    const unsigned char* place = block;
    for (; len > 0; place++, len--) {
        if (*place == (unsigned char)byte) {
            return (void*)place;
        }
    }
    return NULL;
}

size_t strlen(const char* string) {
    const char* end = string;
    while (*end) {
        end++;
    }
    return (size_t)(end - string);
}

size_t strnlen(const char* string, size_t max) {
    size_t len = 0;
    while (len < max && string[len]) {
        len++;
    }
    return len;
}

int strcmp(const char* one, const char* other) {
    return strncmp(one, other, SIZE_MAX);
}

int strncmp(const char* one, const char* other, size_t max) {
    for (; max > 0; one++, other++, max--) {
        if (*one != *other || !*one) {
            return (unsigned char)*one - (unsigned char)*other;
        }
    }
    return 0;
}

char* strcpy(char* restrict to, const char* restrict from) {
    return memcpy(to, from, strlen(from) + 1);
}

char* strncpy(char* restrict to, const char* restrict from, size_t max) {
    const size_t len = strnlen(from, max);
    memcpy(to, from, len);
    memset(to + len, 0, max - len);
    return to;
}

char* strcat(char* restrict to, const char* restrict from) {
    strcpy(to + strlen(to), from);
    return to;
}

char* strncat(char* restrict to, const char* restrict from, size_t max) {
    char* end = to + strlen(to);
    const size_t len = strnlen(from, max);
    memcpy(end, from, len);
    end[len] = 0;
    return to;
}

char* strchr(const char* string, int byte) {
    for (;; string++) {
        if (*string == (char)byte) {
            return (char*)string;
        }
        if (!*string) {
            return NULL;
        }
    }
}

char* strrchr(const char* string, int byte) {
    const char* found = NULL;
    for (;; string++) {
        if (*string == (char)byte) {
            found = string;
        }
        if (!*string) {
            return (char*)found;
        }
    }
}

char* strstr(const char* string, const char* part) {
    const size_t len = strlen(part);
    for (;; string++) {
        if (strncmp(string, part, len) == 0) {
            return (char*)string;
        }
        if (!*string) {
            return NULL;
        }
    }
}
