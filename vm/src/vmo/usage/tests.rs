//! Compares what an object counts with a count of every frame in every page tree.

use std::collections::HashMap;
use std::vec::Vec;

use abi::{Rights, VmoChildOptions, VmoOptions};

use super::Usage;
use crate::rng::LayoutRng;
use crate::sim::SimMachine;
use crate::units::{PAGE_SIZE, PageRange};
use crate::vmo::ChildRequest;
use crate::{Ref, Vmo};

const PAGES: u64 = 200;

fn child(parent: &Vmo, options: VmoChildOptions, first: u64, pages: u64) -> Ref<Vmo> {
    let request = ChildRequest {
        rights: Rights::DUPLICATE | Rights::READ,
        options,
        offset: first * PAGE_SIZE,
        size: pages * PAGE_SIZE,
    };
    parent.create_child(request).expect("memory")
}

fn snapshot(parent: &Vmo) -> Ref<Vmo> {
    child(parent, VmoChildOptions::SNAPSHOT, 0, parent.size() / PAGE_SIZE)
}

fn usage(vmo: &Vmo) -> Usage {
    vmo.usage(0, u64::MAX)
}

/// Returns the frames that an object sees, by number.
fn frames(vmo: &Vmo) -> Vec<u64> {
    let mut frames = Vec::new();
    let state = vmo.lock();
    let all = PageRange::new(0, state.size());
    state.pages.each(all, |_, held| frames.push(held.frame.number()));
    frames
}

/// Checks what every object counts.
fn check(vmos: &[Ref<Vmo>]) {
    let mut sharers = HashMap::<u64, u64>::new();
    for frame in vmos.iter().flat_map(|vmo| frames(vmo)) {
        *sharers.entry(frame).or_default() += 1;
    }
    for vmo in vmos {
        let mut expected = Usage::default();
        frames(vmo).iter().for_each(|frame| expected.add(sharers[frame]));
        assert_eq!(usage(vmo), expected);
    }
}

fn scaled_sum(vmos: &[Ref<Vmo>]) -> u64 {
    let sum: u128 = vmos.iter().map(|vmo| usage(vmo).scaled).sum();
    // What dividing has lost is less than a unit for each page.
    ((sum + (1 << 40)) >> super::FRACTION_BITS) as u64
}

#[test]
fn shares_are_equal_however_the_sharers_are_related() {
    let memory = SimMachine::new(1, 256).memory();
    let first = Vmo::create(memory, 2 * PAGE_SIZE, VmoOptions::empty()).expect("memory");
    first.commit(0, 2 * PAGE_SIZE).expect("memory");
    assert_eq!((usage(&first).pages, usage(&first).private_pages), (2, 2));
    let second = snapshot(&first);
    let third = snapshot(&second);
    // A page of its own; of the other, which all three still see, a third.
    first.write(0, &[1]).expect("memory");
    for vmo in [&first, &second, &third] {
        let counted = vmo.usage(PAGE_SIZE, PAGE_SIZE);
        assert_eq!((counted.pages, counted.private_pages), (1, 0));
        assert_eq!(counted.scaled_bytes(), PAGE_SIZE / 3);
        assert_eq!(counted.scaled_fraction(), (1 << 63) / 3);
    }
    assert_eq!(usage(&first).private_pages, 1);
    drop(third);
    assert_eq!(usage(&first).scaled_bytes(), PAGE_SIZE + PAGE_SIZE / 2);
    drop(second);
    assert_eq!(usage(&first).private_pages, 2);
}

#[test]
fn windows_count_nothing() {
    let memory = SimMachine::new(1, 256).memory();
    let vmo = Vmo::create(memory, 4 * PAGE_SIZE, VmoOptions::empty()).expect("memory");
    vmo.commit(0, 4 * PAGE_SIZE).expect("memory");
    let slice = child(&vmo, VmoChildOptions::SLICE, 1, 2);
    let reference = child(&vmo, VmoChildOptions::REFERENCE, 0, 0);
    assert_eq!(usage(&slice), Usage::default());
    assert_eq!(usage(&reference), Usage::default());
    assert_eq!(usage(&vmo).private_pages, 4);
    assert_eq!(vmo.usage(PAGE_SIZE + 1, PAGE_SIZE).pages, 2);
}

#[test]
fn the_shares_of_random_families_are_those_of_a_plain_count() {
    let machine = SimMachine::new(1, if cfg!(miri) { 512 } else { 4096 });
    let memory = machine.memory();
    let before = memory.free_frames();
    for seed in 0..if cfg!(miri) { 1 } else { 24 } {
        let mut rng = LayoutRng::new(seed);
        let mut below = |limit: u64| rng.below(limit);
        let create = || Vmo::create(memory, PAGES * PAGE_SIZE, VmoOptions::empty());
        let mut vmos = Vec::from([create().expect("memory"), create().expect("memory")]);
        for _ in 0..if cfg!(miri) { 8 } else { 120 } {
            let vmo = vmos[below(vmos.len() as u64) as usize].clone();
            let (page, count) = (below(PAGES - 8), 1 + below(8));
            let (offset, len) = (page * PAGE_SIZE, count * PAGE_SIZE);
            match below(8) {
                0 | 1 if vmos.len() < 12 => vmos.push(snapshot(&vmo)),
                2 if vmos.len() > 2 => drop(vmos.swap_remove(below(vmos.len() as u64) as usize)),
                3 => vmo.zero(offset, len).expect("memory"),
                4 => {
                    let source = &vmos[below(vmos.len() as u64) as usize];
                    let from = below(PAGES - count) * PAGE_SIZE;
                    vmo.transfer_data(offset, len, source, from).expect("memory");
                }
                _ => vmo.commit(offset, len).expect("memory"),
            }
            drop(vmo);
            check(&vmos);
            let in_use = before - memory.free_frames();
            assert_eq!(scaled_sum(&vmos), in_use * PAGE_SIZE);
        }
    }
    assert_eq!(memory.free_frames(), before);
}
