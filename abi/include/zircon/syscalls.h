/* The system calls, and with them every type and constant they use. */
#ifndef ZIRCON_SYSCALLS_H_
#define ZIRCON_SYSCALLS_H_

#include <jacinth/calls.h>
#include <zircon/errors.h>
#include <zircon/rights.h>
#include <zircon/syscalls/exception.h>
#include <zircon/syscalls/iommu.h>
#include <zircon/syscalls/object.h>
#include <zircon/syscalls/port.h>
#include <zircon/syscalls/resource.h>
#include <zircon/string_view.h>
#include <zircon/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Does nothing; returns ZX_OK. */
zx_status_t zx_syscall_test_0(void);

/* Handles. */
zx_status_t zx_handle_close(zx_handle_t handle);
zx_status_t zx_handle_close_many(const zx_handle_t* handles, size_t num_handles);
zx_status_t zx_handle_duplicate(zx_handle_t handle, zx_rights_t rights, zx_handle_t* out);
zx_status_t zx_handle_check_valid(zx_handle_t handle);
zx_status_t zx_handle_replace(zx_handle_t handle, zx_rights_t rights, zx_handle_t* out);

/* Objects of any type. */
zx_status_t zx_object_get_info(zx_handle_t handle, uint32_t topic, void* buffer, size_t buffer_size,
                               size_t* actual, size_t* avail);
zx_status_t zx_object_get_property(zx_handle_t handle, uint32_t property, void* value, size_t value_size);
zx_status_t zx_object_set_property(zx_handle_t handle, uint32_t property, const void* value, size_t value_size);
zx_status_t zx_object_get_child(zx_handle_t task, zx_koid_t koid, zx_rights_t rights, zx_handle_t* out);
zx_status_t zx_object_wait_one(zx_handle_t handle, zx_signals_t signals, zx_time_t deadline,
                               zx_signals_t* observed);
zx_status_t zx_object_wait_many(zx_wait_item_t* items, size_t num_items, zx_time_t deadline);
zx_status_t zx_object_wait_async(zx_handle_t handle, zx_handle_t port, uint64_t key, zx_signals_t signals,
                                 uint32_t options);
zx_status_t zx_object_signal(zx_handle_t handle, zx_signals_t clear_mask, zx_signals_t set_mask);
zx_status_t zx_object_signal_peer(zx_handle_t handle, zx_signals_t clear_mask, zx_signals_t set_mask);

/* Time, randomness, the machine, the console. */
zx_time_t zx_clock_get_monotonic(void);
zx_ticks_t zx_ticks_get(void);
zx_ticks_t zx_ticks_per_second(void);
/* The machine never sleeps, so the clocks that count on while it does are the same. */
static inline zx_time_t zx_clock_get_boot(void) {
    return zx_clock_get_monotonic();
}
static inline zx_ticks_t zx_ticks_get_boot(void) {
    return zx_ticks_get();
}
zx_status_t zx_nanosleep(zx_time_t deadline);
void zx_cprng_draw(void* buffer, size_t buffer_size);
/* The point `nanoseconds` from now, or ZX_TIME_INFINITE if that is too far. */
static inline zx_time_t zx_deadline_after(zx_duration_t nanoseconds) {
    return zx_time_add_duration(zx_clock_get_monotonic(), nanoseconds);
}
uint32_t zx_system_get_num_cpus(void);
uint64_t zx_system_get_physmem(void);
static inline uint32_t zx_system_get_page_size(void) {
    return (uint32_t)ZX_PAGE_SIZE;
}
/* Of ZX_FEATURE_KIND_*; see <zircon/features.h>. */
zx_status_t zx_system_get_features(uint32_t kind, uint32_t* features);
uint32_t zx_system_get_dcache_line_size(void);
zx_string_view_t zx_system_get_version_string(void);
/* Options are ZX_CACHE_FLUSH_*. */
zx_status_t zx_cache_flush(const void* addr, size_t size, uint32_t options);
zx_status_t zx_debug_write(const char* buffer, size_t buffer_size);

/* Regions of an address space. */
zx_status_t zx_vmar_allocate(zx_handle_t parent_vmar, zx_vm_option_t options, size_t offset, size_t size,
                             zx_handle_t* child_vmar, zx_vaddr_t* child_addr);
zx_status_t zx_vmar_map(zx_handle_t vmar, zx_vm_option_t options, size_t vmar_offset, zx_handle_t vmo,
                        uint64_t vmo_offset, size_t len, zx_vaddr_t* mapped_addr);
zx_status_t zx_vmar_unmap(zx_handle_t vmar, zx_vaddr_t addr, size_t len);
zx_status_t zx_vmar_protect(zx_handle_t vmar, zx_vm_option_t options, zx_vaddr_t addr, size_t len);
zx_status_t zx_vmar_destroy(zx_handle_t vmar);
zx_status_t zx_vmar_op_range(zx_handle_t vmar, uint32_t op, zx_vaddr_t addr, size_t size, void* buffer,
                             size_t buffer_size);
