/* Object types, and the topics and records of zx_object_get_info. */
#ifndef ZIRCON_SYSCALLS_OBJECT_H_
#define ZIRCON_SYSCALLS_OBJECT_H_

#include <zircon/types.h>

#define ZX_OBJ_TYPE_NONE ((zx_obj_type_t)0u)
#define ZX_OBJ_TYPE_PROCESS ((zx_obj_type_t)1u)
#define ZX_OBJ_TYPE_THREAD ((zx_obj_type_t)2u)
#define ZX_OBJ_TYPE_VMO ((zx_obj_type_t)3u)
#define ZX_OBJ_TYPE_CHANNEL ((zx_obj_type_t)4u)
#define ZX_OBJ_TYPE_EVENT ((zx_obj_type_t)5u)
#define ZX_OBJ_TYPE_PORT ((zx_obj_type_t)6u)
#define ZX_OBJ_TYPE_INTERRUPT ((zx_obj_type_t)9u)
#define ZX_OBJ_TYPE_PCI_DEVICE ((zx_obj_type_t)11u)
#define ZX_OBJ_TYPE_LOG ((zx_obj_type_t)12u)
#define ZX_OBJ_TYPE_DEBUGLOG ZX_OBJ_TYPE_LOG
#define ZX_OBJ_TYPE_SOCKET ((zx_obj_type_t)14u)
#define ZX_OBJ_TYPE_RESOURCE ((zx_obj_type_t)15u)
#define ZX_OBJ_TYPE_EVENTPAIR ((zx_obj_type_t)16u)
#define ZX_OBJ_TYPE_JOB ((zx_obj_type_t)17u)
#define ZX_OBJ_TYPE_VMAR ((zx_obj_type_t)18u)
#define ZX_OBJ_TYPE_FIFO ((zx_obj_type_t)19u)
#define ZX_OBJ_TYPE_GUEST ((zx_obj_type_t)20u)
#define ZX_OBJ_TYPE_VCPU ((zx_obj_type_t)21u)
#define ZX_OBJ_TYPE_TIMER ((zx_obj_type_t)22u)
#define ZX_OBJ_TYPE_IOMMU ((zx_obj_type_t)23u)
#define ZX_OBJ_TYPE_BTI ((zx_obj_type_t)24u)
#define ZX_OBJ_TYPE_PROFILE ((zx_obj_type_t)25u)
#define ZX_OBJ_TYPE_PMT ((zx_obj_type_t)26u)
#define ZX_OBJ_TYPE_SUSPEND_TOKEN ((zx_obj_type_t)27u)
#define ZX_OBJ_TYPE_PAGER ((zx_obj_type_t)28u)
#define ZX_OBJ_TYPE_EXCEPTION ((zx_obj_type_t)29u)
#define ZX_OBJ_TYPE_CLOCK ((zx_obj_type_t)30u)
#define ZX_OBJ_TYPE_STREAM ((zx_obj_type_t)31u)
#define ZX_OBJ_TYPE_MSI ((zx_obj_type_t)32u)
#define ZX_OBJ_TYPE_IOB ((zx_obj_type_t)33u)
#define ZX_OBJ_TYPE_COUNTER ((zx_obj_type_t)34u)
/* There are never more. */
#define ZX_OBJ_TYPE_UPPER_BOUND ((zx_obj_type_t)64u)

