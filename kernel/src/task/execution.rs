//! What the scheduler keeps of a thread.
//!
//! The saved registers are reached without a lock, by the CPU that switches to or from the thread. A thread in the queue may
//! still be on another CPU's stack for a moment after it was put there; [`Execution::claim`] waits for that to end.
#![expect(unsafe_code, reason = "a thread's saved state belongs to whichever CPU is switching it")]

use super::cpu;
use super::queue::{Deadline, Links};
use super::wait::WaitState;
use crate::arch::context::Context;
use crate::arch::{self, KernelStack, fpu};
use abi::Result;
use abi::info::BlockedOn;
use bitflags::bitflags;
use core::cell::UnsafeCell;
use core::hint;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use spin::Mutex;

bitflags! {
    /// What a thread has to look at before it returns to ring 3.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub(super) struct Attention: u32 {
        /// It is to end, and waits for nothing any more.
        const KILLED = 1 << 0;
        /// Its turn is over.
        const RESCHEDULE = 1 << 1;
        /// It ends by itself.
        const LEAVES = 1 << 2;
    }
}

/// What the scheduler keeps of a thread.
pub(crate) struct Execution {
    attention: AtomicU32,
    pub(super) wait: Mutex<WaitState>,
    /// Whether the thread has left for ever, and its stack with it.
    has_left: AtomicBool,
    /// Whether a CPU uses the thread's stack and registers.
    on_cpu: AtomicBool,
    saved: UnsafeCell<Saved>,
    stack_top: u64,
    stack: Mutex<Option<KernelStack>>,
    /// The thread's places in the scheduler's queues.
    pub(super) links: Links,
}

/// Registers of a thread that does not run. Those of ring 3 that are not here are on its kernel stack.
struct Saved {
    context: Context,
    fpu: fpu::State,
    fs_base: u64,
    gs_base: u64,
}

// SAFETY: `saved` is used only by the CPU that has set `on_cpu` (between `claim` and `release`), or by nobody; the other fields are `Sync`.
unsafe impl Sync for Execution {}

impl Execution {
    /// Prepares a thread that will begin in the kernel, at [`cpu::begin_thread`], when it is first switched to.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](abi::Status::NO_MEMORY).
    pub(crate) fn create() -> Result<Self> {
        let stack = KernelStack::new()?;
        Ok(Self {
            attention: AtomicU32::new(0),
            wait: Mutex::new(WaitState::new()),
            has_left: AtomicBool::new(false),
            on_cpu: AtomicBool::new(false),
            saved: UnsafeCell::new(Saved {
                context: Context::new(&stack, cpu::begin_thread, 0),
                fpu: fpu::State::new(),
                fs_base: 0,
                gs_base: 0,
            }),
            stack_top: stack.top(),
            stack: Mutex::new(Some(stack)),
            links: Links::new(),
        })
    }

    /// Returns what the thread has to look at.
    pub(super) fn attention(&self) -> Attention {
        Attention::from_bits_retain(self.attention.load(Ordering::Relaxed))
    }

    /// Says whether the thread is to end.
    pub(crate) fn is_ending(&self) -> bool {
        self.attention().intersects(Attention::KILLED.union(Attention::LEAVES))
    }

    /// Says what the thread waits for, if it waits.
    pub(crate) fn blocked_on(&self) -> Option<BlockedOn> {
        self.wait.lock().blocked_on()
    }

    /// Returns when the thread wakes, or woke when it slept last.
    pub(crate) fn deadline(&self) -> Deadline {
        self.links.deadline()
    }

    /// Adds to what the thread has to look at.
    pub(super) fn alert(&self, what: Attention) {
        self.attention.fetch_or(what.bits(), Ordering::Relaxed);
    }

    /// Removes from what the thread has to look at.
    pub(super) fn calm(&self, what: Attention) {
        self.attention.fetch_and(!what.bits(), Ordering::Relaxed);
    }

    /// Waits until no CPU uses the thread's stack, and takes it for this one.
    pub(super) fn claim(&self) {
        while self.on_cpu.swap(true, Ordering::Acquire) {
            hint::spin_loop();
        }
    }

    /// Gives the stack up, after switching away from it; frees it if the thread has left.
    pub(super) fn release(&self) {
        if self.has_left.load(Ordering::Relaxed) {
            drop(self.stack.lock().take());
        }
        self.on_cpu.store(false, Ordering::Release);
    }

    /// Records that the thread will not run again once it has been switched away from.
    pub(super) fn leave(&self) {
        self.has_left.store(true, Ordering::Relaxed);
    }

    /// Returns where the kernel stack begins.
    pub(super) fn stack_top(&self) -> u64 {
        self.stack_top
    }

    /// Returns where the thread's kernel context is saved.
    pub(super) fn context(&self) -> *mut Context {
        // SAFETY: the pointer is inside `self`; only its address is taken.
        unsafe { &raw mut (*self.saved.get()).context }
    }

    /// Saves the registers of ring 3 that the kernel does not use.
    ///
    /// # Safety
    /// The thread runs on this CPU.
    pub(super) unsafe fn save_registers(&self) {
        // SAFETY: the thread runs on this CPU (the caller's promise), so nobody else uses what is saved of it.
        let saved = unsafe { &mut *self.saved.get() };
        saved.fpu.save();
        saved.fs_base = arch::fs_base();
        saved.gs_base = arch::user_gs_base();
    }

    /// Loads the registers of ring 3 that the kernel does not use.
    ///
    /// # Safety
    /// This CPU has claimed the thread and nobody runs it.
    pub(super) unsafe fn load_registers(&self) {
        // SAFETY: the thread is claimed by this CPU (the caller's promise), so nobody else uses what is saved of it.
        let saved = unsafe { &*self.saved.get() };
        saved.fpu.restore();
        arch::set_fs_base(saved.fs_base);
        arch::set_user_gs_base(saved.gs_base);
    }
}
