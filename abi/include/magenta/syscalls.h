/*
 * The system calls as they were in 2017: the same kernel, the names and the order of arguments of that time. No result is
 * translated.
 */
#ifndef MAGENTA_SYSCALLS_H_
#define MAGENTA_SYSCALLS_H_

#include <magenta/types.h>
#include <zircon/syscalls.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef zx_info_handle_basic_t mx_info_handle_basic_t;
typedef zx_info_process_v1_t mx_info_process_t;
typedef zx_info_vmar_t mx_info_vmar_t;
typedef zx_port_packet_t mx_port_packet_t;
typedef zx_packet_signal_t mx_packet_signal_t;
typedef zx_packet_user_t mx_packet_user_t;
#define MX_PKT_TYPE_USER ZX_PKT_TYPE_USER
#define MX_PKT_TYPE_SIGNAL_ONE ZX_PKT_TYPE_SIGNAL_ONE
#define MX_INFO_HANDLE_VALID ZX_INFO_HANDLE_VALID
#define MX_INFO_HANDLE_BASIC ZX_INFO_HANDLE_BASIC
#define MX_INFO_PROCESS ZX_INFO_PROCESS_V1
#define MX_INFO_VMAR ZX_INFO_VMAR

/* Handles. */

static inline mx_status_t mx_handle_close(mx_handle_t handle) {
    return zx_handle_close(handle);
}

static inline mx_status_t mx_handle_duplicate(mx_handle_t handle, mx_rights_t rights, mx_handle_t* out) {
    return zx_handle_duplicate(handle, rights, out);
}

static inline mx_status_t mx_handle_replace(mx_handle_t handle, mx_rights_t rights, mx_handle_t* out) {
    return zx_handle_replace(handle, rights, out);
}

/* Objects of any type. */

static inline mx_status_t mx_object_get_info(mx_handle_t handle, uint32_t topic, void* buffer, size_t buffer_size,
                                             size_t* actual, size_t* avail) {
    return zx_object_get_info(handle, topic, buffer, buffer_size, actual, avail);
}

static inline mx_status_t mx_object_get_property(mx_handle_t handle, uint32_t property, void* value, size_t size) {
    return zx_object_get_property(handle, property, value, size);
}

static inline mx_status_t mx_object_set_property(mx_handle_t handle, uint32_t property, const void* value,
                                                 size_t size) {
    return zx_object_set_property(handle, property, value, size);
}

static inline mx_status_t mx_object_wait_one(mx_handle_t handle, mx_signals_t signals, mx_time_t deadline,
                                             mx_signals_t* observed) {
    return zx_object_wait_one(handle, signals, deadline, observed);
}

static inline mx_status_t mx_object_wait_many(mx_wait_item_t* items, uint32_t count, mx_time_t deadline) {
    return zx_object_wait_many(items, count, deadline);
}

static inline mx_status_t mx_object_wait_async(mx_handle_t handle, mx_handle_t port, uint64_t key,
                                               mx_signals_t signals, uint32_t options) {
    return zx_object_wait_async(handle, port, key, signals, options);
}

static inline mx_status_t mx_object_signal(mx_handle_t handle, uint32_t clear_mask, uint32_t set_mask) {
    return zx_object_signal(handle, clear_mask, set_mask);
}

static inline mx_status_t mx_object_signal_peer(mx_handle_t handle, uint32_t clear_mask, uint32_t set_mask) {
    return zx_object_signal_peer(handle, clear_mask, set_mask);
}

/* Events, ports and futexes: packets came with a size, which said nothing, and futexes had no owners. */

static inline mx_status_t mx_event_create(uint32_t options, mx_handle_t* out) {
    return zx_event_create(options, out);
}

static inline mx_status_t mx_eventpair_create(uint32_t options, mx_handle_t* out0, mx_handle_t* out1) {
    return zx_eventpair_create(options, out0, out1);
}

static inline mx_status_t mx_port_create(uint32_t options, mx_handle_t* out) {
    return zx_port_create(options, out);
}

static inline mx_status_t mx_port_queue(mx_handle_t handle, const void* packet, size_t size) {
    (void)size;
    return zx_port_queue(handle, (const mx_port_packet_t*)packet);
}

static inline mx_status_t mx_port_wait(mx_handle_t handle, mx_time_t deadline, void* packet, size_t size) {
    (void)size;
    return zx_port_wait(handle, deadline, (mx_port_packet_t*)packet);
}

static inline mx_status_t mx_port_cancel(mx_handle_t handle, mx_handle_t source, uint64_t key) {
    return zx_port_cancel(handle, source, key);
}

