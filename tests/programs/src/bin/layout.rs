//! Draws the program's own address space after random and after compact placement.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use programs::report::Report;
use rt::abi::layout::PAGE_SIZE;
use rt::{Result, VmOptions, Vmar, Vmo, VmoOptions, println, start};

rt::main!(main);

/// Mappings made in each region.
const COUNT: usize = 24;
/// Bytes of each.
const LEN: u64 = 3 * PAGE_SIZE;
/// Characters of a picture.
const COLUMNS: u64 = 96;
/// Bytes of the COMPACT region.
const COMPACT_LEN: u64 = 1 << 40;

fn main() -> i64 {
    println!(
        "layout: {COUNT} mappings of {} pages in this program's address space",
        LEN / PAGE_SIZE
    );
    let mut report = Report::new("layout");
    if let Err(status) = show(&mut report) {
        report.line(false, format_args!("call failed: {status}"));
    }
    report.finish("the default spreads, COMPACT keeps together")
}

/// Maps, draws and judges both regions.
fn show(report: &mut Report) -> Result<()> {
    let root = start().root_vmar();
    let region = root.region()?;
    let spread = fill(root)?;
    println!("  spread over the root VMAR (I image, S stack, digits mappings of a column):");
    draw(region.base..region.base.saturating_add(region.len), &spread, &landmarks()?);
    let columns = columns_hit(region.base..region.base.saturating_add(region.len), &spread);
    report.line(columns > COUNT / 4, format_args!("{columns} of {COLUMNS} columns are hit"));

    let options = VmOptions::COMPACT | VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE;
    let (compact, base) = root.allocate(options, 0, COMPACT_LEN)?;
    let cluster = fill(&compact)?;
    println!("  compact in a region of {} GiB at {base:#x}:", COMPACT_LEN >> 30);
    let whole = base..base.saturating_add(COMPACT_LEN);
    draw(whole.clone(), &cluster, &[]);
    let columns = columns_hit(whole, &cluster);
    report.line(columns <= 2, format_args!("{columns} of {COLUMNS} columns are hit"));

    let first = cluster.iter().copied().min().unwrap_or(0);
    let end = cluster.iter().copied().max().unwrap_or(0).saturating_add(LEN);
    println!("  that cluster alone, {} pages:", end.wrapping_sub(first) / PAGE_SIZE);
    draw(first..end, &cluster, &[]);
    report.line(
        have_gaps(&cluster),
        format_args!("between neighbours there is at least one page of nothing"),
    );

    spread.iter().try_for_each(|address| root.unmap(*address, LEN))?;
    compact.destroy()
}

/// Maps one VMO again and again and returns the addresses.
fn fill(vmar: &Vmar) -> Result<Vec<u64>> {
    let vmo = Vmo::create(LEN, VmoOptions::empty())?;
    let options = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
    (0..COUNT).map(|_| vmar.map(options, 0, &vmo, 0, LEN)).collect()
}

/// Returns what was there before, with letters for it.
fn landmarks() -> Result<Vec<(char, u64)>> {
    let local = 0_u8;
    let mut marks = Vec::from([('S', (&raw const local).addr() as u64)]);
    if let Some(image) = start().image_vmar() {
        marks.push(('I', image.region()?.base));
    }
    Ok(marks)
}

/// Returns the column of a picture of `range` that shows `address`.
fn column(range: &Range<u64>, address: u64) -> usize {
    let part = u128::from(address.saturating_sub(range.start)).saturating_mul(u128::from(COLUMNS));
    let len = u128::from(range.end.saturating_sub(range.start)).max(1);
    usize::try_from(part.checked_div(len).unwrap_or(0)).unwrap_or(0)
}

/// Counts the columns that show a mapping.
fn columns_hit(range: Range<u64>, addresses: &[u64]) -> usize {
    let mut columns: Vec<usize> =
        addresses.iter().map(|address| column(&range, *address)).collect();
    columns.sort_unstable();
    columns.dedup();
    columns.len()
}

/// Is there at least a page of nothing between any two mappings?
fn have_gaps(addresses: &[u64]) -> bool {
    let mut sorted = Vec::from(addresses);
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| match pair {
        [one, next] => next.saturating_sub(*one) > LEN,
        _ => true,
    })
}

/// Prints a picture of `range`: in each column the number of mappings that begin there, or a landmark.
fn draw(range: Range<u64>, addresses: &[u64], landmarks: &[(char, u64)]) {
    let picture: String = (0..COLUMNS)
        .map(|place| {
            let is_here = |address: u64| column(&range, address) as u64 == place;
            let count = addresses.iter().filter(|address| is_here(**address)).count();
            let landmark = landmarks.iter().find(|(_, address)| is_here(*address));
            match (count, landmark) {
                (0, Some((letter, _))) => *letter,
                (0, None) => '.',
                (count @ 1..=9, _) => u32::try_from(count)
                    .ok()
                    .and_then(|digit| char::from_digit(digit, 10))
                    .unwrap_or('?'),
                _ => '#',
            }
        })
        .collect();
    println!("  {:#014x} |{picture}| {:#014x}", range.start, range.end);
}
