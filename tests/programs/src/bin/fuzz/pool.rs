//! Handles that a process has come by, by type.

use crate::random::Random;
use abi::info::{InfoHandleBasic, Record};
use abi::{ObjectType, RawHandle, Status, Topic};
use rt::zx;

/// Most handles that are remembered.
const ROOM: usize = 64;

/// A handle value, and the type of what it named when it was found.
#[derive(Clone, Copy)]
struct Found {
    value: RawHandle,
    object_type: u32,
}

/// Handles, most of which are good.
pub(crate) struct Pool {
    found: [Found; ROOM],
    len: usize,
}

impl Pool {
    /// Knows no handles.
    pub(crate) const fn new() -> Self {
        Self { found: [Found { value: 0, object_type: 0 }; ROOM], len: 0 }
    }

    /// Remembers a handle, if it is one. One too many takes the place of another, which is closed as a rule.
    pub(crate) fn add(&mut self, value: RawHandle, random: &mut Random) {
        let Some(object_type) = type_of(value) else {
            return;
        };
        let found = Found { value, object_type };
        if let Some(place) = self.found.get_mut(self.len) {
            *place = found;
            self.len += 1;
            return;
        }
        let place = usize::try_from(random.below(ROOM as u64)).unwrap();
        let old = core::mem::replace(&mut self.found[place], found);
        if !random.one_in(4) {
            // SAFETY: the call takes no address. If it is gone already, that is as well.
            let _ = unsafe { zx::handle_close(old.value) };
        }
    }

    /// Returns a handle: of the type, as a rule, if one is known, else any, a stale one, or one that never was.
    pub(crate) fn draw(&self, wanted: Option<ObjectType>, random: &mut Random) -> RawHandle {
        let known = &self.found[..self.len];
        if random.one_in(24) {
            let looks_good = random.half() | 3;
            return random.pick(&[0, 1, 3, u32::MAX, looks_good]);
        }
        if let Some(wanted) = wanted.filter(|_| !random.one_in(12)) {
            let fits = |found: &&Found| found.object_type == wanted as u32;
            let count = known.iter().filter(fits).count();
            if count > 0 {
                let index = usize::try_from(random.below(count as u64)).unwrap();
                return known.iter().filter(fits).nth(index).map_or(0, |found| found.value);
            }
        }
        if known.is_empty() { 0 } else { random.pick(known).value }
    }
}

/// Returns the type of what a handle names, if it is one.
fn type_of(value: RawHandle) -> Option<u32> {
    let mut record = InfoHandleBasic::default();
    let bytes = record.as_bytes_mut();
    let (buffer, len) = (bytes.as_mut_ptr(), bytes.len() as u64);
    let (topic, none) = (Topic::HANDLE_BASIC.0, core::ptr::null_mut());
    // SAFETY: the buffer is valid for writes of its length; the other pointers are null.
    let status = unsafe { zx::object_get_info(value, topic, buffer, len, none, none) };
    (status == Status::OK).then_some(record.object_type)
}
