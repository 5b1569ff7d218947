//! Messages whose handles are described: `channel_write_etc`, `channel_read_etc`.
//!
//! # Source
//! Zircon `channel_write_etc`, `channel_read_etc` and `channel_write`; the cases of its core suite for these.

use super::cases;
use crate::calling::{described, event, is_empty, pair};
use crate::fixture::*;
use crate::zx;
use abi::ObjectType;
use abi::channel::{HANDLE_OP_DUPLICATE, HANDLE_OP_MOVE, HandleDisposition, HandleInfo};
use abi::layout::{MAX_MESSAGE_BYTES, MAX_MESSAGE_HANDLES};
use alloc::vec::Vec;
use rt::{Channel, Rights, Status};

cases! { channel_etc:
    what_arrives_is_described,
    a_moved_handle_is_gone,
    a_duplicated_handle_stays,
    rights_are_as_asked_for,
    no_rights_at_all_can_be_asked_for,
    results_are_written_only_if_something_is_wrong,
    each_handle_has_its_own_result,
    an_unknown_operation_is_invalid_and_closes,
    an_object_of_another_type_is_refused,
    more_rights_than_there_are_is_invalid,
    transfer_is_needed,
    duplicating_needs_the_right_to,
    not_even_a_copy_of_the_channel_goes_through_it,
    transfer_comes_before_all_else,
    errors_of_the_channel_consume_what_would_move,
    too_many_handles_are_gone,
    descriptions_that_cannot_be_written_are_invalid,
    descriptions_that_cannot_be_read_are_invalid,
    a_closed_peer_consumes_what_would_move,
    unknown_options_are_refused,
}

#[track_caller]
fn send(channel: &Channel, handles: &mut [HandleDisposition]) -> Status {
    let count = handles.len();
    zx::channel_write_etc(channel, 0, &b"x"[..], 1, handles, count)
}

/// Sends one handle, which has to fail, and checks that its result says so, too.
#[track_caller]
fn refused(channel: &Channel, handle: HandleDisposition) -> Status {
    let mut handles = [handle];
    let status = send(channel, &mut handles);
    assert_ne!(status, Status::OK);
    assert_eq!(handles[0], HandleDisposition { result: status.into_raw(), ..handle });
    status
}

/// Receives one handle.
#[track_caller]
fn receive(channel: &Channel) -> HandleInfo {
    let mut info = [HandleInfo::default()];
    let (mut byte, mut bytes, mut handles) = ([0_u8], 0_u32, 0_u32);
    let status =
        zx::channel_read_etc(channel, 0, &mut byte, &mut info, 1, 1, &mut bytes, &mut handles);
    assert_eq!((status, bytes, handles), (Status::OK, 1, 1));
    info[0]
}

fn what_arrives_is_described() {
    let (one, other) = pair();
    let weak = event().replace(Rights::TRANSFER | Rights::WAIT).unwrap();
    let sent = [weak, vmo(1).into_handle(), pair().0.into_handle()];
    let expected: Vec<_> = sent.iter().map(|handle| handle.basic_info().unwrap()).collect();
    one.write(b"", sent.into()).unwrap();
    let mut infos = [HandleInfo { unused: 7, ..HandleInfo::default() }; 4];
    let (mut bytes, mut handles) = (0_u32, 0_u32);
    let status = zx::channel_read_etc(&other, 0, 0, &mut infos, 0, 4, &mut bytes, &mut handles);
    assert_eq!((status, bytes, handles), (Status::OK, 0, 3));
    for (info, expected) in infos.iter().zip(&expected) {
        assert_eq!((info.object_type, info.rights), (expected.object_type, expected.rights));
        assert_eq!(info.unused, 0);
        zx::close(info.handle);
    }
    assert_eq!(infos[3].unused, 7, "what follows the last one");
}

fn a_moved_handle_is_gone() {
    let (one, other) = pair();
    let event = event();
    let koid = event.basic_info().unwrap().koid;
    let raw = event.into_raw();
    let typed = HandleDisposition {
        object_type: ObjectType::Event as u32,
        ..described(HANDLE_OP_MOVE, raw)
    };
    assert_eq!(send(&one, &mut [typed]), Status::OK);
    assert_eq!(zx::handle_close(raw), Status::BAD_HANDLE);
    let (_, handles) = other.read(&mut [0]).unwrap();
    assert_eq!(handles[0].basic_info().unwrap().koid, koid);
}

