//! The two legacy interrupt controllers, silenced: the local APIC does their work.
#![expect(unsafe_code, reason = "ports are raw addresses of devices")]

use x86_64::instructions::port::Port;

const COMMAND_PORTS: [u16; 2] = [0x20, 0xa0];
const DATA_PORTS: [u16; 2] = [0x21, 0xa1];

/// The first vector of each, out of the way of exceptions: a spurious interrupt comes even from a silent controller.
const VECTOR_BASES: [u8; 2] = [0x20, 0x28];
/// The input of the first that the second is connected to, as each of them is told it.
const CASCADE: [u8; 2] = [1 << 2, 2];

/// Start of initialization, three words to follow.
const INITIALIZE: u8 = 0x11;
const MODE_8086: u8 = 1;
const MASK_ALL: u8 = 0xff;

/// Moves the controllers' vectors above those of exceptions and masks all their inputs.
pub fn disable() {
    for (index, command) in COMMAND_PORTS.into_iter().enumerate() {
        let words =
            [VECTOR_BASES.get(index), CASCADE.get(index), Some(&MODE_8086), Some(&MASK_ALL)];
        let mut data = Port::<u8>::new(if index == 0 { DATA_PORTS[0] } else { DATA_PORTS[1] });
        // SAFETY: the documented initialization sequence of the 8259A, on its own ports.
        unsafe {
            Port::<u8>::new(command).write(INITIALIZE);
            for word in words.into_iter().flatten() {
                data.write(*word);
            }
        }
    }
}
