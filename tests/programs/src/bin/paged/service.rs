//! The pager: decompresses the blocks that somebody needs, and no others.

use alloc::vec;
use alloc::vec::Vec;
use blocks::BlockFile;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use rt::abi::layout::PAGE_SIZE;
use rt::abi::object::TIME_INFINITE;
use rt::abi::pager::PAGER_VMO_READ;
use rt::thread::{Running, spawn};
use rt::{Pager, Port, Result, Status, Vmo, VmoOptions};
use spin::Once;

/// A file, and the VMO that shows its content.
pub(crate) struct Service {
    file: Vec<u8>,
    pager: Pager,
    port: Port,
    vmo: Vmo,
    pages_of_block: u64,
    /// The blocks that are in the VMO.
    is_there: Vec<AtomicBool>,
    decompressed: AtomicU64,
}

/// Services have threads, which find them here.
static SERVICES: [Once<Service>; 2] = [const { Once::new() }; 2];

impl Service {
    /// Starts service number `place`, which pages in what is in `file`. Only the first time counts.
    ///
    /// # Errors
    /// [`Status::IO_DATA_INTEGRITY`]: it is not a file of compressed blocks, or a block is not whole pages. [`Status::NOT_FOUND`]: there
    /// is no such place. Those of the calls.
    pub(crate) fn start(place: usize, file: &[u8]) -> Result<(&'static Self, Running)> {
        let blocks = BlockFile::parse(file).map_err(|_| Status::IO_DATA_INTEGRITY)?;
        let block_len = blocks.block_len() as u64;
        if !block_len.is_multiple_of(PAGE_SIZE) {
            return Err(Status::IO_DATA_INTEGRITY);
        }
        let (pager, port) = (Pager::create()?, Port::create()?);
        let len = blocks.content_len() as u64;
        let vmo = pager.create_vmo(VmoOptions::empty(), &port, 0, len)?;
        let is_there = (0..blocks.block_count()).map(|_| AtomicBool::new(false)).collect();
        let service = Self {
            file: file.into(),
            pager,
            port,
            vmo,
            pages_of_block: block_len / PAGE_SIZE,
            is_there,
            decompressed: AtomicU64::new(0),
        };
        let service = SERVICES.get(place).ok_or(Status::NOT_FOUND)?.call_once(|| service);
        Ok((service, spawn(serve, place as u64)?))
    }

    /// Returns the VMO.
    pub(crate) fn vmo(&self) -> &Vmo {
        &self.vmo
    }

    /// Returns how many pages a block has.
    pub(crate) fn pages_of_block(&self) -> u64 {
        self.pages_of_block
    }

    /// Returns how many blocks were decompressed so far.
    pub(crate) fn decompressed(&self) -> u64 {
        self.decompressed.load(Ordering::Relaxed)
    }

    /// Lets the service's thread end. What is not there yet will never be.
    ///
    /// # Errors
    /// Those of `pager_detach_vmo`.
    pub(crate) fn stop(&self) -> Result<()> {
        self.pager.detach(&self.vmo)
    }

    /// Answers requests until there will be none any more.
    fn serve(&self) -> Result<()> {
        let blocks = BlockFile::parse(&self.file).map_err(|_| Status::IO_DATA_INTEGRITY)?;
        let block_len = blocks.block_len() as u64;
        loop {
            let [command, offset, len, _] = self.port.wait_packet(TIME_INFINITE)?.payload;
            if command != u64::from(PAGER_VMO_READ) {
                return Ok(());
            }
            let first = offset.checked_div(block_len).unwrap_or_default();
            let end = offset.saturating_add(len).div_ceil(block_len);
            for block in first..end {
                self.answer(&blocks, usize::try_from(block).unwrap_or(usize::MAX))?;
            }
        }
    }

    /// Supplies a block that was asked for, or says why that cannot be.
    fn answer(&self, blocks: &BlockFile<'_>, index: usize) -> Result<()> {
        let content = blocks.content_of(index).map_err(|_| Status::OUT_OF_RANGE)?;
        let (offset, len) = (content.start as u64, content.len() as u64);
        let whole = len.next_multiple_of(PAGE_SIZE);
        let is_there = self.is_there.get(index).ok_or(Status::OUT_OF_RANGE)?;
        if is_there.load(Ordering::Relaxed) {
            // It was supplied for another page of it, to all who waited.
            return Ok(());
        }
        let mut bytes = vec![0; content.len()];
        if blocks.read(index, &mut bytes).is_err() {
            return self.pager.fail(&self.vmo, offset, whole, Status::IO_DATA_INTEGRITY);
        }
        self.decompressed.fetch_add(1, Ordering::Relaxed);
        let pages = Vmo::create(whole, VmoOptions::empty())?;
        pages.write(0, &bytes)?;
        self.pager.supply(&self.vmo, offset, whole, &pages, 0)?;
        is_there.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// First function of a service's thread.
extern "C" fn serve(place: u64) {
    let service = usize::try_from(place).ok().and_then(|place| SERVICES.get(place)?.get());
    let served = service.map_or(Err(Status::NOT_FOUND), Service::serve);
    if let Err(status) = served {
        rt::println!("paged: the pager gave up: {status}");
    }
}
