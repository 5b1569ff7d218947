//! `map_with_guard` of the VMAR concept in Rust: a mapping between guards, and children that die of touching them.
#![no_std]
#![no_main]

use programs::report::Report;
use programs::touch::{Access, touch};
use rt::abi::layout::PAGE_SIZE;
use rt::abi::object::EXIT_CODE_EXCEPTION;
use rt::{Result, Status, VmOptions, Vmar, Vmo, VmoOptions, println};

rt::main!(main);

const BEFORE: u64 = 4 * PAGE_SIZE;
const AFTER: u64 = 2 * PAGE_SIZE;
const LEN: u64 = 3 * PAGE_SIZE;

/// Maps `len` bytes of `vmo` somewhere in `vmar`, with `before` and `after` bytes of nothing around them; returns the VMAR made for
/// it and the mapping's address.
fn map_with_guard(
    vmar: &Vmar,
    before: u64,
    after: u64,
    vmo: &Vmo,
    len: u64,
) -> Result<(Vmar, u64)> {
    let size = before
        .checked_add(len)
        .and_then(|size| size.checked_add(after))
        .ok_or(Status::INVALID_ARGS)?;
    let options = VmOptions::CAN_MAP_SPECIFIC | VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE;
    let (wrapping, _) = vmar.allocate(options, 0, size)?;
    let options = VmOptions::SPECIFIC | VmOptions::PERM_READ | VmOptions::PERM_WRITE;
    let mapped = wrapping.map(options, before, vmo, 0, len)?;
    Ok((wrapping, mapped))
}

/// Places to touch: what they are, how far from the mapping's base, and the exit code of whoever touches them.
const PLACES: [(&str, i64, i64); 6] = [
    ("first byte of the mapping", 0, 0),
    ("last byte of the mapping", LEN.cast_signed() - 1, 0),
    ("last byte before", -1, EXIT_CODE_EXCEPTION),
    ("first byte before", -BEFORE.cast_signed(), EXIT_CODE_EXCEPTION),
    ("first byte after", LEN.cast_signed(), EXIT_CODE_EXCEPTION),
    ("last byte after", (LEN + AFTER).cast_signed() - 1, EXIT_CODE_EXCEPTION),
];

fn main() -> i64 {
    println!(
        "map_with_guard_rust: {} pages, {} guard pages before, {} after, in a new process each time",
        LEN / PAGE_SIZE,
        BEFORE / PAGE_SIZE,
        AFTER / PAGE_SIZE
    );
    let mut report = Report::new("map_with_guard_rust");
    for (what, distance, expected) in PLACES {
        let mut address = 0;
        let result = Vmo::create(LEN, VmoOptions::empty()).and_then(|vmo| {
            touch(Access::Write, |root| {
                let (_, mapped) = map_with_guard(root, BEFORE, AFTER, &vmo, LEN)?;
                address = mapped.wrapping_add_signed(distance);
                Ok(address)
            })
        });
        match result {
            Ok(code) => report.line(
                code == expected,
                format_args!("{what:<26} {address:#14x}  exit code {code}"),
            ),
            Err(status) => report.line(false, format_args!("{what:<26} call failed: {status}")),
        }
    }
    report.finish("both guards guard")
}
