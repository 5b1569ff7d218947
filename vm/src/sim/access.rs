//! Loads, stores and fetches.

use core::sync::atomic::Ordering;

use super::cpu::Cpu;
use super::{SimMachine, walk};
use crate::sync::point;
use crate::units::{PAGE_SIZE, page_of};
use crate::{Access, Aspace, Frame, Ref, Result};

impl SimMachine {
    /// Loads `aspace` on processor `cpu`, as a switch between threads does. The kernel's is part of
    /// every other and need not be loaded to be used.
    pub fn load(&self, cpu: u32, aspace: &Ref<Aspace>) {
        aspace.enter(cpu);
        let before = self.cpu(cpu).load(aspace.clone());
        if let Some(before) = before
            && !Ref::ptr_eq(&before, aspace)
        {
            before.leave(cpu);
        }
    }

    /// Loads the kernel's address space on every processor: none holds on to another then.
    pub fn unload_all(&self) {
        (0u32..).zip(&self.cpus).for_each(|(cpu, _)| self.load(cpu, self.kernel()));
    }

    /// Loads bytes from `address` of `aspace` into `out` on processor `cpu`: in ring 3, or for the
    /// kernel's address space in ring 0.
    ///
    /// # Errors
    /// Those of [`Aspace::fault`]. What lies before the page that could not be loaded was loaded.
    pub fn read(&self, cpu: u32, aspace: &Ref<Aspace>, address: u64, out: &mut [u8]) -> Result<()> {
        let mut at = address;
        let mut rest = out;
        while !rest.is_empty() {
            let (now, later) = rest.split_at_mut(piece(at, rest.len()));
            self.reach(cpu, aspace, (at, Access::Read), |from| {
                // SAFETY: `reach` says where a byte of a frame is, and the piece ends with the frame.
                unsafe { now.as_mut_ptr().copy_from_nonoverlapping(from, now.len()) };
            })?;
            at = at.wrapping_add(now.len() as u64);
            rest = later;
        }
        Ok(())
    }

    /// Stores `data` at `address`; otherwise as [`SimMachine::read`].
    ///
    /// # Errors
    /// Those of [`Aspace::fault`]. What lies before the page that could not be stored to was stored.
    pub fn write(&self, cpu: u32, aspace: &Ref<Aspace>, address: u64, data: &[u8]) -> Result<()> {
        let mut at = address;
        let mut rest = data;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(piece(at, rest.len()));
            self.reach(cpu, aspace, (at, Access::Write), |to| {
                // SAFETY: as in `read`.
                unsafe { to.copy_from_nonoverlapping(now.as_ptr(), now.len()) };
            })?;
            at = at.wrapping_add(now.len() as u64);
            rest = later;
        }
        Ok(())
    }

    /// Fetches the byte of an instruction at `address`; otherwise as [`SimMachine::read`].
    ///
    /// # Errors
    /// Those of [`Aspace::fault`].
    pub fn execute(&self, cpu: u32, aspace: &Ref<Aspace>, address: u64) -> Result<u8> {
        let mut byte = 0;
        self.reach(cpu, aspace, (address, Access::Execute), |from| {
            // SAFETY: as in `read`.
            byte = unsafe { from.read() };
        })?;
        Ok(byte)
    }

    /// Says whether the page at `address` is mapped so that accesses go past all caches; none if it is
    /// not mapped now.
    pub fn is_uncached(&self, aspace: &Aspace, address: u64) -> Option<bool> {
        walk::leaf(self.memory(), aspace.table_root(), page_of(address)).map(|leaf| leaf.uncached)
    }

    /// Hands `use_it` where the byte at `address` is, after the faults that may be needed to get at it.
    /// The processor is not told to forget anything meanwhile: that is between two instructions.
    ///
    /// # Panics
    /// If it faults again and again: more often than others can have taken the entry away meanwhile.
    fn reach(
        &self,
        cpu: u32,
        aspace: &Ref<Aspace>,
        (address, access): (u64, Access),
        mut use_it: impl FnMut(*mut u8),
    ) -> Result<()> {
        const MOST_FAULTS: u32 = 16;
        self.load_for(cpu, aspace);
        for _ in 0..MOST_FAULTS {
            let mut processor = self.cpu(cpu);
            if let Some(frame) = self.translate(&mut processor, aspace, address, access) {
                point();
                let within = address.wrapping_rem(PAGE_SIZE) as usize;
                use_it(self.memory().window(frame).wrapping_add(within));
                return Ok(());
            }
            drop(processor);
            self.faults.fetch_add(1, Ordering::Relaxed);
            aspace.fault(address, access)?;
        }
        panic!("{access:?} at {address:#x} faults again and again, although it is resolved");
    }

    /// Loads `aspace` on `cpu` if what is loaded does not show it.
    fn load_for(&self, cpu: u32, aspace: &Ref<Aspace>) {
        let shown = match self.cpu(cpu).loaded() {
            Some(loaded) => Ref::ptr_eq(loaded, aspace) || !aspace.is_user(),
            None => false,
        };
        if !shown {
            self.load(cpu, aspace);
        }
    }

    fn translate(
        &self,
        cpu: &mut Cpu,
        aspace: &Aspace,
        address: u64,
        access: Access,
    ) -> Option<Frame> {
        if !is_canonical(address) {
            return None;
        }
        cpu.translate(self.memory(), page_of(address), access, aspace.is_user())
    }
}

/// Says whether bits 47 to 63 are alike: others are refused before any table is read.
fn is_canonical(address: u64) -> bool {
    let upper = address.wrapping_shr(47);
    upper == 0 || upper == 0x1_ffff
}

/// Returns how many of `left` bytes from `address` are in its page.
fn piece(address: u64, left: usize) -> usize {
    let to_end = PAGE_SIZE.wrapping_sub(address.wrapping_rem(PAGE_SIZE));
    left.min(to_end as usize)
}
