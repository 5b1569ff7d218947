//! `object_get_info`: what can be asked about objects.
//!
//! | module | what it answers |
//! |---|---|
//! | [`reply`] | how records reach a program |
//! | [`handles`] | handles, and who they name |
//! | [`tasks`] | processes, threads, jobs |
//! | [`maps`] | regions and mappings of an address space, and what they add up to |
//! | [`vmos`] | memory objects |
//! | [`system`] | the machine's memory |
//!
//! Nothing is locked while records are written to ring 3: what there is many of is looked at a few at a time.
//!
//! # Source
//! `handles-rights-errors.md` §7.

mod handles;
mod maps;
mod reply;
mod system;
mod tasks;
mod vmos;

use super::caller::Caller;
use crate::object::{Bti, Job, Kind, Process, Resource, Thread, VmarObject};
use crate::user::{UserPtr, UserSlice};
use abi::info::{InfoTaskStats, InfoVmar};
use abi::{RawHandle, Result, Rights, Status, Topic};
use core::mem::offset_of;
use maps::MapsVersion;
use reply::Reply;
use vm::{Ref, Vmo};

/// Bytes of the first version of the record of a task's memory.
const TASK_STATS_V1: usize = offset_of!(InfoTaskStats, mem_fractional_scaled_shared_bytes);

/// Writes what `topic` asks about an object to `buffer`, how many records were written to `actual` and how many there are to
/// `avail`, where those are not null.
///
/// # Errors
/// 1. [`Status::NOT_SUPPORTED`]: an unknown topic.
/// 2. [`Status::BAD_HANDLE`], [`Status::WRONG_TYPE`], [`Status::ACCESS_DENIED`]: most topics need INSPECT.
/// 3. [`Status::BAD_STATE`]: the process has ended, or the VMAR is destroyed, for topics about what is in them; a root VMAR
///    that is destroyed is empty for topics about the process. Or a thread that waits with no exception.
/// 4. [`Status::BUFFER_TOO_SMALL`]: the record does not fit; `actual` says 0. An array may be cut.
/// 5. [`Status::INVALID_ARGS`]: something cannot be written.
/// 6. [`Status::NO_MEMORY`], for lists of koids. [`Status::CANCELED`]: the calling thread is to end.
pub(super) fn get(
    caller: &Caller,
    value: RawHandle,
    topic: Topic,
    buffer: UserSlice,
    actual: UserPtr<u64>,
    avail: UserPtr<u64>,
) -> Result<()> {
    let question = Question { caller, value };
    let reply = Reply::new(buffer, actual, avail);
    match topic {
        Topic::HANDLE_VALID | Topic::HANDLE_BASIC | Topic::HANDLE_COUNT | Topic::HANDLE_TABLE => {
            question.about_handles(topic, reply)
        }
        Topic::PROCESS_HANDLE_STATS => {
            reply.single(handles::stats(&*question.inspected::<Process>()?)?)
        }
        Topic::RESOURCE => reply.single(question.inspected::<Resource>()?.info()),
        Topic::VMAR | Topic::VMAR_MAPS => question.about_vmar(topic, reply),
        Topic::VMO => question.about_vmo(3, reply),
        Topic::VMO_V1 => question.about_vmo(0, reply),
        Topic::VMO_V2 => question.about_vmo(1, reply),
        Topic::VMO_V3 => question.about_vmo(2, reply),
        Topic::PROCESS_MAPS => question.about_maps(MapsVersion::Current, reply),
        Topic::PROCESS_MAPS_V1 => question.about_maps(MapsVersion::First, reply),
        Topic::PROCESS_MAPS_V2 => question.about_maps(MapsVersion::Second, reply),
        Topic::PROCESS_VMOS => question.about_vmos(3, reply),
        Topic::PROCESS_VMOS_V1 => question.about_vmos(0, reply),
        Topic::PROCESS_VMOS_V2 => question.about_vmos(1, reply),
        Topic::PROCESS_VMOS_V3 => question.about_vmos(2, reply),
        Topic::BTI => reply.single(question.inspected::<Bti>()?.info()),
        Topic::KMEM_STATS => {
            let handles = caller.handles();
            handles.inspect(value, system::check_may_inspect)?;
            reply.single(system::kmem_stats())
        }
        _ => question.about_task(topic, reply),
    }
}

