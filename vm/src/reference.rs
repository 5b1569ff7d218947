//! [`Ref`]: a shared pointer whose construction can fail.
//!
//! `alloc::sync::Arc` ends the program when memory is out; a kernel has to answer `NO_MEMORY`. This is the part of `Arc` that is
//! needed, with an allocation that reports its failure; and [`try_box`] does the same for a `Box`.

use alloc::alloc::{alloc, dealloc};
use alloc::boxed::Box;
use core::alloc::Layout;
use core::any::Any;
use core::fmt;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, offset_of};
use core::ops::Deref;
use core::ptr::NonNull;
use core::sync::atomic::{Ordering, fence};

use crate::sync::AtomicUsize;
use crate::{Attachment, Result, Status};

/// Moves `value` to the heap, where it has one owner.
///
/// # Errors
/// [`Status::NO_MEMORY`]: the heap is exhausted; `value` is dropped.
pub fn try_box<T>(value: T) -> Result<Box<T>> {
    if size_of::<T>() == 0 {
        return Ok(Box::new(value));
    }
    // SAFETY: the layout has a size.
    let memory = unsafe { alloc(Layout::new::<T>()) };
    let place = NonNull::new(memory.cast::<T>()).ok_or(Status::NO_MEMORY)?;
    // SAFETY: freshly allocated with the layout of `T`, as a box would have, and nobody else's.
    unsafe {
        place.write(value);
        Ok(Box::from_raw(place.as_ptr()))
    }
}

/// A pointer to a `T` that is shared: dropped when the last pointer to it is.
pub struct Ref<T: ?Sized> {
    shared: NonNull<Shared<T>>,
    owns: PhantomData<Shared<T>>,
}

#[repr(C)]
struct Shared<T: ?Sized> {
    refs: AtomicUsize,
    value: T,
}

impl<T: ?Sized> Shared<T> {
    /// Gives up one pointer and says whether it was the last. If so, everything that other owners did
    /// to the object has happened before.
    fn is_last(&self) -> bool {
        let is_last = self.refs.fetch_sub(1, Ordering::Release) == 1;
        if is_last {
            fence(Ordering::Acquire);
        }
        is_last
    }
}

// SAFETY: a `Ref` gives `&T` to every thread that has one (T: Sync), and the last one drops the `T` wherever it is (T: Send).
unsafe impl<T: ?Sized + Sync + Send> Send for Ref<T> {}
// SAFETY: as above; a `&Ref<T>` can be cloned into a `Ref<T>`.
unsafe impl<T: ?Sized + Sync + Send> Sync for Ref<T> {}

impl<T> Ref<T> {
    /// Moves `value` to the heap.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: the heap is exhausted; `value` is dropped.
    #[inline]
    pub fn try_new(value: T) -> Result<Ref<T>> {
        Ref::try_new_with(|| value)
    }

    /// Makes a value on the heap, where it is from the start.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: the heap is exhausted; nothing was made.
    #[inline(always)]
    pub fn try_new_with(make: impl FnOnce() -> T) -> Result<Ref<T>> {
        // SAFETY: the layout has a size: `Shared` holds a counter.
        let memory = unsafe { alloc(Layout::new::<Shared<T>>()) };
        let shared = NonNull::new(memory.cast::<Shared<T>>()).ok_or(Status::NO_MEMORY)?;
        // SAFETY: freshly allocated with the layout of `Shared<T>`, and nobody else's.
        unsafe { shared.write(Shared { refs: AtomicUsize::new(1), value: make() }) };
        Ok(Ref { shared, owns: PhantomData })
    }

    /// Says whether both point to the same object.
    pub fn ptr_eq(a: &Ref<T>, b: &Ref<T>) -> bool {
        a.shared == b.shared
    }

    /// Returns how many pointers there are; others may change it at any time.
    pub fn count(this: &Ref<T>) -> usize {
        this.shared().refs.load(Ordering::Acquire)
    }

    /// Returns the object for changing, if this is the only pointer to it.
    pub fn get_mut(this: &mut Ref<T>) -> Option<&mut T> {
        if Ref::count(this) != 1 {
            return None;
        }
        // SAFETY: the count is 1 and `this` is borrowed mutably, so nobody else has a pointer nor can make one.
        Some(unsafe { &mut this.shared.as_mut().value })
    }

    /// Returns the object for changing; if there are other pointers to it, `part` makes this one the only pointer to an object first.
    ///
    /// # Errors
    /// Those of `part`.
    ///
    /// # Panics
    /// If `part` does not do so.
    #[inline]
    pub fn get_mut_or_part(
        this: &mut Ref<T>,
        part: impl FnOnce(&mut Ref<T>) -> Result<()>,
    ) -> Result<&mut T> {
        if Ref::count(this) != 1 {
            part(this)?;
            assert_eq!(Ref::count(this), 1, "the only pointer");
        }
        // SAFETY: the count is 1 and `this` is borrowed mutably, so nobody else has a pointer nor can make one.
        Ok(unsafe { &mut this.shared.as_mut().value })
    }

