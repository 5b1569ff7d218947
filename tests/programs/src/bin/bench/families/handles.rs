//! A process that has more and more handles.

use crate::meter::Figure;
use crate::place::object;
use crate::plan::{self, Rounds};
use alloc::vec::Vec;
use rt::{Result, Rights, Vmo};

/// The numbers of handles.
const SIZES: [u64; 6] = [1, 10, 100, 1000, 10_000, 100_000];

pub(super) fn run() -> Result<()> {
    let object = object(1)?;
    let mut handles = Vec::new();
    for size in plan::sizes(&SIZES) {
        for _ in handles.len() as u64..size {
            handles.push(object.duplicate(Rights::SAME_RIGHTS)?);
        }
        measure(size, &handles)?;
    }
    Ok(())
}

/// Takes the figures of one more handle: made, used, asked about, closed.
fn measure(size: u64, handles: &[Vmo]) -> Result<()> {
    let rounds = Rounds::CALLS;
    let figure = |name| Figure::new(name, rounds).at(size);
    let (mut duplicate, mut use_it) = (figure("handle_duplicate"), figure("handle_use"));
    let (mut ask, mut close) = (figure("handle_info"), figure("handle_close"));
    let youngest = handles.last().ok_or(rt::Status::INTERNAL)?;
    for _ in 0..rounds.all() {
        let made = duplicate.time(|| youngest.duplicate(Rights::SAME_RIGHTS))?;
        use_it.time(|| made.size())?;
        ask.time(|| made.basic_info())?;
        close.time(|| made.into_handle().close())?;
    }
    [duplicate, use_it, ask, close].into_iter().for_each(Figure::report);
    Ok(())
}
