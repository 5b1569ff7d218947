/* Basic types of calls, and the options of VMARs and VMOs. */
#ifndef ZIRCON_TYPES_H_
#define ZIRCON_TYPES_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/errors.h>
#include <zircon/limits.h>
#include <zircon/rights.h>
#include <zircon/time.h>
#ifndef __cplusplus
#include <stdatomic.h>
#endif

/* A handle; 0 names nothing. */
typedef uint32_t zx_handle_t;
#define ZX_HANDLE_INVALID ((zx_handle_t)0u)
/* The bits that are set in every handle. */
#define ZX_HANDLE_FIXED_BITS_MASK ((zx_handle_t)3u)

/* ZX_OK or one of ZX_ERR_*. */
typedef int32_t zx_status_t;

/* Clocks. */
typedef uint32_t zx_clock_t;
#define ZX_CLOCK_MONOTONIC ((zx_clock_t)0u)
#define ZX_CLOCK_BOOT ((zx_clock_t)1u)

/* The name of an object, unique since boot; 0 names nothing. */
typedef uint64_t zx_koid_t;
#define ZX_KOID_INVALID ((zx_koid_t)0u)
#define ZX_KOID_KERNEL ((zx_koid_t)1u)
#define ZX_KOID_FIRST ((zx_koid_t)1024u)

typedef uintptr_t zx_vaddr_t;
typedef uintptr_t zx_paddr_t;
typedef uint64_t zx_off_t;

/* A buffer of several. */
typedef struct zx_iovec {
    void* buffer;
    size_t capacity;
} zx_iovec_t;

/* States of an object that can be waited for. */
typedef uint32_t zx_signals_t;
#define ZX_SIGNAL_NONE ((zx_signals_t)0u)
/* What the low bits are called where they have no meaning of their own. */
#define __ZX_OBJECT_READABLE ((zx_signals_t)1u << 0)
#define __ZX_OBJECT_WRITABLE ((zx_signals_t)1u << 1)
#define __ZX_OBJECT_PEER_CLOSED ((zx_signals_t)1u << 2)
#define __ZX_OBJECT_SIGNALED ((zx_signals_t)1u << 3)
#define __ZX_OBJECT_SIGNAL_4 ((zx_signals_t)1u << 4)
#define __ZX_OBJECT_SIGNAL_5 ((zx_signals_t)1u << 5)
#define __ZX_OBJECT_HANDLE_CLOSED ((zx_signals_t)1u << 23)
#define __ZX_OBJECT_SIGNAL_ALL ((zx_signals_t)0x00FFFFFFu)
#define ZX_CHANNEL_READABLE ((zx_signals_t)1u << 0)
#define ZX_CHANNEL_WRITABLE ((zx_signals_t)1u << 1)
#define ZX_CHANNEL_PEER_CLOSED ((zx_signals_t)1u << 2)
#define ZX_EVENT_SIGNALED ((zx_signals_t)1u << 3)
#define ZX_EVENTPAIR_SIGNALED ((zx_signals_t)1u << 3)
#define ZX_EVENTPAIR_PEER_CLOSED ((zx_signals_t)1u << 2)
#define ZX_TASK_TERMINATED ((zx_signals_t)1u << 3)
#define ZX_JOB_TERMINATED ZX_TASK_TERMINATED
#define ZX_JOB_NO_JOBS ((zx_signals_t)1u << 4)
#define ZX_JOB_NO_PROCESSES ((zx_signals_t)1u << 5)
#define ZX_JOB_NO_CHILDREN ((zx_signals_t)1u << 6)
#define ZX_PROCESS_TERMINATED ZX_TASK_TERMINATED
#define ZX_THREAD_TERMINATED ZX_TASK_TERMINATED
#define ZX_THREAD_RUNNING ((zx_signals_t)1u << 4)
#define ZX_THREAD_SUSPENDED ((zx_signals_t)1u << 5)
#define ZX_VMO_ZERO_CHILDREN ((zx_signals_t)1u << 3)
#define ZX_SIGNAL_HANDLE_CLOSED ((zx_signals_t)1u << 23)
#define ZX_USER_SIGNAL_0 ((zx_signals_t)1u << 24)
#define ZX_USER_SIGNAL_1 ((zx_signals_t)1u << 25)
#define ZX_USER_SIGNAL_2 ((zx_signals_t)1u << 26)
#define ZX_USER_SIGNAL_3 ((zx_signals_t)1u << 27)
#define ZX_USER_SIGNAL_4 ((zx_signals_t)1u << 28)
#define ZX_USER_SIGNAL_5 ((zx_signals_t)1u << 29)
#define ZX_USER_SIGNAL_6 ((zx_signals_t)1u << 30)
#define ZX_USER_SIGNAL_7 ((zx_signals_t)1u << 31)
#define ZX_USER_SIGNAL_ALL ((zx_signals_t)0xFF000000u)
/* What zx_object_signal may change. */
#define ZX_EVENT_SIGNAL_MASK (ZX_USER_SIGNAL_ALL | ZX_EVENT_SIGNALED)
#define ZX_EVENTPAIR_SIGNAL_MASK (ZX_USER_SIGNAL_ALL | ZX_EVENTPAIR_SIGNALED | ZX_EVENTPAIR_PEER_CLOSED)

