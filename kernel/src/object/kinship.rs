//! Which memory object is whose child, for as long as the child is needed by anyone: handle, mapping or pin.
//!
//! ```text
//!   handles ──> vm::Vmo ──> Kin ── parent ──> Kin ──> …
//!              (lives as long as anybody needs the memory)
//! ```
//!
//! Most objects have no children and nobody waits for them: an object gets its [`Kin`] with its first child, or when somebody asks for
//! its signals, and until then is one without children. A child has it from the start.
//!
//! An object counts its children. When one goes that has children itself, they become its parent's: they find the nearest ancestor
//! that is still there when they need it, through those that are gone. One lock covers all of it; nothing is locked under it but
//! signals. It may come with the lock of an address space held, as unmapping can end an object.
//!
//! # Source
//! `vmo.md` §8, INFO, and §9.

use super::{SignalState, new_koid};
use abi::{Koid, Result, Signals, Status, VmoChildOptions};
use core::any::Any;
use core::mem;
use spin::Mutex;
use vm::{Attachment, ChildRequest, Ref, Vmo};

/// Held while a parent is looked for, counted or changed.
static TREE: Mutex<()> = Mutex::new(());

/// What is known of a memory object that has, or is, a child, or whose signals somebody asked for.
pub(crate) struct Kin {
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

impl Kin {
    /// Makes memory that has none yet an object that handles can name.
    pub(crate) fn enlist(vmo: Ref<Vmo>) -> Ref<Vmo> {
        vmo.set_label(new_koid());
        vmo
    }

    /// Makes a child, which is one until its memory is gone.
    ///
    /// # Errors
    /// Those of [`Vmo::create_child`].
    pub(crate) fn create_child(parent: &Vmo, request: ChildRequest) -> Result<Ref<Vmo>> {
        let cannot_be_written = request.options.contains(VmoChildOptions::NO_WRITE);
        let child = Self::enlist(parent.create_child(request)?);
        let is_immutable = cannot_be_written && child.is_clone();
        let theirs = Self::new(parent.label(), is_immutable)?;
        let ours = match Self::counted(parent) {
            Some(kin) => kin,
            None => Self::new(0, false)?,
        };
        // Nothing fails from here on.
        let ours = Self::attach(parent, ours);
        {
            let _tree = TREE.lock();
            ours.change_children(|children| children.saturating_add(1));
            theirs.links.lock().parent = Some(ours);
        }
        Self::attach(&child, theirs);
        Ok(child)
    }

    fn new(parent_koid: Koid, is_immutable: bool) -> Result<Ref<Self>> {
        Ref::try_new_with(|| Self {
            parent_koid,
            is_immutable,
            signals: SignalState::new(Signals::VMO_ZERO_CHILDREN),
            links: Mutex::new(Links { parent: None, children: 0, is_gone: false }),
        })
    }

    /// Returns what is known of `vmo` from now on: `kin`, if nothing was.
    fn attach(vmo: &Vmo, kin: Ref<Self>) -> Ref<Self> {
        vmo.attach(Ref::of_attachment(kin.clone()));
        Self::counted(vmo).unwrap_or(kin)
    }

    fn counted(vmo: &Vmo) -> Option<Ref<Self>> {
        vmo.attachment().and_then(Ref::downcast::<Self>)
    }

    /// Returns what is known of `vmo`, if that is more than that it exists.
    pub(crate) fn of(vmo: &Vmo) -> Option<&Self> {
        let attachment: &dyn Any = &**vmo.attachment()?;
        attachment.downcast_ref()
    }

    /// Returns what is known of `vmo`, from now on.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(crate) fn ensure(vmo: &Vmo) -> Result<&Self> {
        if vmo.attachment().is_none() {
            Self::attach(vmo, Self::new(0, false)?);
        }
        Self::of(vmo).ok_or(Status::INTERNAL)
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

    /// Returns the nearest ancestor that is not gone, and remembers it as the parent; so do all that are gone on the way there, since
    /// others may come the same way.
    fn living_parent(&self) -> Option<Ref<Self>> {
        let mut living = self.links.lock().parent.clone();
        while let Some(gone) = living.as_ref().filter(|kin| kin.is_gone()) {
            let next = gone.links.lock().parent.clone();
            living = next;
        }
        let mut next = self.replace_parent(&living);
        while let Some(gone) = next.filter(|kin| kin.is_gone()) {
            next = gone.replace_parent(&living);
        }
        living
    }

    fn is_gone(&self) -> bool {
        self.links.lock().is_gone
    }

    /// Remembers another parent; returns the one before.
    fn replace_parent(&self, parent: &Option<Ref<Self>>) -> Option<Ref<Self>> {
        mem::replace(&mut self.links.lock().parent, parent.clone())
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
        Kin::enlist(Vmo::create(memory(), 4096, VmoOptions::empty()).unwrap())
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
        Kin::ensure(object).unwrap()
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
    fn a_chain_of_the_gone_is_gone_through_once() {
        let first = object();
        let mut chain = alloc::vec![first.clone()];
        for _ in 0..10 {
            let next = child(chain.last().unwrap());
            chain.push(next);
        }
        let youngest = chain.pop().unwrap();
        let [one, other] = [child(&youngest), child(&youngest)];
        drop(youngest);
        while chain.pop().is_some() {}
        drop(one);
        let above = |kin: &Kin| kin.links.lock().parent.clone().unwrap();
        let gone = above(kin(&other));
        assert!(gone.is_gone());
        assert!(core::ptr::eq(&raw const *above(&gone), kin(&first)));
        assert_eq!(kin(&first).child_count(), 1);
        drop(gone);
        drop(other);
        assert!(has_none(&first));
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
