//! The machine: QEMU's command line.
//!
//! | port | carries | goes to |
//! |---|---|---|
//! | COM1 | what ring 3 prints | QEMU's standard output |
//! | COM2 | the kernel's log and control lines | QEMU's standard error |
//! | 0xf4 | how the kernel ends the run | QEMU's exit status |
//!
//! The board is the q35, whose disk controller the BIOS reads several times faster from than from the older board's.
//! The emulated processor is the default everywhere: it has what the kernel needs, and behaves the same on every host.
//! It has no fifth level of page tables, which the kernel does not use: what CPUID says of addresses is then true of the kernel's.

use crate::{cli::Options, image::Firmware};
use anyhow::{Context as _, Result};
use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
};

/// QEMU's exit status after the kernel wrote 0x10 to port 0xf4: `(value << 1) | 1`.
pub(crate) const CLEAN: i32 = 0x10 << 1 | 1;

/// QEMU's exit status after the kernel wrote 0x11 to port 0xf4.
pub(crate) const PANICKED: i32 = 0x11 << 1 | 1;

/// Instructions are the clock, nothing is random, and `rep` counts each of its iterations on every processor model.
const COUNTED_CLOCK: [&str; 8] = [
    "-icount",
    "shift=0,sleep=off",
    "-cpu",
    "max,-la57,-erms",
    "-seed",
    "1",
    "-rtc",
    "base=2024-01-01T00:00:00,clock=vm",
];

/// What is in the machine.
pub(crate) struct Machine<'a> {
    /// The boot disk.
    pub(crate) image: &'a Path,
    /// What starts it.
    pub(crate) firmware: Firmware,
    /// Memory, processors, clock and what else was asked for.
    pub(crate) options: &'a Options,
    /// A directory for files that live as long as the machine.
    pub(crate) folder: &'a Path,
}

impl Machine<'_> {
    /// Starts QEMU with both serial ports on pipes.
    pub(crate) fn start(&self) -> Result<Child> {
        let mut command = Command::new("qemu-system-x86_64");
        command.args(self.arguments());
        if self.firmware == Firmware::Uefi {
            command.args(self.flash()?);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start qemu-system-x86_64 (./x installs it)")
    }

    /// Returns everything but the firmware.
    fn arguments(&self) -> Vec<String> {
        let options = self.options;
        let mut words = vec!["-machine", "q35", "-no-reboot", "-nic", "none"];
        words.extend(["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]);
        words.extend([
            "-chardev",
            "file,id=program,path=/dev/stdout",
            "-serial",
            "chardev:program",
        ]);
        words.extend(["-chardev", "file,id=log,path=/dev/stderr", "-serial", "chardev:log"]);
        words.extend(["-display", if options.display { "gtk" } else { "none" }]);
        if options.icount {
            words.extend(COUNTED_CLOCK);
        } else {
            words.extend(["-cpu", "max,-la57"]);
        }
        if options.gdb {
            words.extend(["-gdb", "tcp::1234", "-S"]);
        }
        let socket = options.gdb_socket.as_deref();
        let socket = socket.map(|path| format!("unix:{},server=on,wait=off", path.display()));
        words.extend(socket.iter().flat_map(|socket| ["-gdb", socket]));
        let memory = format!("{}M", options.memory);
        let cpus = options.cpus.to_string();
        let drive = format!("format=raw,file={}", self.image.display());
        words.extend(["-m", &memory, "-smp", &cpus, "-drive", &drive]);
        words.into_iter().map(str::to_owned).collect()
    }

    /// Returns the arguments for UEFI firmware: its code, and a copy of its variables, which it writes to.
    fn flash(&self) -> Result<[String; 4]> {
        const PLACES: [(&str, &str); 2] = [
            ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
            ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
        ];
        let (code, template) = PLACES
            .into_iter()
            .find(|(code, _)| Path::new(code).exists())
            .context("there is no UEFI firmware in /usr/share/OVMF (./x installs it)")?;
        let variables = self.folder.join("variables.fd");
        fs::copy(template, &variables).with_context(|| format!("cannot copy {template}"))?;
        Ok([
            "-drive".into(),
            format!("if=pflash,format=raw,readonly=on,file={code}"),
            "-drive".into(),
            format!("if=pflash,format=raw,file={}", variables.display()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser as _;

    fn arguments(words: &[&str]) -> String {
        let Command::Run { options, .. } =
            Cli::parse_from(["boot", "run"].iter().chain(words)).command
        else {
            unreachable!("asked for run")
        };
        let (image, folder) = (Path::new("disk.img"), Path::new("folder"));
        Machine { image, firmware: Firmware::Bios, options: &options, folder }.arguments().join(" ")
    }

    #[test]
    fn sizes_are_passed_on() {
        let line = arguments(&["--memory", "64", "--cpus", "3"]);
        assert!(line.contains("-m 64M -smp 3"), "{line}");
    }

    #[test]
    fn the_machine_has_no_window_and_no_reboot_unless_asked() {
        assert!(arguments(&[]).contains("-display none") && arguments(&[]).contains("-no-reboot"));
        assert!(arguments(&["--display"]).contains("-display gtk"));
    }

    #[test]
    fn counting_instructions_fixes_every_clock() {
        let line = arguments(&["--icount"]);
        for part in ["-icount shift=0,sleep=off", "-cpu max,-la57,-erms", "-seed 1", "clock=vm"] {
            assert!(line.contains(part), "{part} not in {line}");
        }
        assert!(!arguments(&[]).contains("-icount"));
    }
}
