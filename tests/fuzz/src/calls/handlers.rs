//! Handlers of calls that note what they are given.
//!
//! The names of arguments are those of the declarations in `abi`; where an argument is made of several registers, all of them.

use super::caller::Caller;
use super::words::Words;
use abi::Result;
use std::cell::RefCell;
use std::collections::BTreeMap;

thread_local! {
    static NOTED: RefCell<BTreeMap<&'static str, u64>> = const { RefCell::new(BTreeMap::new()) };
}

/// Returns what has been noted since the last time.
pub(super) fn noted() -> BTreeMap<&'static str, u64> {
    NOTED.take()
}

fn note(names: &[&'static str], argument: &impl Words) {
    let words = argument.words();
    assert_eq!(names.len(), words.len(), "{names:?}");
    NOTED.with_borrow_mut(|noted| noted.extend(names.iter().copied().zip(words)));
}

/// Declares handlers, family by family: those that take arguments, then those that only return a value.
macro_rules! handlers {
    ($(mod $family:ident {
        $(fn $name:ident($($caller:ident,)? $([$first:ident $($more:ident)*]: $type:ty),*);)*
        $(value $value:ident;)*
    })*) => {
        $(pub(super) mod $family {
            #[allow(unused_imports, reason = "a family needs some of it")]
            pub(in crate::calls) use super::super::words::*;
            #[allow(unused_imports, reason = "a family needs some of it")]
            use super::*;
            #[allow(unused_imports, reason = "a family needs some of it")]
            use crate::user::{UserPtr, UserSlice};
            #[allow(unused_imports, reason = "a family needs some of it")]
            use abi::{Rights, Signals, Topic, VmOptions};

            $(
                #[allow(clippy::too_many_arguments, clippy::unnecessary_wraps, reason = "the kernel's are so")]
                pub(in crate::calls) fn $name($(_: &$caller,)? $($first: $type),*) -> Result<()> {
                    $(note(&[stringify!($first) $(, stringify!($more))*], &$first);)*
                    Ok(())
                }
            )*
            $(
                pub(in crate::calls) const fn $value() -> i64 {
                    0
                }
            )*
        })*
    };
}

handlers! {
    mod channel {
        fn create(Caller, [options]: u32, [out0]: UserPtr<()>, [out1]: UserPtr<()>);
        fn write(Caller, [channel]: u32, [options]: u32, [bytes num_bytes handles num_handles]: Room);
        fn read(Caller, [channel]: u32, [options]: u32, [bytes num_bytes handles num_handles]: Room, [actual_bytes]: UserPtr<()>, [actual_handles]: UserPtr<()>);
        fn call(Caller, [channel options]: (u32, u32), [deadline]: i64, [args]: (UserPtr<()>, Listing), [actual_bytes]: UserPtr<()>, [actual_handles]: UserPtr<()>);
    }
    mod debug {
        fn page_entry(Caller, [process]: u32, [address]: u64, [entry]: UserPtr<()>);
        fn check_invariants([aspaces]: UserPtr<()>);
        fn fail_allocation(Caller, [number]: u64, [count]: UserPtr<()>);
        fn count_handles([count]: UserPtr<()>);
    }
    mod device {
        fn create_physical(Caller, [resource]: u32, [paddr]: u64, [size]: u64, [out]: UserPtr<()>);
        fn create_contiguous(Caller, [bti]: u32, [size]: u64, [align_log2]: u32, [out]: UserPtr<()>);
        fn create_resource(Caller, [parent]: u32, [options]: u32, [base]: u64, [size]: u64, [name name_size]: UserSlice, [out]: UserPtr<()>);
        fn create_iommu(Caller, [resource]: u32, [kind]: u32, [desc desc_size]: UserSlice, [out]: UserPtr<()>);
        fn create_bti(Caller, [iommu]: u32, [options]: u32, [out]: UserPtr<()>);
        fn pin(Caller, [bti]: u32, [options]: u32, [vmo]: u32, [offset]: u64, [size]: u64, [addrs num_addrs]: UserSlice, [pmt]: UserPtr<()>);
        fn release_quarantine(Caller, [bti]: u32);
        fn unpin(Caller, [pmt]: u32);
    }
    mod event {
        fn create(Caller, [options]: u32, [out]: UserPtr<()>);
        fn create_pair(Caller, [options]: u32, [out0]: UserPtr<()>, [out1]: UserPtr<()>);
    }
    mod exception {
        fn create_channel(Caller, [task]: u32, [options]: u32, [out]: UserPtr<()>);
        fn get_thread(Caller, [exception]: u32, [out]: UserPtr<()>);
        fn get_process(Caller, [exception]: u32, [out]: UserPtr<()>);
    }
    mod futex {
        fn wait(Caller, [value current]: &Expected, [owner]: u32, [deadline]: i64);
        fn wake(Caller, [value]: u64, [count]: u32);
        fn wake_single_owner(Caller, [value]: u64);
        fn requeue(Caller, [value current]: &Expected, [wake_count]: u32, [requeue requeue_count owner]: &Target);
        fn requeue_single_owner(Caller, [value current]: &Expected, [requeue requeue_count owner]: &Target);
        fn get_owner(Caller, [value]: u64, [koid]: UserPtr<()>);
    }
    mod handle {
        fn close(Caller, [handle]: u32);
        fn close_many(Caller, [handles]: u64, [count]: u64);
        fn duplicate(Caller, [handle]: u32, [rights]: Rights, [out]: UserPtr<()>);
        fn replace(Caller, [handle]: u32, [rights]: Rights, [out]: UserPtr<()>);
        fn check_valid(Caller, [handle]: u32);
    }
    mod info {
        fn get(Caller, [handle]: u32, [topic]: Topic, [buffer size]: UserSlice, [actual]: UserPtr<()>, [avail]: UserPtr<()>);
    }
    mod job {
        fn create(Caller, [parent]: u32, [options]: u32, [out]: UserPtr<()>);
        fn get_child(Caller, [task]: u32, [koid]: u64, [rights]: Rights, [out]: UserPtr<()>);
    }
    mod pager {
        fn create(Caller, [options]: u32, [out]: UserPtr<()>);
        fn create_vmo(Caller, [pager]: u32, [options]: u32, [port key]: Destination, [size]: u64, [out]: UserPtr<()>);
        fn supply(Caller, [pager]: u32, [pager_vmo offset len]: Span, [aux_vmo]: u32, [aux_offset]: u64);
        fn detach(Caller, [pager]: u32, [vmo]: u32);
        fn op_range(Caller, [pager]: u32, [op]: u32, [pager_vmo offset len]: Span, [data]: u64);
        fn query_dirty_ranges(Caller, [pager]: u32, [pager_vmo offset len]: Span, [buffer buffer_size actual avail]: List);
        fn query_vmo_stats(Caller, [pager]: u32, [pager_vmo]: u32, [options]: u32, [buffer buffer_size]: UserSlice);
    }
    mod port {
        fn create(Caller, [options]: u32, [out]: UserPtr<()>);
        fn queue(Caller, [port]: u32, [packet]: UserPtr<()>);
        fn wait(Caller, [port]: u32, [deadline]: i64, [packet]: UserPtr<()>);
        fn cancel(Caller, [port]: u32, [source]: u32, [key]: u64);
    }
    mod process {
        fn create(Caller, [job]: u32, [name name_size]: UserSlice, [options]: u32, [process]: UserPtr<()>, [vmar]: UserPtr<()>);
        fn start(Caller, [process]: u32, [thread]: u32, [entry stack]: Entry, [arg1]: u32, [arg2]: u64);
        fn exit(Caller, [code]: i64);
        fn kill(Caller, [task]: u32);
    }
    mod process_memory {
        fn read(Caller, [process]: u32, [address]: u64, [buffer size]: UserSlice, [actual]: UserPtr<()>);
        fn write(Caller, [process]: u32, [address]: u64, [buffer size]: UserSlice, [actual]: UserPtr<()>);
    }
    mod property {
        fn get(Caller, [handle]: u32, [property]: u32, [value size]: UserSlice);
        fn set(Caller, [handle]: u32, [property]: u32, [value size]: UserSlice);
    }
    mod system {
        fn nanosleep(Caller, [deadline]: i64);
        fn cprng_draw([buffer size]: UserSlice);
        fn debug_write([buffer size]: UserSlice);
        fn yield_now([options]: u32);
        value clock;
        value ticks;
        value ticks_per_second;
        value num_cpus;
        value physmem;
    }
    mod thread {
        fn create(Caller, [process]: u32, [name name_size]: UserSlice, [options]: u32, [out]: UserPtr<()>);
        fn start(Caller, [thread]: u32, [entry stack]: Entry, [arg1]: u64, [arg2]: u64);
        fn exit(Caller,);
    }
    mod vmar {
        fn allocate(Caller, [parent]: u32, [options]: VmOptions, [offset]: u64, [size]: u64, [child]: UserPtr<()>, [address]: UserPtr<()>);
        fn map(Caller, [vmar]: u32, [options]: VmOptions, [vmar_offset]: u64, [vmo]: u32, [vmo_offset]: u64, [len]: u64, [address]: UserPtr<()>);
        fn unmap(Caller, [vmar]: u32, [address]: u64, [len]: u64);
        fn protect(Caller, [vmar]: u32, [options]: VmOptions, [address]: u64, [len]: u64);
        fn destroy(Caller, [vmar]: u32);
        fn op_range(Caller, [vmar]: u32, [op]: u32, [address]: u64, [len]: u64, [buffer buffer_size]: UserSlice);
        fn leave(Caller, [vmar]: u32, [address]: u64, [len]: u64, [handle]: u32);
    }
    mod vmo {
        fn create(Caller, [size]: u64, [options]: u32, [out]: UserPtr<()>);
        fn read(Caller, [vmo]: u32, [buffer size]: UserSlice, [offset]: u64);
        fn write(Caller, [vmo]: u32, [buffer size]: UserSlice, [offset]: u64);
        fn get_size(Caller, [vmo]: u32, [size]: UserPtr<()>);
        fn set_size(Caller, [vmo]: u32, [size]: u64);
        fn replace_as_executable(Caller, [vmo]: u32, [vmex]: u32, [out]: UserPtr<()>);
        fn get_stream_size(Caller, [vmo]: u32, [size]: UserPtr<()>);
        fn set_stream_size(Caller, [vmo]: u32, [size]: u64);
        fn set_cache_policy(Caller, [vmo]: u32, [policy]: u32);
    }
    mod vmo_child {
        fn create(Caller, [vmo]: u32, [options]: u32, [offset]: u64, [size]: u64, [out]: UserPtr<()>);
        fn transfer_data(Caller, [dst]: u32, [options]: u32, [offset]: u64, [len]: u64, [src]: u32, [src_offset]: u64);
    }
    mod vmo_range {
        fn operate(Caller, [vmo]: u32, [op]: u32, [offset]: u64, [size]: u64, [buffer buffer_size]: UserSlice);
    }
    mod wait {
        fn one(Caller, [handle]: u32, [signals]: Signals, [deadline]: i64, [observed]: UserPtr<()>);
        fn asynchronous(Caller, [handle]: u32, [port]: u32, [key]: u64, [signals]: Signals, [options]: u32);
        fn many(Caller, [items]: u64, [count]: u64, [deadline]: i64);
        fn signal(Caller, [handle]: u32, [clear]: Signals, [set]: Signals);
        fn signal_peer(Caller, [handle]: u32, [clear]: Signals, [set]: Signals);
    }
}
