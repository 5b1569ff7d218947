//! Failures on request, by which it is shown that failures are noticed.

use crate::arch::exit;

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Canary {
    /// A panic.
    Panic,
    /// A fault that cannot be delivered, which resets the machine.
    TripleFault,
    /// Silence.
    Hang,
    /// Endless recursion.
    StackOverflow,
}

impl Canary {
    /// Returns the canary that the command line calls `name`.
    pub(super) fn named(name: &str) -> Option<Canary> {
        Some(match name {
            "panic" => Canary::Panic,
            "triple" => Canary::TripleFault,
            "hang" => Canary::Hang,
            "overflow" => Canary::StackOverflow,
            _ => return None,
        })
    }
}

/// Fails as `canary` says, if there is one.
///
/// # Panics
/// If that is the way.
pub(super) fn sing(canary: Option<Canary>) {
    match canary {
        None => {}
        Some(Canary::Panic) => panic!("the canary was asked to panic"),
        Some(Canary::TripleFault) => exit::triple_fault(),
        Some(Canary::Hang) => exit::hang(),
        Some(Canary::StackOverflow) => {
            let depth = descend(0);
            ::log::error!("the stack held {depth} calls");
        }
    }
}

/// Calls itself more often than any stack can hold.
fn descend(depth: u64) -> u64 {
    let room = core::hint::black_box([depth; 64]);
    if depth == u64::MAX {
        return depth;
    }
    let below = descend(depth.saturating_add(1));
    below.max(core::hint::black_box(room).iter().copied().max().unwrap_or_default())
}
