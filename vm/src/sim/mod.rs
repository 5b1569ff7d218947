//! A machine for host tests: memory, processors, and TLBs that are as stale as they may be.
//!
//! The crate's own code runs on it unchanged; only what the hardware does is simulated. It is for
//! the tests of this crate and of those who use it: a kernel's tests can make a [`SimMachine`], map
//! objects through [`Vmar`](crate::Vmar), and load and store as ring 3 would.
//!
//! * [`arena`]: physical memory, one allocation of the host.
//! * [`walk`]: the page tables as the processor reads them, from the bits in memory and with nothing
//!   of the code that wrote them.
//! * [`cpu`]: a processor: what it has loaded, its TLB, its paging-structure caches. It never forgets
//!   by itself, so a flush that is missing, or that comes after a frame was freed, shows in the first
//!   test that could be hurt by it.
//! * [`access`]: loads, stores and fetches, with the faults they make.
//! * [`inspect`]: what processors remember and what page tables take, to be compared with what should be.
//!
//! ```
//! use abi::{Rights, VmOptions, VmoOptions};
//! use vm::{Aspace, MapRequest, Status, Vmo, sim::SimMachine};
//!
//! let machine = SimMachine::new(2, 256);
//! let aspace = machine.aspace(1);
//! let vmo = Vmo::create(machine.memory(), 4096, VmoOptions::empty())?;
//! let rights = Rights::READ | Rights::WRITE | Rights::MAP;
//! let mapped = Aspace::root(&aspace).map(&MapRequest {
//!     vmar_rights: rights,
//!     options: VmOptions::PERM_READ | VmOptions::PERM_WRITE,
//!     vmar_offset: 0,
//!     vmo: &vmo,
//!     vmo_rights: rights,
//!     vmo_offset: 0,
//!     len: 4096,
//! })?;
//!
//! // A store on one processor is seen by a load on another, and in the object.
//! machine.write(0, &aspace, mapped.address, b"hello")?;
//! let mut seen = [0; 5];
//! machine.read(1, &aspace, mapped.address, &mut seen)?;
//! assert_eq!(&seen, b"hello");
//! vmo.read(0, &mut seen)?;
//! assert_eq!(&seen, b"hello");
//!
//! // Once it is unmapped, no processor reaches it any more.
//! Aspace::root(&aspace).unmap(rights, mapped.address, 4096)?;
//! let gone = machine.read(1, &aspace, mapped.address, &mut seen);
//! assert_eq!(gone, Err(Status::NOT_FOUND));
//! # Ok::<(), vm::Status>(())
//! ```

mod access;
mod arena;
mod cpu;
mod inspect;
mod walk;

use std::boxed::Box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, PoisonError};
use std::vec::Vec;

#[cfg(feature = "interleave")]
pub use crate::sync::interleaved::together;
use crate::sync::{Mutex, MutexGuard};
use crate::{Aspace, Frame, Gate, Invalidation, Machine, Memory, Ref, Tables};
use arena::Arena;
use cpu::Cpu;
pub use cpu::Stale;
pub use inspect::Remembered;

/// The machines of this process. They live as long as it does, and a leak checker finds them here.
static MACHINES: std::sync::Mutex<Vec<&'static SimMachine>> = std::sync::Mutex::new(Vec::new());

/// Memory, processors, and a kernel's address space.
pub struct SimMachine {
    arena: Arena,
    cpus: Vec<Mutex<Cpu>>,
    memory: OnceLock<Memory>,
    kernel: OnceLock<Ref<Aspace>>,
    faults: AtomicU64,
    invalidations: AtomicU64,
    entropy: AtomicU64,
    /// How many more allocations of frames succeed before all others fail.
    fuse: AtomicU64,
}

