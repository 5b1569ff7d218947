//! Requests to pagers, and their operations.

use crate::Source;
use crate::constants::upper_snake;
use abi::Rights;
use abi::pager::{
    PACKET_PAGE_REQUEST, PAGER_VMO_COMPLETE, PAGER_VMO_DIRTY, PAGER_VMO_READ, PagerOp,
};

#[test]
fn pagers_agree() {
    let mut source = Source::new(&["stddef.h", "zircon/syscalls.h"]);
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
    source.compile("gcc", &["-std=c11"]);
}
