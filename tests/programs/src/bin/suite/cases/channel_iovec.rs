//! Messages in pieces: the option USE_IOVEC of `channel_write`.
//!
//! # Source
//! Zircon `channel_write`; the cases of its core suite for this.

use super::cases;
use crate::calling::{described, event, is_empty, pair};
use crate::zx;
use abi::channel::{CHANNEL_WRITE_USE_IOVEC, HANDLE_OP_MOVE, Iovec};
use abi::layout::MAX_MESSAGE_IOVECS;
use alloc::vec::Vec;
use rt::{Channel, Status};

cases! { channel_iovec:
    pieces_become_one_message,
    no_pieces_make_an_empty_message,
    thousands_of_pieces_fit,
    too_many_pieces_are_out_of_range,
    too_many_bytes_in_pieces_are_out_of_range,
    a_reserved_field_is_invalid,
    pieces_that_cannot_be_read_are_invalid,
}

fn piece(bytes: &[u8]) -> Iovec {
    let capacity = u32::try_from(bytes.len()).unwrap();
    Iovec { buffer: zx::Word::word(bytes), capacity, reserved: 0 }
}

#[track_caller]
fn send_pieces(channel: &Channel, pieces: &[Iovec]) -> Status {
    zx::channel_write(channel, CHANNEL_WRITE_USE_IOVEC, pieces, pieces.len(), 0, 0)
}

fn pieces_become_one_message() {
    let (one, other) = pair();
    let pieces = [piece(b"in "), piece(b""), piece(b"several pieces")];
    assert_eq!(send_pieces(&one, &pieces), Status::OK);
    let mut bytes = [0; 32];
    assert_eq!(other.read(&mut bytes).unwrap().0, 17);
    assert_eq!(&bytes[..17], b"in several pieces");
    let mut handles = [described(HANDLE_OP_MOVE, event().into_raw())];
    let status =
        zx::channel_write_etc(&one, CHANNEL_WRITE_USE_IOVEC, &pieces[..], 1, &mut handles, 1);
    assert_eq!(status, Status::OK);
    let (len, handles) = other.read(&mut bytes).unwrap();
    assert_eq!((len, handles.len()), (3, 1));
}

fn no_pieces_make_an_empty_message() {
    let (one, other) = pair();
    assert_eq!(send_pieces(&one, &[]), Status::OK);
    assert_eq!(other.read(&mut []).unwrap().0, 0);
}

fn thousands_of_pieces_fit() {
    let (one, other) = pair();
    let bytes: Vec<u8> = (0..MAX_MESSAGE_IOVECS).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let pieces: Vec<_> = bytes.chunks(1).map(piece).collect();
    assert_eq!(send_pieces(&one, &pieces), Status::OK);
    let mut read = alloc::vec![0; bytes.len()];
    other.read(&mut read).unwrap();
    assert!(read == bytes);
}

fn too_many_pieces_are_out_of_range() {
    let (one, _other) = pair();
    for count in [MAX_MESSAGE_IOVECS + 1, u32::MAX] {
        let status = zx::channel_write(&one, CHANNEL_WRITE_USE_IOVEC, 0, count, 0, 0);
        assert_eq!(status, Status::OUT_OF_RANGE);
    }
}

fn too_many_bytes_in_pieces_are_out_of_range() {
    let (one, other) = pair();
    let bytes = [0; 1024];
    let mut pieces = alloc::vec![piece(&bytes); 64];
    assert_eq!(send_pieces(&one, &pieces), Status::OK);
    assert_eq!(other.read(&mut [0; 1]).err(), Some(Status::BUFFER_TOO_SMALL));
    pieces.push(piece(b"x"));
    assert_eq!(send_pieces(&one, &pieces), Status::OUT_OF_RANGE);
    let huge = Iovec { capacity: u32::MAX, ..piece(b"") };
    assert_eq!(send_pieces(&one, &[huge; 3]), Status::OUT_OF_RANGE);
}

fn a_reserved_field_is_invalid() {
    let (one, other) = pair();
    let mut pieces = alloc::vec![piece(b"x"); 40];
    for index in [0, 2, 17, 39] {
        pieces[index].reserved = 1;
        assert_eq!(send_pieces(&one, &pieces), Status::INVALID_ARGS, "{index}");
        pieces[index].reserved = 0;
    }
    assert!(is_empty(&other));
}

fn pieces_that_cannot_be_read_are_invalid() {
    let (one, other) = pair();
    let status = |address: u64, count: u32| {
        zx::channel_write(&one, CHANNEL_WRITE_USE_IOVEC, address, count, 0, 0)
    };
    for address in [0, 1, 1 << 47, u64::MAX - 7] {
        assert_eq!([status(address, 4), status(address, 20)], [Status::INVALID_ARGS; 2]);
        let nowhere = Iovec { buffer: address, capacity: 8, reserved: 0 };
        assert_eq!(send_pieces(&one, &[piece(b"x"), nowhere]), Status::INVALID_ARGS);
    }
    assert!(is_empty(&other));
}
