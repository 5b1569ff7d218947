//! What is compared: operations, what they cost in Zircon and in Linux, and what they are to cost here.
//!
//! Zircon is that of the end of 2018, a release build, and medians; Linux is Debian's 6.12 with mitigations, huge pages, memory
//! cgroups and the zeroing of allocations off, and means. Both were measured from ring 3, with a pair of RDTSC around each operation
//! whose own cost is subtracted, on one CPU of QEMU 7.2 with the options that [`qemu`](crate::qemu) counts instructions with.

/// One row of a table.
pub(super) struct Row {
    /// The operation, for people.
    pub(super) title: &'static str,
    /// The figures that add up to it.
    pub(super) figures: &'static [&'static str],
    /// Instructions in Zircon.
    pub(super) zircon: Option<f64>,
    /// Instructions in Linux.
    pub(super) linux: Option<f64>,
    /// Instructions it may take here.
    pub(super) target: Option<f64>,
}

/// Makes a row; `_` stands for what was not measured, or not asked for.
macro_rules! row {
    ($title:literal, [$($figure:literal),+], $zircon:tt, $linux:tt, $target:tt) => {
        Row {
            title: $title,
            figures: &[$($figure),+],
            zircon: row!($zircon),
            linux: row!($linux),
            target: row!($target),
        }
    };
    (_) => { None };
    ($number:literal) => { Some($number as f64) };
}

/// The operations with a target, in instructions per operation or per page.
pub(super) const TARGETS: &[Row] = &[
    row!("null system call", ["null_call"], 148, 316, 90),
    row!("`vmo_create` one page + close", ["vmo_create", "vmo_close"], 3093, _, 900),
    row!(
        "map SPECIFIC + unmap, 4 KiB untouched",
        ["map_specific", "unmap_specific"],
        3176,
        10_200,
        1000
    ),
    row!(
        "map kernel-chosen + unmap, 1 sibling",
        ["map_chosen@1", "unmap_chosen@1"],
        5464,
        9540,
        1200
    ),
    row!(
        "the same, 1 000 siblings",
        ["map_chosen@1000", "unmap_chosen@1000"],
        72_500,
        11_235,
        1400
    ),
    row!(
        "the same, 10 000 siblings",
        ["map_chosen@10000", "unmap_chosen@10000"],
        675_600,
        12_134,
        1500
    ),
    row!("the same, 60 000 siblings", ["map_chosen@60000", "unmap_chosen@60000"], _, 13_030, 1700),
    row!(
        "`vmar_allocate` kernel-chosen + destroy + close, 10 000 siblings",
        ["allocate_chosen@10000", "region_destroy@10000", "region_close@10000"],
        676_000,
        _,
        1800
    ),
    row!("protect 4 KiB, untouched", ["protect_untouched"], 1282, 2255, 400),
    row!("protect 4 KiB, touched", ["protect_touched"], 2003, 2908, 500),
    row!(
        "protect in the middle of a mapping (split), and back",
        ["protect_split", "protect_merge"],
        _,
        22_400,
        2500
    ),
    row!("first touch, per page, tables present", ["first_touch"], 2725, 3236, 1050),
    row!("read touch of an untouched page (zero page)", ["read_touch"], 1790, 1375, 480),
    row!("soft fault on a committed page", ["soft_fault"], 1850, 2258, 480),
    row!("the same with neighbours mapped along, per page", ["soft_fault_ahead"], _, 459, 60),
    row!("write to a snapshot (copy), per page", ["write_clone"], 6370, 4796, 1750),
    row!("the same, from the parent (fork)", ["write_snapshotted"], _, 4692, 1750),
    row!("snapshot of 4 096 mapped pages, per page", ["snapshot_mapped"], _, 210, 12),
    row!("COMMIT, per page", ["commit"], 989, 3531, 620),
    row!("MAP_RANGE over committed pages, per page", ["map_range"], 794, 959, 20),
    row!("protect 4 096 touched pages, per page", ["protect_pages"], 56, _, 8),
    row!("unmap 4 096 touched pages, per page", ["unmap_pages"], 44, 425, 8),
    row!("decommit 4 096 touched pages, per page", ["decommit_pages"], 110, 830, 60),
    row!("64 MiB populated with 2 MiB pages, per 4 KiB", ["populate_large"], _, 552, 530),
];

/// Further operations that the other systems were measured with.
pub(super) const FURTHER: &[Row] = &[
    row!("close of an invalid handle", ["close_invalid"], 161, _, _),
    row!("`vmo_create` 4 KiB", ["vmo_create"], 1566, _, _),
    row!("close of it", ["vmo_close"], 1527, _, _),
    row!("`vmo_get_size`", ["vmo_get_size"], 483, _, _),
    row!("`vmo_read`, 8 bytes", ["vmo_read"], 771, _, _),
    row!("`vmo_write`, 8 bytes", ["vmo_write"], 771, _, _),
    row!("snapshot of 4 KiB", ["clone_create"], 2260, _, _),
    row!("close of it", ["clone_close"], 1750, _, _),
    row!("map SPECIFIC, 4 KiB", ["map_specific"], 1713, 5500, _),
    row!("unmap of it, untouched", ["unmap_specific"], 1463, 4700, _),
    row!("map SPECIFIC, 10 000 siblings", ["map_specific_siblings@10000"], 2061, _, _),
    row!("unmap of it", ["unmap_specific_siblings@10000"], 1764, _, _),
    row!("map kernel-chosen, 1 sibling", ["map_chosen@1"], 3968, 4834, _),
    row!("map kernel-chosen, 10 000 siblings", ["map_chosen@10000"], 673_923, 7563, _),
    row!("allocate kernel-chosen, 1 sibling", ["allocate_chosen@1"], 4319, _, _),
    row!("allocate kernel-chosen, 1 000 siblings", ["allocate_chosen@1000"], 71_276, _, _),
    row!("allocate kernel-chosen, 10 000 siblings", ["allocate_chosen@10000"], 674_292, _, _),
    row!("allocate SPECIFIC, 1 sibling", ["allocate_specific@1"], 2118, _, _),
    row!("allocate SPECIFIC, 10 000 siblings", ["allocate_specific@10000"], 2432, _, _),
    row!("`vmar_destroy` of one of 1 000", ["region_destroy@1000"], 629, _, _),
    row!("close of its handle", ["region_close@1000"], 1102, _, _),
    row!("protect the middle of a mapping", ["protect_split"], _, 11_018, _),
    row!("merge it back", ["protect_merge"], _, 11_424, _),
    row!("overwrite the middle of a mapping", ["overwrite_middle"], _, 18_486, _),
    row!("first touch, page tables to be built", ["first_touch_tables"], 5000, _, _),
    row!("write after read touch", ["write_after_read"], 3690, _, _),
    row!("COMMIT of a mapped object, per page", ["commit_mapped"], 1635, _, _),
    row!("COMMIT through the mapping (populate), per page", ["populate"], _, 3524, _),
    row!("MAP_RANGE over pages touched one by one, per page", ["map_range_touched"], 794, 959, _),
    row!("unmap 64 MiB, per page", ["unmap_64m"], 44, _, _),
    row!("free it, per page", ["free_64m"], 55, _, _),
    row!("unmap and free 64 MiB, per page", ["unmap_64m", "free_64m"], 99, 832, _),
];
