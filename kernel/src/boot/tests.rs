//! Tests of what boot leaves behind, on the live page tables.

use x86_64::VirtAddr;
use x86_64::registers::control::Cr3;
use x86_64::structures::paging::{PageTable, PageTableFlags};

use abi::{Rights, VmOptions, VmoOptions};
use vm::{Access, Aspace, MapRequest, Vmo};

use super::{IMAGE_BASE, handover, image};
use crate::arch::tlb;
use crate::memory;

/// A leaf of the live tables.
struct Leaf {
    address: u64,
    len: u64,
    writable: bool,
    executable: bool,
    user: bool,
}

/// Calls `visit` for each leaf below `table`. `inherited` is what the entries above allow.
fn walk(table: u64, level: u32, base: u64, inherited: PageTableFlags, visit: &mut dyn FnMut(Leaf)) {
    // SAFETY: page tables are in the direct map, and nothing changes the kernel's half meanwhile.
    let table = unsafe { &*memory::direct(table).cast::<PageTable>() };
    let len = 1u64 << (12 + 9 * (level - 1));
    for (index, entry) in table.iter().enumerate() {
        let flags = entry.flags();
        if !flags.contains(PageTableFlags::PRESENT) {
            continue;
        }
        let address = VirtAddr::new_truncate(base.wrapping_add(index as u64 * len)).as_u64();
        let both = PageTableFlags::WRITABLE | PageTableFlags::USER_ACCESSIBLE;
        // Writing and ring 3 must be allowed on all levels; not executing on any one.
        let allowed =
            (inherited & flags & both) | ((inherited | flags) & PageTableFlags::NO_EXECUTE);
        if level > 1 && !flags.contains(PageTableFlags::HUGE_PAGE) {
            walk(entry.addr().as_u64(), level - 1, address, allowed, visit);
            continue;
        }
        visit(Leaf {
            address,
            len,
            writable: allowed.contains(PageTableFlags::WRITABLE),
            executable: !allowed.contains(PageTableFlags::NO_EXECUTE),
            user: allowed.contains(PageTableFlags::USER_ACCESSIBLE),
        });
    }
}

fn each_leaf(visit: impl FnMut(Leaf)) {
    each_leaf_of(Cr3::read().0.start_address().as_u64(), visit);
}

fn each_leaf_of(root: u64, mut visit: impl FnMut(Leaf)) {
    walk(root, 4, 0, PageTableFlags::WRITABLE | PageTableFlags::USER_ACCESSIBLE, &mut visit);
}

#[test_case]
fn nothing_is_writable_and_executable() {
    let mut leaves = 0;
    each_leaf(|leaf| {
        assert!(
            !(leaf.writable && leaf.executable),
            "{:#x} is writable and executable",
            leaf.address
        );
        leaves += 1;
    });
    assert!(leaves > 100);
}

#[test_case]
fn the_lower_half_is_empty_and_ring_3_sees_nothing() {
    each_leaf(|leaf| {
        assert!(leaf.address >= memory::DIRECT_MAP && !leaf.user, "{:#x}", leaf.address)
    });
}

#[test_case]
fn only_the_image_is_executable() {
    let image = image::pages();
    assert!(image.start == IMAGE_BASE);
    each_leaf(|leaf| {
        assert!(!leaf.executable || image.contains(&leaf.address), "{:#x}", leaf.address)
    });
}

#[test_case]
fn segments_are_mapped_as_the_file_says() {
    let mut seen = 0;
    for segment in image::segments() {
        each_leaf(|leaf| {
            if segment.pages.contains(&leaf.address) {
                assert_eq!(leaf.writable, segment.perms.contains(vm::Perms::WRITE));
                assert_eq!(leaf.executable, segment.perms.contains(vm::Perms::EXECUTE));
                seen += leaf.len;
            }
        });
    }
    let all: u64 = image::segments().map(|segment| segment.pages.end - segment.pages.start).sum();
    assert_eq!(seen, all);
}

#[test_case]
fn the_direct_map_has_large_leaves_and_leaves_the_image_out() {
    let mut largest = 0;
    let image_end = memory::DIRECT_MAP + (1 << 39);
    each_leaf(|leaf| {
        if leaf.address < image_end {
            largest = largest.max(leaf.len);
        }
    });
    assert!(largest >= 2 << 20);
    let mut hidden = image::frames().clone();
    hidden.remove_all(image::symbol_frames());
    for range in hidden.iter() {
        assert_eq!(tlb::translate(memory::direct(range.start) as u64), None);
        assert_eq!(tlb::translate(memory::direct(range.end - 1) as u64), None);
    }
}

#[test_case]
fn all_memory_is_counted() {
    let handover = handover::handover();
    let known = handover.free.bytes() + handover.bootloader.bytes();
    let counted = memory::memory().total_frames() * 4096;
    // The symbols may begin in the last page of the image.
    let mut kept = image::frames().clone();
    image::symbol_frames().iter().for_each(|range| kept.add(range.clone()));
    kept.add(handover::touched_pages(&handover.ramdisk));
    // What is left are the frame records: 8 bytes a frame, up to the highest address, and 16 for each block of 512.
    let records = known - counted - kept.bytes();
    let highest = handover.free.iter().map(|range| range.end).max().expect("memory");
    let blocks = (highest / 4096).div_ceil(512);
    assert_eq!(records, (blocks * (512 * 8 + 16)).next_multiple_of(4096));
}

#[test_case]
fn the_kernels_address_space_keeps_its_invariants() {
    if let Err(violation) = memory::kernel_aspace().check_invariants() {
        panic!("{violation:?}");
    }
}

#[test_case]
fn a_new_address_space_has_nothing_in_the_user_half() {
    let aspace = Aspace::user(memory::memory(), memory::kernel_aspace(), None).expect("memory");
    let mut leaves = 0;
    each_leaf_of(aspace.table_root().address(), |leaf| {
        assert!(leaf.address >= memory::DIRECT_MAP && !leaf.user, "{:#x}", leaf.address);
        leaves += 1;
    });
    assert!(leaves > 100, "the kernel's half is that of all others");
}

#[test_case]
fn entries_of_the_user_half_are_those_of_its_mappings() {
    let aspace = Aspace::user(memory::memory(), memory::kernel_aspace(), None).expect("memory");
    let vmo = Vmo::create(memory::memory(), 8 * 4096, VmoOptions::empty()).expect("memory");
    let request = MapRequest {
        vmar_rights: Rights::all(),
        options: VmOptions::PERM_READ | VmOptions::PERM_WRITE,
        vmar_offset: 0,
        vmo: &vmo,
        vmo_rights: Rights::all(),
        vmo_offset: 0,
        len: 8 * 4096,
    };
    let base = Aspace::root(&aspace).map(&request).expect("memory").address;
    aspace.fault(base, Access::Read).expect("zeros");
    aspace.fault(base + 4096, Access::Write).expect("a frame");
    aspace.check_invariants().expect("invariants");
    let mut seen = [(0, false); 2];
    let mut places = seen.iter_mut();
    each_leaf_of(aspace.table_root().address(), |leaf| {
        if leaf.user {
            assert!(!leaf.executable && leaf.len == 4096);
            *places.next().expect("no more than two") = (leaf.address, leaf.writable);
        }
    });
    assert_eq!(seen, [(base, false), (base + 4096, true)]);
}
