//! What is compared after every operation.

use std::sync::atomic::Ordering;

use abi::{CachePolicy, VmOptions};
use vm::sim::Remembered;
use vm::{Access, Perms, RegionInfo, Vmar};

use super::Run;
use super::create::GONE;
use crate::common::{self, PAGE};
use crate::flat::Listed;
use crate::objects::{Kind, Page, ZEROS};
use crate::ops::SPACES;

/// Whether the model knows which pages share frames: after a call that failed for want of memory, some may
/// have got their own.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Sharing {
    Known,
    Unknown,
}

impl Run {
    /// Compares everything there is but the bytes that no processor remembers.
    pub(super) fn check(&self) {
        self.check_bytes(Sharing::Known);
        let lists: Vec<_> = self.arenas.iter().map(|arena| arena.model.list()).collect();
        self.check_regions(&lists);
        self.check_objects(&lists);
        assert_eq!(self.count_frames(), self.frames, "a frame is lost or has two owners");
    }

    /// Compares what processors would read and what they would be allowed.
    pub(super) fn check_bytes(&self, sharing: Sharing) {
        self.check_rules();
        for cpu in 0..self.cpus {
            self.machine.each_remembered(cpu, |page| self.check_remembered(cpu, &page, sharing));
        }
    }

    /// Checks all that has to hold whatever the operations were.
    pub(super) fn check_rules(&self) {
        for arena in &self.arenas {
            common::check_aspace(&arena.aspace);
        }
        common::check_caches(self.machine);
    }

    /// Compares a page that a processor remembers with what the model has there.
    fn check_remembered(&self, cpu: u32, page: &Remembered<'_>, sharing: Sharing) {
        let address = page.address();
        let in_kernel = address >= abi::layout::KERNEL_VMAR_BASE;
        let arena = self.arenas.iter().enumerate().find(|(space, arena)| {
            let is_kernel = space + 1 == SPACES;
            is_kernel == in_kernel && (is_kernel || self.loaded[cpu as usize] == Some(arena.serial))
        });
        let shown = arena.and_then(|(_, arena)| arena.model.shown(address / PAGE));
        let Some(shown) = shown else {
            panic!("CPU {cpu} remembers {address:#x}, where nothing is");
        };
        check_permissions(cpu, page, shown.perms);
        let is_shared = sharing == Sharing::Known && !self.model.is_own(shown.vmo, shown.vmo_page);
        assert!(
            !(page.permits(Access::Write) && is_shared),
            "CPU {cpu} would write a shared page at {address:#x}"
        );
        let object = self.model.store(shown.vmo);
        let store_page = self.model.store_page(shown.vmo, shown.vmo_page);
        assert!(
            sharing == Sharing::Unknown
                || !page.permits(Access::Write)
                || object.is_open(store_page),
            "CPU {cpu} would write a clean page at {address:#x} unnoticed"
        );
        assert!(
            shown.vmo_page < self.model.touchable(shown.vmo, shown.stream_only),
            "CPU {cpu} remembers {address:#x}, past the end of what is shown there"
        );
        assert!(object.check_kept().is_ok(), "CPU {cpu} remembers discarded pages");
        let bytes = self.model.read_page(shown.vmo, shown.vmo_page);
        assert!(
            page.holds(bytes.unwrap_or(ZEROS)) && bytes.is_ok(),
            "CPU {cpu} would read wrong bytes at {address:#x}"
        );
        let is_uncached = object.policy() != CachePolicy::Cached;
        assert_eq!(page.is_uncached(), is_uncached, "caching at {address:#x}");
    }

    fn check_regions(&self, lists: &[Vec<Listed>]) {
        for (space, (arena, list)) in self.arenas.iter().zip(lists).enumerate() {
            let named = self.named.iter().find(|named| named.space == space && named.number == 0);
            let Some(named) = named.filter(|_| arena.model.is_alive(0)) else {
                continue;
            };
            assert_eq!(&surveyed(&named.vmar), list);
        }
        for named in &self.named {
            let is_alive = self.arenas[named.space].model.is_alive(named.number);
            assert_eq!(named.vmar.is_alive(), is_alive);
        }
    }

