/* Blocks of memory and strings. */
#ifndef STRING_H_
#define STRING_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#define LIBC_RESTRICT
#else
#define LIBC_RESTRICT restrict
#endif

void* memcpy(void* LIBC_RESTRICT to, const void* LIBC_RESTRICT from, size_t len);
void* memmove(void* to, const void* from, size_t len);
void* memset(void* to, int byte, size_t len);
int memcmp(const void* one, const void* other, size_t len);
void* memchr(const void* block, int byte, size_t len);

size_t strlen(const char* string);
size_t strnlen(const char* string, size_t max);
int strcmp(const char* one, const char* other);
int strncmp(const char* one, const char* other, size_t max);
char* strcpy(char* LIBC_RESTRICT to, const char* LIBC_RESTRICT from);
char* strncpy(char* LIBC_RESTRICT to, const char* LIBC_RESTRICT from, size_t max);
char* strcat(char* LIBC_RESTRICT to, const char* LIBC_RESTRICT from);
char* strncat(char* LIBC_RESTRICT to, const char* LIBC_RESTRICT from, size_t max);
char* strchr(const char* string, int byte);
char* strrchr(const char* string, int byte);
char* strstr(const char* string, const char* part);

#undef LIBC_RESTRICT
#ifdef __cplusplus
}
#endif

#endif
