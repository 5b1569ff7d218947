//! Figures as tables, for a terminal and for a page in Markdown alike.

use super::{
    decimal::{change, short, times},
    figures::{Figure, Figures},
    record::Medians,
    yardstick::{FURTHER, Row, TARGETS},
};

/// Cells by row and column, the first row being the heads.
pub(super) type Cells = Vec<Vec<String>>;

/// Returns the table of `rows`, as far as there are figures; with what changed if there is something to compare with.
pub(super) fn of_instructions(rows: &[Row], now: &Medians, before: Option<&Medians>) -> String {
    let mut head = words(&["operation", "instructions"]);
    head.extend(before.map(|_| "change".to_owned()));
    head.extend(words(&["Zircon", "Linux", "Zircon ×", "Linux ×", "target", "met"]));
    let mut cells = vec![head];
    cells.extend(rows.iter().filter_map(|row| compare(row, now, before)));
    if cells.len() > 1 { render(&cells) } else { String::new() }
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
fn compare(row: &Row, now: &Medians, before: Option<&Medians>) -> Option<Vec<String>> {
    let ours = now.sum(row.figures)?;
    let changed = |before: &Medians| match before.sum(row.figures) {
        Some(before) => change(before, ours),
        None => "new".to_owned(),
    };
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let met = row.target.map(|target| if ours <= target { "yes" } else { "no" });
    let mut cells = vec![row.title.to_owned(), short(ours)];
    cells.extend(before.map(changed));
    cells.extend([
        or_dash(row.zircon.map(short)),
        or_dash(row.linux.map(short)),
        or_dash(row.zircon.map(|theirs| times(theirs, ours))),
        or_dash(row.linux.map(|theirs| times(theirs, ours))),
        row.target.map_or_else(String::new, short),
        met.unwrap_or_default().to_owned(),
    ]);
    Some(cells)
}

/// Says how many rows are at their target.
pub(super) fn summary(medians: &Medians) -> String {
    let taken = TARGETS.iter().filter_map(|row| Some((medians.sum(row.figures)?, row.target?)));
    let (met, all) =
        taken.fold((0, 0), |(met, all), (ours, target)| (met + u32::from(ours <= target), all + 1));
    format!("{met} of {all} rows are at their target.\n")
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Lays cells out as Markdown, columns aligned: the first one to the left, the others to the right.
pub(super) fn render(cells: &Cells) -> String {
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

    fn medians(null_call: f64) -> Medians {
        Medians::from_iter([("null_call".to_owned(), null_call)])
    }

    #[test]
    fn a_row_says_whether_its_target_is_met_and_what_changed() {
        let (now, before) = (medians(74.0), medians(148.0));
        let text = of_instructions(TARGETS, &now, Some(&before));
        let row = text.lines().find(|line| line.starts_with("| null")).unwrap();
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!(
            cells,
            ["", "null system call", "74", "-50 %", "148", "316", "2.0", "4.3", "90", "yes", ""]
        );
        assert_eq!(summary(&now), "1 of 1 rows are at their target.\n");
        assert_eq!(summary(&medians(91.0)), "0 of 1 rows are at their target.\n");
        assert!(of_instructions(TARGETS, &now, Some(&Medians::default())).contains(" new |"));
    }

    #[test]
    fn without_anything_to_compare_with_there_is_no_change() {
        let text = of_instructions(TARGETS, &medians(74.0), None);
        assert!(text.starts_with("| operation        | instructions | Zircon |"), "{text}");
        assert_eq!(of_instructions(FURTHER, &medians(74.0), None), "");
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
