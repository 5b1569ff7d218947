//! Numbers for people.

/// Writes `value` with as many digits as matter, thousands apart.
pub(super) fn short(value: f64) -> String {
    match value {
        ..100.0 => {
            let text = format!("{value:.1}");
            text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
        }
        _ => apart(value.round() as u64),
    }
}

/// Writes `count` with a space between thousands.
pub(super) fn apart(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Writes how many times `whole` is `part`.
pub(super) fn times(whole: f64, part: f64) -> String {
    let ratio = whole / part;
    if ratio < 10.0 { format!("{ratio:.1}") } else { short(ratio.round()) }
}

/// Writes `part` of a whole as so many of a hundred; what is less than none, as none.
pub(super) fn percent(part: f64) -> String {
    if part < 0.0005 { "0 %".to_owned() } else { format!("+{:.1} %", part * 100.0) }
}

/// Writes by what part `now` is more or less than `before`; nothing if by none.
pub(super) fn change(before: f64, now: f64) -> String {
    let percent = (now - before) / before * 100.0;
    match percent.abs() {
        _ if now == before => String::new(),
        ..0.05 => format!("{}0.0 %", if percent < 0.0 { '-' } else { '+' }),
        ..10.0 => format!("{percent:+.1} %"),
        _ => format!("{percent:+.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_that_matter_are_shown() {
        let shown = [0.0, 8.04, 15.88, 99.96, 191.4, 1250.5, 675_600.0].map(short);
        assert_eq!(shown, ["0", "8", "15.9", "100", "191", "1 251", "675 600"]);
    }

    #[test]
    fn parts_are_of_a_hundred() {
        assert_eq!([-0.3, 0.0001, 0.0214, 2.0].map(percent), ["0 %", "0 %", "+2.1 %", "+200.0 %"]);
    }

    #[test]
    fn ratios_and_changes_are_short() {
        assert_eq!([times(316.0, 90.0), times(675_600.0, 1500.0)], ["3.5", "450"]);
        assert_eq!(
            [
                change(100.0, 100.0),
                change(100.0, 97.5),
                change(100.0, 250.0),
                change(9e5, 9e5 + 1.0)
            ],
            ["", "-2.5 %", "+150 %", "+0.0 %"]
        );
    }
}
