//! Calls that concern more and more things at once, each of which should cost the same.

use crate::meter::Figure;
use crate::place::{RW, Region, object};
use crate::plan::{self, Rounds};
use rt::abi::VmoOp;
use rt::abi::layout::PAGE_SIZE;
use rt::{Pager, Port, Result, VmOptions, Vmar, VmoOptions};

/// The numbers of mappings, or of zeros.
const SIZES: [u64; 4] = [10, 100, 1000, 10_000];

/// One-page mappings side by side, protected through the region that they are in, and through one as many regions above it.
pub(super) fn protect() -> Result<()> {
    let mapped = object(1)?;
    for size in plan::sizes(&SIZES) {
        let (top, len) = (Region::new()?, size * PAGE_SIZE);
        let mut inner = nested(&top.vmar, len)?;
        for _ in 1..size {
            inner = nested(&inner, len)?;
        }
        for page in 0..size {
            inner.map(RW | VmOptions::SPECIFIC, page * PAGE_SIZE, &mapped, 0, PAGE_SIZE)?;
        }
        let rounds = Rounds::PAGES;
        let figure = |name| Figure::new(name, rounds).per(size).at(size);
        let (mut beside, mut above) = (figure("protect_beside"), figure("protect_above"));
        for _ in 0..rounds.all() {
            above.time(|| top.vmar.protect(VmOptions::PERM_READ, top.base, len))?;
            // Nobody but the region itself may allow more.
            beside.time(|| inner.protect(RW, top.base, len))?;
        }
        beside.report();
        above.report();
    }
    Ok(())
}

/// Makes a region of `len` bytes where `parent` begins.
fn nested(parent: &Vmar, len: u64) -> Result<Vmar> {
    let options = VmOptions::CAN_MAP_READ
        | VmOptions::CAN_MAP_WRITE
        | VmOptions::CAN_MAP_SPECIFIC
        | VmOptions::SPECIFIC;
    parent.allocate(options, 0, len).map(|(vmar, _)| vmar)
}

/// Every second page of an object that is paged in, zeroed; then all of it written back.
pub(super) fn write_back() -> Result<()> {
    let (pager, port) = (Pager::create()?, Port::create()?);
    for size in plan::sizes(&SIZES) {
        let rounds = Rounds::PAGES;
        let figure = |name| Figure::new(name, rounds).per(size).at(size);
        let (mut begin, mut end) = (figure("write_back_begin"), figure("write_back_end"));
        let len = 2 * size * PAGE_SIZE;
        let paged = pager.create_vmo(VmoOptions::RESIZABLE, &port, 0, len)?;
        for _ in 0..rounds.all() {
            for each in 0..size {
                paged.operate(VmoOp::Zero, 2 * each * PAGE_SIZE, PAGE_SIZE)?;
            }
            begin.time(|| pager.begin_writeback(&paged, 0, len, 0))?;
            end.time(|| pager.end_writeback(&paged, 0, len))?;
        }
        begin.report();
        end.report();
    }
    Ok(())
}
