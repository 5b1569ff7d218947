//! Draws places in new processes, for whoever examines how they are distributed: `placement PROCESSES DRAWS`.
//!
//! A mapping of one page goes to a place of the kernel's choice in the process's root VMAR and away again, so often for each process.
//! Printed is a line for each: the numbers of the pages, counted from the base of the root VMAR.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use rt::abi::layout::PAGE_SIZE;
use rt::{Process, Result, VmOptions, Vmo, VmoOptions, println, start};

rt::main!(main);

/// Exit code for arguments that make no sense.
const USAGE: i64 = 2;

fn main() -> i64 {
    let mut numbers = start().arguments().skip(1).map(|word| word.parse::<u64>().ok());
    let (Some(Some(processes)), Some(Some(draws))) = (numbers.next(), numbers.next()) else {
        println!("usage: placement PROCESSES DRAWS");
        return USAGE;
    };
    match draw_in_all(processes, draws) {
        Ok(()) => 0,
        Err(status) => {
            println!("placement: a call failed: {status}");
            1
        }
    }
}

/// Draws in so many processes, one after the other.
fn draw_in_all(processes: u64, draws: u64) -> Result<()> {
    let vmo = Vmo::create(PAGE_SIZE, VmoOptions::empty())?;
    println!("choice: {}", start().root_vmar().region()?.len / PAGE_SIZE);
    (0..processes).try_for_each(|_| draw(&vmo, draws))
}

/// Draws in a new process and prints the places.
fn draw(vmo: &Vmo, draws: u64) -> Result<()> {
    let (process, root) = Process::create(start().job(), "placement")?;
    let base = root.region()?.base;
    let mut line = String::from("places:");
    for _ in 0..draws {
        let address = root.map(VmOptions::PERM_READ, 0, vmo, 0, PAGE_SIZE)?;
        root.unmap(address, PAGE_SIZE)?;
        line.push_str(&format!(" {}", address.wrapping_sub(base) / PAGE_SIZE));
    }
    println!("{line}");
    process.kill()
}
