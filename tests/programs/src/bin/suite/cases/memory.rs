//! Memory that runs out: NO_MEMORY for who asked, and everything comes back.
//!
//! # Source
//! Issue "From power-on to a ring-3 program that maps memory"; `vmo.md` §3; `faults.md` §1.

use super::cases;
use crate::fixture::*;
use crate::part;
use crate::usage::Usage;
use crate::zx;
use abi::info::InfoKmemStats;
use abi::{Topic, VmarOp};
use alloc::vec::Vec;
use rt::{Channel, Process, Status, Thread, Vmo, VmoOptions, start};

cases! { memory:
    writing_until_it_is_out,
    touching_until_it_is_out_kills,
    calls_without_memory_say_so,
    what_was_taken_comes_back,
    objects_until_it_is_out,
    regions_until_it_is_out,
    handles_until_it_is_out,
    processes_until_it_is_out,
    messages_until_it_is_out,
}

/// An object that is larger than any memory.
fn endless() -> Vmo {
    Vmo::create(1 << 45, VmoOptions::empty()).unwrap()
}

/// Frames that are given out one by one, when the others are gone.
const SLOWLY: u64 = 2 * AT_ONCE;
/// Frames that are taken at once.
const AT_ONCE: u64 = 2048;

/// Gives frames to the first pages of `object` until fewer than `left` are free; returns how many pages have one.
#[track_caller]
fn take(object: &Vmo, left: u64) -> u64 {
    let address = map(object, 1 << 33, RW);
    let mut pages = 0;
    while free() / PAGE > left {
        let step = AT_ONCE.min(free() / PAGE - left);
        let (from, len) = (address + pages * PAGE, step * PAGE);
        let status = zx::vmar_op_range(root(), VmarOp::Commit as u32, from, len, 0, 0);
        assert_eq!(status, Status::OK);
        pages += step;
    }
    root().unmap(address, PAGE << 33).unwrap();
    pages
}

/// Writes to `object` page by page until there is no frame left; returns how many pages have one.
#[track_caller]
fn fill(object: &Vmo) -> u64 {
    let mut pages = take(object, SLOWLY);
    loop {
        match object.write(pages * PAGE, &[1]) {
            Ok(()) => pages += 1,
            Err(status) => {
                assert_eq!(status, Status::NO_MEMORY);
                return pages;
            }
        }
    }
}

/// Returns the free memory in bytes.
fn free() -> u64 {
    let stats: InfoKmemStats = start().job().info(Topic::KMEM_STATS).unwrap();
    stats.free_bytes
}

fn writing_until_it_is_out() {
    let before = free() / PAGE;
    let object = endless();
    let pages = fill(&object);
    assert!(pages > before / 2 && pages <= before, "{pages} of {before} frames");
    assert!(free() < 64 * PAGE, "{} bytes left", free());
    assert_eq!(object.write(pages * PAGE, &[1]), Err(Status::NO_MEMORY), "still");
    drop(object);
    assert!(free() / PAGE + 64 > before, "{} of {before} frames came back", free() / PAGE);
}

/// Touches one page after another.
fn touch_everything(_: u64) {
    let most = endless();
    take(&most, SLOWLY);
    let address = root().map(RW, 0, &endless(), 0, 1 << 45).unwrap();
    for page in 0.. {
        // SAFETY: mapped above; to die when memory is out is what this process is for.
        unsafe { rt::memory::store(address + page * PAGE, 1_u8) };
    }
}

fn touching_until_it_is_out_kills() {
    part::dies(touch_everything, 0);
    let before = Usage::now().frames();
    part::dies(touch_everything, 0);
    assert_eq!(Usage::now().frames(), before);
}

fn calls_without_memory_say_so() {
    let object = endless();
    let lazy = map(&vmo(64), 64, RW);
    let empty = vmo(0);
    // The end of the program flushes the console, whose state needs a frame like any other that was never written.
    rt::console::flush();
    fill(&object);
    // What the heap has left over serves small requests for a while, so the calls are made until they fail.
    let (mut handle, mut address) = (0_u32, 0_u64);
    let mut until_it_fails = |call: &mut dyn FnMut(&mut u32, &mut u64) -> Status| {
        (0..100_000).map(|_| call(&mut handle, &mut address)).find(|status| *status != Status::OK)
    };
    let outcomes = [
        until_it_fails(&mut |handle, _| zx::vmo_create(PAGE, 0, handle)),
        until_it_fails(&mut |handle, address| {
            zx::vmar_allocate(root(), CAN_ALL, 0, PAGE, handle, address)
        }),
        until_it_fails(&mut |_, address| zx::vmar_map(root(), R, 0, &object, 0, PAGE, address)),
        until_it_fails(&mut |handle, _| zx::thread_create(start().process(), "x", 1, 0, handle)),
        until_it_fails(&mut |handle, _| {
            let mut vmar = 0_u32;
            zx::process_create(start().job(), "x", 1, 0, handle, &mut vmar)
        }),
        until_it_fails(&mut |handle, _| {
            let mut other = 0_u32;
            zx::channel_create(0, handle, &mut other)
        }),
    ];
    assert_eq!(outcomes, [Some(Status::NO_MEMORY); 6]);
    assert_eq!(empty.write(0, &[]), Ok(()), "what needs no memory works");
    assert_eq!(zx::vmo_read(&object, lazy, 0, 1), Status::NO_MEMORY, "a buffer without a frame");
    assert_eq!(zx::vmo_get_size(&object, lazy), Status::INVALID_ARGS, "a result without a frame");
}

fn what_was_taken_comes_back() {
    let again: Vec<u64> = (0..3).map(|_| fill(&endless())).collect();
    assert!(again.iter().max().unwrap() - again.iter().min().unwrap() < 64, "{again:?}");
}

/// Makes something until there is no memory, when nearly all is used up already; what was made goes with the process.
#[track_caller]
fn until_no_memory(mut make: impl FnMut() -> Result<(), Status>) {
    let object = endless();
    take(&object, 400);
    for _ in 0..1_000_000 {
        if let Err(status) = make() {
            assert_eq!(status, Status::NO_MEMORY);
            return;
        }
    }
    panic!("memory never runs out");
}

fn objects_until_it_is_out() {
    until_no_memory(|| Vmo::create(PAGE, VmoOptions::empty()).map(core::mem::forget));
}

fn regions_until_it_is_out() {
    let region = region(1 << 24);
    until_no_memory(|| region.allocate(NONE, 0, PAGE).map(core::mem::forget));
}

fn handles_until_it_is_out() {
    let object = vmo(1);
    let rights = rt::Rights::SAME_RIGHTS;
    let mut count = 0_u64;
    loop {
        match object.duplicate(rights) {
            Ok(handle) => core::mem::forget(handle),
            Err(status) => {
                assert!(matches!(status, Status::NO_MEMORY | Status::NO_RESOURCES), "{status:?}");
                break;
            }
        }
        count += 1;
    }
    assert!(count > 10_000, "only {count} handles");
}

fn processes_until_it_is_out() {
    until_no_memory(|| {
        let made = Process::create(start().job(), "many")?;
        core::mem::forget((Thread::create(&made.0, "many")?, made));
        Ok(())
    });
}

fn messages_until_it_is_out() {
    let (one, _other) = Channel::create().unwrap();
    let result = (0..100_000).find_map(|_| one.write(&[7; 4096], Vec::new()).err());
    let status = result.expect("a channel does not hold everything");
    assert!(matches!(status, Status::NO_MEMORY | Status::SHOULD_WAIT), "{status:?}");
}
