//! Switching between kernel stacks.
#![expect(unsafe_code, reason = "a stack is changed under running code")]

use core::arch::naked_asm;

use super::KernelStack;

/// A thread that is not running: its kernel stack pointer, with what [`switch`] needs on the stack above it.
///
/// ```text
///   stack pointer -> | r15 | r14 | r13 | r12 | rbx | rbp | return address |
/// ```
#[repr(transparent)]
#[derive(Debug)]
pub struct Context {
    stack_pointer: u64,
}

/// What is on the stack of a thread that has not run yet, from the stack pointer up.
#[repr(C)]
struct FirstFrame {
    r15: u64,
    r14: u64,
    r13: u64,
    r12: u64,
    rbx: u64,
    rbp: u64,
    start: u64,
    /// Keeps the stack aligned for the call, and ends the chain of return addresses.
    end: [u64; 2],
}

impl Context {
    /// A place for [`switch`] to save the running code in.
    pub const fn empty() -> Context {
        Context { stack_pointer: 0 }
    }

    /// Prepares `stack`, which nothing uses yet, so that the first switch to it calls `entry(argument)`.
    pub fn new(stack: &KernelStack, entry: extern "C" fn(usize) -> !, argument: usize) -> Context {
        let frame = FirstFrame {
            r15: 0,
            r14: 0,
            r13: 0,
            r12: argument as u64,
            rbx: entry as usize as u64,
            rbp: 0,
            start: start as *const () as u64,
            end: [0; 2],
        };
        let stack_pointer = stack.top().wrapping_sub(size_of::<FirstFrame>() as u64);
        // SAFETY: the top of the stack is aligned and mapped writable for far more than the frame, and nothing else uses it.
        unsafe { (stack_pointer as *mut FirstFrame).write(frame) };
        Context { stack_pointer }
    }
}

/// Saves the running code in `from` and goes on with `to`; returns when something switches back to `from`.
///
/// # Safety
/// * `from` is valid for writing, `to` for reading, and `to` was made by [`Context::new`] or saved by this function and has not been
///   switched to since.
/// * The stack of `to` still exists.
/// * The caller has seen to everything else that belongs to a thread: address space, kernel stack of the CPU, FS, GS and SSE state.
#[unsafe(naked)]
pub unsafe extern "C" fn switch(from: *mut Context, to: *const Context) {
    naked_asm!(
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov [rdi], rsp",
        "mov rsp, [rsi]",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
    )
}

/// The first code of a thread: its entry is in RBX, the argument in R12.
#[unsafe(naked)]
unsafe extern "C" fn start() {
    naked_asm!("mov rdi, r12", "call rbx", "ud2")
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::UnsafeCell;
    use core::sync::atomic::{AtomicUsize, Ordering};

    struct Slot(UnsafeCell<Context>);
    // SAFETY: used by one test on one CPU.
    unsafe impl Sync for Slot {}

    static TEST: Slot = Slot(UnsafeCell::new(Context::empty()));
    static OTHER: Slot = Slot(UnsafeCell::new(Context::empty()));
    static SEEN: AtomicUsize = AtomicUsize::new(0);

    extern "C" fn other(argument: usize) -> ! {
        loop {
            SEEN.fetch_add(argument, Ordering::Relaxed);
            // SAFETY: the test has saved itself in `TEST` and its stack exists.
            unsafe { switch(OTHER.0.get(), TEST.0.get()) };
        }
    }

    #[test_case]
    fn a_new_context_runs_with_its_argument_and_switches_back() {
        let stack = KernelStack::new().expect("memory for a stack");
        // SAFETY: the only user of the slot; the context is new and its stack lives to the end of the test.
        unsafe {
            *OTHER.0.get() = Context::new(&stack, other, 21);
            switch(TEST.0.get(), OTHER.0.get());
            switch(TEST.0.get(), OTHER.0.get());
        }
        assert_eq!(SEEN.load(Ordering::Relaxed), 42);
    }
}