    fn check_objects(&self, lists: &[Vec<Listed>]) {
        for (number, known) in self.objects.iter().enumerate() {
            let Some(vmo) = &known.vmo else { continue };
            assert_eq!(vmo.size(), self.model.size(number) * PAGE);
            assert_eq!(vmo.stream_size(), self.model.stream_size(number));
            let frames = (vmo.committed_frames(), vmo.shared_frames());
            assert_eq!(frames, self.model.committed(number), "frames of object {number}");
            let policy = self.model.store(number).policy();
            assert_eq!(vmo.cache_policy(), policy, "cache policy of object {number}");
            let is_of = |listed: &&Listed| listed.mapping.is_some_and(|(vmo, ..)| vmo == number);
            let mappings = lists.iter().map(|list| list.iter().filter(is_of).count());
            assert_eq!(vmo.mapping_count(), mappings.clone().sum::<usize>());
            assert_eq!(vmo.aspace_count(), mappings.filter(|count| *count != 0).count());
        }
        for (number, known) in self.objects.iter().enumerate() {
            let Some(told) = &known.told else { continue };
            let expected =
                if self.model.is_gone(number) { GONE } else { self.model.cut_at(number) };
            assert_eq!(told.load(Ordering::Relaxed), expected, "what the source was told");
        }
        for pin in &self.pins {
            let mut frames = pin.frames.iter();
            pin.pinned.first_frames(u64::MAX, |frame| {
                assert_eq!(frames.next(), Some(&frame), "it was pinned")
            });
            assert_eq!(frames.next(), None, "pinned pages");
        }
    }

    /// Counts the frames that are free, of page tables, and of objects.
    pub(super) fn count_frames(&self) -> u64 {
        let tables = self.arenas.iter().map(|arena| self.machine.table_frames(&arena.aspace));
        // An address space that is gone has its highest table until processors load another one.
        let mut gone: Vec<usize> = self.loaded.iter().flatten().copied().collect();
        gone.sort_unstable();
        gone.dedup();
        gone.retain(|serial| self.arenas.iter().all(|arena| arena.serial != *serial));
        self.machine.memory().free_frames() + tables.sum::<u64>() + gone.len() as u64 + Page::live()
    }

    /// Compares every byte of every object that has a name.
    pub(super) fn check_all_bytes(&self) {
        for (number, known) in self.objects.iter().enumerate() {
            let Some(vmo) = &known.vmo else { continue };
            if self.model.store(number).kind() == Kind::Physical {
                continue;
            }
            let mut bytes = vec![1; PAGE as usize];
            for page in 0..self.model.size(number).min(200) {
                let result = vmo.read(page * PAGE, &mut bytes).map(|()| bytes.clone());
                assert_eq!(result, self.model.read(number, page * PAGE, PAGE), "page {page}");
            }
        }
    }
}

/// Checks that a processor permits nothing that the mapping does not.
fn check_permissions(cpu: u32, page: &Remembered<'_>, perms: VmOptions) {
    for (access, perm) in [
        (Access::Read, VmOptions::PERM_READ),
        (Access::Write, VmOptions::PERM_WRITE),
        (Access::Execute, VmOptions::PERM_EXECUTE),
    ] {
        assert!(
            !page.permits(access) || perms.contains(perm),
            "CPU {cpu} would permit {access:?} at {:#x}",
            page.address()
        );
    }
}

/// Lists what is in a VMAR that is alive.
fn surveyed(vmar: &Vmar) -> Vec<Listed> {
    let mut survey = vmar.survey();
    let mut found = Vec::new();
    loop {
        let batch = survey.next_batch().expect("alive");
        if batch.is_empty() {
            return found;
        }
        found.extend(batch.iter().map(listed));
    }
}

/// Returns what the crate says of a region in the words of the model.
fn listed(region: &RegionInfo) -> Listed {
    Listed {
        base: region.base,
        len: region.len,
        depth: region.depth,
        mapping: region.mapping.as_ref().map(|mapping| {
            let perms = VmOptions::from_bits_truncate(u32::from(mapping.perms.bits()));
            assert_eq!(Perms::requested(perms), mapping.perms);
            // Objects are labelled with their numbers plus one.
            (mapping.vmo.label() as usize - 1, mapping.vmo_offset, perms)
        }),
    }
}
