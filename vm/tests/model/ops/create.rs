//! Making objects, and letting go of them.

use abi::{CachePolicy, Rights, VmoChildOptions, VmoOptions};
use proptest::prelude::*;
use proptest::sample::select;

use super::Scale;
use super::draw::{len, offset_in_object, page_offset};
use crate::common::PAGE;

#[derive(Clone, Debug)]
pub(crate) enum CreateOp {
    Plain {
        size: u64,
        options: VmoOptions,
    },
    /// With pages that somebody else provides.
    Backed {
        size: u64,
        options: VmoOptions,
    },
    Contiguous {
        size: u64,
        align_log2: u32,
    },
    Physical {
        pages: u64,
        policy: CachePolicy,
    },
    Child {
        vmo: usize,
        rights: Rights,
        options: VmoChildOptions,
        offset: u64,
        size: u64,
    },
    /// Drops the object's name; mappings and children remain.
    Close {
        vmo: usize,
    },
}

impl CreateOp {
    /// What is contiguous stays small: the model does not know of rows of free frames.
    pub(super) fn scale(&mut self, scale: Scale) {
        match self {
            CreateOp::Plain { size, .. } | CreateOp::Backed { size, .. } => {
                scale.apply(&mut [size]);
            }
            CreateOp::Child { offset, size, .. } => scale.apply(&mut [offset, size]),
            CreateOp::Contiguous { .. } | CreateOp::Physical { .. } | CreateOp::Close { .. } => {}
        }
    }
}

pub(super) fn policy() -> impl Strategy<Value = CachePolicy> {
    prop_oneof![2 => Just(CachePolicy::Cached), 1 => Just(CachePolicy::Uncached)]
}

fn options() -> impl Strategy<Value = VmoOptions> {
    let stray = prop_oneof![
        Just(VmoOptions::RESIZABLE | VmoOptions::UNBOUNDED),
        Just(VmoOptions::RESIZABLE | VmoOptions::DISCARDABLE),
        (0u32..8).prop_map(|bit| VmoOptions::from_bits_retain(1 << bit)),
    ];
    prop_oneof![
        6 => Just(VmoOptions::empty()),
        6 => Just(VmoOptions::RESIZABLE),
        2 => Just(VmoOptions::DISCARDABLE),
        1 => Just(VmoOptions::UNBOUNDED),
        1 => stray,
    ]
}

fn child() -> impl Strategy<Value = CreateOp> {
    let kind = prop_oneof![
        30 => Just(VmoChildOptions::SNAPSHOT),
        10 => Just(VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE),
        5 => Just(VmoChildOptions::SNAPSHOT_MODIFIED),
        15 => Just(VmoChildOptions::SLICE),
        10 => Just(VmoChildOptions::REFERENCE),
        1 => any::<u8>().prop_map(|bits| VmoChildOptions::from_bits_retain(bits.into())),
    ];
    let more = prop_oneof![
        12 => Just(VmoChildOptions::empty()),
        6 => Just(VmoChildOptions::RESIZABLE),
        1 => Just(VmoChildOptions::NO_WRITE),
    ];
    let rights = prop_oneof![
        40 => Just(Rights::DUPLICATE | Rights::READ | Rights::RESIZE),
        4 => Just(Rights::DUPLICATE | Rights::READ),
        1 => Just(Rights::READ),
        1 => Just(Rights::DUPLICATE),
    ];
    let offset = prop_oneof![3 => Just(0), 6 => page_offset()];
    let size = prop_oneof![4 => len(), 1 => Just(64 * PAGE), 2 => Just(140 * PAGE)];
    (any::<usize>(), rights, (kind, more), offset, size).prop_map(
        |(vmo, rights, (kind, more), offset, size)| {
            // A reference has neither, mostly.
            let is_all = kind == VmoChildOptions::REFERENCE && size % 7 != 0;
            let (offset, size) = if is_all { (0, 0) } else { (offset, size) };
            CreateOp::Child { vmo, rights, options: kind | more, offset, size }
        },
    )
}

pub(super) fn strategy() -> BoxedStrategy<CreateOp> {
    let plain = (offset_in_object(), options())
        .prop_map(|(size, options)| CreateOp::Plain { size, options });
    let backed = (1..141 * PAGE, options(), any::<bool>()).prop_map(|(size, options, traps)| {
        let mut options = options - VmoOptions::UNBOUNDED;
        options.set(VmoOptions::TRAP_DIRTY, traps);
        CreateOp::Backed { size, options }
    });
    let align = prop_oneof![4 => select(&[0u32, 12, 13, 14][..]), 1 => any::<u32>()];
    let contiguous =
        (len(), align).prop_map(|(size, align_log2)| CreateOp::Contiguous { size, align_log2 });
    let physical =
        (1u64..12, policy()).prop_map(|(pages, policy)| CreateOp::Physical { pages, policy });
    prop_oneof![
        2 => plain.boxed(),
        2 => backed.boxed(),
        1 => contiguous.boxed(),
        1 => physical.boxed(),
        11 => child().boxed(),
        6 => any::<usize>().prop_map(|vmo| CreateOp::Close { vmo }).boxed(),
    ]
    .boxed()
}
