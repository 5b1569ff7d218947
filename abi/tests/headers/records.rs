//! Sizes and fields of the records of `object_get_info`.

use crate::Source;
use abi::channel::{CallArgs, HandleDisposition, HandleInfo, Iovec};
use abi::debug::PageEntry;
use abi::info::{
    InfoBti, InfoHandleBasic, InfoHandleCount, InfoHandleExtended, InfoJob, InfoKmemStats,
    InfoMaps, InfoMapsMapping, InfoProcess, InfoProcessHandleStats, InfoProcessV1, InfoResource,
    InfoTaskStats, InfoThread, InfoVmar, InfoVmo, VmoLockState,
};
use abi::port::{Packet, WaitItem};
use std::mem::offset_of;

/// Asserts size and fields of a record.
macro_rules! expect_record {
    ($source:ident, $record:ident, $name:literal, $($field:ident = $member:literal),* $(,)?) => {
        $source.expect(concat!("sizeof(", $name, ")"), size_of::<$record>());
        $($source.expect(concat!("offsetof(", $name, ", ", $member, ")"), offset_of!($record, $field));)*
    };
}

#[test]
fn records_of_handles_agree() {
    let mut source = Source::new(&["stddef.h", "zircon/syscalls.h"]);
    expect_record!(
        source,
        InfoHandleBasic,
        "zx_info_handle_basic_t",
        koid = "koid",
        rights = "rights",
        object_type = "type",
        related_koid = "related_koid",
        reserved = "reserved"
    );
    expect_record!(
        source,
        InfoHandleCount,
        "zx_info_handle_count_t",
        handle_count = "handle_count"
    );
    expect_record!(
        source,
        InfoHandleExtended,
        "zx_info_handle_extended_t",
        object_type = "type",
        handle_value = "handle_value",
        rights = "rights",
        koid = "koid",
        related_koid = "related_koid",
        peer_owner_koid = "peer_owner_koid"
    );
    expect_record!(
        source,
        InfoProcessHandleStats,
        "zx_info_process_handle_stats_t",
        handle_count = "handle_count"
    );
    expect_record!(
        source,
        InfoResource,
        "zx_info_resource_t",
        kind = "kind",
        flags = "flags",
        base = "base",
        size = "size",
        name = "name"
    );
    source.compile("gcc", &["-std=c11"]);
}

#[test]
fn records_of_tasks_agree() {
    let mut source = Source::new(&["stddef.h", "zircon/syscalls.h"]);
    expect_record!(
        source,
        InfoThread,
        "zx_info_thread_t",
        state = "state",
        wait_exception_channel_type = "wait_exception_channel_type",
        cpu_affinity_mask = "cpu_affinity_mask"
    );
    expect_record!(
        source,
        InfoBti,
        "zx_info_bti_t",
        minimum_contiguity = "minimum_contiguity",
        aspace_size = "aspace_size",
        pmo_count = "pmo_count",
        quarantine_count = "quarantine_count"
    );
    expect_record!(source, InfoVmar, "zx_info_vmar_t", base = "base", len = "len");
    expect_record!(
        source,
        InfoProcess,
        "zx_info_process_t",
        return_code = "return_code",
        start_time = "start_time",
        flags = "flags"
    );
    expect_record!(
        source,
        InfoProcessV1,
        "zx_info_process_v1_t",
        return_code = "return_code",
        exited = "exited"
    );
    expect_record!(
        source,
        InfoJob,
        "zx_info_job_t",
        return_code = "return_code",
        exited = "exited",
        kill_on_oom = "kill_on_oom",
        debugger_attached = "debugger_attached"
    );
    expect_record!(
        source,
        InfoTaskStats,
        "zx_info_task_stats_t",
        mem_mapped_bytes = "mem_mapped_bytes",
        mem_scaled_shared_bytes = "mem_scaled_shared_bytes"
    );
    source.compile("gcc", &["-std=c11"]);
}

#[test]
fn records_of_messages_agree() {
    let mut source = Source::new(&["stddef.h", "zircon/syscalls.h"]);
    expect_record!(
        source,
        HandleDisposition,
        "zx_handle_disposition_t",
        operation = "operation",
        handle = "handle",
        object_type = "type",
        rights = "rights",
        result = "result"
    );
    expect_record!(
        source,
        HandleInfo,
        "zx_handle_info_t",
        handle = "handle",
        object_type = "type",
        rights = "rights",
        unused = "unused"
    );
    expect_record!(
        source,
        Iovec,
        "zx_channel_iovec_t",
        buffer = "buffer",
        capacity = "capacity",
        reserved = "reserved"
    );
    for name in ["zx_channel_call_args_t", "zx_channel_call_etc_args_t"] {
        source.expect(format_args!("sizeof({name})"), size_of::<CallArgs>());
        for (member, offset) in [
            ("wr_bytes", offset_of!(CallArgs, wr_bytes)),
            ("wr_handles", offset_of!(CallArgs, wr_handles)),
            ("rd_bytes", offset_of!(CallArgs, rd_bytes)),
            ("rd_handles", offset_of!(CallArgs, rd_handles)),
            ("wr_num_bytes", offset_of!(CallArgs, wr_num_bytes)),
            ("wr_num_handles", offset_of!(CallArgs, wr_num_handles)),
            ("rd_num_bytes", offset_of!(CallArgs, rd_num_bytes)),
            ("rd_num_handles", offset_of!(CallArgs, rd_num_handles)),
        ] {
            source.expect(format_args!("offsetof({name}, {member})"), offset);
        }
    }
    source.compile("gcc", &["-std=c11"]);
}

