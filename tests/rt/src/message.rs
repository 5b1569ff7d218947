//! The start message: written by a loader, read by a program.
//!
//! Its shape is drawn in [`abi::bootstrap`].

use abi::bootstrap::{HandleKind, START_MAGIC, StartHeader};
use abi::{Result, Status};
use alloc::vec::Vec;

/// Bytes of a handle kind.
const KIND: usize = size_of::<u32>();

/// Writes a start message for handles of these kinds and these arguments.
///
/// # Errors
/// [`Status::INVALID_ARGS`]: an argument contains a NUL. [`Status::OUT_OF_RANGE`]: a count does not fit a `u32`.
pub fn encode(kinds: &[HandleKind], arguments: &[&str]) -> Result<Vec<u8>> {
    if arguments.iter().any(|argument| argument.contains('\0')) {
        return Err(Status::INVALID_ARGS);
    }
    let count = |count: usize| u32::try_from(count).map_err(|_| Status::OUT_OF_RANGE);
    let strings = arguments.iter().flat_map(|argument| argument.bytes().chain([0]));
    let header = StartHeader {
        magic: START_MAGIC,
        handle_count: count(kinds.len())?,
        argc: count(arguments.len())?,
        args_len: count(strings.clone().count())?,
    };
    let mut message = Vec::from(header.to_bytes());
    message.extend(kinds.iter().flat_map(|kind| (*kind as u32).to_le_bytes()));
    message.extend(strings);
    Ok(message)
}

/// A start message taken apart.
#[derive(Clone, Copy, Debug)]
pub struct StartMessage<'a> {
    header: StartHeader,
    kinds: &'a [u8],
    strings: &'a [u8],
}

impl<'a> StartMessage<'a> {
    /// Takes a message apart.
    ///
    /// # Errors
    /// [`Status::IO_INVALID`]: it is no start message, or its parts do not fill it exactly.
    pub fn decode(message: &'a [u8]) -> Result<Self> {
        Self::split(message).ok_or(Status::IO_INVALID)
    }

    fn split(message: &'a [u8]) -> Option<Self> {
        let header = StartHeader::from_bytes(message)?;
        let kinds_len = KIND.checked_mul(header.handle_count as usize)?;
        let (kinds, strings) = message.get(StartHeader::SIZE..)?.split_at_checked(kinds_len)?;
        let ends = strings.iter().filter(|byte| **byte == 0).count();
        let is_exact = strings.len() == header.args_len as usize && ends == header.argc as usize;
        let is_terminated = strings.last().is_none_or(|byte| *byte == 0);
        (is_exact && is_terminated).then_some(Self { header, kinds, strings })
    }

    /// Returns the number of handles that belong to the message.
    pub fn handle_count(&self) -> usize {
        self.header.handle_count as usize
    }

    /// Returns the kinds in the order of the handles; `None` for one this runtime does not know.
    pub fn kinds(&self) -> impl Iterator<Item = Option<HandleKind>> + 'a {
        let words = self.kinds.chunks_exact(KIND).filter_map(|word| word.try_into().ok());
        words.map(|word| HandleKind::try_from(u32::from_le_bytes(word)).ok())
    }

    /// Returns the arguments; one that is not UTF-8 comes as the empty string.
    pub fn arguments(&self) -> impl Iterator<Item = &'a str> + Clone + 'a {
        let argc = self.header.argc as usize;
        self.strings
            .split(|byte| *byte == 0)
            .take(argc)
            .map(|bytes| str::from_utf8(bytes).unwrap_or(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn what_is_written_is_read() {
        let kinds = [HandleKind::VmarRoot, HandleKind::JobDefault];
        let message = encode(&kinds, &["init", "", "a b"]).unwrap();
        let read = StartMessage::decode(&message).unwrap();
        assert_eq!(read.kinds().collect::<Vec<_>>(), kinds.map(Some));
        assert_eq!(read.arguments().collect::<Vec<_>>(), ["init", "", "a b"]);
    }

    #[test]
    fn a_message_of_another_length_is_refused() {
        let message = encode(&[HandleKind::VmarRoot], &["x", "y"]).unwrap();
        for len in 0..message.len() {
            assert!(StartMessage::decode(&message[..len]).is_err(), "{len} bytes");
        }
        let mut longer = message.clone();
        longer.push(0);
        assert!(StartMessage::decode(&longer).is_err());
    }

    #[test]
    fn counts_beyond_the_message_are_refused() {
        let mut message = encode(&[], &[]).unwrap();
        assert!(StartMessage::decode(&message).is_ok());
        message[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(StartMessage::decode(&message).is_err());
    }

    #[test]
    fn an_argument_with_a_nul_is_refused() {
        assert_eq!(encode(&[], &["a\0b"]), Err(Status::INVALID_ARGS));
        assert_eq!(encode(&[], &[]).map(|message| message.len()), Ok(vec![0; 16].len()));
    }
}
