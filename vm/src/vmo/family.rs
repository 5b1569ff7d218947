//! Objects that may share frames: one, its snapshots, theirs, and so on.
//!
//! Pages keep their keys in a snapshot, so of two relatives a frame is either in both at the same key
//! or in one only. That is how to find out who shares a frame: the counts of nodes and frames in page
//! trees say only whether anybody does.

use super::Vmo;
use super::store::{Store, StoreState};
use crate::lock::{self, Lock};
use crate::slab::{Slab, Slot};
use crate::{Ref, Result};
use spin::Once;

/// Members that are visited before a pause.
const TURN: u32 = 64;

/// The stores of a family.
pub(super) struct Family {
    members: Lock<Slab<Ref<Store>, 4>, { lock::FAMILY }>,
}

/// Where an object, its slices and its references keep the place that their store has in a family, once it has one.
pub(super) type Seat = Once<Membership>;

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
    /// Adds `snapshot` to the family of `parent`, which makes one if it has none yet.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): nothing has changed.
    fn join(
        (parent, seat): (&Ref<Store>, &Seat),
        (snapshot, snapshot_seat): (&Ref<Store>, &Seat),
    ) -> Result<()> {
        let family = match seat.get() {
            Some(membership) => membership.family.clone(),
            None => Ref::try_new(Family { members: Lock::new(Slab::new()) })?,
        };
        let mut members = family.members.lock();
        members.promise(if seat.is_completed() { 1 } else { 2 })?;
        let mut place = |member: &Ref<Store>, role| Membership {
            family: family.clone(),
            slot: members.insert(member.clone()),
            role,
        };
        seat.call_once(|| place(parent, Role::Founder));
        snapshot_seat.call_once(|| place(snapshot, Role::Snapshot));
        Ok(())
    }
}

impl Vmo {
    /// Makes `snapshot` a relative, whose frames are, as yet, this object's. Under this object's lock.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY): nothing has changed.
    pub(super) fn adopt(&self, snapshot: &Vmo) -> Result<()> {
        let (ours, theirs) = (self.seat()?, snapshot.seat()?);
        Family::join((&self.store, ours), (&snapshot.store, theirs))
    }

    /// Returns what it shares with its slices and references from now on. Under the object's lock.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](crate::Status::NO_MEMORY).
    pub(super) fn seat(&self) -> Result<&Ref<Seat>> {
        self.seat.try_call_once(|| Ref::try_new(Once::new()))
    }

    /// Says whether there is a slice or a reference beside this object, or behind it.
    pub(super) fn has_views(&self) -> bool {
        self.seat.get().is_some_and(|seat| Ref::count(seat) != 1)
    }

    /// Returns its place among those that it may share frames with; none before the first snapshot.
    pub(super) fn membership(&self) -> Option<&Membership> {
        self.seat.get()?.get()
    }

    /// Says whether there is a snapshot of this object, or an object that this is a snapshot of, or that
    /// both are snapshots of, and so on.
    pub(super) fn has_relatives(&self) -> bool {
        self.membership().is_some_and(Membership::has_relatives)
    }

    /// Says whether its store was made as a snapshot, whoever of its relatives is left.
    pub(super) fn is_snapshot(&self) -> bool {
        self.store.is_viewer() || self.membership().is_some_and(Membership::is_of_snapshot)
    }
}

impl Membership {
    /// Says whether anybody else is in the family.
    fn has_relatives(&self) -> bool {
        self.family.members.lock().iter().nth(1).is_some()
    }

    /// Says whether this is the place of a store that was made as a snapshot.
    fn is_of_snapshot(&self) -> bool {
        self.role == Role::Snapshot
    }

    /// Visits the other members, and calls `pause` now and then. No lock is held meanwhile, so members may come and go.
    ///
    /// # Errors
    /// Those of `pause`.
    pub(super) fn each_relative(
        &self,
        mut visit: impl FnMut(&StoreState),
        mut pause: impl FnMut() -> Result<()>,
    ) -> Result<()> {
        let mut last = None;
        for turn in (0..TURN).cycle() {
            let members = self.family.members.lock();
            let Some(slot) = members.next_used(last) else { break };
            let member = members[slot].clone();
            drop(members);
            if slot != self.slot {
                visit(&member.lock());
            }
            drop(member);
            last = Some(slot);
            if turn == TURN - 1 {
                pause()?;
            }
        }
        Ok(())
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        // Let go of after the lock: its frames may go with it.
        let _member = self.family.members.lock().remove(self.slot);
    }
}
