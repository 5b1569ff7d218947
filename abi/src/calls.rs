//! The table of system calls.
//!
//! Written once, as [`for_each_call!`](crate::for_each_call): the numbers and names below come from it, and so do the stubs of the
//! Rust runtime; a host test compares the C side with it. Registers: number in RAX, arguments in RDI, RSI, RDX, R10, R8,
//! R9, R12, R13, result in RAX; RCX and R11 are lost.
//!
//! # Source
//! `handles-rights-errors.md` §8; numbers are this project's own.

/// Calls the macro `$callback` with the whole table.
///
/// A line is `number Variant name(argument: type, …) -> result;`. Result is `Status`, a plain `u64` or `i64` value, or `!`.
#[macro_export]
macro_rules! for_each_call {
    ($callback:ident) => {
        $callback! {
            /// Does nothing; returns 0.
            0 SyscallTest0 syscall_test_0() -> Status;
            /// Closes a handle.
            1 HandleClose handle_close(handle: u32) -> Status;
            /// Closes `count` handles.
            2 HandleCloseMany handle_close_many(handles: *const u32, count: u64) -> Status;
            /// Makes a second handle with the same or fewer rights.
            3 HandleDuplicate handle_duplicate(handle: u32, rights: u32, out: *mut u32) -> Status;
            /// Exchanges a handle for one with the same or fewer rights.
            4 HandleReplace handle_replace(handle: u32, rights: u32, out: *mut u32) -> Status;
            /// Asks about an object.
            5 ObjectGetInfo object_get_info(handle: u32, topic: u32, buffer: *mut u8, size: u64, actual: *mut u64, avail: *mut u64) -> Status;
            /// Reads a property.
            6 ObjectGetProperty object_get_property(handle: u32, property: u32, value: *mut u8, size: u64) -> Status;
            /// Writes a property.
            7 ObjectSetProperty object_set_property(handle: u32, property: u32, value: *const u8, size: u64) -> Status;
            /// Waits until one of the signals is raised or the deadline passes.
            8 ObjectWaitOne object_wait_one(handle: u32, signals: u32, deadline: i64, observed: *mut u32) -> Status;
            /// Returns nanoseconds since boot.
            9 ClockGetMonotonic clock_get_monotonic() -> i64;
            /// Returns the processor's time stamp.
            10 TicksGet ticks_get() -> u64;
            /// Returns how fast the time stamp counts.
            11 TicksPerSecond ticks_per_second() -> u64;
            /// Sleeps until the deadline.
            12 Nanosleep nanosleep(deadline: i64) -> Status;
            /// Fills a buffer with random bytes.
            13 CprngDraw cprng_draw(buffer: *mut u8, size: u64) -> Status;
            /// Writes bytes to the console.
            14 DebugWrite debug_write(buffer: *const u8, size: u64) -> Status;
            /// Lets other threads run.
            15 ThreadLegacyYield thread_legacy_yield(options: u32) -> Status;
            /// Makes a region inside a region.
            16 VmarAllocate vmar_allocate(parent: u32, options: u32, offset: u64, size: u64, child: *mut u32, address: *mut u64) -> Status;
            /// Maps a VMO.
            17 VmarMap vmar_map(vmar: u32, options: u32, vmar_offset: u64, vmo: u32, vmo_offset: u64, len: u64, address: *mut u64) -> Status;
            /// Removes what is mapped in a range.
            18 VmarUnmap vmar_unmap(vmar: u32, address: u64, len: u64) -> Status;
            /// Changes the permissions of a range.
            19 VmarProtect vmar_protect(vmar: u32, options: u32, address: u64, len: u64) -> Status;
            /// Destroys a region and all below it.
            20 VmarDestroy vmar_destroy(vmar: u32) -> Status;
            /// Makes a memory object.
            21 VmoCreate vmo_create(size: u64, options: u32, out: *mut u32) -> Status;
            /// Copies bytes out of a memory object.
            22 VmoRead vmo_read(vmo: u32, buffer: *mut u8, offset: u64, size: u64) -> Status;
            /// Copies bytes into a memory object.
            23 VmoWrite vmo_write(vmo: u32, buffer: *const u8, offset: u64, size: u64) -> Status;
            /// Reads the size of a memory object.
            24 VmoGetSize vmo_get_size(vmo: u32, size: *mut u64) -> Status;
            /// Changes the size of a memory object.
            25 VmoSetSize vmo_set_size(vmo: u32, size: u64) -> Status;
            /// Makes a process and its root VMAR.
            26 ProcessCreate process_create(job: u32, name: *const u8, name_size: u64, options: u32, process: *mut u32, vmar: *mut u32) -> Status;
            /// Starts a process with its first thread.
            27 ProcessStart process_start(process: u32, thread: u32, entry: u64, stack: u64, arg1: u32, arg2: u64) -> Status;
            /// Ends the calling process.
            28 ProcessExit process_exit(code: i64) -> !;
            /// Makes a thread.
            29 ThreadCreate thread_create(process: u32, name: *const u8, name_size: u64, options: u32, out: *mut u32) -> Status;
            /// Starts a thread of a running process.
            30 ThreadStart thread_start(thread: u32, entry: u64, stack: u64, arg1: u64, arg2: u64) -> Status;
            /// Ends the calling thread.
            31 ThreadExit thread_exit() -> !;
            /// Ends a process or thread.
            32 TaskKill task_kill(task: u32) -> Status;
            /// Makes a channel.
            33 ChannelCreate channel_create(options: u32, out0: *mut u32, out1: *mut u32) -> Status;
            /// Sends a message.
            34 ChannelWrite channel_write(channel: u32, options: u32, bytes: *const u8, num_bytes: u32, handles: *const u32, num_handles: u32) -> Status;
            /// Receives a message.
            35 ChannelRead channel_read(channel: u32, options: u32, bytes: *mut u8, handles: *mut u32, num_bytes: u32, num_handles: u32, actual_bytes: *mut u32, actual_handles: *mut u32) -> Status;
            /// Exchanges a VMO handle for one that allows execution.
            36 VmoReplaceAsExecutable vmo_replace_as_executable(vmo: u32, vmex: u32, out: *mut u32) -> Status;
            /// Operates on what a range shows.
            37 VmarOpRange vmar_op_range(vmar: u32, op: u32, address: u64, len: u64, buffer: *mut u8, buffer_size: u64) -> Status;
            /// Removes what is mapped in a range, closes a handle and ends the calling thread; returns only if nothing was removed.
            38 VmarUnmapHandleCloseThreadExit vmar_unmap_handle_close_thread_exit(vmar: u32, address: u64, len: u64, handle: u32) -> Status;
            /// Reads how many bytes of a memory object count as its content.
            39 VmoGetStreamSize vmo_get_stream_size(vmo: u32, size: *mut u64) -> Status;
            /// Changes how many bytes of a memory object count as its content.
            40 VmoSetStreamSize vmo_set_stream_size(vmo: u32, size: u64) -> Status;
            /// Does an operation on a range of a memory object.
            41 VmoOpRange vmo_op_range(vmo: u32, op: u32, offset: u64, size: u64, buffer: *mut u8, buffer_size: u64) -> Status;
            /// Changes how the pages of a memory object are cached.
            42 VmoSetCachePolicy vmo_set_cache_policy(vmo: u32, policy: u32) -> Status;
            /// Makes a snapshot, a slice or a reference of a memory object.
            43 VmoCreateChild vmo_create_child(vmo: u32, options: u32, offset: u64, size: u64, out: *mut u32) -> Status;
            /// Moves pages from one memory object to another.
            44 VmoTransferData vmo_transfer_data(dst: u32, options: u32, offset: u64, len: u64, src: u32, src_offset: u64) -> Status;
            /// Makes a memory object of given physical memory.
            45 VmoCreatePhysical vmo_create_physical(resource: u32, paddr: u64, size: u64, out: *mut u32) -> Status;
            /// Makes a memory object whose frames are in a row.
            46 VmoCreateContiguous vmo_create_contiguous(bti: u32, size: u64, align_log2: u32, out: *mut u32) -> Status;
            /// Makes a resource that is a part of another.
            47 ResourceCreate resource_create(parent: u32, options: u32, base: u64, size: u64, name: *const u8, name_size: u64, out: *mut u32) -> Status;
            /// Makes an object for what translates the addresses of devices.
            48 IommuCreate iommu_create(resource: u32, kind: u32, desc: *const u8, desc_size: u64, out: *mut u32) -> Status;
            /// Makes an object for a device that reaches memory by itself.
            49 BtiCreate bti_create(iommu: u32, options: u32, bti_id: u64, out: *mut u32) -> Status;
            /// Pins pages of a memory object for a device and tells where they are.
            50 BtiPin bti_pin(bti: u32, options: u32, vmo: u32, offset: u64, size: u64, addrs: *mut u64, num_addrs: u64, pmt: *mut u32) -> Status;
            /// Lets go of pages whose pins were not taken back.
            51 BtiReleaseQuarantine bti_release_quarantine(bti: u32) -> Status;
            /// Takes pins back.
            52 PmtUnpin pmt_unpin(pmt: u32) -> Status;
            /// Makes a channel through which the exceptions of a task are offered.
            53 TaskCreateExceptionChannel task_create_exception_channel(task: u32, options: u32, out: *mut u32) -> Status;
            /// Makes a handle to the thread that had an exception.
            54 ExceptionGetThread exception_get_thread(exception: u32, out: *mut u32) -> Status;
            /// Makes a handle to the process of the thread that had an exception.
            55 ExceptionGetProcess exception_get_process(exception: u32, out: *mut u32) -> Status;
            /// Makes a port.
            56 PortCreate port_create(options: u32, out: *mut u32) -> Status;
            /// Queues a packet of the program's own.
            57 PortQueue port_queue(port: u32, packet: *const u8) -> Status;
            /// Takes the first packet, or waits for one until the deadline.
            58 PortWait port_wait(port: u32, deadline: i64, packet: *mut u8) -> Status;
            /// Takes back what `object_wait_async` has asked for or queued.
            59 PortCancel port_cancel(port: u32, source: u32, key: u64) -> Status;
            /// Asks for a packet once one of the signals is raised.
            60 ObjectWaitAsync object_wait_async(handle: u32, port: u32, key: u64, signals: u32, options: u32) -> Status;
            /// Waits until a signal of one of several objects is raised or the deadline passes.
            61 ObjectWaitMany object_wait_many(items: *mut u8, count: u64, deadline: i64) -> Status;
            /// Makes an event.
            62 EventCreate event_create(options: u32, out: *mut u32) -> Status;
            /// Makes a pair of events.
            63 EventpairCreate eventpair_create(options: u32, out0: *mut u32, out1: *mut u32) -> Status;
            /// Lowers and raises signals of an object.
            64 ObjectSignal object_signal(handle: u32, clear: u32, set: u32) -> Status;
            /// Lowers and raises signals of the other end.
            65 ObjectSignalPeer object_signal_peer(handle: u32, clear: u32, set: u32) -> Status;
            /// Sleeps until woken, if a word has the expected value.
            66 FutexWait futex_wait(value: *const i32, current: i32, owner: u32, deadline: i64) -> Status;
            /// Wakes threads that sleep on a word.
            67 FutexWake futex_wake(value: *const i32, count: u32) -> Status;
            /// Wakes some threads that sleep on a word and lets others sleep on another one.
            68 FutexRequeue futex_requeue(value: *const i32, wake_count: u32, current: i32, requeue: *const i32, requeue_count: u32, owner: u32) -> Status;
            /// Copies bytes out of a process's memory.
            69 ProcessReadMemory process_read_memory(process: u32, address: u64, buffer: *mut u8, size: u64, actual: *mut u64) -> Status;
            /// Copies bytes into a process's memory.
            70 ProcessWriteMemory process_write_memory(process: u32, address: u64, buffer: *const u8, size: u64, actual: *mut u64) -> Status;
            /// Makes a job inside a job.
            71 JobCreate job_create(parent: u32, options: u32, out: *mut u32) -> Status;
            /// Makes a pager.
            72 PagerCreate pager_create(options: u32, out: *mut u32) -> Status;
            /// Makes a memory object whose pages a pager supplies.
            73 PagerCreateVmo pager_create_vmo(pager: u32, options: u32, port: u32, key: u64, size: u64, out: *mut u32) -> Status;
            /// Moves pages into a memory object of a pager's, where they are missing.
            74 PagerSupplyPages pager_supply_pages(pager: u32, pager_vmo: u32, offset: u64, len: u64, aux_vmo: u32, aux_offset: u64) -> Status;
            /// Separates a memory object from its pager.
            75 PagerDetachVmo pager_detach_vmo(pager: u32, vmo: u32) -> Status;
            /// Does an operation on a range of a memory object of a pager's.
            76 PagerOpRange pager_op_range(pager: u32, op: u32, pager_vmo: u32, offset: u64, len: u64, data: u64) -> Status;
            /// Reads the page-table entry of an address of a process; for tests only.
            77 DebugPageEntry debug_page_entry(process: u32, address: u64, entry: *mut u8) -> Status;
            /// Has the kernel check everything that it promises itself, and counts its address spaces; for tests only.
            78 DebugCheckInvariants debug_check_invariants(aspaces: *mut u64) -> Status;
            /// Lets an allocation of the kernel's fail, and counts those that there were; for tests only.
            79 DebugFailAllocation debug_fail_allocation(number: u64, count: *mut u64) -> Status;
            /// Counts the handles of all processes; for tests only.
            80 DebugCountHandles debug_count_handles(count: *mut u64) -> Status;
            /// Says whether a value is that of a handle.
            81 HandleCheckValid handle_check_valid(handle: u32) -> Status;
            /// Makes a handle to a task that is in another.
            82 ObjectGetChild object_get_child(task: u32, koid: u64, rights: u32, out: *mut u32) -> Status;
            /// Returns how many processors run threads.
            83 SystemGetNumCpus system_get_num_cpus() -> u64;
            /// Returns the bytes of memory there are.
            84 SystemGetPhysmem system_get_physmem() -> u64;
            /// Receives a message, and what its handles name.
            85 ChannelReadEtc channel_read_etc(channel: u32, options: u32, bytes: *mut u8, handles: *mut u8, num_bytes: u32, num_handles: u32, actual_bytes: *mut u32, actual_handles: *mut u32) -> Status;
            /// Sends a message with handles as they are described.
            86 ChannelWriteEtc channel_write_etc(channel: u32, options: u32, bytes: *const u8, num_bytes: u32, handles: *mut u8, num_handles: u32) -> Status;
            /// Sends a message and waits for its answer.
            87 ChannelCall channel_call(channel: u32, options: u32, deadline: i64, args: *const u8, actual_bytes: *mut u32, actual_handles: *mut u32) -> Status;
            /// Does the same with handles as they are described.
            88 ChannelCallEtc channel_call_etc(channel: u32, options: u32, deadline: i64, args: *mut u8, actual_bytes: *mut u32, actual_handles: *mut u32) -> Status;
            /// Wakes a thread that sleeps on a word, which it owns from then on.
            89 FutexWakeSingleOwner futex_wake_single_owner(value: *const i32) -> Status;
            /// Wakes a thread that sleeps on a word, which it owns from then on, and lets others sleep on another one.
            90 FutexRequeueSingleOwner futex_requeue_single_owner(value: *const i32, current: i32, requeue: *const i32, requeue_count: u32, owner: u32) -> Status;
            /// Returns the koid of the thread that owns a word.
            91 FutexGetOwner futex_get_owner(value: *const i32, koid: *mut u64) -> Status;
            /// Lists what was written in a range of a memory object of a pager's.
            92 PagerQueryDirtyRanges pager_query_dirty_ranges(pager: u32, pager_vmo: u32, offset: u64, len: u64, buffer: *mut u8, buffer_size: u64, actual: *mut u64, avail: *mut u64) -> Status;
            /// Says whether a memory object of a pager's was changed.
            93 PagerQueryVmoStats pager_query_vmo_stats(pager: u32, pager_vmo: u32, options: u32, buffer: *mut u8, buffer_size: u64) -> Status;
        }
    };
}

