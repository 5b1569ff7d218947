//! The processor and the devices that belong to it: everything that is different on another architecture.
//!
//! | part | modules |
//! |---|---|
//! | descriptor tables, control bits | [`cpu`], [`gdt`], [`idt`], [`features`] |
//! | ways into the kernel | [`vectors`], [`trap`], [`page_fault`], [`syscall`], [`user_copy`] (its recovery) |
//! | ways out of it | [`enter_user`], [`context`], [`exit`] |
//! | a thread's state | [`stack`], [`fpu`], [`segment`] |
//! | devices | [`serial`], [`pic`], [`pit`], [`lapic`], [`clock`] |
//! | what `vm` asks for | [`tlb`], [`entropy`] |
//!
//! Unsafe code is allowed here, module by module, and argued block by block.

#[cfg(test)]
mod attack;
pub mod backtrace;
pub mod clock;
pub mod context;
pub mod cpu;
pub mod entropy;
pub mod exit;
pub mod features;
pub mod fpu;
pub mod gdt;
pub mod idt;
pub mod lapic;
pub mod page_fault;
pub mod pic;
pub mod pit;
pub mod segment;
pub mod serial;
pub mod stack;
pub mod syscall;
pub mod tlb;
pub mod trap;
mod user;
pub mod user_copy;
pub mod vectors;

pub use segment::{fs_base, set_fs_base, set_user_gs_base, user_gs_base};
pub use stack::KernelStack;
pub use tlb::load_table_root;
pub use trap::TrapFrame;
pub use user::{UserRegisters, enter_user};

/// Converts a `u64` to a `usize`, which has as many bits here.
pub const fn usize_of(value: u64) -> usize {
    const { assert!(size_of::<usize>() == size_of::<u64>()) };
    #[expect(clippy::cast_possible_truncation, reason = "both have 64 bits, as asserted")]
    let value = value as usize;
    value
}
