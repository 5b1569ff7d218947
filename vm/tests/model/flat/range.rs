//! Operations on a range of a VMAR: unmap, protect, destroy, and the checks of those on what it shows.

use std::ops::Range;

use abi::{Rights, Status, VmOptions, VmarOp};

use super::{Answer, Piece, Space, Vmar, covers, overlap, perms_asked, perms_of, readable_if_more};
use crate::common::PAGE;

/// Returns the pages of a range given in bytes.
fn pages_of(address: u64, len: u64) -> Answer<Range<u64>> {
    if !address.is_multiple_of(PAGE) || len == 0 || len > u64::MAX - PAGE + 1 {
        return Err(Status::INVALID_ARGS);
    }
    Ok(address / PAGE..address / PAGE + len.div_ceil(PAGE))
}

impl Space {
    /// Checks that a VMAR is alive and has the range.
    fn check_inside(&self, vmar: usize, range: &Range<u64>) -> Answer<()> {
        if !covers(&self.alive(vmar)?.pages, range) {
            return Err(Status::INVALID_ARGS);
        }
        Ok(())
    }

    pub(crate) fn unmap(
        &mut self,
        vmar: usize,
        rights: Rights,
        address: u64,
        len: u64,
    ) -> Answer<()> {
        let range = pages_of(address, len)?;
        self.check_inside(vmar, &range)?;
        let reaches = rights.contains(Rights::OP_CHILDREN);
        let refused = |child: &Vmar| !reaches || !covers(&range, &child.pages);
        if self.children(vmar).any(|child| overlap(&child.pages, &range) && refused(child)) {
            return Err(Status::INVALID_ARGS);
        }
        self.shown.retain(|page, _| !range.contains(page));
        let inside: Vec<usize> = (0..self.vmars.len())
            .filter(|number| {
                self.is_below(*number, vmar) && covers(&range, &self.vmars[*number].pages)
            })
            .collect();
        for number in inside {
            self.vmars[number].is_alive = false;
        }
        Ok(())
    }

    pub(crate) fn protect(
        &mut self,
        vmar: usize,
        rights: Rights,
        options: VmOptions,
        (address, len): (u64, u64),
    ) -> Answer<()> {
        let perms = perms_asked(options);
        if !perms_of(rights).contains(perms) {
            return Err(Status::ACCESS_DENIED);
        }
        readable_if_more(perms)?;
        let range = pages_of(address, len)?;
        if !(VmOptions::PERMS | VmOptions::PERM_READ_IF_XOM_UNSUPPORTED).contains(options) {
            return Err(Status::INVALID_ARGS);
        }
        self.check_inside(vmar, &range)?;
        for page in range.clone() {
            let shown = self.shown(page).ok_or(Status::NOT_FOUND)?;
            if !shown.max.contains(perms) {
                return Err(Status::ACCESS_DENIED);
            }
            if shown.vmar != vmar && !rights.contains(Rights::OP_CHILDREN) {
                return Err(Status::INVALID_ARGS);
            }
            if shown.vmar != vmar && !shown.perms.contains(perms) {
                return Err(Status::ACCESS_DENIED);
            }
        }
        for (_, shown) in self.shown.range_mut(range) {
            shown.perms = perms;
        }
        Ok(())
    }

    pub(crate) fn destroy(&mut self, vmar: usize) -> Answer<()> {
        let pages = self.alive(vmar)?.pages.clone();
        self.shown.retain(|page, _| !pages.contains(page));
        for number in 0..self.vmars.len() {
            if number == vmar || self.is_below(number, vmar) {
                self.vmars[number].is_alive = false;
            }
        }
        Ok(())
    }

    /// Checks the range of an operation on what is shown.
    pub(crate) fn check_op_range(&self, vmar: usize, address: u64, len: u64) -> Answer<Range<u64>> {
        let range = pages_of(address, len)?;
        if !covers(&self.vmars[vmar].pages, &range) {
            return Err(Status::OUT_OF_RANGE);
        }
        self.alive(vmar).map(|_| range)
    }

    /// Checks that an operation may be done on a piece, but for the stream size.
    pub(crate) fn check_piece(
        &self,
        vmar: usize,
        rights: Rights,
        op: VmarOp,
        piece: &Piece,
        is_in_stream: bool,
    ) -> Answer<()> {
        let nests = ![VmarOp::Commit, VmarOp::Decommit, VmarOp::Prefetch].contains(&op);
        if piece.first.vmar != vmar && !(nests && rights.contains(Rights::OP_CHILDREN)) {
            return Err(Status::INVALID_ARGS);
        }
        if !is_in_stream {
            return Err(Status::OUT_OF_RANGE);
        }
        let needed = match op {
            VmarOp::Commit | VmarOp::Decommit | VmarOp::Zero => VmOptions::PERM_WRITE,
            VmarOp::Prefetch => VmOptions::PERM_READ,
            _ => VmOptions::empty(),
        };
        if !piece.first.max.contains(needed) {
            return Err(Status::ACCESS_DENIED);
        }
        Ok(())
    }
}
