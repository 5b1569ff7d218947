//! System calls: from registers to arguments.
//!
//! The kernel's own table is compiled here with handlers that note what they are given. The declarations of the calls in `abi`, of which
//! the stubs are made, say what that has to be: each argument under its name, and of the registers of narrow ones the lower half.

#[path = "../../../../kernel/src/syscall/decode.rs"]
mod decode;
mod handlers;
mod words;

use abi::{Call, Status};
use handlers::{
    channel, debug, device, event, exception, futex, handle, info, job, pager, port, process,
    process_memory, property, system, thread, vmar, vmo, vmo_child, vmo_range, wait,
};
use std::collections::BTreeMap;

/// What the table takes for whoever calls.
mod caller {
    /// Nobody.
    pub(in crate::calls) struct Caller;
}

/// What no handler is given: the one IOMMU that there is does not tell devices apart.
const IGNORED: (Call, &str) = (Call::BtiCreate, "bti_id");

/// Returns the names of a call's arguments, each with its size in bytes.
macro_rules! declare {
    ($($(#[$doc:meta])* $number:literal $variant:ident $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        fn declared(call: Call) -> Vec<(&'static str, usize)> {
            match call {
                $(Call::$variant => vec![$((stringify!($argument), size_of::<$type>())),*],)*
            }
        }
    };
}

abi::for_each_call!(declare);

/// Makes a call with the number and the registers in `bytes`, each of eight bytes; those that are missing are 0.
///
/// # Panics
/// If another call is made, or with other arguments.
pub fn check(bytes: &[u8]) {
    let mut words = bytes.chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        u64::from_le_bytes(word)
    });
    let number = words.next().unwrap_or(0);
    let registers: [u64; 8] = std::array::from_fn(|_| words.next().unwrap_or(0));
    match Call::try_from(number) {
        Ok(call) => check_call(call, &registers),
        Err(status) => {
            assert_eq!(status, Status::BAD_SYSCALL);
            assert!(number >= Call::ALL.len() as u64);
        }
    }
}

fn check_call(call: Call, registers: &[u64; 8]) {
    let narrow = |size| if size == 4 { u64::from(u32::MAX) } else { u64::MAX };
    let wanted: BTreeMap<&str, u64> = declared(call)
        .into_iter()
        .zip(registers)
        .filter(|((name, _), _)| (call, *name) != IGNORED)
        .map(|((name, size), register)| (name, register & narrow(size)))
        .collect();
    let result = decode::decode(call, &caller::Caller, registers);
    assert_eq!(handlers::noted(), wanted, "{call:?}");
    assert_eq!(result, Ok(0), "{call:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_gets_each_argument_under_its_name() {
        let registers = std::array::from_fn(|index| 0x0101_0101_0101_0101 * (index as u64 + 0x81));
        Call::ALL.iter().for_each(|call| check_call(*call, &registers));
    }
}
