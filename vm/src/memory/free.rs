//! The free frames: a list through their records, so that taking and putting one costs a few loads
//! and stores whatever the size of memory.

use super::record::Records;
use crate::units::Frame;

/// A last-in first-out list of free frames: the frame freed last is the likeliest to be cached.
pub(super) struct FreeFrames {
    first: Option<Frame>,
    count: u64,
}

impl FreeFrames {
    pub(super) const fn new() -> FreeFrames {
        FreeFrames {
            first: None,
            count: 0,
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn take(&mut self, records: &Records) -> Option<Frame> {
        let frame = self.first?;
        self.first = records.of(frame).next();
        self.count = self.count.wrapping_sub(1);
        Some(frame)
    }

    pub(super) fn put(&mut self, records: &Records, frame: Frame) {
        records.of(frame).set_next(self.first);
        self.first = Some(frame);
        self.count = self.count.wrapping_add(1);
    }
}
