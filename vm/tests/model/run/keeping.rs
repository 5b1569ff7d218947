//! Operations on what stays and what may go.

use abi::CachePolicy;
use vm::{Access, Ref, Vmo};

use super::starve::OnFailure::SameBytes;
use super::{Pin, Run};
use crate::common::PAGE;
use crate::ops::{KeepingOp, Lock};

impl Run {
    pub(super) fn on_keeping(&mut self, operation: &KeepingOp) {
        match *operation {
            KeepingOp::Pin { vmo, offset, len, times } => {
                if let Some((number, vmo)) = self.object(vmo)
                    && !self.is_unfair(number, len)
                {
                    (0..times).for_each(|_| self.pin((number, &vmo), offset, len));
                }
            }
            KeepingOp::Unpin { pin } => {
                if let Some(index) = pin.checked_rem(self.pins.len()) {
                    let Pin { pinned, object, offset, .. } = self.pins.swap_remove(index);
                    self.model.unpin(object, offset, pinned.page_count());
                }
            }
            KeepingOp::Lock { vmo, how, range } => self.lock(vmo, how, range),
            KeepingOp::Reclaim => {
                assert_eq!(self.machine.memory().reclaim(), self.model.reclaim());
            }
            KeepingOp::SetCachePolicy { vmo, policy } => self.set_cache_policy(vmo, policy),
        }
    }

    fn pin(&mut self, (object, vmo): (usize, &Ref<Vmo>), offset: u64, len: u64) {
        let result = self.call(SameBytes, || Vmo::pin(vmo, Access::Write, offset, len));
        let expected = self.model.pin(object, offset, len);
        match result {
            Ok(pinned) => {
                assert_eq!(expected, Ok(pinned.page_count()));
                let mut frames = Vec::new();
                pinned.first_frames(pinned.page_count(), |frame| frames.push(frame));
                self.pins.push(Pin { pinned, object, offset, frames });
            }
            Err(status) => assert_eq!(expected, Err(status)),
        }
    }

    /// Locks or unlocks a discardable object, if there is one, all of it, if no range is given.
    fn lock(&mut self, vmo: usize, how: Lock, range: Option<(u64, u64)>) {
        let all = || self.objects.iter().enumerate();
        let mut discardable: Vec<usize> = all()
            .filter(|(_, known)| known.vmo.as_ref().is_some_and(|vmo| vmo.is_discardable()))
            .map(|(number, _)| number)
            .collect();
        discardable.extend(self.object(vmo).map(|(number, _)| number));
        let Some(number) = vmo.checked_rem(discardable.len()).map(|index| discardable[index])
        else {
            return;
        };
        let Some(vmo) = self.objects[number].vmo.clone() else {
            return;
        };
        let (offset, len) = range.unwrap_or((0, self.model.size(number) * PAGE));
        match how {
            Lock::Take => {
                let expected = self.model.lock_pages(number, offset, len);
                assert_eq!(vmo.lock_pages(offset, len), expected);
            }
            Lock::Try => {
                let expected = self.model.try_lock_pages(number, offset, len);
                assert_eq!(vmo.try_lock_pages(offset, len), expected);
            }
            Lock::GiveBack => {
                let expected = self.model.unlock_pages(number, offset, len);
                assert_eq!(vmo.unlock_pages(offset, len), expected);
            }
        }
    }

    fn set_cache_policy(&mut self, vmo: usize, policy: CachePolicy) {
        let Some((number, vmo)) = self.object(vmo) else {
            return;
        };
        let is_shown = self.is_store_shown(number);
        let expected = self.model.set_cache_policy(number, policy, is_shown);
        assert_eq!(vmo.set_cache_policy(policy), expected);
    }
}
