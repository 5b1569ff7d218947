//! Two names, one kernel: the same steps through the calls of 2017 and through today's, with the same results.
#![no_std]
#![no_main]

use programs::report::Report;
use rt::abi::layout::PAGE_SIZE;
use rt::{Handle, Result, Status, VmOptions, mx, println, start, zx};

rt::main!(main);

const LEN: u64 = 4 * PAGE_SIZE;
const REGION: VmOptions =
    VmOptions::CAN_MAP_SPECIFIC.union(VmOptions::CAN_MAP_READ).union(VmOptions::CAN_MAP_WRITE);
const READ_WRITE: VmOptions = VmOptions::PERM_READ.union(VmOptions::PERM_WRITE);
const REPLACE: VmOptions =
    VmOptions::SPECIFIC_OVERWRITE.union(VmOptions::MAP_RANGE).union(READ_WRITE);
const WORD: [u8; 8] = *b"two eras";

/// A region with one mapping, and the results of the calls on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outcome {
    vmar_offset: u64,
    read_back: [u8; 8],
    actual: u64,
    replaced: Status,
    protected: Status,
    beyond: Status,
    unmapped: Status,
    destroyed: Status,
}

fn main() -> i64 {
    println!("eras: the same steps through mx_ and zx_ names");
    let mut report = Report::new("eras");
    match (old(), new()) {
        (Ok(old), Ok(new)) => {
            report.line(old.read_back == WORD, format_args!("what was written is read, mx_"));
            report.line(new.read_back == WORD, format_args!("what was written is read, zx_"));
            report.attempt(
                "replace a mapping and page in at once, mx_",
                Status::OK,
                old.replaced.check(),
            );
            let refused = Status::INVALID_ARGS;
            report.attempt("the same, zx_", refused, new.replaced.check());
            let is_same = Outcome { replaced: new.replaced, ..old } == new;
            report.line(is_same, format_args!("everything else came to the same"));
            if !is_same {
                println!("  mx_ {old:?}\n  zx_ {new:?}");
            }
        }
        (old, new) => report.line(false, format_args!("call failed: {old:?}, {new:?}")),
    }
    report.finish("two names, one kernel")
}

/// Takes the steps through the calls of 2017.
fn old() -> Result<Outcome> {
    let root = start().root_vmar().raw();
    let (mut vmo, mut vmar, mut base, mut mapped) = (0, 0, 0, 0);
    let (mut read_back, mut actual) = ([0; 8], 0);
    // SAFETY: pointers are to local variables; what is mapped is used by nobody.
    unsafe {
        mx::vmo_create(LEN, 0, &raw mut vmo).check()?;
        mx::vmar_allocate(root, 0, LEN, REGION.bits(), &raw mut vmar, &raw mut base).check()?;
        let options = (VmOptions::SPECIFIC | READ_WRITE).bits();
        mx::vmar_map(vmar, PAGE_SIZE, vmo, 0, PAGE_SIZE, options, &raw mut mapped).check()?;
        mx::vmo_write(vmo, WORD.as_ptr(), 0, 8, &raw mut actual).check()?;
        mx::vmo_read(vmo, read_back.as_mut_ptr(), 0, 8, &raw mut actual).check()?;
        let mut again = 0;
        let outcome = Outcome {
            vmar_offset: mapped.wrapping_sub(base),
            read_back,
            actual,
            replaced: mx::vmar_map(vmar, PAGE_SIZE, vmo, 0, 1, REPLACE.bits(), &raw mut again),
            protected: mx::vmar_protect(vmar, mapped, PAGE_SIZE, VmOptions::PERM_READ.bits()),
            beyond: mx::vmar_map(vmar, LEN, vmo, 0, 1, options, &raw mut again),
            unmapped: mx::vmar_unmap(vmar, mapped, PAGE_SIZE),
            destroyed: mx::vmar_destroy(vmar),
        };
        drop([Handle::from_raw(vmo), Handle::from_raw(vmar)]);
        Ok(outcome)
    }
}

/// Takes the steps through today's calls.
fn new() -> Result<Outcome> {
    let root = start().root_vmar().raw();
    let (mut vmo, mut vmar, mut base, mut mapped) = (0, 0, 0, 0);
    let mut read_back = [0; 8];
    // SAFETY: pointers are to local variables; what is mapped is used by nobody.
    unsafe {
        zx::vmo_create(LEN, 0, &raw mut vmo).check()?;
        zx::vmar_allocate(root, REGION.bits(), 0, LEN, &raw mut vmar, &raw mut base).check()?;
        let options = (VmOptions::SPECIFIC | READ_WRITE).bits();
        zx::vmar_map(vmar, options, PAGE_SIZE, vmo, 0, PAGE_SIZE, &raw mut mapped).check()?;
        zx::vmo_write(vmo, WORD.as_ptr(), 0, 8).check()?;
        zx::vmo_read(vmo, read_back.as_mut_ptr(), 0, 8).check()?;
        let mut again = 0;
        let outcome = Outcome {
            vmar_offset: mapped.wrapping_sub(base),
            read_back,
            actual: 8,
            replaced: zx::vmar_map(vmar, REPLACE.bits(), PAGE_SIZE, vmo, 0, 1, &raw mut again),
            protected: zx::vmar_protect(vmar, VmOptions::PERM_READ.bits(), mapped, PAGE_SIZE),
            beyond: zx::vmar_map(vmar, options, LEN, vmo, 0, 1, &raw mut again),
            unmapped: zx::vmar_unmap(vmar, mapped, PAGE_SIZE),
            destroyed: zx::vmar_destroy(vmar),
        };
        drop([Handle::from_raw(vmo), Handle::from_raw(vmar)]);
        Ok(outcome)
    }
}
