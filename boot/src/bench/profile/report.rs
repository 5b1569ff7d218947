//! A profile as tables of functions and as a flame graph.

use super::super::decimal::short;
use super::{image::Image, walk::Walk};
use anyhow::{Context as _, Result, anyhow};
use inferno::flamegraph;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    io::BufWriter,
    path::Path,
};

/// Lines of a table.
const LINES: usize = 24;

/// What is neither in the kernel nor in the program.
const UNKNOWN: &str = "?";

/// Prints where the instructions of the figure `name` go, and draws a flame graph into `folder`.
pub(super) fn print_and_draw(
    name: &str,
    walk: &Walk,
    units: u64,
    images: &[Image],
    folder: &Path,
) -> Result<()> {
    let stacks = named_stacks(walk, images);
    let count = walk.samples() * units;
    let all: u64 = stacks.values().sum();
    println!("{name}: {} instructions, the mean of {count}", short(all as f64 / count as f64));

    let (mut alone, mut with_callees) = (HashMap::new(), HashMap::new());
    for (stack, count) in &stacks {
        if let Some(innermost) = stack.last() {
            *alone.entry(innermost.as_str()).or_default() += count;
        }
        for function in stack.iter().collect::<BTreeSet<_>>() {
            *with_callees.entry(function.as_str()).or_default() += count;
        }
    }
    print_table("in the function itself", &alone, count, all);
    print_table("with all that it calls", &with_callees, count, all);

    let path = folder.join(format!("{name}.svg"));
    draw(name, &stacks, &path)?;
    println!("\nflame graph: {}", path.display());
    Ok(())
}

/// Adds up the instructions by stacks of names.
fn named_stacks(walk: &Walk, images: &[Image]) -> BTreeMap<Vec<String>, u64> {
    let mut names: HashMap<u64, Vec<String>> = HashMap::new();
    let mut stacks = BTreeMap::new();
    for (addresses, count) in walk.stacks() {
        let stack: Vec<String> = addresses
            .into_iter()
            .flat_map(|address| {
                names.entry(address).or_insert_with(|| functions_at(images, address)).clone()
            })
            .collect();
        *stacks.entry(stack).or_default() += count;
    }
    stacks
}

/// Names the functions at `address`.
fn functions_at(images: &[Image], address: u64) -> Vec<String> {
    let image = images.iter().find(|image| image.contains(address));
    let names = image.map(|image| image.functions(address)).filter(|names| !names.is_empty());
    names.unwrap_or_else(|| vec![UNKNOWN.to_owned()])
}

/// Prints the functions with the largest counts.
fn print_table(title: &str, counts: &HashMap<&str, u64>, units: u64, all: u64) {
    let mut lines: Vec<(&str, u64)> = counts.iter().map(|(name, count)| (*name, *count)).collect();
    lines.sort_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
    println!("\n{:>12} {:>6}  {title}", "instructions", "%");
    for (name, count) in lines.into_iter().take(LINES) {
        let share = count as f64 / all as f64 * 100.0;
        println!("{:>12} {share:>6.1}  {name}", short(count as f64 / units as f64));
    }
}

/// Draws a flame graph.
fn draw(name: &str, stacks: &BTreeMap<Vec<String>, u64>, path: &Path) -> Result<()> {
    // A semicolon separates frames, so it cannot be in one.
    let line = |(stack, count): (&Vec<String>, &u64)| {
        format!("{} {count}", stack.join("\u{0}").replace(';', ",").replace('\u{0}', ";"))
    };
    let lines: Vec<String> = stacks.iter().map(line).collect();
    let mut options = flamegraph::Options::default();
    options.title = format!("{name}: guest instructions");
    options.count_name = "instructions".to_owned();
    options.deterministic = true;
    let file =
        fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), BufWriter::new(file))
        .map_err(|error| anyhow!("cannot draw: {error}"))
}
