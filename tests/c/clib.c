/* Checks the C library: formats, memory, strings, numbers. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>

static int failures;

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            printf("clib: line %d: not so: %s\n", __LINE__, #condition);      \
            failures++;                                                       \
        }                                                                     \
    } while (0)

#define CHECK_FORMAT(expected, ...)                                           \
    do {                                                                      \
        char text[128];                                                       \
        const int len = snprintf(text, sizeof(text), __VA_ARGS__);            \
        CHECK(strcmp(text, expected) == 0 && len == (int)strlen(expected));   \
    } while (0)

static void check_formats(void) {
    CHECK_FORMAT("-5 7 ff 0XFF 17 %", "%d %u %x %#X %o %%", -5, 7u, 255u, 255u, 15u);
    CHECK_FORMAT("[   42|42   |00042|+42| 42]", "[%5d|%-5d|%05d|%+d|% d]", 42, 42, 42, 42, 42);
    CHECK_FORMAT("-9223372036854775808 18446744073709551615", "%" PRId64 " %zu", INT64_MIN, SIZE_MAX);
    CHECK_FORMAT("44 -1", "%hhu %hd", 300, 65535);
    CHECK_FORMAT("[abc|  abc|ab|x]", "[%s|%5s|%.2s|%c]", "abc", "abc", "abc", 'x');
    CHECK_FORMAT("[  7|7  ]", "[%*d|%-*d]", 3, 7, 3, 7);
    CHECK_FORMAT("0x1234", "%p", (void*)0x1234);
    CHECK_FORMAT("3.14 -0.500000 2 1e+100 0.1 1.50e-07", "%.2f %f %.0f %g %g %.2e", 3.14159, -0.5, 2.5, 1e100, 0.1,
                 1.5e-7);
    char small[4];
    CHECK(snprintf(small, sizeof(small), "hello") == 5 && strcmp(small, "hel") == 0);
    CHECK(snprintf(NULL, 0, "%d", 1234) == 4);
}

static void check_strings(void) {
    char text[32] = "abc";
    CHECK(strlen(strcat(text, "def")) == 6 && strcmp(text, "abcdef") == 0);
    CHECK(memmove(text + 1, text, 6) == text + 1 && memcmp(text, "aabcdef", 7) == 0);
    CHECK(memmove(text, text + 1, 6) == text && memcmp(text, "abcdef", 6) == 0);
    CHECK(strchr(text, 'c') == text + 2 && !strchr(text, 'z') && *strchr(text, 0) == 0);
    CHECK(strrchr("abca", 'a')[0] == 'a' && strcmp(strstr("one two", "two"), "two") == 0);
    CHECK(strncmp("abc", "abd", 2) == 0 && strcmp("abc", "abd") < 0 && strcmp("\xff", "a") > 0);
    for (size_t len = 0; len < sizeof(text); len++) {
        char copy[sizeof(text) + 1];
        memset(text, (int)len, len);
        copy[len] = 'x';
        memcpy(copy, text, len);
        CHECK(memcmp(copy, text, len) == 0 && copy[len] == 'x');
    }
}

static int compare_ints(const void* one, const void* other) {
    const int a = *(const int*)one;
    const int b = *(const int*)other;
    return (a > b) - (a < b);
}

static void check_numbers(void) {
    char* end;
    CHECK(atoi(" -42x") == -42 && strtol("0x1fz", &end, 0) == 31 && *end == 'z');
    CHECK(strtoull("18446744073709551616", NULL, 10) == UINT64_MAX && strtoll("-99999999999999999999", NULL, 10) == INT64_MIN);
    int numbers[100];
    for (int i = 0; i < 100; i++) {
        numbers[i] = rand();
    }
    qsort(numbers, 100, sizeof(numbers[0]), compare_ints);
    for (int i = 1; i < 100; i++) {
        CHECK(numbers[i - 1] <= numbers[i]);
    }
}

static void check_memory(void) {
    enum { BLOCKS = 200 };
    unsigned char* blocks[BLOCKS];
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < BLOCKS; i++) {
            blocks[i] = malloc(i * 7);
            CHECK(blocks[i] && (uintptr_t)blocks[i] % 16 == 0);
            memset(blocks[i], (int)i, i * 7);
        }
        for (size_t i = 0; i < BLOCKS; i++) {
            for (size_t at = 0; at < i * 7; at++) {
                CHECK(blocks[i][at] == (unsigned char)i);
            }
            free(blocks[i]);
        }
    }
    unsigned char* zeros = calloc(1000, 3);
    CHECK(zeros && zeros[0] == 0 && zeros[2999] == 0);
    zeros[2999] = 9;
    zeros = realloc(zeros, 1 << 20);
    CHECK(zeros && zeros[2999] == 9);
    free(zeros);
    free(NULL);
    CHECK(!malloc(SIZE_MAX) && !calloc(SIZE_MAX, 2));
}

/* Runs on a stack of its own, which it unmaps when it ends. */
static void thread_main(zx_vaddr_t stack, zx_handle_t vmo) {
    *(volatile int*)stack = 42;
    zx_vmar_unmap_handle_close_thread_exit(zx_vmar_root_self(), stack, ZX_PAGE_SIZE, vmo);
    abort();
}