static inline mx_status_t mx_futex_wait(mx_futex_t* value_ptr, int current_value, mx_time_t deadline) {
    return zx_futex_wait(value_ptr, current_value, ZX_HANDLE_INVALID, deadline);
}

static inline mx_status_t mx_futex_wake(mx_futex_t* value_ptr, uint32_t count) {
    return zx_futex_wake(value_ptr, count);
}

static inline mx_status_t mx_futex_requeue(mx_futex_t* wake_ptr, uint32_t wake_count, int current_value,
                                           mx_futex_t* requeue_ptr, uint32_t requeue_count) {
    return zx_futex_requeue(wake_ptr, wake_count, current_value, requeue_ptr, requeue_count, ZX_HANDLE_INVALID);
}

/* Time and the console. */

static inline mx_time_t mx_deadline_after(mx_duration_t nanoseconds) {
    return zx_deadline_after(nanoseconds);
}

static inline mx_status_t mx_nanosleep(mx_time_t deadline) {
    return zx_nanosleep(deadline);
}

static inline mx_status_t mx_debug_write(const char* buffer, size_t len) {
    return zx_debug_write(buffer, len);
}

/* Regions of an address space: options came last. */

static inline mx_status_t mx_vmar_allocate(mx_handle_t parent_vmar, size_t offset, size_t size, uint32_t map_flags,
                                           mx_handle_t* child_vmar, uintptr_t* child_addr) {
    return zx_vmar_allocate(parent_vmar, map_flags, offset, size, child_vmar, child_addr);
}

/*
 * MAP_RANGE together with SPECIFIC_OVERWRITE, which Zircon refuses, is a map and an operation on the range. The latter only saves
 * faults, so it does not matter whether it succeeds.
 */
static inline mx_status_t mx_vmar_map(mx_handle_t vmar, size_t vmar_offset, mx_handle_t vmo, uint64_t vmo_offset,
                                      size_t len, uint32_t map_flags, uintptr_t* mapped_addr) {
    const uint32_t both = MX_VM_FLAG_SPECIFIC_OVERWRITE | MX_VM_FLAG_MAP_RANGE;
    if ((map_flags & both) != both) {
        return zx_vmar_map(vmar, map_flags, vmar_offset, vmo, vmo_offset, len, mapped_addr);
    }
    map_flags &= ~MX_VM_FLAG_MAP_RANGE;
    const mx_status_t status = zx_vmar_map(vmar, map_flags, vmar_offset, vmo, vmo_offset, len, mapped_addr);
    if (status == MX_OK) {
        zx_vmar_op_range(vmar, ZX_VMAR_OP_MAP_RANGE, *mapped_addr, len, NULL, 0);
    }
    return status;
}

static inline mx_status_t mx_vmar_unmap(mx_handle_t vmar, uintptr_t addr, size_t len) {
    return zx_vmar_unmap(vmar, addr, len);
}

static inline mx_status_t mx_vmar_protect(mx_handle_t vmar, uintptr_t addr, size_t len, uint32_t prot) {
    return zx_vmar_protect(vmar, prot, addr, len);
}

static inline mx_status_t mx_vmar_destroy(mx_handle_t vmar) {
    return zx_vmar_destroy(vmar);
}

/* Memory objects: reads and writes said how many bytes they moved, all or none. */

static inline mx_status_t mx_vmo_create(uint64_t size, uint32_t options, mx_handle_t* out) {
    return zx_vmo_create(size, options, out);
}

static inline mx_status_t mx_vmo_read(mx_handle_t handle, void* data, uint64_t offset, size_t len, size_t* actual) {
    const mx_status_t status = zx_vmo_read(handle, data, offset, len);
    if (status == MX_OK && actual) {
        *actual = len;
    }
    return status;
}

static inline mx_status_t mx_vmo_write(mx_handle_t handle, const void* data, uint64_t offset, size_t len,
                                       size_t* actual) {
    const mx_status_t status = zx_vmo_write(handle, data, offset, len);
    if (status == MX_OK && actual) {
        *actual = len;
    }
    return status;
}

static inline mx_status_t mx_vmo_get_size(mx_handle_t handle, uint64_t* size) {
    return zx_vmo_get_size(handle, size);
}

static inline mx_status_t mx_vmo_set_size(mx_handle_t handle, uint64_t size) {
    return zx_vmo_set_size(handle, size);
}

static inline mx_status_t mx_vmo_op_range(mx_handle_t handle, uint32_t op, uint64_t offset, uint64_t size,
                                          void* buffer, size_t buffer_size) {
    return zx_vmo_op_range(handle, op, offset, size, buffer, buffer_size);
}