impl SimMachine {
    /// Makes a machine with `cpus` processors, at most 64, and `frames` frames of memory.
    ///
    /// It is never freed: everything in this crate holds on to memory for good, as in a kernel.
    ///
    /// # Panics
    /// If the host has no memory for it, or the frames do not suffice for their own records and the
    /// kernel's tables: 16 do.
    #[expect(clippy::expect_used, reason = "documented, and for tests")]
    pub fn new(cpus: u32, frames: u64) -> &'static SimMachine {
        assert!((1..=64).contains(&cpus), "1 to 64 processors");
        let arena = Arena::new(frames);
        let machine: &'static SimMachine = Box::leak(Box::new(SimMachine {
            arena,
            cpus: (0..cpus).map(|_| Mutex::new(Cpu::default())).collect(),
            memory: OnceLock::new(),
            kernel: OnceLock::new(),
            faults: AtomicU64::new(0),
            invalidations: AtomicU64::new(0),
            entropy: AtomicU64::new(0),
            fuse: AtomicU64::new(u64::MAX),
        }));
        MACHINES.lock().unwrap_or_else(PoisonError::into_inner).push(machine);
        let physical = machine.arena.physical();
        // SAFETY: the window maps the arena's frames, which are the arena's own, live as long as the
        // machine and are reached only through the window.
        let memory = unsafe { Memory::new(machine.arena.window(), &[physical], machine) };
        let memory = machine.memory.get_or_init(|| memory.expect("room for records"));
        memory.set_gate(machine);
        let tables = Tables::new(memory).expect("a frame for the kernel's root table");
        let kernel = Aspace::kernel(memory, tables, Some(0)).expect("frames for kernel tables");
        machine.kernel.get_or_init(|| kernel);
        machine
    }

    /// Returns the machine's memory.
    #[expect(clippy::missing_panics_doc, reason = "set when the machine was made")]
    #[expect(clippy::expect_used, reason = "set when the machine was made")]
    pub fn memory(&self) -> &Memory {
        self.memory.get().expect("made with the machine")
    }

    /// Returns the kernel's address space.
    #[expect(clippy::missing_panics_doc, reason = "set when the machine was made")]
    #[expect(clippy::expect_used, reason = "set when the machine was made")]
    pub fn kernel(&self) -> &Ref<Aspace> {
        self.kernel.get().expect("made with the machine")
    }

    /// Makes an address space of a process, whose layout is drawn from `seed`.
    ///
    /// # Panics
    /// If memory is out.
    #[expect(clippy::expect_used, reason = "documented, and for tests")]
    pub fn aspace(&'static self, seed: u64) -> Ref<Aspace> {
        Aspace::user(self.memory(), self.kernel(), Some(seed)).expect("memory for an address space")
    }

    /// Makes every allocation of frames fail after the next `allocations`; `u64::MAX` means never. Returns
    /// how many were left of the last time.
    pub fn fail_after(&self, allocations: u64) -> u64 {
        self.fuse.swap(allocations, Ordering::Relaxed)
    }

    /// Returns how many page faults there were.
    pub fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }

    /// Returns how many times processors were told to forget something.
    pub fn invalidations(&self) -> u64 {
        self.invalidations.load(Ordering::Relaxed)
    }

    /// Checks that no processor remembers anything that the page tables do not say, or more than
    /// they say: an entry for another frame, a permission that was taken away, a table that is no
    /// longer part of the tables and may be somebody else's frame by now.
    ///
    /// # Errors
    /// The first such memory.
    pub fn check_caches(&self) -> Result<(), Stale> {
        (0u32..)
            .zip(&self.cpus)
            .try_for_each(|(number, cpu)| cpu.lock().check(number, self.memory()))
    }

    #[expect(clippy::indexing_slicing, reason = "a test names a processor it has made")]
    fn cpu(&self, number: u32) -> MutexGuard<'_, Cpu> {
        self.cpus[number as usize].lock()
    }
}

impl Gate for SimMachine {
    fn lets_pass(&self) -> bool {
        let left = self.fuse.load(Ordering::Relaxed);
        if left != u64::MAX {
            self.fuse.store(left.saturating_sub(1), Ordering::Relaxed);
        }
        left != 0
    }
}

impl Machine for SimMachine {
    fn invalidate(&self, cpus: u64, what: Invalidation<'_>) {
        self.invalidations.fetch_add(1, Ordering::Relaxed);
        for (number, cpu) in (0u32..).zip(&self.cpus) {
            if cpus & 1u64.wrapping_shl(number) != 0 {
                cpu.lock().invalidate(what);
            }
        }
    }

    /// # Panics
    /// If a processor still remembers `frame`: it could be somebody else's before it is told.
    fn freed(&self, frame: Frame) {
        for (number, cpu) in (0u32..).zip(&self.cpus) {
            let remembered = cpu.lock().remembers(frame);
            assert!(!remembered, "frame {frame:?} is freed while CPU {number} remembers it");
        }
    }

    /// Returns a different value each time, but the same ones in each run: tests can be repeated.
    fn entropy(&self) -> [u8; 32] {
        let drawn = self.entropy.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 32];
        for (byte, value) in bytes.iter_mut().zip(drawn.to_le_bytes()) {
            *byte = value;
        }
        bytes
    }
}
