//! A file that is compressed on the ramdisk and looks like memory: what is touched is decompressed, and nothing else.
//!
//! ```text
//!   load ──> page fault ──> packet in a port ──> the pager's thread decompresses a block
//!    ^                                              │
//!    └── the thread goes on <── pager_supply_pages ─┘
//! ```
#![no_std]
#![no_main]

extern crate alloc;

mod service;
mod squares;

use alloc::vec::Vec;
use blocks::BlockFile;
use core::sync::atomic::{AtomicU64, Ordering};
use programs::report::Report;
use rt::abi::info::InfoVmo;
use rt::abi::layout::PAGE_SIZE;
use rt::abi::{Topic, VmoChildOptions};
use rt::loader::{Archive, LoadError};
use rt::thread::{Running, spawn};
use rt::{Result, Status, Vmo, memory, println, start};
use service::Service;
use squares::Squares;

rt::main!(main);

/// The file, a table of squares.
const FILE: &str = "data/squares";

/// How many threads have loaded a byte that is not 0.
static LOADED: AtomicU64 = AtomicU64::new(0);

fn main() -> i64 {
    let mut report = Report::new("paged");
    if let Err(error) = show(&mut report) {
        report.line(false, format_args!("{error}"));
    }
    report.finish("what was needed was decompressed, and nothing twice")
}

/// Looks at the file, and at one that is damaged.
fn show(report: &mut Report) -> Result<(), LoadError> {
    let archive = Archive::map(start().ramdisk().ok_or(LoadError::NoArchive)?)?;
    let file = archive.file(FILE)?;
    let blocks = BlockFile::parse(file).map_err(|_| Status::IO_DATA_INTEGRITY)?;
    println!(
        "paged: {FILE}, {} pages in {} blocks, compressed to {} bytes",
        blocks.content_len() as u64 / PAGE_SIZE,
        blocks.block_count(),
        file.len()
    );
    look(report, file)?;
    look_at_damaged(report, file, &blocks)?;
    Ok(())
}

/// Looks at the file here and there, and then at all of it.
fn look(report: &mut Report, file: &[u8]) -> Result<()> {
    let (service, thread) = Service::start(0, file)?;
    let vmo = service.vmo();
    let table = Squares::map(vmo)?;
    report.line(
        committed_pages(vmo)? == 0,
        format_args!("mapped at {:#x}; no page has a frame yet", table.address()),
    );

    let line = table.line(12_345);
    report.line(line.is_right(12_345), format_args!("a load finds   {line}"));
    expect_blocks(report, service, 1)?;
    let neighbour = table.line(12_346);
    report.line(neighbour.is_right(12_346), format_args!("beside it is   {neighbour}"));
    expect_blocks(report, service, 1)?;

    let called = squares::read_line(vmo, 1_024)?;
    report.line(called.is_right(1_024), format_args!("vmo_read finds {called}"));
    expect_blocks(report, service, 2)?;

    let address = table.address_of(5_000);
    let threads: Vec<_> = (0..4).map(|_| spawn(load, address)).collect::<Result<_>>()?;
    threads.into_iter().try_for_each(Running::join)?;
    let loaded = LOADED.load(Ordering::Relaxed);
    report.line(
        loaded == 4,
        format_args!("{loaded} of four threads were given a block they waited for"),
    );
    expect_blocks(report, service, 3)?;

    let options = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE;
    let copy = vmo.create_child(options, 0, table.len())?;
    copy.write(squares::offset_of(2_048), b"changed")?;
    let (changed, kept) = (squares::read_line(&copy, 2_048)?, table.line(2_048));
    let is_apart = !changed.is_right(2_048) && kept.is_right(2_048);
    report.line(is_apart, format_args!("written to a copy, the file stays {kept}"));
    expect_blocks(report, service, 4)?;

    let right = table.count_right();
    report.line(
        right == table.lines(),
        format_args!("all of {} lines are right: {right}", table.lines()),
    );
    expect_blocks(report, service, 16)?;
    service.stop()?;
    thread.join()
}

/// Looks at a file of which a byte has changed.
fn look_at_damaged(report: &mut Report, file: &[u8], blocks: &BlockFile<'_>) -> Result<()> {
    let mut damaged = Vec::from(file);
    let place = blocks.place_of(1).map_err(|_| Status::OUT_OF_RANGE)?;
    if let Some(byte) = damaged.get_mut(place.end.saturating_sub(1)) {
        *byte ^= 1;
    }
    let (service, thread) = Service::start(1, &damaged)?;
    let vmo = service.vmo();
    report.attempt(
        "with a byte changed, vmo_read in that block",
        Status::IO_DATA_INTEGRITY,
        squares::read_line(vmo, 1_024),
    );
    let other = squares::read_line(vmo, 1_023)?;
    report.line(other.is_right(1_023), format_args!("the block before still has {other}"));
    service.stop()?;
    thread.join()
}

/// Loads the byte at `address`, which is mapped.
extern "C" fn load(address: u64) {
    // SAFETY: the table stays mapped until the thread has ended, and nobody writes to it.
    let byte: u8 = unsafe { memory::load(address) };
    LOADED.fetch_add(u64::from(byte != 0), Ordering::Relaxed);
}

/// Checks that `blocks` blocks were decompressed so far, and that as many have frames.
fn expect_blocks(report: &mut Report, service: &Service, blocks: u64) -> Result<()> {
    let (decompressed, pages) = (service.decompressed(), committed_pages(service.vmo())?);
    let is_good =
        decompressed == blocks && pages == blocks.saturating_mul(service.pages_of_block());
    report.line(
        is_good,
        format_args!("{decompressed:>2} blocks decompressed, {pages:>3} pages have frames"),
    );
    Ok(())
}

/// Returns how many pages of `vmo` have frames.
fn committed_pages(vmo: &Vmo) -> Result<u64> {
    Ok(vmo.info::<InfoVmo>(Topic::VMO)?.committed_bytes / PAGE_SIZE)
}
