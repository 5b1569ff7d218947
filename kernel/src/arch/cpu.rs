//! What each CPU has of its own, reached through GS.
//!
//! In the kernel, GS points to the CPU's [`PerCpu`]; in ring 3 it is the program's. The entries in [`vectors`](super::vectors) and
//! [`syscall`](super::syscall) exchange the two.
#![expect(unsafe_code, reason = "the CPU's own data is shared with entry code in assembly")]

use core::arch::asm;
use core::cell::Cell;
use core::mem::offset_of;

use x86_64::VirtAddr;
use x86_64::instructions::interrupts;
use x86_64::registers::model_specific::{GsBase, KernelGsBase};

use super::gdt::Descriptors;

/// The largest number of CPUs that an active-CPU mask can hold.
pub const MAX_CPUS: usize = 64;

/// The data of one CPU. Only that CPU uses it, and only with interrupts off.
#[repr(C)]
pub struct PerCpu {
    /// Where this structure is: what `gs:[0]` reads.
    this: Cell<*const PerCpu>,
    /// Top of the kernel stack that a system call starts on.
    kernel_stack: Cell<u64>,
    /// Where the system-call entry keeps ring 3's stack pointer until it has a stack.
    user_stack: Cell<u64>,
    /// Where the scheduler has the running thread; null if there is none.
    current_thread: Cell<*const ()>,
    id: usize,
    pub(super) descriptors: Descriptors,
}

/// Where [`PerCpu::kernel_stack`] is, for the system-call entry.
pub(super) const KERNEL_STACK: usize = offset_of!(PerCpu, kernel_stack);
/// Where [`PerCpu::user_stack`] is, for the system-call entry.
pub(super) const USER_STACK: usize = offset_of!(PerCpu, user_stack);

// SAFETY: every CPU has its own, and uses it only with interrupts off, so no two uses overlap.
unsafe impl Sync for PerCpu {}

impl PerCpu {
    const fn new(id: usize) -> PerCpu {
        PerCpu {
            this: Cell::new(core::ptr::null()),
            kernel_stack: Cell::new(0),
            user_stack: Cell::new(0),
            current_thread: Cell::new(core::ptr::null()),
            id,
            descriptors: Descriptors::new(),
        }
    }

    /// Returns the top of the kernel stack that traps from ring 3 start on.
    pub fn kernel_stack(&self) -> u64 {
        self.kernel_stack.get()
    }
}

static BOOT_CPU: PerCpu = PerCpu::new(0);

/// Gives the CPU that boots its own data and descriptor tables. Called once, first of all.
pub fn init_boot_cpu() {
    let this = &raw const BOOT_CPU;
    BOOT_CPU.this.set(this);
    BOOT_CPU.descriptors.load(this);
    // Loading descriptor tables has reset the bases of FS and GS.
    GsBase::write(VirtAddr::from_ptr(this));
    KernelGsBase::write(VirtAddr::zero());
}

/// Returns this CPU's data.
pub fn percpu() -> &'static PerCpu {
    let this: *const PerCpu;
    // SAFETY: in the kernel GS points to this CPU's `PerCpu`, whose first field is its address.
    unsafe { asm!("mov {}, gs:[0]", out(reg) this, options(nostack, readonly, preserves_flags)) };
    // SAFETY: set by `init_boot_cpu` to a static.
    unsafe { &*this }
}

/// Returns this CPU's number: its bit in an active-CPU mask.
pub fn current_id() -> usize {
    let id: usize;
    // SAFETY: in the kernel GS points to this CPU's `PerCpu`, which nothing moves; its number never changes.
    unsafe {
        asm!("mov {}, gs:[{}]", out(reg) id, const offset_of!(PerCpu, id), options(nostack, pure, readonly, preserves_flags));
    }
    id
}

/// Returns what this CPU was last told by [`set_current_thread`].
#[inline]
pub fn current_thread() -> *const () {
    let thread: *const ();
    // SAFETY: in the kernel GS points to this CPU's `PerCpu`.
    unsafe {
        asm!("mov {}, gs:[{}]", out(reg) thread, const offset_of!(PerCpu, current_thread), options(nostack, readonly, preserves_flags));
    }
    thread
}

/// Notes where the thread is that is about to run on this CPU; null if there is none.
pub fn set_current_thread(thread: *const ()) {
    percpu().current_thread.set(thread);
}

/// Makes system calls, interrupts and exceptions from ring 3 start on the stack that ends at `top`, a multiple of 16.
pub fn set_kernel_stack(top: u64) {
    let cpu = percpu();
    cpu.kernel_stack.set(top);
    cpu.descriptors.set_privileged_stack(VirtAddr::new(top));
}

/// Waits with interrupts on until one has been handled.
pub fn halt_until_interrupt() {
    interrupts::enable_and_hlt();
    interrupts::disable();
}
