//! Requests to pagers, and their operations.

use crate::Source;
use crate::constants::upper_snake;
use abi::Rights;
use abi::pager::{
    PACKET_PAGE_REQUEST, PAGER_RESET_VMO_STATS, PAGER_VMO_COMPLETE, PAGER_VMO_DIRTY,
    PAGER_VMO_READ, PAGER_VMO_STATS_MODIFIED, PagerOp, PagerVmoStats, VMO_DIRTY_RANGE_IS_ZERO,
    VmoDirtyRange,
};
use std::mem::offset_of;

#[test]
fn pagers_agree() {
    let mut source = Source::new(&["stddef.h", "zircon/syscalls-next.h"]);
    source.expect("ZX_PKT_TYPE_PAGE_REQUEST", PACKET_PAGE_REQUEST);
    source.expect("ZX_PAGER_VMO_READ", PAGER_VMO_READ);
    source.expect("ZX_PAGER_VMO_COMPLETE", PAGER_VMO_COMPLETE);
    source.expect("ZX_PAGER_VMO_DIRTY", PAGER_VMO_DIRTY);
    for op in PagerOp::ALL {
        let name = upper_snake(&format!("{op:?}"));
        source.expect(format_args!("ZX_PAGER_OP_{name}"), *op as u32);
    }
    source.expect("ZX_DEFAULT_PAGER_RIGHTS", format_args!("{}u", Rights::PAGER_DEFAULT.bits()));
    // Where `page_request` puts what it is given: words of the payload, from byte 16 of the packet on.
    for (member, offset) in [("command", 16), ("offset", 24), ("length", 32)] {
        source.expect(format_args!("offsetof(zx_port_packet_t, page_request.{member})"), offset);
    }
    source.expect("ZX_VMO_DIRTY_RANGE_IS_ZERO", VMO_DIRTY_RANGE_IS_ZERO);
    source.expect("ZX_PAGER_RESET_VMO_STATS", PAGER_RESET_VMO_STATS);
    source.expect("ZX_PAGER_VMO_STATS_MODIFIED", PAGER_VMO_STATS_MODIFIED);
    source.expect("sizeof(zx_pager_vmo_stats_t)", size_of::<PagerVmoStats>());
    source.expect("sizeof(zx_vmo_dirty_range_t)", size_of::<VmoDirtyRange>());
    for (member, offset) in [
        ("offset", offset_of!(VmoDirtyRange, offset)),
        ("length", offset_of!(VmoDirtyRange, len)),
        ("options", offset_of!(VmoDirtyRange, options)),
    ] {
        source.expect(format_args!("offsetof(zx_vmo_dirty_range_t, {member})"), offset);
    }
    source.compile("gcc", &["-std=c11"]);
}
