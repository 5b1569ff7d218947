//! Memory that several see: every frame is divided among them, and the parts add up.
//!
//! # Source
//! `handles-rights-errors.md` §7.1; `vmo.md` §8.

use super::cases;
use super::info_vmo::{child, info};
use crate::fixture::*;
use crate::usage::Usage;
use abi::info::{InfoMaps, InfoTaskStats};
use abi::{Topic, VmoChildOptions};
use alloc::vec::Vec;
use rt::{Process, Rights, Status, Vmar, Vmo, start};

cases! { info_sharing:
    two_sharers_have_a_half_each,
    three_sharers_have_a_third_each,
    a_written_page_is_ones_own,
    what_remains_shared_is_divided_anew,
    the_last_sharer_has_all,
    the_parts_add_up_to_the_frames_in_use,
    windows_have_nothing_of_their_own,
    a_mapping_has_the_share_of_its_pages,
    the_memory_of_a_process_is_private_or_shared,
    processes_share_what_both_map,
    the_first_layout_of_the_memory_of_a_process,
    the_memory_of_the_dead_is_bad_state,
}

const SNAPSHOT: VmoChildOptions = VmoChildOptions::SNAPSHOT;

fn snapshot(parent: &Vmo, pages: u64) -> Vmo {
    child(parent, SNAPSHOT, 0, pages * PAGE)
}

/// Checks what is committed, private and scaled, in bytes.
#[track_caller]
fn assert_has(vmo: &Vmo, committed: u64, private: u64, scaled: u64) {
    let told = info(vmo);
    let has = (told.committed_bytes, told.committed_private_bytes, told.committed_scaled_bytes);
    assert_eq!(has, (committed, private, scaled));
    let has = (told.populated_bytes, told.populated_private_bytes, told.populated_scaled_bytes);
    assert_eq!(has, (committed, private, scaled));
}

fn two_sharers_have_a_half_each() {
    let parent = numbered(4, 1);
    let child = snapshot(&parent, 4);
    for vmo in [&parent, &child] {
        assert_has(vmo, 4 * PAGE, 0, 2 * PAGE);
    }
}

fn three_sharers_have_a_third_each() {
    let parent = numbered(1, 1);
    let children = [snapshot(&parent, 1), snapshot(&parent, 1)];
    for vmo in [&parent, &children[0], &children[1]] {
        assert_has(vmo, PAGE, 0, PAGE / 3);
        let told = info(vmo);
        assert_eq!(told.committed_fractional_scaled_bytes, (1 << 63) / 3);
        assert_eq!(told.populated_fractional_scaled_bytes, (1 << 63) / 3);
    }
}

fn a_written_page_is_ones_own() {
    let parent = numbered(2, 1);
    let child = snapshot(&parent, 2);
    child.write(0, &[9]).unwrap();
    for vmo in [&parent, &child] {
        assert_has(vmo, 2 * PAGE, PAGE, PAGE + PAGE / 2);
    }
}

fn what_remains_shared_is_divided_anew() {
    let first = numbered(2, 1);
    let second = snapshot(&first, 2);
    let third = snapshot(&second, 2);
    first.write(0, &[9]).unwrap();
    assert_has(&first, 2 * PAGE, PAGE, PAGE + PAGE / 3);
    for vmo in [&second, &third] {
        assert_has(vmo, 2 * PAGE, 0, PAGE / 2 + PAGE / 3);
    }
    drop(second);
    assert_has(&first, 2 * PAGE, PAGE, PAGE + PAGE / 2);
    assert_has(&third, 2 * PAGE, PAGE, PAGE + PAGE / 2);
}

fn the_last_sharer_has_all() {
    let parent = numbered(3, 1);
    let child = snapshot(&parent, 3);
    drop(parent);
    assert_has(&child, 3 * PAGE, 3 * PAGE, 3 * PAGE);
}

