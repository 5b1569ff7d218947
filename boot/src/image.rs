//! The disk image: bootloader, kernel and ramdisk, for either firmware.

use crate::progress::Step;
use anyhow::{Context as _, Result};
use bootloader::{BootConfig, DiskImageBuilder};
use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
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
pub(crate) fn write(folder: &Path, firmware: Firmware, kernel: &Path, ramdisk: &Path) -> Result<PathBuf> {
    let step = Step::start("writing the disk image");
    let bytes = fs::read(kernel).with_context(|| format!("cannot read the kernel {}", kernel.display()))?;
    let stripped = folder.join("kernel");
    fs::write(&stripped, without_debug_information(&bytes)?).context("cannot write the stripped kernel")?;

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

/// Returns an ELF file without its DWARF sections. Symbols stay: a panic report names functions by them.
///
/// # Errors
/// `elf` is not an ELF file.
pub(crate) fn without_debug_information(elf: &[u8]) -> Result<Vec<u8>> {
    const DWARF: [&[u8]; 12] = [
        b".debug_abbrev",
        b".debug_addr",
        b".debug_aranges",
        b".debug_frame",
        b".debug_info",
        b".debug_line",
        b".debug_line_str",
        b".debug_loc",
        b".debug_loclists",
        b".debug_ranges",
        b".debug_rnglists",
        b".debug_str",
    ];
    let names: HashSet<Vec<u8>> = DWARF.iter().map(|name| name.to_vec()).collect();
    let mut rewriter = object_rewrite::Rewriter::read(elf).context("not an ELF file")?;
    rewriter.delete_sections(&names);
    let mut stripped = Vec::new();
    rewriter.write(&mut stripped).context("cannot strip an ELF file")?;
    Ok(stripped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripping_takes_debug_information_and_leaves_symbols() {
        let before = fs::read(std::env::current_exe().unwrap()).unwrap();
        let after = without_debug_information(&before).unwrap();
        let contains = |bytes: &[u8], name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
        assert!(contains(&before, b"\0.debug_info\0") && contains(&before, b"\0.symtab\0"));
        assert!(!contains(&after, b"\0.debug_info\0") && contains(&after, b"\0.symtab\0"));
        assert!(after.len() < before.len());
    }

    #[test]
    fn what_is_not_elf_is_refused() {
        assert!(without_debug_information(b"#!/bin/sh\n").is_err());
    }
}
