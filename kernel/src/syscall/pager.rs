//! Calls on pagers, and calls that need the pages of a pager.
//!
//! # Source
//! `vmo.md` §14.

use super::caller::Caller;
use super::vmo_range::{STEP, in_steps};
use crate::memory::memory;
use crate::object::{Object, Pager, Port};
use crate::task;
use crate::user::{UserPtr, UserSlice};
use abi::info::Record;
use abi::layout::PAGE_SIZE;
use abi::pager::{
    PAGER_RESET_VMO_STATS, PAGER_VMO_STATS_MODIFIED, PagerOp, PagerVmoStats,
    VMO_DIRTY_RANGE_IS_ZERO, VmoDirtyRange,
};
use abi::{RawHandle, Result, Rights, Status, VmoOptions};
use core::ops::Range;
use vm::{Missing, Need, Ref, Vmo, Written};

/// The reasons a pager may give for not supplying a page.
const REASONS: [Status; 5] = [
    Status::IO,
    Status::IO_DATA_INTEGRITY,
    Status::BAD_STATE,
    Status::NO_SPACE,
    Status::BUFFER_TOO_SMALL,
];

/// Ranges found before other threads may run.
const TURN: u64 = 256;

/// Makes a pager and writes a handle to it.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: `options` is not 0.
/// 2. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written.
pub(super) fn create(caller: &Caller, options: u32, out: UserPtr<u32>) -> Result<()> {
    if options != 0 {
        return Err(Status::INVALID_ARGS);
    }
    caller.give(Object::Pager(Pager::create()?), Rights::PAGER_DEFAULT, out)
}

/// Where requests go.
pub(super) struct Destination {
    /// The port.
    pub(super) port: RawHandle,
    /// The key of the packets.
    pub(super) key: u64,
}

/// Makes a VMO whose pages a pager supplies, and writes a handle to it.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the pager needs ATTACH_VMO, the port WRITE.
/// 2. Those of [`Vmo::with_source`].
/// 3. [`Status::NO_MEMORY`], or [`Status::INVALID_ARGS`]: the handle cannot be written. There is no new VMO then.
pub(super) fn create_vmo(
    caller: &Caller,
    pager: RawHandle,
    options: u32,
    destination: Destination,
    size: u64,
    out: UserPtr<u32>,
) -> Result<()> {
    let pager = caller.get::<Pager>(pager, Rights::ATTACH_VMO)?;
    let port = caller.get::<Port>(destination.port, Rights::WRITE)?;
    let options = VmoOptions::from_bits_retain(options);
    let vmo = Pager::create_vmo(&pager, memory(), (size, options), (port, destination.key))?;
    let mut rights = Rights::VMO_DEFAULT;
    rights.set(Rights::RESIZE, options.contains(VmoOptions::RESIZABLE));
    caller.give(Object::Vmo(vmo), rights, out)
}

/// A range of a pager's VMO.
#[derive(Clone, Copy)]
pub(super) struct Span {
    /// The VMO.
    pub(super) vmo: RawHandle,
    /// Where it begins.
    pub(super) offset: u64,
    /// How many bytes it has.
    pub(super) len: u64,
}

impl Span {
    /// Checks that it is whole pages.
    ///
    /// # Errors
    /// [`Status::INVALID_ARGS`].
    fn check_whole(self) -> Result<()> {
        let is_whole = [self.offset, self.len].iter().all(|bytes| bytes.is_multiple_of(PAGE_SIZE));
        if is_whole { Ok(()) } else { Err(Status::INVALID_ARGS) }
    }

    /// Returns its bytes. It is within the VMO, so this does not wrap.
    const fn range(self) -> Range<u64> {
        self.offset..self.offset.wrapping_add(self.len)
    }
}

/// Moves pages from `aux` into a pager's VMO, where they are missing, and lets those go on who wait for them.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: not whole pages.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the pager needs MANAGE_VMO, the VMO WRITE.
///    [`Status::INVALID_ARGS`]: it is not one of this pager's.
/// 3. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: `aux` needs READ and WRITE.
/// 4. [`Status::BAD_STATE`]: the VMO was detached.
/// 5. Those of [`Vmo::supply`]; [`Status::CANCELED`]: the calling thread is to end. What was supplied before stays.
pub(super) fn supply(
    caller: &Caller,
    pager: RawHandle,
    span: Span,
    aux: RawHandle,
    aux_offset: u64,
) -> Result<()> {
    span.check_whole()?;
    if !aux_offset.is_multiple_of(PAGE_SIZE) {
        return Err(Status::INVALID_ARGS);
    }
    let pager = caller.get::<Pager>(pager, Rights::MANAGE_VMO)?;
    let vmo = caller.get::<Vmo>(span.vmo, Rights::WRITE)?;
    let attached = pager.check_attached(&vmo);
    if attached == Err(Status::INVALID_ARGS) {
        return attached;
    }
    let aux = caller.get::<Vmo>(aux, Rights::IO)?;
    attached?;
    let Span { offset, len, .. } = span;
    in_steps(offset, len, |start, left| {
        // Inside of both, as the first step finds out, so this does not wrap.
        let from = aux_offset.wrapping_add(start.wrapping_sub(offset));
        let supply = || vmo.supply_some(start, left, &aux, from, STEP);
        let done = memory().with_reclaim(supply)?;
        pager.answer(&vmo, Need::Content, &(start..start.wrapping_add(done)))?;
        Ok(done)
    })
}

