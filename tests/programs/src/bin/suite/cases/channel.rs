//! Channels, as far as programs need them to be started.
//!
//! # Source
//! Zircon `channel_create`, `channel_write`, `channel_read`; `handles-rights-errors.md` §3 and §4.

use super::cases;
use crate::fixture::*;
use crate::usage::assert_leaks_nothing;
use crate::zx;
use abi::layout::{MAX_MESSAGE_BYTES, MAX_MESSAGE_HANDLES};
use alloc::vec::Vec;
use rt::{Channel, Rights, Status};

cases! { channel:
    creating_takes_no_options,
    a_message_comes_out_as_it_went_in,
    messages_keep_their_order,
    an_empty_message_is_a_message,
    reading_nothing_should_wait,
    reading_after_the_peer_is_closed,
    writing_after_the_peer_is_closed,
    a_message_too_large_is_out_of_range,
    too_many_handles_are_out_of_range,
    the_largest_message_fits,
    a_buffer_too_small_leaves_the_message,
    a_buffer_too_small_may_discard,
    bytes_that_cannot_be_read_are_invalid,
    handles_travel_with_their_rights,
    handles_are_gone_after_writing,
    handles_are_gone_after_failing,
    handles_without_transfer_are_denied,
    unread_messages_go_with_the_channel,
    a_channel_cannot_come_to_own_itself,
}

fn pair() -> (Channel, Channel) {
    Channel::create().unwrap()
}

fn creating_takes_no_options() {
    let (mut one, mut other) = (0_u32, 0_u32);
    for options in [1, 2, 1 << 31] {
        assert_eq!(zx::channel_create(options, &mut one, &mut other), Status::INVALID_ARGS);
    }
}

fn a_message_comes_out_as_it_went_in() {
    let (one, other) = pair();
    one.write(b"hello", Vec::new()).unwrap();
    let mut bytes = [0; 16];
    assert_eq!(other.read(&mut bytes).map(|(len, handles)| (len, handles.len())), Ok((5, 0)));
    assert_eq!(&bytes[..6], b"hello\0");
    assert_eq!(one.read(&mut bytes).err(), Some(Status::SHOULD_WAIT), "not to oneself");
}

fn messages_keep_their_order() {
    let (one, other) = pair();
    for number in 0..50 {
        one.write(&[number], Vec::new()).unwrap();
    }
    for number in 0..50 {
        let mut bytes = [0];
        other.read(&mut bytes).unwrap();
        assert_eq!(bytes, [number]);
    }
}

fn an_empty_message_is_a_message() {
    let (one, other) = pair();
    one.write(&[], Vec::new()).unwrap();
    assert!(other.read(&mut []).is_ok());
    assert_eq!(other.read(&mut []).err(), Some(Status::SHOULD_WAIT));
}

fn reading_nothing_should_wait() {
    let (one, _other) = pair();
    assert_eq!(one.read(&mut [0; 8]).err(), Some(Status::SHOULD_WAIT));
}

fn reading_after_the_peer_is_closed() {
    let (one, other) = pair();
    one.write(&[1], Vec::new()).unwrap();
    drop(one);
    assert!(other.read(&mut [0]).is_ok(), "what was sent arrives");
    assert_eq!(other.read(&mut [0]).err(), Some(Status::PEER_CLOSED));
}

fn writing_after_the_peer_is_closed() {
    let (one, other) = pair();
    drop(other);
    assert_eq!(one.write(&[1], Vec::new()), Err(Status::PEER_CLOSED));
    let raw = vmo(1).into_handle().into_raw();
    assert_eq!(zx::channel_write(&one, 0, 0, 0, &[raw][..], 1), Status::PEER_CLOSED);
    assert_eq!(zx::handle_close(raw), Status::BAD_HANDLE, "gone all the same");
}

fn a_message_too_large_is_out_of_range() {
    let (one, _other) = pair();
    for len in [MAX_MESSAGE_BYTES + 1, 1 << 31, u32::MAX] {
        assert_eq!(zx::channel_write(&one, 0, 0, len, 0, 0), Status::OUT_OF_RANGE, "{len}");
    }
}

fn too_many_handles_are_out_of_range() {
    let (one, _other) = pair();
    for count in [MAX_MESSAGE_HANDLES + 1, 1 << 30, u32::MAX] {
        assert_eq!(zx::channel_write(&one, 0, 0, 0, 0, count), Status::OUT_OF_RANGE, "{count}");
    }
}

fn the_largest_message_fits() {
    let (one, other) = pair();
    let handles = (0..MAX_MESSAGE_HANDLES).map(|_| vmo(0).into_handle()).collect();
    let len = usize::try_from(MAX_MESSAGE_BYTES).unwrap();
    let message: Vec<u8> = (0..len).map(|index| u8::try_from(index % 251).unwrap()).collect();
    one.write(&message, handles).unwrap();
    let mut bytes = alloc::vec![0; len];
    let (read, handles) = other.read(&mut bytes).unwrap();
    assert_eq!((read, handles.len()), (len, usize::try_from(MAX_MESSAGE_HANDLES).unwrap()));
    assert!(bytes == message);
}