fn a_duplicated_handle_stays() {
    let (one, other) = pair();
    let event = event();
    // Twice the same is fine for copies, and not for what is moved.
    let mut twice = [described(HANDLE_OP_DUPLICATE, event.raw()); 2];
    assert_eq!(send(&one, &mut twice), Status::OK);
    let (_, handles) = other.read(&mut [0]).unwrap();
    let expected = event.basic_info().unwrap();
    assert!(handles.iter().all(|handle| handle.basic_info().unwrap() == expected));
    let mut twice = [described(HANDLE_OP_MOVE, event.into_raw()); 2];
    assert_eq!(send(&one, &mut twice), Status::BAD_HANDLE);
    assert_eq!([twice[0].result, twice[1].result], [0, Status::BAD_HANDLE.into_raw()]);
    assert_eq!(zx::handle_close(twice[0].handle), Status::BAD_HANDLE);
    assert!(is_empty(&other));
}

fn rights_are_as_asked_for() {
    let (one, other) = pair();
    for operation in [HANDLE_OP_MOVE, HANDLE_OP_DUPLICATE] {
        let event = event();
        let all = event.basic_info().unwrap().rights;
        let fewer = (Rights::from_bits_retain(all) - Rights::SIGNAL).bits();
        for rights in [fewer, all, Rights::SAME_RIGHTS.bits()] {
            let copy = event.duplicate(Rights::SAME_RIGHTS).unwrap();
            let asked = HandleDisposition { rights, ..described(operation, copy.raw()) };
            assert_eq!(send(&one, &mut [asked]), Status::OK);
            let info = receive(&other);
            assert_eq!(info.rights, if rights == fewer { fewer } else { all });
            zx::close(info.handle);
            if operation == HANDLE_OP_MOVE {
                let _ = copy.into_raw();
            } else {
                assert_eq!(copy.basic_info().unwrap().rights, all, "those of the one that stays");
            }
        }
    }
}

fn no_rights_at_all_can_be_asked_for() {
    let (one, other) = pair();
    let raw = event().into_raw();
    let bare = HandleDisposition { rights: 0, ..described(HANDLE_OP_MOVE, raw) };
    assert_eq!(send(&one, &mut [bare]), Status::OK);
    let info = receive(&other);
    assert_eq!((info.object_type, info.rights), (ObjectType::Event as u32, 0));
    zx::close(info.handle);
}

fn results_are_written_only_if_something_is_wrong() {
    let (one, _other) = pair();
    let wrong = Status::WRONG_TYPE.into_raw();
    let mut before =
        [HandleDisposition { result: wrong, ..described(HANDLE_OP_MOVE, event().into_raw()) }];
    assert_eq!(send(&one, &mut before), Status::OK);
    assert_eq!(before[0].result, wrong);
}

fn each_handle_has_its_own_result() {
    let (one, other) = pair();
    let (kept, moved, last) = (vmo(1), event().into_raw(), event().into_raw());
    let no_port = HandleDisposition {
        object_type: ObjectType::Port as u32,
        ..described(HANDLE_OP_MOVE, moved)
    };
    let mut handles = [
        described(HANDLE_OP_DUPLICATE, kept.raw()),
        no_port,
        described(HANDLE_OP_MOVE, UNKNOWN),
        described(HANDLE_OP_MOVE, last),
    ];
    assert_eq!(send(&one, &mut handles), Status::WRONG_TYPE, "the first that was wrong");
    let results: Vec<_> = handles.iter().map(|handle| Status::from_raw(handle.result)).collect();
    assert_eq!(results, [Status::OK, Status::WRONG_TYPE, Status::BAD_HANDLE, Status::OK]);
    assert!(kept.basic_info().is_ok());
    assert_eq!(zx::handle_close(moved), Status::BAD_HANDLE);
    assert_eq!(zx::handle_close(last), Status::BAD_HANDLE);
    assert!(is_empty(&other));
}

fn an_unknown_operation_is_invalid_and_closes() {
    let (one, _other) = pair();
    for operation in [2, 9999, u32::MAX] {
        let raw = event().into_raw();
        assert_eq!(refused(&one, described(operation, raw)), Status::INVALID_ARGS);
        assert_eq!(zx::handle_close(raw), Status::BAD_HANDLE);
        assert_eq!(refused(&one, described(operation, raw)), Status::BAD_HANDLE);
    }
}