static inline mx_status_t mx_vmo_set_cache_policy(mx_handle_t handle, uint32_t cache_policy) {
    return zx_vmo_set_cache_policy(handle, cache_policy);
}

/* Clones were resizable, and there was one kind. */
static inline mx_status_t mx_vmo_clone(mx_handle_t handle, uint32_t options, uint64_t offset, uint64_t size,
                                       mx_handle_t* out) {
    if (options != MX_VMO_CLONE_COPY_ON_WRITE) {
        return MX_ERR_INVALID_ARGS;
    }
    return zx_vmo_create_child(handle, ZX_VMO_CHILD_SNAPSHOT | ZX_VMO_CHILD_RESIZABLE, offset, size, out);
}

/* Of a later year, for programs that make code. */
static inline mx_status_t mx_vmo_replace_as_executable(mx_handle_t handle, mx_handle_t vmex, mx_handle_t* out) {
    return zx_vmo_replace_as_executable(handle, vmex, out);
}

/* Processes and threads. */

static inline mx_status_t mx_process_create(mx_handle_t job, const char* name, uint32_t name_len, uint32_t options,
                                            mx_handle_t* process, mx_handle_t* vmar) {
    return zx_process_create(job, name, name_len, options, process, vmar);
}

static inline mx_status_t mx_process_start(mx_handle_t process, mx_handle_t thread, uintptr_t entry, uintptr_t stack,
                                           mx_handle_t arg_handle, uintptr_t arg2) {
    return zx_process_start(process, thread, entry, stack, arg_handle, arg2);
}

__attribute__((__noreturn__)) static inline void mx_process_exit(int code) {
    zx_process_exit(code);
}

static inline mx_status_t mx_thread_create(mx_handle_t process, const char* name, uint32_t name_len, uint32_t options,
                                           mx_handle_t* out) {
    return zx_thread_create(process, name, name_len, options, out);
}

static inline mx_status_t mx_thread_start(mx_handle_t thread, uintptr_t entry, uintptr_t stack, uintptr_t arg1,
                                          uintptr_t arg2) {
    return zx_thread_start(thread, entry, stack, arg1, arg2);
}

__attribute__((__noreturn__)) static inline void mx_thread_exit(void) {
    zx_thread_exit();
}

static inline mx_status_t mx_process_read_memory(mx_handle_t process, uintptr_t vaddr, void* buffer, size_t len,
                                                 size_t* actual) {
    return zx_process_read_memory(process, vaddr, buffer, len, actual);
}

static inline mx_status_t mx_process_write_memory(mx_handle_t process, uintptr_t vaddr, const void* buffer,
                                                  size_t len, size_t* actual) {
    return zx_process_write_memory(process, vaddr, buffer, len, actual);
}

static inline mx_status_t mx_job_create(mx_handle_t parent_job, uint32_t options, mx_handle_t* out) {
    return zx_job_create(parent_job, options, out);
}

static inline mx_status_t mx_task_kill(mx_handle_t task) {
    return zx_task_kill(task);
}

/* Channels. */

static inline mx_status_t mx_channel_create(uint32_t options, mx_handle_t* out0, mx_handle_t* out1) {
    return zx_channel_create(options, out0, out1);
}

static inline mx_status_t mx_channel_write(mx_handle_t handle, uint32_t options, const void* bytes,
                                           uint32_t num_bytes, const mx_handle_t* handles, uint32_t num_handles) {
    return zx_channel_write(handle, options, bytes, num_bytes, handles, num_handles);
}

static inline mx_status_t mx_channel_read(mx_handle_t handle, uint32_t options, void* bytes, mx_handle_t* handles,
                                          uint32_t num_bytes, uint32_t num_handles, uint32_t* actual_bytes,
                                          uint32_t* actual_handles) {
    return zx_channel_read(handle, options, bytes, handles, num_bytes, num_handles, actual_bytes, actual_handles);
}

typedef zx_channel_call_args_t mx_channel_call_args_t;

/* What has gone wrong once the message was sent goes to `read_status`. */
static inline mx_status_t mx_channel_call(mx_handle_t handle, uint32_t options, mx_time_t deadline,
                                          const mx_channel_call_args_t* args, uint32_t* actual_bytes,
                                          uint32_t* actual_handles, mx_status_t* read_status) {
    mx_status_t status = zx_channel_call(handle, options, deadline, args, actual_bytes, actual_handles);
    switch (status) {
        case MX_ERR_TIMED_OUT:
        case MX_ERR_CANCELED:
        case MX_ERR_BUFFER_TOO_SMALL:
            if (read_status) {
                *read_status = status;
            }
            return MX_ERR_CALL_FAILED;
        default:
            return status;
    }
}

#ifdef __cplusplus
}
#endif

#endif
