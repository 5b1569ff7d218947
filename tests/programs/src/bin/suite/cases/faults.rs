//! What happens on an access, and what stays true of pages that several mappings show.
//!
//! # Source
//! `faults.md` §1, §2, §6 and §8; `vmo.md` §1.

use super::cases;
use crate::entry::{Entry, assert_absent, assert_permits};
use crate::fixture::*;
use crate::usage::Usage;
use crate::{part, probe, zx};
use rt::memory::{load, store};
use rt::{Status, Vmo, start};

cases! { faults:
    gaps_are_not_found,
    addresses_below_the_root_are_not_found,
    reserved_regions_are_not_found,
    first_touch_shows_zeros,
    reading_takes_no_frame,
    the_zero_page_is_never_written,
    the_zero_page_is_replaced_in_every_mapping,
    the_zero_page_is_replaced_by_vmo_write,
    the_zero_page_is_replaced_by_a_call_that_writes_a_result,
    a_page_is_committed_once,
    neighbours_are_not_committed,
    lazy_memory_takes_results_of_calls,
    results_across_two_lazy_pages,
    fatal_accesses,
    a_stack_overflow_kills,
    a_fault_leaves_other_processes_alone,
    the_dead_give_everything_back,
    text_cannot_be_written,
    constants_cannot_be_written,
    data_cannot_be_executed,
    many_pages_in_any_order,
}

fn gaps_are_not_found() {
    let region = region(3);
    region.place(1, &vmo(1), 1, RW);
    for address in [region.base, region.page(1) - 1, region.page(2), region.page(3) - 1] {
        assert_eq!(probe::read(address), Err(Status::NOT_FOUND), "{address:#x}");
        assert_eq!(probe::write(address, 0), Err(Status::NOT_FOUND), "{address:#x}");
    }
}

fn addresses_below_the_root_are_not_found() {
    for address in [0, 1, PAGE, 0x10_0000, root().region().unwrap().base - 1] {
        assert_eq!(probe::read(address), Err(Status::NOT_FOUND), "{address:#x}");
    }
}

fn reserved_regions_are_not_found() {
    let region = region(2);
    assert_eq!(probe::read(region.base), Err(Status::NOT_FOUND));
    let child = region.child(0, 1, CAN_ALL);
    assert_eq!(probe::write(child.base, 1), Err(Status::NOT_FOUND));
}

fn first_touch_shows_zeros() {
    let address = map(&vmo(16), 16, RW);
    for page in 0..16 {
        let at = address + page * PAGE + page * 8;
        assert_absent(at, 1);
        // SAFETY: mapped above.
        unsafe {
            assert_eq!(load::<u64>(at), 0, "page {page}");
            store(at, page + 1);
            assert_eq!((load::<u64>(at), load::<u64>(at + 8)), (page + 1, 0), "page {page}");
        }
    }
}

fn reading_takes_no_frame() {
    let address = map(&vmo(256), 256, RW);
    let read_all = || {
        for page in 0..256 {
            // SAFETY: mapped above.
            assert_eq!(unsafe { load::<u8>(address + page * PAGE) }, 0);
        }
    };
    read_all();
    let before = Usage::now().frames();
    root().protect(NONE, address, 256 * PAGE).unwrap();
    root().protect(RW, address, 256 * PAGE).unwrap();
    read_all();
    assert!(Usage::now().frames() <= before + 4, "tables at most");
}

fn the_zero_page_is_never_written() {
    let (one, other) = (map(&vmo(1), 1, RW), map(&vmo(1), 1, RW));
    // SAFETY: mapped above.
    unsafe {
        assert_eq!((load::<u64>(one), load::<u64>(other)), (0, 0));
        assert_permits(one, R);
        assert_eq!(Entry::of(one), Entry::of(other), "one page of zeros for all");
        store(one, u64::MAX);
        assert_eq!((load::<u64>(one), load::<u64>(other)), (u64::MAX, 0));
        assert_permits(one, RW);
        assert_permits(other, R);
        assert_ne!(Entry::of(one).frame(), Entry::of(other).frame());
    }
    assert_eq!(probe::read(map(&vmo(1), 1, R)), Ok(0));
}

/// Two mappings of one page that show the zero page.
struct Aliases {
    object: Vmo,
    one: u64,
    other: u64,
    zeros: Entry,
}

