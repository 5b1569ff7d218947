//! A pager with one VMO, and threads that need its pages.

use crate::fixture::*;
use crate::zx;
use abi::Topic;
use abi::info::InfoVmo;
use abi::pager::{
    PAGER_VMO_COMPLETE, PAGER_VMO_DIRTY, PAGER_VMO_READ, VMO_DIRTY_RANGE_IS_ZERO, VmoDirtyRange,
    page_request,
};
use core::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use rt::thread::{Running, spawn};
use rt::{Pager, Port, Status, Vmo, VmoOptions, time};

/// Nanoseconds something may take.
pub(crate) const SOON: i64 = 4_000_000_000;
/// The key of the requests.
pub(crate) const KEY: u64 = 0x1234_5678_9ABC_DEF0;

/// A pager, the port it listens to, and a VMO of its.
pub(crate) struct Paging {
    /// The pager.
    pub(crate) pager: Pager,
    /// Where requests come.
    pub(crate) port: Port,
    /// The VMO.
    pub(crate) vmo: Vmo,
}

impl Paging {
    /// Makes a VMO of `pages` pages.
    #[track_caller]
    pub(crate) fn new(pages: u64, options: VmoOptions) -> Self {
        let (pager, port) = (Pager::create().unwrap(), Port::create().unwrap());
        let vmo = pager.create_vmo(options, &port, KEY, pages * PAGE).unwrap();
        Self { pager, port, vmo }
    }

    /// Makes a VMO of `pages` pages whose pager is asked before they are written. They are there, and page N begins with `N + 1`.
    #[track_caller]
    pub(crate) fn trapping(pages: u64) -> Self {
        let paging = Self::new(pages, VmoOptions::TRAP_DIRTY | VmoOptions::RESIZABLE);
        paging.supply_all(0, pages, 1);
        paging
    }

    /// Makes a VMO of `pages` pages that cannot be resized.
    #[track_caller]
    pub(crate) fn fixed(pages: u64) -> Self {
        Self::new(pages, VmoOptions::empty())
    }

    /// Waits for the request of page `page`.
    #[track_caller]
    pub(crate) fn expect_request(&self, page: u64) {
        self.expect_requests(page, 1);
    }

    /// Waits for one request of the `pages` pages from `first` on.
    #[track_caller]
    pub(crate) fn expect_requests(&self, first: u64, pages: u64) {
        let packet = self.port.wait_packet(time::after(SOON)).unwrap();
        assert_eq!(packet, page_request(KEY, PAGER_VMO_READ, first * PAGE, pages * PAGE));
    }

    /// Waits for the question whether the `pages` pages from `first` on may be written.
    #[track_caller]
    pub(crate) fn expect_question(&self, first: u64, pages: u64) {
        let packet = self.port.wait_packet(time::after(SOON)).unwrap();
        assert_eq!(packet, page_request(KEY, PAGER_VMO_DIRTY, first * PAGE, pages * PAGE));
    }

    /// Agrees to the `pages` pages from `first` on being written.
    #[track_caller]
    pub(crate) fn agree(&self, first: u64, pages: u64) {
        self.pager.agree(&self.vmo, first * PAGE, pages * PAGE).unwrap();
    }

    /// Says that the `pages` pages from `first` on are being written back.
    #[track_caller]
    pub(crate) fn begin(&self, first: u64, pages: u64) {
        self.pager.begin_writeback(&self.vmo, first * PAGE, pages * PAGE, 0).unwrap();
    }

    /// Says that the `pages` pages from `first` on were written back.
    #[track_caller]
    pub(crate) fn end(&self, first: u64, pages: u64) {
        self.pager.end_writeback(&self.vmo, first * PAGE, pages * PAGE).unwrap();
    }

    /// Returns how many pages have frames.
    #[track_caller]
    pub(crate) fn frames(&self) -> u64 {
        let info: InfoVmo = self.vmo.info(Topic::VMO).unwrap();
        info.committed_bytes / PAGE
    }

