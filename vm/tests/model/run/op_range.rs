//! Operations on what a range shows: piece after piece, the model checks and does what the crate has to.

use abi::{Rights, Status, VmarOp};
use vm::Result;

use super::{Named, Run};
use crate::common::PAGE;

impl Run {
    /// Does it in the model, and returns its answer.
    pub(super) fn expect_op_range(
        &mut self,
        index: usize,
        rights: Rights,
        op: VmarOp,
        (address, len): (u64, u64),
    ) -> Result<()> {
        let Named { space, number, .. } = self.named[index];
        let space = &self.arenas[space].model;
        let objects = &mut self.model;
        let range = space.check_op_range(number, address, len)?;
        let mut page = range.start;
        while page < range.end {
            let piece = space.piece(page, range.end).ok_or(Status::BAD_STATE)?;
            let first = piece.first;
            let end = first.vmo_page + piece.pages;
            let is_in_stream = !first.stream_only || end <= objects.touchable(first.vmo, true);
            space.check_piece(number, rights, op, &piece, is_in_stream)?;
            let (offset, len) = (first.vmo_page * PAGE, piece.pages * PAGE);
            match op {
                VmarOp::Commit => objects.commit(first.vmo, offset, len)?,
                VmarOp::Decommit => objects.decommit(first.vmo, offset, len)?,
                VmarOp::Zero => objects.zero(first.vmo, offset, len)?,
                VmarOp::MapRange => {}
                VmarOp::DontNeed | VmarOp::AlwaysNeed => objects.check(first.vmo, offset, len)?,
                VmarOp::Prefetch => {
                    objects.check(first.vmo, offset, len)?;
                    objects.check_provided(first.vmo, first.vmo_page..end)?;
                }
            }
            page += piece.pages;
        }
        Ok(())
    }
}