fn an_object_of_another_type_is_refused() {
    let (one, other) = pair();
    let kept = event();
    for object_type in (1..256).filter(|number| *number != ObjectType::Event as u32) {
        let as_type =
            |operation, handle| HandleDisposition { object_type, ..described(operation, handle) };
        let raw = event().into_raw();
        assert_eq!(refused(&one, as_type(HANDLE_OP_MOVE, raw)), Status::WRONG_TYPE);
        assert_eq!(zx::handle_close(raw), Status::BAD_HANDLE);
        let copied = refused(&one, as_type(HANDLE_OP_DUPLICATE, kept.raw()));
        assert_eq!(copied, Status::WRONG_TYPE);
    }
    assert!(kept.basic_info().is_ok() && is_empty(&other));
}

fn more_rights_than_there_are_is_invalid() {
    let (one, _other) = pair();
    let kept = event();
    let more = Rights::TRANSFER | Rights::MANAGE_PROCESS;
    let asking = |operation, handle| HandleDisposition {
        rights: more.bits(),
        ..described(operation, handle)
    };
    assert_eq!(refused(&one, asking(HANDLE_OP_DUPLICATE, kept.raw())), Status::INVALID_ARGS);
    let raw = kept.into_raw();
    assert_eq!(refused(&one, asking(HANDLE_OP_MOVE, raw)), Status::INVALID_ARGS);
    assert_eq!(zx::handle_close(raw), Status::BAD_HANDLE);
}

fn transfer_is_needed() {
    let (one, _other) = pair();
    let kept = without(&event(), Rights::TRANSFER);
    let copied = refused(&one, described(HANDLE_OP_DUPLICATE, kept.raw()));
    assert_eq!(copied, Status::ACCESS_DENIED);
    let raw = kept.into_raw();
    assert_eq!(refused(&one, described(HANDLE_OP_MOVE, raw)), Status::ACCESS_DENIED);
    assert_eq!(zx::handle_close(raw), Status::BAD_HANDLE);
}

fn duplicating_needs_the_right_to() {
    let (one, _other) = pair();
    let kept = without(&event(), Rights::DUPLICATE);
    let copied = refused(&one, described(HANDLE_OP_DUPLICATE, kept.raw()));
    assert_eq!(copied, Status::ACCESS_DENIED);
    assert_eq!(send(&one, &mut [described(HANDLE_OP_MOVE, kept.into_raw())]), Status::OK);
}

fn not_even_a_copy_of_the_channel_goes_through_it() {
    let (one, other) = pair();
    let copied = refused(&one, described(HANDLE_OP_DUPLICATE, one.raw()));
    assert_eq!(copied, Status::NOT_SUPPORTED);
    let mut moved = [described(HANDLE_OP_MOVE, one.raw())];
    assert_eq!(send(&one, &mut moved), Status::NOT_SUPPORTED);
    assert_eq!(zx::handle_close(one.into_handle().into_raw()), Status::BAD_HANDLE);
    assert_eq!(other.read(&mut []).err(), Some(Status::PEER_CLOSED));
}

fn transfer_comes_before_all_else() {
    let (one, _other) = pair();
    let fixed = without(&event(), Rights::TRANSFER);
    let wrong = HandleDisposition {
        object_type: ObjectType::Vmo as u32,
        rights: Rights::all().bits(),
        ..described(HANDLE_OP_DUPLICATE, fixed.raw())
    };
    assert_eq!(refused(&one, wrong), Status::ACCESS_DENIED);
    let free = event();
    assert_eq!(
        refused(&one, HandleDisposition { handle: free.raw(), ..wrong }),
        Status::WRONG_TYPE
    );
}

/// Sends a handle to be moved and one to be copied, with the arguments given; the former has to be gone and the latter there.
#[track_caller]
fn consumes(channel: u32, options: u32, num_bytes: u32, bytes: u64) -> Status {
    let (kept, moved) = (event(), event().into_raw());
    let mut handles =
        [described(HANDLE_OP_MOVE, moved), described(HANDLE_OP_DUPLICATE, kept.raw())];
    let before = handles;
    let status = zx::channel_write_etc(channel, options, bytes, num_bytes, &mut handles, 2);
    assert_eq!(zx::handle_close(moved), Status::BAD_HANDLE);
    assert!(kept.basic_info().is_ok());
    assert_eq!(handles, before, "no results");
    status
}

