//! One operation, again and again: its first allocation fails, its second, and so on.

use crate::operations::Operation;
use crate::scene::Scene;
use crate::seen::Seen;
use alloc::string::String;
use core::fmt;
use programs::usage::Usage;
use rt::debug::{check_invariants, count_handles, fail_allocation};
use rt::{Status, time};

/// Nanoseconds after which everything must have come back.
const SETTLING: i64 = 1_000_000_000;

/// What is wrong.
pub(crate) enum Failure {
    Refused { status: Status },
    Answer { point: u64, status: Status },
    Changed { point: u64, what: String },
    Handles { point: u64, lost: i64 },
    Leak { point: u64, before: Usage, after: Usage },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { status } => write!(f, "{status} with all the memory it needs"),
            Self::Answer { point, status } => write!(f, "{status} without allocation {point}"),
            Self::Changed { point, what } => write!(f, "without allocation {point}, {what}"),
            Self::Handles { point, lost } => {
                write!(f, "{lost} handles are gone without allocation {point}")
            }
            Self::Leak { point, before, after } => {
                write!(f, "after allocation {point} failed: {after}, before: {before}")
            }
        }
    }
}

/// Lets each allocation of the operation fail, in scenes with so many other objects; returns how many there are.
pub(crate) fn sweep(operation: &Operation, crowd: u64) -> Result<u64, Failure> {
    // What is kept for next time should be there before anything is counted.
    try_point(operation, crowd, u64::MAX)?;
    let before = Usage::now();
    for point in 1.. {
        let has_failed = try_point(operation, crowd, point)?;
        check_settles(before).map_err(|after| Failure::Leak { point, before, after })?;
        if !has_failed {
            return Ok(point - 1);
        }
    }
    Ok(u64::MAX)
}

/// Runs the operation once without its allocation number `point`; says whether there is one.
fn try_point(operation: &Operation, crowd: u64, point: u64) -> Result<bool, Failure> {
    let scene = Scene::new(crowd, operation.needs);
    let before = Seen::of(&scene, operation.effect);
    let handles = count_handles().unwrap().cast_signed();
    fail_allocation(point).unwrap();
    let status = (operation.run)(&scene);
    let has_failed = fail_allocation(0).unwrap() >= point;
    if !has_failed {
        scene.take_results(status);
        return if status == Status::OK { Ok(false) } else { Err(Failure::Refused { status }) };
    }
    if status != Status::NO_MEMORY {
        return Err(Failure::Answer { point, status });
    }
    let lost = handles - count_handles().unwrap().cast_signed();
    if lost != operation.effect.handles() {
        return Err(Failure::Handles { point, lost });
    }
    if let Some(what) = before.difference(&Seen::of(&scene, operation.effect)) {
        return Err(Failure::Changed { point, what });
    }
    check_invariants().unwrap();
    Ok(true)
}

/// Waits until what was in use before is in use again; returns what is if that does not come.
fn check_settles(before: Usage) -> Result<(), Usage> {
    let deadline = time::after(SETTLING);
    loop {
        let after = Usage::now();
        if after == before {
            return Ok(());
        }
        if time::now() > deadline {
            return Err(after);
        }
        time::yield_now();
    }
}
