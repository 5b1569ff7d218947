//! Objects that may share frames: one, its snapshots, theirs, and so on.
//!
//! Pages keep their keys in a snapshot, so of two relatives a frame is either in both at the same key
//! or in one only. That is how to find out who shares a frame: the counts of nodes and frames in page
//! trees say only whether anybody does.

use super::line::Position;
use super::store::{State, StoreState};
use crate::lock::{self, Lock};
use crate::slab::{Slab, Slot};
use crate::{Ref, Result};

/// The stores of a family.
pub(super) struct Family {
    members: Lock<Slab<Member, 4>, { lock::FAMILY }>,
}

/// A store: what is behind its lock, and where it is there.
type Member = (Ref<State>, Position);

/// A store's place in its family, given up when this is dropped.
pub(super) struct Membership {
    family: Ref<Family>,
    slot: Slot,
    role: Role,
}

/// How a store came into its family.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It was the first one.
    Founder,
    /// As a snapshot of a member.
    Snapshot,
}

impl Family {
    /// Adds a snapshot to the family of `parent`, which makes one if it has none yet; returns the
    /// places of the parent, if it is new, and of the snapshot.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): nothing has changed.
    pub(super) fn join(
        parent: Option<&Membership>,
        parent_member: Member,
        snapshot: Member,
    ) -> Result<(Option<Membership>, Membership)> {
        let family = match parent {
            Some(membership) => membership.family.clone(),
            None => Ref::try_new(Family { members: Lock::new(Slab::new()) })?,
        };
        let mut members = family.members.lock();
        members.promise(if parent.is_some() { 1 } else { 2 })?;
        let mut place = |member: Member, role| Membership {
            family: family.clone(),
            slot: members.insert(member),
            role,
        };
        let first = parent.is_none().then(|| place(parent_member, Role::Founder));
        let second = place(snapshot, Role::Snapshot);
        drop(members);
        Ok((first, second))
    }
}

impl Membership {
    /// Says whether anybody else is in the family.
    pub(super) fn has_relatives(&self) -> bool {
        self.family.members.lock().iter().nth(1).is_some()
    }

    /// Says whether this is the place of a store that was made as a snapshot.
    pub(super) fn is_of_snapshot(&self) -> bool {
        self.role == Role::Snapshot
    }

    /// Visits the other members. No lock is held meanwhile, so members may come and go.
    pub(super) fn each_relative(&self, mut visit: impl FnMut(&StoreState)) {
        let mut last = None;
        loop {
            let members = self.family.members.lock();
            let Some(slot) = members.next_used(last) else {
                return;
            };
            let (state, position) = members[slot].clone();
            drop(members);
            if slot != self.slot {
                state.lock().find(position).map(&mut visit);
            }
            last = Some(slot);
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        // Let go of after the lock: its frames may go with it.
        let _member = self.family.members.lock().remove(self.slot);
    }
}
