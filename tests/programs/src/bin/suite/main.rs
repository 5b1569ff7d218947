//! The ring-3 suite: `suite FILTER` runs every case whose name contains FILTER and ends with the number of those that failed.
//!
//! A case states one rule of the specification and panics if the kernel breaks it. It runs in a process of its own, which
//! is this program started again (`suite --case NAME`); what must die, or must be another process, is a [`part`] of a case
//! (`suite --part …`). After each case all memory and all handles must be back.
//!
//! | module | what it does |
//! |---|---|
//! | [`runner`] | starts cases, waits, judges, prints the lines that the host counts |
//! | [`table`] | says at the end how many rules of each section hold |
//! | [`part`] | processes that a case starts |
//! | [`fixture`], [`hardware`], [`probe`], [`entry`], [`trouble`], [`strike`], [`packets`], [`paging`], [`turns`], [`usage`], [`zx`] | what cases are written with |
//! | [`cases`] | the rules, one file for each section |
#![no_std]
#![no_main]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a case fails"
)]
#![expect(
    clippy::needless_borrows_for_generic_args,
    reason = "where a call takes any word, a reference stands for an address"
)]

extern crate alloc;

mod calling;
mod case;
mod cases;
mod entry;
mod fixture;
mod hardware;
mod jobs;
mod packets;
mod paging;
mod part;
mod probe;
mod runner;
mod strike;
mod table;
mod trouble;
mod turns;

use alloc::vec::Vec;
use programs::template::Template;
use programs::{usage, zx};
use rt::{println, start};

rt::main!(main);

/// Name of this program in the archive.
const NAME: &str = "suite";

/// Heap that the runner has frames for before it begins to count.
const RUNNER_HEAP: usize = 1 << 20;

fn main() -> i64 {
    let arguments: Vec<&str> = start().arguments().skip(1).collect();
    match arguments.as_slice() {
        [runner::ARGUMENT, name] => run_case(name),
        [part::ARGUMENT, rest @ ..] => {
            part::execute(rest);
            0
        }
        [runner::WARM_UP] => 0,
        rest => run_suite(rest.first().copied().unwrap_or_default()),
    }
}

/// Runs all cases that the filter lets through.
fn run_suite(filter: &str) -> i64 {
    if !entry::can_be_seen() {
        println!("suite: the kernel has to be booted with debug-calls=on");
        return 1;
    }
    let template = match Template::prepare(NAME) {
        Ok(template) => template,
        Err(error) => {
            println!("suite: cannot prepare its own program: {error}");
            return 1;
        }
    };
    rt::heap::warm_up(RUNNER_HEAP);
    // What the kernel keeps for next time should be there before anything is counted.
    for _ in 0..2 {
        runner::warm_up(&template);
    }
    runner::run_all(&template, cases::SECTIONS, filter)
}

/// Runs the case called `name`.
fn run_case(name: &str) -> i64 {
    // The runner takes memory when it begins to wait for this process. It is next in turn, so it does
    // that now; even if its own turn ends meanwhile, it has another.
    (0..4).for_each(|_| rt::time::yield_now());
    let mut all = cases::SECTIONS.iter().copied().flatten();
    let case = all.find(|case| case.name == name).expect("a case of that name");
    (case.run)();
    0
}
