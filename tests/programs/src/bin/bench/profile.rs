//! Shows a profiler on the host which instructions belong to an operation.
//!
//! The profiler stops the machine at the two markers around each sample of one figure, and has every instruction between them
//! traced. Where the markers are it reads from a line, at which the program waits for it:
//!
//! ```text
//! profile begin ADDRESS end ADDRESS go ADDRESS        the program goes on once the byte at the last one is not 0
//! profile units N                                     then: a sample is N operations, or pages
//! ```

use core::arch::naked_asm;
use core::hint::spin_loop;
use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use rt::println;
use spin::Once;

/// The figure that is profiled.
static NAME: Once<&'static str> = Once::new();

/// How many samples have been marked.
static SAMPLES: AtomicU32 = AtomicU32::new(0);

/// Samples after which the profiler has seen enough.
const MAX_SAMPLES: u32 = 32;

/// Set by the profiler.
static GO: AtomicU8 = AtomicU8::new(0);

/// Tells the profiler where the markers are, waits for it, and from then on marks the samples of the figure `name`.
pub(crate) fn init(name: &'static str) {
    let [begin, end] =
        [profile_begin as *const (), profile_end as *const ()].map(<*const ()>::addr);
    let go = (&raw const GO).addr();
    println!("profile begin {begin:#x} end {end:#x} go {go:#x}");
    while GO.load(Ordering::Relaxed) == 0 {
        spin_loop();
    }
    NAME.call_once(|| name);
}

/// Says whether the figure `name`, of the given size if it belongs to a series, is profiled.
pub(crate) fn is_of(name: &str, size: Option<u64>) -> bool {
    let (wanted, wanted_size) = match NAME.get() {
        Some(whole) => whole.split_once('@').unwrap_or((whole, "")),
        None => return false,
    };
    wanted == name && wanted_size.parse().ok() == size
}

/// Tells the profiler how many operations a sample is, before the first one.
pub(crate) fn sample_begins(units: u64) {
    if SAMPLES.load(Ordering::Relaxed) == 0 {
        println!("profile units {units}");
    }
}

/// Ends the program once the profiler has seen enough.
pub(crate) fn sample_has_ended() {
    if SAMPLES.fetch_add(1, Ordering::Relaxed) >= MAX_SAMPLES {
        rt::exit(0);
    }
}

/// Marks the begin of a sample. The profiler looks for it by its name.
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub(crate) extern "C" fn profile_begin() {
    naked_asm!("ret")
}

/// Marks the end of a sample.
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub(crate) extern "C" fn profile_end() {
    // Not the code of the other marker, with which this one could be merged.
    naked_asm!("nop", "ret")
}
