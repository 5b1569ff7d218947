//! Objects of the model: bytes of the pages that were ever written, and a size.

use std::collections::BTreeMap;

use abi::Status;

use crate::common::PAGE;

pub(crate) struct Object {
    /// In pages.
    pub(crate) size: u64,
    stream_size: u64,
    pub(crate) is_resizable: bool,
    /// Pages with a frame.
    pages: BTreeMap<u64, Vec<u8>>,
}

impl Object {
    pub(crate) fn new(size: u64, is_resizable: bool) -> Object {
        Object {
            size,
            stream_size: size * PAGE,
            is_resizable,
            pages: BTreeMap::new(),
        }
    }

    pub(crate) fn committed(&self) -> u64 {
        self.pages.len() as u64
    }

    pub(crate) fn byte(&self, offset: u64) -> u8 {
        let page = self.pages.get(&(offset / PAGE));
        page.map_or(0, |bytes| bytes[(offset % PAGE) as usize])
    }

    pub(crate) fn commit_page(&mut self, page: u64) -> &mut Vec<u8> {
        assert!(page < self.size);
        self.pages.entry(page).or_insert(vec![0; PAGE as usize])
    }

    pub(crate) fn set_byte(&mut self, offset: u64, byte: u8) {
        self.commit_page(offset / PAGE)[(offset % PAGE) as usize] = byte;
    }

    fn check(&self, offset: u64, len: u64) -> Result<(), Status> {
        if offset + len > self.size * PAGE {
            return Err(Status::OUT_OF_RANGE);
        }
        Ok(())
    }

    pub(crate) fn read(&self, offset: u64, len: u64) -> Result<Vec<u8>, Status> {
        self.check(offset, len)?;
        Ok((offset..offset + len).map(|at| self.byte(at)).collect())
    }

    pub(crate) fn write(&mut self, offset: u64, len: u64, byte: u8) -> Result<(), Status> {
        self.check(offset, len)?;
        (offset..offset + len).for_each(|at| self.set_byte(at, byte));
        Ok(())
    }

    pub(crate) fn commit(&mut self, offset: u64, len: u64) -> Result<(), Status> {
        self.check(offset, len)?;
        for at in offset..offset + len {
            self.commit_page(at / PAGE);
        }
        Ok(())
    }

    pub(crate) fn set_size(&mut self, size: u64) -> Result<(), Status> {
        if !self.is_resizable {
            return Err(Status::UNAVAILABLE);
        }
        self.size = size.div_ceil(PAGE);
        self.pages.retain(|page, _| *page < size.div_ceil(PAGE));
        if size < self.stream_size {
            for at in size..size.next_multiple_of(PAGE) {
                if self.pages.contains_key(&(at / PAGE)) {
                    self.set_byte(at, 0);
                }
            }
        }
        self.stream_size = size;
        Ok(())
    }
}
