//! Messages that are answered: `channel_call` and `channel_call_etc`.
//!
//! # Source
//! Zircon `channel_call` and `channel_call_etc`; the cases of its core suite for these.

use super::cases;
use crate::fixture::*;
use crate::part::{self, Part};
use crate::zx;
use abi::ObjectType;
use abi::channel::{
    CHANNEL_WRITE_USE_IOVEC, CallArgs, FIRST_CALL_TXID, HANDLE_OP_DUPLICATE, HANDLE_OP_MOVE,
    HandleDisposition, HandleInfo, Iovec,
};
use abi::info::{BlockedOn, InfoThread};
use abi::layout::{MAX_MESSAGE_BYTES, MAX_MESSAGE_HANDLES};
use abi::object::{TIME_INFINITE, TIME_INFINITE_PAST};
use abi::{Signals, Topic};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};
use rt::thread::{Running, spawn};
use rt::{Channel, Event, Handle, Rights, Status, Thread, time};

cases! { channel_call:
    an_answer_comes_back,
    handles_go_and_come_back,
    described_handles_go_and_come_back,
    pieces_are_sent_as_one_message,
    calls_at_the_same_time_have_numbers_of_their_own,
    other_messages_stay_in_the_queue,
    answers_come_in_any_order,
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
    closing_the_handle_cancels,
    a_call_goes_on_until_the_handle_arrives,
    a_kill_ends_the_call,
}

/// A call's buffers.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Text {
    txid: u32,
    rest: [u8; 4],
}

fn text(rest: [u8; 4]) -> Text {
    Text { txid: 0, rest }
}

/// What is sent, and where the answer goes; handles are added by whoever has some.
fn arguments(request: &Text, answer: &mut Text) -> CallArgs {
    CallArgs {
        wr_bytes: core::ptr::from_ref(request).expose_provenance() as u64,
        wr_num_bytes: 8,
        rd_bytes: zx::Word::word(answer),
        rd_num_bytes: 8,
        ..CallArgs::default()
    }
}

/// Makes a call until `deadline` and returns its status and the counts.
#[track_caller]
fn call(channel: u32, mut args: CallArgs, deadline: i64) -> (Status, u32, u32) {
    let (mut bytes, mut handles) = (77, 77);
    let status = zx::channel_call(channel, 0, deadline, &mut args, &mut bytes, &mut handles);
    (status, bytes, handles)
}

/// The same for handles that are described.
#[track_caller]
fn call_etc(channel: u32, mut args: CallArgs) -> (Status, u32, u32) {
    let (mut bytes, mut handles) = (77, 77);
    let status =
        zx::channel_call_etc(channel, 0, TIME_INFINITE, &mut args, &mut bytes, &mut handles);
    (status, bytes, handles)
}

/// Makes a call that has to fail.
#[track_caller]
fn fails(channel: &Channel, args: CallArgs) -> Status {
    let (status, bytes, handles) = call(channel.raw(), args, TIME_INFINITE);
    assert_eq!((bytes, handles), (77, 77), "nothing is written");
    status
}

fn pair() -> (Channel, Channel) {
    Channel::create().unwrap()
}

fn event() -> Handle {
    Event::create().unwrap().into_handle()
}

/// Receives a request; returns its number, the rest of it and its handles.
fn request(channel: &Channel) -> (u32, [u8; 4], Vec<Handle>) {
    let mut bytes = [0; 8];
    let (len, handles) = channel.receive(&mut bytes).unwrap();
    assert_eq!(len, 8);
    let (txid, rest) = (bytes[..4].try_into().unwrap(), bytes[4..].try_into().unwrap());
    (u32::from_le_bytes(txid), rest, handles)
}

fn answer(channel: &Channel, txid: u32, rest: &[u8], handles: Vec<Handle>) -> Result<(), Status> {
    let bytes: Vec<u8> = txid.to_le_bytes().iter().chain(rest).copied().collect();
    channel.write(&bytes, handles)
}

/// Answers the one request of a channel with this handle: what it says, backwards, with its handles.
extern "C" fn echo(raw: u64) {
    let channel = owned(raw);
    let (txid, mut rest, handles) = request(&channel);
    assert!(txid >= FIRST_CALL_TXID);
    rest.reverse();
    answer(&channel, txid, &rest, handles).unwrap();
}

/// Answers the one request of a channel with 24 bytes and two handles.
extern "C" fn answer_at_length(raw: u64) {
    let channel = owned(raw);
    let (txid, ..) = request(&channel);
    answer(&channel, txid, &[0; 20], [event(), event()].into()).unwrap();
}

/// Closes the channel once it has got a message.
extern "C" fn close_after_request(raw: u64) {
    let channel = owned(raw);
    channel.wait(Signals::CHANNEL_READABLE, TIME_INFINITE).unwrap();
}

fn owned(raw: u64) -> Channel {
    Handle::from_raw(u32::try_from(raw).unwrap()).into()
}

