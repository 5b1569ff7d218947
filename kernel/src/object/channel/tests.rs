//! Tests of channels.

use super::*;
use crate::object::{Handle, Object, Resource, charged_bytes};
use abi::Rights;

const SHORT: Capacity = Capacity { bytes: 3, handles: 0, slots: 0 };

fn read(endpoint: &Endpoint) -> Result<Message, ReadError> {
    let capacity = Capacity { bytes: 9, handles: 1, slots: 1 };
    endpoint.read(capacity, Unfit::Stays)
}

fn handle(endpoint: &Ref<Endpoint>) -> Handle {
    Handle::new(Object::Channel(endpoint.clone()), Rights::CHANNEL_DEFAULT)
}

fn carrying(handle: Handle) -> Message {
    let mut message = Message::with_capacity(0, 1).unwrap();
    message.push(handle, None);
    message
}

fn text(bytes: &[u8]) -> Message {
    let mut message = Message::with_capacity(bytes.len(), 0).unwrap();
    message.bytes.extend_from_slice(bytes);
    message
}

#[test_case]
fn messages_arrive_in_order_and_signals_follow() {
    let (a, b) = Endpoint::create_pair().unwrap();
    let (_ha, hb) = (handle(&a), handle(&b));
    assert_eq!(b.signals().active(), Signals::CHANNEL_WRITABLE);
    assert_eq!(read(&b).err(), Some(ReadError::Empty(Status::SHOULD_WAIT)));
    a.write(text(b"one")).unwrap();
    a.write(text(b"two")).unwrap();
    assert!(b.signals().active().contains(Signals::CHANNEL_READABLE));
    assert_eq!(read(&b).unwrap().bytes, b"one");
    assert_eq!(read(&b).unwrap().bytes, b"two");
    assert!(!b.signals().active().contains(Signals::CHANNEL_READABLE));
    drop(hb);
    assert_eq!(a.signals().active(), Signals::CHANNEL_PEER_CLOSED);
    assert_eq!(a.write(text(b"three")), Err(Status::PEER_CLOSED));
    assert_eq!(read(&a).err(), Some(ReadError::Empty(Status::PEER_CLOSED)));
}

#[test_case]
fn messages_that_do_not_fit_stay_unless_discarded() {
    let (a, b) = Endpoint::create_pair().unwrap();
    let (_ha, _hb) = (handle(&a), handle(&b));
    a.write(text(b"long")).unwrap();
    let too_small = Some(ReadError::TooSmall { bytes: 4, handles: 0 });
    assert_eq!(b.read(SHORT, Unfit::Stays).err(), too_small);
    assert_eq!(b.read(SHORT, Unfit::IsDropped).err(), too_small);
    assert_eq!(read(&b).err(), Some(ReadError::Empty(Status::SHOULD_WAIT)));
}

#[test_case]
fn closing_drops_what_is_queued() {
    let (a, b) = Endpoint::create_pair().unwrap();
    let (ha, hb) = (handle(&a), handle(&b));
    let resource = Resource::create().unwrap();
    let before = charged_bytes();
    a.write(carrying(Handle::new(Object::Resource(resource.clone()), Rights::TRANSFER))).unwrap();
    assert!(charged_bytes() > before);
    drop(hb);
    assert_eq!(Ref::count(&resource), 1);
    assert_eq!(charged_bytes(), before);
    drop(ha);
}

#[test_case]
fn no_queue_can_own_itself() {
    let (a, b) = Endpoint::create_pair().unwrap();
    let (c, d) = Endpoint::create_pair().unwrap();
    let (ha, _hc) = (handle(&a), handle(&c));
    // Its own end, and the end whose queue it would go to.
    let (e, f) = Endpoint::create_pair().unwrap();
    assert_eq!(e.write(carrying(handle(&e))), Err(Status::NOT_SUPPORTED));
    let (g, h) = Endpoint::create_pair().unwrap();
    assert_eq!(g.write(carrying(handle(&h))), Err(Status::NOT_SUPPORTED));
    // The refused handle was consumed.
    assert_eq!(f.signals().active(), Signals::CHANNEL_PEER_CLOSED);
    // In two steps: B into D's queue, then D into B's.
    c.write(carrying(handle(&b))).unwrap();
    assert_eq!(a.write(carrying(handle(&d))), Err(Status::NOT_SUPPORTED));
    drop(ha);
}

#[test_case]
fn deep_nests_of_channels_are_closed_without_recursion() {
    let before = charged_bytes();
    let (top, mut inner) = Endpoint::create_pair().unwrap();
    let mut top = handle(&top);
    // Each new pair takes the previous one's end into its own queue: the depth is as large as the program likes.
    for _ in 0..2000 {
        let (near, far) = Endpoint::create_pair().unwrap();
        near.write(carrying(handle(&inner))).unwrap();
        inner = far;
        top = handle(&near);
    }
    drop(handle(&inner));
    assert_eq!(charged_bytes(), before);
    assert!(top.check::<Endpoint>(Rights::empty()).is_ok());
}