/* What zx_object_wait_many waits for: `waitfor` says for which signals, `pending` afterwards which are raised. */
typedef struct zx_wait_item {
    zx_handle_t handle;
    zx_signals_t waitfor;
    zx_signals_t pending;
} zx_wait_item_t;
#define ZX_WAIT_MANY_MAX_ITEMS ((size_t)64u)

/* Options of zx_object_wait_async. */
#define ZX_WAIT_ASYNC_ONCE ((uint32_t)0u)
/* The packet says when the signal was raised. */
#define ZX_WAIT_ASYNC_TIMESTAMP ((uint32_t)1u << 0)
/* A signal that is raised already does not count. */
#define ZX_WAIT_ASYNC_EDGE ((uint32_t)1u << 1)

/* The packet says when by ZX_CLOCK_BOOT. */
#define ZX_WAIT_ASYNC_BOOT_TIMESTAMP ((uint32_t)1u << 2)

/* A word that threads sleep on, and what it holds. */
#ifdef __cplusplus
typedef int zx_futex_t;
#else
typedef atomic_int zx_futex_t;
#endif
typedef int zx_futex_storage_t;

/* Names and messages. */
#define ZX_MAX_NAME_LEN ((size_t)32u)
#define ZX_CHANNEL_MAX_MSG_BYTES ((uint32_t)65536u)
#define ZX_CHANNEL_MAX_MSG_HANDLES ((uint32_t)64u)
#define ZX_CHANNEL_MAX_MSG_IOVECS ((uint32_t)8192u)

/* Option of reading from a channel: a message that does not fit is dropped. */
#define ZX_CHANNEL_READ_MAY_DISCARD ((uint32_t)1u)
/* Option of writing to a channel: the bytes are those that an array of zx_channel_iovec_t names, and their number is its length. */
#define ZX_CHANNEL_WRITE_USE_IOVEC ((uint32_t)1u)

typedef struct zx_channel_iovec {
    const void* buffer;
    uint32_t capacity;
    uint32_t reserved;
} zx_channel_iovec_t;

/* The first word of a message that is answered, and of its answer. */
typedef uint32_t zx_txid_t;

typedef uint32_t zx_obj_type_t;

/* What is done with a handle that is sent. */
typedef uint32_t zx_handle_op_t;
#define ZX_HANDLE_OP_MOVE ((zx_handle_op_t)0u)
#define ZX_HANDLE_OP_DUPLICATE ((zx_handle_op_t)1u)

typedef struct zx_handle_disposition {
    zx_handle_op_t operation;
    zx_handle_t handle;
    zx_obj_type_t type;
    zx_rights_t rights;
    zx_status_t result;
} zx_handle_disposition_t;

typedef struct zx_handle_info {
    zx_handle_t handle;
    zx_obj_type_t type;
    zx_rights_t rights;
    uint32_t unused;
} zx_handle_info_t;

