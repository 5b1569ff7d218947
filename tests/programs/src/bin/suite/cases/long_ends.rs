//! Calls that concern many handles, objects or processes, and the end of what has many: other threads run meanwhile.
//!
//! # Source
//! `handles-rights-errors.md` §3, §7 and §9; `vmo.md` §7.

use super::cases;
use crate::fixture::*;
use crate::hardware;
use crate::packets::{NOTHING, SIGNALED, event};
use crate::part::{self, Part};
use crate::turns::{others_run_during, turns_during};
use abi::info::{InfoProcessHandleStats, InfoTaskStats, InfoVmo};
use abi::object::TIME_INFINITE;
use abi::{Topic, VmoChildOptions, VmoOp};
use alloc::vec::Vec;
use rt::{Event, Process, Rights, Status, VmOptions, Vmar, Vmo, VmoOptions, start};

cases! { long_ends:
    others_run_while_those_who_share_pages_are_counted,
    others_run_while_mappings_are_added_up,
    others_run_while_handles_are_counted,
    others_run_while_address_spaces_are_counted,
    others_run_while_frames_in_a_row_are_cleared,
    others_run_while_a_process_ends,
    others_run_while_a_job_is_killed,
    others_run_while_memory_is_taken_back,
}

fn others_run_while_those_who_share_pages_are_counted() {
    const PAGES: u64 = 500;
    let object = vmo(PAGES);
    object.operate(VmoOp::Commit, 0, PAGES * PAGE).unwrap();
    let copy = || object.create_child(VmoChildOptions::SNAPSHOT, 0, PAGES * PAGE).unwrap();
    let copies: Vec<Vmo> = (0..200).map(|_| copy()).collect();
    others_run_during(|| object.info::<InfoVmo>(Topic::VMO).map(drop).into());
    drop(copies);
}

fn others_run_while_mappings_are_added_up() {
    let object = vmo(1);
    // Apart, so that they are not joined.
    let region = region(400);
    for number in 0..200 {
        region.place(2 * number, &object, 1, R);
    }
    let process = start().process();
    others_run_during(|| process.info::<InfoTaskStats>(Topic::TASK_STATS).map(drop).into());
}

fn others_run_while_handles_are_counted() {
    let object = vmo(1);
    let copy = || object.duplicate(Rights::SAME_RIGHTS).unwrap();
    let copies: Vec<Vmo> = (0..6000).map(|_| copy()).collect();
    let process = start().process();
    let count = || process.info::<InfoProcessHandleStats>(Topic::PROCESS_HANDLE_STATS);
    others_run_during(|| count().map(drop).into());
    drop(copies);
}

fn others_run_while_address_spaces_are_counted() {
    let object = vmo(1);
    let show = |number: u64| {
        let (process, vmar) = Process::create(start().job(), "counted").unwrap();
        vmar.map(R | VmOptions::SPECIFIC, number * PAGE, &object, 0, PAGE).unwrap();
        (process, vmar)
    };
    let shown: Vec<(Process, Vmar)> = (0..100).map(show).collect();
    let mut count = 0;
    others_run_during(|| {
        count = object.info::<InfoVmo>(Topic::VMO).unwrap().share_count;
        Status::OK
    });
    assert_eq!(count, 100);
    drop(shown);
}

fn others_run_while_frames_in_a_row_are_cleared() {
    let bti = hardware::bti();
    let clear = || Vmo::create_contiguous(&bti, 16_000 * PAGE, 0).map(drop);
    // Memory that an emulated machine touches for the first time costs its host so much that every turn would begin with a tick.
    clear().unwrap();
    others_run_during(|| clear().into());
}

/// Makes many handles, says so, and ends when it is told to.
fn end_with_many_handles(count: u64) {
    let mut given = part::given();
    let (go, ready) = (Event::from(given.remove(1)), Event::from(given.remove(0)));
    for _ in 0..count {
        core::mem::forget(ready.duplicate(Rights::SAME_RIGHTS).unwrap());
    }
    ready.signal(NOTHING, SIGNALED).unwrap();
    go.wait(SIGNALED, TIME_INFINITE).unwrap();
}

fn others_run_while_a_process_ends() {
    const COUNT: u64 = 20_000;
    let (ready, go) = (event(NOTHING), event(NOTHING));
    let copy = |event: &Event| event.duplicate(Rights::SAME_RIGHTS).unwrap().into_handle();
    let part = Part::start(end_with_many_handles, COUNT, [copy(&ready), copy(&go)].into());
    ready.wait(SIGNALED, TIME_INFINITE).unwrap();
    let turns = turns_during(|| {
        go.signal(NOTHING, SIGNALED).unwrap();
        assert_eq!(part.join(), 0);
        Status::OK
    });
    // There are three hundred pauses; before and after them it has a few turns, too.
    assert!(turns >= 30, "{turns} turns");
}

fn others_run_while_a_job_is_killed() {
    let job = start().job().create_in().unwrap();
    let make = |_| Process::create(&job, "killed").unwrap();
    let made: Vec<(Process, Vmar)> = (0..100).map(make).collect();
    others_run_during(|| job.kill().into());
    assert!(made.iter().all(|(process, _)| process.has_exited().unwrap()));
}

fn is_discarded(object: &Vmo) -> bool {
    object.info::<InfoVmo>(Topic::VMO).unwrap().committed_bytes == 0
}

fn others_run_while_memory_is_taken_back() {
    let make = |_| {
        let object = Vmo::create(PAGE, VmoOptions::DISCARDABLE).unwrap();
        object.operate(VmoOp::TryLock, 0, PAGE).unwrap();
        object.write(0, &[1]).unwrap();
        object.operate(VmoOp::Unlock, 0, PAGE).unwrap();
        object
    };
    let idle: Vec<Vmo> = (0..100).map(make).collect();
    let bti = hardware::bti();
    // SAFETY: the call has no arguments.
    let all = unsafe { rt::zx::system_get_physmem() };
    others_run_during(|| {
        let made = Vmo::create_contiguous(&bti, all, 0);
        assert_eq!(made.err(), Some(Status::NO_MEMORY), "some of it is needed");
        Status::OK
    });
    assert!(idle.iter().all(is_discarded));
}
