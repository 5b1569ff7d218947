/*
 * The table of calls: number, name without prefix, number of arguments. The numbers are this kernel's own; programs use the
 * functions in <zircon/syscalls.h>, for which the C library has a stub for each line.
 */
#ifndef JACINTH_CALLS_H_
#define JACINTH_CALLS_H_

#define JACINTH_CALLS(CALL) \
    JACINTH_ZIRCON_CALLS(CALL)             \
    JACINTH_DEBUG_CALLS(CALL)

/* Those that Zircon has, too. */
#define JACINTH_ZIRCON_CALLS(CALL) \
    CALL(0, syscall_test_0, 0)             \
    CALL(1, handle_close, 1)               \
    CALL(2, handle_close_many, 2)          \
    CALL(3, handle_duplicate, 3)           \
    CALL(4, handle_replace, 3)             \
    CALL(5, object_get_info, 6)            \
    CALL(6, object_get_property, 4)        \
    CALL(7, object_set_property, 4)        \
    CALL(8, object_wait_one, 4)            \
    CALL(9, clock_get_monotonic, 0)        \
    CALL(10, ticks_get, 0)                 \
    CALL(11, ticks_per_second, 0)          \
    CALL(12, nanosleep, 1)                 \
    CALL(13, cprng_draw, 2)                \
    CALL(14, debug_write, 2)               \
    CALL(15, thread_legacy_yield, 1)       \
    CALL(16, vmar_allocate, 6)             \
    CALL(17, vmar_map, 7)                  \
    CALL(18, vmar_unmap, 3)                \
    CALL(19, vmar_protect, 4)              \
    CALL(20, vmar_destroy, 1)              \
    CALL(21, vmo_create, 3)                \
    CALL(22, vmo_read, 4)                  \
    CALL(23, vmo_write, 4)                 \
    CALL(24, vmo_get_size, 2)              \
    CALL(25, vmo_set_size, 2)              \
    CALL(26, process_create, 6)            \
    CALL(27, process_start, 6)             \
    CALL(28, process_exit, 1)              \
    CALL(29, thread_create, 5)             \
    CALL(30, thread_start, 5)              \
    CALL(31, thread_exit, 0)               \
    CALL(32, task_kill, 1)                 \
    CALL(33, channel_create, 3)            \
    CALL(34, channel_write, 6)             \
    CALL(35, channel_read, 8)              \
    CALL(36, vmo_replace_as_executable, 3) \
    CALL(37, vmar_op_range, 6)             \
    CALL(38, vmar_unmap_handle_close_thread_exit, 4) \
    CALL(39, vmo_get_stream_size, 2)       \
    CALL(40, vmo_set_stream_size, 2)       \
    CALL(41, vmo_op_range, 6)              \
    CALL(42, vmo_set_cache_policy, 2)      \
    CALL(43, vmo_create_child, 5)          \
    CALL(44, vmo_transfer_data, 6)         \
    CALL(45, vmo_create_physical, 4)       \
    CALL(46, vmo_create_contiguous, 4)     \
    CALL(47, resource_create, 7)           \
    CALL(48, iommu_create, 5)              \
    CALL(49, bti_create, 4)                \
    CALL(50, bti_pin, 8)                   \
    CALL(51, bti_release_quarantine, 1)    \
    CALL(52, pmt_unpin, 1)                 \
    CALL(53, task_create_exception_channel, 3) \
    CALL(54, exception_get_thread, 2)      \
    CALL(55, exception_get_process, 2)     \
    CALL(56, port_create, 2)               \
    CALL(57, port_queue, 2)                \
    CALL(58, port_wait, 3)                 \
    CALL(59, port_cancel, 3)               \
    CALL(60, object_wait_async, 5)         \
    CALL(61, object_wait_many, 3)          \
    CALL(62, event_create, 2)              \
    CALL(63, eventpair_create, 3)          \
    CALL(64, object_signal, 3)             \
    CALL(65, object_signal_peer, 3)        \
    CALL(66, futex_wait, 4)                \
    CALL(67, futex_wake, 2)                \
    CALL(68, futex_requeue, 6)             \
    CALL(69, process_read_memory, 5)       \
    CALL(70, process_write_memory, 5)      \
    CALL(71, job_create, 3)                \
    CALL(72, pager_create, 2)              \
    CALL(73, pager_create_vmo, 6)          \
    CALL(74, pager_supply_pages, 6)        \
    CALL(75, pager_detach_vmo, 2)          \
    CALL(76, pager_op_range, 6)            \
    CALL(81, handle_check_valid, 1)        \
    CALL(82, object_get_child, 4)          \
    CALL(83, system_get_num_cpus, 0)       \
    CALL(84, system_get_physmem, 0)        \
    CALL(85, channel_read_etc, 8)          \
    CALL(86, channel_write_etc, 6)         \
    CALL(87, channel_call, 6)              \
    CALL(88, channel_call_etc, 6)          \
    CALL(89, futex_wake_single_owner, 1)   \
    CALL(90, futex_requeue_single_owner, 5) \
    CALL(91, futex_get_owner, 2)           \
    CALL(92, pager_query_dirty_ranges, 8)  \
    CALL(93, pager_query_vmo_stats, 5)

/* Those for tests of the kernel. */
#define JACINTH_DEBUG_CALLS(CALL) \
    CALL(77, debug_page_entry, 3)          \
    CALL(78, debug_check_invariants, 1)    \
    CALL(79, debug_fail_allocation, 2)     \
    CALL(80, debug_count_handles, 1)

#endif