/// Declares [`Call`] from the table.
macro_rules! declare {
    ($($(#[$doc:meta])* $number:literal $variant:ident $name:ident($($argument:ident: $type:ty),*) -> $result:tt;)*) => {
        /// A system call.
        #[repr(u64)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Call {
            $($(#[$doc])* $variant = $number,)*
        }

        impl Call {
            /// Every call, in the order of numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the call's name without prefix.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($name),)*
                }
            }

            /// Returns the number of its arguments.
            pub const fn argument_count(self) -> usize {
                match self {
                    $(Self::$variant => <[&str]>::len(&[$(stringify!($argument)),*]),)*
                }
            }
        }
    };
}

for_each_call!(declare);

impl TryFrom<u64> for Call {
    type Error = crate::Status;

    /// Looks a number up, all 64 bits of it.
    fn try_from(number: u64) -> crate::Result<Self> {
        let found = usize::try_from(number).ok().and_then(|index| Self::ALL.get(index));
        found.copied().ok_or(crate::Status::BAD_SYSCALL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Status;

    #[test]
    fn numbers_are_places_in_the_table() {
        for (index, call) in Call::ALL.iter().enumerate() {
            assert_eq!(*call as u64, index as u64, "{}", call.name());
            assert_eq!(Call::try_from(index as u64), Ok(*call));
        }
    }

    #[test]
    fn all_64_bits_of_a_number_count() {
        for number in
            [Call::ALL.len() as u64, 0x8000_0000, 1 << 32, 0xFF00_FF00_0000_0010, u64::MAX]
        {
            assert_eq!(Call::try_from(number), Err(Status::BAD_SYSCALL));
        }
    }

    #[test]
    fn arguments_fit_the_registers() {
        assert!(Call::ALL.iter().all(|call| call.argument_count() <= 8));
        assert_eq!(Call::VmarMap.argument_count(), 7);
        assert_eq!(Call::ChannelRead.argument_count(), 8);
        assert_eq!(Call::ThreadExit.argument_count(), 0);
    }
}
