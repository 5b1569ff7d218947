//! Pictures: both axes logarithmic, so that what grows in proportion is a straight slope and what grows like a logarithm is almost flat.

use super::curves::{Curve, PICTURES, Picture};
use super::{Medians, Points, points};
use anyhow::{Context as _, Result, anyhow};
use plotters::chart::{ChartBuilder, ChartContext, SeriesLabelPosition};
use plotters::coord::Shift;
use plotters::coord::combinators::IntoLogRange as _;
use plotters::prelude::*;
use std::{fs, ops::Range, path::Path};

const SIZE: (u32, u32) = (960, 600);
const FONT: &str = "sans-serif";

/// Colours of curves that are told from each other by people who see few colours, too (Okabe and Ito).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
];

/// Draws a picture into `folder`, in SVG, for each quantity that there are figures for.
pub(in super::super) fn draw(medians: &Medians, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for picture in PICTURES {
        let lines = lines_of(picture, medians);
        if lines.is_empty() {
            continue;
        }
        let path = folder.join(picture.file).with_extension("svg");
        let mut text = String::new();
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        draw_lines(picture, &lines, &area).map_err(|error| anyhow!("cannot draw: {error}"))?;
        drop(area);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        eprintln!("boot: drew {}", path.display());
    }
    Ok(())
}

/// One line of a picture.
struct Line {
    title: String,
    points: Points,
    colour: RGBColor,
    system: System,
}

/// Whose cost it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum System {
    Ours,
    Zircon,
    Linux,
}

/// Returns the lines of `picture`: ours, and behind each the others'.
fn lines_of(picture: &Picture, medians: &Medians) -> Vec<Line> {
    let with_colours = picture.curves.iter().zip(COLOURS.into_iter().cycle());
    let lines = with_colours.flat_map(|(curve, colour)| lines_of_curve(curve, colour, medians));
    lines.collect()
}

fn lines_of_curve(curve: &Curve, colour: RGBColor, medians: &Medians) -> Vec<Line> {
    let ours = points(curve, medians);
    if ours.is_empty() {
        return Vec::new();
    }
    let line = |name: &str, points: Points, system| {
        let title = format!("{}{name}", curve.title);
        Line { title, points, colour, system }
    };
    let lines = [
        line("", ours, System::Ours),
        line(" (Zircon)", curve.zircon.to_vec(), System::Zircon),
        line(" (Linux)", curve.linux.to_vec(), System::Linux),
    ];
    lines.into_iter().filter(|line| !line.points.is_empty()).collect()
}

type Failure = Box<dyn std::error::Error>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn draw_lines(picture: &Picture, lines: &[Line], area: &Area<'_>) -> Result<(), Failure> {
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(area)
        .caption(format!("instructions against {}", picture.quantity), (FONT, 22))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(70)
        .build_cartesian_2d(sizes(lines).log_scale(), costs(lines).log_scale())?;
    chart
        .configure_mesh()
        .x_desc(picture.quantity)
        .y_desc("instructions")
        .label_style((FONT, 14))
        .light_line_style(RGBColor(240, 240, 240))
        .x_label_formatter(&|value| super::apart(value.round() as u64))
        .y_label_formatter(&|value| super::short(*value))
        .draw()?;
    lines.iter().try_for_each(|line| draw_line(&mut chart, line))?;
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(RGBColor(200, 200, 200))
        .label_font((FONT, 14))
        .draw()?;
    area.present()?;
    Ok(())
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<LogCoord<f64>, LogCoord<f64>>>;

/// Draws one line: ours thick with filled points, Zircon's thin with open ones, Linux's thin with crosses.
fn draw_line<'a>(chart: &mut Chart<'a, 'a>, line: &Line) -> Result<(), Failure> {
    let points = line.points.iter().map(|(size, cost)| (*size as f64, cost.max(LEAST)));
    let width = if line.system == System::Ours { 3 } else { 1 };
    let style = line.colour.stroke_width(width);
    let fill = line.colour.filled();
    let label = chart.draw_series(LineSeries::new(points.clone(), style))?;
    label.label(line.title.clone());
    let stroke = move |at| EmptyElement::at(at) + PathElement::new([(0, 0), (18, 0)], style);
    match line.system {
        System::Ours => label.legend(move |at| stroke(at) + Circle::new((9, 0), 4, fill)),
        System::Zircon => label.legend(move |at| stroke(at) + Circle::new((9, 0), 4, style)),
        System::Linux => label.legend(move |at| stroke(at) + Cross::new((9, 0), 5, style)),
    };
    match line.system {
        System::Ours => chart.draw_series(points.map(|point| Circle::new(point, 4, fill)))?,
        System::Zircon => chart.draw_series(points.map(|point| Circle::new(point, 4, style)))?,
        System::Linux => chart.draw_series(points.map(|point| Cross::new(point, 5, style)))?,
    };
    Ok(())
}

/// The least cost that is drawn: a logarithmic axis has no zero.
const LEAST: f64 = 0.1;

/// Returns the sizes from the least to the largest.
fn sizes(lines: &[Line]) -> Range<f64> {
    let sizes = || lines.iter().flat_map(|line| &line.points).map(|(size, _)| *size as f64);
    sizes().fold(f64::MAX, f64::min)..sizes().fold(1.0, f64::max) * 1.1
}

/// Returns costs from below the least to so far above the largest that the names of the lines have room.
fn costs(lines: &[Line]) -> Range<f64> {
    let costs = || lines.iter().flat_map(|line| &line.points).map(|(_, cost)| cost.max(LEAST));
    let least = costs().fold(f64::MAX, f64::min) / 1.5;
    let largest = costs().fold(LEAST, f64::max);
    least..largest * (largest / least).max(10.0).powf(0.06 * lines.len() as f64 + 0.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_picture_for_what_was_measured_and_it_names_its_lines() {
        let names = ["map_chosen@1", "unmap_chosen@1", "map_chosen@1000"];
        let medians = names.map(|name| (name.to_owned(), 9.0)).into_iter().collect();
        let folder = tempfile::tempdir().unwrap();
        draw(&medians, folder.path()).unwrap();
        let files: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
        assert_eq!(files.len(), 1);
        let text = fs::read_to_string(folder.path().join("siblings.svg")).unwrap();
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"));
        for name in ["map where the kernel likes + unmap (Zircon)", "(Linux)", "10 000"] {
            assert!(text.contains(name), "{name}");
        }
        assert!(!text.contains("allocate a region"));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(draw(&Medians::default(), &file.path().join("folder")).is_err());
    }
}
