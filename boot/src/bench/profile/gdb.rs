//! As much of the remote protocol of GDB as it takes to stop a guest of QEMU at an address and to give QEMU commands meanwhile.
//!
//! A packet is `$data#sum`, the sum of the data's bytes in two hexadecimal digits; each is acknowledged with `+`.

use anyhow::{Context as _, Result, bail, ensure};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

/// How long the guest may take to come to where it is to stop.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a guest has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Where it was to stop.
    There,
    /// Nowhere: it has ended.
    Ended,
}

/// A guest that is standing still.
pub(super) struct Debugger(BufReader<UnixStream>);

impl Debugger {
    /// Stops the guest whose QEMU listens at `socket`.
    pub(super) fn connect(socket: &Path) -> Result<Self> {
        let stream = UnixStream::connect(socket).context("cannot connect to QEMU")?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut this = Self(BufReader::new(stream));
        // That it has stopped, QEMU says without being asked.
        let mut reply = this.ask("qAttached")?;
        while is_stopped(&reply) {
            reply = this.answer()?;
        }
        Ok(this)
    }

    /// Writes `value` to the guest's memory.
    pub(super) fn write(&mut self, address: u64, value: u8) -> Result<()> {
        self.command(&format!("M{address:x},1:{value:02x}"))
    }

    /// Lets the guest run until it is about to execute the instruction at `address`, or to its end.
    pub(super) fn run_to(&mut self, address: u64) -> Result<Stop> {
        self.command(&format!("Z1,{address:x},1"))?;
        self.send("c")?;
        // The guest ends by ending QEMU.
        let Some(reply) = self.receive()? else {
            return Ok(Stop::Ended);
        };
        ensure!(is_stopped(&reply), "the guest did not come to {address:#x}: {reply}");
        self.command(&format!("z1,{address:x},1"))?;
        Ok(Stop::There)
    }

    /// Gives QEMU a command, as in its monitor, and returns what it says.
    pub(super) fn monitor(&mut self, line: &str) -> Result<String> {
        let digits: String = line.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut reply = self.ask(&format!("qRcmd,{digits}"))?;
        let mut said = String::new();
        while reply != "OK" {
            match reply.strip_prefix('O') {
                Some(digits) => said.push_str(&text(digits)),
                None => bail!("QEMU refuses to {line}: {reply}"),
            }
            reply = self.answer()?;
        }
        Ok(said)
    }

    /// Lets the guest run on alone.
    pub(super) fn detach(mut self) -> Result<()> {
        self.command("D")
    }

    /// Sends a packet that is answered with OK.
    fn command(&mut self, packet: &str) -> Result<()> {
        let reply = self.ask(packet)?;
        ensure!(reply == "OK", "QEMU refuses {packet}: {reply}");
        Ok(())
    }

    /// Sends a packet and returns the answer.
    fn ask(&mut self, packet: &str) -> Result<String> {
        self.send(packet)?;
        self.answer()
    }

    /// Sends a packet.
    fn send(&mut self, packet: &str) -> Result<()> {
        self.0.get_mut().write_all(framed(packet).as_bytes()).context("QEMU has gone")
    }

    /// Receives the next packet, which must come.
    fn answer(&mut self) -> Result<String> {
        self.receive()?.context("QEMU has gone without an answer")
    }

    /// Receives and acknowledges the next packet; there is none if QEMU has ended.
    fn receive(&mut self) -> Result<Option<String>> {
        let mut data = Vec::new();
        self.0.read_until(b'$', &mut data)?;
        if !data.ends_with(b"$") {
            return Ok(None);
        }
        data.clear();
        self.0.read_until(b'#', &mut data)?;
        data.pop();
        let mut sum = [0; 2];
        self.0.read_exact(&mut sum).context("a packet without an end")?;
        self.0.get_mut().write_all(b"+")?;
        Ok(Some(String::from_utf8_lossy(&data).into_owned()))
    }
}

/// Says whether a reply means that the guest stands still.
fn is_stopped(reply: &str) -> bool {
    reply.starts_with(['T', 'S'])
}

/// Puts data into a packet.
fn framed(data: &str) -> String {
    let sum = data.bytes().fold(0_u8, u8::wrapping_add);
    format!("${data}#{sum:02x}")
}

/// Reads text that was sent as hexadecimal digits.
fn text(digits: &str) -> String {
    let bytes = digits.as_bytes().chunks(2).filter_map(|pair| {
        str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok())
    });
    String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_carry_their_sum() {
        assert_eq!(framed("c"), "$c#63");
        assert_eq!(framed("M10,1:01"), "$M10,1:01#a6");
    }

    #[test]
    fn a_conversation_goes_by_the_protocol() {
        let (near, mut far) = UnixStream::pair().unwrap();
        let mut debugger = Debugger(BufReader::new(near));
        let said = std::thread::spawn(move || {
            far.write_all(b"+$O6869#3a$O0a#00$OK#9a").unwrap();
            let mut heard = vec![0; 19];
            far.read_exact(&mut heard).unwrap();
            String::from_utf8(heard).unwrap()
        });
        assert_eq!(debugger.monitor("log").unwrap(), "hi\n");
        assert_eq!(said.join().unwrap(), "$qRcmd,6c6f67#c5+++");
    }
}