/// Reads with room for so much and returns the status and the counts.
#[track_caller]
fn read(channel: &Channel, options: u32, bytes: u32, handles: u32) -> (Status, u32, u32) {
    let (mut buffer, mut values) = ([0_u8; 8], [0_u32; 2]);
    let (mut actual_bytes, mut actual_handles) = (99_u32, 99_u32);
    let status = zx::channel_read(
        channel,
        options,
        &mut buffer,
        &mut values,
        bytes,
        handles,
        &mut actual_bytes,
        &mut actual_handles,
    );
    (status, actual_bytes, actual_handles)
}

fn a_buffer_too_small_leaves_the_message() {
    let (one, other) = pair();
    one.write(&[1; 5], [vmo(0).into_handle()].into()).unwrap();
    for (bytes, handles) in [(0, 0), (4, 2), (8, 0)] {
        assert_eq!(read(&other, 0, bytes, handles), (Status::BUFFER_TOO_SMALL, 5, 1));
    }
    assert_eq!(read(&other, 0, 5, 1), (Status::OK, 5, 1));
}

fn a_buffer_too_small_may_discard() {
    let (one, other) = pair();
    one.write(&[1; 5], Vec::new()).unwrap();
    assert_eq!(read(&other, 1, 4, 0), (Status::BUFFER_TOO_SMALL, 5, 0));
    assert_eq!(read(&other, 0, 5, 0).0, Status::SHOULD_WAIT);
    assert_eq!(read(&other, 2, 5, 0).0, Status::NOT_SUPPORTED);
}

fn bytes_that_cannot_be_read_are_invalid() {
    let (one, other) = pair();
    let page = map(&vmo(1), 1, R);
    for (address, len) in [
        (0, 1),
        (4096, 8),
        (page + PAGE - 2, 5),
        (0xFFFF_8000_0000_0000 - 1, 5),
        (0xFFFF_8000_0000_0000, 8),
        (1 << 47, 8),
    ] {
        let status = zx::channel_write(&one, 0, address, len, 0, 0);
        assert_eq!(status, Status::INVALID_ARGS, "{len} bytes at {address:#x}");
        let status = zx::channel_write(&one, 0, 0, 0, address, 2);
        assert_eq!(status, Status::INVALID_ARGS, "handles at {address:#x}");
    }
    assert_eq!(other.read(&mut []).err(), Some(Status::SHOULD_WAIT), "nothing was sent");
    assert_eq!(one.write(&[1], Vec::new()), Ok(()), "a good one right after");
}

fn handles_travel_with_their_rights() {
    let (one, other) = pair();
    let object = vmo(3).into_handle().replace(Rights::TRANSFER | Rights::READ).unwrap();
    let before = object.basic_info().unwrap();
    one.write(&[], [object].into()).unwrap();
    let (_, handles) = other.read(&mut []).unwrap();
    assert_eq!(handles[0].basic_info().unwrap(), before);
}

fn handles_are_gone_after_writing() {
    let (one, _other) = pair();
    let raw = vmo(1).into_handle().into_raw();
    assert_eq!(zx::channel_write(&one, 0, 0, 0, &[raw][..], 1), Status::OK);
    assert_eq!(zx::handle_close(raw), Status::BAD_HANDLE);
}

fn handles_are_gone_after_failing() {
    let (one, other) = pair();
    let (first, last) = (vmo(1).into_handle().into_raw(), vmo(1).into_handle().into_raw());
    let status = zx::channel_write(&one, 0, 0, 0, &[first, UNKNOWN, last][..], 3);
    assert_eq!(status, Status::BAD_HANDLE);
    assert_eq!(zx::handle_close(first), Status::BAD_HANDLE);
    assert_eq!(zx::handle_close(last), Status::BAD_HANDLE);
    assert_eq!(other.read(&mut []).err(), Some(Status::SHOULD_WAIT), "nothing was sent");
}

fn handles_without_transfer_are_denied() {
    let (one, _other) = pair();
    let raw = without(&vmo(1), Rights::TRANSFER).into_raw();
    assert_eq!(zx::channel_write(&one, 0, 0, 0, &[raw][..], 1), Status::ACCESS_DENIED);
    assert_eq!(zx::handle_close(raw), Status::BAD_HANDLE);
}

fn unread_messages_go_with_the_channel() {
    assert_leaks_nothing(|| {
        let (one, _other) = pair();
        for _ in 0..10 {
            let object = numbered(2, 1);
            one.write(&[1; 1000], [object.into_handle()].into()).unwrap();
        }
    });
}

fn a_channel_cannot_come_to_own_itself() {
    assert_leaks_nothing(|| {
        let (one, other) = pair();
        let (inner, outer) = pair();
        // The end travels through a channel that would travel through the end's own peer.
        inner.write(&[], [other.into_handle()].into()).unwrap();
        let refused = one.write(&[], [outer.into_handle()].into());
        assert_eq!(refused, Err(Status::NOT_SUPPORTED));
    });
}
