//! From the bootloader's hand-over to the kernel's own tables, stack and heap.
//!
//! ```text
//!   bootloader --> start      on the bootloader's tables and stack: serial ports, descriptor tables, protection bits; then the
//!                    |        kernel's tables, its address space and a stack in it, all not yet in use
//!                    v
//!                  proceed    on the kernel's own: the bootloader's memory is taken back, the heap may grow, timer and clock run
//!                    |
//!                    v
//!                  tests in a test kernel, then task::start_init
//! ```
//!
//! The two halves are two functions because nothing of the first one's stack exists any more in the second.
#![expect(unsafe_code, reason = "tables and stack are changed under running code")]

mod canary;
mod command_line;
mod handover;
mod image;
mod ramdisk;
mod ranges;
mod reclaim;
mod tables;

use core::arch::naked_asm;

use bootloader_api::config::Mapping;
use bootloader_api::{BootInfo, BootloaderConfig};
use vm::Frame;

use crate::arch::{self, KernelStack, clock, cpu, features, idt, lapic, pic, serial, syscall};
use crate::{heap, log, memory, random, scarcity, task};
pub use canary::Canary;
pub use command_line::{Options, command_line, layout_seed, options, words};
use handover::Handover;
pub use ramdisk::{Ramdisk, ramdisk};

/// Where the kernel image is mapped.
const IMAGE_BASE: u64 = 0xffff_ffff_8000_0000;

/// The bootloader's stack, which only [`start`] uses.
const FIRST_STACK_SIZE: u64 = 128 * 1024;

/// What the kernel wants of the bootloader: everything in the higher half, physical memory at [`memory::DIRECT_MAP`].
pub const CONFIG: BootloaderConfig = {
    let mut config = BootloaderConfig::new_default();
    config.mappings.physical_memory = Some(Mapping::FixedAddress(memory::DIRECT_MAP));
    config.mappings.dynamic_range_start = Some(memory::DIRECT_MAP);
    config.mappings.kernel_base = Mapping::FixedAddress(IMAGE_BASE);
    config.kernel_stack_size = FIRST_STACK_SIZE;
    config
};

/// Where the bootloader enters the kernel.
///
/// # Panics
/// If the machine or the boot image lacks what the kernel cannot do without.
pub fn start(info: &'static mut BootInfo) -> ! {
    clock::start();
    cpu::init_boot_cpu();
    idt::load();
    serial::init();
    log::init();
    features::enable();

    let handover = Handover::take(info);
    ramdisk::init(handover);
    log::set_level(options().level);
    image::init(handover);
    memory::init(handover.free.as_slice());
    let tables = tables::build(handover);
    memory::init_kernel_aspace(tables, image::pages());
    let stack = KernelStack::new().expect("memory for the first stack");
    cpu::set_kernel_stack(stack.top());
    let top = stack.top();
    // It is the stack of whatever runs when no thread does, for ever.
    core::mem::forget(stack);
    // SAFETY: the new tables map the image as it is mapped now, the direct map where it is now, and the stack; all that is left
    // behind on the old stack is never used again.
    unsafe { change_tables_and_stack(memory::kernel_aspace().table_root(), top, proceed) }
}

/// Goes on where [`start`] left off.
extern "C" fn proceed() -> ! {
    reclaim::reclaim(handover::handover());
    heap::init();
    scarcity::init();
    pic::disable();
    random::init(options().seed);
    lapic::init().expect("memory for the timer's registers");
    syscall::init();
    arch::fpu::reset();
    let (free, total) = (memory::memory().free_frames(), memory::memory().total_frames());
    ::log::info!("booted: {} of {} KiB free", free.saturating_mul(4), total.saturating_mul(4));
    canary::sing(options().canary);
    #[cfg(test)]
    crate::run_tests();
    task::start_init()
}

/// Loads the tables whose root is `root`, moves to the stack that ends at `top`, and calls `next`.
///
/// # Safety
/// * The tables map all code and static data as the current ones do, and the stack.
/// * Nothing on the current stack is used any more.
unsafe fn change_tables_and_stack(root: Frame, top: u64, next: extern "C" fn() -> !) -> ! {
    // SAFETY: as required of the caller.
    unsafe { change(root.address(), top, next) }
}

#[unsafe(naked)]
unsafe extern "C" fn change(root: u64, top: u64, next: extern "C" fn() -> !) -> ! {
    // A zero return address and frame pointer end the chain of frames.
    naked_asm!("mov cr3, rdi", "mov rsp, rsi", "xor ebp, ebp", "push 0", "jmp rdx")
}

#[cfg(test)]
mod tests;