/// Runs one of these in a thread of its own; returns our end.
#[track_caller]
fn served_by(server: extern "C" fn(u64)) -> (Channel, Running) {
    let (one, other) = pair();
    let server = spawn(server, other.into_handle().into_raw().into()).unwrap();
    (one, server)
}

fn an_answer_comes_back() {
    let (one, server) = served_by(echo);
    let (request, mut answer) = (text(*b"text"), text([0; 4]));
    let args = arguments(&request, &mut answer);
    assert_eq!(call(one.raw(), args, TIME_INFINITE), (Status::OK, 8, 0));
    assert_eq!(answer.rest, *b"txet");
    assert!(answer.txid >= FIRST_CALL_TXID);
    assert_eq!(request.txid, 0, "the number is put into the message only");
    server.join().unwrap();
    assert_eq!(one.read(&mut [0; 8]).err(), Some(Status::PEER_CLOSED), "the answer was no message");
}

fn handles_go_and_come_back() {
    let (one, server) = served_by(echo);
    let (request, mut answer) = (text(*b"text"), text([0; 4]));
    let sent = [event(), vmo(1).into_handle()];
    let koids: Vec<_> = sent.iter().map(|handle| handle.basic_info().unwrap().koid).collect();
    let raws = sent.map(Handle::into_raw);
    let mut back = [0_u32; 3];
    let args = CallArgs {
        wr_handles: zx::Word::word(&raws[..]),
        wr_num_handles: 2,
        rd_handles: zx::Word::word(&mut back),
        rd_num_handles: 3,
        ..arguments(&request, &mut answer)
    };
    assert_eq!(call(one.raw(), args, TIME_INFINITE), (Status::OK, 8, 2));
    assert!(raws.iter().all(|raw| zx::handle_close(*raw) == Status::BAD_HANDLE));
    let back = [back[0], back[1]].map(Handle::from_raw);
    assert!(back.iter().zip(koids).all(|(handle, koid)| handle.basic_info().unwrap().koid == koid));
    server.join().unwrap();
}

fn described(operation: u32, handle: u32) -> HandleDisposition {
    let rights = Rights::SAME_RIGHTS.bits();
    HandleDisposition { operation, handle, rights, ..HandleDisposition::default() }
}

fn described_handles_go_and_come_back() {
    let (one, server) = served_by(echo);
    let (request, mut answer) = (text(*b"text"), text([0; 4]));
    let kept = event();
    let weak = HandleDisposition {
        object_type: ObjectType::Vmo as u32,
        rights: Rights::TRANSFER.bits(),
        ..described(HANDLE_OP_MOVE, vmo(1).into_handle().into_raw())
    };
    let mut sent = [described(HANDLE_OP_DUPLICATE, kept.raw()), weak];
    let mut back = [HandleInfo::default(); 2];
    let args = CallArgs {
        wr_handles: zx::Word::word(&mut sent),
        wr_num_handles: 2,
        rd_handles: zx::Word::word(&mut back),
        rd_num_handles: 2,
        ..arguments(&request, &mut answer)
    };
    assert_eq!(call_etc(one.raw(), args), (Status::OK, 8, 2));
    assert_eq!(zx::handle_close(weak.handle), Status::BAD_HANDLE);
    let all = kept.basic_info().unwrap();
    assert_eq!((back[0].object_type, back[0].rights), (all.object_type, all.rights));
    assert_eq!((back[1].object_type, back[1].rights), (weak.object_type, weak.rights));
    back.iter().for_each(|info| zx::close(info.handle));
    server.join().unwrap();
}

fn pieces_are_sent_as_one_message() {
    let (one, server) = served_by(echo);
    let mut answer = text([0; 4]);
    let pieces = [&b"12"[..], b"34", b"te", b"xt"].map(|bytes| Iovec {
        buffer: zx::Word::word(bytes),
        capacity: 2,
        reserved: 0,
    });
    let mut args = CallArgs {
        wr_bytes: zx::Word::word(&pieces[..]),
        wr_num_bytes: 4,
        ..arguments(&text([0; 4]), &mut answer)
    };
    let (mut bytes, mut handles) = (0_u32, 0_u32);
    let options = CHANNEL_WRITE_USE_IOVEC;
    let status =
        zx::channel_call(&one, options, TIME_INFINITE, &mut args, &mut bytes, &mut handles);
    assert_eq!((status, bytes, handles), (Status::OK, 8, 0));
    assert_eq!(answer.rest, *b"txet");
    // Two pieces are enough for the number, one is not.
    args.wr_num_bytes = 1;
    let status =
        zx::channel_call(&one, options, TIME_INFINITE, &mut args, &mut bytes, &mut handles);
    assert_eq!(status, Status::INVALID_ARGS);
    server.join().unwrap();
}

/// Calls that have come back, each with what it asked.
static ANSWERED: AtomicU32 = AtomicU32::new(0);

