//! The kernel: mechanism under the policy of [`vm`].
//!
//! | module | what it does |
//! |---|---|
//! | [`boot`] | from the bootloader's hand-over to the kernel's own tables, stack and heap |
//! | [`arch`] | the processor: descriptor tables, traps, system-call entry, context switch, clocks, serial ports |
//! | [`memory`], [`heap`], [`random`] | the machine's frames, the kernel's address space, its heap and random numbers |
//! | [`object`], [`task`], [`syscall`] | what ring 3 sees: handles, processes and threads, calls |
//! | [`mod@log`], [`mod@panic`], [`symbols`], [`testing`] | reports, and the in-kernel tests |
//! | `check`, `scarcity` | for test programs: checks of the whole kernel, and allocations that fail |
//!
//! The kernel runs with interrupts off throughout; ring 3 runs with them on and is preempted by the timer.

#![no_std]
#![cfg_attr(test, no_main)]
#![cfg_attr(test, feature(custom_test_frameworks))]
#![cfg_attr(test, test_runner(crate::testing::run))]
#![cfg_attr(test, reexport_test_harness_main = "run_tests")]
#![cfg_attr(
    test,
    allow(unreachable_pub, reason = "the test framework makes the names of tests public")
)]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, reason = "a test whose arithmetic overflows fails")
)]
#![deny(unsafe_code)]

extern crate alloc;

pub mod arch;
pub mod boot;
mod check;
pub mod heap;
pub mod log;
pub mod memory;
pub mod object;
pub mod panic;
pub mod random;
mod scarcity;
pub mod symbols;
pub mod syscall;
pub mod task;
pub mod testing;
pub mod user;

#[cfg(test)]
bootloader_api::entry_point!(boot::start, config = &boot::CONFIG);
