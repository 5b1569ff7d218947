//! Every documented error, alone and with every error that is documented after it.

mod allocate;
mod child;
mod fault;
mod map;
mod op_range;
mod protect;
mod unmap;
mod vmo;

use abi::Status;

use crate::common::World;

/// A way to make a request wrong, and the status that it then fails with.
pub(crate) struct Flaw<R> {
    pub(crate) name: &'static str,
    pub(crate) status: Status,
    pub(crate) apply: fn(&mut R),
}

/// Makes requests with one flaw, and with each two, and checks that they fail with the status of the
/// flaw that is first in `flaws`, which is the documented order, and change nothing.
///
/// `start` makes a request that succeeds, and `send` sends it.
pub(crate) fn fail_in_order<R>(
    world: &World,
    flaws: &[Flaw<R>],
    start: impl Fn() -> R,
    send: impl Fn(&World, R, Status, &str),
) {
    for (position, first) in flaws.iter().enumerate() {
        let mut request = start();
        (first.apply)(&mut request);
        send(world, request, first.status, first.name);
        let later = if cfg!(miri) { &[] } else { &flaws[position + 1..] };
        for second in later {
            let mut request = start();
            // The first one last, as it may undo what makes the second one wrong, not the reverse.
            (second.apply)(&mut request);
            (first.apply)(&mut request);
            let name = format!("{} and {}", first.name, second.name);
            send(world, request, first.status, &name);
        }
    }
}