/* The last act of a thread whose stack lies in the range; returns only if nothing was unmapped. */
zx_status_t zx_vmar_unmap_handle_close_thread_exit(zx_handle_t vmar, zx_vaddr_t addr, size_t size,
                                                   zx_handle_t handle);

/* Memory objects. */
zx_status_t zx_vmo_create(uint64_t size, uint32_t options, zx_handle_t* out);
zx_status_t zx_vmo_read(zx_handle_t vmo, void* buffer, uint64_t offset, size_t buffer_size);
zx_status_t zx_vmo_write(zx_handle_t vmo, const void* buffer, uint64_t offset, size_t buffer_size);
zx_status_t zx_vmo_get_size(zx_handle_t vmo, uint64_t* size);
zx_status_t zx_vmo_set_size(zx_handle_t vmo, uint64_t size);
zx_status_t zx_vmo_get_stream_size(zx_handle_t vmo, uint64_t* size);
zx_status_t zx_vmo_set_stream_size(zx_handle_t vmo, uint64_t size);
zx_status_t zx_vmo_op_range(zx_handle_t vmo, uint32_t op, uint64_t offset, uint64_t size, void* buffer,
                            size_t buffer_size);
zx_status_t zx_vmo_set_cache_policy(zx_handle_t vmo, uint32_t cache_policy);
zx_status_t zx_vmo_create_child(zx_handle_t vmo, uint32_t options, uint64_t offset, uint64_t size,
                                zx_handle_t* out);
zx_status_t zx_vmo_replace_as_executable(zx_handle_t vmo, zx_handle_t vmex, zx_handle_t* out);
zx_status_t zx_vmo_transfer_data(zx_handle_t dst_vmo, uint32_t options, uint64_t offset, uint64_t length,
                                 zx_handle_t src_vmo, uint64_t src_offset);
zx_status_t zx_vmo_create_physical(zx_handle_t resource, zx_paddr_t paddr, size_t size, zx_handle_t* out);
zx_status_t zx_vmo_create_contiguous(zx_handle_t bti, size_t size, uint32_t alignment_log2, zx_handle_t* out);

/* Memory of devices. */
zx_status_t zx_resource_create(zx_handle_t parent_rsrc, uint32_t options, uint64_t base, size_t size,
                               const char* name, size_t name_size, zx_handle_t* resource_out);
zx_status_t zx_iommu_create(zx_handle_t resource, uint32_t type, const void* desc, size_t desc_size,
                            zx_handle_t* out);
zx_status_t zx_bti_create(zx_handle_t iommu, uint32_t options, uint64_t bti_id, zx_handle_t* out);
zx_status_t zx_bti_pin(zx_handle_t handle, uint32_t options, zx_handle_t vmo, uint64_t offset, uint64_t size,
                       zx_paddr_t* addrs, size_t num_addrs, zx_handle_t* pmt);
zx_status_t zx_bti_release_quarantine(zx_handle_t handle);
zx_status_t zx_pmt_unpin(zx_handle_t handle);

/* Processes and threads. */
zx_status_t zx_process_create(zx_handle_t job, const char* name, size_t name_size, uint32_t options,
                              zx_handle_t* process, zx_handle_t* vmar);
zx_status_t zx_process_start(zx_handle_t process, zx_handle_t thread, zx_vaddr_t entry, zx_vaddr_t stack,
                             zx_handle_t arg1, uintptr_t arg2);
__attribute__((__noreturn__)) void zx_process_exit(int64_t code);
zx_status_t zx_thread_create(zx_handle_t process, const char* name, size_t name_size, uint32_t options,
                             zx_handle_t* out);
zx_status_t zx_thread_start(zx_handle_t thread, zx_vaddr_t entry, zx_vaddr_t stack, uintptr_t arg1,
                            uintptr_t arg2);
__attribute__((__noreturn__)) void zx_thread_exit(void);
zx_status_t zx_thread_legacy_yield(uint32_t options);
zx_status_t zx_task_kill(zx_handle_t task);
zx_status_t zx_process_read_memory(zx_handle_t process, zx_vaddr_t vaddr, void* buffer, size_t buffer_size,
                                   size_t* actual);
zx_status_t zx_process_write_memory(zx_handle_t process, zx_vaddr_t vaddr, const void* buffer,
                                    size_t buffer_size, size_t* actual);
zx_status_t zx_job_create(zx_handle_t parent_job, uint32_t options, zx_handle_t* out);

/* Events, ports and futexes. */
zx_status_t zx_event_create(uint32_t options, zx_handle_t* out);
zx_status_t zx_eventpair_create(uint32_t options, zx_handle_t* out0, zx_handle_t* out1);
zx_status_t zx_port_create(uint32_t options, zx_handle_t* out);
zx_status_t zx_port_queue(zx_handle_t port, const zx_port_packet_t* packet);
zx_status_t zx_port_wait(zx_handle_t port, zx_time_t deadline, zx_port_packet_t* packet);
zx_status_t zx_port_cancel(zx_handle_t port, zx_handle_t source, uint64_t key);
zx_status_t zx_futex_wait(const zx_futex_t* value_ptr, zx_futex_t current_value, zx_handle_t new_futex_owner,
                          zx_time_t deadline);
