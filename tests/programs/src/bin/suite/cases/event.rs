//! `event_create`, `eventpair_create`, `object_signal`, `object_signal_peer`.
//!
//! # Source
//! Zircon, the pages of these calls; `handles-rights-errors.md` §4 to §6.

use super::cases;
use crate::fixture::*;
use crate::part;
use crate::usage::assert_leaks_nothing;
use crate::zx;
use abi::ObjectType;
use abi::object::TIME_INFINITE;
use rt::thread::spawn;
use rt::{Channel, Event, EventPair, Handle, Rights, Signals, Status, start, time};

cases! { event:
    options_must_be_zero,
    an_event_has_its_rights_and_type,
    a_pair_has_its_rights_and_koids,
    a_new_event_has_no_signals,
    signals_are_raised_and_lowered,
    clearing_comes_before_raising,
    a_signal_wakes,
    a_signal_lowered_at_once_still_wakes,
    all_user_signals_are_independent,
    other_signals_are_invalid,
    signalling_needs_the_right,
    signalling_the_peer_needs_the_right,
    a_bad_handle_comes_first,
    every_object_with_signals_has_user_signals,
    objects_without_signals_have_none,
    objects_without_a_peer_have_none_to_signal,
    a_peer_is_signalled_and_not_the_caller,
    a_closed_peer_is_noticed,
    the_peer_is_closed_with_its_last_handle,
    a_closed_peer_cannot_be_signalled,
    invalid_signals_come_before_a_closed_peer,
    ends_of_channels_signal_each_other,
    a_peer_in_another_process_is_signalled,
    the_end_of_a_process_closes_its_events,
    bad_out_pointers_make_nothing,
    events_leak_nothing,
}

const SIGNALED: Signals = Signals::EVENT_SIGNALED;
const USER_0: Signals = Signals::from_bits_retain(1 << 24);
const USER_7: Signals = Signals::from_bits_retain(1 << 31);
const NOTHING: Signals = Signals::empty();

fn options_must_be_zero() {
    let (mut one, mut other) = (0_u32, 0_u32);
    for options in [1, 2, 1 << 31] {
        assert_eq!(zx::event_create(options, &mut one), Status::INVALID_ARGS);
        assert_eq!(zx::eventpair_create(options, &mut one, &mut other), Status::NOT_SUPPORTED);
    }
    assert_eq!((one, other), (0, 0));
}

fn an_event_has_its_rights_and_type() {
    let info = Event::create().unwrap().basic_info().unwrap();
    let rights = Rights::BASIC | Rights::SIGNAL;
    assert_eq!(
        (info.rights, info.object_type, info.related_koid),
        (rights.bits(), ObjectType::Event as u32, 0)
    );
}

fn a_pair_has_its_rights_and_koids() {
    let (one, other) = EventPair::create().unwrap();
    let (one, other) = (one.basic_info().unwrap(), other.basic_info().unwrap());
    let rights = Rights::BASIC | Rights::SIGNAL | Rights::SIGNAL_PEER;
    for info in [one, other] {
        assert_eq!((info.rights, info.object_type), (rights.bits(), ObjectType::EventPair as u32));
    }
    assert_ne!(one.koid, other.koid);
    assert_eq!((one.related_koid, other.related_koid), (other.koid, one.koid));
}

fn a_new_event_has_no_signals() {
    assert_eq!(raised(&Event::create().unwrap()), NOTHING);
    let (one, other) = EventPair::create().unwrap();
    assert_eq!((raised(&one), raised(&other)), (NOTHING, NOTHING));
}

fn signals_are_raised_and_lowered() {
    let event = Event::create().unwrap();
    assert_eq!(event.signal(NOTHING, SIGNALED | USER_7), Ok(()));
    assert_eq!(event.wait(SIGNALED, 0), Ok(SIGNALED | USER_7));
    assert_eq!(event.signal(SIGNALED, NOTHING), Ok(()));
    assert_eq!(event.wait(SIGNALED, 0), Err(Status::TIMED_OUT));
    assert_eq!(raised(&event), USER_7);
}

fn clearing_comes_before_raising() {
    let event = Event::create().unwrap();
    assert_eq!(event.signal(USER_0 | SIGNALED, USER_0), Ok(()));
    assert_eq!(raised(&event), USER_0);
}

/// Raises SIGNALED through this handle, in a while.
extern "C" fn signal_later(handle: u64) {
    time::sleep(5_000_000).unwrap();
    assert_eq!(zx::object_signal(handle, 0, SIGNALED.bits()), Status::OK);
}

fn a_signal_wakes() {
    let event = Event::create().unwrap();
    let signaller = spawn(signal_later, event.raw().into()).unwrap();
    assert_eq!(event.wait(SIGNALED, TIME_INFINITE), Ok(SIGNALED));
    signaller.join().unwrap();
}

