//! Mappings: where they may go, and making them.

use abi::{Rights, Status, VmOptions};

use super::readable_if_more;
use super::{Answer, Place, Shown, Space, Spots, perms_allowed, perms_asked, perms_of};
use crate::common::PAGE;
use crate::objects::{Kind, Objects};

/// A mapping to be made.
pub(crate) struct Mapping {
    pub(crate) place: Place,
    /// Of the handles of the VMAR and of the object.
    pub(crate) rights: (Rights, Rights),
    pub(crate) vmo: usize,
    pub(crate) vmo_offset: u64,
}

impl Mapping {
    /// Checks what does not depend on the VMAR being alive, `flags` being its own.
    fn check(&self, flags: VmOptions, objects: &Objects) -> Answer<()> {
        let options = self.place.options;
        let object = objects.store(self.vmo);
        let beyond_stream = options.contains(VmOptions::FAULT_BEYOND_STREAM_SIZE);
        let perms = perms_asked(options);
        if beyond_stream && object.kind() != Kind::Paged {
            return Err(Status::NOT_SUPPORTED);
        }
        if !self.rights.1.contains(Rights::MAP) {
            return Err(Status::ACCESS_DENIED);
        }
        readable_if_more(perms)?;
        if options.contains(VmOptions::MAP_RANGE | VmOptions::SPECIFIC_OVERWRITE)
            || options.intersects(VmOptions::CAN_MAP_PERMS)
        {
            return Err(Status::INVALID_ARGS);
        }
        if !perms_of(self.rights.0 & self.rights.1).contains(perms) {
            return Err(Status::ACCESS_DENIED);
        }
        if beyond_stream && !options.contains(VmOptions::ALLOW_FAULTS)
            || options.intersects(VmOptions::UNKNOWN)
        {
            return Err(Status::INVALID_ARGS);
        }
        options.align_log2()?;
        if options.contains(VmOptions::REQUIRE_NON_RESIZABLE) && object.is_resizable()
            || !options.contains(VmOptions::ALLOW_FAULTS) && object.is_discardable()
        {
            return Err(Status::NOT_SUPPORTED);
        }
        if options.intersects(VmOptions::COMPACT | VmOptions::CAN_MAP_SPECIFIC) {
            return Err(Status::INVALID_ARGS);
        }
        if !perms_allowed(flags).contains(perms) {
            return Err(Status::ACCESS_DENIED);
        }
        if self.place.size > u64::MAX - PAGE + 1
            || !self.vmo_offset.is_multiple_of(PAGE)
            || self.vmo_offset.checked_add(self.place.size.next_multiple_of(PAGE)).is_none()
        {
            return Err(Status::INVALID_ARGS);
        }
        Ok(())
    }
}

impl Space {
    /// Says where a mapping may go; its size is rounded up.
    pub(crate) fn check_map(
        &self,
        vmar: usize,
        mapping: &mut Mapping,
        objects: &Objects,
    ) -> Answer<Spots> {
        mapping.check(self.vmars[vmar].flags, objects)?;
        mapping.place.size = mapping.place.size.next_multiple_of(PAGE);
        self.spots(vmar, &mapping.place)
    }

    pub(crate) fn map(&mut self, vmar: usize, mapping: &Mapping, first: u64) {
        let granted = perms_of(mapping.rights.0 & mapping.rights.1);
        for number in 0..mapping.place.size / PAGE {
            let shown = Shown {
                vmar,
                vmo: mapping.vmo,
                vmo_page: mapping.vmo_offset / PAGE + number,
                stream_only: mapping.place.options.contains(VmOptions::FAULT_BEYOND_STREAM_SIZE),
                perms: perms_asked(mapping.place.options),
                max: granted & perms_allowed(self.vmars[vmar].flags),
            };
            self.shown.insert(first + number, shown);
        }
    }

    /// Removes what is mapped on some pages.
    pub(crate) fn forget(&mut self, first: u64, count: u64) {
        self.shown.retain(|page, _| !(first..first + count).contains(page));
    }
}
