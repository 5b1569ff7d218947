//! The list of free frames.

use vm::sim::SimMachine;

#[test]
fn a_frame_freed_twice_is_noticed() {
    // A machine of its own: it is of no use afterwards.
    let memory = SimMachine::new(1, 64).memory();
    let frame = memory.allocate().expect("memory");
    assert_eq!(memory.check_invariants(), Ok(()));
    memory.free(frame);
    assert_eq!(memory.check_invariants(), Ok(()));
    memory.free(frame);
    assert!(memory.check_invariants().is_err());
}
