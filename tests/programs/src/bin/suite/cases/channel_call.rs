//! Messages that are answered: `channel_call` and `channel_call_etc`.
//!
//! # Source
//! Zircon `channel_call` and `channel_call_etc`; the cases of its core suite for these.

use super::cases;
use crate::calling::*;
use crate::fixture::*;
use crate::part::{self, Part};
use crate::zx;
use abi::ObjectType;
use abi::channel::{
    CHANNEL_WRITE_USE_IOVEC, CallArgs, FIRST_CALL_TXID, HANDLE_OP_DUPLICATE, HANDLE_OP_MOVE,
    HandleDisposition, HandleInfo, Iovec,
};
use abi::info::{BlockedOn, InfoThread};
use abi::object::TIME_INFINITE;
use abi::{Signals, Topic};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};
use rt::thread::{Running, spawn};
use rt::{Channel, Handle, Rights, Status, Thread, time};

cases! { channel_call:
    an_answer_comes_back,
    handles_go_and_come_back,
    described_handles_go_and_come_back,
    pieces_are_sent_as_one_message,
    calls_at_the_same_time_have_numbers_of_their_own,
    other_messages_stay_in_the_queue,
    answers_come_in_any_order,
    closing_the_handle_cancels,
    a_call_goes_on_until_the_handle_arrives,
    a_kill_ends_the_call,
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
