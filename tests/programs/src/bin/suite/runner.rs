//! Runs cases, each in a process of its own, and says how they went.

use crate::case::Case;
use crate::table::{Table, Tally};
use crate::usage::Usage;
use alloc::vec::Vec;
use core::fmt;
use programs::template::Template;
use rt::loader::Child;
use rt::{Result, Signals, Status, console, debug, print, println, time};

/// Nanoseconds a case may take. None takes a second, but the host may be busy.
const LIMIT: i64 = 60_000_000_000;
/// Nanoseconds after which memory and handles must have come back.
const SETTLING: i64 = 500_000_000;
/// Turns that others must have had by then: on a busy host, time may pass in which nothing runs.
const SETTLING_TURNS: u32 = 1_000;

/// First argument of a process that runs a case.
pub(crate) const ARGUMENT: &str = "--case";

/// First argument of a process that does nothing.
pub(crate) const WARM_UP: &str = "--nothing";

/// Why a case failed.
enum Failure {
    Call(Status),
    Exit(i64),
    TimedOut,
    Leak { before: Usage, after: Usage },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(status) => write!(f, "the case cannot be started: {status}"),
            Self::Exit(code) => write!(f, "exit code {code}"),
            Self::TimedOut => write!(f, "no end after {} s", LIMIT / 1_000_000_000),
            Self::Leak { before, after } => write!(f, "in use before: {before}, after: {after}"),
        }
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::Call(status)
    }
}

/// Runs every case whose name contains `filter`, prints how many of each section passed, and returns how many failed.
pub(crate) fn run_all(template: &Template, sections: &[&[Case]], filter: &str) -> i64 {
    let tallies: Vec<Tally> =
        sections.iter().map(|cases| run_section(template, cases, filter)).collect();
    let mut table = Table::default();
    for (cases, tally) in sections.iter().zip(tallies) {
        let name = cases.first().and_then(|case| case.name.split("::").next());
        table.add(name.unwrap_or_default(), tally);
    }
    table.finish().into()
}

/// Runs the cases of a section whose names contain `filter`.
fn run_section(template: &Template, cases: &[Case], filter: &str) -> Tally {
    let mut tally = Tally::default();
    for case in cases.iter().filter(|case| case.name.contains(filter)) {
        print!("test {} ... ", case.name);
        console::flush();
        let outcome = run(template, case.name);
        tally.add(outcome.is_ok());
        match outcome {
            Ok(()) => println!("ok"),
            Err(failure) => println!("\n  {failure}\ntest {} ... FAILED", case.name),
        }
    }
    tally
}

/// Starts a case that does not exist, for the sake of what the kernel and this process then have allocated.
pub(crate) fn warm_up(template: &Template) {
    // The runner finds out soon enough if nothing can be started.
    let _ = template.start(&[WARM_UP], Vec::new()).and_then(|child| child.process.join());
}

/// Runs one case, after which the kernel checks itself.
fn run(template: &Template, name: &str) -> Result<(), Failure> {
    let before = Usage::now();
    let code = exit_code(template, name)?;
    if code != 0 {
        return Err(Failure::Exit(code));
    }
    check_settles(before)?;
    debug::check_invariants()?;
    Ok(())
}

/// Starts a case, waits for its end and returns its exit code.
fn exit_code(template: &Template, name: &str) -> Result<i64, Failure> {
    let messages = Vec::from([template.to_message()?]);
    let Child { process, channel } = template.start(&[ARGUMENT, name], messages)?;
    let waited = process.wait(Signals::TASK_TERMINATED, time::after(LIMIT));
    drop(channel);
    match waited {
        Ok(_) => Ok(process.state()?.return_code),
        Err(Status::TIMED_OUT) => {
            process.kill()?;
            process.join()?;
            Err(Failure::TimedOut)
        }
        Err(status) => Err(status.into()),
    }
}

/// Checks that what was in use before is in use again, now or soon: the kernel buries the dead in its own time.
fn check_settles(before: Usage) -> Result<(), Failure> {
    let deadline = time::after(SETTLING);
    let mut turns = 0;
    loop {
        let after = Usage::now();
        if after == before {
            return Ok(());
        }
        if turns >= SETTLING_TURNS && time::now() > deadline {
            return Err(Failure::Leak { before, after });
        }
        time::yield_now();
        turns += 1;
    }
}