typedef struct zx_channel_call_args {
    const void* wr_bytes;
    const zx_handle_t* wr_handles;
    void* rd_bytes;
    zx_handle_t* rd_handles;
    uint32_t wr_num_bytes;
    uint32_t wr_num_handles;
    uint32_t rd_num_bytes;
    uint32_t rd_num_handles;
} zx_channel_call_args_t;

typedef struct zx_channel_call_etc_args {
    const void* wr_bytes;
    zx_handle_disposition_t* wr_handles;
    void* rd_bytes;
    zx_handle_info_t* rd_handles;
    uint32_t wr_num_bytes;
    uint32_t wr_num_handles;
    uint32_t rd_num_bytes;
    uint32_t rd_num_handles;
} zx_channel_call_etc_args_t;


/* Options of VMAR calls: a flag for each of the low bits, and log2 of the alignment in the top eight. */
typedef uint32_t zx_vm_option_t;
/* The mapping is readable. */
#define ZX_VM_PERM_READ ((zx_vm_option_t)1u << 0)
/* The mapping is writable. */
#define ZX_VM_PERM_WRITE ((zx_vm_option_t)1u << 1)
/* The mapping is executable. */
#define ZX_VM_PERM_EXECUTE ((zx_vm_option_t)1u << 2)
/* Allocations inside the new VMAR stay close together. */
#define ZX_VM_COMPACT ((zx_vm_option_t)1u << 3)
/* The offset says where. */
#define ZX_VM_SPECIFIC ((zx_vm_option_t)1u << 4)
/* As SPECIFIC, and mappings in the way are replaced. */
#define ZX_VM_SPECIFIC_OVERWRITE ((zx_vm_option_t)1u << 5)
/* The new VMAR allows SPECIFIC. */
#define ZX_VM_CAN_MAP_SPECIFIC ((zx_vm_option_t)1u << 6)
/* The new VMAR allows readable mappings. */
#define ZX_VM_CAN_MAP_READ ((zx_vm_option_t)1u << 7)
/* The new VMAR allows writable mappings. */
#define ZX_VM_CAN_MAP_WRITE ((zx_vm_option_t)1u << 8)
/* The new VMAR allows executable mappings. */
#define ZX_VM_CAN_MAP_EXECUTE ((zx_vm_option_t)1u << 9)
/* Pages the VMO has are mapped at once. */
#define ZX_VM_MAP_RANGE ((zx_vm_option_t)1u << 10)
/* The VMO must not be resizable. */
#define ZX_VM_REQUIRE_NON_RESIZABLE ((zx_vm_option_t)1u << 11)
/* The caller is prepared for faults inside the mapping. */
#define ZX_VM_ALLOW_FAULTS ((zx_vm_option_t)1u << 12)
/* The offset says below what. */
#define ZX_VM_OFFSET_IS_UPPER_LIMIT ((zx_vm_option_t)1u << 13)
/* Readable where the processor knows no execute-only pages; on x86-64 the same as PERM_READ. */
#define ZX_VM_PERM_READ_IF_XOM_UNSUPPORTED ((zx_vm_option_t)1u << 14)
/* Accesses past the stream size fault. */
#define ZX_VM_FAULT_BEYOND_STREAM_SIZE ((zx_vm_option_t)1u << 15)

/* The address is a multiple of this. */
#define ZX_VM_ALIGN_BASE 24
#define ZX_VM_ALIGN_1KB ((zx_vm_option_t)10u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_2KB ((zx_vm_option_t)11u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_4KB ((zx_vm_option_t)12u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_8KB ((zx_vm_option_t)13u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_16KB ((zx_vm_option_t)14u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_32KB ((zx_vm_option_t)15u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_64KB ((zx_vm_option_t)16u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_128KB ((zx_vm_option_t)17u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_256KB ((zx_vm_option_t)18u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_512KB ((zx_vm_option_t)19u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_1MB ((zx_vm_option_t)20u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_2MB ((zx_vm_option_t)21u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_4MB ((zx_vm_option_t)22u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_8MB ((zx_vm_option_t)23u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_16MB ((zx_vm_option_t)24u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_32MB ((zx_vm_option_t)25u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_64MB ((zx_vm_option_t)26u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_128MB ((zx_vm_option_t)27u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_256MB ((zx_vm_option_t)28u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_512MB ((zx_vm_option_t)29u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_1GB ((zx_vm_option_t)30u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_2GB ((zx_vm_option_t)31u << ZX_VM_ALIGN_BASE)
#define ZX_VM_ALIGN_4GB ((zx_vm_option_t)32u << ZX_VM_ALIGN_BASE)

