//! Topics of `object_get_info`.
//!
//! # Source
//! `handles-rights-errors.md` §7.

/// What is asked about an object: a number, and a version of the record in the upper four bits.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Topic(pub u32);

impl Topic {
    /// Combines a number with a version.
    pub const fn versioned(number: u32, version: u32) -> Self {
        Self(number | version << 28)
    }

    /// Is the handle valid? No record.
    pub const HANDLE_VALID: Self = Self(1);
    /// [`InfoHandleBasic`](crate::info::InfoHandleBasic).
    pub const HANDLE_BASIC: Self = Self(2);
    /// [`InfoProcess`](crate::info::InfoProcess).
    pub const PROCESS: Self = Self::versioned(3, 1);
    /// [`InfoProcessV1`](crate::info::InfoProcessV1).
    pub const PROCESS_V1: Self = Self(3);
    /// Koids of a process's threads.
    pub const PROCESS_THREADS: Self = Self(4);
    /// [`InfoVmar`](crate::info::InfoVmar).
    pub const VMAR: Self = Self(7);
    /// Koids of a job's child jobs.
    pub const JOB_CHILDREN: Self = Self(8);
    /// Koids of a job's processes.
    pub const JOB_PROCESSES: Self = Self(9);
    /// [`InfoThread`](crate::info::InfoThread).
    pub const THREAD: Self = Self(10);
    /// [`InfoExceptionReport`](crate::info::InfoExceptionReport).
    pub const THREAD_EXCEPTION_REPORT: Self = Self::versioned(11, 1);
    /// [`InfoExceptionReportV1`](crate::info::InfoExceptionReportV1).
    pub const THREAD_EXCEPTION_REPORT_V1: Self = Self(11);
    /// [`InfoTaskStats`](crate::info::InfoTaskStats).
    pub const TASK_STATS: Self = Self::versioned(12, 1);
    /// The first 32 bytes of [`InfoTaskStats`](crate::info::InfoTaskStats).
    pub const TASK_STATS_V1: Self = Self(12);
    /// [`InfoMaps`](crate::info::InfoMaps) of every node of an address space.
    pub const PROCESS_MAPS: Self = Self::versioned(13, 2);
    /// The same until 2018: 96 bytes, whose last field counts pages instead of bytes.
    pub const PROCESS_MAPS_V1: Self = Self(13);
    /// The same until 2024: 104 bytes, whose last two fields count pages instead of bytes.
    pub const PROCESS_MAPS_V2: Self = Self::versioned(13, 1);
    /// [`InfoVmo`](crate::info::InfoVmo) of every VMO a process can reach.
    pub const PROCESS_VMOS: Self = Self::versioned(14, 3);
    /// The same, cut as [`VMO_V1`](Self::VMO_V1) is.
    pub const PROCESS_VMOS_V1: Self = Self(14);
    /// The same, cut as [`VMO_V2`](Self::VMO_V2) is.
    pub const PROCESS_VMOS_V2: Self = Self::versioned(14, 1);
    /// The same, cut as [`VMO_V3`](Self::VMO_V3) is.
    pub const PROCESS_VMOS_V3: Self = Self::versioned(14, 2);
    /// [`InfoKmemStats`](crate::info::InfoKmemStats).
    pub const KMEM_STATS: Self = Self(17);
    /// [`InfoResource`](crate::info::InfoResource).
    pub const RESOURCE: Self = Self(18);
    /// [`InfoHandleCount`](crate::info::InfoHandleCount).
    pub const HANDLE_COUNT: Self = Self(19);
    /// [`InfoBti`](crate::info::InfoBti).
    pub const BTI: Self = Self(20);
    /// [`InfoProcessHandleStats`](crate::info::InfoProcessHandleStats).
    pub const PROCESS_HANDLE_STATS: Self = Self(21);
    /// [`InfoVmo`](crate::info::InfoVmo).
    pub const VMO: Self = Self::versioned(23, 3);
    /// The first 104 bytes of [`InfoVmo`](crate::info::InfoVmo).
    pub const VMO_V1: Self = Self(23);
    /// The first 120 bytes of [`InfoVmo`](crate::info::InfoVmo).
    pub const VMO_V2: Self = Self::versioned(23, 1);
    /// The first 128 bytes of [`InfoVmo`](crate::info::InfoVmo).
    pub const VMO_V3: Self = Self::versioned(23, 2);
    /// [`InfoJob`](crate::info::InfoJob).
    pub const JOB: Self = Self(24);
    /// [`InfoHandleExtended`](crate::info::InfoHandleExtended) of every handle of a process.
    pub const HANDLE_TABLE: Self = Self(27);
    /// [`InfoMaps`](crate::info::InfoMaps) of a VMAR's subtree.
    pub const VMAR_MAPS: Self = Self(36);
}
