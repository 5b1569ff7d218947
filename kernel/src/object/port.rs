//! Ports: queues of packets, which programs put there or objects whose signals were raised.
//!
//! A packet about a signal must find room when the signal comes, so room is set aside when it is asked for: the queue's capacity
//! is always that of its packets and of the packets it was *promised*. A port holds plain numbers only, no object and no handle,
//! so it can be part of no circle of owners.

use super::{HandleCount, Source, Thread, new_koid, try_push};
use crate::task::{self, Wake};
use abi::info::BlockedOn;
use abi::object::Time;
use abi::port::{PACKET_USER, Packet, WaitAsyncOptions};
use abi::{Koid, Result, Signals, Status};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use spin::Mutex;
use vm::Ref;

/// Most packets of programs that wait in one port, as in Zircon.
const MAX_USER_PACKETS: usize = 2048;
/// Most packets of the kernel's that one port is promised or has: about signals, and about pages.
const MAX_PROMISES: usize = 1 << 16;

/// A port.
pub(crate) struct Port {
    koid: Koid,
    handle_count: HandleCount,
    state: Mutex<State>,
}

struct State {
    /// Whether there is a handle.
    is_open: bool,
    queue: VecDeque<Entry>,
    /// How many packets will come without asking for room.
    promised: usize,
    /// Threads that wait for a packet, the first to be woken first.
    waiters: Vec<Ref<Thread>>,
}

/// A packet that waits.
struct Entry {
    packet: Packet,
    /// Through which handle its signal was waited for; none if it is about no signal.
    source: Option<Source>,
}

impl Port {
    /// Makes a port.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`].
    pub(crate) fn create() -> Result<Ref<Self>> {
        Ref::try_new(Self {
            koid: new_koid(),
            handle_count: HandleCount::default(),
            state: Mutex::new(State {
                is_open: true,
                queue: VecDeque::new(),
                promised: 0,
                waiters: Vec::new(),
            }),
        })
    }

    /// Returns the port's koid.
    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Queues a program's packet.
    ///
    /// # Errors
    /// 1. [`Status::SHOULD_WAIT`]: as many wait as may.
    /// 2. [`Status::NO_MEMORY`].
    pub(crate) fn queue(&self, packet: Packet) -> Result<()> {
        let mut state = self.state.lock();
        let is_program_s = |entry: &&Entry| entry.packet.packet_type == PACKET_USER;
        let queued = state.queue.iter().filter(is_program_s);
        if state.queue.len() >= MAX_USER_PACKETS && queued.count() >= MAX_USER_PACKETS {
            return Err(Status::SHOULD_WAIT);
        }
        state.make_room()?;
        state.push(Entry { packet: Packet { packet_type: PACKET_USER, ..packet }, source: None });
        Ok(())
    }

    /// Queues a packet of the kernel's.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: no room, or the port has as many as may be.
    pub(super) fn post(&self, packet: Packet) -> Result<()> {
        let mut state = self.state.lock();
        state.make_room_for_kernel()?;
        state.push(Entry { packet, source: None });
        Ok(())
    }

    /// Takes the first packet; `thread`, which is the calling one, waits for it until `deadline`.
    ///
    /// # Errors
    /// 1. [`Status::NO_MEMORY`].
    /// 2. [`Status::TIMED_OUT`]: the deadline passed.
    /// 3. [`Status::CANCELED`]: the port's last handle was closed, or the thread is being killed.
    pub(crate) fn wait(&self, thread: &Ref<Thread>, deadline: Time) -> Result<Packet> {
        loop {
            let mut state = self.state.lock();
            if let Some(entry) = state.queue.pop_front() {
                return Ok(entry.packet);
            }
            if !state.is_open {
                return Err(Status::CANCELED);
            }
            if task::has_passed(deadline) {
                return Err(Status::TIMED_OUT);
            }
            try_push(&mut state.waiters, thread.clone())?;
            task::prepare_to_block(thread);
            drop(state);

            let why = task::block(thread, BlockedOn::Port, deadline);
            self.stop_waiting(thread);
            if why == Wake::Killed {
                return Err(Status::CANCELED);
            }
        }
    }

    /// Takes `thread` off the list of those who wait, or lets another look at the packet that took it off but woke it too late.
    fn stop_waiting(&self, thread: &Ref<Thread>) {
        let mut state = self.state.lock();
        let before = state.waiters.len();
        state.waiters.retain(|waiter| !Ref::ptr_eq(waiter, thread));
        if state.waiters.len() == before && !state.queue.is_empty() {
            state.wake_first();
        }
    }

    /// Removes the packets under `key` of signals that were waited for through `source`; says whether there were any.
    pub(crate) fn remove(&self, key: u64, source: Source) -> bool {
        let mut state = self.state.lock();
        let before = state.queue.len();
        state.queue.retain(|entry| entry.packet.key != key || entry.source != Some(source));
        state.queue.len() != before
    }

