/* How a program ends. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zircon/assert.h>
#include <zircon/syscalls.h>

#define MAX_EXIT_FUNCTIONS 32
#define ABORT_EXIT_CODE 134

typedef void (*destructor_t)(void);
extern const destructor_t __fini_array_start[] __attribute__((visibility("hidden")));
extern const destructor_t __fini_array_end[] __attribute__((visibility("hidden")));

static void (*exit_functions[MAX_EXIT_FUNCTIONS])(void);
static size_t exit_function_count;

int atexit(void (*function)(void)) {
    if (exit_function_count == MAX_EXIT_FUNCTIONS) {
        return -1;
    }
    exit_functions[exit_function_count++] = function;
    return 0;
}

void exit(int code) {
    while (exit_function_count > 0) {
        exit_functions[--exit_function_count]();
    }
    for (const destructor_t* destructor = __fini_array_end; destructor > __fini_array_start;) {
        (*--destructor)();
    }
    _Exit(code);
}

void _Exit(int code) {
    fflush(stdout);
    zx_process_exit(code);
}

void _exit(int code) {
    _Exit(code);
}

void abort(void) {
    _Exit(ABORT_EXIT_CODE);
}

void __zx_not_so(const char* file, int line, const char* condition) {
    fprintf(stderr, "%s:%d: not so: %s: ", file, line, condition);
}

void __zx_panic(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

void __assert_fail(const char* condition, const char* file, int line, const char* function) {
    fprintf(stderr, "%s:%d: %s: assertion failed: %s\n", file, line, function, condition);
    abort();
}