    /// Gives up this pointer if there are others; returns it if it is the last one.
    pub fn into_last(this: Ref<T>) -> Option<Ref<T>> {
        let this = ManuallyDrop::new(this);
        if !this.shared().is_last() {
            return None;
        }
        // Nobody else has a pointer, nor can make one.
        this.shared().refs.store(1, Ordering::Relaxed);
        Some(ManuallyDrop::into_inner(this))
    }

    /// Gives up this pointer; returns the object if it was the last one.
    pub fn into_inner(this: Ref<T>) -> Option<T> {
        let this = ManuallyDrop::new(this);
        if !this.shared().is_last() {
            return None;
        }
        // SAFETY: this was the last pointer, so the object is ours; its memory was allocated with
        // this layout, and what is moved out is not dropped in place.
        unsafe {
            let value = this.shared.read().value;
            dealloc(this.shared.as_ptr().cast(), Layout::new::<Shared<T>>());
            Some(value)
        }
    }

    /// Makes an address of the object, which keeps this pointer's part in the count until [`Ref::from_raw`] gets it.
    pub fn into_raw(this: Ref<T>) -> *const T {
        let this = ManuallyDrop::new(this);
        // SAFETY: the object exists for as long as it has a pointer, such as this one.
        unsafe { &raw const (*this.shared.as_ptr()).value }
    }

    /// Makes the pointer again whose object `raw` is.
    ///
    /// # Safety
    /// `raw` came from [`Ref::into_raw`], and this is the only pointer that is made of what it returned.
    pub unsafe fn from_raw(raw: *const T) -> Ref<T> {
        // SAFETY: `raw` points to the value of a `Shared<T>`, which begins this much earlier.
        let shared = unsafe { raw.byte_sub(offset_of!(Shared<T>, value)).cast::<Shared<T>>() };
        // SAFETY: as above; an object's address is not 0.
        Ref { shared: unsafe { NonNull::new_unchecked(shared.cast_mut()) }, owns: PhantomData }
    }

    /// Returns what [`Ref::lend`] finds the object by.
    pub fn address(this: &Ref<T>) -> *const () {
        this.shared.as_ptr().cast_const().cast()
    }

    /// Makes a pointer that has no part in the count.
    ///
    /// # Safety
    /// `address` is the [`Ref::address`] of a `Ref<T>`, and the object has a pointer that is counted for as long as this one is used.
    pub unsafe fn lend(address: NonNull<()>) -> ManuallyDrop<Ref<T>> {
        ManuallyDrop::new(Ref { shared: address.cast(), owns: PhantomData })
    }
}

impl<T: ?Sized> Ref<T> {
    fn shared(&self) -> &Shared<T> {
        // SAFETY: the object lives as long as any `Ref` to it, and it is only changed through `get_mut`.
        unsafe { self.shared.as_ref() }
    }
}

impl Ref<dyn Attachment> {
    /// Makes a pointer to an attachment of any type.
    pub fn of_attachment<T: Attachment>(this: Ref<T>) -> Self {
        let shared: NonNull<Shared<dyn Attachment>> = ManuallyDrop::new(this).shared;
        Ref { shared, owns: PhantomData }
    }

    /// Returns another pointer to the attachment if it is a `T`.
    pub fn downcast<T: Attachment>(this: &Self) -> Option<Ref<T>> {
        let object: &dyn Any = &**this;
        object.is::<T>().then(|| {
            let this = ManuallyDrop::new(this.clone());
            Ref { shared: this.shared.cast(), owns: PhantomData }
        })
    }
}

impl<T: ?Sized> Clone for Ref<T> {
    fn clone(&self) -> Ref<T> {
        // A count cannot overflow: each pointer takes eight bytes of a memory far smaller than 2^64 of them.
        self.shared().refs.fetch_add(1, Ordering::Relaxed);
        Ref { shared: self.shared, owns: PhantomData }
    }
}

impl<T: ?Sized> Deref for Ref<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.shared().value
    }
}