/// Raises SIGNALED and lowers it before anybody else can run.
extern "C" fn strobe_later(handle: u64) {
    time::sleep(5_000_000).unwrap();
    for (clear, set) in [(NOTHING, SIGNALED), (SIGNALED, NOTHING)] {
        let status = zx::object_signal(handle, clear.bits(), set.bits());
        assert_eq!(status, Status::OK);
    }
}

fn a_signal_lowered_at_once_still_wakes() {
    let event = Event::create().unwrap();
    let signaller = spawn(strobe_later, event.raw().into()).unwrap();
    let woken = event.wait(SIGNALED, time::after(2_000_000_000));
    assert_eq!(woken, Ok(SIGNALED), "what was raised when the wait ended");
    signaller.join().unwrap();
    assert_eq!(raised(&event), NOTHING);
}

fn all_user_signals_are_independent() {
    let event = Event::create().unwrap();
    let mut expected = NOTHING;
    for bit in 24..32 {
        let signal = Signals::from_bits_retain(1 << bit);
        assert_eq!(event.wait(signal, 0), Err(Status::TIMED_OUT), "bit {bit}");
        assert_eq!(event.signal(NOTHING, signal), Ok(()), "bit {bit}");
        expected |= signal;
        assert_eq!(event.wait(signal, 0), Ok(expected), "bit {bit}");
    }
}

fn other_signals_are_invalid() {
    let event = Event::create().unwrap();
    let (pair, _other) = EventPair::create().unwrap();
    for bit in (0..3).chain(4..24) {
        let signal = Signals::from_bits_retain(1 << bit);
        for (clear, set) in [(NOTHING, signal), (signal, NOTHING), (signal, USER_0)] {
            let expected = Err(Status::INVALID_ARGS);
            assert_eq!(event.signal(clear, set), expected, "bit {bit}");
            assert_eq!(pair.signal(clear, set), expected, "bit {bit}");
            assert_eq!(pair.signal_peer(clear, set), expected, "bit {bit}");
        }
    }
    assert_eq!((raised(&event), raised(&pair)), (NOTHING, NOTHING));
}

fn signalling_needs_the_right() {
    let event = Event::create().unwrap();
    let weak = without(&event, Rights::SIGNAL);
    assert_eq!(weak.signal(NOTHING, SIGNALED), Err(Status::ACCESS_DENIED));
    let (one, _other) = EventPair::create().unwrap();
    let weak = without(&one, Rights::SIGNAL);
    assert_eq!(weak.signal(NOTHING, USER_0), Err(Status::ACCESS_DENIED));
    assert_eq!(weak.signal_peer(NOTHING, USER_0), Ok(()));
}

fn signalling_the_peer_needs_the_right() {
    let (one, _other) = EventPair::create().unwrap();
    let weak = without(&one, Rights::SIGNAL_PEER);
    assert_eq!(weak.signal_peer(NOTHING, USER_0), Err(Status::ACCESS_DENIED));
    let event = Event::create().unwrap();
    assert_eq!(event.signal_peer(NOTHING, USER_0), Err(Status::ACCESS_DENIED));
}

fn a_bad_handle_comes_first() {
    for handle in [0, UNKNOWN] {
        assert_eq!(zx::object_signal(handle, 1, 1), Status::BAD_HANDLE);
        assert_eq!(zx::object_signal_peer(handle, 1, 1), Status::BAD_HANDLE);
    }
}

fn every_object_with_signals_has_user_signals() {
    let (channel, _other) = Channel::create().unwrap();
    let memory = vmo(1);
    let objects: [&Handle; 5] =
        [&memory, &channel, start().process(), start().thread(), start().job()];
    for object in objects {
        assert_eq!(object.signal(NOTHING, USER_7), Ok(()));
        assert!(object.wait(USER_7, 0).unwrap().contains(USER_7));
        assert_eq!(object.signal(USER_7, NOTHING), Ok(()));
        let own = Signals::TASK_TERMINATED;
        assert_eq!(object.signal(NOTHING, own), Err(Status::INVALID_ARGS));
    }
}

fn objects_without_signals_have_none() {
    // No VMAR's handle has SIGNAL.
    assert_eq!(root().signal(NOTHING, USER_0), Err(Status::ACCESS_DENIED));
}

fn objects_without_a_peer_have_none_to_signal() {
    assert_eq!(vmo(1).signal_peer(NOTHING, USER_0), Err(Status::ACCESS_DENIED));
}

