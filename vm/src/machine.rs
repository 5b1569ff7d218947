//! The seam: what this crate asks of the machine it runs on.

#[cfg(any(test, feature = "sim"))]
use crate::Frame;

/// What TLBs have to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalidation<'a> {
    /// The entries for these page numbers, and every cached page-table structure above them (as INVLPG does, Intel SDM 3A 4.10.4.1).
    Pages(&'a [u64]),
    /// Everything, global pages included.
    All,
}

/// The machine beneath: TLB invalidation and entropy. Physical memory itself is given to [`Memory::new`](crate::Memory::new).
pub trait Machine: Sync {
    /// Invalidates `what` on every CPU whose bit is set in `cpus`, and returns when all of them have done so.
    ///
    /// Called with spin locks held: it must not take any lock of this crate. Another CPU may be waiting for one of those locks at that
    /// moment, and has to be reached there: an NMI does, and an interrupt if the crate is called with interrupts on, in which case no
    /// handler of one may call it.
    fn invalidate(&self, cpus: u64, what: Invalidation<'_>);

    /// Learns that `frame` is about to be free: in tests, no processor may remember it any more.
    #[cfg(any(test, feature = "sim"))]
    fn freed(&self, frame: Frame);

    /// Returns 32 bytes that nobody can predict.
    fn entropy(&self) -> [u8; 32];
}
