//! Resources: the right to ask the kernel for what belongs to no process.

use super::{HandleCount, Name, new_koid};
use abi::info::InfoResource;
use abi::{Koid, ResourceKind, Result, Status};
use core::ops::Range;
use vm::Ref;

/// A resource. The first program gets a handle to the root, which gives the right to everything.
pub(crate) struct Resource {
    koid: Koid,
    kind: ResourceKind,
    /// The part of what the kind has numbers for; for the root it means nothing.
    range: Range<u64>,
    name: Name,
    handle_count: HandleCount,
}

impl Resource {
    /// Makes a root resource.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(crate) fn create() -> Result<Ref<Self>> {
        Ref::try_new(Self {
            koid: new_koid(),
            kind: ResourceKind::Root,
            range: 0..0,
            name: Name::new(b"root"),
            handle_count: HandleCount::default(),
        })
    }

    /// Makes a resource for the `size` numbers from `base`, a part of this one.
    ///
    /// # Errors
    /// 1. [`Status::INVALID_ARGS`]: the range overflows.
    /// 2. [`Status::ACCESS_DENIED`]: this resource does not give the right to it, or a root is asked for that this is not.
    /// 3. [`Status::NO_MEMORY`].
    pub(crate) fn create_part(
        &self,
        kind: ResourceKind,
        base: u64,
        size: u64,
        name: &[u8],
    ) -> Result<Ref<Self>> {
        let end = base.checked_add(size).ok_or(Status::INVALID_ARGS)?;
        self.check(kind, base, size).map_err(|_| Status::ACCESS_DENIED)?;
        Ref::try_new(Self {
            koid: new_koid(),
            kind,
            range: base..end,
            name: Name::new(name),
            handle_count: HandleCount::default(),
        })
    }

    /// Returns how many handles there are to it.
    pub(crate) fn handle_count(&self) -> &HandleCount {
        &self.handle_count
    }

    /// Checks that the resource gives the right to the `size` numbers of `kind` from `base`.
    ///
    /// # Errors
    /// 1. [`Status::WRONG_TYPE`]: it is of another kind.
    /// 2. [`Status::OUT_OF_RANGE`]: they are not all in its range.
    pub(crate) fn check(&self, kind: ResourceKind, base: u64, size: u64) -> Result<()> {
        if self.kind == ResourceKind::Root {
            return Ok(());
        }
        if self.kind != kind {
            return Err(Status::WRONG_TYPE);
        }
        let end = base.checked_add(size).ok_or(Status::OUT_OF_RANGE)?;
        if self.range.start <= base && end <= self.range.end {
            Ok(())
        } else {
            Err(Status::OUT_OF_RANGE)
        }
    }

    /// Describes what it gives the right to.
    pub(crate) fn info(&self) -> InfoResource {
        InfoResource {
            kind: self.kind as u32,
            flags: 0,
            base: self.range.start,
            size: self.range.end.saturating_sub(self.range.start),
            name: self.name.get(),
        }
    }

    /// Returns the resource's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Returns the resource's name.
    pub(crate) fn name(&self) -> &Name {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test_case]
    fn a_part_gives_the_right_to_its_range_only() {
        let root = Resource::create().unwrap();
        let mmio = ResourceKind::Mmio;
        let part = root.create_part(mmio, 0x1000, 0x2000, b"part").unwrap();
        assert_eq!(part.check(mmio, 0x1000, 0x2000), Ok(()));
        assert_eq!(part.check(mmio, 0x2000, 0x1001), Err(Status::OUT_OF_RANGE));
        assert_eq!(part.check(mmio, u64::MAX, 2), Err(Status::OUT_OF_RANGE));
        assert_eq!(part.check(ResourceKind::Irq, 0x1000, 1), Err(Status::WRONG_TYPE));
        assert_eq!(root.check(mmio, u64::MAX, 2), Ok(()));
        let wider = part.create_part(mmio, 0, 0x1001, b"");
        assert_eq!(wider.err(), Some(Status::ACCESS_DENIED));
        let part_of_root = part.create_part(ResourceKind::Root, 0, 0, b"");
        assert_eq!(part_of_root.err(), Some(Status::ACCESS_DENIED));
    }
}
