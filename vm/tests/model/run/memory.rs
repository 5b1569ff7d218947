//! What processors do.

use abi::Status;
use vm::{Access, Aspace, Result};

use super::starve::OnFailure::{Begun, Unchanged};
use super::{Run, Starved};
use crate::common::{self, PAGE};
use crate::flat::Shown;
use crate::objects::pieces;
use crate::ops::{MemoryOp, SPACES};

impl Run {
    pub(super) fn on_memory(&mut self, operation: &MemoryOp) {
        // A processor needs the heap of the host for what it remembers.
        self.starved = self.starved.filter(|starved| matches!(starved, Starved::Frames));
        match *operation {
            MemoryOp::Touch { cpu, space, access, offset, len, byte } => {
                let cpu = cpu % self.cpus;
                let at = self.arenas[space].first_page * PAGE + offset;
                match access {
                    Access::Read => self.load(cpu, space, at, len),
                    Access::Write => self.store(cpu, space, at, &pattern(byte, len)),
                    Access::Execute => self.fetch(cpu, space, at),
                }
            }
            MemoryOp::Sweep { cpu, space } => self.sweep(cpu % self.cpus, space),
            MemoryOp::Switch { cpu, space } => {
                let cpu = cpu % self.cpus;
                self.machine.load(cpu, &self.arenas[space].aspace);
                let is_kernel = space + 1 == SPACES;
                self.loaded[cpu as usize] = (!is_kernel).then(|| self.arenas[space].serial);
            }
            MemoryOp::Find { space, offset } => self.find(space, offset),
            MemoryOp::Renew { space } => self.renew(space),
        }
    }

    /// Notes that a processor is about to use an address space. The kernel's is part of all.
    fn enter(&mut self, cpu: u32, space: usize) {
        if space + 1 != SPACES {
            self.loaded[cpu as usize] = Some(self.arenas[space].serial);
        }
    }

    fn load(&mut self, cpu: u32, space: usize, at: u64, len: usize) {
        let mut bytes = vec![0; len];
        let aspace = self.arenas[space].aspace.clone();
        if len != 0 {
            self.enter(cpu, space);
        }
        let machine = self.machine;
        let result = self.call(Unchanged, || machine.read(cpu, &aspace, at, &mut bytes));
        let expected = pieces(at, len as u64).try_fold(Vec::new(), |mut all, (page, part)| {
            all.extend_from_slice(&self.seen(space, page, Access::Read)?[part]);
            Ok(all)
        });
        assert_eq!(result.map(|()| bytes), expected);
    }

    fn store(&mut self, cpu: u32, space: usize, at: u64, bytes: &[u8]) {
        let aspace = self.arenas[space].aspace.clone();
        if !bytes.is_empty() {
            self.enter(cpu, space);
        }
        let machine = self.machine;
        let result = self.call(Begun, || machine.write(cpu, &aspace, at, bytes));
        let mut rest = bytes;
        let expected = pieces(at, bytes.len() as u64).try_for_each(|(page, part)| {
            self.seen(space, page, Access::Write)?;
            let shown = self.arenas[space].model.access(page, Access::Write)?;
            let (now, later) = rest.split_at(part.len());
            self.model.write_page(shown.vmo, shown.vmo_page)?[part].copy_from_slice(now);
            rest = later;
            Ok(())
        });
        assert_eq!(result, expected);
    }

    fn fetch(&mut self, cpu: u32, space: usize, at: u64) {
        let aspace = self.arenas[space].aspace.clone();
        self.enter(cpu, space);
        let machine = self.machine;
        let result = self.call(Unchanged, || machine.execute(cpu, &aspace, at));
        let bytes = self.seen(space, at / PAGE, Access::Execute);
        assert_eq!(result, bytes.map(|bytes| bytes[(at % PAGE) as usize]));
    }

    /// Says what an access to a page finds in the model.
    fn seen(&self, space: usize, page: u64, access: Access) -> Result<&[u8; PAGE as usize]> {
        let shown = self.arenas[space].model.access(page, access)?;
        if shown.vmo_page >= self.model.touchable(shown.vmo, shown.stream_only) {
            return Err(Status::OUT_OF_RANGE);
        }
        self.model.store(shown.vmo).check_kept()?;
        self.model.read_page(shown.vmo, shown.vmo_page)
    }

    pub(super) fn sweep(&mut self, cpu: u32, space: usize) {
        self.enter(cpu, space);
        let arena = &self.arenas[space];
        let (pages, _) = self.scale.arena_pages();
        for page in (0..=pages).map(|page| arena.first_page + self.scale.page(page)) {
            let within = page % 7;
            let byte = common::load(self.machine, cpu, &arena.aspace, page * PAGE + within);
            let bytes = self.seen(space, page, Access::Read);
            assert_eq!(byte, bytes.map(|bytes| bytes[within as usize]));
        }
    }

    fn find(&self, space: usize, offset: u64) {
        let arena = &self.arenas[space];
        let at = arena.first_page * PAGE + offset;
        let (page, within) = (at / PAGE, at % PAGE);
        let shown = arena.model.shown(page);
        match arena.aspace.shown_at(at) {
            Err(status) => assert_eq!((status, shown), (Status::NOT_FOUND, None)),
            Ok(found) => {
                let shown = shown.expect("something is shown");
                let pages = arena.model.piece(page, u64::MAX).map_or(0, |piece| piece.pages);
                assert_eq!(found.vmo.label() as usize, shown.vmo + 1);
                assert_eq!(found.offset, shown.vmo_page * PAGE + within);
                assert_eq!(found.len, pages * PAGE - within);
            }
        }
        let is_missing = |shown: Shown| self.model.read_page(shown.vmo, shown.vmo_page).is_err();
        let found =
            arena.aspace.missing(at, Access::Read).map(|missing| (missing.at(), missing.bytes()));
        assert_eq!(found, shown.filter(|shown| is_missing(*shown)).map(|_| (page * PAGE, PAGE)));
        let is_closed = |shown: Shown| {
            let pages = shown.vmo_page..shown.vmo_page + 1;
            self.model.first_closed(shown.vmo, pages).is_some()
        };
        let found = arena.aspace.missing(at, Access::Write).map(|missing| missing.at());
        assert_eq!(found, shown.filter(|shown| is_closed(*shown)).map(|_| page * PAGE));
    }

    fn renew(&mut self, space: usize) {
        let old = self.named.iter().filter(|named| named.space == space);
        let old: Vec<vm::Vmar> = old.map(|named| named.vmar.clone()).collect();
        self.arenas[space].aspace.destroy();
        assert!(old.iter().all(|vmar| vmar.destroy() == Err(Status::BAD_STATE)));
        let root = Aspace::root(&self.arenas[space].aspace);
        assert_eq!(root.destroy(), Err(Status::BAD_STATE));
        self.named.retain(|named| named.space != space);
        let new = self.make_arena(space);
        self.arenas[space] = new;
    }
}

/// Bytes that tell where they are from.
pub(super) fn pattern(byte: u8, len: usize) -> Vec<u8> {
    (0..len).map(|at| byte.wrapping_add((at % 251) as u8)).collect()
}
