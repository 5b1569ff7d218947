/* What happens before main: reads the start message, finds handles and arguments in it, runs constructors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zircon/process.h>
#include <zircon/processargs.h>
#include <zircon/syscalls.h>

#include "thread.h"

int main(int argc, char** argv, char** envp);

/* The start message: this header, handle_count kinds of four bytes, argc NUL-terminated strings. */
typedef struct start_header {
    uint32_t magic;
    uint32_t handle_count;
    uint32_t argc;
    uint32_t args_len;
} start_header_t;

#define START_MAGIC 0x4154534au /* "JSTA" */
#define MAX_ARGUMENTS 1024

enum kind {
    KIND_PROCESS_SELF = 1,
    KIND_THREAD_SELF = 2,
    KIND_VMAR_ROOT = 3,
    KIND_JOB_DEFAULT = 4,
    KIND_VMO_RAMDISK = 5,
    KIND_VMAR_LOADED = 6,
    KIND_RESOURCE_ROOT = 7,
    KIND_COUNT = 8,
};

static zx_handle_t objects[KIND_COUNT];
static _Alignas(8) char message[ZX_CHANNEL_MAX_MSG_BYTES];
static char* arguments[MAX_ARGUMENTS + 1];
static char* environment[1];

typedef void (*constructor_t)(void);
extern const constructor_t __init_array_start[] __attribute__((visibility("hidden")));
extern const constructor_t __init_array_end[] __attribute__((visibility("hidden")));

zx_handle_t zx_process_self(void) {
    return objects[KIND_PROCESS_SELF];
}

zx_handle_t zx_vmar_root_self(void) {
    return objects[KIND_VMAR_ROOT];
}

zx_handle_t zx_job_default(void) {
    return objects[KIND_JOB_DEFAULT];
}

static zx_handle_t take(enum kind kind) {
    const zx_handle_t handle = objects[kind];
    objects[kind] = ZX_HANDLE_INVALID;
    return handle;
}

/* Makes a resource of one kind, if there is the root to make it from. */
static zx_handle_t part_of_root(zx_rsrc_kind_t kind, size_t size, const char* name) {
    zx_handle_t part = ZX_HANDLE_INVALID;
    zx_resource_create(objects[KIND_RESOURCE_ROOT], kind, 0, size, name, strlen(name), &part);
    return part;
}

zx_handle_t zx_take_startup_handle(uint32_t info) {
    switch (info) {
        case PA_HND(PA_VMO_BOOTFS, 0):
            return take(KIND_VMO_RAMDISK);
        case PA_HND(PA_VMAR_LOADED, 0):
            return take(KIND_VMAR_LOADED);
        case PA_HND(PA_RESOURCE, 0):
            return take(KIND_RESOURCE_ROOT);
        case PA_HND(PA_MMIO_RESOURCE, 0):
            return part_of_root(ZX_RSRC_KIND_MMIO, UINT64_C(1) << 52, "mmio");
        case PA_HND(PA_IRQ_RESOURCE, 0):
            return part_of_root(ZX_RSRC_KIND_IRQ, UINT64_C(1) << 32, "irq");
        case PA_HND(PA_IOPORT_RESOURCE, 0):
            return part_of_root(ZX_RSRC_KIND_IOPORT, UINT64_C(1) << 16, "ioport");
        case PA_HND(PA_SYSTEM_RESOURCE, 0):
            return part_of_root(ZX_RSRC_KIND_SYSTEM, ZX_RSRC_SYSTEM_COUNT, "system");
        default:
            return ZX_HANDLE_INVALID;
    }
}

/* Keeps the handles C programs can ask for and closes the others; returns the number of arguments found. */
static int take_apart(uint32_t len, const zx_handle_t* handles, uint32_t num_handles) {
    const start_header_t* header = (const start_header_t*)message;
    if (len < sizeof(*header) || header->magic != START_MAGIC || header->handle_count != num_handles ||
        num_handles > (len - sizeof(*header)) / sizeof(uint32_t)) {
        return 0;
    }
    const uint32_t* kinds = (const uint32_t*)(header + 1);
    for (uint32_t i = 0; i < num_handles; i++) {
        if (kinds[i] >= KIND_PROCESS_SELF && kinds[i] < KIND_COUNT) {
            objects[kinds[i]] = handles[i];
        } else {
            zx_handle_close(handles[i]);
        }
    }
    char* string = (char*)(kinds + num_handles);
    char* const end = message + len;
    int argc = 0;
    while (string < end && argc < MAX_ARGUMENTS && (uint32_t)argc < header->argc) {
        arguments[argc] = string;
        while (string < end && *string) {
            string++;
        }
        if (string == end) {
            break;
        }
        string++;
        argc++;
    }
    arguments[argc] = NULL;
    return argc;
}

__attribute__((noreturn)) void __libc_start(zx_handle_t channel) {
    zx_handle_t handles[ZX_CHANNEL_MAX_MSG_HANDLES];
    uint32_t len = 0;
    uint32_t num_handles = 0;
    int argc = 0;
    if (zx_channel_read(channel, 0, message, handles, sizeof(message), ZX_CHANNEL_MAX_MSG_HANDLES, &len,
                        &num_handles) == ZX_OK) {
        argc = take_apart(len, handles, num_handles);
    }
    zx_handle_close(channel);
    libc_start_first_thread(objects[KIND_THREAD_SELF]);
    for (const constructor_t* constructor = __init_array_start; constructor < __init_array_end; constructor++) {
        (*constructor)();
    }
    exit(main(argc, arguments, environment));
}
