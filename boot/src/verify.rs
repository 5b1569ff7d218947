pub(crate) fn run(_n: Option<&str>) -> anyhow::Result<u8> { Ok(0) }