/* A topic is a number, with the version of its record in the top four bits. */
typedef uint32_t zx_object_info_topic_t;
#define ZX_INFO_VERSIONED(number, version) ((zx_object_info_topic_t)((number) | ((version) << 28)))
#define ZX_INFO_NONE ZX_INFO_VERSIONED(0u, 0u)
#define ZX_INFO_HANDLE_VALID ZX_INFO_VERSIONED(1u, 0u)
#define ZX_INFO_HANDLE_BASIC ZX_INFO_VERSIONED(2u, 0u)
#define ZX_INFO_PROCESS_V1 ZX_INFO_VERSIONED(3u, 0u)
#define ZX_INFO_PROCESS_V2 ZX_INFO_VERSIONED(3u, 1u)
#define ZX_INFO_PROCESS ZX_INFO_PROCESS_V2
#define ZX_INFO_PROCESS_THREADS ZX_INFO_VERSIONED(4u, 0u)
#define ZX_INFO_VMAR ZX_INFO_VERSIONED(7u, 0u)
#define ZX_INFO_JOB_CHILDREN ZX_INFO_VERSIONED(8u, 0u)
#define ZX_INFO_JOB_PROCESSES ZX_INFO_VERSIONED(9u, 0u)
#define ZX_INFO_THREAD ZX_INFO_VERSIONED(10u, 0u)
#define ZX_INFO_THREAD_EXCEPTION_REPORT_V1 ZX_INFO_VERSIONED(11u, 0u)
#define ZX_INFO_THREAD_EXCEPTION_REPORT_V2 ZX_INFO_VERSIONED(11u, 1u)
#define ZX_INFO_THREAD_EXCEPTION_REPORT ZX_INFO_THREAD_EXCEPTION_REPORT_V2
#define ZX_INFO_TASK_STATS_V1 ZX_INFO_VERSIONED(12u, 0u)
#define ZX_INFO_TASK_STATS_V2 ZX_INFO_VERSIONED(12u, 1u)
#define ZX_INFO_TASK_STATS ZX_INFO_TASK_STATS_V2
#define ZX_INFO_PROCESS_MAPS_V1 ZX_INFO_VERSIONED(13u, 0u)
#define ZX_INFO_PROCESS_MAPS_V2 ZX_INFO_VERSIONED(13u, 1u)
#define ZX_INFO_PROCESS_MAPS_V3 ZX_INFO_VERSIONED(13u, 2u)
#define ZX_INFO_PROCESS_MAPS ZX_INFO_PROCESS_MAPS_V3
#define ZX_INFO_PROCESS_VMOS_V1 ZX_INFO_VERSIONED(14u, 0u)
#define ZX_INFO_PROCESS_VMOS_V2 ZX_INFO_VERSIONED(14u, 1u)
#define ZX_INFO_PROCESS_VMOS_V3 ZX_INFO_VERSIONED(14u, 2u)
#define ZX_INFO_PROCESS_VMOS_V4 ZX_INFO_VERSIONED(14u, 3u)
#define ZX_INFO_PROCESS_VMOS ZX_INFO_PROCESS_VMOS_V4
#define ZX_INFO_KMEM_STATS ZX_INFO_VERSIONED(17u, 0u)
#define ZX_INFO_RESOURCE ZX_INFO_VERSIONED(18u, 0u)
#define ZX_INFO_HANDLE_COUNT ZX_INFO_VERSIONED(19u, 0u)
#define ZX_INFO_BTI ZX_INFO_VERSIONED(20u, 0u)
#define ZX_INFO_PROCESS_HANDLE_STATS ZX_INFO_VERSIONED(21u, 0u)
#define ZX_INFO_VMO_V1 ZX_INFO_VERSIONED(23u, 0u)
#define ZX_INFO_VMO_V2 ZX_INFO_VERSIONED(23u, 1u)
#define ZX_INFO_VMO_V3 ZX_INFO_VERSIONED(23u, 2u)
#define ZX_INFO_VMO_V4 ZX_INFO_VERSIONED(23u, 3u)
#define ZX_INFO_VMO ZX_INFO_VMO_V4
#define ZX_INFO_JOB ZX_INFO_VERSIONED(24u, 0u)
#define ZX_INFO_HANDLE_TABLE ZX_INFO_VERSIONED(27u, 0u)
#define ZX_INFO_VMAR_MAPS ZX_INFO_VERSIONED(36u, 0u)

/* ZX_INFO_HANDLE_BASIC */
typedef struct zx_info_handle_basic {
    zx_koid_t koid;
    zx_rights_t rights;
    zx_obj_type_t type;
    /* The parent of a task, the other end of a pair, else 0. */
    zx_koid_t related_koid;
    uint32_t reserved;
    uint8_t padding1[4];
} zx_info_handle_basic_t;

/* ZX_INFO_HANDLE_COUNT */
typedef struct zx_info_handle_count {
    uint32_t handle_count;
} zx_info_handle_count_t;

/* ZX_INFO_HANDLE_TABLE */
typedef struct zx_info_handle_extended {
    zx_obj_type_t type;
    /* As the process knows it that was asked about. */
    zx_handle_t handle_value;
    zx_rights_t rights;
    uint32_t reserved;
    zx_koid_t koid;
    zx_koid_t related_koid;
    /* 0 if it is not known. */
    zx_koid_t peer_owner_koid;
} zx_info_handle_extended_t;