impl Aliases {
    fn new() -> Self {
        let object = vmo(1);
        let (one, other) = (map(&object, 1, RW), map(&object, 1, R));
        // SAFETY: mapped above.
        unsafe { assert_eq!((load::<u64>(one), load::<u64>(other)), (0, 0)) };
        let zeros = Entry::of(one);
        assert_permits(one, R);
        assert_eq!(Entry::of(other), zeros);
        Self { object, one, other, zeros }
    }

    /// Checks that both show the object's own page now.
    #[track_caller]
    fn assert_replaced(&self, expected: u64) {
        for address in [self.one, self.other] {
            assert_ne!(Entry::of(address), self.zeros, "before anybody looks");
            assert_eq!(see(address), expected);
        }
        let frames = [self.one, self.other].map(|address| Entry::of(address).frame());
        assert_eq!(frames[0], frames[1]);
        assert_ne!(frames[0], self.zeros.frame());
        assert_permits(self.other, R);
    }
}

/// Reads the word at `address`, which is mapped.
fn see(address: u64) -> u64 {
    // SAFETY: the callers mapped it.
    unsafe { load(address) }
}

fn the_zero_page_is_replaced_in_every_mapping() {
    let aliases = Aliases::new();
    // SAFETY: mapped writable.
    unsafe { store(aliases.one, 7_u64) };
    aliases.assert_replaced(7);
    assert_eq!(probe::byte_of(&aliases.object, 0), 7);
}

fn the_zero_page_is_replaced_by_vmo_write() {
    let aliases = Aliases::new();
    aliases.object.write(0, &[8]).unwrap();
    aliases.assert_replaced(8);
}

fn the_zero_page_is_replaced_by_a_call_that_writes_a_result() {
    let aliases = Aliases::new();
    assert_eq!(zx::vmo_get_size(&vmo(3), aliases.one), Status::OK);
    aliases.assert_replaced(3 * PAGE);
}

fn a_page_is_committed_once() {
    let address = map_in_one_table(&vmo(4), 4, RW);
    assert_eq!(probe::write(address, 1), Ok(()));
    let before = Usage::now().frames();
    for offset in 0..256 {
        assert_eq!(probe::write(address + offset * 16, 1), Ok(()));
    }
    assert_eq!(Usage::now().frames(), before);
    assert_eq!(probe::write(address + PAGE, 1), Ok(()));
    assert_eq!(Usage::now().frames(), before + 1);
}

fn neighbours_are_not_committed() {
    let object = vmo(64);
    let address = map_in_one_table(&object, 64, RW);
    assert_eq!(probe::write(address, 1), Ok(()));
    let before = Usage::now().frames();
    assert_eq!(probe::write(address + 32 * PAGE, 1), Ok(()));
    assert_eq!(Usage::now().frames(), before + 1);
    assert_eq!(probe::read(address + 33 * PAGE), Ok(0));
    assert_eq!(Usage::now().frames(), before + 1);
}

fn lazy_memory_takes_results_of_calls() {
    let address = map(&vmo(4), 4, RW);
    assert_eq!(zx::vmo_create(PAGE, 0, address), Status::OK);
    assert_eq!(zx::cprng_draw(address + PAGE, 2 * PAGE), Status::OK);
    assert_eq!(zx::object_wait_one(start().process(), 0, 0, address + 3 * PAGE), Status::TIMED_OUT);
    let drawn = (0..16).map(|word| see(address + PAGE + word * 256));
    assert!(drawn.clone().any(|word| word != 0));
}

fn results_across_two_lazy_pages() {
    let address = map(&vmo(2), 2, RW);
    assert_eq!(zx::vmo_get_size(&vmo(9), address + PAGE - 3), Status::OK);
    let mut bytes = [0; 8];
    for (at, byte) in (address + PAGE - 3..).zip(&mut bytes) {
        *byte = probe::read(at).unwrap();
    }
    assert_eq!(u64::from_le_bytes(bytes), 9 * PAGE);
}

