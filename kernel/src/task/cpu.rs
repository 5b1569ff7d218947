//! Who runs on each CPU, and the switch from one thread to another.
//!
//! A CPU holds a reference to its running thread; to the idle loop, which runs on the stack the CPU booted on, belongs none. After a
//! switch the CPU still holds the thread it came from, until the code it switched to has settled that: only then may another CPU
//! run it, or its stack be freed.
#![expect(
    unsafe_code,
    reason = "stacks are switched, and each CPU's own state is shared with nobody"
)]

use super::execution::Attention;
use super::{init, queue};
use crate::arch;
use crate::arch::context::{self, Context};
use crate::arch::cpu::MAX_CPUS;
use crate::memory;
use crate::object::Thread;
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::{self, ManuallyDrop};
use core::ops::Deref;
use core::ptr::{self, NonNull};
use vm::{Aspace, Ref};

/// The state of one CPU.
struct Cpu(UnsafeCell<State>);

struct State {
    /// The thread that runs; `None` in the idle loop.
    current: Option<Ref<Thread>>,
    /// The thread that ran before, until it is settled.
    previous: Option<Ref<Thread>>,
    /// Where the idle loop is while a thread runs.
    idle: Context,
}

// SAFETY: a CPU uses only its own entry, with interrupts off, and no use calls code that could use it again (see `with_state`).
unsafe impl Sync for Cpu {}

static CPUS: [Cpu; MAX_CPUS] = [const {
    Cpu(UnsafeCell::new(State { current: None, previous: None, idle: Context::empty() }))
}; MAX_CPUS];

/// Calls `access` with this CPU's state. `access` must not call anything that does the same.
fn with_state<T>(access: impl FnOnce(&mut State) -> T) -> T {
    let [first, ..] = &CPUS;
    let cpu = CPUS.get(arch::cpu::current_id()).unwrap_or(first);
    // SAFETY: interrupts are off and the entry is this CPU's, so nothing but `access` uses it now; no caller in this module nests.
    access(unsafe { &mut *cpu.0.get() })
}

/// The running thread, without counting: on its own kernel stack a thread may use itself freely.
///
/// Where the thread waits, others run, but it is kept: it belongs to its process until it has left, and then nothing on its stack
/// is used any more. Not `Send`, so it stays on that stack.
pub(crate) struct Running {
    thread: ManuallyDrop<Ref<Thread>>,
    stays: PhantomData<*const ()>,
}

impl Running {
    /// Treats the thread at `address` as the running one.
    ///
    /// # Safety
    /// `address` is the [`Ref::address`] of a thread, which exists for as long as this is used.
    unsafe fn at(address: NonNull<()>) -> Self {
        // SAFETY: as required of the caller.
        Self { thread: unsafe { Ref::lend(address) }, stays: PhantomData }
    }

    /// Treats `thread`, which the test keeps, as the running one.
    #[cfg(test)]
    pub(crate) fn of(thread: &Ref<Thread>) -> Self {
        let address = NonNull::new(Ref::address(thread).cast_mut()).expect("a thread is somewhere");
        // SAFETY: the thread is kept.
        unsafe { Self::at(address) }
    }
}

impl Deref for Running {
    type Target = Ref<Thread>;

    fn deref(&self) -> &Ref<Thread> {
        &self.thread
    }
}

/// Returns the running thread.
#[inline]
pub(crate) fn running() -> Option<Running> {
    let thread = NonNull::new(arch::cpu::current_thread().cast_mut())?;
    // SAFETY: noted by `switch_to`; whoever gets it runs on the thread's stack, so the thread has not left.
    Some(unsafe { Running::at(thread) })
}

/// Returns a reference to the running thread, to be kept.
pub(crate) fn current() -> Option<Ref<Thread>> {
    running().map(|thread| thread.clone())
}

/// Returns what the running thread has to look at before it returns to ring 3.
#[inline]
pub(super) fn current_attention() -> Attention {
    running().map_or(Attention::empty(), |thread| thread.execution().attention())
}

/// Queues the running thread behind the ready ones, if there are any, and runs the first of them.
pub(super) fn yield_now() {
    let Some(next) = queue::take_ready() else {
        return;
    };
    if let Some(thread) = current() {
        queue::make_ready(thread);
    }
    switch_to(Some(next));
}