/* ZX_INFO_PROCESS_HANDLE_STATS: how many handles of each type a process has. */
typedef struct zx_info_process_handle_stats {
    uint32_t handle_count[ZX_OBJ_TYPE_UPPER_BOUND];
} zx_info_process_handle_stats_t;

/* ZX_INFO_VMAR */
typedef struct zx_info_vmar {
    uintptr_t base;
    size_t len;
} zx_info_vmar_t;

typedef uint32_t zx_info_process_flags_t;
#define ZX_INFO_PROCESS_FLAG_STARTED ((zx_info_process_flags_t)1u << 0)
#define ZX_INFO_PROCESS_FLAG_EXITED ((zx_info_process_flags_t)1u << 1)
#define ZX_INFO_PROCESS_FLAG_DEBUGGER_ATTACHED ((zx_info_process_flags_t)1u << 2)

/* ZX_INFO_PROCESS */
typedef struct zx_info_process {
    /* Once it has ended. */
    int64_t return_code;
    zx_time_t start_time;
    zx_info_process_flags_t flags;
    uint8_t padding1[4];
} zx_info_process_t;

/* ZX_INFO_PROCESS_V1; the flags are 0 or 1. */
typedef struct zx_info_process_v1 {
    int64_t return_code;
    uint8_t started;
    uint8_t exited;
    uint8_t debugger_attached;
    uint8_t padding1[5];
} zx_info_process_v1_t;

/* ZX_INFO_JOB */
typedef struct zx_info_job {
    /* Once it has ended. */
    int64_t return_code;
    bool exited;
    bool kill_on_oom;
    bool debugger_attached;
    uint8_t padding1[5];
} zx_info_job_t;

typedef uint32_t zx_thread_state_t;
#define ZX_THREAD_STATE_NEW ((zx_thread_state_t)0u)
#define ZX_THREAD_STATE_RUNNING ((zx_thread_state_t)1u)
#define ZX_THREAD_STATE_SUSPENDED ((zx_thread_state_t)2u)
/* The bits above the lowest eight say what a blocked thread waits for. */
#define ZX_THREAD_STATE_BLOCKED ((zx_thread_state_t)3u)
#define ZX_THREAD_STATE_BLOCKED_EXCEPTION ((zx_thread_state_t)0x103u)
#define ZX_THREAD_STATE_BLOCKED_SLEEPING ((zx_thread_state_t)0x203u)
#define ZX_THREAD_STATE_BLOCKED_FUTEX ((zx_thread_state_t)0x303u)
#define ZX_THREAD_STATE_BLOCKED_PORT ((zx_thread_state_t)0x403u)
#define ZX_THREAD_STATE_BLOCKED_CHANNEL ((zx_thread_state_t)0x503u)
#define ZX_THREAD_STATE_BLOCKED_WAIT_ONE ((zx_thread_state_t)0x603u)
#define ZX_THREAD_STATE_BLOCKED_WAIT_MANY ((zx_thread_state_t)0x703u)
#define ZX_THREAD_STATE_BLOCKED_INTERRUPT ((zx_thread_state_t)0x803u)
#define ZX_THREAD_STATE_BLOCKED_PAGER ((zx_thread_state_t)0x903u)
#define ZX_THREAD_STATE_DYING ((zx_thread_state_t)4u)
#define ZX_THREAD_STATE_DEAD ((zx_thread_state_t)5u)
#define ZX_THREAD_STATE_BASIC(state) ((state) & 0xffu)

#define ZX_CPU_SET_MAX_CPUS 512
#define ZX_CPU_SET_BITS_PER_WORD 64
typedef struct zx_cpu_set {
    uint64_t mask[ZX_CPU_SET_MAX_CPUS / ZX_CPU_SET_BITS_PER_WORD];
} zx_cpu_set_t;

/* ZX_INFO_THREAD */
typedef struct zx_info_thread {
    zx_thread_state_t state;
    uint32_t wait_exception_channel_type;
    zx_cpu_set_t cpu_affinity_mask;
} zx_info_thread_t;

/* ZX_INFO_TASK_STATS_V1 */
typedef struct zx_info_task_stats_v1 {
    size_t mem_mapped_bytes;
    size_t mem_private_bytes;
    size_t mem_shared_bytes;
    size_t mem_scaled_shared_bytes;
} zx_info_task_stats_v1_t;