/// Who asks about which handle.
#[derive(Clone, Copy)]
struct Question<'a> {
    caller: &'a Caller,
    value: RawHandle,
}

impl Question<'_> {
    /// Returns the object that is asked about, for topics that need INSPECT.
    fn inspected<K: Kind>(self) -> Result<Ref<K>> {
        self.caller.get(self.value, Rights::INSPECT)
    }

    /// Returns the object that is asked about, for topics that need ENUMERATE.
    fn enumerated<K: Kind>(self) -> Result<Ref<K>> {
        self.caller.get(self.value, Rights::ENUMERATE)
    }

    fn about_handles(self, topic: Topic, reply: Reply) -> Result<()> {
        let (object, rights) = self.caller.handles().get_any(self.value)?;
        match topic {
            Topic::HANDLE_VALID => Ok(()),
            Topic::HANDLE_BASIC => reply.single(handles::basic(&object, rights)),
            Topic::HANDLE_COUNT if rights.contains(Rights::INSPECT) => {
                reply.single(handles::count(&object))
            }
            Topic::HANDLE_COUNT => Err(Status::ACCESS_DENIED),
            _ => {
                let needed = Rights::INSPECT | Rights::MANAGE_PROCESS | Rights::MANAGE_THREAD;
                let process = self.caller.get::<Process>(self.value, needed)?;
                handles::table(&process, reply)
            }
        }
    }

    fn about_vmar(self, topic: Topic, reply: Reply) -> Result<()> {
        let object = self.inspected::<VmarObject>()?;
        let vmar = object.vmar();
        match topic {
            Topic::VMAR => reply.single(InfoVmar { base: vmar.base(), len: vmar.len() }),
            _ => maps::of_vmar(vmar, reply),
        }
    }

    fn about_vmo(self, version: usize, reply: Reply) -> Result<()> {
        let handles = self.caller.handles();
        let (object, rights) = handles.get_with_rights::<Vmo>(self.value)?;
        reply.prefix(&vmos::by_handle(&object, rights)?, vmos::len_of(version))
    }

    fn about_maps(self, version: MapsVersion, reply: Reply) -> Result<()> {
        maps::of_process(&*self.inspected::<Process>()?, version, reply)
    }

    fn about_vmos(self, version: usize, reply: Reply) -> Result<()> {
        let process = self.inspected::<Process>()?;
        vmos::of_process(&process, vmos::len_of(version), reply)
    }

    fn about_task(self, topic: Topic, reply: Reply) -> Result<()> {
        match topic {
            Topic::PROCESS => reply.single(tasks::process(&self.inspected::<Process>()?.state())),
            Topic::PROCESS_V1 => {
                reply.single(tasks::process_v1(&self.inspected::<Process>()?.state()))
            }
            Topic::TASK_STATS => reply.single(maps::task_stats(&*self.inspected::<Process>()?)?),
            Topic::TASK_STATS_V1 => {
                let stats = maps::task_stats(&*self.inspected::<Process>()?)?;
                reply.prefix(&stats, TASK_STATS_V1)
            }
            Topic::PROCESS_THREADS => {
                tasks::koids(self.enumerated::<Process>()?.thread_koids()?, reply)
            }
            Topic::THREAD_EXCEPTION_REPORT => {
                reply.single(tasks::exception(&*self.inspected::<Thread>()?)?)
            }
            Topic::THREAD_EXCEPTION_REPORT_V1 => {
                reply.single(tasks::exception_v1(&*self.inspected::<Thread>()?)?)
            }
            Topic::THREAD => reply.single(tasks::thread(&*self.inspected::<Thread>()?)),
            Topic::JOB => reply.single(tasks::job(&*self.inspected::<Job>()?)),
            Topic::JOB_PROCESSES => tasks::koids(self.enumerated::<Job>()?.process_koids()?, reply),
            Topic::JOB_CHILDREN => tasks::koids(self.enumerated::<Job>()?.job_koids()?, reply),
            _ => Err(Status::NOT_SUPPORTED),
        }
    }
}
