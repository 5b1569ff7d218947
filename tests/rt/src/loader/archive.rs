//! Files of the ramdisk, a tar archive in a VMO.

use super::LoadError;
use crate::{Mapping, Vmo};
use abi::VmOptions;
use tar_no_std::TarArchiveRef;

/// The ramdisk, mapped.
#[derive(Debug)]
pub struct Archive(Mapping);

impl Archive {
    /// Maps the archive in `vmo`.
    ///
    /// # Errors
    /// [`LoadError::Call`]: those of `vmo_get_size` and `vmar_map`.
    pub fn map(vmo: &Vmo) -> Result<Self, LoadError> {
        Ok(Self(Mapping::new(vmo, vmo.size()?, VmOptions::empty())?))
    }

    /// Returns the contents of the file `name`.
    ///
    /// # Errors
    /// [`LoadError::Archive`]: the archive is malformed; [`LoadError::NoFile`]: it has no such file.
    pub fn file(&self, name: &str) -> Result<&[u8], LoadError> {
        // SAFETY: the kernel gives out the ramdisk without WRITE and without RESIZE, so nobody changes it.
        find(unsafe { self.0.as_slice() }, name)
    }
}

/// Finds the file `name` in a tar archive.
///
/// # Errors
/// [`LoadError::Archive`]: the archive is malformed; [`LoadError::NoFile`]: it has no such file.
pub fn find<'a>(archive: &'a [u8], name: &str) -> Result<&'a [u8], LoadError> {
    let mut files = TarArchiveRef::new(archive)?.entries();
    let found = files.find(|file| file.filename().as_str() == Ok(name));
    found.map(|file| file.data()).ok_or(LoadError::NoFile)
}
