//! Snapshots of snapshots of …: what the youngest of a chain of more and more costs. Each has written a page of its own.

use crate::meter::Figure;
use crate::place::{Region, committed, write};
use crate::plan::{self, Rounds};
use alloc::vec::Vec;
use rt::abi::VmoChildOptions;
use rt::abi::layout::PAGE_SIZE;
use rt::{Result, Vmo};

/// How many snapshots deep the chain is.
const SIZES: [u64; 5] = [1, 10, 100, 1000, 10_000];

/// Pages of the object.
const PAGES: u64 = 64;

/// The page that nobody but the oldest has written.
const INHERITED: u64 = PAGES - 1;

pub(super) fn run() -> Result<()> {
    let mut chain = Vec::from([committed(PAGES)?]);
    for size in plan::sizes(&SIZES) {
        for generation in chain.len() as u64..=size {
            let youngest = chain.last().map(snapshot).transpose()?;
            chain.extend(youngest);
            let page = generation % INHERITED;
            chain.last().map(|youngest| youngest.write(page * PAGE_SIZE, &[1; 8])).transpose()?;
        }
        chain.last().map(|youngest| measure(size, youngest)).transpose()?;
    }
    // The oldest first, so that each has a parent that is gone.
    chain.into_iter().try_for_each(|object| object.into_handle().close())
}

/// Makes a snapshot of all of `parent`.
fn snapshot(parent: &Vmo) -> Result<Vmo> {
    parent.create_child(VmoChildOptions::SNAPSHOT, 0, PAGES * PAGE_SIZE)
}

/// Takes the figures of the youngest: an inherited page read; another snapshot made, an inherited page of it written, and its end.
fn measure(size: u64, youngest: &Vmo) -> Result<()> {
    let rounds = Rounds::CALLS;
    let figure = |name| Figure::new(name, rounds).at(size);
    let (mut read, mut make) = (figure("chain_read"), figure("chain_snapshot"));
    let (mut copy, mut close) = (figure("chain_write"), figure("chain_close"));
    let region = Region::new()?;
    let mut word = [0; 8];
    for _ in 0..rounds.all() {
        read.time(|| youngest.read(INHERITED * PAGE_SIZE, &mut word))?;
        let child = make.time(|| snapshot(youngest))?;
        let mapped = region.map_first(&child)?;
        copy.time(|| write(mapped.page(INHERITED)));
        mapped.unmap()?;
        close.time(|| child.into_handle().close())?;
    }
    [read, make, copy, close].into_iter().for_each(Figure::report);
    Ok(())
}