    /// Returns how many handles there are to it.
    pub(crate) fn handle_count(&self) -> &HandleCount {
        &self.handle_count
    }

    /// Forgets a handle; without one nobody will take a packet again.
    pub(super) fn handle_closed(&self) {
        if !self.handle_count.close() {
            return;
        }
        let mut state = self.state.lock();
        state.is_open = false;
        let queue = core::mem::take(&mut state.queue);
        while !state.waiters.is_empty() {
            state.wake_first();
        }
        drop(state);
        drop(queue);
    }
}

impl State {
    /// Sets room for one more packet aside.
    fn make_room(&mut self) -> Result<()> {
        self.queue.try_reserve(self.promised.saturating_add(1)).map_err(|_| Status::NO_MEMORY)
    }

    /// Sets room for one more packet of the kernel's aside, which nobody need ever take.
    fn make_room_for_kernel(&mut self) -> Result<()> {
        if self.promised.saturating_add(self.queue.len()) >= MAX_PROMISES {
            return Err(Status::NO_MEMORY);
        }
        self.make_room()
    }

    /// Appends a packet for which there is room.
    fn push(&mut self, entry: Entry) {
        if self.is_open {
            self.queue.push_back(entry);
            self.wake_first();
        }
    }

    fn wake_first(&mut self) {
        if !self.waiters.is_empty() {
            task::wake(&self.waiters.remove(0), Wake::Ready);
        }
    }
}

/// The promise of a packet to a port, with room for it. Dropping it gives the room back.
pub(crate) struct Promise {
    port: Ref<Port>,
    key: u64,
    is_edge: bool,
    has_timestamp: bool,
}

impl Promise {
    /// Promises a packet under `key`: `options` say whether it is only about changes and says when.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: no room, or the port is promised as many as may be.
    pub(crate) fn make(port: Ref<Port>, key: u64, options: WaitAsyncOptions) -> Result<Self> {
        let mut state = port.state.lock();
        state.make_room_for_kernel()?;
        state.promised = state.promised.saturating_add(1);
        drop(state);
        Ok(Self {
            port,
            key,
            is_edge: options.contains(WaitAsyncOptions::EDGE),
            has_timestamp: options.intersects(WaitAsyncOptions::TIMESTAMPS),
        })
    }

    /// Promises a packet of the kernel's.
    ///
    /// # Errors
    /// [`Status::NO_MEMORY`]: as [`make`](Self::make).
    pub(super) fn of_kernel(port: &Ref<Port>) -> Result<Self> {
        Self::make(port.clone(), 0, WaitAsyncOptions::empty())
    }

    /// Queues the packet that was promised. Drop the promise then.
    pub(super) fn keep_packet(&self, packet: Packet) {
        self.port.state.lock().push(Entry { packet, source: None });
    }

    /// Says whether it is only about signals that were not raised before.
    pub(super) fn is_edge(&self) -> bool {
        self.is_edge
    }

    /// Says whether nobody can take the packet any more.
    pub(super) fn is_void(&self) -> bool {
        !self.port.state.lock().is_open
    }

    /// Says whether it was made to `port` under `key`.
    pub(super) fn is(&self, port: &Ref<Port>, key: u64) -> bool {
        self.key == key && Ref::ptr_eq(&self.port, port)
    }

    /// Queues the packet: one of `trigger` was waited for through `source`, and `observed` are raised. Drop the promise then.
    pub(super) fn keep(&self, trigger: Signals, observed: Signals, source: Source) {
        let timestamp = if self.has_timestamp { task::now() } else { 0 };
        self.port.state.lock().push(Entry {
            packet: Packet::signal(self.key, trigger, observed, timestamp),
            source: Some(source),
        });
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        let mut state = self.port.state.lock();
        state.promised = state.promised.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use abi::pager::{PAGER_VMO_READ, page_request};

    #[test_case]
    fn packets_of_the_kernel_take_no_place_of_a_program_s() {
        let port = Port::create().unwrap();
        for _ in 0..=MAX_USER_PACKETS {
            port.post(page_request(0, PAGER_VMO_READ, 0, 0)).unwrap();
        }
        for _ in 0..MAX_USER_PACKETS {
            assert_eq!(port.queue(Packet::default()), Ok(()));
        }
        assert_eq!(port.queue(Packet::default()), Err(Status::SHOULD_WAIT));
    }

    #[test_case]
    fn nobody_fills_a_port_without_end() {
        let port = Port::create().unwrap();
        let post = || port.post(page_request(0, PAGER_VMO_READ, 0, 0));
        assert_eq!((0..MAX_PROMISES).find(|_| post().is_err()), None);
        assert_eq!(post(), Err(Status::NO_MEMORY));
        assert_eq!(Promise::of_kernel(&port).err(), Some(Status::NO_MEMORY));
    }
}
