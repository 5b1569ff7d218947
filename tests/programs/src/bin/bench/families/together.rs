//! Calls that concern more and more things at once, each of which should cost the same.

use crate::meter::Figure;
use crate::place::{RW, Region, object};
use crate::plan::{self, Rounds};
use alloc::vec::Vec;
use rt::abi::layout::PAGE_SIZE;
use rt::abi::port::WaitAsyncOptions;
use rt::abi::{VmoChildOptions, VmoOp};
use rt::{Event, Pager, Port, Result, Rights, Signals, Status, VmOptions, Vmar, Vmo, VmoOptions};

/// The numbers of mappings, of zeros, or of handles.
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

/// Handles of one event, each of which is waited through, closed one after the other, the youngest first.
pub(super) fn close_awaited() -> Result<()> {
    let (port, event) = (Port::create()?, Event::create()?);
    for size in plan::sizes(&SIZES) {
        let awaited = || {
            let copy = event.duplicate(Rights::SAME_RIGHTS)?;
            port.watch(&copy, 0, Signals::EVENT_SIGNALED, WaitAsyncOptions::empty())?;
            Ok(copy)
        };
        close_all("close_awaited", size, awaited)?;
    }
    Ok(())
}

/// Objects of one pager, closed one after the other, the youngest first.
pub(super) fn close_paged() -> Result<()> {
    let (pager, port) = (Pager::create()?, Port::create()?);
    for size in plan::sizes(&SIZES) {
        let paged = || pager.create_vmo(VmoOptions::empty(), &port, 0, PAGE_SIZE);
        close_all("close_paged", size, paged)?;
        // Each has said that it is gone.
        while port.wait_packet(0).is_ok() {}
    }
    Ok(())
}

/// Snapshots of an object that is gone, as are as many that it was a snapshot of, one of the other; closed one after the other.
pub(super) fn close_orphans() -> Result<()> {
    let first = object(1)?;
    let copy = |of: &Vmo| of.create_child(VmoChildOptions::SNAPSHOT, 0, PAGE_SIZE);
    for size in plan::sizes(&SIZES) {
        let mut figure = Figure::new("close_orphans", Rounds::PAGES).per(size).at(size);
        for _ in 0..Rounds::PAGES.all() {
            let mut line = Vec::from([copy(&first)?]);
            for _ in 1..size {
                let youngest = line.last().ok_or(Status::INTERNAL)?;
                line.push(copy(youngest)?);
            }
            let youngest = line.last().ok_or(Status::INTERNAL)?;
            let orphans: Vec<Vmo> = (0..size).map(|_| copy(youngest)).collect::<Result<_>>()?;
            while line.pop().is_some() {}
            figure.time(|| drop(orphans));
        }
        figure.report();
    }
    Ok(())
}

/// Takes the figure of closing `size` of what `make` makes.
fn close_all<T>(name: &'static str, size: u64, make: impl Fn() -> Result<T>) -> Result<()> {
    let rounds = Rounds::PAGES;
    let mut figure = Figure::new(name, rounds).per(size).at(size);
    for _ in 0..rounds.all() {
        let mut made = Vec::new();
        for _ in 0..size {
            made.push(make()?);
        }
        figure.time(|| while made.pop().is_some() {});
    }
    figure.report();
    Ok(())
}
