//! Shared objects in order, in a tree through the objects themselves: coming in takes no memory and cannot fail, and finding one
//! or taking it out looks at as many as the logarithm of how many there are.
//!
//! ```text
//!   Job ── jobs, by koid ──> Job            Process ── threads, by koid ──> Thread
//!    └──── processes, by koid ──> Process   scheduler ── sleepers, by deadline ──> Thread
//!
//!   signals ── observers, by handle ──> Observer      Pager ── by address ──> Requests
//! ```
//!
//! Each of these has a place in the object, its [`Link`], so an object is in one tree of each kind at most.
#![expect(unsafe_code, reason = "a tree holds its objects by their address")]

use super::pager::Requests;
use super::signals::{Observer, Place};
use super::{Job, Process, Thread};
use crate::task::Deadline;
use abi::Koid;
use core::{iter, ptr};
use intrusive_collections::rbtree::AtomicLinkOps;
use intrusive_collections::{
    Adapter, Bound, DefaultPointerOps, KeyAdapter, RBTree, UnsafeRef, intrusive_adapter,
};
use vm::Ref;

/// A place in a tree.
pub(crate) type Link = intrusive_collections::RBTreeAtomicLink;

intrusive_adapter!(pub(crate) ProcessesOfJob = UnsafeRef<Process>: Process { job_link => Link });
intrusive_adapter!(pub(crate) JobsOfJob = UnsafeRef<Job>: Job { parent_link => Link });
intrusive_adapter!(pub(crate) ThreadsOfProcess = UnsafeRef<Thread>: Thread { process_link => Link });
intrusive_adapter!(pub(crate) Sleepers = UnsafeRef<Thread>: Thread { sleep_link => Link });
intrusive_adapter!(pub(super) ObserversOfSignals = UnsafeRef<Observer>: Observer { signals_link => Link });
intrusive_adapter!(pub(super) RequestsOfPager = UnsafeRef<Requests>: Requests { pager_link => Link });

impl KeyAdapter<'_> for ProcessesOfJob {
    type Key = Koid;

    fn get_key(&self, process: &Process) -> Koid {
        process.koid()
    }
}

impl KeyAdapter<'_> for JobsOfJob {
    type Key = Koid;

    fn get_key(&self, job: &Job) -> Koid {
        job.koid()
    }
}

impl KeyAdapter<'_> for ThreadsOfProcess {
    type Key = Koid;

    fn get_key(&self, thread: &Thread) -> Koid {
        thread.koid()
    }
}

impl KeyAdapter<'_> for Sleepers {
    type Key = Deadline;

    fn get_key(&self, thread: &Thread) -> Deadline {
        thread.execution().deadline()
    }
}

impl KeyAdapter<'_> for ObserversOfSignals {
    type Key = Place;

    fn get_key(&self, observer: &Observer) -> Place {
        observer.place()
    }
}

impl KeyAdapter<'_> for RequestsOfPager {
    type Key = usize;

    fn get_key(&self, requests: &Requests) -> usize {
        ptr::from_ref(requests).addr()
    }
}

/// A kind of tree: where its objects, of type `T`, have their place in it, and what orders them.
pub(crate) trait Kind<T>:
    Adapter<LinkOps = AtomicLinkOps, PointerOps = DefaultPointerOps<UnsafeRef<T>>>
    + for<'a> KeyAdapter<'a, Key = Self::Of>
    + Default
{
    /// What orders the objects. No two in a tree have the same.
    type Of: Ord;
}

impl Kind<Process> for ProcessesOfJob {
    type Of = Koid;
}

impl Kind<Job> for JobsOfJob {
    type Of = Koid;
}

impl Kind<Thread> for ThreadsOfProcess {
    type Of = Koid;
}

impl Kind<Thread> for Sleepers {
    type Of = Deadline;
}

impl Kind<Observer> for ObserversOfSignals {
    type Of = Place;
}

impl Kind<Requests> for RequestsOfPager {
    type Of = usize;
}

/// Objects of type `T`, each with a reference that the tree owns.
pub(crate) struct Ordered<T, K: Kind<T>>(RBTree<K>, core::marker::PhantomData<Ref<T>>);

impl<T, K: Kind<T>> Ordered<T, K> {
    /// Makes an empty tree of a kind.
    pub(crate) const fn new(kind: K) -> Self {
        Self(RBTree::new(kind), core::marker::PhantomData)
    }

