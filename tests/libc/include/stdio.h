/* Text output. Standard output goes out a line at a time, standard error at once; both to the console. */
#ifndef STDIO_H_
#define STDIO_H_

#include <stdarg.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EOF (-1)

/* The name that headers for wide characters have, too. */
typedef struct _IO_FILE FILE;
extern FILE* const stdout;
extern FILE* const stderr;

/*
 * Conversions: d i u o x X c s p % f F e E g G, with flags - + space # 0, width, precision, and lengths hh h l ll j z t L.
 * Floating point is exact, up to 60 digits after the point.
 */
__attribute__((__format__(__printf__, 1, 2))) int printf(const char* format, ...);
__attribute__((__format__(__printf__, 2, 3))) int fprintf(FILE* file, const char* format, ...);
__attribute__((__format__(__printf__, 2, 3))) int sprintf(char* buffer, const char* format, ...);
__attribute__((__format__(__printf__, 3, 4))) int snprintf(char* buffer, size_t size, const char* format, ...);
int vprintf(const char* format, va_list arguments);
int vfprintf(FILE* file, const char* format, va_list arguments);
int vsnprintf(char* buffer, size_t size, const char* format, va_list arguments);

int puts(const char* string);
int putchar(int byte);
int fputs(const char* string, FILE* file);
int fputc(int byte, FILE* file);
int putc(int byte, FILE* file);
size_t fwrite(const void* data, size_t size, size_t count, FILE* file);
int fflush(FILE* file);

#ifdef __cplusplus
}
#endif

#endif
