//! Attacks the kernel with system calls of all kinds: `fuzz SEED SECONDS`.
//!
//! Rounds follow each other. In each, several processes make random, structured and hostile calls, share objects, hand them to each
//! other, die of what they do, and are killed and started again; in some, memory is nearly out. Meanwhile the kernel checks itself.
//! After each round all frames, all of the kernel's heap and all handles have to be back.
//!
//! All is drawn from the seed. What the processes do is the same in every run then; when their turns end is the same as well on a
//! machine that counts instructions (`--icount`), which repeats a run exactly.
//!
//! | module | what it does |
//! |---|---|
//! | [`round`] | starts processes, kills them, has the kernel check itself, counts |
//! | [`census`] | what there is before and after a round |
//! | [`worker`] | one process: call after call |
//! | [`table`], [`arguments`] | what each argument of each call stands for, and values for it |
//! | [`pool`], [`places`] | handles and addresses that a process has come by |
//! | [`random`] | numbers |
#![no_std]
#![no_main]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a fuzzer that is wrong about its own numbers should stop"
)]

extern crate alloc;

mod arguments;
mod census;
mod places;
mod pool;
mod random;
mod round;
mod table;
mod worker;

use alloc::vec::Vec;
use random::Random;
use round::{Figures, Round};
use rt::{println, start, time};

rt::main!(main);

/// Name of this program in the archive.
const NAME: &str = "fuzz";
/// First argument of a process that makes calls.
const WORKER: &str = "--worker";
/// Exit code for arguments that make no sense.
const USAGE: i64 = 2;
/// Nanoseconds between two lines that say how far it is.
const NEWS: i64 = 20_000_000_000;
/// Rounds after which the kernel keeps nothing more for next time.
const WARM_UP: u64 = 3;

fn main() -> i64 {
    let arguments: Vec<&str> = start().arguments().skip(1).collect();
    let number = |index: usize| arguments.get(index).and_then(|word| word.parse::<u64>().ok());
    match (arguments.first(), number(0), number(1), number(2)) {
        (Some(&WORKER), _, Some(seed), Some(slot)) => worker::run(seed, slot),
        (_, Some(seed), Some(seconds), None) => fuzz(seed, seconds),
        _ => {
            println!("usage: fuzz SEED SECONDS");
            USAGE
        }
    }
}

/// Makes rounds for as long as was asked for, and returns the exit code.
fn fuzz(seed: u64, seconds: u64) -> i64 {
    println!("fuzz: seed {seed}, {seconds} s");
    round::prepare();
    let end =
        time::after(i64::try_from(seconds).unwrap_or(i64::MAX / 2).saturating_mul(1_000_000_000));
    let mut news = time::after(NEWS);
    let mut random = Random::new(seed);
    let mut all = Figures::default();
    while all.rounds < WARM_UP || time::now() < end {
        let seed_of_round = random.next();
        match Round::begin(seed_of_round).and_then(|round| round.run(all.rounds >= WARM_UP)) {
            Ok(figures) => all += figures,
            Err(error) => {
                println!("fuzz: FAILED: {error} in round {} of seed {seed}", all.rounds);
                return 1;
            }
        }
        if time::now() >= news {
            println!("fuzz: {all}");
            news = time::after(NEWS);
        }
    }
    println!("figure: {all}, seed {seed}");
    0
}