/// Separates a VMO from its pager: what needs a page that is missing fails from now on, and pages are missing that were not written.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the pager needs ATTACH_VMO and MANAGE_VMO, the VMO
///    WRITE.
/// 2. [`Status::INVALID_ARGS`]: the VMO is not one of this pager's.
pub(super) fn detach(caller: &Caller, pager: RawHandle, vmo: RawHandle) -> Result<()> {
    let pager = caller.get::<Pager>(pager, Rights::ATTACH_VMO | Rights::MANAGE_VMO)?;
    let vmo = caller.get::<Vmo>(vmo, Rights::WRITE)?;
    pager.detach(&vmo)
}

/// Does an operation on a range of a pager's VMO: FAIL says that its pages will not be supplied, or must not be written, and why, to
/// those who wait; DIRTY agrees to their being written; WRITEBACK_BEGIN and WRITEBACK_END say that they are being written back.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: not whole pages.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the pager needs MANAGE_VMO, the VMO WRITE.
///    [`Status::INVALID_ARGS`]: it is not one of this pager's.
/// 3. [`Status::NOT_SUPPORTED`]: there is no such operation.
/// 4. [`Status::INVALID_ARGS`]: `data` is, for FAIL, not a reason that may be given, sign-extended; for WRITEBACK_BEGIN neither 0 nor
///    IS_ZERO; for the others not 0.
/// 5. [`Status::OUT_OF_RANGE`]: the range overflows or passes the end.
/// 6. [`Status::BAD_STATE`]: the VMO was detached, for FAIL and DIRTY.
/// 7. Those of [`Vmo::agree`], [`Vmo::begin_writeback`] and [`Vmo::end_writeback`]. [`Status::CANCELED`]: the calling thread is to end.
pub(super) fn op_range(
    caller: &Caller,
    pager: RawHandle,
    op: u32,
    span: Span,
    data: u64,
) -> Result<()> {
    span.check_whole()?;
    let pager = caller.get::<Pager>(pager, Rights::MANAGE_VMO)?;
    let vmo = caller.get::<Vmo>(span.vmo, Rights::WRITE)?;
    let attached = pager.check_attached(&vmo);
    if attached == Err(Status::INVALID_ARGS) {
        return attached;
    }
    let operation = Operation::new(PagerOp::try_from(op)?, data)?;
    let Span { offset, len, .. } = span;
    vmo.check_range(offset, len)?;
    match operation {
        Operation::Fail(why) => {
            attached?;
            pager.fail(&vmo, &span.range(), why)
        }
        Operation::Dirty => {
            attached?;
            in_steps(offset, len, |start, left| {
                let done = memory().with_reclaim(|| vmo.agree_some(start, left, STEP))?;
                pager.answer(&vmo, Need::Consent, &(start..start.wrapping_add(done)))?;
                Ok(done)
            })
        }
        Operation::BeginWriteback(written) => vmo.begin_writeback(offset, len, written),
        Operation::EndWriteback => vmo.end_writeback(offset, len),
    }
}

/// A [`PagerOp`] with what it says.
enum Operation {
    Fail(Status),
    Dirty,
    BeginWriteback(Written),
    EndWriteback,
}

impl Operation {
    /// # Errors
    /// [`Status::INVALID_ARGS`]: `data` is not for `op`.
    fn new(op: PagerOp, data: u64) -> Result<Self> {
        let is_meant = |reason: &Status| i64::from(reason.into_raw()) == data.cast_signed();
        match (op, data) {
            (PagerOp::Fail, _) => {
                REASONS.into_iter().find(is_meant).map(Self::Fail).ok_or(Status::INVALID_ARGS)
            }
            (PagerOp::WritebackBegin, VMO_DIRTY_RANGE_IS_ZERO) => {
                Ok(Self::BeginWriteback(Written::Zeros))
            }
            (PagerOp::Dirty, 0) => Ok(Self::Dirty),
            (PagerOp::WritebackBegin, 0) => Ok(Self::BeginWriteback(Written::All)),
            (PagerOp::WritebackEnd, 0) => Ok(Self::EndWriteback),
            _ => Err(Status::INVALID_ARGS),
        }
    }
}

/// Bytes of a record.
const SIZE: u64 = size_of::<VmoDirtyRange>() as u64;

/// Where a list goes.
#[derive(Clone, Copy)]
pub(super) struct List {
    /// The records.
    pub(super) buffer: UserSlice,
    /// How many were written.
    pub(super) actual: UserPtr<u64>,
    /// How many there are.
    pub(super) avail: UserPtr<u64>,
}

