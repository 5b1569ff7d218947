//! Calls on pagers, and calls that need the pages of a pager.
//!
//! # Source
//! `vmo.md` §14.

use super::caller::Caller;
use crate::memory::memory;
use crate::object::{Object, Pager, Port};
use crate::user::UserPtr;
use abi::layout::PAGE_SIZE;
use abi::pager::PagerOp;
use abi::{RawHandle, Result, Rights, Status, VmoOptions};
use vm::{Missing, Vmo};

/// The reasons a pager may give for not supplying a page.
const REASONS: [Status; 5] = [
    Status::IO,
    Status::IO_DATA_INTEGRITY,
    Status::BAD_STATE,
    Status::NO_SPACE,
    Status::BUFFER_TOO_SMALL,
];

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
}

/// Moves pages from `aux` into a pager's VMO, where they are missing, and lets those go on who wait for them.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: not whole pages.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the pager needs MANAGE_VMO, the VMO WRITE.
///    [`Status::INVALID_ARGS`]: it is not one of this pager's.
/// 3. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: `aux` needs READ and WRITE.
/// 4. [`Status::BAD_STATE`]: the VMO was detached.
/// 5. Those of [`Vmo::supply`].
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
    memory().with_reclaim(|| vmo.supply(offset, len, &aux, aux_offset))?;
    // Within the VMO, so this does not wrap.
    pager.answer(&vmo, offset..offset.wrapping_add(len), Ok(()))
}

/// Separates a VMO from its pager: what needs a page that is missing fails from now on.
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

/// Does an operation on a range of a pager's VMO: FAIL says that its pages will not be supplied, and why, to those who wait.
///
/// # Errors
/// 1. [`Status::INVALID_ARGS`]: not whole pages.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: the pager needs MANAGE_VMO, the VMO WRITE.
///    [`Status::INVALID_ARGS`]: it is not one of this pager's.
/// 3. [`Status::NOT_SUPPORTED`]: another operation. There is nothing to write back, since nobody asks for it.
/// 4. [`Status::INVALID_ARGS`]: `data` is not a reason that may be given, sign-extended.
/// 5. [`Status::OUT_OF_RANGE`]: the range overflows or passes the end.
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
    if pager.check_attached(&vmo) == Err(Status::INVALID_ARGS) {
        return Err(Status::INVALID_ARGS);
    }
    if PagerOp::try_from(op) != Ok(PagerOp::Fail) {
        return Err(Status::NOT_SUPPORTED);
    }
    let Span { offset, len, .. } = span;
    let reason = REASONS
        .into_iter()
        .find(|reason| i64::from(reason.into_raw()) == data.cast_signed())
        .ok_or(Status::INVALID_ARGS)?;
    vmo.check_range(offset, len)?;
    // Within the VMO, so this does not wrap.
    pager.answer(&vmo, offset..offset.wrapping_add(len), Err(reason))
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

/// Calls `attempt` until it misses no page; in between, waits for the first page that is missing in one of `spans`, which are offsets
/// and lengths and cover all that `attempt` can miss. Those behind it are asked for with it.
///
/// # Errors
/// Those of `attempt`, and of [`Missing::provide`](vm::Missing::provide).
pub(super) fn with_pages<T>(
    vmo: &Vmo,
    spans: &[(u64, u64)],
    mut attempt: impl FnMut() -> Result<T>,
) -> Result<T> {
    loop {
        match attempt() {
            Err(Status::SHOULD_WAIT) => {}
            outcome => return outcome,
        }
        // Since no lock is held, the page may have come; then there is nothing to wait for.
        let mut missing = spans.iter().filter_map(|&(offset, len)| vmo.missing(offset, len));
        if let Some(page) = missing.next() {
            page.provide()?;
        }
    }
}
