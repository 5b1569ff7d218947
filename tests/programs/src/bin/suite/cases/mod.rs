//! The rules, one file for each section.

use crate::case::{Case, cases};

mod attack_kernel_half;
mod attack_protection;
mod attack_segments;
mod attack_vectors;
mod bti_pin;
mod channel;
mod channel_call;
mod channel_call_errors;
mod channel_etc;
mod channel_iovec;
mod debug_calls;
mod event;
mod exception_answer;
mod exception_channel;
mod exception_debugger;
mod exception_lifecycle;
mod exception_order;
mod exception_report;
mod exceptions;
mod faults;
mod futex;
mod futex_owner;
mod handle_arguments;
mod handles;
mod hostile_registers;
mod info;
mod info_maps;
mod info_sharing;
mod info_tasks;
mod info_vmo;
mod info_vmos;
mod job;
mod job_end;
mod long_calls;
mod long_ends;
mod map_request;
mod memory;
mod not_applicable;
mod out_pointers;
mod page_entry;
mod pager;
mod pager_ahead;
mod pager_child;
mod pager_child_ends;
mod pager_dirty;
mod pager_dirty_calls;
mod pager_end;
mod pager_query;
mod pager_supply;
mod pager_writeback;
mod port;
mod port_cancel;
mod port_wait;
mod port_watch;
mod process;
mod process_memory;
mod property;
mod scarcity;
mod shared;
mod syscall_abi;
mod system;
mod thread;
mod vmar_allocate;
mod vmar_allocate_options;
mod vmar_allocate_ranges;
mod vmar_destroy;
mod vmar_leave;
mod vmar_map;
mod vmar_map_options;
mod vmar_map_ranges;
mod vmar_merge;
mod vmar_nesting;
mod vmar_op_pieces;
mod vmar_op_range;
mod vmar_overwrite;
mod vmar_placement;
mod vmar_protect;
mod vmar_protect_errors;
mod vmar_unmap;
mod vmo_cache;
mod vmo_child;
mod vmo_commit;
mod vmo_create;
mod vmo_decommit;
mod vmo_family;
mod vmo_lock;
mod vmo_op_range;
mod vmo_physical;
mod vmo_pin;
mod vmo_size;
mod vmo_snapshot;
mod vmo_stream;
mod vmo_transfer;
mod vmo_transfer_data;
mod vmo_views;
mod vmo_zero;
mod wait;
mod wait_many;

pub(crate) use not_applicable::NOT_APPLICABLE;

/// Every section.
pub(crate) const SECTIONS: &[&[Case]] = &[
    syscall_abi::CASES,
    hostile_registers::CASES,
    handle_arguments::CASES,
    out_pointers::CASES,
    handles::CASES,
    info::CASES,
    info_tasks::CASES,
    info_maps::CASES,
    info_vmo::CASES,
    info_vmos::CASES,
    info_sharing::CASES,
    property::CASES,
    system::CASES,
    vmar_allocate_options::CASES,
    vmar_allocate_ranges::CASES,
    vmar_allocate::CASES,
    vmar_placement::CASES,
    vmar_nesting::CASES,
    vmar_map_options::CASES,
    vmar_map_ranges::CASES,
    vmar_map::CASES,
    vmar_overwrite::CASES,
    vmar_unmap::CASES,
    vmar_protect_errors::CASES,
    vmar_protect::CASES,
    vmar_destroy::CASES,
    vmar_op_range::CASES,
    vmar_op_pieces::CASES,
    vmar_merge::CASES,
    vmar_leave::CASES,
    vmo_create::CASES,
    vmo_transfer::CASES,
    vmo_size::CASES,
    vmo_stream::CASES,
    vmo_op_range::CASES,
    vmo_commit::CASES,
    vmo_decommit::CASES,
    vmo_zero::CASES,
    vmo_lock::CASES,
    vmo_cache::CASES,
    vmo_physical::CASES,
    vmo_child::CASES,
    vmo_snapshot::CASES,
    vmo_views::CASES,
    vmo_family::CASES,
    vmo_transfer_data::CASES,
    long_calls::CASES,
    long_ends::CASES,
    bti_pin::CASES,
    vmo_pin::CASES,
    faults::CASES,
    page_entry::CASES,
    exceptions::CASES,
    exception_channel::CASES,
    exception_report::CASES,
    exception_answer::CASES,
    exception_order::CASES,
    exception_debugger::CASES,
    exception_lifecycle::CASES,
    pager::CASES,
    pager_ahead::CASES,
    pager_child::CASES,
    pager_child_ends::CASES,
    pager_supply::CASES,
    pager_end::CASES,
    pager_dirty::CASES,
    pager_dirty_calls::CASES,
    pager_writeback::CASES,
    pager_query::CASES,
    process::CASES,
    job::CASES,
    job_end::CASES,
    process_memory::CASES,
    shared::CASES,
    thread::CASES,
    wait::CASES,
    wait_many::CASES,
    event::CASES,
    port::CASES,
    port_wait::CASES,
    port_watch::CASES,
    port_cancel::CASES,
    futex::CASES,
    futex_owner::CASES,
    channel::CASES,
    channel_etc::CASES,
    channel_iovec::CASES,
    channel_call::CASES,
    channel_call_errors::CASES,
    memory::CASES,
    attack_vectors::CASES,
    attack_segments::CASES,
    attack_kernel_half::CASES,
    attack_protection::CASES,
    debug_calls::CASES,
    scarcity::CASES,
];