    /// Says whether there are no objects.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes `object` in, which is in no tree of the kind.
    pub(crate) fn insert(&mut self, object: Ref<T>) {
        // SAFETY: the pointer owns a reference, so what it points to stays until the object is taken out.
        self.0.insert(unsafe { UnsafeRef::from_raw(Ref::into_raw(object)) });
    }

    /// Takes out the object that has `key`, if there is one.
    pub(crate) fn remove(&mut self, key: &K::Of) -> Option<Ref<T>> {
        self.0.find_mut(key).remove().map(owned)
    }

    /// Takes out the first object if `is_due` says so.
    pub(crate) fn take_first_if(&mut self, is_due: impl FnOnce(&T) -> bool) -> Option<Ref<T>> {
        let mut first = self.0.front_mut();
        if first.get().is_some_and(is_due) { first.remove().map(owned) } else { None }
    }

    /// Returns the object that has `key`, if there is one.
    pub(crate) fn get(&self, key: &K::Of) -> Option<Ref<T>> {
        self.0.find(key).clone_pointer().map(shared)
    }

    /// Returns the first object behind `key`, if there is one.
    pub(crate) fn after(&self, key: &K::Of) -> Option<Ref<T>> {
        self.0.lower_bound(Bound::Excluded(key)).clone_pointer().map(shared)
    }

    /// Takes out the objects for which `keeps` does not hold.
    pub(crate) fn retain(&mut self, mut keeps: impl FnMut(&T) -> bool) {
        let mut cursor = self.0.front_mut();
        while let Some(object) = cursor.get() {
            if keeps(object) {
                cursor.move_next();
            } else {
                drop(cursor.remove().map(owned));
            }
        }
    }

    /// Returns the objects in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Ref<T>> {
        let mut cursor = self.0.front();
        iter::from_fn(move || {
            let object = cursor.clone_pointer().map(shared);
            cursor.move_next();
            object
        })
        .fuse()
    }
}

impl<T, K: Kind<T>> Drop for Ordered<T, K> {
    fn drop(&mut self) {
        iter::from_fn(|| self.take_first_if(|_| true)).for_each(drop);
    }
}

/// Returns the reference that a tree owned.
fn owned<T>(pointer: UnsafeRef<T>) -> Ref<T> {
    // SAFETY: `insert` made the pointer of a reference, and the tree has just given it up.
    unsafe { Ref::from_raw(UnsafeRef::into_raw(pointer)) }
}

/// Returns a further reference to an object that is in a tree.
fn shared<T>(pointer: UnsafeRef<T>) -> Ref<T> {
    let in_tree = core::mem::ManuallyDrop::new(owned(pointer));
    Ref::clone(&in_tree)
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::array;

    fn jobs<const N: usize>() -> [Ref<Job>; N] {
        array::from_fn(|_| Job::create(b"test").unwrap())
    }

    #[test_case]
    fn objects_are_found_in_order_and_given_back() {
        let jobs: [_; 100] = jobs();
        let mut tree = Ordered::new(JobsOfJob::new());
        // 7 has no factor in common with 100, so this is each of them.
        (0..100).for_each(|index| tree.insert(jobs[index * 7 % 100].clone()));
        assert!(tree.iter().map(|job| job.koid()).eq(jobs.iter().map(|job| job.koid())));
        for pair in jobs.windows(2) {
            assert!(Ref::ptr_eq(&tree.get(&pair[0].koid()).unwrap(), &pair[0]));
            assert!(Ref::ptr_eq(&tree.after(&pair[0].koid()).unwrap(), &pair[1]));
        }
        for job in jobs.iter().step_by(2) {
            assert!(Ref::ptr_eq(&tree.remove(&job.koid()).unwrap(), job));
            assert!(tree.remove(&job.koid()).is_none() && tree.get(&job.koid()).is_none());
            assert_eq!(Ref::count(job), 1);
        }
        assert!(tree.take_first_if(|_| false).is_none());
        assert!(Ref::ptr_eq(&tree.take_first_if(|_| true).unwrap(), &jobs[1]));
        assert_eq!((Ref::count(&jobs[1]), Ref::count(&jobs[3])), (1, 2));
        drop(tree);
        assert!(jobs.iter().all(|job| Ref::count(job) == 1));
    }

    #[test_case]
    fn an_empty_tree_has_nothing() {
        let mut tree = Ordered::new(JobsOfJob::new());
        assert!(tree.is_empty() && tree.get(&1).is_none() && tree.after(&0).is_none());
        assert!(tree.take_first_if(|_| true).is_none());
        let [job] = jobs();
        tree.insert(job.clone());
        assert!(!tree.is_empty());
        assert!(tree.after(&job.koid()).is_none());
    }
}
