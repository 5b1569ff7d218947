//! Stacks: a mapping between two guards, in a VMAR of its own.

use crate::{Vmar, Vmo};
use abi::layout::PAGE_SIZE;
use abi::{Result, VmOptions, VmoOptions};

/// Bytes of a stack; frames come as it is touched.
pub const LEN: u64 = 1 << 20;

/// Bytes of nothing below and above a stack.
pub const GUARD: u64 = 16 * PAGE_SIZE;

/// A new stack.
#[derive(Debug)]
pub struct Stack {
    /// The VMAR of the stack and its guards.
    pub vmar: Vmar,
    /// What goes into RSP: as a call leaves it, 8 bytes below a multiple of 16.
    pub pointer: u64,
}

impl Stack {
    /// Maps a stack somewhere in `root`.
    ///
    /// # Errors
    /// Those of `vmar_allocate`, `vmo_create` and `vmar_map`.
    pub fn map(root: &Vmar) -> Result<Self> {
        let options =
            VmOptions::CAN_MAP_SPECIFIC | VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE;
        let (vmar, _) = root.allocate(options, 0, GUARD + LEN + GUARD)?;
        let vmo = Vmo::create(LEN, VmoOptions::empty())?;
        let options = VmOptions::SPECIFIC | VmOptions::PERM_READ | VmOptions::PERM_WRITE;
        let base = vmar.map(options, GUARD, &vmo, 0, LEN)?;
        Ok(Self { vmar, pointer: base.saturating_add(LEN - 8) })
    }
}