/* The names of 2018. */
#define ZX_VM_FLAG_PERM_READ ZX_VM_PERM_READ
#define ZX_VM_FLAG_PERM_WRITE ZX_VM_PERM_WRITE
#define ZX_VM_FLAG_PERM_EXECUTE ZX_VM_PERM_EXECUTE
#define ZX_VM_FLAG_COMPACT ZX_VM_COMPACT
#define ZX_VM_FLAG_SPECIFIC ZX_VM_SPECIFIC
#define ZX_VM_FLAG_SPECIFIC_OVERWRITE ZX_VM_SPECIFIC_OVERWRITE
#define ZX_VM_FLAG_CAN_MAP_SPECIFIC ZX_VM_CAN_MAP_SPECIFIC
#define ZX_VM_FLAG_CAN_MAP_READ ZX_VM_CAN_MAP_READ
#define ZX_VM_FLAG_CAN_MAP_WRITE ZX_VM_CAN_MAP_WRITE
#define ZX_VM_FLAG_CAN_MAP_EXECUTE ZX_VM_CAN_MAP_EXECUTE
#define ZX_VM_FLAG_MAP_RANGE ZX_VM_MAP_RANGE
#define ZX_VM_FLAG_REQUIRE_NON_RESIZABLE ZX_VM_REQUIRE_NON_RESIZABLE

/* Operations on a range of a VMAR. */
#define ZX_VMAR_OP_COMMIT ((uint32_t)1u)
#define ZX_VMAR_OP_DECOMMIT ((uint32_t)2u)
#define ZX_VMAR_OP_MAP_RANGE ((uint32_t)3u)
#define ZX_VMAR_OP_ZERO ((uint32_t)10u)
#define ZX_VMAR_OP_DONT_NEED ((uint32_t)12u)
#define ZX_VMAR_OP_ALWAYS_NEED ((uint32_t)13u)
#define ZX_VMAR_OP_PREFETCH ((uint32_t)14u)

/* Options of zx_vmo_create. */
/* The size can change. */
#define ZX_VMO_RESIZABLE ((uint32_t)1u << 1)
/* Unlocked pages may be taken away under memory pressure. */
#define ZX_VMO_DISCARDABLE ((uint32_t)1u << 2)
/* Writes are reported to the pager. */
#define ZX_VMO_TRAP_DIRTY ((uint32_t)1u << 3)
/* The size is the largest there is. */
#define ZX_VMO_UNBOUNDED ((uint32_t)1u << 4)

/* Options of zx_vmo_create_child. */
/* Parent and child are isolated from the start. */
#define ZX_VMO_CHILD_SNAPSHOT ((uint32_t)1u << 0)
/* The child's size can change. */
#define ZX_VMO_CHILD_RESIZABLE ((uint32_t)1u << 2)
/* The child is a window to the parent's pages. */
#define ZX_VMO_CHILD_SLICE ((uint32_t)1u << 3)
/* A page is isolated from the child's first write at the latest. */
#define ZX_VMO_CHILD_SNAPSHOT_AT_LEAST_ON_WRITE ((uint32_t)1u << 4)
/* The child's handle has no WRITE. */
#define ZX_VMO_CHILD_NO_WRITE ((uint32_t)1u << 5)
/* The child is the parent under another handle. */
#define ZX_VMO_CHILD_REFERENCE ((uint32_t)1u << 6)
/* Pages changed since the pager supplied them are isolated. */
#define ZX_VMO_CHILD_SNAPSHOT_MODIFIED ((uint32_t)1u << 7)

