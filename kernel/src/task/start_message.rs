//! The start message of the first program, which has the shape that [`abi::bootstrap`] draws.

use crate::object::{Handle, Message};
use abi::bootstrap::{HandleKind, START_MAGIC, StartHeader};
use abi::{Result, Status};

/// Writes a start message with these handles and these arguments.
///
/// # Errors
/// [`Status::NO_MEMORY`]; [`Status::OUT_OF_RANGE`]: the arguments are too long to count.
pub(super) fn compose<'a, const N: usize>(
    handles: [(HandleKind, Handle); N],
    arguments: impl Iterator<Item = &'a str> + Clone,
) -> Result<Message> {
    let strings = || arguments.clone().flat_map(|word| decoded(word).chain([0]));
    let count = |count: usize| u32::try_from(count).map_err(|_| Status::OUT_OF_RANGE);
    let header = StartHeader {
        magic: START_MAGIC,
        handle_count: count(N)?,
        argc: count(arguments.clone().count())?,
        args_len: count(strings().count())?,
    };
    let kinds_len = N.saturating_mul(size_of::<u32>());
    let len = StartHeader::SIZE.saturating_add(kinds_len).saturating_add(strings().count());
    let mut message = Message::with_capacity(len, N)?;
    message.bytes.extend_from_slice(&header.to_bytes());
    for (kind, handle) in handles {
        message.bytes.extend_from_slice(&(kind as u32).to_le_bytes());
        message.push(handle, None);
    }
    message.bytes.extend(strings());
    Ok(message)
}

/// Returns the bytes that a word of the command line stands for: `%` and two hexadecimal digits are the byte of that number, so that
/// a word can contain a space. A NUL would end the argument and is left out.
fn decoded(word: &str) -> impl Iterator<Item = u8> + '_ {
    let mut rest = word.as_bytes();
    core::iter::from_fn(move || {
        let (&first, after) = rest.split_first()?;
        let code =
            after.get(..2).filter(|_| first == b'%').and_then(|digits| str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                rest = after.get(2..).unwrap_or_default();
                Some(byte)
            }
            None => {
                rest = after;
                Some(first)
            }
        }
    })
    .filter(|&byte| byte != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test_case]
    fn words_are_decoded() {
        let is = |word, bytes: &[u8]| decoded(word).eq(bytes.iter().copied());
        assert!(is("plain", b"plain"));
        assert!(is("a%20b%25", b"a b%"));
        assert!(is("100%", b"100%"));
        assert!(is("%zz%2", b"%zz%2"));
        assert!(is("a%00b", b"ab"));
    }

    #[test_case]
    fn messages_have_the_shape_of_the_protocol() {
        let message = compose([], ["init", "a%20b"].into_iter()).unwrap();
        let header = StartHeader::from_bytes(&message.bytes).unwrap();
        assert_eq!((header.handle_count, header.argc, header.args_len), (0, 2, 9));
        assert_eq!(&message.bytes[StartHeader::SIZE..], b"init\0a b\0");
    }
}
