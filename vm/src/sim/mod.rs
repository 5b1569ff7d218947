//! A machine for host tests.