/// Addresses and accesses that kill, by number.
fn access(kind: u64) {
    let read_only = map(&vmo(1), 1, R);
    let sealed = map(&vmo(1), 1, NONE);
    let short = map(&vmo(1), 2, RW) + PAGE;
    let region = region(1);
    let gone = map(&vmo(1), 1, RW);
    root().unmap(gone, PAGE).unwrap();
    let (address, is_write) = match kind {
        0 => (read_only, true),
        1 => (sealed, true),
        2 => (sealed, false),
        3 => (short, true),
        4 => (short, false),
        5 => (region.base, true),
        6 => (region.base, false),
        7 => (gone, true),
        8 => (gone, false),
        9 => (read_only + PAGE - 1, true),
        10 => (abi::layout::USER_END, false),
        _ => (abi::layout::USER_END + PAGE - 1, true),
    };
    // SAFETY: to die of it is what this process is for.
    unsafe {
        if is_write {
            store(address, 1_u8);
        } else {
            load::<u8>(address);
        }
    }
}

fn fatal_accesses() {
    for kind in 0..12 {
        part::dies(access, kind);
    }
}

/// Calls itself until the stack is full.
fn recurse(depth: u64) {
    let frame = [depth; 64];
    core::hint::black_box(&frame);
    if depth < u64::MAX {
        recurse(depth + 1);
    }
    core::hint::black_box(&frame);
}

fn a_stack_overflow_kills() {
    part::dies(recurse, 0);
}

fn a_fault_leaves_other_processes_alone() {
    let object = numbered(1, 5);
    let address = map(&object, 1, RW);
    for kind in 0..4 {
        part::dies(access, kind);
        assert_eq!(probe::read(address), Ok(5));
    }
}

/// Takes 64 pages and dies.
fn take_and_die(_: u64) {
    let address = map(&vmo(64), 64, RW);
    for page in 0..64 {
        assert_eq!(probe::write(address + page * PAGE, 1), Ok(()));
    }
    // SAFETY: to die of it is what this process is for.
    unsafe { store(0, 1_u8) };
}

fn the_dead_give_everything_back() {
    part::dies(take_and_die, 0);
    let before = Usage::now().frames();
    for _ in 0..4 {
        part::dies(take_and_die, 0);
    }
    assert_eq!(Usage::now().frames(), before);
}

/// Writes to this very function.
fn write_text(_: u64) {
    // SAFETY: to die of it is what this process is for.
    unsafe { store(write_text as *const () as u64, 0xC3_u8) };
}

fn text_cannot_be_written() {
    let text = write_text as *const () as u64;
    assert_eq!(probe::write(text, 0xC3), Err(Status::ACCESS_DENIED));
    assert_eq!(probe::read(text).err(), None);
    assert_permits(text, RX);
    part::dies(write_text, 0);
}

fn constants_cannot_be_written() {
    let constant = core::ptr::from_ref(super::SECTIONS).expose_provenance() as u64;
    let text = "text".as_ptr().expose_provenance() as u64;
    for address in [constant, text] {
        assert_eq!(probe::write(address, 0), Err(Status::ACCESS_DENIED));
        assert_eq!(probe::read(address).err(), None);
        assert_permits(address, R);
    }
}

static mut DATA: [u8; 16] = [0xC3; 16];

/// Calls the `ret` that lies in the data segment.
fn call_data(_: u64) {
    // SAFETY: to die of the call is what this process is for.
    let function =
        unsafe { core::mem::transmute::<*const (), extern "C" fn()>((&raw const DATA).cast()) };
    function();
}

fn data_cannot_be_executed() {
    let data = (&raw mut DATA).expose_provenance() as u64;
    let on_the_stack = core::ptr::from_ref(&data).expose_provenance() as u64;
    for address in [data, on_the_stack] {
        let byte = probe::read(address).unwrap();
        assert_eq!(probe::write(address, byte), Ok(()));
        assert_permits(address, RW);
    }
    part::dies(call_data, 0);
}

fn many_pages_in_any_order() {
    const PAGES: u64 = 509;
    let object = vmo(PAGES);
    let address = map(&object, PAGES, RW);
    let mut page = 1;
    for _ in 0..PAGES {
        page = page * 7 % PAGES;
        // SAFETY: mapped above.
        unsafe { store(address + page * PAGE, page) };
    }
    let mut bytes = [0; 8];
    for page in 1..PAGES {
        object.read(page * PAGE, &mut bytes).unwrap();
        let expected = if is_reached(page, PAGES) { page } else { 0 };
        assert_eq!(u64::from_le_bytes(bytes), expected, "page {page}");
    }
}

/// Is `page` a power of 7 modulo `pages`?
fn is_reached(page: u64, pages: u64) -> bool {
    core::iter::successors(Some(7 % pages), |power| Some(power * 7 % pages))
        .take(usize::try_from(pages).unwrap())
        .any(|power| power == page)
}