impl<T: ?Sized> Drop for Ref<T> {
    fn drop(&mut self) {
        if !self.shared().is_last() {
            return;
        }
        // SAFETY: this was the last pointer; allocated in `try_new_with` with this layout.
        unsafe {
            let layout = Layout::for_value(self.shared.as_ref());
            self.shared.drop_in_place();
            dealloc(self.shared.as_ptr().cast(), layout);
        }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pointer_drops_the_object() {
        let witness = Ref::try_new(()).expect("memory");
        let first = Ref::try_new(witness.clone()).expect("memory");
        let second = first.clone();
        assert!(Ref::ptr_eq(&first, &second));
        assert_eq!((Ref::count(&first), Ref::count(&witness)), (2, 2));
        drop(first);
        assert_eq!(Ref::count(&witness), 2);
        drop(second);
        assert_eq!(Ref::count(&witness), 1);
    }

    #[test]
    fn only_a_sole_owner_may_change_the_object() {
        let mut first = Ref::try_new(1).expect("memory");
        *Ref::get_mut(&mut first).expect("sole owner") = 2;
        let second = first.clone();
        assert!(Ref::get_mut(&mut first).is_none());
        drop(second);
        assert_eq!(Ref::get_mut(&mut first), Some(&mut 2));
    }

    #[test]
    fn the_last_pointer_gives_the_object_back() {
        let first = Ref::try_new(String::from("object")).expect("memory");
        let second = first.clone();
        assert_eq!(Ref::into_inner(first), None);
        assert_eq!(Ref::into_inner(second).as_deref(), Some("object"));
    }

    #[test]
    fn a_box_has_its_value_and_drops_it() {
        let witness = Ref::try_new(()).expect("memory");
        let boxed = try_box((7, witness.clone())).expect("memory");
        assert_eq!((boxed.0, Ref::count(&witness)), (7, 2));
        drop(boxed);
        assert_eq!(Ref::count(&witness), 1);
        try_box(()).expect("no memory is needed");
    }

    #[test]
    fn a_shared_object_is_parted_from_before_it_changes() {
        let mut first = Ref::try_new(1).expect("memory");
        let second = first.clone();
        let refused = Ref::get_mut_or_part(&mut first, |_| Err(Status::NO_MEMORY));
        assert_eq!(refused, Err(Status::NO_MEMORY));
        let part = |shared: &mut Ref<i32>| {
            *shared = Ref::try_new(**shared)?;
            Ok(())
        };
        *Ref::get_mut_or_part(&mut first, part).expect("memory") = 2;
        assert_eq!((*first, *second), (2, 1));
        *Ref::get_mut_or_part(&mut first, |_| unreachable!("it has one owner")).expect("one") = 3;
        assert_eq!(*first, 3);
    }

    #[test]
    fn the_last_pointer_stays() {
        let first = Ref::try_new(String::from("object")).expect("memory");
        let second = first.clone();
        assert!(Ref::into_last(first).is_none());
        let mut last = Ref::into_last(second).expect("the last one");
        Ref::get_mut(&mut last).expect("sole owner").push('s');
        assert_eq!((last.as_str(), Ref::count(&last)), ("objects", 1));
    }

    #[test]
    fn a_lent_pointer_is_not_counted() {
        let object = Ref::try_new(7).expect("memory");
        let address = NonNull::new(Ref::address(&object).cast_mut()).expect("an object");
        // SAFETY: of a pointer to the same type, which outlives the lent one.
        let lent = unsafe { Ref::<i32>::lend(address) };
        assert_eq!((**lent, Ref::count(&object)), (7, 1));
        let counted = Ref::clone(&lent);
        assert_eq!((*counted, Ref::count(&object)), (7, 2));
    }

    #[test]
    fn an_address_keeps_its_part_in_the_count() {
        let object = Ref::try_new((1_u8, String::from("object"))).expect("memory");
        let raw = Ref::into_raw(object.clone());
        assert_eq!(Ref::count(&object), 2);
        // SAFETY: made just now, and made a pointer again once.
        let again = unsafe { Ref::from_raw(raw) };
        assert!(Ref::ptr_eq(&object, &again));
        drop(object);
        assert_eq!((again.1.as_str(), Ref::count(&again)), ("object", 1));
    }

    struct Attached(Ref<()>);

    struct Other;

    impl Attachment for Attached {
        fn object_ended(&self) {}
    }

    impl Attachment for Other {
        fn object_ended(&self) {}
    }

    #[test]
    fn an_attachment_keeps_its_type() {
        let witness = Ref::try_new(()).expect("memory");
        let attached = Ref::try_new(Attached(witness.clone())).expect("memory");
        let of_any_type = Ref::of_attachment(attached.clone());
        assert!(Ref::downcast::<Other>(&of_any_type).is_none());
        let again = Ref::downcast::<Attached>(&of_any_type).expect("its type");
        assert!(Ref::ptr_eq(&again, &attached) && Ref::ptr_eq(&again.0, &witness));
        assert_eq!(Ref::count(&attached), 3);
        drop((again, attached));
        assert_eq!(Ref::count(&witness), 2);
        drop(of_any_type);
        assert_eq!(Ref::count(&witness), 1);
    }

    #[test]
    fn threads_share_one_object() {
        let object = Ref::try_new(AtomicUsize::new(0)).expect("memory");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let mine = object.clone();
                scope.spawn(move || mine.fetch_add(1, Ordering::Relaxed));
            }
        });
        assert_eq!((object.load(Ordering::Relaxed), Ref::count(&object)), (4, 1));
    }
}
