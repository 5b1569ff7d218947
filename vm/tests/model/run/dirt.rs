//! Operations of a source: what it agrees to, asks about and writes back.

use vm::{DirtyRange, Need, Vmo, Written};

use super::Run;
use super::starve::OnFailure::Unchanged;
use crate::common::PAGE;
use crate::ops::ContentOp;

impl Run {
    pub(super) fn on_dirt(&mut self, operation: &ContentOp) {
        let (ContentOp::Agree { vmo, .. }
        | ContentOp::BeginWriteback { vmo, .. }
        | ContentOp::EndWriteback { vmo, .. }
        | ContentOp::FindDirty { vmo, .. }
        | ContentOp::ForgetModified { vmo }
        | ContentOp::DropClean { vmo }) = *operation
        else {
            return;
        };
        let Some((number, vmo)) = self.backed_object(vmo) else {
            return;
        };
        // Whose pages it asks about is for the kernel to check.
        let is_own = self.objects[number].told.is_some();
        match *operation {
            ContentOp::Agree { offset, len, .. } if !self.is_unfair(number, len) => {
                let result = self.call(Unchanged, || vmo.agree(offset, len));
                assert_eq!(result, self.model.agree(number, offset, len));
            }
            ContentOp::BeginWriteback { offset, len, has_frames_too, .. }
                if !self.is_unfair(number, len) =>
            {
                let written = if has_frames_too { Written::All } else { Written::Zeros };
                let result = self.call(Unchanged, || vmo.begin_writeback(offset, len, written));
                let expected = self.model.begin_writeback(number, (offset, len), has_frames_too);
                assert_eq!(result, expected);
            }
            ContentOp::EndWriteback { offset, len, .. } if !self.is_unfair(number, len) => {
                let result = self.call(Unchanged, || vmo.end_writeback(offset, len));
                assert_eq!(result, self.model.end_writeback(number, offset, len));
            }
            ContentOp::FindDirty { offset, len, .. } if is_own => {
                let end = offset.saturating_add(len.min(600 * PAGE));
                let pages = offset / PAGE..end.div_ceil(PAGE);
                let found = vmo.next_dirty(offset, end);
                let expected = self.model.next_dirty(number, pages);
                let expected = expected.map(|(pages, has_frames)| DirtyRange {
                    offset: pages.start * PAGE,
                    len: (pages.end - pages.start) * PAGE,
                    is_zero: !has_frames,
                });
                assert_eq!(found, expected);
            }
            ContentOp::ForgetModified { .. } if is_own => {
                let was_modified = vmo.forget_modified();
                assert_eq!(was_modified, self.model.forget_modified(number));
            }
            ContentOp::DropClean { .. } if is_own => {
                vmo.drop_clean();
                self.model.drop_clean(number);
            }
            _ => {}
        }
    }

    /// Asks for the first page of a range that cannot be written yet.
    pub(super) fn find_closed(&self, (number, vmo): (usize, &Vmo), offset: u64, len: u64) {
        if self.model.check(number, offset, len).is_err() || self.is_unfair(number, len) {
            return;
        }
        let pages = offset / PAGE..if len == 0 { 0 } else { (offset + len).div_ceil(PAGE) };
        let expected = self.model.first_closed(number, pages);
        let found = vmo.missing_to_write(offset, len, len).map(|found| {
            let pages = (found.need() == Need::Consent).then_some(found.bytes() / PAGE);
            (found.at() / PAGE, pages)
        });
        assert_eq!(found, expected);
    }
}
