//! How costs grow with how many of something there are: tables, [pictures](plot), and a check that nothing grows faster than a
//! logarithm.

mod curves;
mod plot;
mod rate;

use super::decimal::{apart, percent, short};
use super::record::Medians;
use super::table::render;
use anyhow::{Context as _, Result, ensure};
use curves::{Curve, PICTURES, Picture};
pub(super) use plot::draw;
use std::{collections::BTreeSet, fmt};

/// The cost of an operation by how many of something there are.
type Points = Vec<(u64, f64)>;

/// Returns the names of all series that are drawn.
pub(super) fn series() -> Vec<String> {
    let curves = PICTURES.iter().flat_map(|picture| picture.curves);
    curves.flat_map(|curve| curve.series).map(|name| (*name).to_owned()).collect()
}

/// Returns the tables of those series of which there are figures.
pub(super) fn tables(medians: &Medians) -> String {
    let tables = PICTURES.iter().filter_map(|picture| table(picture, medians));
    tables.collect::<Vec<_>>().join("\n")
}

/// How fast a curve grows.
struct Slope {
    picture: &'static Picture,
    curve: &'static Curve,
    /// What a doubling adds, as [`rate::per_doubling`] says.
    rate: f64,
}

impl fmt::Display for Slope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (title, quantity) = (self.curve.title, self.picture.quantity);
        write!(f, "{title}, against {quantity}: {} per doubling", percent(self.rate))
    }
}

/// Returns how fast each curve grows that has points far enough apart.
fn slopes(medians: &Medians) -> Vec<Slope> {
    let pairs = PICTURES
        .iter()
        .flat_map(|picture| picture.curves.iter().map(move |curve| (picture, curve)));
    let slope = |(picture, curve)| {
        rate::per_doubling(&points(curve, medians)).map(|rate| Slope { picture, curve, rate })
    };
    pairs.filter_map(slope).collect()
}

/// Checks that no curve grows faster than a logarithm.
///
/// # Errors
/// Those that do.
pub(super) fn check(medians: &Medians) -> Result<()> {
    let slopes = slopes(medians);
    let steep = slopes.iter().filter(|slope| rate::is_steep(&slope.rate));
    let steep: Vec<String> = steep.map(Slope::to_string).collect();
    ensure!(steep.is_empty(), "this grows faster than a logarithm: {}", steep.join("; "));
    Ok(())
}

/// Says how many curves grow no faster than a logarithm, and which comes closest to it.
///
/// # Errors
/// Those of [`check`]; or nothing was measured that could grow.
pub(super) fn figure(medians: &Medians) -> Result<String> {
    check(medians)?;
    let slopes = slopes(medians);
    let steepest = slopes.iter().max_by(|one, other| one.rate.total_cmp(&other.rate));
    let steepest = steepest.context("there are no curves")?;
    Ok(format!("{} curves, the steepest of them {steepest}", slopes.len()))
}

/// Returns what `curve` costs here.
fn points(curve: &Curve, medians: &Medians) -> Points {
    let sizes = curve.series.first().map_or_else(Vec::new, |first| medians.sizes(first));
    let cost = |size: u64| {
        let names: Vec<String> = curve.series.iter().map(|name| format!("{name}@{size}")).collect();
        medians.sum(&names)
    };
    sizes.into_iter().filter_map(|size| Some((size, cost(size)?))).collect()
}

/// Lays out one picture's figures as a table.
fn table(picture: &Picture, medians: &Medians) -> Option<String> {
    let ours: Vec<Points> = picture.curves.iter().map(|curve| points(curve, medians)).collect();
    let theirs = picture.curves.iter().flat_map(|curve| [curve.zircon, curve.linux]);
    let all = ours.iter().map(Vec::as_slice).chain(theirs).flatten();
    let sizes: BTreeSet<u64> = all.map(|(size, _)| *size).collect();
    if ours.iter().all(Vec::is_empty) {
        return None;
    }
    let mut head = vec![picture.quantity.to_owned()];
    head.extend(sizes.iter().copied().map(apart));
    head.push("per doubling".to_owned());
    let mut cells = vec![head];
    for (curve, ours) in picture.curves.iter().zip(ours).filter(|(_, ours)| !ours.is_empty()) {
        let rate = rate::per_doubling(&ours).map_or_else(String::new, percent);
        cells.push(row(curve.title, &ours, &sizes, rate));
        for (title, theirs) in [("… in Zircon", curve.zircon), ("… in Linux", curve.linux)] {
            if !theirs.is_empty() {
                cells.push(row(title, theirs, &sizes, String::new()));
            }
        }
    }
    Some(render(&cells))
}

/// Lays out the cells of one curve.
fn row(title: &str, points: &[(u64, f64)], sizes: &BTreeSet<u64>, rate: String) -> Vec<String> {
    let cost = |wanted: &u64| points.iter().find(|(size, _)| size == wanted).map(|(_, cost)| *cost);
    let mut cells = vec![title.to_owned()];
    cells.extend(sizes.iter().map(|size| cost(size).map_or_else(String::new, short)));
    cells.push(rate);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn medians(costs: &[(u64, f64)]) -> Medians {
        costs.iter().map(|(size, cost)| (format!("handle_use@{size}"), *cost)).collect()
    }

    #[test]
    fn a_table_has_sizes_in_order_and_the_rate() {
        let text = tables(&medians(&[(1000, 240.0), (1, 200.0), (10, 210.0)]));
        let rows: Vec<Vec<&str>> =
            text.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
        assert_eq!(
            rows.first().unwrap(),
            &["", "handles of a process", "1", "10", "1 000", "per doubling", ""]
        );
        assert_eq!(rows.get(2).unwrap(), &["", "use", "200", "210", "240", "+2.3 %", ""]);
        assert_eq!(rows.len(), 3);
    }

    #[test]
    fn what_is_steep_is_named() {
        check(&medians(&[(1, 200.0), (1000, 300.0)])).unwrap();
        let error = check(&medians(&[(1, 200.0), (1000, 1200.0)])).unwrap_err();
        assert!(error.to_string().contains("use, against handles of a process"), "{error}");
    }

    #[test]
    fn the_figure_names_the_steepest() {
        let text = figure(&medians(&[(1, 200.0), (1024, 300.0)])).unwrap();
        assert_eq!(
            text,
            "1 curves, the steepest of them use, against handles of a process: +5.0 % per doubling"
        );
        assert!(figure(&medians(&[(1, 200.0), (1024, 1200.0)])).is_err());
        assert!(figure(&medians(&[(1, 200.0)])).is_err());
    }

    #[test]
    fn files_differ_and_curves_have_points_in_order() {
        let files: BTreeSet<&str> = PICTURES.iter().map(|picture| picture.file).collect();
        assert_eq!(files.len(), PICTURES.len());
        for curve in PICTURES.iter().flat_map(|picture| picture.curves) {
            for points in [curve.zircon, curve.linux] {
                assert!(points.is_sorted_by(|one, next| one.0 < next.0), "{}", curve.title);
            }
        }
    }
}