fn errors_of_the_channel_consume_what_would_move() {
    let (one, other) = pair();
    assert_eq!(consumes(one.raw(), 2, 0, 0), Status::INVALID_ARGS);
    assert_eq!(consumes(UNKNOWN, 0, 0, 0), Status::BAD_HANDLE);
    assert_eq!(consumes(root().raw(), 0, 0, 0), Status::WRONG_TYPE);
    assert_eq!(consumes(one.raw(), 0, MAX_MESSAGE_BYTES + 1, 0), Status::OUT_OF_RANGE);
    assert_eq!(consumes(one.raw(), 0, 4, 0), Status::INVALID_ARGS);
    let weak = one.into_handle().replace(Rights::READ | Rights::TRANSFER).unwrap();
    assert_eq!(consumes(weak.raw(), 0, 0, 0), Status::ACCESS_DENIED);
    assert!(is_empty(&other));
}

fn too_many_handles_are_gone() {
    let (one, _other) = pair();
    let raws: Vec<_> = (0..=MAX_MESSAGE_HANDLES).map(|_| event().into_raw()).collect();
    let count = raws.len();
    assert_eq!(zx::channel_write(&one, 0, 0, 0, &raws[..], count), Status::OUT_OF_RANGE);
    assert!(raws.iter().all(|raw| zx::handle_close(*raw) == Status::BAD_HANDLE));
    for (operation, closed) in
        [(HANDLE_OP_MOVE, Status::BAD_HANDLE), (HANDLE_OP_DUPLICATE, Status::OK)]
    {
        let mut handles: Vec<_> =
            (0..=MAX_MESSAGE_HANDLES).map(|_| described(operation, event().into_raw())).collect();
        assert_eq!(send(&one, &mut handles), Status::OUT_OF_RANGE);
        assert!(handles.iter().all(|handle| zx::handle_close(handle.handle) == closed));
    }
}

fn descriptions_that_cannot_be_written_are_invalid() {
    let (one, other) = pair();
    let object = vmo(1);
    let wrong = described(HANDLE_OP_MOVE, UNKNOWN);
    object.write(0, abi::info::Record::as_bytes(&wrong)).unwrap();
    let address = map(&object, 1, R);
    assert_eq!(zx::channel_write_etc(&one, 0, 0, 0, address, 1), Status::INVALID_ARGS);
    let raw = event().into_raw();
    object.write(0, abi::info::Record::as_bytes(&described(HANDLE_OP_MOVE, raw))).unwrap();
    assert_eq!(zx::channel_write_etc(&one, 0, 0, 0, address, 1), Status::OK, "no need to");
    assert_eq!(other.read(&mut []).unwrap().1.len(), 1);
}

fn descriptions_that_cannot_be_read_are_invalid() {
    let (one, other) = pair();
    let last = map(&vmo(1), 1, RW) + PAGE - 20;
    for (address, count) in [(0, 1), (1, 1), (1 << 47, 1), (u64::MAX - 3, 1), (last, 2)] {
        let status = zx::channel_write_etc(&one, 0, 0, 0, address, count);
        assert_eq!(status, Status::INVALID_ARGS, "{address:#x}");
    }
    assert!(is_empty(&other));
}

fn a_closed_peer_consumes_what_would_move() {
    let (one, other) = pair();
    drop(other);
    assert_eq!(consumes(one.raw(), 0, 0, 0), Status::PEER_CLOSED);
}

fn unknown_options_are_refused() {
    let (one, other) = pair();
    for options in [2, 0xFF, 1 << 31] {
        let written = zx::channel_write_etc(&one, options, &b"x"[..], 1, 0, 0);
        assert_eq!(written, Status::INVALID_ARGS);
        let read = zx::channel_read_etc(&other, options, 0, 0, 0, 0, 0, 0);
        assert_eq!(read, Status::NOT_SUPPORTED);
        let read = zx::channel_read_etc(UNKNOWN, options, 0, 0, 0, 0, 0, 0);
        assert_eq!(read, Status::BAD_HANDLE);
    }
}
