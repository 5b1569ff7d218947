//! Rights of handles.
//!
//! # Source
//! `handles-rights-errors.md` §2 and §4.

use bitflags::bitflags;

bitflags! {
    /// What the holder of a handle may do with its object.
    #[repr(transparent)]
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Rights: u32 {
        /// Make a second handle.
        const DUPLICATE = 1 << 0;
        /// Send the handle to another process.
        const TRANSFER = 1 << 1;
        /// Read data; for a VMAR: make readable mappings.
        const READ = 1 << 2;
        /// Write data; for a VMAR: make writable mappings.
        const WRITE = 1 << 3;
        /// Execute data; for a VMAR: make executable mappings.
        const EXECUTE = 1 << 4;
        /// Map the VMO.
        const MAP = 1 << 5;
        /// Read properties.
        const GET_PROPERTY = 1 << 6;
        /// Change properties.
        const SET_PROPERTY = 1 << 7;
        /// List children.
        const ENUMERATE = 1 << 8;
        /// End the task.
        const DESTROY = 1 << 9;
        /// Change policy.
        const SET_POLICY = 1 << 10;
        /// Read policy.
        const GET_POLICY = 1 << 11;
        /// Raise user signals.
        const SIGNAL = 1 << 12;
        /// Raise user signals of the other end.
        const SIGNAL_PEER = 1 << 13;
        /// Wait for signals.
        const WAIT = 1 << 14;
        /// Ask for information.
        const INSPECT = 1 << 15;
        /// Manage the job: make processes in it.
        const MANAGE_JOB = 1 << 16;
        /// Manage the process.
        const MANAGE_PROCESS = 1 << 17;
        /// Manage threads.
        const MANAGE_THREAD = 1 << 18;
        /// Apply a scheduling profile.
        const APPLY_PROFILE = 1 << 19;
        /// Manage the socket.
        const MANAGE_SOCKET = 1 << 20;
        /// Operate on nested VMARs through their parent.
        const OP_CHILDREN = 1 << 21;
        /// Change the size of the VMO.
        const RESIZE = 1 << 22;
        /// Attach VMOs to the pager.
        const ATTACH_VMO = 1 << 23;
        /// Manage VMOs of the pager.
        const MANAGE_VMO = 1 << 24;
        /// In requests only: the rights the source handle has.
        const SAME_RIGHTS = 1 << 31;

        /// What nearly every handle has.
        const BASIC = Self::TRANSFER.bits() | Self::DUPLICATE.bits() | Self::WAIT.bits() | Self::INSPECT.bits();
        /// Reading and writing.
        const IO = Self::READ.bits() | Self::WRITE.bits();
        /// Both sides of properties.
        const PROPERTY = Self::GET_PROPERTY.bits() | Self::SET_PROPERTY.bits();
        /// Both sides of policy.
        const POLICY = Self::GET_POLICY.bits() | Self::SET_POLICY.bits();
    }
}

impl Rights {
    /// Of a new VMAR, before READ, WRITE and EXECUTE according to its `CAN_MAP_*` flags.
    pub const VMAR_DEFAULT: Self = Self::BASIC.difference(Self::WAIT).union(Self::OP_CHILDREN);
    /// Of a process's root VMAR.
    pub const VMAR_ROOT_DEFAULT: Self = Self::VMAR_DEFAULT.union(Self::IO).union(Self::EXECUTE);
    /// Of a new VMO, before RESIZE for a resizable one.
    pub const VMO_DEFAULT: Self =
        Self::BASIC.union(Self::IO).union(Self::PROPERTY).union(Self::MAP).union(Self::SIGNAL);
    /// Of a new process.
    pub const PROCESS_DEFAULT: Self = Self::BASIC
        .union(Self::IO)
        .union(Self::PROPERTY)
        .union(Self::ENUMERATE)
        .union(Self::DESTROY)
        .union(Self::SIGNAL)
        .union(Self::MANAGE_PROCESS)
        .union(Self::MANAGE_THREAD);
    /// Of a new thread.
    pub const THREAD_DEFAULT: Self = Self::BASIC
        .union(Self::IO)
        .union(Self::PROPERTY)
        .union(Self::DESTROY)
        .union(Self::SIGNAL)
        .union(Self::MANAGE_THREAD);
    /// Of a job.
    pub const JOB_DEFAULT: Self = Self::BASIC
        .union(Self::IO)
        .union(Self::PROPERTY)
        .union(Self::POLICY)
        .union(Self::ENUMERATE)
        .union(Self::DESTROY)
        .union(Self::SIGNAL)
        .union(Self::MANAGE_JOB)
        .union(Self::MANAGE_PROCESS)
        .union(Self::MANAGE_THREAD);
    /// Of either end of a new channel.
    pub const CHANNEL_DEFAULT: Self = Self::BASIC
        .difference(Self::DUPLICATE)
        .union(Self::IO)
        .union(Self::SIGNAL)
        .union(Self::SIGNAL_PEER);
    /// Of a new event.
    pub const EVENT_DEFAULT: Self = Self::BASIC.union(Self::SIGNAL);
    /// Of either end of a new pair of events.
    pub const EVENTPAIR_DEFAULT: Self = Self::EVENT_DEFAULT.union(Self::SIGNAL_PEER);
    /// Of a new port.
    pub const PORT_DEFAULT: Self = Self::BASIC.difference(Self::WAIT).union(Self::IO);
    /// Of a pager.
    pub const PAGER_DEFAULT: Self =
        Self::INSPECT.union(Self::TRANSFER).union(Self::ATTACH_VMO).union(Self::MANAGE_VMO);
    /// Of an IOMMU.
    pub const IOMMU_DEFAULT: Self = Self::BASIC.difference(Self::WAIT);
    /// Of a BTI.
    pub const BTI_DEFAULT: Self =
        Self::BASIC.difference(Self::WAIT).union(Self::IO).union(Self::PROPERTY).union(Self::MAP);
    /// Of a PMT.
    pub const PMT_DEFAULT: Self = Self::INSPECT;
    /// Of an exception.
    pub const EXCEPTION_DEFAULT: Self = Self::TRANSFER.union(Self::PROPERTY).union(Self::INSPECT);
    /// Of the channel that exceptions come through: nobody else may write to it, or share it.
    pub const EXCEPTION_CHANNEL_DEFAULT: Self = Self::TRANSFER.union(Self::WAIT).union(Self::READ);
    /// Of a resource.
    pub const RESOURCE_DEFAULT: Self =
        Self::TRANSFER.union(Self::DUPLICATE).union(Self::WRITE).union(Self::INSPECT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_the_numbers_of_the_specification() {
        assert_eq!(Rights::BASIC.bits(), 0xC003);
        assert_eq!(Rights::IO.bits(), 0xC);
        assert_eq!(Rights::PROPERTY.bits(), 0xC0);
        assert_eq!(Rights::POLICY.bits(), 0xC00);
        assert_eq!(Rights::VMAR_DEFAULT.bits(), 0x20_8003);
        assert_eq!(Rights::VMO_DEFAULT.bits(), 0xD0EF);
        assert_eq!(Rights::SAME_RIGHTS.bits(), 0x8000_0000);
    }
}