fn the_parts_add_up_to_the_frames_in_use() {
    // What is in use before the first and after the last object of it, the heap aside.
    let before = Usage::now().frames();
    let mut family = Vec::from([numbered(60, 1)]);
    for round in 0..6_u64 {
        let youngest = family.last().unwrap();
        let next = snapshot(youngest, 60);
        family.push(next);
        for (number, vmo) in (0..).zip(&family) {
            let page = (round * 13 + number * 7) % 60;
            vmo.write(page * PAGE, &[9]).unwrap();
        }
    }
    let parts = family.iter().map(|vmo| {
        let told = info(vmo);
        let fraction = told.committed_fractional_scaled_bytes;
        (u128::from(told.committed_scaled_bytes) << 63) + u128::from(fraction)
    });
    // Dividing loses less than a unit for each page.
    let sum = parts.sum::<u128>() + (1 << 20);
    let in_use = Usage::now().frames() - before;
    assert_eq!(sum >> 63, u128::from(in_use * PAGE));
}

fn windows_have_nothing_of_their_own() {
    let parent = numbered(4, 1);
    let slice = child(&parent, VmoChildOptions::SLICE, PAGE, 2 * PAGE);
    let reference = child(&parent, VmoChildOptions::REFERENCE, 0, 0);
    assert_has(&slice, 0, 0, 0);
    assert_has(&reference, 0, 0, 0);
    assert_has(&parent, 4 * PAGE, 4 * PAGE, 4 * PAGE);
}

fn a_mapping_has_the_share_of_its_pages() {
    let parent = numbered(4, 1);
    let _child = snapshot(&parent, 4);
    parent.write(0, &[9]).unwrap();
    let region = region(4);
    region.place(0, &parent, 2, R);
    let all: Vec<InfoMaps> = region.info_list(Topic::VMAR_MAPS).unwrap();
    let mapping = all[1].mapping;
    assert_eq!(mapping.committed_bytes, 2 * PAGE);
    assert_eq!(mapping.committed_private_bytes, PAGE);
    assert_eq!(mapping.committed_scaled_bytes, PAGE + PAGE / 2);
}

fn new() -> (Process, Vmar) {
    Process::create(start().job(), "measured").unwrap()
}

#[track_caller]
fn stats(process: &Process) -> InfoTaskStats {
    process.info(Topic::TASK_STATS).unwrap()
}

fn the_memory_of_a_process_is_private_or_shared() {
    let (process, vmar) = new();
    assert_eq!(stats(&process), InfoTaskStats::default());
    let parent = numbered(4, 1);
    let child = snapshot(&parent, 4);
    child.write(0, &[9]).unwrap();
    vmar.map(R, 0, &child, 0, 8 * PAGE).unwrap();
    let expected = InfoTaskStats {
        mem_mapped_bytes: 8 * PAGE,
        mem_private_bytes: PAGE,
        mem_shared_bytes: 3 * PAGE,
        mem_scaled_shared_bytes: 3 * PAGE / 2,
        mem_fractional_scaled_shared_bytes: 0,
    };
    assert_eq!(stats(&process), expected);
}

fn processes_share_what_both_map() {
    let object = numbered(2, 1);
    let processes = [new(), new(), new()];
    for (_, vmar) in &processes {
        vmar.map(R, 0, &object, 0, 2 * PAGE).unwrap();
    }
    for (process, _) in &processes {
        let told = stats(process);
        assert_eq!((told.mem_private_bytes, told.mem_shared_bytes), (0, 2 * PAGE));
        assert_eq!(told.mem_scaled_shared_bytes, 2 * PAGE / 3);
    }
}

fn the_first_layout_of_the_memory_of_a_process() {
    let (process, vmar) = new();
    vmar.map(R, 0, &numbered(2, 1), 0, 3 * PAGE).unwrap();
    let words: [u64; 4] = process
        .info::<[u8; 32]>(Topic::TASK_STATS_V1)
        .map(|bytes| core::array::from_fn(|n| word(&bytes[n * 8..][..8])))
        .unwrap();
    assert_eq!(words, [3 * PAGE, 2 * PAGE, 0, 0]);
}

fn word(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().unwrap())
}

fn the_memory_of_the_dead_is_bad_state() {
    let (process, _vmar) = new();
    process.kill().unwrap();
    process.join().unwrap();
    assert_eq!(process.info::<InfoTaskStats>(Topic::TASK_STATS), Err(Status::BAD_STATE));
    let bare = without(start().process(), Rights::INSPECT);
    assert_eq!(bare.info::<InfoTaskStats>(Topic::TASK_STATS), Err(Status::ACCESS_DENIED));
}