    /// Checks which pages were written: ranges of first page and number, and what is in them.
    #[track_caller]
    pub(crate) fn assert_dirty(&self, expected: &[(u64, u64, Content)]) {
        let mut found = [VmoDirtyRange::default(); 8];
        let all = self.vmo.size().unwrap();
        let (count, avail) = self.pager.dirty_ranges(&self.vmo, 0, all, &mut found).unwrap();
        let expected = expected.iter().map(|&(first, pages, content)| VmoDirtyRange {
            offset: first * PAGE,
            len: pages * PAGE,
            options: content as u64,
        });
        let count = usize::try_from(count).unwrap();
        assert!(found.iter().take(count).copied().eq(expected), "{found:x?}");
        assert_eq!(count as u64, avail);
    }

    /// Waits for the last packet.
    #[track_caller]
    pub(crate) fn expect_completion(&self) {
        let packet = self.port.wait_packet(time::after(SOON)).unwrap();
        assert_eq!(packet, page_request(KEY, PAGER_VMO_COMPLETE, 0, 0));
    }

    /// Checks that no request comes.
    #[track_caller]
    pub(crate) fn expect_silence(&self) {
        let packet = self.port.wait_packet(time::after(2_000_000));
        assert_eq!(packet, Err(Status::TIMED_OUT));
    }

    /// Supplies page `page`, which begins with `byte`.
    #[track_caller]
    pub(crate) fn supply(&self, page: u64, byte: u8) {
        self.supply_all(page, 1, byte);
    }

    /// Supplies the `pages` pages from `first` on, of which the N-th begins with `byte + N`.
    #[track_caller]
    pub(crate) fn supply_all(&self, first: u64, pages: u64, byte: u8) {
        let aux = numbered(pages, byte);
        self.pager.supply(&self.vmo, first * PAGE, pages * PAGE, &aux, 0).unwrap();
    }

    /// Says that page `page` will not be there.
    #[track_caller]
    pub(crate) fn fail(&self, page: u64, why: Status) {
        self.pager.fail(&self.vmo, page * PAGE, PAGE, why).unwrap();
    }
}

/// What is in dirty pages.
#[repr(u64)]
#[derive(Clone, Copy)]
pub(crate) enum Content {
    /// What was written.
    Written = 0,
    /// Zeros, without frames.
    Zeros = VMO_DIRTY_RANGE_IS_ZERO,
}

/// What the last thread of [`read_by_call`] and its like got.
pub(crate) static OUTCOME: AtomicI32 = AtomicI32::new(1);
/// What the last thread of [`load`] saw.
pub(crate) static SEEN: AtomicU64 = AtomicU64::new(0);

/// Loads a byte.
pub(crate) extern "C" fn load(address: u64) {
    // SAFETY: the case has mapped the address.
    let byte: u8 = unsafe { rt::memory::load(address) };
    SEEN.fetch_add(byte.into(), Ordering::Relaxed);
}

/// Notes how a call went.
pub(crate) fn note(status: Status) {
    OUTCOME.store(status.into_raw(), Ordering::Relaxed);
}

/// Reads a byte of a page of a VMO: its handle is the low half of the argument, which is all that the kernel takes of a register
/// for a handle, and the page is the other.
pub(crate) extern "C" fn read_by_call(argument: u64) {
    let mut byte = [0_u8];
    let offset = (argument >> 32) * PAGE;
    note(zx::vmo_read(argument, &mut byte, offset, 1_u64));
    SEEN.fetch_add(byte[0].into(), Ordering::Relaxed);
}

/// Starts a thread that makes a call about a page of the VMO.
#[track_caller]
pub(crate) fn start_call(call: extern "C" fn(u64), vmo: &Vmo, page: u64) -> Running {
    OUTCOME.store(1, Ordering::Relaxed);
    SEEN.store(0, Ordering::Relaxed);
    spawn(call, page << 32 | u64::from(vmo.raw())).unwrap()
}

/// Waits for the thread and returns how its call went.
#[track_caller]
pub(crate) fn outcome(thread: Running) -> Status {
    thread.join().unwrap();
    Status::from_raw(OUTCOME.load(Ordering::Relaxed))
}

/// Stores a byte.
pub(crate) extern "C" fn store(address: u64) {
    // SAFETY: the case has mapped the address, and nobody else uses it.
    unsafe { rt::memory::store(address, 0x77_u8) };
}

/// Has the kernel copy a byte to an address.
pub(crate) extern "C" fn copy_to(address: u64) {
    note(zx::vmo_read(&numbered(1, 0x55), address, 0_u64, 1_u64));
}
