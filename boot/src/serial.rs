//! What the two serial ports carry.
//!
//! The kernel opens each port with the line `\x1estart`; whatever came before it is the firmware's. After that COM1 is a stream of
//! bytes, passed on as it is, and COM2 a sequence of lines, of which those that begin with `\x1e` are meant for this runner:
//!
//! ```text
//! \x1eexit CODE    the run ends well, as far as the kernel is concerned, with this status
//! \x1epanic        the kernel panicked; its report follows in plain lines
//! ```

/// The first byte of a line for the runner.
const CONTROL: u8 = 0x1e;

/// The kernel's first line on each port.
const START: &[u8] = b"\x1estart\n";

/// Withholds what the firmware prints, until the kernel's first line.
#[derive(Debug, Default)]
pub(crate) struct Opening {
    withheld: Vec<u8>,
    is_open: bool,
}

impl Opening {
    /// Takes the next bytes and returns those that are the kernel's.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.is_open {
            return bytes.to_vec();
        }
        self.withheld.extend_from_slice(bytes);
        let Some(at) = self.withheld.windows(START.len()).position(|window| window == START) else {
            return Vec::new();
        };
        self.is_open = true;
        let kernels = self.withheld.split_off(at);
        kernels.strip_prefix(START).unwrap_or_default().to_vec()
    }

    /// Says whether the kernel's first line has come.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Returns what came before it.
    pub(crate) fn withheld(&self) -> &[u8] {
        &self.withheld
    }
}

/// A piece of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A line for people, with its line break.
    Line(Vec<u8>),
    /// The run's final status.
    Exit(i64),
    /// The kernel panicked.
    Panic,
}

/// Cuts the log port's bytes into entries.
#[derive(Debug, Default)]
pub(crate) struct Log {
    partial: Vec<u8>,
}

impl Log {
    /// Takes the next bytes and returns the entries they complete.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<Entry> {
        self.partial.extend_from_slice(bytes);
        let Some(end) = self.partial.iter().rposition(|&byte| byte == b'\n') else {
            return Vec::new();
        };
        let rest = self.partial.split_off(end + 1);
        let complete = std::mem::replace(&mut self.partial, rest);
        complete.split_inclusive(|&byte| byte == b'\n').map(entry).collect()
    }

    /// Returns the beginning of a line that never ended.
    pub(crate) fn into_partial(self) -> Vec<u8> {
        self.partial
    }
}

/// Reads one line. A control line that makes no sense is shown like any other.
fn entry(line: &[u8]) -> Entry {
    let control = line.strip_prefix(&[CONTROL]).and_then(|rest| str::from_utf8(rest).ok());
    match control.map(str::trim_end) {
        Some("panic") => Entry::Panic,
        Some(words) => match words.strip_prefix("exit ").and_then(|code| code.parse().ok()) {
            Some(code) => Entry::Exit(code),
            None => Entry::Line(line.to_vec()),
        },
        None => Entry::Line(line.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_firmwares_words_are_withheld_wherever_the_bytes_are_cut() {
        let stream = b"BdsDxe: starting\r\n\x1estart\nhello\n\x1estart\n";
        for cut in 0..stream.len() {
            let mut opening = Opening::default();
            let (first, second) = stream.split_at(cut);
            let mut got = opening.push(first);
            got.extend(opening.push(second));
            assert_eq!(got, b"hello\n\x1estart\n", "cut at {cut}");
            assert_eq!(opening.withheld(), b"BdsDxe: starting\r\n");
        }
    }

    #[test]
    fn control_lines_are_told_from_the_log() {
        let mut log = Log::default();
        assert_eq!(log.push(b"one\n\x1eexi"), [Entry::Line(b"one\n".to_vec())]);
        assert_eq!(log.push(b"t -1028\n\x1epanic\n"), [Entry::Exit(-1028), Entry::Panic]);
        assert_eq!(
            log.push(b"exit 3\n\x1eexit x\ntail"),
            [Entry::Line(b"exit 3\n".to_vec()), Entry::Line(b"\x1eexit x\n".to_vec())]
        );
        assert_eq!(log.into_partial(), b"tail");
    }
}