#[test]
fn packets_agree() {
    let mut source = Source::new(&["stddef.h", "zircon/syscalls.h"]);
    expect_record!(
        source,
        Packet,
        "zx_port_packet_t",
        key = "key",
        packet_type = "type",
        status = "status",
        payload = "user",
        payload = "signal.trigger"
    );
    for (member, offset) in [("trigger", 0), ("observed", 4), ("count", 8), ("timestamp", 16)] {
        source.expect(format_args!("offsetof(zx_packet_signal_t, {member})"), offset);
    }
    expect_record!(
        source,
        WaitItem,
        "zx_wait_item_t",
        handle = "handle",
        wait_for = "waitfor",
        pending = "pending"
    );
    source.compile("gcc", &["-std=c11"]);
}

#[test]
fn records_of_memory_agree() {
    let mut source = Source::new(&["stddef.h", "zircon/syscalls.h"]);
    expect_record!(
        source,
        InfoMaps,
        "zx_info_maps_t",
        name = "name",
        base = "base",
        size = "size",
        depth = "depth",
        node_type = "type",
        mapping = "u.mapping"
    );
    expect_record!(
        source,
        InfoMapsMapping,
        "zx_info_maps_mapping_t",
        mmu_flags = "mmu_flags",
        vmo_koid = "vmo_koid",
        vmo_offset = "vmo_offset",
        committed_bytes = "committed_bytes",
        populated_bytes = "populated_bytes",
        populated_fractional_scaled_bytes = "populated_fractional_scaled_bytes"
    );
    expect_record!(
        source,
        InfoVmo,
        "zx_info_vmo_t",
        koid = "koid",
        name = "name",
        size_bytes = "size_bytes",
        parent_koid = "parent_koid",
        num_children = "num_children",
        num_mappings = "num_mappings",
        share_count = "share_count",
        flags = "flags",
        committed_bytes = "committed_bytes",
        handle_rights = "handle_rights",
        cache_policy = "cache_policy",
        metadata_bytes = "metadata_bytes",
        committed_change_events = "committed_change_events",
        populated_bytes = "populated_bytes",
        populated_fractional_scaled_bytes = "populated_fractional_scaled_bytes"
    );
    expect_record!(
        source,
        InfoKmemStats,
        "zx_info_kmem_stats_t",
        total_bytes = "total_bytes",
        free_bytes = "free_bytes",
        total_heap_bytes = "total_heap_bytes",
        other_bytes = "other_bytes"
    );
    source.compile("gcc", &["-std=c11"]);
}

/// Earlier records are the first bytes of the newest, except that maps counted pages.
#[test]
fn earlier_records_agree() {
    let mut source = Source::new(&["stddef.h", "zircon/syscalls.h"]);
    for (record, size) in [
        ("zx_info_task_stats_v1_t", 32),
        ("zx_info_maps_v1_t", 96),
        ("zx_info_maps_v2_t", 104),
        ("zx_info_vmo_v1_t", 104),
        ("zx_info_vmo_v2_t", 120),
        ("zx_info_vmo_v3_t", 128),
    ] {
        source.expect(format_args!("sizeof({record})"), size);
    }
    for (record, member, offset) in [
        ("zx_info_maps_v1_t", "u.mapping", offset_of!(InfoMaps, mapping)),
        ("zx_info_maps_v2_t", "u.mapping", offset_of!(InfoMaps, mapping)),
        ("zx_info_maps_mapping_v1_t", "committed_pages", 24),
        ("zx_info_maps_mapping_v2_t", "populated_pages", 32),
        ("zx_info_vmo_v1_t", "cache_policy", offset_of!(InfoVmo, cache_policy)),
        (
            "zx_info_vmo_v2_t",
            "committed_change_events",
            offset_of!(InfoVmo, committed_change_events),
        ),
        ("zx_info_vmo_v3_t", "populated_bytes", offset_of!(InfoVmo, populated_bytes)),
    ] {
        source.expect(format_args!("offsetof({record}, {member})"), offset);
    }
    source.compile("gcc", &["-std=c11"]);
}

#[test]
fn records_of_calls_agree() {
    let mut source = Source::new(&["stddef.h", "jacinth/debug.h", "zircon/syscalls.h"]);
    expect_record!(
        source,
        VmoLockState,
        "zx_vmo_lock_state_t",
        offset = "offset",
        size = "size",
        discarded_offset = "discarded_offset",
        discarded_size = "discarded_size"
    );
    expect_record!(source, PageEntry, "zx_debug_page_entry_t", bits = "bits", size = "size");
    source.compile("gcc", &["-std=c11"]);
}