/* Operations on a range of a VMO. */
/* Gives every page of the range a frame. */
#define ZX_VMO_OP_COMMIT ((uint32_t)1u)
/* Takes the frames of the range. */
#define ZX_VMO_OP_DECOMMIT ((uint32_t)2u)
/* Keeps a discardable VMO in memory. */
#define ZX_VMO_OP_LOCK ((uint32_t)3u)
/* Lets a discardable VMO go. */
#define ZX_VMO_OP_UNLOCK ((uint32_t)4u)
/* Synchronises instruction and data caches. */
#define ZX_VMO_OP_CACHE_SYNC ((uint32_t)6u)
/* Invalidates data caches. */
#define ZX_VMO_OP_CACHE_INVALIDATE ((uint32_t)7u)
/* Writes data caches back. */
#define ZX_VMO_OP_CACHE_CLEAN ((uint32_t)8u)
/* Writes data caches back and invalidates them. */
#define ZX_VMO_OP_CACHE_CLEAN_INVALIDATE ((uint32_t)9u)
/* Fills the range with zeros. */
#define ZX_VMO_OP_ZERO ((uint32_t)10u)
/* Keeps a discardable VMO in memory unless it was discarded. */
#define ZX_VMO_OP_TRY_LOCK ((uint32_t)11u)
/* Says that the range is not needed soon. */
#define ZX_VMO_OP_DONT_NEED ((uint32_t)12u)
/* Says that the range is always needed. */
#define ZX_VMO_OP_ALWAYS_NEED ((uint32_t)13u)
/* Asks the pager for the range. */
#define ZX_VMO_OP_PREFETCH ((uint32_t)14u)

/* How the processor caches the pages of a VMO. */
#define ZX_CACHE_POLICY_CACHED ((uint32_t)0u)
#define ZX_CACHE_POLICY_UNCACHED ((uint32_t)1u)
#define ZX_CACHE_POLICY_UNCACHED_DEVICE ((uint32_t)2u)
#define ZX_CACHE_POLICY_WRITE_COMBINING ((uint32_t)3u)
#define ZX_CACHE_POLICY_MASK ((uint32_t)3u)

/* Options of zx_cache_flush: what is written back so that instruction fetches or devices see it, and whether it stays. */
#define ZX_CACHE_FLUSH_INSN ((uint32_t)1u << 0)
#define ZX_CACHE_FLUSH_DATA ((uint32_t)1u << 1)
#define ZX_CACHE_FLUSH_INVALIDATE ((uint32_t)1u << 2)

/* Options of zx_bti_pin. */
/* The device reads. */
#define ZX_BTI_PERM_READ ((uint32_t)1u << 0)
/* The device writes. */
#define ZX_BTI_PERM_WRITE ((uint32_t)1u << 1)
/* The device executes. */
#define ZX_BTI_PERM_EXECUTE ((uint32_t)1u << 2)
/* An address for each run of the smallest contiguity. */
#define ZX_BTI_COMPRESS ((uint32_t)1u << 3)
/* One address: the VMO is contiguous. */
#define ZX_BTI_CONTIGUOUS ((uint32_t)1u << 4)

/* State of a lock of a discardable VMO. */
typedef struct zx_vmo_lock_state {
    uint64_t offset;
    uint64_t size;
    uint64_t discarded_offset;
    uint64_t discarded_size;
} zx_vmo_lock_state_t;

/* Options of zx_process_create. */
#define ZX_PROCESS_SHARED ((uint32_t)1u)

/* Exit codes of processes that did not end by themselves. */
#define ZX_TASK_RETCODE_SYSCALL_KILL ((int64_t)-1024)
#define ZX_TASK_RETCODE_OOM_KILL ((int64_t)-1025)
#define ZX_TASK_RETCODE_POLICY_KILL ((int64_t)-1026)
#define ZX_TASK_RETCODE_VDSO_KILL ((int64_t)-1027)
#define ZX_TASK_RETCODE_EXCEPTION_KILL ((int64_t)-1028)
#define ZX_TASK_RETCODE_CRITICAL_PROCESS_KILL ((int64_t)-1029)

/* Properties. */
#define ZX_PROP_NAME ((uint32_t)3u)
#define ZX_PROP_REGISTER_FS ((uint32_t)4u)
#define ZX_PROP_EXCEPTION_STATE ((uint32_t)16u)
#define ZX_PROP_VMO_CONTENT_SIZE ((uint32_t)17u)
#define ZX_PROP_EXCEPTION_STRATEGY ((uint32_t)18u)

#endif
