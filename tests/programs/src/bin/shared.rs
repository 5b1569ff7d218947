//! One VMO mapped twice, and in two processes: all see the same bytes at once.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;
use programs::report::Report;
use rt::abi::layout::PAGE_SIZE;
use rt::loader::{LoadError, Program};
use rt::{Mapping, Result, Rights, VmOptions, Vmo, VmoOptions, memory, println, start};

rt::main!(main);

/// What stands in the argument list of the second process.
const CHILD: &str = "child";
const LEN: u64 = 2 * PAGE_SIZE;
const QUESTION: u64 = 0x0123_4567_89AB_CDEF;
const ANSWER: u64 = !QUESTION;

fn main() -> i64 {
    if start().arguments().nth(1) == Some(CHILD) {
        return answer().map_or_else(|status| i64::from(status.into_raw()), |()| 0);
    }
    println!("shared: one VMO of {} pages", LEN / PAGE_SIZE);
    let mut report = Report::new("shared");
    if let Err(error) = show(&mut report) {
        report.line(false, format_args!("{error}"));
    }
    report.finish("every mapping shows the same bytes")
}

/// Maps a VMO twice here and once in a child, and looks at it from every side.
fn show(report: &mut Report) -> Result<(), LoadError> {
    let vmo = Vmo::create(LEN, VmoOptions::empty())?;
    let writable = Mapping::new(&vmo, LEN, VmOptions::PERM_WRITE)?;
    let readable = Mapping::new(&vmo, LEN, VmOptions::empty())?;
    // SAFETY: both mappings live until the end of this function, and only raw accesses are made to them.
    let (store, load) = unsafe {
        (
            |value: u64| memory::store(writable.address(), value),
            || memory::load::<u64>(readable.address()),
        )
    };
    report.line(
        load() == 0,
        format_args!(
            "mapped here at {:#x}, and for reading at {:#x}",
            writable.address(),
            readable.address()
        ),
    );
    store(QUESTION);
    report.line(
        load() == QUESTION,
        format_args!("written through one: {:#018x} read through the other", load()),
    );
    let mut word = [0; 8];
    vmo.read(0, &mut word)?;
    let word = u64::from_le_bytes(word);
    report.line(word == QUESTION, format_args!("read by vmo_read: {word:#018x}"));

    let name = start().arguments().next().unwrap_or("shared");
    let child = Program::from_archive(name)?.start(&[name, CHILD])?;
    let theirs = vmo.duplicate(Rights::SAME_RIGHTS)?.into_handle();
    child.channel.write(&[], Vec::from([theirs]))?;
    let code = child.process.join()?;
    report.line(
        code == 0,
        format_args!("a second process mapped it and found the same: exit code {code}"),
    );
    report.line(load() == ANSWER, format_args!("what it wrote is here: {:#018x}", load()));
    Ok(())
}

/// The second process: maps the VMO that the first one sends, checks it and writes to it.
fn answer() -> Result<()> {
    let (_, mut handles) = start().channel().receive(&mut [])?;
    let vmo = Vmo::from(handles.pop().ok_or(rt::Status::NOT_FOUND)?);
    let mapping = Mapping::new(&vmo, LEN, VmOptions::PERM_WRITE)?;
    // SAFETY: the mapping lives until the end of this function, and only raw accesses are made to it.
    let found = unsafe { memory::load::<u64>(mapping.address()) };
    if found != QUESTION {
        return Err(rt::Status::IO_DATA_INTEGRITY);
    }
    // SAFETY: as above, and the mapping is writable.
    unsafe { memory::store(mapping.address(), ANSWER) };
    Ok(())
}