/// Makes a call through the channel with this handle and checks that the answer is its own.
extern "C" fn ask(raw: u64) {
    let thread = u32::try_from(raw >> 32).unwrap();
    let (request, mut answer) = (text(thread.to_le_bytes()), text([0; 4]));
    let channel = u32::try_from(raw & 0xFFFF_FFFF).unwrap();
    let args = arguments(&request, &mut answer);
    assert_eq!(call(channel, args, TIME_INFINITE), (Status::OK, 8, 0));
    assert_eq!(u32::from_le_bytes(answer.rest), thread + 1);
    ANSWERED.fetch_add(1, Ordering::Relaxed);
}

fn asking(channel: &Channel, thread: u64) -> Running {
    spawn(ask, thread << 32 | u64::from(channel.raw())).unwrap()
}

/// Answers a request of [`ask`].
fn tell(channel: &Channel, (txid, rest): (u32, [u8; 4])) {
    let more = (u32::from_le_bytes(rest) + 1).to_le_bytes();
    answer(channel, txid, &more, Vec::new()).unwrap();
}

fn next(channel: &Channel) -> (u32, [u8; 4]) {
    let (txid, rest, _) = request(channel);
    (txid, rest)
}

fn calls_at_the_same_time_have_numbers_of_their_own() {
    let (one, other) = pair();
    let threads: Vec<_> = (0..20).map(|thread| asking(&one, thread)).collect();
    let requests: Vec<_> = threads.iter().map(|_| next(&other)).collect();
    for (index, (txid, _)) in requests.iter().enumerate() {
        assert!(requests[..index].iter().all(|(other, _)| other != txid));
    }
    requests.into_iter().for_each(|request| tell(&other, request));
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(ANSWERED.load(Ordering::Relaxed), 20);
}

fn other_messages_stay_in_the_queue() {
    let (one, other) = pair();
    let thread = asking(&one, 1);
    let request = next(&other);
    for len in 0..4 {
        other.write(&[1, 2, 3, 4][..len], Vec::new()).unwrap();
    }
    answer(&other, request.0 ^ 0x0FFF_0000, b"else", Vec::new()).unwrap();
    assert_eq!(ANSWERED.load(Ordering::Relaxed), 0);
    tell(&other, request);
    thread.join().unwrap();
    let mut bytes = [0; 8];
    for len in [0, 1, 2, 3, 8] {
        assert_eq!(one.read(&mut bytes).unwrap().0, len);
    }
    assert_eq!(&bytes[4..], b"else");
}

fn answers_come_in_any_order() {
    let (one, other) = pair();
    let threads: Vec<_> = (0..5).map(|thread| asking(&one, thread)).collect();
    let requests: Vec<_> = threads.iter().map(|_| next(&other)).collect();
    for index in [3, 0, 4, 1, 2] {
        tell(&other, requests[index]);
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
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

/// Status of a call in another thread, as its negative.
static OUTCOME: AtomicU32 = AtomicU32::new(u32::MAX);

/// Makes a call through the channel with this handle that nobody answers.
extern "C" fn ask_in_vain(raw: u64) {
    let (request, mut answer) = (text([0; 4]), text([0; 4]));
    let args = arguments(&request, &mut answer);
    let (status, ..) = call(u32::try_from(raw).unwrap(), args, TIME_INFINITE);
    OUTCOME.store(status.into_raw().unsigned_abs(), Ordering::Relaxed);
}

fn state(thread: &Thread) -> u32 {
    thread.info::<InfoThread>(Topic::THREAD).unwrap().state
}

/// Starts a thread whose call nobody answers, and waits until it waits.
fn waiting(channel: &Channel, other: &Channel) -> Running {
    let thread = spawn(ask_in_vain, channel.raw().into()).unwrap();
    next(other);
    while state(thread.thread()) != BlockedOn::Channel.state() {
        time::sleep(1_000_000).unwrap();
    }
    thread
}

#[track_caller]
fn is_canceled(thread: Running) {
    thread.join().unwrap();
    assert_eq!(OUTCOME.load(Ordering::Relaxed), Status::CANCELED.into_raw().unsigned_abs());
}

fn closing_the_handle_cancels() {
    let (one, other) = pair();
    let thread = waiting(&one, &other);
    drop(one);
    is_canceled(thread);
}

fn a_call_goes_on_until_the_handle_arrives() {
    let (one, other) = pair();
    let thread = waiting(&one, &other);
    let (near, far) = pair();
    near.write(&[], [one.into_handle()].into()).unwrap();
    time::sleep(5_000_000).unwrap();
    assert_eq!(state(thread.thread()), BlockedOn::Channel.state(), "it is on its way");
    let _arrived = far.read(&mut []).unwrap();
    is_canceled(thread);
}

/// Makes a call that nobody answers.
fn ask_for_ever(_: u64) {
    let channel = part::given().remove(0);
    ask_in_vain(channel.raw().into());
}

fn a_kill_ends_the_call() {
    let (one, other) = pair();
    let part = Part::start(ask_for_ever, 0, [one.into_handle()].into());
    next(&other);
    part::kill(part);
    other.wait(Signals::CHANNEL_PEER_CLOSED, TIME_INFINITE).unwrap();
}
