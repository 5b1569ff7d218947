//! More and more processes, each with a thread that sleeps until a point in time.

use crate::idle::Idle;
use crate::meter::Figure;
use crate::plan::{self, Rounds};
use alloc::vec::Vec;
use rt::abi::object::Time;
use rt::{EventPair, Handle, Job, Process, Result, Rights, Signals, start, thread, time};

/// The numbers of processes.
const SIZES: [u64; 4] = [10, 100, 1000, 4000];

/// What a thread that waits for its turn waits for.
const TURN: Signals = Signals::EVENTPAIR_SIGNALED;

/// Which of them are looked for: each of so many.
const STRIDE: usize = 7;

/// Nanoseconds after boot when those give up who wait for each other: after all others, who sleep.
const LATE: Time = 1 << 61;

pub(super) fn run() -> Result<()> {
    let (idle, job) = (Idle::prepare()?, start().job().create_in()?);
    let mut processes = Vec::new();
    for size in plan::sizes(&SIZES) {
        for _ in processes.len() as u64..size {
            processes.push(idle.launch(&job)?);
        }
        lives(size, &idle, &job)?;
        searches(size, &job, &processes)?;
        turns(size)?;
        ends(size, &idle)?;
    }
    job.kill()?;
    processes.iter().try_for_each(|process| process.join().map(drop))
}

/// Takes the figures of one more process: made, started, and ended while it sleeps.
fn lives(size: u64, idle: &Idle, job: &Job) -> Result<()> {
    let rounds = Rounds::TASKS;
    let figure = |name| Figure::new(name, rounds).at(size);
    let (mut create, mut start) = (figure("process_create"), figure("process_start"));
    let mut end = figure("process_end");
    for _ in 0..rounds.all() {
        let (process, thread, entry) = create.time(|| idle.create(job))?;
        start.time(|| Idle::start(&process, &thread, entry))?;
        time::yield_now();
        end.time(|| process.kill().and_then(|()| process.join()))?;
    }
    [create, start, end].into_iter().for_each(Figure::report);
    Ok(())
}

/// Takes the figure of finding a process by its number.
fn searches(size: u64, job: &Job, processes: &[Process]) -> Result<()> {
    let rounds = Rounds::TASKS;
    let mut find = Figure::new("process_find", rounds).at(size);
    for process in processes.iter().cycle().step_by(STRIDE).take(rounds.all()) {
        let koid = process.basic_info()?.koid;
        find.time(|| job.process(koid, Rights::SAME_RIGHTS))?;
    }
    find.report();
    Ok(())
}

/// Takes the figure of two threads that hand over to each other and back, each waiting with a deadline.
fn turns(size: u64) -> Result<()> {
    let rounds = Rounds::CALLS;
    let mut turn = Figure::new("process_turns", rounds).at(size);
    let (ours, theirs) = EventPair::create()?;
    let peer = thread::spawn(answer, theirs.into_handle().into_raw().into())?;
    for _ in 0..rounds.all() {
        turn.time(|| hand_over(&ours))?;
    }
    drop(ours);
    peer.join()?;
    turn.report();
    Ok(())
}

/// Hands over through one of a pair of events, and waits until the other one hands over.
fn hand_over(event: &EventPair) -> Result<()> {
    event.signal_peer(Signals::empty(), TURN)?;
    event.wait(TURN, LATE)?;
    event.signal(TURN, Signals::empty())
}

/// Waits for its turn, again and again, and hands over, until the other event is gone.
extern "C" fn answer(event: u64) {
    let Ok(raw) = u32::try_from(event) else { return };
    let event = EventPair::from(Handle::from_raw(raw));
    let wanted = TURN | Signals::EVENTPAIR_PEER_CLOSED;
    while event.wait(wanted, LATE).is_ok_and(|observed| observed.contains(TURN)) {
        let handed = event
            .signal(TURN, Signals::empty())
            .and_then(|()| event.signal_peer(Signals::empty(), TURN));
        if handed.is_err() {
            return;
        }
    }
}

/// Takes the figure of ending so many processes with their job, for each of them.
fn ends(size: u64, idle: &Idle) -> Result<()> {
    let rounds = Rounds::CROWDS;
    let mut kill = Figure::new("job_kill", rounds).per(size).at(size);
    for _ in 0..rounds.all() {
        let job = start().job().create_in()?;
        let processes: Result<Vec<Process>> = (0..size).map(|_| idle.launch(&job)).collect();
        let processes = processes?;
        kill.time(|| {
            job.kill()?;
            processes.iter().try_for_each(|process| process.join().map(drop))
        })?;
    }
    kill.report();
    Ok(())
}
