//! The distribution of places.
//!
//! Every test draws with a fixed seed, so it passes or fails for good. Thresholds are those of a
//! chi-square test with a false-alarm rate of one in a million: that is the chance that a right
//! implementation has to be given another seed.

use std::collections::BTreeMap;
use std::vec::Vec;

use abi::VmOptions;

use super::super::{Position, Regions, tests::add};
use super::*;

/// Where the VMAR of these tests begins: a multiple of no alignment that is tried.
const BASE: u64 = 0x1_0003;

/// A VMAR of 400 pages in which the pages of `taken`, counted from its base, are taken.
fn regions(taken: &[(u64, u64)]) -> Regions {
    let pages = PageRange::new(BASE, 400);
    let mut regions = Regions::new(pages, VmOptions::empty(), 1).expect("memory");
    let root = regions.root().expect("just made");
    for (at, count) in taken {
        add(&mut regions, root, PageRange::new(BASE + at, *count));
    }
    regions
}

/// What is taken: nothing, a little, nearly all, all but two gaps.
fn fillings() -> [Vec<(u64, u64)>; 4] {
    [
        Vec::new(),
        Vec::from([(10, 5), (100, 1), (250, 40), (399, 1)]),
        (0..40).map(|number| (number * 10, 7)).collect(),
        Vec::from([(0, 100), (119, 1), (120, 200), (333, 67)]),
    ]
}

/// Those that are tried: under Miri only what is soon looked through.
fn tried() -> impl Iterator<Item = Vec<(u64, u64)>> {
    fillings().into_iter().take(if cfg!(miri) { 2 } else { 4 })
}

/// Windows, as an upper limit leaves them; under Miri, again, a small one.
const WINDOWS: &[u64] = if cfg!(miri) { &[40] } else { &[400, 130] };

/// Returns every spot there is, by trying each page.
fn spots(taken: &[(u64, u64)], spot: &Spot) -> Vec<u64> {
    let is_free = |page: u64| {
        !taken.iter().any(|(at, count)| PageRange::new(BASE + at, *count).contains(page))
    };
    (spot.window.start..spot.window.end)
        .filter(|start| start.is_multiple_of(1 << spot.align_log2))
        .filter(|start| spot.window.covers(spot.range_at(*start)))
        .filter(|start| (*start..*start + spot.count).all(is_free))
        .collect()
}

/// Returns the chi-square value that `degrees` degrees of freedom pass once in a million times, as
/// Wilson and Hilferty approximate it.
fn threshold(degrees: usize) -> f64 {
    const DEVIATIONS: f64 = 4.753;
    let degrees = degrees as f64;
    let part = 2.0 / (9.0 * degrees);
    degrees * (1.0 - part + DEVIATIONS * part.sqrt()).powi(3)
}

/// Draws under Miri, which looks at each of them and at no distribution.
const FEW: usize = 4;

type Draw = fn(&mut Gaps<'_>, Spot, &mut LayoutRng) -> Option<u64>;

/// Draws `draws` times for each spot, and checks that every spot comes up as often as any other.
fn draw_evenly(taken: &[(u64, u64)], spot: Spot, draws: usize, draw: Draw) {
    let mut regions = regions(taken);
    let root = regions.root().expect("just made");
    let mut position = Position::new();
    let mut gaps = regions.gaps(root, spot.window, &mut position);
    let mut rng = LayoutRng::new(99);
    let mut counts: BTreeMap<u64, f64> = BTreeMap::new();
    let spots = spots(taken, &spot);
    for start in &spots {
        counts.insert(*start, 0.0);
    }
    let mut drawn = 0.0;
    let draws = if cfg!(miri) { FEW } else { draws * spots.len().max(1) };
    for _ in 0..draws {
        if let Some(start) = draw(&mut gaps, spot, &mut rng) {
            *counts.get_mut(&start).expect("one of the spots") += 1.0;
            drawn += 1.0;
        }
    }
    let expected = drawn / spots.len() as f64;
    if spots.len() < 2 || expected < 10.0 {
        return;
    }
    let chi: f64 = counts.values().map(|count| (count - expected).powi(2) / expected).sum();
    assert!(chi < threshold(spots.len() - 1), "{spot:?}: {chi} with {} spots", spots.len());
}

/// Draws in every filling, window, size and alignment.
fn draw_evenly_everywhere(draw: Draw) {
    for taken in tried() {
        for &window in WINDOWS {
            for (count, align_log2) in [(1, 0), (2, 0), (3, 2), (13, 0), (1, 4), (20, 3)] {
                let spot = Spot {
                    window: PageRange::new(BASE, window),
                    count,
                    align_log2,
                    is_given: false,
                };
                draw_evenly(&taken, spot, 60, draw);
            }
        }
    }
}

#[test]
fn drawing_from_the_window_is_even() {
    draw_evenly_everywhere(draw_from_window);
}

#[test]
fn drawing_from_free_pages_is_even() {
    draw_evenly_everywhere(draw_from_free_pages);
}

#[test]
fn drawing_by_counting_is_even() {
    draw_evenly_everywhere(draw_by_counting);
}

#[test]
fn spreading_is_even() {
    draw_evenly_everywhere(spread);
}

/// Checks that a spot is found if there is one.
fn find_if_there_is_one(taken: &[(u64, u64)], spot: Spot, rng: &mut LayoutRng) {
    let mut regions = regions(taken);
    let root = regions.root().expect("just made");
    let mut position = Position::new();
    let mut gaps = regions.gaps(root, spot.window, &mut position);
    let there_is_one = !spots(taken, &spot).is_empty();
    for draw in [draw_by_counting, spread, compact] {
        let found = draw(&mut gaps, spot, rng);
        assert_eq!(found.is_some(), there_is_one, "{spot:?} {taken:?}");
    }
}

#[test]
fn a_spot_is_found_whenever_there_is_one() {
    let mut rng = LayoutRng::new(1);
    for taken in tried() {
        for &window in [1, 3, 10, 11].iter().chain(WINDOWS) {
            for (count, align_log2) in [(1, 0), (3, 0), (4, 0), (13, 3), (18, 0), (19, 0), (500, 0)]
            {
                let spot = Spot {
                    window: PageRange::new(BASE, window),
                    count,
                    align_log2,
                    is_given: false,
                };
                find_if_there_is_one(&taken, spot, &mut rng);
            }
        }
    }
}

#[test]
fn the_first_region_of_a_compact_vmar_is_spread_evenly() {
    for (count, align_log2) in [(1, 0), (7, 0), (1, 4)] {
        let window = PageRange::new(BASE, WINDOWS[0]);
        let spot = Spot { window, count, align_log2, is_given: false };
        draw_evenly(&[], spot, 60, compact);
    }
}

#[test]
#[cfg_attr(miri, ignore = "the numbers of a test, not of the crate, drawn too often")]
fn a_test_of_evenness_can_fail() {
    // The first fitting page of the window at or after a random one: gaps after large regions win.
    let lazy: Draw = |gaps, spot, rng| {
        let first = spot.window.start + rng.below(spot.window.count());
        (first..spot.window.end).find(|start| {
            spot.window.covers(spot.range_at(*start)) && gaps.is_free(spot.range_at(*start))
        })
    };
    let spot = Spot { window: PageRange::new(BASE, 400), count: 1, align_log2: 0, is_given: false };
    let uneven = std::panic::catch_unwind(|| draw_evenly(&fillings()[1], spot, 60, lazy));
    assert!(uneven.is_err());
}