zx_status_t zx_futex_wake(const zx_futex_t* value_ptr, uint32_t wake_count);
zx_status_t zx_futex_requeue(const zx_futex_t* value_ptr, uint32_t wake_count, zx_futex_t current_value,
                             const zx_futex_t* requeue_ptr, uint32_t requeue_count,
                             zx_handle_t new_requeue_owner);
zx_status_t zx_futex_wake_single_owner(const zx_futex_t* value_ptr);
zx_status_t zx_futex_requeue_single_owner(const zx_futex_t* value_ptr, zx_futex_t current_value,
                                          const zx_futex_t* requeue_ptr, uint32_t requeue_count,
                                          zx_handle_t new_requeue_owner);
zx_status_t zx_futex_get_owner(const zx_futex_t* value_ptr, zx_koid_t* koid);

/* Pagers. */
zx_status_t zx_pager_create(uint32_t options, zx_handle_t* out);
zx_status_t zx_pager_create_vmo(zx_handle_t pager, uint32_t options, zx_handle_t port, uint64_t key,
                                uint64_t size, zx_handle_t* out);
zx_status_t zx_pager_supply_pages(zx_handle_t pager, zx_handle_t pager_vmo, uint64_t offset, uint64_t length,
                                  zx_handle_t aux_vmo, uint64_t aux_offset);
zx_status_t zx_pager_detach_vmo(zx_handle_t pager, zx_handle_t vmo);
zx_status_t zx_pager_op_range(zx_handle_t pager, uint32_t op, zx_handle_t pager_vmo, uint64_t offset,
                              uint64_t length, uint64_t data);
zx_status_t zx_pager_query_dirty_ranges(zx_handle_t pager, zx_handle_t pager_vmo, uint64_t offset,
                                        uint64_t length, void* buffer, size_t buffer_size, size_t* actual,
                                        size_t* avail);
zx_status_t zx_pager_query_vmo_stats(zx_handle_t pager, zx_handle_t pager_vmo, uint32_t options, void* buffer,
                                     size_t buffer_size);

/* Exceptions of a thread, of a process's threads, or of a job's. */
zx_status_t zx_task_create_exception_channel(zx_handle_t task, uint32_t options, zx_handle_t* out);
zx_status_t zx_exception_get_thread(zx_handle_t exception, zx_handle_t* out);
zx_status_t zx_exception_get_process(zx_handle_t exception, zx_handle_t* out);

/* Channels. */
zx_status_t zx_channel_create(uint32_t options, zx_handle_t* out0, zx_handle_t* out1);
zx_status_t zx_channel_write(zx_handle_t channel, uint32_t options, const void* bytes, uint32_t num_bytes,
                             const zx_handle_t* handles, uint32_t num_handles);
zx_status_t zx_channel_read(zx_handle_t channel, uint32_t options, void* bytes, zx_handle_t* handles,
                            uint32_t num_bytes, uint32_t num_handles, uint32_t* actual_bytes,
                            uint32_t* actual_handles);
zx_status_t zx_channel_write_etc(zx_handle_t channel, uint32_t options, const void* bytes, uint32_t num_bytes,
                                 zx_handle_disposition_t* handles, uint32_t num_handles);
zx_status_t zx_channel_read_etc(zx_handle_t channel, uint32_t options, void* bytes, zx_handle_info_t* handles,
                                uint32_t num_bytes, uint32_t num_handles, uint32_t* actual_bytes,
                                uint32_t* actual_handles);
/* The first word of what is sent, and of its answer, is a zx_txid_t of the kernel's. */
zx_status_t zx_channel_call(zx_handle_t channel, uint32_t options, zx_time_t deadline,
                            const zx_channel_call_args_t* args, uint32_t* actual_bytes, uint32_t* actual_handles);
zx_status_t zx_channel_call_etc(zx_handle_t channel, uint32_t options, zx_time_t deadline,
                                zx_channel_call_etc_args_t* args, uint32_t* actual_bytes,
                                uint32_t* actual_handles);

/* Every call with an underscore before its name, which no program defines itself. */
#define ZX_LIBC_DECLARE(number, name, arguments) extern __typeof__(zx_##name) _zx_##name;
JACINTH_ZIRCON_CALLS(ZX_LIBC_DECLARE)
#undef ZX_LIBC_DECLARE
#define _zx_deadline_after zx_deadline_after
#define _zx_system_get_page_size zx_system_get_page_size
#define _zx_system_get_features zx_system_get_features
#define _zx_system_get_dcache_line_size zx_system_get_dcache_line_size
#define _zx_system_get_version_string zx_system_get_version_string
#define _zx_cache_flush zx_cache_flush
#define _zx_clock_get_boot zx_clock_get_boot
#define _zx_ticks_get_boot zx_ticks_get_boot

#ifdef __cplusplus
}
#endif

#endif
