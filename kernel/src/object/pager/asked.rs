//! What a pager was asked for and has not answered yet.

use crate::object::try_push;
use abi::Result;
use alloc::vec::Vec;
use core::ops::Range;

/// Ranges in bytes, of which no two overlap.
pub(super) struct Asked(Vec<Range<u64>>);

impl Asked {
    /// Nothing was asked for.
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Notes that `range` is to be asked for, up to where something was asked for already. Returns what is new; nothing if the first
    /// byte is not.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](abi::Status::NO_MEMORY): nothing has changed.
    pub(super) fn begin(&mut self, range: Range<u64>) -> Result<Option<Range<u64>>> {
        if self.0.iter().any(|asked| asked.contains(&range.start)) {
            return Ok(None);
        }
        let behind = self.0.iter().map(|asked| asked.start).filter(|start| range.contains(start));
        let new = range.start..behind.min().unwrap_or(range.end);
        try_push(&mut self.0, new.clone())?;
        Ok(Some(new))
    }

    /// Takes back what [`Asked::begin`] has just returned.
    pub(super) fn take_back(&mut self) {
        self.0.pop();
    }

    /// Forgets `range`, which was answered.
    pub(super) fn end(&mut self, range: &Range<u64>) {
        if range.is_empty() {
            return;
        }
        let mut tail = None;
        self.0.retain_mut(|asked| {
            let (before, behind) = (asked.start < range.start, range.end < asked.end);
            let is_touched = asked.start < range.end && range.start < asked.end;
            if is_touched && before {
                tail = behind.then_some(range.end..asked.end).or(tail.take());
                asked.end = range.start;
            } else if is_touched {
                asked.start = range.end;
            }
            asked.start < asked.end
        });
        if let Some(tail) = tail {
            // Without memory for it, it is forgotten, and asked for once more when somebody needs it.
            let _noted = try_push(&mut self.0, tail);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_for(ranges: &[Range<u64>]) -> Asked {
        let mut asked = Asked::new();
        for range in ranges {
            assert_eq!(asked.begin(range.clone()), Ok(Some(range.clone())));
        }
        asked
    }

    #[test_case]
    fn nothing_is_asked_for_twice() {
        let mut asked = asked_for(&[10..20, 30..40]);
        assert_eq!(asked.begin(10..50), Ok(None));
        assert_eq!(asked.begin(19..50), Ok(None));
        assert_eq!(asked.begin(20..50), Ok(Some(20..30)));
        assert_eq!(asked.begin(0..100), Ok(Some(0..10)));
        assert_eq!(asked.begin(40..50), Ok(Some(40..50)));
    }

    #[test_case]
    fn what_was_answered_can_be_asked_for_again() {
        let mut asked = asked_for(&[10..20, 30..40, 50..60]);
        asked.end(&(15..55));
        assert_eq!(asked.begin(15..70), Ok(Some(15..55)));
        assert_eq!(asked.begin(14..70), Ok(None));
        assert_eq!(asked.begin(55..70), Ok(None));
    }

    #[test_case]
    fn the_rests_of_a_request_stay_asked_for() {
        let mut asked = asked_for(&[10..40, 200..210]);
        asked.end(&(20..30));
        assert_eq!(asked.begin(19..100), Ok(None));
        assert_eq!(asked.begin(30..100), Ok(None));
        assert_eq!(asked.begin(20..100), Ok(Some(20..30)));
        asked.end(&(0..100));
        assert_eq!(asked.begin(0..100), Ok(Some(0..100)));
    }

    #[test_case]
    fn an_answer_to_nothing_changes_nothing() {
        let mut asked = asked_for(&[10..20, 200..210]);
        for range in [0..10, 20..30, 15..15] {
            asked.end(&range);
        }
        assert_eq!(asked.begin(10..20), Ok(None));
        asked.end(&(10..20));
        assert_eq!(asked.begin(10..20), Ok(Some(10..20)));
    }

    #[test_case]
    fn what_was_not_sent_is_taken_back() {
        let mut asked = asked_for(&[0..10, 10..20]);
        asked.take_back();
        assert_eq!(asked.begin(5..20), Ok(None));
        assert_eq!(asked.begin(10..20), Ok(Some(10..20)));
    }
}
