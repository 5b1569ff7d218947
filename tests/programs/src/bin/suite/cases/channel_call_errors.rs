//! Calls through channels that fail, or whose answer does.
//!
//! # Source
//! Zircon `channel_call` and `channel_call_etc`; the cases of its core suite for these.

use super::cases;
use crate::calling::*;
use crate::fixture::*;
use crate::zx;
use abi::channel::{CallArgs, HANDLE_OP_DUPLICATE, HANDLE_OP_MOVE};
use abi::layout::{MAX_MESSAGE_BYTES, MAX_MESSAGE_HANDLES};
use abi::object::{TIME_INFINITE, TIME_INFINITE_PAST};
use alloc::vec::Vec;
use rt::{Channel, Rights, Status, time};

cases! { channel_call_errors:
    a_call_needs_both_rights,
    arguments_that_cannot_be_read_are_invalid,
    unknown_options_are_invalid,
    a_message_without_room_for_its_number_is_invalid,
    a_message_too_large_is_out_of_range,
    errors_consume_what_would_move,
    results_say_what_was_wrong,
    a_closed_peer_before_the_call,
    a_closed_peer_ends_the_call,
    a_deadline_times_out,
    an_answer_too_late_is_a_message,
    an_answer_too_large_is_lost,
    an_answer_with_too_many_handles_is_lost,
    counts_to_nowhere_are_invalid,
    an_answer_to_nowhere_is_lost,
}

fn a_call_needs_both_rights() {
    let (request, mut answer) = (text([0; 4]), text([0; 4]));
    for right in [Rights::READ, Rights::WRITE] {
        let weak: Channel =
            pair().0.into_handle().replace(right | Rights::TRANSFER).unwrap().into();
        assert_eq!(fails(&weak, arguments(&request, &mut answer)), Status::ACCESS_DENIED);
    }
    let args = arguments(&request, &mut answer);
    assert_eq!(call(UNKNOWN, args, TIME_INFINITE).0, Status::BAD_HANDLE);
    assert_eq!(call(root().raw(), args, TIME_INFINITE).0, Status::WRONG_TYPE);
}

fn arguments_that_cannot_be_read_are_invalid() {
    let (mut bytes, mut handles) = (0_u32, 0_u32);
    // Before anything else is looked at.
    for address in [0, 1, 1 << 47, u64::MAX - 7] {
        let plain = zx::channel_call(UNKNOWN, 2, 0, address, &mut bytes, &mut handles);
        let etc = zx::channel_call_etc(UNKNOWN, 2, 0, address, &mut bytes, &mut handles);
        assert_eq!([plain, etc], [Status::INVALID_ARGS; 2], "{address:#x}");
    }
}

fn unknown_options_are_invalid() {
    let (request, mut answer) = (text([0; 4]), text([0; 4]));
    let mut args = arguments(&request, &mut answer);
    for options in [2, 0xFF, 1 << 31] {
        let status = zx::channel_call(UNKNOWN, options, 0, &mut args, 0, 0);
        assert_eq!(status, Status::INVALID_ARGS);
    }
}

fn a_message_without_room_for_its_number_is_invalid() {
    let (one, _other) = pair();
    let (request, mut answer) = (text([0; 4]), text([0; 4]));
    for wr_num_bytes in 0..4 {
        let args = CallArgs { wr_num_bytes, ..arguments(&request, &mut answer) };
        assert_eq!(fails(&one, args), Status::INVALID_ARGS);
    }
    let nowhere = CallArgs { wr_bytes: u64::MAX, wr_num_bytes: 3, ..CallArgs::default() };
    assert_eq!(fails(&one, nowhere), Status::INVALID_ARGS);
}

fn a_message_too_large_is_out_of_range() {
    let (one, _other) = pair();
    let large = CallArgs { wr_num_bytes: MAX_MESSAGE_BYTES + 1, ..CallArgs::default() };
    assert_eq!(fails(&one, large), Status::OUT_OF_RANGE);
    let (request, mut answer) = (text([0; 4]), text([0; 4]));
    let many = MAX_MESSAGE_HANDLES + 1;
    let args = CallArgs { wr_num_handles: many, ..arguments(&request, &mut answer) };
    assert_eq!(fails(&one, args), Status::OUT_OF_RANGE);
}

fn errors_consume_what_would_move() {
    let (one, other) = pair();
    let (request, mut answer) = (text([0; 4]), text([0; 4]));
    let good = arguments(&request, &mut answer);
    let short = CallArgs { wr_num_bytes: 3, ..good };
    let consumes = |channel: u32, args: CallArgs, expected: Status| {
        let raw = event().into_raw();
        let sent = [raw];
        let args = CallArgs { wr_handles: zx::Word::word(&sent[..]), wr_num_handles: 1, ..args };
        assert_eq!(call(channel, args, TIME_INFINITE).0, expected);
        assert_eq!(zx::handle_close(raw), Status::BAD_HANDLE);
    };
    consumes(UNKNOWN, good, Status::BAD_HANDLE);
    consumes(root().raw(), good, Status::WRONG_TYPE);
    consumes(one.raw(), short, Status::INVALID_ARGS);
    drop(other);
    consumes(one.raw(), good, Status::PEER_CLOSED);
}