/// Lists the ranges that were written and not yet written back, of those that a range of a pager's VMO touches, in order; as many as
/// fit.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the VMO needs READ. [`Status::INVALID_ARGS`]: it is
///    not one of this pager's.
/// 2. [`Status::OUT_OF_RANGE`]: the range overflows or passes the end.
/// 3. [`Status::INVALID_ARGS`]: the buffer, `actual` or `avail` cannot be written.
pub(super) fn query_dirty_ranges(
    caller: &Caller,
    pager: RawHandle,
    span: Span,
    list: List,
) -> Result<()> {
    let vmo = queried(caller, pager, span.vmo)?;
    vmo.check_range(span.offset, span.len)?;
    let Range { start: mut next, end } = span.range();
    let room = list.buffer.len() / SIZE;
    let (mut total, mut written) = (0_u64, 0_u64);
    while let Some(range) = vmo.next_dirty(next, end) {
        let options = if range.is_zero { VMO_DIRTY_RANGE_IS_ZERO } else { 0 };
        let record = VmoDirtyRange { offset: range.offset, len: range.len, options };
        if written < room {
            let at = written.wrapping_mul(SIZE);
            let copied = list.buffer.write_at(at, record.as_bytes());
            copied.map_err(|_| Status::INVALID_ARGS)?;
            written = written.wrapping_add(1);
        }
        total = total.wrapping_add(1);
        next = range.offset.saturating_add(range.len);
        if next >= end {
            break;
        }
        if total.is_multiple_of(TURN) {
            task::checkpoint()?;
        }
    }
    list.actual.write_unless_null(written)?;
    list.avail.write_unless_null(total)
}

/// Writes what is counted of a pager's VMO to `buffer`; RESET forgets it.
///
/// # Errors
/// 1. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the VMO needs READ. [`Status::INVALID_ARGS`]: it is
///    not one of this pager's.
/// 2. [`Status::INVALID_ARGS`]: unknown options.
/// 3. [`Status::BUFFER_TOO_SMALL`]: the record does not fit.
/// 4. [`Status::INVALID_ARGS`]: it cannot be written. Nothing is forgotten then.
pub(super) fn query_vmo_stats(
    caller: &Caller,
    pager: RawHandle,
    vmo: RawHandle,
    options: u32,
    buffer: UserSlice,
) -> Result<()> {
    let vmo = queried(caller, pager, vmo)?;
    if options & !PAGER_RESET_VMO_STATS != 0 {
        return Err(Status::INVALID_ARGS);
    }
    if buffer.len() < size_of::<PagerVmoStats>() as u64 {
        return Err(Status::BUFFER_TOO_SMALL);
    }
    let resets = options & PAGER_RESET_VMO_STATS != 0;
    let is_modified = if resets { vmo.forget_modified() } else { vmo.is_modified() };
    let modified = if is_modified { PAGER_VMO_STATS_MODIFIED } else { 0 };
    let told = buffer.start().write(PagerVmoStats { modified });
    told.inspect_err(|_| {
        if resets && is_modified {
            vmo.note_modified();
        }
    })
}

/// Returns a VMO that its pager asks about.
fn queried(caller: &Caller, pager: RawHandle, vmo: RawHandle) -> Result<Ref<Vmo>> {
    let pager = caller.get::<Pager>(pager, Rights::empty())?;
    let vmo = caller.get::<Vmo>(vmo, Rights::READ)?;
    match pager.check_attached(&vmo) {
        Err(Status::INVALID_ARGS) => Err(Status::INVALID_ARGS),
        _ => Ok(vmo),
    }
}

/// Waits for all pages of a range that `missing` finds missing in a part of it. A hint: those that nobody supplies are left out.
///
/// # Errors
/// [`Status::CANCELED`]: the thread is being killed.
pub(super) fn want_all(
    start: u64,
    len: u64,
    missing: impl Fn(u64, u64) -> Option<Missing>,
) -> Result<()> {
    let (mut next, end) = (start, start.saturating_add(len));
    while next < end
        && let Some(pages) = missing(next, end.saturating_sub(next))
    {
        match pages.provide() {
            Ok(()) => next = pages.at().max(next),
            Err(Status::CANCELED) => return Err(Status::CANCELED),
            // Those behind the one that failed were asked for with it, and may come yet.
            Err(_) => next = pages.at().saturating_add(pages.bytes()),
        }
    }
    Ok(())
}

/// Calls `attempt` until it has to wait for no page; in between, waits for the pages that `lacking` finds: the first that `attempt` has
/// to wait for, and maybe those behind it.
///
/// # Errors
/// Those of `attempt`, and of [`Missing::provide`](vm::Missing::provide).
pub(super) fn with_pages<T>(
    lacking: impl Fn() -> Option<Missing>,
    mut attempt: impl FnMut() -> Result<T>,
) -> Result<T> {
    loop {
        match attempt() {
            Err(Status::SHOULD_WAIT) => {}
            outcome => return outcome,
        }
        // Since no lock is held, the page may have come; then there is nothing to wait for.
        if let Some(pages) = lacking() {
            pages.provide()?;
        }
    }
}
