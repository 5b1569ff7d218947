//! Tests of handle tables.

use super::*;
use crate::object::{Event, Job, Port, Promise, Resource};
use abi::Signals;
use abi::port::WaitAsyncOptions;

const SECRET: u32 = 0x5A5A_1234;

fn insert(table: &HandleTable, rights: Rights) -> RawHandle {
    let object = Object::Resource(Resource::create().unwrap());
    let slot = table.reserve().unwrap();
    let value = slot.value();
    slot.fill(Handle::new(object, rights));
    value
}

#[test_case]
fn lookup_checks_value_then_type_then_rights() {
    let table = HandleTable::new(SECRET);
    let value = insert(&table, Rights::INSPECT);
    assert!(table.get::<Resource>(value, Rights::INSPECT).is_ok());
    assert_eq!(table.get::<Resource>(value, Rights::WRITE).err(), Some(Status::ACCESS_DENIED));
    assert_eq!(table.get::<Job>(value, Rights::WRITE).err(), Some(Status::WRONG_TYPE));
    assert_eq!(table.get::<Job>(0, Rights::WRITE).err(), Some(Status::BAD_HANDLE));
}

#[test_case]
fn two_low_bits_of_a_value_are_always_set() {
    let table = HandleTable::new(SECRET);
    for _ in 0..300 {
        let value = insert(&table, Rights::empty());
        assert_eq!(value & 3, 3);
        for damaged in [value ^ 1, value ^ 2, value ^ 3] {
            assert_eq!(table.remove(damaged).err(), Some(Status::BAD_HANDLE));
        }
    }
}

#[test_case]
fn stale_values_stay_invalid_when_slots_are_used_again() {
    let table = HandleTable::new(SECRET);
    let stale = insert(&table, Rights::empty());
    assert!(table.remove(stale).is_ok());
    for _ in 0..1000 {
        let value = insert(&table, Rights::empty());
        assert_ne!(value, stale);
        assert_eq!(table.get_any(stale).err(), Some(Status::BAD_HANDLE));
        assert_eq!(table.remove(stale).err(), Some(Status::BAD_HANDLE));
        assert!(table.remove(value).is_ok());
    }
}

#[test_case]
fn values_of_one_process_mean_nothing_in_another() {
    let (one, other) = (HandleTable::new(SECRET), HandleTable::new(!SECRET));
    let value = insert(&one, Rights::empty());
    let _ = insert(&other, Rights::empty());
    assert_eq!(other.get_any(value).err(), Some(Status::BAD_HANDLE));
}

#[test_case]
fn reserved_slots_name_nothing_until_filled() {
    let table = HandleTable::new(SECRET);
    let slot = table.reserve().unwrap();
    let value = slot.value();
    assert_eq!(table.get_any(value).err(), Some(Status::BAD_HANDLE));
    assert_eq!(table.remove(value).err(), Some(Status::BAD_HANDLE));
    drop(slot);
    assert_ne!(insert(&table, Rights::empty()), value);
}

#[test_case]
fn closed_tables_drop_what_arrives_late() {
    let table = HandleTable::new(SECRET);
    let resource = Resource::create().unwrap();
    let slot = table.reserve().unwrap();
    table.close(0, || ());
    slot.fill(Handle::new(Object::Resource(resource.clone()), Rights::empty()));
    assert_eq!(Ref::count(&resource), 1);
    assert_eq!(table.reserve().err(), Some(Status::BAD_STATE));
}

#[test_case]
fn tables_grow_by_chunks() {
    let table = HandleTable::new(SECRET);
    let mut values = [0; 3 * CHUNK_SLOTS as usize];
    for value in &mut values {
        *value = insert(&table, Rights::empty());
    }
    for value in values {
        assert!(table.remove(value).is_ok());
    }
}

#[test_case]
fn free_slots_stay_in_order() {
    let table = HandleTable::new(SECRET);
    assert_eq!(table.check_invariants(), Ok(()));
    let values = [(); 200].map(|()| insert(&table, Rights::empty()));
    for value in values.iter().step_by(3) {
        assert!(table.remove(*value).is_ok());
        assert_eq!(table.check_invariants(), Ok(()));
    }
    let slot = table.reserve().unwrap();
    assert_eq!(table.check_invariants(), Ok(()));
    drop(slot);
    table.0.lock().first_free = NONE;
    assert!(table.check_invariants().is_err());
}

#[test_case]
fn a_handle_that_nobody_waited_through_is_closed_without_a_look_at_waits() {
    let event = Event::create().unwrap();
    let port = Port::create().unwrap();
    for is_noted in [false, true] {
        let table = HandleTable::new(SECRET);
        let slot = table.reserve().unwrap();
        let source = Source { process: 1, handle: slot.value() };
        let handle = Handle::new(Object::Event(event.clone()), Rights::WAIT);
        if is_noted {
            handle.note_wait();
        }
        slot.fill(handle);
        let promise = Promise::make(port.clone(), 7, WaitAsyncOptions::empty()).unwrap();
        event.signals().promise(Signals::EVENT_SIGNALED, source, promise).unwrap();
        table.close(1, || ());
        // It was made past the handle, so it is still there if nobody looked.
        assert_eq!(event.signals().take_back(&port, 7, source), !is_noted);
    }
}

#[test_case]
fn a_table_is_closed_in_steps_with_no_lock_held() {
    let table = HandleTable::new(SECRET);
    let event = Event::create().unwrap();
    for _ in 0..2 * TURN {
        let slot = table.reserve().unwrap();
        slot.fill(Handle::new(Object::Event(event.clone()), Rights::WAIT));
    }
    let mut left = Vec::new();
    table.close(1, || {
        left.push(u64::from(event.handle_count().get()));
        assert_eq!((table.count(), table.reserve().err()), (0, Some(Status::BAD_STATE)));
    });
    assert_eq!(left, [TURN as u64, 0]);
}
