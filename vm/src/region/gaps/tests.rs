//! The tree of siblings and its gaps, against a list of pages.

use std::collections::BTreeSet;
use std::vec::Vec;

use abi::VmOptions;

use super::super::{Regions, tests::add};
use super::*;
use crate::rng::LayoutRng;
use crate::slab::Slot;

const ALL: PageRange = PageRange { start: 1000, end: 1200 };

/// Adds and removes regions at random; calls `check` with the pages that are free each time, under Miri the last time only.
fn churn(steps: u32, mut check: impl FnMut(&mut Regions, &BTreeSet<u64>)) {
    let mut regions = Regions::new(ALL, VmOptions::empty(), 1).expect("memory");
    let root = regions.root().expect("just made");
    let mut rng = LayoutRng::new(3);
    let mut free: BTreeSet<u64> = (ALL.start..ALL.end).collect();
    let mut there: Vec<Slot> = Vec::new();
    for step in 0..steps {
        let pages = PageRange::new(ALL.start + rng.below(195), 1 + rng.below(5));
        // Mostly filling for a while, then mostly emptying.
        let fills = rng.below(4) != 0;
        if fills == (step / 200 % 2 == 0) && (pages.start..pages.end).all(|p| free.contains(&p)) {
            there.push(add(&mut regions, root, pages));
            free.retain(|page| !pages.contains(*page));
        } else if !there.is_empty() {
            let chosen = rng.below(there.len() as u64) as usize;
            let slot = there.swap_remove(chosen);
            let pages = regions.get(slot).pages;
            regions.remove(slot);
            free.extend(pages.start..pages.end);
        }
        assert!(regions.tree_is_right(root));
        if !cfg!(miri) || step + 1 == steps {
            check(&mut regions, &free);
        }
    }
}

const STEPS: u32 = if cfg!(miri) { 30 } else { 2000 };

#[test]
fn free_pages_are_numbered_in_order() {
    churn(STEPS, |regions, free| {
        let root = regions.root().expect("never destroyed");
        for end in [ALL.end, 1100, 1001] {
            let window = PageRange { end, ..ALL };
            let mut position = Position::new();
            let mut gaps = regions.gaps(root, window, &mut position);
            let expected: Vec<u64> = free.range(..end).copied().collect();
            let numbered: Vec<u64> = (0..gaps.free_pages()).map(|n| gaps.nth_free(n)).collect();
            assert_eq!(numbered, expected);
        }
    });
}

#[test]
fn every_gap_that_is_large_enough_is_visited_once_and_in_order() {
    churn(STEPS, |regions, free| {
        let root = regions.root().expect("never destroyed");
        for (smallest, end) in [(1, ALL.end), (3, ALL.end), (1, 1100), (8, 1037)] {
            let window = PageRange { end, ..ALL };
            let mut position = Position::new();
            let mut gaps = regions.gaps(root, window, &mut position);
            let visited: Vec<PageRange> = gaps.large(smallest).collect();
            assert!(visited.is_sorted_by(|low, high| low.end < high.start));
            assert!(visited.iter().all(|gap| gap.count() >= smallest));
            let of_gaps: Vec<u64> = visited.iter().flat_map(|gap| gap.start..gap.end).collect();
            assert!(of_gaps.iter().all(|page| free.contains(page) && *page < end));
            if smallest == 1 {
                assert_eq!(of_gaps, free.range(..end).copied().collect::<Vec<_>>());
            }
            let largest = visited.iter().map(|gap| gap.count()).max().unwrap_or(0);
            assert!(largest == 0 || gaps.may_fit(largest));
        }
    });
}

#[test]
fn a_range_is_free_if_each_of_its_pages_is() {
    churn(STEPS.div_ceil(10), |regions, free| {
        let root = regions.root().expect("never destroyed");
        let mut position = Position::new();
        let mut gaps = regions.gaps(root, ALL, &mut position);
        for start in ALL.start..ALL.end - 7 {
            for count in [1, 3, 7] {
                let range = PageRange::new(start, count);
                let expected = (range.start..range.end).all(|page| free.contains(&page));
                assert_eq!(gaps.is_free(range), expected);
            }
        }
    });
}
