/* Text output: the two files, and the printf functions. */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zircon/syscalls.h>

#include "format.h"

#define LINE_SIZE 512

/* A file, which is always the console: output gathers in `line` until a line is complete. */
struct _IO_FILE {
    bool is_buffered;
    atomic_flag busy;
    size_t len;
    char line[LINE_SIZE];
};

static struct _IO_FILE standard_output = {.is_buffered = true, .busy = ATOMIC_FLAG_INIT};
static struct _IO_FILE standard_error = {.is_buffered = false, .busy = ATOMIC_FLAG_INIT};

FILE* const stdout = &standard_output;
FILE* const stderr = &standard_error;

static void lock(FILE* file) {
    while (atomic_flag_test_and_set_explicit(&file->busy, memory_order_acquire)) {
        zx_thread_legacy_yield(0);
    }
}

static void unlock(FILE* file) {
    atomic_flag_clear_explicit(&file->busy, memory_order_release);
}

static void send(FILE* file) {
    if (file->len > 0) {
        zx_debug_write(file->line, file->len);
        file->len = 0;
    }
}

/* Gathers text and sends out what is complete. */
static void gather(FILE* file, const char* text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        file->line[file->len++] = text[i];
        if (text[i] == '\n' || file->len == LINE_SIZE) {
            send(file);
        }
    }
}

/* Ends one piece of output: what does not wait for the end of its line goes out. */
static void finish(FILE* file) {
    if (!file->is_buffered) {
        send(file);
    }
    unlock(file);
}

/* A sink that is a file. */
typedef struct file_sink {
    sink_t sink;
    FILE* file;
} file_sink_t;

static void write_to_file(sink_t* sink, const char* text, size_t len) {
    gather(((file_sink_t*)sink)->file, text, len);
}

/* A sink that is a buffer; what does not fit is only counted. */
typedef struct buffer_sink {
    sink_t sink;
    char* buffer;
    size_t size;
} buffer_sink_t;

static void write_to_buffer(sink_t* sink, const char* text, size_t len) {
    const buffer_sink_t* target = (const buffer_sink_t*)sink;
    if (sink->total < target->size) {
        const size_t room = target->size - sink->total;
        memcpy(target->buffer + sink->total, text, len < room ? len : room);
    }
}

int vfprintf(FILE* file, const char* text, va_list arguments) {
    file_sink_t target = {.sink = {.write = write_to_file}, .file = file};
    lock(file);
    const int len = format(&target.sink, text, arguments);
    finish(file);
    return len;
}

int vsnprintf(char* buffer, size_t size, const char* text, va_list arguments) {
    buffer_sink_t target = {.sink = {.write = write_to_buffer}, .buffer = buffer, .size = size};
    const int len = format(&target.sink, text, arguments);
    if (size > 0) {
        buffer[(size_t)len < size ? (size_t)len : size - 1] = 0;
    }
    return len;
}

int vprintf(const char* text, va_list arguments) {
    return vfprintf(stdout, text, arguments);
}

int printf(const char* text, ...) {
    va_list arguments;
    va_start(arguments, text);
    const int len = vfprintf(stdout, text, arguments);
    va_end(arguments);
    return len;
}

int fprintf(FILE* file, const char* text, ...) {
    va_list arguments;
    va_start(arguments, text);
    const int len = vfprintf(file, text, arguments);
    va_end(arguments);
    return len;
}

int snprintf(char* buffer, size_t size, const char* text, ...) {
    va_list arguments;
    va_start(arguments, text);
    const int len = vsnprintf(buffer, size, text, arguments);
    va_end(arguments);
    return len;
}

int sprintf(char* buffer, const char* text, ...) {
    va_list arguments;
    va_start(arguments, text);
    const int len = vsnprintf(buffer, SIZE_MAX, text, arguments);
    va_end(arguments);
    return len;
}

size_t fwrite(const void* data, size_t size, size_t count, FILE* file) {
    lock(file);
    gather(file, data, size * count);
    finish(file);
    return count;
}

int fputs(const char* string, FILE* file) {
    fwrite(string, 1, strlen(string), file);
    return 0;
}

int fputc(int byte, FILE* file) {
    const char text = (char)byte;
    fwrite(&text, 1, 1, file);
    return (unsigned char)byte;
}

int putc(int byte, FILE* file) {
    return fputc(byte, file);
}

int putchar(int byte) {
    return fputc(byte, stdout);
}

int puts(const char* string) {
    lock(stdout);
    gather(stdout, string, strlen(string));
    gather(stdout, "\n", 1);
    finish(stdout);
    return 0;
}

int fflush(FILE* file) {
    if (!file) {
        file = stdout;
    }
    lock(file);
    send(file);
    unlock(file);
    return 0;
}
