//! What processors do.

use proptest::prelude::*;
use vm::Access;

use super::draw::{bytes, cpu, space};
use super::{ARENA_PAGES, SPACES, Scale};
use crate::common::PAGE;

#[derive(Clone, Debug)]
pub(crate) enum MemoryOp {
    /// Loads, stores or fetches on a processor.
    Touch { cpu: u32, space: usize, access: Access, offset: u64, len: usize, byte: u8 },
    /// Loads a byte of every page.
    Sweep { cpu: u32, space: usize },
    /// Goes on with another address space.
    Switch { cpu: u32, space: usize },
    /// Asks what is shown at a byte, and whether its page is missing.
    Find { space: usize, offset: u64 },
    /// Destroys an address space of a process, maybe in use by processors, and makes another.
    Renew { space: usize },
}

impl MemoryOp {
    pub(super) fn scale(&mut self, scale: Scale) {
        match self {
            MemoryOp::Touch { offset, .. } | MemoryOp::Find { offset, .. } => {
                scale.apply(&mut [offset]);
            }
            MemoryOp::Sweep { .. } | MemoryOp::Switch { .. } | MemoryOp::Renew { .. } => {}
        }
    }
}

fn access() -> impl Strategy<Value = Access> {
    prop_oneof![
        4 => Just(Access::Read),
        4 => Just(Access::Write),
        1 => Just(Access::Execute),
    ]
}

pub(super) fn strategy() -> BoxedStrategy<MemoryOp> {
    // Up to one page past the end of the arena.
    let offset = || 0..(ARENA_PAGES + 1) * PAGE;
    let touch = (cpu(), space(), access(), offset(), bytes(), any::<u8>()).prop_map(
        |(cpu, space, access, offset, len, byte)| MemoryOp::Touch {
            cpu,
            space,
            access,
            offset,
            len,
            byte,
        },
    );
    let sweep = (cpu(), space()).prop_map(|(cpu, space)| MemoryOp::Sweep { cpu, space });
    let switch = (cpu(), space()).prop_map(|(cpu, space)| MemoryOp::Switch { cpu, space });
    let find = (space(), offset()).prop_map(|(space, offset)| MemoryOp::Find { space, offset });
    let renew = (0..SPACES - 1).prop_map(|space| MemoryOp::Renew { space });
    prop_oneof![
        24 => touch.boxed(),
        7 => sweep.boxed(),
        2 => switch.boxed(),
        2 => find.boxed(),
        1 => renew.boxed(),
    ]
    .boxed()
}
