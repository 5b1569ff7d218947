//! What goes through channels: handles that are described, calls, and threads that answer them.

use crate::zx;
use abi::Signals;
use abi::channel::{CallArgs, FIRST_CALL_TXID, HandleDisposition};
use abi::object::TIME_INFINITE;
use alloc::vec::Vec;
use rt::thread::{Running, spawn};
use rt::{Channel, Event, Handle, Rights, Status};

/// A call's buffers.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct Text {
    pub(crate) txid: u32,
    pub(crate) rest: [u8; 4],
}

pub(crate) fn text(rest: [u8; 4]) -> Text {
    Text { txid: 0, rest }
}

/// What is sent, and where the answer goes; handles are added by whoever has some.
pub(crate) fn arguments(request: &Text, answer: &mut Text) -> CallArgs {
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
pub(crate) fn call(channel: u32, mut args: CallArgs, deadline: i64) -> (Status, u32, u32) {
    let (mut bytes, mut handles) = (77, 77);
    let status = zx::channel_call(channel, 0, deadline, &mut args, &mut bytes, &mut handles);
    (status, bytes, handles)
}

/// The same for handles that are described.
#[track_caller]
pub(crate) fn call_etc(channel: u32, mut args: CallArgs) -> (Status, u32, u32) {
    let (mut bytes, mut handles) = (77, 77);
    let status =
        zx::channel_call_etc(channel, 0, TIME_INFINITE, &mut args, &mut bytes, &mut handles);
    (status, bytes, handles)
}

/// Makes a call that has to fail.
#[track_caller]
pub(crate) fn fails(channel: &Channel, args: CallArgs) -> Status {
    let (status, bytes, handles) = call(channel.raw(), args, TIME_INFINITE);
    assert_eq!((bytes, handles), (77, 77), "nothing is written");
    status
}

pub(crate) fn pair() -> (Channel, Channel) {
    Channel::create().unwrap()
}

/// Says whether no message waits.
pub(crate) fn is_empty(channel: &Channel) -> bool {
    channel.read(&mut []).err() == Some(Status::SHOULD_WAIT)
}

pub(crate) fn event() -> Handle {
    Event::create().unwrap().into_handle()
}

/// Receives a request; returns its number, the rest of it and its handles.
pub(crate) fn request(channel: &Channel) -> (u32, [u8; 4], Vec<Handle>) {
    let mut bytes = [0; 8];
    let (len, handles) = channel.receive(&mut bytes).unwrap();
    assert_eq!(len, 8);
    let (txid, rest) = (bytes[..4].try_into().unwrap(), bytes[4..].try_into().unwrap());
    (u32::from_le_bytes(txid), rest, handles)
}

pub(crate) fn answer(
    channel: &Channel,
    txid: u32,
    rest: &[u8],
    handles: Vec<Handle>,
) -> Result<(), Status> {
    let bytes: Vec<u8> = txid.to_le_bytes().iter().chain(rest).copied().collect();
    channel.write(&bytes, handles)
}

/// Answers the one request of a channel with this handle: what it says, backwards, with its handles.
pub(crate) extern "C" fn echo(raw: u64) {
    let channel = owned(raw);
    let (txid, mut rest, handles) = request(&channel);
    assert!(txid >= FIRST_CALL_TXID);
    rest.reverse();
    answer(&channel, txid, &rest, handles).unwrap();
}

/// Answers the one request of a channel with 24 bytes and two handles.
pub(crate) extern "C" fn answer_at_length(raw: u64) {
    let channel = owned(raw);
    let (txid, ..) = request(&channel);
    answer(&channel, txid, &[0; 20], [event(), event()].into()).unwrap();
}

/// Closes the channel once it has got a message.
pub(crate) extern "C" fn close_after_request(raw: u64) {
    let channel = owned(raw);
    channel.wait(Signals::CHANNEL_READABLE, TIME_INFINITE).unwrap();
}

pub(crate) fn owned(raw: u64) -> Channel {
    Handle::from_raw(u32::try_from(raw).unwrap()).into()
}

/// Runs one of these in a thread of its own; returns our end.
#[track_caller]
pub(crate) fn served_by(server: extern "C" fn(u64)) -> (Channel, Running) {
    let (one, other) = pair();
    let server = spawn(server, other.into_handle().into_raw().into()).unwrap();
    (one, server)
}

pub(crate) fn described(operation: u32, handle: u32) -> HandleDisposition {
    let rights = Rights::SAME_RIGHTS.bits();
    HandleDisposition { operation, handle, rights, ..HandleDisposition::default() }
}

pub(crate) fn next(channel: &Channel) -> (u32, [u8; 4]) {
    let (txid, rest, _) = request(channel);
    (txid, rest)
}
