//! Which queue owns which end.
//!
//! A handle to an end can never be duplicated (no channel handle has the right to), so each end has exactly one handle and is closed
//! when that is dropped. That handle is in a process's table, on its way, or in the queue of *one* other end, its *holder*.
//! Following holders from any end therefore walks one path:
//!
//! ```text
//!   a message with E's handle ──> queue of D ──holder──> queue of C ──holder──> … ──> a process's table
//! ```
//!
//! A message is refused if that path, from the queue it would go to, meets an end it carries. So no queue ever owns itself, in
//! however many steps, and counting references frees every channel.
//!
//! Closing an end drops its queue, in which may be the handles of further ends, and so on as deep as programs have built it.
//! [`close`] does this with a list through the ends themselves, not with the kernel's stack.

use super::pair::Place;
use crate::object::Message;
use abi::{Result, Status};
use spin::Mutex;

/// Longest path of holders a message may be added to the end of.
const MAX_DEPTH: usize = 64;

/// Held while ends enter and leave queues, so that a path of holders does not change while it is walked.
static TRANSIT: Mutex<()> = Mutex::new(());

/// Appends a message that carries ends of channels, written at `from`, to the queue at `to`, or hands it back.
///
/// # Errors
/// 1. [`Status::NOT_SUPPORTED`]: the message carries `from`, or the queue would come to own itself.
/// 2. [`Status::NO_RESOURCES`]: the queue is too deep in queues of others.
/// 3. Those of [`Place::push`].
pub(super) fn push(from: &Place, to: &Place, message: Message) -> Result<(), (Status, Message)> {
    // A message handed back is dropped by the caller, when the lock is free again.
    let _transit = TRANSIT.lock();
    if let Err(status) = check_acyclic(from, to, &message) {
        return Err((status, message));
    }
    for endpoint in message.endpoints() {
        *endpoint.place.half().holder.lock() = Some(to.clone());
    }
    to.push(message).inspect_err(|(_, refused)| forget_holders(refused))
}

/// Says of every end whose handle `message` carries that it is in no queue, since the message was taken out of one.
pub(super) fn release(message: &Message) {
    if message.endpoints().next().is_some() {
        let _transit = TRANSIT.lock();
        forget_holders(message);
    }
}

/// Closes the end at `place`, and every end whose handle is in its queue, and so on.
pub(super) fn close(place: &Place) {
    let mut next = place.shut();
    while let Some(place) = next.take() {
        let Some(message) = place.half().state.lock().queue.pop_front() else {
            next = place.half().holder.lock().take();
            continue;
        };
        next = Some(place);
        let endpoints = message.endpoints();
        for shut in endpoints.filter_map(|endpoint| endpoint.place.shut()) {
            *shut.half().holder.lock() = next.replace(shut.clone());
        }
        // The ends it carries are shut, so dropping their handles does nothing more; objects of other types own no queues.
        drop(message);
    }
}

fn forget_holders(message: &Message) {
    for endpoint in message.endpoints() {
        endpoint.place.half().holder.lock().take();
    }
}

/// Checks that `message`, written at `from`, can be owned by the queue at `to`.
fn check_acyclic(from: &Place, to: &Place, message: &Message) -> Result<()> {
    let carries = |place: &Place| message.endpoints().any(|endpoint| endpoint.place.is(place));
    if carries(from) {
        return Err(Status::NOT_SUPPORTED);
    }
    let mut place = to.clone();
    for _ in 0..MAX_DEPTH {
        if carries(&place) {
            return Err(Status::NOT_SUPPORTED);
        }
        let holder = place.half().holder.lock().clone();
        match holder {
            Some(holder) => place = holder,
            None => return Ok(()),
        }
    }
    Err(Status::NO_RESOURCES)
}
