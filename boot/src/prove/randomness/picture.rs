//! What was found, as a picture: how often each part of the choice came up, and pairs of places as points.

use super::report::{Kind, Report};
use anyhow::{Result, anyhow};
use plotters::{coord::Shift, prelude::*};

const SIZE: (u32, u32) = (1200, 1500);
const COLUMNS: usize = 3;
const ROWS: usize = 5;

/// A part of the picture.
type Panel<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws the report.
pub(super) fn draw(report: &Report) -> Result<String> {
    let mut text = String::new();
    {
        let whole = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        whole.fill(&WHITE).map_err(refused)?;
        let panels = whole.split_evenly((ROWS, COLUMNS));
        let mut panels = panels.iter();
        for (kind, panel) in report.kinds.iter().zip(&mut panels) {
            draw_bars(panel, &title(kind), &kind.bars, kind.draws)?;
        }
        let processes = &report.processes;
        for panel in panels.by_ref().take(1) {
            draw_bars(panel, "new processes of several boots", &processes.bars, processes.draws)?;
        }
        let clouds = [
            ("a place and the next of its process", &processes.successive),
            ("a place and that of the next process", &processes.neighbours),
            ("a place and that of the next boot", &processes.boots),
        ];
        for ((title, points), panel) in clouds.into_iter().zip(panels) {
            draw_points(panel, title, points)?;
        }
        whole.present().map_err(refused)?;
    }
    Ok(text)
}

fn title(kind: &Kind) -> String {
    let Kind { what, entropy, .. } = kind;
    format!("{what}: {entropy} of {:.1} bits, p {:.2}", entropy.possible, kind.least_p())
}

/// Draws how often each part came up by what is expected, and within what chance alone leaves all but one in 15 787 of them (four
/// deviations).
fn draw_bars(panel: &Panel<'_>, title: &str, bars: &[f64], draws: u64) -> Result<()> {
    let deviation = 4.0 * (bars.len() as f64 / draws.max(1) as f64).sqrt();
    let most = bars.iter().fold(1.0 + 2.0 * deviation, |most, bar| bar.max(most));
    let mut chart = ChartBuilder::on(panel)
        .caption(title, ("sans-serif", 14))
        .margin(8)
        .x_label_area_size(4)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..bars.len() as f64, (2.0 - most).max(0.0)..most)
        .map_err(refused)?;
    chart.configure_mesh().disable_x_mesh().x_labels(0).y_labels(5).draw().map_err(refused)?;
    let steps = bars.iter().zip(0..).flat_map(|(bar, part)| {
        let start = f64::from(part);
        [(start, *bar), (start + 1.0, *bar)]
    });
    for bound in [1.0 - deviation, 1.0 + deviation] {
        let line = [(0.0, bound), (bars.len() as f64, bound)];
        chart.draw_series(LineSeries::new(line, RED.mix(0.5))).map_err(refused)?;
    }
    chart.draw_series(LineSeries::new(steps, &BLUE)).map_err(refused)?;
    Ok(())
}

/// Draws points of the unit square.
fn draw_points(panel: &Panel<'_>, title: &str, points: &[(f64, f64)]) -> Result<()> {
    let mut chart = ChartBuilder::on(panel)
        .caption(title, ("sans-serif", 14))
        .margin(8)
        .x_label_area_size(4)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..1.0, 0.0..1.0)
        .map_err(refused)?;
    chart.configure_mesh().disable_mesh().x_labels(0).y_labels(0).draw().map_err(refused)?;
    let circles = points.iter().map(|point| Circle::new(*point, 1, BLUE.filled()));
    chart.draw_series(circles).map_err(refused)?;
    Ok(())
}

/// Makes an error of the drawing library one of this program's.
fn refused(error: impl std::error::Error) -> anyhow::Error {
    anyhow!("cannot draw: {error}")
}
