/*
 * The program of the VMAR concept, completed: maps a VMO with unmapped space before and after it, and shows that the space
 * guards: a child process that touches it dies, one that touches the mapping does not.
 */
#include <jacinth/calls.h>
#include <magenta/process.h>
#include <magenta/syscalls.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PAGE 4096u
#define BEFORE (4 * PAGE)
#define AFTER (2 * PAGE)
#define MAPPED (3 * PAGE)

/* Map this VMO into the given VMAR, with |before| bytes of unmapped guard space
   before it and |after| bytes after it.  */
static mx_status_t map_with_guard(mx_handle_t vmar, size_t before, size_t after, mx_handle_t vmo, uint64_t vmo_offset,
                                  size_t mapping_len, uintptr_t* mapped_addr, mx_handle_t* wrapping_vmar) {
    if (before + after < before || before + after + mapping_len < mapping_len) {
        return MX_ERR_INVALID_ARGS;
    }
    const size_t child_vmar_size = before + after + mapping_len;
    const uint32_t child_vmar_flags =
        MX_VM_FLAG_CAN_MAP_READ | MX_VM_FLAG_CAN_MAP_WRITE | MX_VM_FLAG_CAN_MAP_SPECIFIC;
    const uint32_t mapping_flags = MX_VM_FLAG_SPECIFIC | MX_VM_FLAG_PERM_READ | MX_VM_FLAG_PERM_WRITE;

    uintptr_t child_vmar_addr;
    mx_handle_t child_vmar;
    mx_status_t status = mx_vmar_allocate(vmar, 0, child_vmar_size, child_vmar_flags, &child_vmar, &child_vmar_addr);
    if (status != MX_OK) {
        return status;
    }

    status = mx_vmar_map(child_vmar, before, vmo, vmo_offset, mapping_len, mapping_flags, mapped_addr);
    if (status != MX_OK) {
        mx_vmar_destroy(child_vmar);
        mx_handle_close(child_vmar);
        return status;
    }

    *wrapping_vmar = child_vmar;
    return MX_OK;
}

/*
 * The whole program of a child process: writes a byte where RSI points to, then ends with exit code 0. It stands in the
 * text of this program only to be copied from there.
 */
extern const char touch_code[] __attribute__((visibility("hidden")));
extern const char touch_code_end[] __attribute__((visibility("hidden")));
#define CALL(number, name, arguments) ".set CALL_" #name ", " #number "\n"
__asm__(
    JACINTH_CALLS(CALL)
    ".pushsection .rodata\n"
    "touch_code:\n"
    "    movb $1, (%rsi)\n"
    "    xorl %edi, %edi\n"
    "    movl $CALL_process_exit, %eax\n"
    "    syscall\n"
    "    ud2\n"
    "touch_code_end:\n"
    ".popsection\n");

/* Maps the child's program into its address space. */
static mx_status_t map_code(mx_handle_t vmar, uintptr_t* entry) {
    mx_handle_t vmo;
    mx_status_t status = mx_vmo_create(PAGE, 0, &vmo);
    if (status != MX_OK) {
        return status;
    }
    size_t actual;
    status = mx_vmo_write(vmo, touch_code, 0, (size_t)(touch_code_end - touch_code), &actual);
    if (status == MX_OK) {
        status = mx_vmo_replace_as_executable(vmo, MX_HANDLE_INVALID, &vmo);
    }
    if (status == MX_OK) {
        status = mx_vmar_map(vmar, 0, vmo, 0, PAGE, MX_VM_FLAG_PERM_READ | MX_VM_FLAG_PERM_EXECUTE, entry);
    }
    mx_handle_close(vmo);
    return status;
}

/* A process that has not been started, with the VMO mapped between guards. */
typedef struct child {
    mx_handle_t process;
    mx_handle_t thread;
    uintptr_t entry;
    uintptr_t mapped;
} child_t;

static mx_status_t make_child(mx_handle_t vmo, child_t* child) {
    static const char name[] = "touch";
    mx_handle_t root;
    mx_status_t status =
        mx_process_create(mx_job_default(), name, sizeof(name) - 1, 0, &child->process, &root);
    if (status != MX_OK) {
        return status;
    }
    mx_handle_t wrapping = MX_HANDLE_INVALID;
    status = mx_thread_create(child->process, name, sizeof(name) - 1, 0, &child->thread);
    if (status == MX_OK) {
        status = map_code(root, &child->entry);
    }
    if (status == MX_OK) {
        status = map_with_guard(root, BEFORE, AFTER, vmo, 0, MAPPED, &child->mapped, &wrapping);
    }
    mx_handle_close(wrapping);
    mx_handle_close(root);
    return status;
}

/* Lets a new process touch the byte `offset` from the mapping's base; says whether it died of it as expected. */
static bool touch(mx_handle_t vmo, const char* place, intptr_t offset, bool should_die) {
    child_t child = {0};
    mx_info_process_t info = {0};
    mx_status_t status = make_child(vmo, &child);
    if (status == MX_OK) {
        const uintptr_t address = child.mapped + (uintptr_t)offset;
        status = mx_process_start(child.process, child.thread, child.entry, 0, MX_HANDLE_INVALID, address);
        if (status == MX_OK) {
            status = mx_object_wait_one(child.process, MX_PROCESS_TERMINATED, MX_TIME_INFINITE, NULL);
        }
        if (status == MX_OK) {
            status = mx_object_get_info(child.process, MX_INFO_PROCESS, &info, sizeof(info), NULL, NULL);
        }
        printf("  %-26s %#14lx  exit code %ld\n", place, address, info.return_code);
    }
    mx_handle_close(child.thread);
    mx_handle_close(child.process);
    if (status != MX_OK) {
        printf("  %s: call failed: %d\n", place, status);
        return false;
    }
    return info.return_code == (should_die ? ZX_TASK_RETCODE_EXCEPTION_KILL : 0);
}

int main(void) {
    mx_handle_t vmo;
    mx_handle_t wrapping;
    uintptr_t mapped;
    if (mx_vmo_create(MAPPED, 0, &vmo) != MX_OK ||
        map_with_guard(mx_vmar_root_self(), BEFORE, AFTER, vmo, 0, MAPPED, &mapped, &wrapping) != MX_OK) {
        puts("map_with_guard: cannot map");
        return 1;
    }
    printf("map_with_guard: %u pages at %#lx, %u guard pages before, %u after\n", MAPPED / PAGE, mapped, BEFORE / PAGE,
           AFTER / PAGE);
    memset((void*)mapped, 7, MAPPED);

    bool is_good = touch(vmo, "first byte of the mapping", 0, false);
    is_good &= touch(vmo, "last byte of the mapping", MAPPED - 1, false);
    is_good &= touch(vmo, "last byte before", -1, true);
    is_good &= touch(vmo, "first byte before", -(intptr_t)BEFORE, true);
    is_good &= touch(vmo, "first byte after", MAPPED, true);
    is_good &= touch(vmo, "last byte after", MAPPED + AFTER - 1, true);

    /* What the children wrote is seen here: they mapped the same pages. */
    const volatile char* const bytes = (const volatile char*)mapped;
    is_good &= bytes[0] == 1 && bytes[1] == 7 && bytes[MAPPED - 1] == 1;
    is_good &= mx_vmar_destroy(wrapping) == MX_OK;
    printf("map_with_guard: %s\n", is_good ? "both guards guard" : "FAILED");
    return is_good ? 0 : 1;
}
