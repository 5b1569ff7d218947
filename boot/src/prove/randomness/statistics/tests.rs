//! Each test has to find what it is for, and to let pass what is drawn well.

use super::*;

/// The least probability of what is drawn well: all of it has fixed seeds.
const FINE: f64 = 0.001;
/// The greatest probability of what is not.
const FOUND: f64 = 1e-9;

/// Draws numbers (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
fn draw(seed: u64, count: usize, choice: u64) -> Sample {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((u128::from(mixed ^ (mixed >> 31)) * u128::from(choice)) >> 64) as u64
    };
    Sample { choice, numbers: (0..count).map(|_| next()).collect() }
}

/// Returns the sample with each number changed.
fn changed(sample: &Sample, change: impl Fn(u64) -> u64) -> Sample {
    Sample { choice: sample.choice, numbers: sample.numbers.iter().map(|n| change(*n)).collect() }
}

fn p_of(sample: &Sample, name: &str) -> f64 {
    sample.tests().iter().find(|test| test.name == name).unwrap().p
}

#[test]
fn what_is_drawn_well_passes() {
    for choice in [2, 3, 256, 1637, 1 << 20, 34_359_737_855] {
        for test in draw(choice, 1 << 16, choice).tests() {
            assert!(test.p > FINE, "{choice}: {test:?}");
        }
    }
}

#[test]
fn a_preference_for_low_places_is_found() {
    let sample = draw(1, 1 << 16, 34_359_737_855);
    let slanted = changed(&sample, |n| if n.is_multiple_of(8) { n / 2 } else { n });
    assert!(slanted.evenness().p < FOUND);
}

#[test]
fn a_bit_that_is_not_random_is_found() {
    let sample = draw(2, 1 << 16, 34_359_737_855);
    assert!(p_of(&changed(&sample, |n| n & !4), "lowest bits") < FOUND);
}

#[test]
fn too_few_different_numbers_are_found() {
    let sample = draw(3, 1 << 16, 34_359_737_855);
    // Only one in 1024 numbers, spread evenly.
    let few = changed(&sample, |n| n / 1024 * 1024 + n / 1024 % 1024);
    assert!(few.repetitions().p < FOUND, "{:?}", few.repetitions());
    assert!((few.entropy().measured.unwrap() - 25.0).abs() < 0.5);
}

#[test]
fn successors_that_follow_are_found() {
    let mut sample = draw(4, 1 << 16, 1 << 30);
    for pair in sample.numbers.chunks_exact_mut(2) {
        if let [one, next] = pair {
            *next = (*next + *one) / 2;
        }
    }
    assert!(p_of(&sample, "successive, correlation") < FOUND);
}

#[test]
fn successors_that_mirror_without_correlation_are_found() {
    let mut sample = draw(5, 1 << 16, 1 << 30);
    for pair in sample.numbers.chunks_exact_mut(2) {
        if let [one, next] = pair {
            // A tent: as many go up as go down.
            *next = if *one < 1 << 29 { *one * 2 } else { ((1 << 30) - 1 - *one) * 2 };
        }
    }
    assert!(p_of(&sample, "successive, correlation") > FINE);
    assert!(p_of(&sample, "successive, cells") < FOUND);
}

#[test]
fn entropy_is_what_was_put_in() {
    for choice in [256, 1 << 20, 1 << 30] {
        let entropy = draw(6, 1 << 18, choice).entropy();
        assert!(entropy.low <= entropy.possible && entropy.possible <= entropy.high, "{entropy:?}");
        assert!((entropy.measured.unwrap() - entropy.possible).abs() < 0.5, "{entropy:?}");
    }
    let none = Sample { choice: 1 << 40, numbers: vec![1, 2, 3] }.entropy();
    assert!(none.measured.is_none() && none.high.is_infinite(), "{none:?}");
}

#[test]
fn shares_add_up() {
    for (choice, parts) in [(7, 3), (1637, 1024), (34_359_737_855, 1024)] {
        let sum: f64 = (0..parts).map(|part| share(choice, part, parts)).sum();
        assert!((sum - 1.0).abs() < 1e-12);
        assert_eq!(part(choice, choice - 1, parts), parts - 1);
    }
}

#[test]
fn parts_of_different_sizes_are_expected_as_such() {
    let all = Sample { choice: 7, numbers: (0..7).collect() };
    assert!(all.shares(3).iter().all(|share| (share - 1.0).abs() < 1e-12));
    let half = Sample { choice: 4, numbers: vec![0, 1] };
    assert_eq!(half.shares(2), [2.0, 0.0]);
}
