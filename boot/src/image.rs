//! The disk image: bootloader, kernel and ramdisk, for either firmware.

use crate::progress::Step;
use anyhow::{Context as _, Result, ensure};
use bootloader::{BootConfig, DiskImageBuilder};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The firmware that starts the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Firmware {
    /// The PC's first one, from a master boot record.
    Bios,
    /// The one of today, from a GPT partition.
    Uefi,
}

/// Writes a disk image into `folder` and returns its path. The kernel goes in without debug information: firmware reads slowly.
pub(crate) fn write(
    folder: &Path,
    firmware: Firmware,
    kernel: &Path,
    ramdisk: &Path,
) -> Result<PathBuf> {
    let step = Step::start("writing the disk image");
    let stripped = folder.join("kernel");
    fs::write(&stripped, without_debug_information(kernel)?)
        .context("cannot write the stripped kernel")?;

    let mut config = BootConfig::default();
    // The serial ports are the kernel's alone, and drawing log lines takes longer than booting.
    config.serial_logging = false;
    config.frame_buffer_logging = false;

    let mut builder = DiskImageBuilder::new(stripped);
    builder.set_ramdisk(ramdisk.to_owned()).set_boot_config(&config);
    let image = folder.join("disk.img");
    match firmware {
        Firmware::Bios => builder.create_bios_image(&image),
        Firmware::Uefi => builder.create_uefi_image(&image),
    }
    .context("cannot write the disk image")?;
    step.finish();
    Ok(image)
}

/// Returns the ELF file at `path` without its debug information. Symbols stay: a panic report names functions by them.
///
/// # Errors
/// It is not an ELF file.
pub(crate) fn without_debug_information(path: &Path) -> Result<Vec<u8>> {
    let stripped = tempfile::NamedTempFile::new().context("cannot create a file")?;
    let status = Command::new("objcopy")
        .arg("--strip-debug")
        .args([path, stripped.path()])
        .status()
        .context("cannot start objcopy, which comes with gcc")?;
    ensure!(status.success(), "cannot strip {}", path.display());
    fs::read(stripped.path()).context("cannot read what objcopy wrote")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripping_takes_debug_information_and_leaves_symbols() {
        let path = std::env::current_exe().unwrap();
        let before = fs::read(&path).unwrap();
        let after = without_debug_information(&path).unwrap();
        let contains =
            |bytes: &[u8], name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
        assert!(contains(&before, b"\0.debug_info\0") && contains(&before, b"\0.symtab\0"));
        assert!(!contains(&after, b"\0.debug_info\0") && contains(&after, b"\0.symtab\0"));
        assert!(after.len() < before.len());
    }

    #[test]
    fn what_is_not_elf_is_refused() {
        let script = tempfile::NamedTempFile::new().unwrap();
        fs::write(script.path(), "#!/bin/sh\n").unwrap();
        assert!(without_debug_information(script.path()).is_err());
    }
}
