//! Which memory object is whose child, for as long as the child is needed by anyone: handle, mapping or pin.
//!
//! ```text
//!   handles ──> vm::Vmo ──> Kin ── parent ──> Kin ──> …
//!              (lives as long as anybody needs the memory)
//! ```
//!
//! An object counts its children. When one goes that has children itself, they become its parent's: they find the nearest ancestor
//! that is still there when they need it, through those that are gone. One lock covers all of it; nothing is locked under it but
//! signals. It may come with the lock of an address space held, as unmapping can end an object.
//!
//! # Source
//! `vmo.md` §8, INFO, and §9.

use super::{HandleCount, SignalState, new_koid};
use abi::{Koid, Result, Signals, VmoChildOptions};
use core::any::Any;
use spin::Mutex;
use vm::{Attachment, ChildRequest, Ref, Vmo};

/// Held while a parent is looked for, counted or changed.
static TREE: Mutex<()> = Mutex::new(());

/// What is known of a memory object beside its pages.
pub(crate) struct Kin {
    koid: Koid,
    parent_koid: Koid,
    is_immutable: bool,
    handle_count: HandleCount,
    signals: SignalState,
    links: Mutex<Links>,
}

struct Links {
    parent: Option<Ref<Kin>>,
    children: u64,
    is_gone: bool,
}

impl Kin {
    /// Makes memory that has none yet an object that handles can name.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`](abi::Status::NO_MEMORY).
    pub(crate) fn enlist(vmo: Ref<Vmo>) -> Result<Ref<Vmo>> {
        Self::attach(vmo, None, false)
    }

    /// Makes a child, which is one until its memory is gone.
    ///
    /// # Errors
    /// Those of [`Vmo::create_child`].
    pub(crate) fn create_child(parent: &Vmo, request: ChildRequest) -> Result<Ref<Vmo>> {
        let cannot_be_written = request.options.contains(VmoChildOptions::NO_WRITE);
        let child = parent.create_child(request)?;
        let is_immutable = cannot_be_written && child.is_clone();
        let parent = parent.attachment().and_then(Ref::downcast::<Self>);
        Self::attach(child, parent, is_immutable)
    }

    fn attach(vmo: Ref<Vmo>, parent: Option<Ref<Self>>, is_immutable: bool) -> Result<Ref<Vmo>> {
        let koid = new_koid();
        let kin = Ref::try_new_with(|| Self {
            koid,
            parent_koid: parent.as_ref().map_or(0, |parent| parent.koid),
            is_immutable,
            handle_count: HandleCount::default(),
            signals: SignalState::new(Signals::VMO_ZERO_CHILDREN),
            links: Mutex::new(Links { parent: parent.clone(), children: 0, is_gone: false }),
        })?;
        if let Some(parent) = parent {
            let _tree = TREE.lock();
            parent.change_children(|children| children.saturating_add(1));
        }
        vmo.set_label(koid);
        vmo.attach(Ref::of_attachment(kin));
        Ok(vmo)
    }

    /// Returns what is known of `vmo`, if it ever was an object of a handle.
    pub(crate) fn of(vmo: &Vmo) -> Option<&Self> {
        let attachment: &dyn Any = &**vmo.attachment()?;
        attachment.downcast_ref()
    }

    /// Returns how many handles there are to the object.
    pub(crate) fn handle_count(&self) -> &HandleCount {
        &self.handle_count
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

impl Attachment for Kin {
    /// Ends the object's place in its family.
    fn object_ended(&self) {
        let _tree = TREE.lock();
        let children = {
            let mut links = self.links.lock();
            links.is_gone = true;
            links.children
        };
        if let Some(parent) = self.living_parent() {
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
    use super::*;
    use crate::memory::memory;
    use abi::{Rights, VmoOptions};

    fn object() -> Ref<Vmo> {
        Kin::enlist(Vmo::create(memory(), 4096, VmoOptions::empty()).unwrap()).unwrap()
    }

    fn child(parent: &Vmo) -> Ref<Vmo> {
        let request = ChildRequest {
            rights: Rights::DUPLICATE | Rights::READ,
            options: VmoChildOptions::SNAPSHOT,
            offset: 0,
            size: 4096,
        };
        Kin::create_child(parent, request).unwrap()
    }

    fn kin(object: &Vmo) -> &Kin {
        Kin::of(object).unwrap()
    }

    fn has_none(object: &Vmo) -> bool {
        let active = kin(object).signals().active();
        active.contains(Signals::VMO_ZERO_CHILDREN)
    }

    #[test_case]
    fn children_are_counted_and_signalled() {
        let parent = object();
        assert!(has_none(&parent));
        let first = child(&parent);
        let second = child(&parent);
        assert_eq!(kin(&parent).child_count(), 2);
        assert_eq!(kin(&first).parent_koid(), parent.label());
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
        assert_eq!(kin(&parent).child_count(), 1);
        drop(between);
        assert_eq!(kin(&parent).child_count(), 2);
        drop(grandchildren);
        assert!(has_none(&parent));
    }

    #[test_case]
    fn memory_that_is_still_used_counts() {
        let parent = object();
        let between = child(&parent);
        let memory = between.clone();
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
        assert_eq!(kin(&first).child_count(), 1);
        drop(youngest);
        assert!(has_none(&first));
    }
}
