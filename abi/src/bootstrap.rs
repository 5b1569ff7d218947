//! The start message of a program.
//!
//! A new process is started with one handle, the end of a channel, whose only message holds everything else:
//!
//! ```text
//!  +-------------+--------------------------+---------------------------------+
//!  | StartHeader | handle_count × u32 kinds | argc NUL-terminated strings     |
//!  | 16 bytes    | one for each handle      | args_len bytes with their NULs  |
//!  +-------------+--------------------------+---------------------------------+
//! ```
//!
//! The handles travel with the message, in the order of their kinds. The kernel writes it for the first program, the
//! loader for every other.

/// First word of a start message: "JSTA", little endian.
pub const START_MAGIC: u32 = u32::from_le_bytes(*b"JSTA");

/// Opens a start message.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartHeader {
    /// [`START_MAGIC`].
    pub magic: u32,
    /// Handles of the message, and words of kinds after this header.
    pub handle_count: u32,
    /// Argument strings after the kinds.
    pub argc: u32,
    /// Bytes of the argument strings, NULs included.
    pub args_len: u32,
}

impl StartHeader {
    /// Bytes of the header.
    pub const SIZE: usize = size_of::<Self>();

    /// Returns the header as it stands in the message.
    pub fn to_bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        let words = [self.magic, self.handle_count, self.argc, self.args_len];
        for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// Reads the header back; `None` if `bytes` is too short or does not begin with [`START_MAGIC`].
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let word = |index: usize| {
            let at = index.checked_mul(4)?;
            let four = bytes.get(at..at.checked_add(4)?)?;
            four.try_into().ok().map(u32::from_le_bytes)
        };
        let header =
            Self { magic: word(0)?, handle_count: word(1)?, argc: word(2)?, args_len: word(3)? };
        (header.magic == START_MAGIC).then_some(header)
    }
}

/// What a handle of the start message is for.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandleKind {
    /// The program's own process.
    ProcessSelf = 1,
    /// Its first thread.
    ThreadSelf = 2,
    /// The root VMAR of its address space.
    VmarRoot = 3,
    /// The job new processes are made in.
    JobDefault = 4,
    /// The archive of programs, a VMO.
    VmoRamdisk = 5,
    /// The VMAR its image was loaded to.
    VmarLoaded = 6,
    /// The resource that allows to ask about the whole system.
    ResourceRoot = 7,
}

impl HandleKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::ProcessSelf,
        Self::ThreadSelf,
        Self::VmarRoot,
        Self::JobDefault,
        Self::VmoRamdisk,
        Self::VmarLoaded,
        Self::ResourceRoot,
    ];
}

impl TryFrom<u32> for HandleKind {
    type Error = u32;

    fn try_from(raw: u32) -> Result<Self, u32> {
        Self::ALL.into_iter().find(|kind| *kind as u32 == raw).ok_or(raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_survives_the_message() {
        let header = StartHeader { magic: START_MAGIC, handle_count: 4, argc: 2, args_len: 9 };
        assert_eq!(StartHeader::from_bytes(&header.to_bytes()), Some(header));
        assert_eq!(StartHeader::from_bytes(&header.to_bytes()[..15]), None);
        assert_eq!(StartHeader::from_bytes(&[0; 16]), None);
    }

    #[test]
    fn kinds_are_found_by_number() {
        assert_eq!(HandleKind::try_from(5), Ok(HandleKind::VmoRamdisk));
        assert_eq!(HandleKind::try_from(0), Err(0));
        assert_eq!(HandleKind::try_from(8), Err(8));
    }
}