fn results_say_what_was_wrong() {
    let (one, other) = pair();
    let (request, mut answer) = (text([0; 4]), text([0; 4]));
    let kept = event();
    let moved = event().into_raw();
    let mut sent = [
        described(HANDLE_OP_DUPLICATE, kept.raw()),
        described(HANDLE_OP_MOVE, moved),
        described(HANDLE_OP_MOVE, UNKNOWN),
    ];
    let args = CallArgs {
        wr_handles: zx::Word::word(&mut sent),
        wr_num_handles: 3,
        ..arguments(&request, &mut answer)
    };
    assert_eq!(call_etc(one.raw(), args).0, Status::BAD_HANDLE);
    assert_eq!(sent.map(|sent| sent.result), [0, 0, Status::BAD_HANDLE.into_raw()]);
    assert!(kept.basic_info().is_ok());
    assert_eq!(zx::handle_close(moved), Status::BAD_HANDLE);
    let mut own = [described(HANDLE_OP_DUPLICATE, one.raw())];
    let args = CallArgs { wr_handles: zx::Word::word(&mut own), wr_num_handles: 1, ..args };
    assert_eq!(call_etc(one.raw(), args).0, Status::NOT_SUPPORTED);
    assert_eq!(own[0].result, Status::NOT_SUPPORTED.into_raw());
    assert_eq!(other.read(&mut []).err(), Some(Status::SHOULD_WAIT), "nothing was sent");
}

fn a_closed_peer_before_the_call() {
    let (one, other) = pair();
    drop(other);
    let (request, mut answer) = (text([0; 4]), text([0; 4]));
    assert_eq!(fails(&one, arguments(&request, &mut answer)), Status::PEER_CLOSED);
}

fn a_closed_peer_ends_the_call() {
    let (one, server) = served_by(close_after_request);
    let (request, mut answer) = (text([0; 4]), text([0; 4]));
    assert_eq!(fails(&one, arguments(&request, &mut answer)), Status::PEER_CLOSED);
    server.join().unwrap();
}

fn a_deadline_times_out() {
    let (one, other) = pair();
    let (request, mut answer) = (text(*b"sent"), text([0; 4]));
    for deadline in [TIME_INFINITE_PAST, 0, time::after(5_000_000)] {
        let args = arguments(&request, &mut answer);
        assert_eq!(call(one.raw(), args, deadline), (Status::TIMED_OUT, 77, 77));
        assert!(time::now() >= deadline);
        assert_eq!(next(&other).1, *b"sent", "it is sent all the same");
    }
}

fn an_answer_too_late_is_a_message() {
    let (one, other) = pair();
    let (request, mut buffer) = (text(*b"sent"), text([0; 4]));
    let args = arguments(&request, &mut buffer);
    assert_eq!(call(one.raw(), args, 0).0, Status::TIMED_OUT);
    let (txid, _) = next(&other);
    answer(&other, txid, b"late", Vec::new()).unwrap();
    assert_eq!(one.read(&mut [0; 8]).unwrap().0, 8);
}

fn an_answer_too_large_is_lost() {
    let (one, server) = served_by(answer_at_length);
    let (request, mut answer) = (text([0; 4]), text([0; 4]));
    let mut back = [0_u32; 2];
    let args = CallArgs {
        rd_handles: zx::Word::word(&mut back),
        rd_num_handles: 2,
        ..arguments(&request, &mut answer)
    };
    assert_eq!(fails(&one, args), Status::BUFFER_TOO_SMALL);
    server.join().unwrap();
    assert_eq!(one.read(&mut [0; 32]).err(), Some(Status::PEER_CLOSED));
}

fn an_answer_with_too_many_handles_is_lost() {
    let (one, server) = served_by(answer_at_length);
    let request = text([0; 4]);
    let mut back = [0_u8; 24];
    let args = CallArgs {
        rd_bytes: zx::Word::word(&mut back),
        rd_num_bytes: 24,
        rd_num_handles: 1,
        ..arguments(&request, &mut text([0; 4]))
    };
    assert_eq!(fails(&one, args), Status::BUFFER_TOO_SMALL);
    server.join().unwrap();
}

fn counts_to_nowhere_are_invalid() {
    let (request, mut answer) = (text([0; 4]), text([0; 4]));
    let mut count = 0_u32;
    for nowhere in [0, 1, 1 << 47] {
        for is_first in [true, false] {
            let (one, server) = served_by(echo);
            let mut args = arguments(&request, &mut answer);
            let there = zx::Word::word(&mut count);
            let (bytes, handles) = if is_first { (nowhere, there) } else { (there, nowhere) };
            let status = zx::channel_call(&one, 0, TIME_INFINITE, &mut args, bytes, handles);
            assert_eq!(status, Status::INVALID_ARGS);
            server.join().unwrap();
        }
    }
}

fn an_answer_to_nowhere_is_lost() {
    let (request, mut answer) = (text([0; 4]), text([0; 4]));
    for nowhere in [0, 1, 1 << 47] {
        let (one, server) = served_by(echo);
        let args = CallArgs { rd_bytes: nowhere, ..arguments(&request, &mut answer) };
        assert_eq!(call(one.raw(), args, TIME_INFINITE).0, Status::INVALID_ARGS);
        server.join().unwrap();
        let (one, server) = served_by(echo);
        let sent = [event().into_raw()];
        let args = CallArgs {
            wr_handles: zx::Word::word(&sent[..]),
            wr_num_handles: 1,
            rd_handles: nowhere,
            rd_num_handles: 1,
            ..arguments(&request, &mut answer)
        };
        assert_eq!(call(one.raw(), args, TIME_INFINITE).0, Status::INVALID_ARGS);
        server.join().unwrap();
    }
}
