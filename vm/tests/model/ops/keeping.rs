//! Operations on what stays and what may go.

use abi::CachePolicy;
use proptest::prelude::*;
use proptest::sample::select;

use super::Scale;
use super::create::policy;
use super::draw::{len, or_huge, page_offset};

#[derive(Clone, Debug)]
pub(crate) enum KeepingOp {
    Pin {
        vmo: usize,
        offset: u64,
        len: u64,
        times: u32,
    },
    Unpin {
        pin: usize,
    },
    /// `range` is none for all of the object, as it has to be.
    Lock {
        vmo: usize,
        how: Lock,
        range: Option<(u64, u64)>,
    },
    /// Discards what is needed least.
    Reclaim,
    SetCachePolicy {
        vmo: usize,
        policy: CachePolicy,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Lock {
    Take,
    Try,
    GiveBack,
}

impl KeepingOp {
    pub(super) fn scale(&mut self, scale: Scale) {
        match self {
            KeepingOp::Pin { offset, len, .. } => scale.apply(&mut [offset, len]),
            KeepingOp::Lock { range: Some((offset, len)), .. } => scale.apply(&mut [offset, len]),
            KeepingOp::Lock { .. }
            | KeepingOp::Unpin { .. }
            | KeepingOp::Reclaim
            | KeepingOp::SetCachePolicy { .. } => {}
        }
    }
}

pub(super) fn strategy() -> BoxedStrategy<KeepingOp> {
    let times = prop_oneof![12 => Just(1u32), 1 => Just(20)];
    let pin = (any::<usize>(), page_offset(), len(), times)
        .prop_map(|(vmo, offset, len, times)| KeepingOp::Pin { vmo, offset, len, times });
    let how = select(&[Lock::Take, Lock::Try, Lock::GiveBack, Lock::GiveBack][..]);
    let range = (or_huge(Just(0)), len()).prop_map(Some);
    let range = prop_oneof![20 => Just(None), 1 => range];
    let lock = (any::<usize>(), how, range).prop_map(|(vmo, how, range)| KeepingOp::Lock {
        vmo,
        how,
        range,
    });
    let cache = (any::<usize>(), policy())
        .prop_map(|(vmo, policy)| KeepingOp::SetCachePolicy { vmo, policy });
    prop_oneof![
        4 => pin.boxed(),
        4 => any::<usize>().prop_map(|pin| KeepingOp::Unpin { pin }).boxed(),
        6 => lock.boxed(),
        2 => Just(KeepingOp::Reclaim).boxed(),
        2 => cache.boxed(),
    ]
    .boxed()
}
