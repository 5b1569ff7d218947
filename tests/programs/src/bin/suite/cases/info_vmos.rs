//! PROCESS_VMOS: the memory objects that a process has handles to or has mapped, in all four layouts.
//!
//! # Source
//! `handles-rights-errors.md` §7 and §7.1.

use super::cases;
use super::info_vmo::koid;
use crate::fixture::*;
use crate::part::{self, Part};
use crate::zx;
use abi::Topic;
use abi::info::InfoVmo;
use alloc::vec::Vec;
use rt::{Process, Rights, Signals, Status, Vmo, start};

cases! { info_vmos:
    a_process_lists_handles_and_mappings,
    a_process_must_run,
    a_list_has_earlier_layouts_too,
    a_list_needs_inspect,
}

/// Holds what it is given until the end of its channel.
fn wait_for_the_end(_: u64) {
    let given = part::given();
    let mapped: Vmo = given.into_iter().next().unwrap().into();
    map(&mapped, 1, R);
    start().channel().write(b"ready", Vec::new()).unwrap();
    let _ = start().channel().wait(Signals::CHANNEL_PEER_CLOSED, i64::MAX);
}

/// Asks a process that has a handle to an object and a mapping of it.
#[track_caller]
fn ask(topic: Topic, bytes: usize, check: impl FnOnce(&[&[u64]], &Vmo)) {
    let object = vmo(1);
    let given = Vec::from([object.duplicate(Rights::SAME_RIGHTS).unwrap().into_handle()]);
    let part = Part::start(wait_for_the_end, 0, given);
    part.channel.wait(Signals::CHANNEL_READABLE, i64::MAX).unwrap();
    let mut words = alloc::vec![0_u64; 8192];
    let (mut actual, mut avail) = (0_u64, 0_u64);
    let buffer = words.as_mut_slice();
    let len = buffer.len() as u64 * 8;
    let status =
        zx::object_get_info(&part.process, topic.0, &*buffer, len, &mut actual, &mut avail);
    assert_eq!((status, actual), (Status::OK, avail));
    let records: Vec<&[u64]> = words.chunks_exact(bytes / 8).collect();
    check(&records[..usize::try_from(actual).unwrap()], &object);
    part::kill(part);
}

const FLAGS: usize = core::mem::offset_of!(InfoVmo, flags) / 8;
const RIGHTS: usize = core::mem::offset_of!(InfoVmo, handle_rights) / 8;

#[track_caller]
fn check_list(records: &[&[u64]], object: &Vmo) {
    let its: Vec<_> = records.iter().filter(|record| record[0] == koid(object)).collect();
    assert_eq!(its.len(), 2);
    // The lower half of the word; what is above it is padding.
    let flags = |record: &[u64]| record[FLAGS] & 0xFFFF_FFFF;
    assert_eq!((flags(its[0]), flags(its[1])), (9, 17));
}

fn a_process_lists_handles_and_mappings() {
    ask(Topic::PROCESS_VMOS, 176, |records, object| {
        check_list(records, object);
        let its: Vec<_> = records.iter().filter(|record| record[0] == koid(object)).collect();
        let rights = |record: &[u64]| record[RIGHTS] & 0xFFFF_FFFF;
        assert_eq!(rights(its[0]), Rights::VMO_DEFAULT.bits().into());
        assert_eq!(rights(its[1]), 0);
    });
}

fn a_process_must_run() {
    let (process, _vmar) = Process::create(start().job(), "new").unwrap();
    let ask = |process: &Process| zx::object_get_info(process, Topic::PROCESS_VMOS.0, 0, 0, 0, 0);
    assert_eq!(ask(&process), Status::BAD_STATE);
    process.kill().unwrap();
    process.join().unwrap();
    assert_eq!(ask(&process), Status::BAD_STATE);
    assert_eq!(ask(start().process()), Status::OK);
}

fn a_list_has_earlier_layouts_too() {
    ask(Topic::PROCESS_VMOS_V1, 104, check_list);
    ask(Topic::PROCESS_VMOS_V2, 120, check_list);
    ask(Topic::PROCESS_VMOS_V3, 128, check_list);
}

fn a_list_needs_inspect() {
    let bare = without(start().process(), Rights::INSPECT);
    let status = zx::object_get_info(&bare, Topic::PROCESS_VMOS.0, 0, 0, 0, 0);
    assert_eq!(status, Status::ACCESS_DENIED);
}
