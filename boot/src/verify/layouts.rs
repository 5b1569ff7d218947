//! Layouts across boots: two boots draw different ones, a given seed draws the same one again.

use super::stage::Stage;
use anyhow::{Context as _, Result, ensure};
use std::process::Command;

/// The seed of the boots that must agree.
const SEED: &str = "20260101";

/// Returns the stages.
pub(super) fn stages() -> [Stage; 2] {
    [
        Stage::call("two boots give different layouts", || {
            ensure!(draw(&[])? != draw(&[])?, "both boots drew the same layout");
            Ok(())
        }),
        Stage::call("a given seed gives the same layout", || {
            let (first, second) = (draw(&["--seed", SEED])?, draw(&["--seed", SEED])?);
            ensure!(first == second, "the layouts differ:\n{first}\n{second}");
            Ok(())
        }),
    ]
}

/// Boots, and returns the picture that a program draws of its own address space.
fn draw(options: &[&str]) -> Result<String> {
    let this = std::env::current_exe().context("cannot find this program's file")?;
    let output = Command::new(this)
        .args(["run", "--timeout", "120", "--cmdline", "log=warn init run layout"])
        .args(options)
        .output()
        .context("cannot start it")?;
    let picture = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(
        output.status.success() && picture.contains("spread over the root VMAR"),
        "{}: {picture}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(picture)
}
