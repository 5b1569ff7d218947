//! Figures as tables, for a terminal and for a page in Markdown alike.

use super::{
    decimal::{change, short, times},
    figures::{Figure, Figures},
    record::Record,
    yardstick::{FURTHER, Row, TARGETS},
};

/// Cells by row and column, the first row being the heads.
type Cells = Vec<Vec<String>>;

/// Returns the tables of a run that counted instructions, with what changed since `record`.
pub(super) fn of_instructions(figures: &Figures, record: &Record) -> String {
    let mut text = String::new();
    for rows in [TARGETS, FURTHER] {
        let mut cells = vec![words(&[
            "operation",
            "instructions",
            "change",
            "Zircon",
            "Linux",
            "Zircon ×",
            "Linux ×",
            "target",
            "met",
        ])];
        cells.extend(rows.iter().filter_map(|row| compare(row, figures, record)));
        if cells.len() > 1 {
            text.push_str(&format!("{}\n", render(&cells)));
        }
    }
    text.push_str(&summary(figures));
    text
}

/// Returns the table of a run that measured time.
pub(super) fn of_times(figures: &Figures) -> String {
    let mut cells = vec![words(&["operation", "ns", "least", "most"])];
    for row in TARGETS.iter().chain(FURTHER) {
        let part = |part: fn(&Figure) -> f64| figures.sum_of(row.figures, part);
        if let Some(median) = part(|figure| figure.median) {
            let extremes = [part(|figure| figure.min), part(|figure| figure.max)];
            let mut line = vec![row.title.to_owned(), short(median)];
            line.extend(extremes.map(|value| value.map_or_else(String::new, short)));
            cells.push(line);
        }
    }
    render(&cells)
}

/// Returns the cells of one row, if its figures were taken.
fn compare(row: &Row, figures: &Figures, record: &Record) -> Option<Vec<String>> {
    let ours = figures.sum(row.figures)?;
    let before: Option<f64> = row.figures.iter().map(|name| record.get(*name)).sum();
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let met = row.target.map(|target| if ours <= target { "yes" } else { "no" });
    Some(vec![
        row.title.to_owned(),
        short(ours),
        before.map_or_else(|| "new".to_owned(), |before| change(before, ours)),
        or_dash(row.zircon.map(short)),
        or_dash(row.linux.map(short)),
        or_dash(row.zircon.map(|theirs| times(theirs, ours))),
        or_dash(row.linux.map(|theirs| times(theirs, ours))),
        row.target.map_or_else(String::new, short),
        met.unwrap_or_default().to_owned(),
    ])
}

/// Counts the rows that are at their target.
fn summary(figures: &Figures) -> String {
    let taken = TARGETS.iter().filter_map(|row| Some((figures.sum(row.figures)?, row.target?)));
    let (met, all) =
        taken.fold((0, 0), |(met, all), (ours, target)| (met + u32::from(ours <= target), all + 1));
    format!("{met} of {all} rows are at their target\n")
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Lays cells out as Markdown, columns aligned: the first one to the left, the others to the right.
fn render(cells: &Cells) -> String {
    let columns = cells.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = cells.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (index, row) in cells.iter().enumerate() {
        text.push_str(&line(row, &widths));
        if index == 0 {
            text.push_str(&rule(&widths));
        }
    }
    text
}

/// Lays out one line.
fn line(row: &[String], widths: &[usize]) -> String {
    let mut line = String::from("|");
    for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
        let padding = " ".repeat(width - cell.chars().count());
        let cell =
            if index == 0 { format!(" {cell}{padding} |") } else { format!(" {padding}{cell} |") };
        line.push_str(&cell);
    }
    line + "\n"
}

/// Lays out the line under the heads.
fn rule(widths: &[usize]) -> String {
    let mut line = String::from("|");
    for (index, width) in widths.iter().enumerate() {
        let dashes = "-".repeat(width + 1);
        line.push_str(&if index == 0 { format!("{dashes}-|") } else { format!("{dashes}:|") });
    }
    line + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_whether_its_target_is_met_and_what_changed() {
        let mut figures = Figures::default();
        figures.take("figure null_call median 74.00 mean 74.00 min 74.00 max 74.00 samples 9");
        let record = Record::from([("null_call".to_owned(), 148.0)]);
        let text = of_instructions(&figures, &record);
        let row = text.lines().find(|line| line.starts_with("| null")).unwrap();
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!(
            cells,
            ["", "null system call", "74", "-50 %", "148", "316", "2.0", "4.3", "90", "yes", ""]
        );
        assert!(text.ends_with("1 of 1 rows are at their target\n"));
        figures.take("figure null_call median 91.00 mean 91.00 min 91.00 max 91.00 samples 9");
        assert!(of_instructions(&figures, &Record::new()).contains(" new |"));
        assert!(of_instructions(&figures, &record).contains("0 of 1"));
    }

    #[test]
    fn columns_are_aligned() {
        let cells = vec![words(&["a", "b"]), words(&["long", "1"]), words(&["–", "12345"])];
        assert_eq!(
            render(&cells),
            "| a    |     b |\n|------|------:|\n| long |     1 |\n| –    | 12345 |\n"
        );
    }
}
