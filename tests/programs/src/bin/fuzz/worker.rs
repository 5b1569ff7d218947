//! One process: call after call, until it has made enough of them or is dead.

use crate::arguments::value;
use crate::places::Places;
use crate::pool::Pool;
use crate::random::Random;
use crate::table::{Entry, Kind, TABLE};
use abi::Status;
use core::sync::atomic::{AtomicU64, Ordering};
use rt::{Handle, Mapping, Result, Rights, VmOptions, memory, start};
use spin::Once;

/// Most calls of a process.
const CALLS: u64 = 20_000;
/// Handles of an array in memory.
const ARRAY: u64 = 16;
/// Threads of a process that it starts itself, besides the first.
const THREADS: u64 = 2;

/// Where every process counts its calls; each has a word.
static COUNTERS: Once<Mapping> = Once::new();
/// How many threads were started.
static STARTED: AtomicU64 = AtomicU64::new(0);
/// Handles that a new thread begins with: those this process was given.
static GIVEN: Once<[u32; 16]> = Once::new();

/// Bytes of the memory that calls are counted in.
pub(crate) const COUNTERS_LEN: u64 = abi::layout::PAGE_SIZE;

/// Returns the word in which the process with the number `slot` counts its calls.
pub(crate) fn counter(mapping: &Mapping, slot: u64) -> &AtomicU64 {
    let address = mapping.address() + slot % (COUNTERS_LEN / 8) * 8;
    // SAFETY: an aligned word inside the mapping, which is only ever used as an atomic.
    unsafe { &*memory::pointer::<AtomicU64>(address) }
}

/// Makes the calls of `seed`, counting them in the word `slot`, and returns the exit code.
pub(crate) fn run(seed: u64, slot: u64) -> i64 {
    if let Err(status) = prepare() {
        // Memory may be out already.
        return i64::from(status.into_raw());
    }
    make_calls(seed, slot);
    0
}

/// Takes what this process was given: the memory for counting, and things that others have, too.
fn prepare() -> Result<()> {
    let (_, handles) = start().channel().read(&mut [])?;
    let mut given = handles.into_iter();
    let counters = given.next().ok_or(Status::NOT_FOUND)?.into();
    let counters = Mapping::new(&counters, COUNTERS_LEN, VmOptions::PERM_WRITE)?;
    COUNTERS.call_once(|| counters);
    let own: [&Handle; 4] =
        [start().process(), start().thread(), start().root_vmar(), start().channel()];
    let mut values = [0; 16];
    let own = own.into_iter().map(Handle::raw);
    for (place, value) in values.iter_mut().zip(own.chain(given.map(Handle::into_raw))) {
        *place = value;
    }
    GIVEN.call_once(|| values);
    Ok(())
}

/// A thread that makes calls.
struct Worker {
    random: Random,
    pool: Pool,
    places: Places,
}

/// Makes the calls of one thread.
fn make_calls(seed: u64, slot: u64) {
    let mut random = Random::new(seed);
    let Ok(places) = Places::new() else {
        return;
    };
    let mut pool = Pool::new();
    for value in GIVEN.get().into_iter().flatten().chain(&places.regions) {
        pool.add(*value, &mut random);
    }
    // Its own job may be ended by the process itself, but not at once.
    if let Ok(job) = start().job().duplicate(Rights::SAME_RIGHTS) {
        pool.add(job.into_handle().into_raw(), &mut random);
    }
    let mut worker = Worker { random, pool, places };
    let count = COUNTERS.get().map(|mapping| counter(mapping, slot));
    for _ in 0..CALLS / 2 + worker.random.below(CALLS / 2) {
        if let Some(count) = count {
            count.fetch_add(1, Ordering::Relaxed);
        }
        worker.make_call();
        worker.disturb(slot);
    }
}

impl Worker {
    /// Makes one call.
    fn make_call(&mut self) {
        let entry = choose(&mut self.random);
        let mut words = [0; 8];
        for (word, kind) in words.iter_mut().zip(entry.kinds) {
            *word = value(*kind, &self.pool, &self.places, &mut self.random);
            if *kind == Kind::In {
                self.fill(*word);
            }
        }
        if self.random.one_in(32) {
            // The upper half of an argument that has none, or a register that is none.
            words[usize::try_from(self.random.below(8)).unwrap()] ^= self.random.next() << 32;
        }
        // SAFETY: what the call does to this process's memory is what it is for, whatever becomes of it; what is not this process's
        // is what the kernel has to protect.
        let answer = unsafe { rt::syscall::raw(entry.call as u64, words) };
        if answer == 0 {
            self.take_results(entry, &words);
        }
    }

    /// Puts something at `address` that an argument may be: handles, what is waited for, or anything.
    fn fill(&mut self, address: u64) {
        if !self.places.is_scratch(address, ARRAY * 4) {
            return;
        }
        let form = self.random.below(4);
        for index in 0..ARRAY {
            let word = match form {
                0 => self.pool.draw(None, &mut self.random),
                1 if index % 3 == 0 => self.pool.draw(None, &mut self.random),
                1 => u32::try_from(self.random.below(16)).unwrap(),
                2 => 0,
                _ => self.random.half(),
            };
            // SAFETY: in memory of this process's own, unless that was taken away, of which it dies.
            unsafe { memory::pointer::<u32>(address + index * 4).write_unaligned(word) };
        }
    }

    /// Remembers handles and addresses that a call has written.
    fn take_results(&mut self, entry: &Entry, words: &[u64; 8]) {
        for (word, kind) in words.iter().zip(entry.kinds) {
            if *kind != Kind::Out || !self.places.is_scratch(*word, 16) {
                continue;
            }
            // SAFETY: as in `fill`.
            let result = unsafe { memory::pointer::<u64>(*word).read_unaligned() };
            if result & 3 == 3 {
                // A handle is half as long.
                self.pool.add(low(result), &mut self.random);
            } else if result.is_multiple_of(abi::layout::PAGE_SIZE) && result >> 47 == 0 {
                self.places.add(result);
            }
        }
    }

    /// Does now and then what is no call: touches memory, or starts another thread like this one.
    fn disturb(&mut self, slot: u64) {
        if self.random.one_in(512) {
            let address = self.places.near(&mut self.random);
            // SAFETY: a program may touch what it likes, and dies of some of it.
            unsafe {
                match self.random.below(2) {
                    0 => {
                        memory::load::<u8>(address);
                    }
                    _ => memory::store(address, 0xA5_u8),
                }
            }
        }
        if self.random.one_in(1024) && STARTED.fetch_add(1, Ordering::Relaxed) < THREADS {
            let seed = self.random.next();
            // The slot is below the number of words of a page.
            let argument = (seed << 9) | (slot % 512);
            // If there is no memory for it, so be it.
            let _ = rt::thread::spawn(begin_thread, argument).map(core::mem::forget);
        }
    }
}

/// First function of a thread that a process has started; the argument has the seed and the slot.
extern "C" fn begin_thread(argument: u64) {
    make_calls(argument >> 9, argument % 512);
}

/// Returns the low half of a word.
const fn low(word: u64) -> u32 {
    (word & 0xFFFF_FFFF) as u32
}

/// Chooses a call.
fn choose(random: &mut Random) -> &'static Entry {
    static SUM: Once<u64> = Once::new();
    let sum = *SUM.call_once(|| TABLE.iter().map(|entry| entry.weight).sum());
    let mut left = random.below(sum);
    for entry in TABLE {
        match left.checked_sub(entry.weight) {
            Some(rest) => left = rest,
            None => return entry,
        }
    }
    &TABLE[0]
}