/// Runs somebody else; returns when the calling thread has been made ready and its turn comes.
pub(super) fn switch_away() {
    switch_to(queue::take_ready());
}

/// Ends the running thread.
pub(super) fn leave() -> ! {
    if let Some(thread) = running() {
        thread.end();
        thread.execution().leave();
    }
    switch_away();
    unreachable!("a thread that has left was switched to");
}

/// Runs ready threads, and waits for interrupts when there are none. The caller's stack becomes the CPU's idle loop.
pub(super) fn idle() -> ! {
    loop {
        match queue::take_ready() {
            Some(thread) => switch_to(Some(thread)),
            None => arch::cpu::halt_until_interrupt(),
        }
    }
}

/// Goes on with `next`, or with the idle loop; returns when something switches back to the caller.
fn switch_to(next: Option<Ref<Thread>>) {
    let (from, to) = with_state(|state| {
        if is_same_thread(state.current.as_ref(), next.as_ref()) {
            return None;
        }
        if let Some(next) = &next {
            next.execution().claim();
        }
        change_aspace(state.current.as_ref(), next.as_ref());
        arch::cpu::set_current_thread(next.as_ref().map_or(ptr::null(), Ref::address));
        state.previous = mem::replace(&mut state.current, next);
        Some((state.suspend_previous(), state.resume_current()))
    })
    .unzip();
    if let (Some(from), Some(to)) = (from, to) {
        // SAFETY: `from` is the state of the code that runs, `to` that of code which does not: a thread claimed above, or the idle
        // loop of this CPU. Both are kept alive by this CPU's references until after the switch. Everything else that belongs to a
        // thread was changed above.
        unsafe { context::switch(from, to) };
        settle();
    }
}

impl State {
    /// Saves what belongs to the thread that ran until now; returns where its context goes.
    fn suspend_previous(&mut self) -> *mut Context {
        match &self.previous {
            Some(thread) => {
                // SAFETY: the thread has run on this CPU until now.
                unsafe { thread.execution().save_registers() };
                thread.execution().context()
            }
            None => &raw mut self.idle,
        }
    }

    /// Loads what belongs to the thread that is to run; returns where its context is.
    fn resume_current(&mut self) -> *mut Context {
        match &self.current {
            Some(thread) => {
                arch::cpu::set_kernel_stack(thread.execution().stack_top());
                // SAFETY: the thread was claimed by this CPU.
                unsafe { thread.execution().load_registers() };
                thread.execution().context()
            }
            None => &raw mut self.idle,
        }
    }
}

/// Lets go of the thread that this CPU switched away from. The first thing that runs after a switch.
fn settle() {
    let previous = with_state(|state| state.previous.take());
    if let Some(thread) = previous {
        thread.execution().release();
    }
}

/// Where every thread begins: on its own kernel stack, after the first switch to it.
pub(super) extern "C" fn begin_thread(_: usize) -> ! {
    settle();
    super::prepare_first_entry();
    let registers = running().and_then(|thread| thread.start_registers());
    match registers {
        Some(registers) => {
            init::thread_begins();
            arch::enter_user(&registers)
        }
        None => leave(),
    }
}

fn is_same_thread(a: Option<&Ref<Thread>>, b: Option<&Ref<Thread>>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if Ref::ptr_eq(a, b))
}

/// Loads the page tables of the thread that is to run; the idle loop has the kernel's own, so that no process's are kept in use.
fn change_aspace(from: Option<&Ref<Thread>>, to: Option<&Ref<Thread>>) {
    let from = from.map(|thread| thread.process().aspace());
    let to = to.map(|thread| thread.process().aspace());
    if matches!((from, to), (Some(from), Some(to)) if Ref::ptr_eq(from, to)) {
        return;
    }
    #[expect(clippy::cast_possible_truncation, reason = "numbers of CPUs are below MAX_CPUS")]
    let cpu = arch::cpu::current_id() as u32;
    let load = |aspace: &Ref<Aspace>| {
        // SAFETY: every address space maps the kernel as all others do, and this one is kept alive by the thread that is to run, or for
        // ever.
        unsafe { arch::load_table_root(aspace.table_root()) };
    };
    match to {
        Some(aspace) => {
            aspace.enter(cpu);
            load(aspace);
        }
        None => load(memory::kernel_aspace()),
    }
    if let Some(aspace) = from {
        aspace.leave(cpu);
    }
}
