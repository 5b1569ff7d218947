//! Memory taken back from who is about to need it again.

use abi::{Status, VmoOptions};
use shuttle::thread;
use vm::sim::SimMachine;
use vm::{Access, Ref, Vmo};

use crate::FRAMES;
use crate::bounded::Bounded;
use crate::common::PAGE;
use crate::program::under_all;

/// Makes an unlocked object of a page that begins with 7.
fn unlocked(machine: &'static SimMachine) -> Ref<Vmo> {
    let vmo = Vmo::create(machine.memory(), PAGE, VmoOptions::DISCARDABLE).expect("an object");
    vmo.write(0, &[7]).expect("memory");
    vmo.lock_pages(0, PAGE).expect("all of it");
    vmo.unlock_pages(0, PAGE).expect("locked");
    vmo
}

/// Memory is taken from whoever seems not to need it, and may be needed again by then.
#[test]
fn what_is_locked_is_kept_though_it_was_chosen_to_be_discarded() {
    let machine = SimMachine::new(2, FRAMES);
    let run = || {
        let vmo = unlocked(machine);
        let (locked, freed) = vm::sim::together(|| {
            thread::scope(|scope| {
                let reclaims = scope.spawn(|| machine.memory().reclaim());
                (vmo.try_lock_pages(0, PAGE), reclaims.join().expect("nobody panicked"))
            })
        });
        let mut byte = [0];
        let read = vmo.read(0, &mut byte);
        match locked {
            Ok(()) => assert_eq!((read, byte, freed), (Ok(()), [7], 0)),
            Err(status) => {
                assert_eq!((status, freed), (Status::UNAVAILABLE, 1));
                assert_eq!(read, Err(Status::NOT_FOUND));
            }
        }
    };
    under_all(Bounded::new(2), run);
}

#[test]
fn what_is_pinned_is_kept_though_it_was_chosen_to_be_discarded() {
    let machine = SimMachine::new(2, FRAMES);
    let run = || {
        let vmo = unlocked(machine);
        let (pinned, freed) = vm::sim::together(|| {
            thread::scope(|scope| {
                let reclaims = scope.spawn(|| machine.memory().reclaim());
                (Vmo::pin(&vmo, Access::Read, 0, PAGE), reclaims.join().expect("nobody panicked"))
            })
        });
        match pinned {
            Ok(_pin) => assert_eq!((vmo.committed_frames(), freed), (1, 0)),
            Err(status) => assert_eq!((status, freed), (Status::NOT_FOUND, 1)),
        }
    };
    under_all(Bounded::new(2), run);
}