fn a_peer_is_signalled_and_not_the_caller() {
    let (one, other) = EventPair::create().unwrap();
    assert_eq!(one.signal_peer(NOTHING, USER_0 | SIGNALED), Ok(()));
    assert_eq!((raised(&one), raised(&other)), (NOTHING, USER_0 | SIGNALED));
    assert_eq!(one.signal(NOTHING, USER_7), Ok(()));
    assert_eq!((raised(&one), raised(&other)), (USER_7, USER_0 | SIGNALED));
    assert_eq!(one.signal_peer(USER_0, NOTHING), Ok(()));
    assert_eq!(raised(&other), SIGNALED);
}

fn a_closed_peer_is_noticed() {
    let (one, other) = EventPair::create().unwrap();
    one.signal_peer(NOTHING, USER_0).unwrap();
    drop(one);
    let closed = Signals::EVENTPAIR_PEER_CLOSED;
    assert_eq!(other.wait(closed, 0), Ok(closed | USER_0));
}

fn the_peer_is_closed_with_its_last_handle() {
    let (one, other) = EventPair::create().unwrap();
    let second = one.duplicate(Rights::SAME_RIGHTS).unwrap();
    let closed = Signals::EVENTPAIR_PEER_CLOSED;
    drop(one);
    assert_eq!(other.wait(closed, 0), Err(Status::TIMED_OUT));
    assert_eq!(other.signal_peer(NOTHING, USER_0), Ok(()));
    assert_eq!(raised(&second), USER_0);
    drop(second);
    assert_eq!(other.wait(closed, 0), Ok(closed));
}

fn a_closed_peer_cannot_be_signalled() {
    let (one, other) = EventPair::create().unwrap();
    drop(one);
    assert_eq!(other.signal_peer(NOTHING, USER_0), Err(Status::PEER_CLOSED));
    assert_eq!(other.signal(NOTHING, USER_0), Ok(()));
    assert_eq!(raised(&other), USER_0 | Signals::EVENTPAIR_PEER_CLOSED);
}

fn invalid_signals_come_before_a_closed_peer() {
    let (one, other) = EventPair::create().unwrap();
    drop(one);
    let own = Signals::EVENTPAIR_PEER_CLOSED;
    assert_eq!(other.signal_peer(own, NOTHING), Err(Status::INVALID_ARGS));
}

fn ends_of_channels_signal_each_other() {
    let (one, other) = Channel::create().unwrap();
    assert_eq!(one.signal_peer(NOTHING, USER_7), Ok(()));
    assert_eq!(raised(&one), Signals::CHANNEL_WRITABLE);
    assert_eq!(raised(&other), Signals::CHANNEL_WRITABLE | USER_7);
    let own = Signals::EVENT_SIGNALED;
    assert_eq!(one.signal_peer(NOTHING, own), Err(Status::INVALID_ARGS));
    drop(one);
    assert_eq!(other.signal_peer(NOTHING, USER_7), Err(Status::PEER_CLOSED));
}

fn signal_what_was_given(_: u64) {
    let given = part::given();
    assert_eq!(given[0].signal_peer(NOTHING, USER_0), Ok(()));
}

fn a_peer_in_another_process_is_signalled() {
    let (one, other) = EventPair::create().unwrap();
    part::passes(signal_what_was_given, 0, [other.into_handle()].into());
    assert_eq!(raised(&one), USER_0 | Signals::EVENTPAIR_PEER_CLOSED, "and then it was closed");
}

fn the_end_of_a_process_closes_its_events() {
    let (one, other) = EventPair::create().unwrap();
    part::passes(|_| core::mem::forget(part::given()), 0, [other.into_handle()].into());
    assert_eq!(raised(&one), Signals::EVENTPAIR_PEER_CLOSED);
}

fn bad_out_pointers_make_nothing() {
    let hostile = Hostile::new();
    assert_leaks_nothing(|| {
        for address in hostile.addresses() {
            let mut good = 0_u32;
            let expected = Status::INVALID_ARGS;
            assert_eq!(zx::event_create(0, address), expected, "{address:#x}");
            let status = zx::eventpair_create(0, address, &mut good);
            assert_eq!(status, expected, "{address:#x}");
            let status = zx::eventpair_create(0, &mut good, address);
            assert_eq!(status, expected, "{address:#x}");
            if good != 0 {
                assert_eq!(zx::handle_close(good), Status::BAD_HANDLE);
            }
        }
    });
}

fn events_leak_nothing() {
    assert_leaks_nothing(|| {
        let event = Event::create().unwrap();
        let (one, _other) = EventPair::create().unwrap();
        event.signal(NOTHING, SIGNALED).unwrap();
        one.signal_peer(NOTHING, SIGNALED).unwrap();
        let _second = one.duplicate(Rights::SAME_RIGHTS).unwrap();
    });
}
