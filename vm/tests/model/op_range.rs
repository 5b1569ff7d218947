//! Operations on what a range shows: piece after piece, the model checks and does what the crate has to.

use abi::{Rights, Status, VmarOp};

use super::{ARENA_START, Operation, Run};
use crate::common::PAGE;

pub(super) fn run(run: &mut Run, operation: &Operation) {
    let &Operation::OpRange { vmar, rights, op, page, len } = operation else {
        return;
    };
    let at = ARENA_START + page;
    let number = vmar % run.named.len();
    let expected = expect(run, number, rights, op, (at, len));
    let result = run.named[number].vmar.op_range(rights, op, at * PAGE, len);
    assert_eq!(result, expected);
}

/// Does it in the model, and returns its answer.
fn expect(
    run: &mut Run,
    number: usize,
    rights: Rights,
    op: VmarOp,
    (at, len): (u64, u64),
) -> Result<(), Status> {
    let named = &run.named[number];
    let space = &run.spaces[named.space];
    let objects = &mut run.objects;
    let range = space.check_op_range(named.number, at, len)?;
    let mut page = range.start;
    while page < range.end {
        let piece = space.piece(page, range.end).ok_or(Status::BAD_STATE)?;
        let first = piece.first;
        let stream_pages = objects.stream_size(first.vmo).div_ceil(PAGE);
        let end = first.vmo_page + piece.pages;
        let limit = stream_pages.min(objects.size(first.vmo));
        let is_in_stream = !first.stream_only || end <= limit;
        space.check_piece(named.number, rights, op, &piece, is_in_stream)?;
        let (offset, len) = (first.vmo_page * PAGE, piece.pages * PAGE);
        match op {
            VmarOp::Commit => objects.commit(first.vmo, offset, len)?,
            VmarOp::Decommit => objects.decommit(first.vmo, offset, len)?,
            VmarOp::Zero => objects.zero(first.vmo, offset, len)?,
            VmarOp::MapRange => {}
            VmarOp::DontNeed | VmarOp::AlwaysNeed | VmarOp::Prefetch => {
                objects.check(first.vmo, offset, len)?;
            }
        }
        page += piece.pages;
    }
    Ok(())
}