/* ZX_INFO_TASK_STATS */
typedef struct zx_info_task_stats {
    size_t mem_mapped_bytes;
    size_t mem_private_bytes;
    size_t mem_shared_bytes;
    size_t mem_scaled_shared_bytes;
    uint64_t mem_fractional_scaled_shared_bytes;
} zx_info_task_stats_t;

typedef uint32_t zx_info_maps_type_t;
#define ZX_INFO_MAPS_TYPE_NONE ((zx_info_maps_type_t)0u)
#define ZX_INFO_MAPS_TYPE_ASPACE ((zx_info_maps_type_t)1u)
#define ZX_INFO_MAPS_TYPE_VMAR ((zx_info_maps_type_t)2u)
#define ZX_INFO_MAPS_TYPE_MAPPING ((zx_info_maps_type_t)3u)

typedef struct zx_info_maps_mapping {
    /* ZX_VM_PERM_* */
    zx_vm_option_t mmu_flags;
    uint8_t padding1[4];
    zx_koid_t vmo_koid;
    uint64_t vmo_offset;
    size_t committed_bytes;
    size_t populated_bytes;
    size_t committed_private_bytes;
    size_t populated_private_bytes;
    size_t committed_scaled_bytes;
    size_t populated_scaled_bytes;
    uint64_t committed_fractional_scaled_bytes;
    uint64_t populated_fractional_scaled_bytes;
} zx_info_maps_mapping_t;

/* ZX_INFO_PROCESS_MAPS, ZX_INFO_VMAR_MAPS */
typedef struct zx_info_maps {
    char name[ZX_MAX_NAME_LEN];
    zx_vaddr_t base;
    size_t size;
    /* 0 for the address space, 1 for its root VMAR, and so on. */
    size_t depth;
    zx_info_maps_type_t type;
    uint8_t padding1[4];
    union {
        zx_info_maps_mapping_t mapping;
    } u;
} zx_info_maps_t;

/* ZX_INFO_PROCESS_MAPS_V1 */
typedef struct zx_info_maps_mapping_v1 {
    zx_vm_option_t mmu_flags;
    uint8_t padding1[4];
    zx_koid_t vmo_koid;
    uint64_t vmo_offset;
    size_t committed_pages;
} zx_info_maps_mapping_v1_t;

typedef struct zx_info_maps_v1 {
    char name[ZX_MAX_NAME_LEN];
    zx_vaddr_t base;
    size_t size;
    size_t depth;
    zx_info_maps_type_t type;
    uint8_t padding1[4];
    union {
        zx_info_maps_mapping_v1_t mapping;
    } u;
} zx_info_maps_v1_t;

/* ZX_INFO_PROCESS_MAPS_V2 */
typedef struct zx_info_maps_mapping_v2 {
    zx_vm_option_t mmu_flags;
    uint8_t padding1[4];
    zx_koid_t vmo_koid;
    uint64_t vmo_offset;
    size_t committed_pages;
    size_t populated_pages;
} zx_info_maps_mapping_v2_t;

typedef struct zx_info_maps_v2 {
    char name[ZX_MAX_NAME_LEN];
    zx_vaddr_t base;
    size_t size;
    size_t depth;
    zx_info_maps_type_t type;
    uint8_t padding1[4];
    union {
        zx_info_maps_mapping_v2_t mapping;
    } u;
} zx_info_maps_v2_t;

#define ZX_INFO_VMO_TYPE_PHYSICAL ((uint32_t)0u)
#define ZX_INFO_VMO_TYPE_PAGED ((uint32_t)1u << 0)
#define ZX_INFO_VMO_TYPE(flags) ((flags) & ZX_INFO_VMO_TYPE_PAGED)
#define ZX_INFO_VMO_RESIZABLE ((uint32_t)1u << 1)
#define ZX_INFO_VMO_IS_COW_CLONE ((uint32_t)1u << 2)
#define ZX_INFO_VMO_VIA_HANDLE ((uint32_t)1u << 3)
#define ZX_INFO_VMO_VIA_MAPPING ((uint32_t)1u << 4)
#define ZX_INFO_VMO_PAGER_BACKED ((uint32_t)1u << 5)
#define ZX_INFO_VMO_CONTIGUOUS ((uint32_t)1u << 6)
#define ZX_INFO_VMO_DISCARDABLE ((uint32_t)1u << 7)
#define ZX_INFO_VMO_IMMUTABLE ((uint32_t)1u << 8)
#define ZX_INFO_VMO_VIA_IOB_HANDLE ((uint32_t)1u << 9)

