//! Pagers: programs that provide the pages of VMOs.
//!
//! ```text
//!   handle ──> Pager ── tree ──> Requests <── Backing <── the VMO's store
//!                ^                  │ port, key, threads that wait
//!                └──────────────────── Backing
//! ```
//!
//! A VMO's store owns its [`Backing`], which owns the pager; neither [`Pager`] nor [`Requests`] owns a VMO. A pager has exactly one
//! handle, since it cannot be duplicated; when that is dropped, every VMO is detached.

mod asked;
mod requests;

use super::{Kin, Ordered, Port, RequestsOfPager, new_koid};
use abi::{Koid, Result, Status, VmoOptions};
use core::any::Any;
use core::ops::Range;
use core::{mem, ptr};
pub(super) use requests::Requests;
use spin::Mutex;
use vm::{Memory, Missing, Need, PageSource, Ref, Vmo};

/// A pager.
pub(crate) struct Pager {
    koid: Koid,
    /// Of every VMO whose pages it provides; none once its handle is gone.
    vmos: Mutex<Option<Ordered<Requests, RequestsOfPager>>>,
}

/// What a VMO's store has of its pager.
struct Backing {
    pager: Ref<Pager>,
    requests: Ref<Requests>,
}

impl Pager {
    /// Makes a pager; it expects exactly one [`Handle`](super::Handle) to be made for it.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(crate) fn create() -> Result<Ref<Self>> {
        let vmos = Ordered::new(RequestsOfPager::new());
        Ref::try_new(Self { koid: new_koid(), vmos: Mutex::new(Some(vmos)) })
    }

    /// Returns the pager's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Makes a VMO whose missing pages are asked for with packets under `key`.
    ///
    /// # Errors
    /// 1. Those of [`Vmo::with_source`].
    /// 2. [`Status::NO_MEMORY`].
    /// 3. [`Status::BAD_STATE`]: the pager's handle is gone.
    pub(crate) fn create_vmo(
        this: &Ref<Self>,
        memory: &'static Memory,
        (size, options): (u64, VmoOptions),
        (port, key): (Ref<Port>, u64),
    ) -> Result<Ref<Vmo>> {
        let requests = Ref::try_new(Requests::new(port, key)?)?;
        let backing = vm::try_box(Backing { pager: this.clone(), requests: requests.clone() })?;
        let vmo = Vmo::with_source(memory, size, options, backing)?;
        match &mut *this.vmos.lock() {
            Some(vmos) => vmos.insert(requests),
            None => return Err(Status::BAD_STATE),
        }
        Ok(Kin::enlist(vmo))
    }

    /// Lets the threads go on that wait for pages in `range`, in bytes, of `vmo`: they were supplied, or may be written, as `need` says.
    ///
    /// # Errors
    /// [`Status::INVALID_ARGS`]: the VMO is not one of this pager's.
    pub(crate) fn answer(&self, vmo: &Vmo, need: Need, range: &Range<u64>) -> Result<()> {
        self.requests_of(vmo)?.answer(need, range);
        Ok(())
    }

    /// Ends the waits for the pages in `range`, in bytes, of `vmo`, because of `why`.
    ///
    /// # Errors
    /// [`Status::INVALID_ARGS`]: the VMO is not one of this pager's.
    pub(crate) fn fail(&self, vmo: &Vmo, range: &Range<u64>, why: Status) -> Result<()> {
        self.requests_of(vmo)?.fail(range, why);
        Ok(())
    }

    /// Asks for no more pages of `vmo`: what needs one that is missing fails from now on. Those that the pager knows are missing then.
    ///
    /// # Errors
    /// [`Status::INVALID_ARGS`]: the VMO is not one of this pager's.
    pub(crate) fn detach(&self, vmo: &Vmo) -> Result<()> {
        self.requests_of(vmo)?.detach();
        vmo.drop_clean();
        Ok(())
    }

    /// Checks that the pager still provides pages of `vmo`.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: the VMO is not one of this pager's.
    /// 2. [`Status::BAD_STATE`]: it was detached.
    pub(crate) fn check_attached(&self, vmo: &Vmo) -> Result<()> {
        self.requests_of(vmo)?.check_attached()
    }

    /// Detaches every VMO, as the drop of the only handle.
    pub(super) fn close(&self) {
        let vmos = mem::take(&mut *self.vmos.lock());
        if let Some(mut vmos) = vmos {
            while let Some(requests) = vmos.take_first_if(|_| true) {
                requests.detach();
            }
        }
    }

    fn requests_of<'a>(&self, vmo: &'a Vmo) -> Result<&'a Requests> {
        let source: Option<&dyn Any> = vmo.own_source().map(|source| source as &dyn Any);
        source
            .and_then(|source| source.downcast_ref::<Backing>())
            .filter(|backing| ptr::eq(&raw const *backing.pager, self))
            .map(|backing| &*backing.requests)
            .ok_or(Status::INVALID_ARGS)
    }
}

impl PageSource for Backing {
    fn provide(&self, pages: &Missing) -> Result<()> {
        self.requests.wait_for(pages)
    }

    fn cut(&self, offset: u64) {
        self.requests.cut(offset);
    }

    fn zeroed(&self, range: Range<u64>) {
        self.requests.answer(Need::Content, &range);
    }
}

impl Drop for Backing {
    fn drop(&mut self) {
        self.requests.detach();
        if let Some(vmos) = &mut *self.pager.vmos.lock() {
            vmos.remove(&ptr::from_ref(&*self.requests).addr());
        }
    }
}
