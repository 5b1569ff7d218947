//! Memory objects of one page.

use crate::meter::Figure;
use crate::place::{committed, object};
use crate::plan::Rounds;
use rt::Result;
use rt::abi::VmoChildOptions;
use rt::abi::layout::PAGE_SIZE;

pub(super) fn create_and_transfer() -> Result<()> {
    let rounds = Rounds::CALLS;
    let mut create = Figure::new("vmo_create", rounds);
    let mut close = Figure::new("vmo_close", rounds);
    let mut get_size = Figure::new("vmo_get_size", rounds);
    let mut read = Figure::new("vmo_read", rounds);
    let mut write = Figure::new("vmo_write", rounds);
    let present = committed(1)?;
    let mut word = [1; 8];
    for _ in 0..rounds.all() {
        let made = create.time(|| object(1))?;
        close.time(|| made.into_handle().close())?;
        get_size.time(|| present.size())?;
        read.time(|| present.read(0, &mut word))?;
        write.time(|| present.write(0, &word))?;
    }
    [create, close, get_size, read, write].into_iter().for_each(Figure::report);
    Ok(())
}

pub(super) fn clones() -> Result<()> {
    let rounds = Rounds::CALLS;
    let mut create = Figure::new("clone_create", rounds);
    let mut close = Figure::new("clone_close", rounds);
    let parent = committed(1)?;
    for _ in 0..rounds.all() {
        let clone = create.time(|| parent.create_child(VmoChildOptions::SNAPSHOT, 0, PAGE_SIZE))?;
        close.time(|| clone.into_handle().close())?;
    }
    create.report();
    close.report();
    Ok(())
}
