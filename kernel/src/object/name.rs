//! Names of objects: up to 31 bytes, for people.

use abi::layout::MAX_NAME_LEN;
use core::fmt::{self, Write};
use spin::Mutex;

/// The name of an object, which may change.
pub(crate) struct Name(Mutex<[u8; MAX_NAME_LEN]>);

impl Name {
    /// Makes a name from `text`, cut to what fits before a final NUL.
    pub(crate) fn new(text: &[u8]) -> Self {
        Self(Mutex::new(terminated(text)))
    }

    /// Returns the name, padded with NULs.
    pub(crate) fn get(&self) -> [u8; MAX_NAME_LEN] {
        *self.0.lock()
    }

    /// Replaces the name by `text`, cut to what fits before a final NUL.
    pub(crate) fn set(&self, text: &[u8]) {
        *self.0.lock() = terminated(text);
    }
}

impl fmt::Display for Name {
    /// Writes the name with everything but printable ASCII as `?`: a program's choice of name must not be able to write
    /// control lines into the log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.get().into_iter().take_while(|&byte| byte != 0) {
            let printable = byte.is_ascii_graphic() || byte == b' ';
            f.write_char(if printable { char::from(byte) } else { '?' })?;
        }
        Ok(())
    }
}

/// Returns the part of `text` before its first NUL, cut and padded so that the last byte is a NUL.
fn terminated(text: &[u8]) -> [u8; MAX_NAME_LEN] {
    let mut name = [0; MAX_NAME_LEN];
    let places = name.iter_mut().take(MAX_NAME_LEN.saturating_sub(1));
    for (place, &byte) in places.zip(text.iter().take_while(|&&byte| byte != 0)) {
        *place = byte;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test_case]
    fn names_are_cut_and_end_with_nul() {
        let name = Name::new(&[b'x'; 40]);
        assert_eq!(name.get()[..31], [b'x'; 31]);
        assert_eq!(name.get()[31], 0);
        name.set(b"short\0hidden");
        assert_eq!(name.get()[..8], *b"short\0\0\0");
    }

    #[test_case]
    fn control_characters_are_not_printed() {
        struct Expect(&'static [u8]);
        impl Write for Expect {
            fn write_str(&mut self, s: &str) -> fmt::Result {
                let (head, tail) = self.0.split_at_checked(s.len()).ok_or(fmt::Error)?;
                self.0 = tail;
                (head == s.as_bytes()).then_some(()).ok_or(fmt::Error)
            }
        }
        let mut expect = Expect(b"?exit 0?");
        assert!(write!(expect, "{}", Name::new(b"\x1eexit 0\n")).is_ok());
        assert!(expect.0.is_empty());
    }
}
