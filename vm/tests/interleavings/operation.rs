//! What processors do.

use abi::{VmOptions, VmarOp};
use rand_core::RngCore;

use crate::common::{READ, READ_WRITE};
use crate::world::A_PAGES;

/// A step of one processor, small enough that it happens at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Loads a byte of a page of the area.
    Load(u64),
    /// Stores one.
    Store(u64),
    /// Maps pages of `A`, from page `first` on, at page `at`, in place of what is there.
    Map {
        first: u64,
        at: u64,
        pages: u64,
        options: VmOptions,
    },
    Unmap {
        at: u64,
        pages: u64,
    },
    Protect {
        at: u64,
        pages: u64,
        options: VmOptions,
    },
    /// Does something to what a page of the area shows.
    OpRange {
        at: u64,
        op: VmarOp,
    },
    /// Makes a snapshot of `A`, which is read in the end.
    Snapshot,
    /// Lets go of the name of `B`.
    Close,
    /// Takes the frames of pages of `A`.
    Decommit {
        first: u64,
        pages: u64,
    },
    /// Makes pages of `A` zero.
    Zero {
        first: u64,
        pages: u64,
    },
    /// Writes to a page of `A` or `B` by call.
    Write {
        object: usize,
        page: u64,
    },
    Read {
        object: usize,
        page: u64,
    },
    SetSize(u64),
    /// Sets the stream size of `A`, in pages.
    SetStreamSize(u64),
    /// Makes `A` uncached.
    SetPolicy,
    /// Pins a page of `A`, until the end.
    Pin(u64),
    /// Counts pages of `A` that have frames, whoever else has them.
    Usage,
    /// Locks `D`, if it was not discarded.
    Lock,
    Unlock,
    /// Destroys the region that the area is.
    Destroy,
    /// Destroys all of the address space.
    CloseSpace,
    /// Moves a page of `A` or `B` to the beginning of the other.
    Move {
        from: usize,
        page: u64,
    },
    /// Takes frames back from what is idle.
    Reclaim,
    /// Goes on in the other address space.
    Switch,
}

pub(crate) const A: usize = 0;
pub(crate) const B: usize = 1;
pub(crate) const D: usize = 2;

/// One of each kind, as it hurts most.
pub(crate) const ALL: [Operation; 36] = {
    use Operation::*;
    [
        Load(0),
        Load(1),
        Load(6),
        Load(8),
        Store(0),
        Store(1),
        Store(4),
        Store(5),
        Store(6),
        Store(8),
        Map { first: 3, at: 3, pages: 1, options: READ_WRITE },
        Map { first: 1, at: 4, pages: 2, options: READ },
        Map { first: 0, at: 9, pages: 1, options: READ_WRITE.union(VmOptions::MAP_RANGE) },
        Unmap { at: 0, pages: 4 },
        Unmap { at: 1, pages: 1 },
        Unmap { at: 4, pages: 4 },
        Protect { at: 0, pages: 1, options: READ },
        Protect { at: 1, pages: 1, options: VmOptions::empty() },
        OpRange { at: 0, op: VmarOp::Commit },
        Snapshot,
        Close,
        Decommit { first: 0, pages: 3 },
        Zero { first: 0, pages: 1 },
        Write { object: A, page: 0 },
        Write { object: B, page: 0 },
        Read { object: A, page: 0 },
        SetSize(1),
        SetStreamSize(1),
        SetPolicy,
        Pin(0),
        Usage,
        Lock,
        Destroy,
        Move { from: A, page: 0 },
        Move { from: B, page: 0 },
        Reclaim,
    ]
};

impl Operation {
    /// Draws what `cpus` processors do, `length` operations each.
    ///
    /// Finding an object by its name and working on it are two moments, so nobody lets go of a name that somebody may be using.
    pub(crate) fn draw_all(
        cpus: usize,
        length: usize,
        rng: &mut impl RngCore,
    ) -> Vec<Vec<Operation>> {
        let mut draw_one = || (0..length).map(|_| Operation::draw(rng)).collect();
        let mut all: Vec<Vec<Operation>> = (0..cpus).map(|_| draw_one()).collect();
        if all.iter().flatten().any(Operation::names_b) {
            let closing =
                all.iter_mut().flatten().filter(|operation| **operation == Operation::Close);
            closing.for_each(|operation| *operation = Operation::Reclaim);
        }
        all
    }

    fn names_b(&self) -> bool {
        matches!(
            self,
            Operation::Write { object: B, .. }
                | Operation::Read { object: B, .. }
                | Operation::Move { .. }
        )
    }

    fn draw(rng: &mut impl RngCore) -> Operation {
        let mut below = |end: u32| u64::from(rng.next_u32() % end);
        let options = [VmOptions::empty(), READ, READ_WRITE, READ_WRITE][below(4) as usize];
        let range = VmOptions::MAP_RANGE;
        let (at, first, pages) = (below(9), below(4), 1 + below(2));
        let object = below(2) as usize;
        match below(24) {
            0 | 1 => Operation::Load(at),
            2 | 3 => Operation::Load(first),
            4 | 5 => Operation::Store(at),
            6 | 7 => Operation::Store(first),
            8 => Operation::Map { first, at, pages, options },
            // At a place that is free, as overwriting and showing at once exclude each other.
            9 => Operation::Map { first, at: 9, pages: 1, options: options | range },
            10 => Operation::Unmap { at, pages },
            11 => Operation::Protect { at, pages, options },
            12 => {
                let ops = [VmarOp::Commit, VmarOp::MapRange, VmarOp::Zero, VmarOp::Decommit];
                Operation::OpRange { at, op: ops[first as usize] }
            }
            13 => Operation::Snapshot,
            14 => Operation::Decommit { first, pages: pages.min(A_PAGES - first) },
            15 => Operation::Zero { first, pages: pages.min(A_PAGES - first) },
            16 => Operation::Write { object, page: first },
            17 => Operation::Read { object, page: first },
            18 => match first {
                0 => Operation::Close,
                1 => Operation::SetSize(at % 5),
                2 => Operation::Move { from: object, page: pages - 1 },
                _ => Operation::Reclaim,
            },
            19 => [Operation::Lock, Operation::Unlock][object],
            20 => Operation::Pin(first),
            21 => Operation::SetStreamSize(at % 5),
            22 => match first {
                0 => Operation::Destroy,
                1 => Operation::CloseSpace,
                2 => Operation::SetPolicy,
                _ => Operation::Usage,
            },
            _ => Operation::Switch,
        }
    }
}