static void check_thread(void) {
    zx_handle_t vmo;
    zx_handle_t theirs;
    zx_handle_t thread;
    zx_vaddr_t stack = 0;
    int written = 0;
    CHECK(zx_vmo_create(ZX_PAGE_SIZE, 0, &vmo) == ZX_OK);
    CHECK(zx_handle_duplicate(vmo, ZX_RIGHT_SAME_RIGHTS, &theirs) == ZX_OK);
    CHECK(zx_vmar_map(zx_vmar_root_self(), ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, 0, vmo, 0, ZX_PAGE_SIZE, &stack) == ZX_OK);
    CHECK(zx_thread_create(zx_process_self(), "clib", 4, 0, &thread) == ZX_OK);
    CHECK(zx_thread_start(thread, (zx_vaddr_t)thread_main, stack + ZX_PAGE_SIZE - 8, stack, theirs) == ZX_OK);
    CHECK(zx_object_wait_one(thread, ZX_THREAD_TERMINATED, zx_deadline_after(ZX_SEC(10)), NULL) == ZX_OK);
    CHECK(zx_vmo_read(vmo, &written, 0, sizeof(written)) == ZX_OK && written == 42);
    CHECK(zx_vmo_write(vmo, (void*)stack, 0, 1) == ZX_ERR_NOT_FOUND);
    CHECK(zx_handle_close(theirs) == ZX_ERR_BAD_HANDLE);
    CHECK(zx_vmar_unmap_handle_close_thread_exit(zx_vmar_root_self(), 1, 1, vmo) == ZX_ERR_INVALID_ARGS);
    CHECK(zx_handle_close(thread) == ZX_OK && zx_handle_close(vmo) == ZX_OK);
}

static void check_process(int argc, char** argv) {
    CHECK(argc >= 1 && argv[argc] == NULL && strlen(argv[0]) > 0);
    zx_info_handle_basic_t info;
    CHECK(zx_object_get_info(zx_process_self(), ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL) == ZX_OK);
    CHECK(info.type == ZX_OBJ_TYPE_PROCESS);
    CHECK(zx_object_get_info(zx_vmar_root_self(), ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL) == ZX_OK);
    CHECK(info.type == ZX_OBJ_TYPE_VMAR);
    CHECK(zx_object_get_info(zx_thread_self(), ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL) == ZX_OK);
    CHECK(info.type == ZX_OBJ_TYPE_THREAD);
    CHECK(zx_object_get_info(zx_job_default(), ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL) == ZX_OK);
    CHECK(info.type == ZX_OBJ_TYPE_JOB);
}

int main(int argc, char** argv) {
    check_formats();
    check_strings();
    check_numbers();
    check_memory();
    check_thread();
    check_process(argc, argv);
    printf("clib: %s\n", failures == 0 ? "formats, strings, numbers, memory, threads and handles are as they should be" : "FAILED");
    return failures == 0 ? 0 : 1;
}
