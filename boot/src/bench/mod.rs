//! `./x bench`: what operations cost, against Zircon and Linux.
//!
//! The program `bench` measures in ring 3, in a machine whose clock counts instructions; [`guest`] boots it and gathers
//! [`figures`], [`table`] sets them against the [`yardstick`] and against those that are kept in the repository ([`record`]).

mod decimal;
mod figures;
mod guest;
mod profile;
mod record;
mod table;
mod yardstick;

use anyhow::{Result, ensure};
use clap::Args;
use guest::Clock;

/// What to measure, and what to do with it.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
    /// Measure time (nanoseconds, and different ones each time) instead of instructions
    #[arg(long)]
    wall: bool,
    /// Measure twice and fail if the figures differ
    #[arg(long, conflicts_with = "wall")]
    twice: bool,
    /// Measure each operation a few times only, and with small sizes only
    #[arg(long)]
    quick: bool,
    /// Show where the instructions of one figure go, and draw a flame graph into target/bench
    #[arg(long, value_name = "FIGURE", exclusive = true)]
    profile: Option<String>,
    /// Keep the figures in the repository, for later runs to compare with
    #[arg(long, conflicts_with_all = ["wall", "quick", "names"])]
    save: bool,
    /// Measure only what belongs with figures whose names begin so (--json shows the names)
    #[arg(value_name = "FIGURE")]
    names: Vec<String>,
}

/// Measures, prints what was asked for, and returns the status to end with.
pub(crate) fn run(options: &Options) -> Result<u8> {
    if let Some(figure) = &options.profile {
        return profile::run(figure).map(|()| 0);
    }
    let clock = if options.wall { Clock::Time } else { Clock::Instructions };
    let measure = || guest::measure(clock, options.quick, &options.names);
    let figures = measure()?;
    if options.twice {
        let again = measure()?;
        let differing = figures.differing(&again);
        ensure!(differing.is_empty(), "not the same twice in a row: {}", differing.join(", "));
        eprintln!("boot: the same {} figures twice in a row", figures.len());
    }
    if options.json {
        println!("{}", figures.to_json()?);
    } else if options.wall {
        print!("{}", table::of_times(&figures));
    } else {
        print!("{}", table::of_instructions(&figures, &record::load()?));
    }
    if options.save {
        record::save(&figures)?;
    }
    Ok(0)
}
