//! `./x bench`: what operations cost, against Zircon and Linux.
//!
//! The program `bench` measures in ring 3, in a machine whose clock counts instructions; [`guest`] boots it and gathers
//! [`figures`], [`table`] sets them against the [`yardstick`] and against those that are kept in the repository ([`record`]),
//! [`growth`] shows how they grow, and [`memory`] what things take, [`machine`] what it takes to boot. The tables in the [`readme`] are written from those that are kept.

mod decimal;
mod figures;
mod growth;
mod guest;
mod machine;
mod memory;
mod profile;
mod readme;
mod record;
mod table;
mod yardstick;

use crate::workspace;
use anyhow::{Result, ensure};
use clap::{Args, Subcommand};
use figures::Figures;
use guest::Clock;
use record::Medians;
use std::path::PathBuf;
use yardstick::{FURTHER, TARGETS};

/// What to measure, and what to do with it.
#[derive(Args, Debug)]
#[command(subcommand_precedence_over_arg = true, disable_help_subcommand = true)]
pub(crate) struct Options {
    /// Print JSON instead of tables
    #[arg(long, global = true)]
    json: bool,
    /// Measure time (nanoseconds, and different ones each time) instead of instructions
    #[arg(long, global = true)]
    wall: bool,
    /// Measure twice and fail if the figures differ
    #[arg(long, conflicts_with = "wall", global = true)]
    twice: bool,
    /// Measure each operation a few times only, and with small sizes only
    #[arg(long, global = true)]
    quick: bool,
    /// Draw how costs grow, as pictures in SVG, into the folder DIR
    #[arg(long, value_name = "DIR", conflicts_with = "wall", global = true)]
    plot: Option<PathBuf>,
    /// Show where the instructions of one figure go, and draw a flame graph into target/bench
    #[arg(long, value_name = "FIGURE", exclusive = true)]
    profile: Option<String>,
    /// Keep the figures in the repository, for later runs to compare with
    #[arg(long, conflicts_with_all = ["wall", "quick"], global = true)]
    save: bool,
    /// A part of it all
    #[command(subcommand)]
    part: Option<Part>,
    /// Measure only what belongs with figures whose names begin so (--json shows the names)
    #[arg(value_name = "FIGURE", conflicts_with = "save")]
    names: Vec<String>,
}

/// A part of what can be measured, or written.
#[derive(Subcommand, Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// How costs grow with how many of something there are; fails if one grows faster than a logarithm
    Growth,
    /// How many bytes of kernel memory things take
    Memory,
    /// How little memory a machine needs, and how many instructions boot takes to ring 3
    Machine,
    /// Write the tables in the README, and its pictures, from the figures that are kept, without measuring
    Readme,
}

/// Measures, prints what was asked for, and returns the status to end with.
pub(crate) fn run(options: &Options) -> Result<u8> {
    if let Some(figure) = &options.profile {
        return profile::run(figure).map(|()| 0);
    }
    if options.part == Some(Part::Readme) {
        return show(&record::load()?).map(|()| 0);
    }
    let figures = measure(options)?;
    let medians = figures.medians();
    if options.json {
        println!("{}", figures.to_json()?);
    } else if options.wall {
        print!("{}", table::of_times(&figures));
    } else {
        print!("{}", tables(options.part, &medians)?);
    }
    if let Some(folder) = &options.plot {
        growth::draw(&medians, folder)?;
    }
    if options.save {
        keep(options.part, &medians)?;
    }
    if !options.wall {
        growth::check(&medians)?;
    }
    Ok(0)
}

/// Measures how costs grow, in instructions, and says how steep the steepest curve is.
///
/// # Errors
/// A curve grows faster than a logarithm.
pub(crate) fn steepest() -> Result<String> {
    growth::figure(&guest::measure(Clock::Instructions, false, &growth::series())?.medians())
}

/// Measures once, or twice.
fn measure(options: &Options) -> Result<Figures> {
    let clock = if options.wall { Clock::Time } else { Clock::Instructions };
    let names = match options.part {
        Some(Part::Growth) => &growth::series(),
        Some(Part::Memory) => &memory::names(),
        Some(Part::Machine | Part::Readme) | None => &options.names,
    };
    let measure = || match options.part {
        Some(Part::Machine) => machine::measure(),
        _ => guest::measure(clock, options.quick, names),
    };
    let figures = measure()?;
    if options.twice {
        let again = measure()?;
        let differing = figures.differing(&again);
        ensure!(differing.is_empty(), "not the same twice in a row: {}", differing.join(", "));
        eprintln!("boot: the same {} figures twice in a row", figures.len());
    }
    Ok(figures)
}

/// Returns the tables of a run that counted instructions.
fn tables(part: Option<Part>, medians: &Medians) -> Result<String> {
    let mut tables = Vec::new();
    if part.is_none() {
        let before = record::load()?;
        let against = |rows| table::of_instructions(rows, medians, Some(&before));
        tables.extend([against(TARGETS), table::summary(medians), against(FURTHER)]);
    }
    tables.extend([growth::tables(medians), memory::table(medians), machine::table(medians)]);
    tables.retain(|table| !table.is_empty());
    Ok(tables.join("\n"))
}

/// Keeps `medians`: those of a part beside all others, all that the guest measures beside what is known of the machine.
fn keep(part: Option<Part>, medians: &Medians) -> Result<()> {
    let mut kept = record::load()?;
    if part.is_none() {
        kept.retain(machine::is_figure);
    }
    kept.update(medians);
    record::save(&kept)?;
    show(&kept)
}

/// Writes the README's tables and pictures.
fn show(medians: &Medians) -> Result<()> {
    growth::draw(medians, &workspace::root().join("tests/bench/growth"))?;
    readme::write(medians)
}
