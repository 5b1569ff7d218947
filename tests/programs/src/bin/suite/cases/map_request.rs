//! Requests to `vmar_map` that differ from a plain one in what a case is about.

use crate::fixture::*;
use crate::zx;
use rt::{Handle, Status, VmOptions, Vmo};

/// A request: everything `vmar_map` takes but the objects.
#[derive(Clone, Copy)]
pub(super) struct Request {
    pub(super) options: VmOptions,
    offset: u64,
    vmo_offset: u64,
    len: u64,
}

/// One page, anywhere.
pub(super) const PLAIN: Request = Request { options: R, offset: 0, vmo_offset: 0, len: PAGE };

impl Request {
    /// The same with these options.
    pub(super) fn with(options: VmOptions) -> Self {
        Self { options, ..PLAIN }
    }

    /// At this offset of the region.
    pub(super) fn at(options: VmOptions, offset: u64, len: u64) -> Self {
        Self { options, offset, len, ..PLAIN }
    }

    /// From this offset of the object.
    pub(super) fn from(vmo_offset: u64, len: u64) -> Self {
        Self { vmo_offset, len, ..PLAIN }
    }
}

/// Maps and returns the status; what is mapped stays.
#[track_caller]
pub(super) fn ask(vmar: &Handle, vmo: &Handle, request: Request) -> Status {
    let Request { options, offset, vmo_offset, len } = request;
    let mut address = 0_u64;
    zx::vmar_map(vmar, options, offset, vmo, vmo_offset, len, &mut address)
}

/// Maps a new VMO that has all rights into the root.
#[track_caller]
pub(super) fn ask_root(request: Request) -> Status {
    ask(root(), &executable(), request)
}

/// Makes a one-page VMO with EXECUTE.
pub(super) fn executable() -> Vmo {
    vmo(1).into_executable().unwrap()
}
