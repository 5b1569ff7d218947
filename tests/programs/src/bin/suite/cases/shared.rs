//! One object in several processes.
//!
//! # Source
//! `vmar.md` §8 and §9; `faults.md` §6.

use super::cases;
use crate::fixture::*;
use crate::part::{self, Part};
use crate::probe;
use abi::object::EXIT_CODE_EXCEPTION;
use alloc::vec::Vec;
use core::hint::spin_loop;
use core::sync::atomic::{AtomicU64, Ordering};
use rt::{Handle, Rights, Status, VmOptions, Vmo, VmoOptions, start, time};

cases! { shared:
    both_see_what_either_writes,
    what_the_dead_wrote_stays,
    shrinking_cuts_mappings_of_others,
    the_zero_page_is_replaced_for_others,
    unmapping_here_changes_nothing_there,
    a_child_maps_no_more_than_it_was_given,
    a_page_mapped_into_a_running_process,
    a_page_taken_from_a_running_process,
    permission_taken_from_a_running_process,
    a_root_taken_from_a_running_process,
    words_are_exchanged_atomically,
}

/// Duplicates a VMO to give it away.
fn copy(object: &Vmo) -> Vec<Handle> {
    [object.duplicate(Rights::SAME_RIGHTS).unwrap().into_handle()].into()
}

/// Returns the VMO this part was given.
fn given() -> Vmo {
    part::given().remove(0).into()
}

/// The word at `address`, shared with other processes.
fn word(address: u64) -> &'static AtomicU64 {
    // SAFETY: the callers pass the address of a mapped, writable, aligned word that stays mapped as long as they use this.
    unsafe { AtomicU64::from_ptr(rt::memory::pointer(address)) }
}

/// Waits until the word is `value`.
fn wait_for(word: &AtomicU64, value: u64) {
    while word.load(Ordering::Acquire) != value {
        spin_loop();
    }
}

/// Answers every odd number with the next even one, up to 10.
fn answer(_: u64) {
    let address = map(&given(), 1, RW);
    for number in [1, 3, 5, 7, 9] {
        wait_for(word(address), number);
        word(address).store(number + 1, Ordering::Release);
    }
}

fn both_see_what_either_writes() {
    let object = vmo(1);
    let address = map(&object, 1, RW);
    let part = Part::start(answer, 0, copy(&object));
    for number in [1, 3, 5, 7, 9] {
        word(address).store(number, Ordering::Release);
        wait_for(word(address), number + 1);
    }
    assert_eq!(part.join(), 0);
}

fn write_and_die(_: u64) {
    let address = map(&given(), 1, RW);
    word(address).store(0x1234, Ordering::Relaxed);
    // SAFETY: to die of it is what this process is for.
    unsafe { rt::memory::store(0, 1_u8) };
}

fn what_the_dead_wrote_stays() {
    let object = vmo(1);
    part::dies_with(write_and_die, 0, copy(&object));
    assert_eq!((probe::byte_of(&object, 0), probe::byte_of(&object, 1)), (0x34, 0x12));
}

/// Touches the second page again and again, saying so in the first.
fn touch_the_second_page(_: u64) {
    let address = map(&given(), 2, RW);
    loop {
        word(address + PAGE).fetch_add(1, Ordering::Relaxed);
        word(address).fetch_add(1, Ordering::Relaxed);
    }
}

/// Starts [`touch_the_second_page`] and waits until it is at it.
fn toucher(object: &Vmo) -> Part {
    let address = map(object, 1, RW);
    let part = Part::start(touch_the_second_page, 0, copy(object));
    while word(address).load(Ordering::Relaxed) == 0 {
        time::yield_now();
    }
    part
}

fn shrinking_cuts_mappings_of_others() {
    let object = resizable(2);
    let part = toucher(&object);
    object.set_size(PAGE).unwrap();
    assert_eq!(part.join(), EXIT_CODE_EXCEPTION);
}

/// Looks at a page, says so, waits for the answer and expects to see 5 then.
fn see_the_zero_page(_: u64) {
    let address = map(&given(), 2, RW);
    assert_eq!(word(address + PAGE).load(Ordering::Relaxed), 0);
    word(address).store(1, Ordering::Release);
    wait_for(word(address), 2);
    assert_eq!(word(address + PAGE).load(Ordering::Relaxed), 5);
}

fn the_zero_page_is_replaced_for_others() {
    let object = vmo(2);
    let address = map(&object, 1, RW);
    let part = Part::start(see_the_zero_page, 0, copy(&object));
    wait_for(word(address), 1);
    object.write(PAGE, &[5]).unwrap();
    word(address).store(2, Ordering::Release);
    assert_eq!(part.join(), 0);
}