/* ZX_INFO_VMO, ZX_INFO_PROCESS_VMOS */
typedef struct zx_info_vmo {
    zx_koid_t koid;
    char name[ZX_MAX_NAME_LEN];
    uint64_t size_bytes;
    zx_koid_t parent_koid;
    size_t num_children;
    size_t num_mappings;
    size_t share_count;
    uint32_t flags;
    uint8_t padding1[4];
    uint64_t committed_bytes;
    /* With ZX_INFO_VMO_VIA_HANDLE only. */
    zx_rights_t handle_rights;
    uint32_t cache_policy;
    uint64_t metadata_bytes;
    uint64_t committed_change_events;
    uint64_t populated_bytes;
    uint64_t committed_private_bytes;
    uint64_t populated_private_bytes;
    uint64_t committed_scaled_bytes;
    uint64_t populated_scaled_bytes;
    uint64_t committed_fractional_scaled_bytes;
    uint64_t populated_fractional_scaled_bytes;
} zx_info_vmo_t;

/* ZX_INFO_VMO_V1, ZX_INFO_PROCESS_VMOS_V1 */
typedef struct zx_info_vmo_v1 {
    zx_koid_t koid;
    char name[ZX_MAX_NAME_LEN];
    uint64_t size_bytes;
    zx_koid_t parent_koid;
    size_t num_children;
    size_t num_mappings;
    size_t share_count;
    uint32_t flags;
    uint8_t padding1[4];
    uint64_t committed_bytes;
    zx_rights_t handle_rights;
    uint32_t cache_policy;
} zx_info_vmo_v1_t;

/* ZX_INFO_VMO_V2, ZX_INFO_PROCESS_VMOS_V2 */
typedef struct zx_info_vmo_v2 {
    zx_koid_t koid;
    char name[ZX_MAX_NAME_LEN];
    uint64_t size_bytes;
    zx_koid_t parent_koid;
    size_t num_children;
    size_t num_mappings;
    size_t share_count;
    uint32_t flags;
    uint8_t padding1[4];
    uint64_t committed_bytes;
    zx_rights_t handle_rights;
    uint32_t cache_policy;
    uint64_t metadata_bytes;
    uint64_t committed_change_events;
} zx_info_vmo_v2_t;

/* ZX_INFO_VMO_V3, ZX_INFO_PROCESS_VMOS_V3 */
typedef struct zx_info_vmo_v3 {
    zx_koid_t koid;
    char name[ZX_MAX_NAME_LEN];
    uint64_t size_bytes;
    zx_koid_t parent_koid;
    size_t num_children;
    size_t num_mappings;
    size_t share_count;
    uint32_t flags;
    uint8_t padding1[4];
    uint64_t committed_bytes;
    zx_rights_t handle_rights;
    uint32_t cache_policy;
    uint64_t metadata_bytes;
    uint64_t committed_change_events;
    uint64_t populated_bytes;
} zx_info_vmo_v3_t;

/* ZX_INFO_RESOURCE */
typedef struct zx_info_resource {
    /* ZX_RSRC_KIND_* */
    uint32_t kind;
    uint32_t flags;
    uint64_t base;
    size_t size;
    char name[ZX_MAX_NAME_LEN];
} zx_info_resource_t;

/* ZX_INFO_BTI */
typedef struct zx_info_bti {
    uint64_t minimum_contiguity;
    uint64_t aspace_size;
    uint64_t pmo_count;
    uint64_t quarantine_count;
} zx_info_bti_t;

/* ZX_INFO_KMEM_STATS */
typedef struct zx_info_kmem_stats {
    uint64_t total_bytes;
    uint64_t free_bytes;
    uint64_t wired_bytes;
    uint64_t total_heap_bytes;
    uint64_t free_heap_bytes;
    uint64_t vmo_bytes;
    uint64_t mmu_overhead_bytes;
    uint64_t ipc_bytes;
    uint64_t other_bytes;
} zx_info_kmem_stats_t;

#endif
