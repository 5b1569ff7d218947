//! What a program can see of a scene.

use crate::operations::Effect;
use crate::scene::{PAGE, Scene};
use abi::Topic;
use abi::info::{
    InfoBti, InfoHandleCount, InfoHandleExtended, InfoMaps, InfoTaskStats, InfoVmo, Record,
};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use rt::{Handle, Signals, Status, start};

/// Says whether a call with this effect may change the answer to a question although it fails.
fn may_change(question: &str, effect: Effect) -> bool {
    match effect {
        Effect::None => false,
        Effect::Commits => question.starts_with("pages "),
        // A handle to the event, or to the slice.
        Effect::Consumes => {
            let others = ["handles", "pages of objects", "handle of event", "signals of event"];
            others.contains(&question) || question.ends_with("slice")
        }
    }
}

/// Answers of the kernel, each with what was asked.
pub(crate) struct Seen(Vec<(String, Vec<u8>)>);

impl Seen {
    /// Asks everything there is to ask but what `effect` may change.
    pub(crate) fn of(scene: &Scene, effect: Effect) -> Self {
        let mut seen = Self(Vec::with_capacity(128));
        seen.ask_about_processes(scene);
        for (name, handle) in scene.handles() {
            seen.ask_about_handle(name, handle);
        }
        for (name, vmo, pages) in scene.vmos() {
            seen.one::<InfoVmo>(&format!("pages of {name}"), vmo, Topic::VMO);
            seen.note(format!("sizes of {name}"), format!("{:?}", (vmo.size(), vmo.stream_size())));
            let mut bytes = Vec::new();
            for page in (0..pages).take_while(|page| page * PAGE < vmo.size().unwrap_or(0)) {
                let mut begin = [0; 16];
                let outcome = vmo.read(page * PAGE + 8, &mut begin);
                bytes.extend_from_slice(&begin);
                bytes.extend_from_slice(format!("{outcome:?}").as_bytes());
            }
            seen.0.push((format!("contents of {name}"), bytes));
        }
        seen.one::<InfoBti>("pins", &scene.bti, Topic::BTI);
        seen.0.retain(|(what, _)| !may_change(what, effect));
        seen
    }

    fn ask_about_processes(&mut self, scene: &Scene) {
        let own = start().process();
        self.list::<InfoHandleExtended>("handles", own, Topic::HANDLE_TABLE);
        self.list::<InfoVmo>("pages of objects", own, Topic::PROCESS_VMOS);
        self.list::<u64>("threads", own, Topic::PROCESS_THREADS);
        for (name, process) in [("own", own), ("other", &scene.process)] {
            self.list::<InfoMaps>(&format!("pages of {name} maps"), process, Topic::PROCESS_MAPS);
            self.one::<InfoTaskStats>(
                &format!("pages of {name} memory"),
                process,
                Topic::TASK_STATS,
            );
        }
        for (name, job) in [("own job", start().job()), ("inner job", &scene.job)] {
            self.list::<u64>(&format!("processes of {name}"), job, Topic::JOB_PROCESSES);
            self.list::<u64>(&format!("jobs of {name}"), job, Topic::JOB_CHILDREN);
        }
    }

    fn ask_about_handle(&mut self, name: &str, handle: &Handle) {
        let count: Result<InfoHandleCount, Status> = handle.info(Topic::HANDLE_COUNT);
        self.note(format!("handle of {name}"), format!("{:?} {count:?}", handle.basic_info()));
        let mut observed = [0_u32];
        let all = u32::MAX >> 1;
        let status = programs::zx::object_wait_one(handle.raw(), all, 0, observed.as_mut_slice());
        let signals = Signals::from_bits_retain(observed[0]);
        self.note(format!("signals of {name}"), format!("{status} {signals:?}"));
    }

    fn one<R: Record>(&mut self, what: &str, handle: &Handle, topic: Topic) {
        match handle.info::<R>(topic) {
            Ok(record) => self.add(what, &[record]),
            Err(status) => self.note(what.into(), format!("{status}")),
        }
    }

    fn list<R: Record>(&mut self, what: &str, handle: &Handle, topic: Topic) {
        match handle.info_list::<R>(topic) {
            Ok(records) => self.add(what, &records),
            Err(status) => self.note(what.into(), format!("{status}")),
        }
    }

    fn add<R: Record>(&mut self, what: &str, records: &[R]) {
        let bytes = records.iter().flat_map(|record| record.as_bytes().iter().copied());
        self.0.push((what.into(), bytes.collect()));
    }

    fn note(&mut self, what: String, answer: String) {
        self.0.push((what, answer.into_bytes()));
    }

    /// Returns the first difference to what was seen later, in words.
    pub(crate) fn difference(&self, later: &Self) -> Option<String> {
        let pairs = self.0.iter().zip(&later.0);
        let (before, after) = pairs.into_iter().find(|(before, after)| before != after)?;
        let place = before.1.iter().zip(&after.1).position(|(one, other)| one != other);
        let place = place.unwrap_or(before.1.len().min(after.1.len()));
        let lens = (before.1.len(), after.1.len());
        Some(format!("{} changed at byte {place} of {lens:?}", before.0))
    }
}