fn unmapping_here_changes_nothing_there() {
    let object = vmo(2);
    let mine = map(&object, 2, RW);
    let part = toucher(&object);
    root().unmap(mine, 2 * PAGE).unwrap();
    let address = map(&object, 1, R);
    // SAFETY: mapped above.
    let count = || unsafe { rt::memory::load::<u64>(address) };
    let before = count();
    while count() < before + 10 {
        time::yield_now();
    }
    part::kill(part);
}

/// Tries to get more out of a VMO handle that only allows reading.
fn try_to_write(_: u64) {
    let object = given();
    assert_eq!(root().map(RW, 0, &object, 0, PAGE), Err(Status::ACCESS_DENIED));
    let address = map(&object, 1, R);
    assert_eq!(root().protect(RW, address, PAGE), Err(Status::ACCESS_DENIED));
    assert_eq!(object.write(0, &[1]), Err(Status::ACCESS_DENIED));
    assert_eq!(object.duplicate(Rights::WRITE).err(), Some(Status::INVALID_ARGS));
    assert_eq!(probe::read(address), Ok(6));
}

fn a_child_maps_no_more_than_it_was_given() {
    let object = numbered(1, 6);
    part::passes(try_to_write, 0, [without(&object, Rights::WRITE)].into());
    assert_eq!(probe::byte_of(&object, 0), 6);
}

/// Gives the root VMAR away in a message and runs until the word at an address that is not mapped yet is 9.
fn wait_for_a_page(address: u64) {
    let handle = root().duplicate(Rights::SAME_RIGHTS).unwrap().into_handle();
    start().channel().write(&[], [handle].into()).unwrap();
    while probe::read(address) != Ok(9) {
        time::yield_now();
    }
}

/// Receives the root VMAR that a part sent.
fn root_of(part: &Part) -> rt::Vmar {
    part.channel.receive(&mut []).unwrap().1.remove(0).into()
}

/// A free address in every process of the suite, so far as chance allows.
const SOMEWHERE: u64 = 0x1234_5670_0000;

fn a_page_mapped_into_a_running_process() {
    let part = Part::start(wait_for_a_page, SOMEWHERE, Vec::new());
    let theirs = root_of(&part);
    let offset = SOMEWHERE - root().region().unwrap().base;
    theirs.map(R | SPECIFIC, offset, &numbered(1, 9), 0, PAGE).unwrap();
    assert_eq!(part.join(), 0);
}

/// Maps a page at an address, gives the root VMAR away and reads and writes the page for ever.
fn use_a_page(address: u64) {
    let offset = address - root().region().unwrap().base;
    root().map(RW | SPECIFIC, offset, &vmo(1), 0, PAGE).unwrap();
    let handle = root().duplicate(Rights::SAME_RIGHTS).unwrap().into_handle();
    start().channel().write(&[], [handle].into()).unwrap();
    loop {
        word(address).fetch_add(1, Ordering::Relaxed);
    }
}

fn a_page_taken_from_a_running_process() {
    let part = Part::start(use_a_page, SOMEWHERE, Vec::new());
    root_of(&part).unmap(SOMEWHERE, PAGE).unwrap();
    assert_eq!(part.join(), EXIT_CODE_EXCEPTION);
}

fn permission_taken_from_a_running_process() {
    let part = Part::start(use_a_page, SOMEWHERE, Vec::new());
    root_of(&part).protect(R, SOMEWHERE, PAGE).unwrap();
    assert_eq!(part.join(), EXIT_CODE_EXCEPTION);
}

fn a_root_taken_from_a_running_process() {
    let part = Part::start(use_a_page, SOMEWHERE, Vec::new());
    root_of(&part).destroy().unwrap();
    assert_eq!(part.join(), EXIT_CODE_EXCEPTION);
}

/// Adds one to a shared word ten thousand times.
fn add(_: u64) {
    let address = map(&given(), 1, RW);
    for _ in 0..10_000 {
        word(address).fetch_add(1, Ordering::Relaxed);
    }
}

fn words_are_exchanged_atomically() {
    let object = Vmo::create(PAGE, VmoOptions::empty()).unwrap();
    let parts: Vec<Part> = (0..4).map(|_| Part::start(add, 0, copy(&object))).collect();
    for part in parts {
        assert_eq!(part.join(), 0);
    }
    let address = map(&object, 1, R | VmOptions::MAP_RANGE);
    // SAFETY: mapped above.
    assert_eq!(unsafe { rt::memory::load::<u64>(address) }, 40_000);
}
