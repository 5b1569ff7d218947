//! Calls on no object: time, random bytes, the console, yielding.
//!
//! # Source
//! Zircon `clock_get_monotonic`, `nanosleep`, `cprng_draw`, `debug_write`; issue "From power-on to a ring-3 program that maps memory".

use super::cases;
use crate::fixture::*;
use crate::zx;
use abi::Topic;
use abi::info::InfoKmemStats;
use alloc::vec::Vec;
use rt::{Status, start, time};

cases! { system:
    the_clock_goes_forward,
    ticks_go_forward,
    ticks_and_clock_agree,
    sleeping_takes_its_time,
    a_deadline_that_has_passed_returns_at_once,
    yielding_takes_no_options,
    the_machine_is_described,
    random_bytes_differ,
    random_bytes_fill_exactly,
    random_bits_are_balanced,
    random_bytes_of_nothing,
    random_bytes_across_pages,
    random_bytes_to_nowhere_are_invalid,
    console_output_from_nowhere_is_invalid,
    console_output_of_nothing,
}

fn the_machine_is_described() {
    // SAFETY: the calls take no address.
    let (cpus, memory) = unsafe { (rt::zx::system_get_num_cpus(), rt::zx::system_get_physmem()) };
    let stats: InfoKmemStats = start().resource().unwrap().info(Topic::KMEM_STATS).unwrap();
    assert_eq!((cpus, memory), (1, stats.total_bytes));
}

fn the_clock_goes_forward() {
    let mut last = time::now();
    assert!(last > 0);
    for _ in 0..1000 {
        let now = time::now();
        assert!(now >= last, "{now} after {last}");
        last = now;
    }
}

/// Reads the time stamp.
fn ticks() -> u64 {
    // SAFETY: the call takes no address.
    unsafe { rt::zx::ticks_get() }
}

/// Reads how fast it counts.
fn ticks_per_second() -> u64 {
    // SAFETY: the call takes no address.
    unsafe { rt::zx::ticks_per_second() }
}

fn ticks_go_forward() {
    let first = ticks();
    assert!(ticks() > first);
    assert!(ticks_per_second() > 1_000_000);
    assert_eq!(ticks_per_second(), ticks_per_second());
}

fn ticks_and_clock_agree() {
    let (clock, stamp) = (time::now(), ticks());
    time::sleep(20_000_000).unwrap();
    let (elapsed, ticked) = (time::now() - clock, ticks() - stamp);
    let from_ticks =
        i64::try_from(u128::from(ticked) * 1_000_000_000 / u128::from(ticks_per_second())).unwrap();
    assert!(
        (from_ticks - elapsed).abs() < elapsed / 2,
        "{elapsed} ns by the clock, {from_ticks} by ticks"
    );
}

fn sleeping_takes_its_time() {
    for nanoseconds in [1, 1_000_000, 15_000_000] {
        let deadline = time::after(nanoseconds);
        assert_eq!(zx::nanosleep(deadline), Status::OK);
        assert!(time::now() >= deadline, "{nanoseconds} ns");
    }
}

fn a_deadline_that_has_passed_returns_at_once() {
    let before = time::now();
    for deadline in [0, 1, -1, i64::MIN, before] {
        assert_eq!(zx::nanosleep(deadline), Status::OK);
    }
    assert!(time::now() - before < 1_000_000_000);
}

fn yielding_takes_no_options() {
    assert_eq!(zx::thread_legacy_yield(0), Status::OK);
    for options in [1, 2, 1 << 31] {
        assert_eq!(zx::thread_legacy_yield(options), Status::INVALID_ARGS);
    }
}

fn random_bytes_differ() {
    let mut words: Vec<u64> = (0..256).map(|_| rt::random::word().unwrap()).collect();
    words.sort_unstable();
    assert!(words.windows(2).all(|pair| pair[0] != pair[1]));
}

fn random_bytes_fill_exactly() {
    for len in [1, 7, 8, 255, 256, 257, 1000] {
        // A byte stays as it was with probability 1/256, all of eight runs with 2^-64.
        let mut changed = [false; 1008];
        for _ in 0..8 {
            let mut bytes = [0x77; 1008];
            rt::random::fill(&mut bytes[4..4 + len]).unwrap();
            for (seen, byte) in changed.iter_mut().zip(bytes) {
                *seen |= byte != 0x77;
            }
        }
        let expected = |index: &usize| (4..4 + len).contains(index);
        assert!((0..1008).all(|index| changed[index] == expected(&index)), "{len} bytes");
    }
}

fn random_bits_are_balanced() {
    let mut bytes = [0; 4096];
    rt::random::fill(&mut bytes).unwrap();
    for bit in 0..8 {
        let ones = bytes.iter().filter(|byte| **byte >> bit & 1 == 1).count();
        // Ten standard deviations of 32.
        assert!(ones.abs_diff(2048) < 320, "bit {bit}: {ones} of 4096");
    }
}

fn random_bytes_of_nothing() {
    for address in [0, PAGE, map(&vmo(1), 1, R)] {
        assert_eq!(zx::cprng_draw(address, 0), Status::OK, "{address:#x}");
    }
}

fn random_bytes_across_pages() {
    let region = region(4);
    region.place(0, &vmo(3), 3, RW);
    assert_eq!(zx::cprng_draw(region.base + 1, 3 * PAGE - 1), Status::OK);
    assert_eq!(zx::cprng_draw(region.base + 1, 3 * PAGE), Status::INVALID_ARGS);
}

fn random_bytes_to_nowhere_are_invalid() {
    for (address, len) in
        [(0, 1), (u64::MAX, 1), (PAGE, u64::MAX), (1 << 47, 8), (0xFFFF_8000_0000_0000, 8)]
    {
        assert_eq!(zx::cprng_draw(address, len), Status::INVALID_ARGS, "{len:#x} at {address:#x}");
    }
}

fn console_output_from_nowhere_is_invalid() {
    let sealed = map(&vmo(1), 1, NONE);
    for (address, len) in [
        (0, 1),
        (PAGE, 8),
        (sealed, 1),
        (u64::MAX, 1),
        (PAGE, u64::MAX),
        (1 << 47, 8),
        (0xFFFF_8000_0000_0000, 8),
    ] {
        assert_eq!(zx::debug_write(address, len), Status::INVALID_ARGS, "{len:#x} at {address:#x}");
    }
}

fn console_output_of_nothing() {
    assert_eq!(zx::debug_write(0, 0), Status::OK);
    assert_eq!(zx::debug_write("", 0), Status::OK);
}
