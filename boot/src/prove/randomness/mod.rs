//! Where regions go, examined: how hard a place is to guess, whether all are as likely, whether one tells another.
//!
//! [`draws`] are made on the host, millions of each kind of request, always with the same seeds; [`boots`] are made by the kernel, with
//! the entropy of the machine, a new one each time. [`statistics`] judges them; the [`report`] and the [`picture`] go to
//! `target/randomness`. The claim holds if no test is as far off as chance alone is once in 10⁹ times.

mod boots;
mod draws;
mod picture;
mod report;
mod statistics;

use super::claim::{Claim, Effort, Finding};
use crate::workspace;
use anyhow::{Context as _, Result, ensure};
use boots::{Boots, Plan};
use report::{Processes, Report};
use std::fs;

pub(super) const CLAIM: Claim = Claim {
    name: "randomness",
    statement: "every place that fits is as likely, and no place tells of another, of its process, of the next, or of the next boot's",
    least: Effort::Quick,
    tools: &[],
    test,
};

/// The seed of the draws on the host.
const SEED: u64 = 20_260_101;

/// What is less probable than this is no chance but a defect: a test that chance alone lets fail once in a billion runs does not flake.
const IMPOSSIBLE: f64 = 1e-9;

fn test(effort: Effort) -> Result<Finding> {
    let (draws, plan) = match effort {
        Effort::Quick => (1 << 18, Plan { boots: 2, processes: 16, draws: 64 }),
        Effort::Full => (1 << 22, Plan { boots: 8, processes: 64, draws: 64 }),
    };
    let kinds = draws::draw_all(draws, SEED)?;
    let processes = Processes::examine(&Boots::run(plan)?);
    let report = Report { kinds, processes };
    let folder = keep(&report)?;
    let far_off: Vec<String> = report
        .tests()
        .filter(|(_, test)| test.p < IMPOSSIBLE || test.p.is_nan())
        .map(|(of, test)| format!("{of}, {}: p = {:e}", test.name, test.p))
        .collect();
    ensure!(far_off.is_empty(), "{}; all is in {folder}", far_off.join("; "));
    Ok(Finding::Holds(figure(&report, draws, plan)))
}

/// Writes the report as text, as JSON and as a picture; returns the folder.
fn keep(report: &Report) -> Result<String> {
    let folder = workspace::target_directory()?.join("randomness");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let json = serde_json::to_string_pretty(report).context("cannot write JSON")?;
    for (name, text) in [
        ("report.txt", report.to_string()),
        ("report.json", json),
        ("placement.svg", picture::draw(report)?),
    ] {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(folder.display().to_string())
}

/// Returns the figure.
fn figure(report: &Report, draws: u64, plan: Plan) -> String {
    let bits = |name: &str| {
        let kind = report.kinds.iter().find(|kind| kind.name == name);
        kind.map_or("-".to_owned(), |kind| {
            format!("{} of {:.1} bits", kind.entropy, kind.entropy.possible)
        })
    };
    let least = report::least_p(report.tests().map(|(_, test)| test));
    let Plan { boots, processes, .. } = plan;
    format!(
        "a page anywhere {}, at a multiple of 2 MiB {}, COMPACT {}; least p of {} tests {least:.4}; {draws} draws of each of {} kinds from seed {SEED} on, and {processes} processes in each of {boots} boots",
        bits("page"),
        bits("aligned"),
        bits("compact"),
        report.tests().count(),
        report.kinds.len(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use statistics::Sample;

    /// Returns a report of numbers that follow each other.
    fn report_of_sequence() -> Report {
        let sample = Sample { choice: 1 << 20, numbers: (0..4096).collect() };
        let kind = report::Kind::examine("page", "a page", 1, &sample);
        let processes = Processes {
            draws: 3,
            tests: sample.tests(),
            bars: vec![1.0, 0.5, 1.5],
            successive: vec![(0.1, 0.2)],
            neighbours: vec![(0.3, 0.4)],
            boots: vec![(0.5, 0.6)],
        };
        Report { kinds: vec![kind], processes }
    }

    #[test]
    fn a_report_names_kinds_and_tests() {
        let report = report_of_sequence();
        let text = report.to_string();
        for word in ["page", "successive, cells", "repetitions", "lowest bits", "seed 1"] {
            assert!(text.contains(word), "{word} in {text}");
        }
        let json: serde_json::Value = serde_json::to_value(&report).unwrap();
        assert_eq!(json["kinds"][0]["choice"], 1 << 20);
        assert!(report::least_p(report.tests().map(|(_, test)| test)) < IMPOSSIBLE);
    }

    #[test]
    fn a_picture_has_a_panel_for_each_kind_and_pair() {
        let picture = picture::draw(&report_of_sequence()).unwrap();
        assert!(picture.starts_with("<svg"));
        for title in
            ["a page:", "several boots", "next of its process", "next process", "next boot"]
        {
            assert!(picture.contains(title), "{title}");
        }
    }
}
