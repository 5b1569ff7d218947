//! Measures what operations cost: ticks of the time-stamp counter around each, which are instructions where the machine counts them.
//!
//! ```text
//!  bench [quick] [nanoseconds] [NAME...]    the families with a figure whose name begins with one of these; without NAME, all
//!  bench profile NAME                       the figure of that name, for a profiler
//! ```
//!
//! | module | what it does |
//! |---|---|
//! | [`meter`] | takes the time of one operation, again and again, and prints a line for each figure |
//! | [`plan`] | how often, and up to which size |
//! | [`profile`] | shows a profiler where an operation begins and ends |
//! | [`place`] | regions and objects that operations work on |
//! | [`idle`] | processes that sleep |
//! | [`families`] | the operations, those that share their preparations together |
#![no_std]
#![no_main]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a measurement whose arithmetic overflows has to stop"
)]

extern crate alloc;

mod families;
mod idle;
mod meter;
mod place;
mod plan;
mod profile;

use alloc::vec::Vec;
use meter::Unit;
use rt::{println, start};

rt::main!(main);

fn main() -> i64 {
    let mut names: Vec<&'static str> = start().arguments().skip(1).collect();
    if take(&mut names, "profile") {
        names.first().copied().into_iter().for_each(profile::init);
    }
    if take(&mut names, "quick") {
        plan::be_quick();
    }
    let in_time = take(&mut names, "nanoseconds");
    meter::calibrate(if in_time { Unit::Nanoseconds } else { Unit::Ticks });
    let mut ran = 0;
    for family in families::ALL.iter().filter(|family| family.is_wanted(&names)) {
        ran += 1;
        if let Err(status) = (family.run)() {
            println!("bench: the figures {:?} cannot be taken: {status}", family.figures);
            return 1;
        }
    }
    if ran == 0 {
        println!("bench: there is no figure whose name begins with one of {names:?}");
        return 2;
    }
    println!("bench: {ran} families measured");
    0
}

/// Takes `word` away if `words` begin with it; says whether they did.
fn take(words: &mut Vec<&str>, word: &str) -> bool {
    let begins = words.first() == Some(&word);
    if begins {
        words.remove(0);
    }
    begins
}
