/* Memory, numbers, and the end of the program. */
#ifndef STDLIB_H_
#define STDLIB_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
#define RAND_MAX 0x7fffffff

/* Memory, aligned to 16 bytes; NULL if there is none left. */
void* malloc(size_t size);
void* calloc(size_t count, size_t size);
void* realloc(void* block, size_t size);
void free(void* block);
/* The alignment is a power of two. */
void* aligned_alloc(size_t align, size_t size);

int atoi(const char* string);
long atol(const char* string);
long strtol(const char* string, char** end, int base);
unsigned long strtoul(const char* string, char** end, int base);
long long strtoll(const char* string, char** end, int base);
unsigned long long strtoull(const char* string, char** end, int base);
int abs(int number);
long labs(long number);

/* A sequence that looks random and is the same every time, unless the seed differs. */
int rand(void);
void srand(unsigned seed);

/* Programs have no environment: always NULL. */
char* getenv(const char* name);

void qsort(void* array, size_t count, size_t size, int (*compare)(const void*, const void*));

/* Runs the functions given to atexit, last first, sends out what is printed, and ends the process. */
__attribute__((__noreturn__)) void exit(int code);
__attribute__((__noreturn__)) void _Exit(int code);
/* Ends the process with exit code 134. */
__attribute__((__noreturn__)) void abort(void);
int atexit(void (*function)(void));

#ifdef __cplusplus
}
#endif

#endif
