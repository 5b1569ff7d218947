//! Which memory object is whose child, for as long as the child is needed by anyone: handle, mapping or pin.
//!
//! ```text
//!   VmoObject ──> Kin <── Membership <── vm::Vmo
//!   (handles)      │      (lives as long as the memory)
//!                  └─ parent ──> Kin ──> …
//! ```
//!
//! An object counts its children. When one goes that has children itself, they become its parent's: they find the nearest ancestor
//! that is still there when they need it, through those that are gone. One lock covers all of it; nothing is locked under it but
//! signals. It may come with the lock of an address space held, as unmapping can end an object.
//!
//! # Source
//! `vmo.md` §8, INFO, and §9.

use super::{SignalState, new_koid};
use abi::{Koid, Result, Signals};
use spin::Mutex;
use vm::{Ref, Vmo};

/// Held while a parent is looked for, counted or changed.
static TREE: Mutex<()> = Mutex::new(());

/// What is known of a memory object beside its pages.
pub(crate) struct Kin {
    koid: Koid,
    parent_koid: Koid,
    is_immutable: bool,
    signals: SignalState,
    links: Mutex<Links>,
}

struct Links {
    parent: Option<Ref<Kin>>,
    children: u64,
    is_gone: bool,
}

/// Ends a memory object's place in its family when the memory does; it has none until that is counted.
struct Membership(Option<Ref<Kin>>);

impl Kin {
    /// Gives memory that has none a place in a family: that of a child of `parent`, or its own.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](abi::Status::NO_MEMORY).
    pub(super) fn enlist(
        vmo: &Vmo,
        parent: Option<&Ref<Self>>,
        is_immutable: bool,
    ) -> Result<Ref<Self>> {
        let kin = Ref::try_new(Self {
            koid: new_koid(),
            parent_koid: parent.map_or(0, |parent| parent.koid),
            is_immutable,
            signals: SignalState::new(Signals::VMO_ZERO_CHILDREN),
            links: Mutex::new(Links { parent: parent.cloned(), children: 0, is_gone: false }),
        })?;
        let mut membership = vm::try_box(Membership(None))?;
        if let Some(parent) = parent {
            let _tree = TREE.lock();
            parent.change_children(|children| children.saturating_add(1));
        }
        membership.0 = Some(kin.clone());
        vmo.set_label(kin.koid);
        vmo.attach(membership);
        Ok(kin)
    }

    /// Returns what is known of `vmo`, if it ever was an object of a handle.
    pub(crate) fn of(vmo: &Vmo) -> Option<&Ref<Self>> {
        let membership = vmo.attachment()?.downcast_ref::<Membership>()?;
        membership.0.as_ref()
    }

    /// Returns the object's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Returns the koid of the object that this was made a child of, or 0.
    pub(crate) fn parent_koid(&self) -> Koid {
        self.parent_koid
    }

    /// Says whether it was made a snapshot that nobody can write.
    pub(crate) fn is_immutable(&self) -> bool {
        self.is_immutable
    }

    /// Returns the signals, of which a VMO has ZERO_CHILDREN.
    pub(crate) fn signals(&self) -> &SignalState {
        &self.signals
    }

    /// Returns how many children there are, with those of children that are gone.
    pub(crate) fn child_count(&self) -> u64 {
        self.links.lock().children
    }

    /// Sets the number of children, and the signal that says whether there are any.
    fn change_children(&self, change: impl FnOnce(u64) -> u64) {
        let children = {
            let mut links = self.links.lock();
            links.children = change(links.children);
            links.children
        };
        let none = Signals::VMO_ZERO_CHILDREN;
        if children == 0 {
            self.signals.update(Signals::empty(), none);
        } else {
            self.signals.update(none, Signals::empty());
        }
    }

    /// Returns the nearest ancestor that is not gone, and remembers it as the parent.
    fn living_parent(&self) -> Option<Ref<Self>> {
        let mut parent = self.links.lock().parent.take();
        while let Some(gone) = parent.as_ref().filter(|parent| parent.links.lock().is_gone) {
            let next = gone.links.lock().parent.clone();
            parent = next;
        }
        self.links.lock().parent.clone_from(&parent);
        parent
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let Some(kin) = &self.0 else {
            return;
        };
        let _tree = TREE.lock();
        let children = {
            let mut links = kin.links.lock();
            links.is_gone = true;
            links.children
        };
        if let Some(parent) = kin.living_parent() {
            parent.change_children(|now| now.saturating_add(children).saturating_sub(1));
        }
    }
}

impl Drop for Kin {
    /// Gives up the ancestors one by one: a chain of them may be as long as a program liked.
    fn drop(&mut self) {
        let mut next = self.links.get_mut().parent.take();
        while let Some(parent) = next {
            next = Ref::into_inner(parent).and_then(|mut kin| kin.links.get_mut().parent.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::VmoObject;
    use super::*;
    use crate::memory::memory;
    use abi::{Rights, VmoChildOptions, VmoOptions};
    use vm::ChildRequest;

    fn object() -> Ref<VmoObject> {
        VmoObject::create(Vmo::create(memory(), 4096, VmoOptions::empty()).unwrap()).unwrap()
    }

    fn child(parent: &VmoObject) -> Ref<VmoObject> {
        let request = ChildRequest {
            rights: Rights::DUPLICATE | Rights::READ,
            options: VmoChildOptions::SNAPSHOT,
            offset: 0,
            size: 4096,
        };
        parent.create_child(request).unwrap()
    }

    fn has_none(object: &VmoObject) -> bool {
        let active = object.signals().active();
        active.contains(Signals::VMO_ZERO_CHILDREN)
    }

    #[test_case]
    fn children_are_counted_and_signalled() {
        let parent = object();
        assert!(has_none(&parent));
        let first = child(&parent);
        let second = child(&parent);
        assert_eq!(parent.kin().child_count(), 2);
        assert_eq!(first.kin().parent_koid(), parent.koid());
        assert!(!has_none(&parent));
        drop(first);
        assert!(!has_none(&parent));
        drop(second);
        assert!(has_none(&parent));
    }

    #[test_case]
    fn grandchildren_move_up() {
        let parent = object();
        let between = child(&parent);
        let grandchildren = [child(&between), child(&between)];
        assert_eq!(parent.kin().child_count(), 1);
        drop(between);
        assert_eq!(parent.kin().child_count(), 2);
        drop(grandchildren);
        assert!(has_none(&parent));
    }

    #[test_case]
    fn memory_that_is_still_used_counts() {
        let parent = object();
        let between = child(&parent);
        let memory = between.vmo().clone();
        drop(between);
        assert!(!has_none(&parent));
        drop(memory);
        assert!(has_none(&parent));
    }

    #[test_case]
    fn a_long_chain_ends_without_recursion() {
        const LENGTH: usize = 3000;
        let first = object();
        let mut chain = alloc::vec![first.clone()];
        for _ in 0..LENGTH {
            let next = child(chain.last().unwrap());
            chain.push(next);
        }
        // From the second youngest up, so that the youngest is left with a chain of the gone.
        let youngest = chain.pop().unwrap();
        while chain.pop().is_some() {}
        assert_eq!(first.kin().child_count(), 1);
        drop(youngest);
        assert!(has_none(&first));
    }
}
