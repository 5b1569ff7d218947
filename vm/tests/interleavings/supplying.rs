//! Pages given to an object when those who shared them are just about to go.

use abi::{Status, VmoChildOptions, VmoOptions};
use shuttle::thread;
use vm::sim::SimMachine;
use vm::{Missing, PageSource, Result, Vmo};

use crate::FRAMES;
use crate::bounded::Bounded;
use crate::common::{PAGE, child};
use crate::program::under_all;

/// A source that nobody waits for.
pub(crate) struct Absent;

impl PageSource for Absent {
    fn provide(&self, _: &Missing) -> Result<()> {
        Err(Status::IO)
    }

    fn cut(&self, _: u64) {}

    fn zeroed(&self, _: std::ops::Range<u64>) {}
}

fn first_byte(vmo: &Vmo) -> Result<u8> {
    let mut byte = [0];
    vmo.read(0, &mut byte).map(|()| byte[0])
}

/// A snapshot left its family before its frames, which nobody seemed to share then.
#[test]
fn a_frame_was_supplied_that_a_snapshot_was_giving_up() {
    let machine = SimMachine::new(2, FRAMES);
    let memory = machine.memory();
    let run = move || {
        let aux = Vmo::create(memory, 2 * PAGE, VmoOptions::empty()).expect("an object");
        aux.write(0, &[7]).expect("memory");
        let snapshot = child(&aux, VmoChildOptions::SNAPSHOT, 0, 2).expect("a child");
        // From here on they share frames, but no node.
        aux.write(PAGE, &[8]).expect("memory");
        let source = Box::new(Absent);
        let vmo = Vmo::with_source(memory, PAGE, VmoOptions::empty(), source).expect("an object");
        let supplied = vm::sim::together(|| {
            thread::scope(|scope| {
                scope.spawn(|| drop(snapshot));
                vmo.supply(0, PAGE, &aux, 0)
            })
        });
        // If the frame is free, this is where it is used again.
        let other = Vmo::create(memory, PAGE, VmoOptions::empty()).expect("an object");
        other.write(0, &[9]).expect("memory");
        let expected = match supplied {
            Ok(()) => (Ok(7), Ok(0)),
            Err(status) => {
                assert_eq!(status, Status::BAD_STATE, "it is shared");
                (Err(Status::SHOULD_WAIT), Ok(7))
            }
        };
        assert_eq!((first_byte(&vmo), first_byte(&aux)), expected);
        memory.check_invariants().expect("the free frames are in order");
    };
    under_all(Bounded::new(2), run);
}
