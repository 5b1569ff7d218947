//! What is drawn: costs against how many of something there are, and the same in Zircon and in Linux where they were measured.
//!
//! Their figures are those of the [`yardstick`](super::super::yardstick)'s runs. Linux's are means: of `mmap` and `munmap` of a page
//! behind so many mappings; of `MAP_POPULATE` and `munmap` of 64 KiB, 2 MiB and 64 MiB, per page; and of first touches, per page of
//! 16 MiB.

/// Costs against one quantity.
pub(in super::super) struct Picture {
    /// The picture's file, without what follows the point.
    pub(in super::super) file: &'static str,
    /// What there is more and more of.
    pub(in super::super) quantity: &'static str,
    /// What is drawn.
    pub(in super::super) curves: &'static [Curve],
}

/// The cost of one operation.
pub(in super::super) struct Curve {
    /// The operation, for people.
    pub(in super::super) title: &'static str,
    /// The series whose figures add up to it.
    pub(in super::super) series: &'static [&'static str],
    /// Sizes and costs in Zircon.
    pub(in super::super) zircon: &'static [(u64, f64)],
    /// Sizes and costs in Linux.
    pub(in super::super) linux: &'static [(u64, f64)],
}

/// A curve that only this kernel was measured for.
const fn alone(title: &'static str, series: &'static [&'static str]) -> Curve {
    Curve { title, series, zircon: &[], linux: &[] }
}

/// All pictures.
pub(in super::super) const PICTURES: &[Picture] = &[
    Picture {
        file: "siblings",
        quantity: "mappings in the same region",
        curves: &[
            Curve {
                title: "map where the kernel likes + unmap",
                series: &["map_chosen", "unmap_chosen"],
                zircon: &[(1, 5464.0), (1000, 72_511.0), (10_000, 675_590.0)],
                linux: &[
                    (1, 9561.5),
                    (100, 10_566.9),
                    (1000, 11_291.1),
                    (10_000, 12_136.4),
                    (60_000, 13_029.5),
                ],
            },
            Curve {
                title: "map at a given place + unmap",
                series: &["map_specific_siblings", "unmap_specific_siblings"],
                zircon: &[(1, 3176.0), (10_000, 3825.0)],
                linux: &[],
            },
            Curve {
                title: "allocate a region where the kernel likes + destroy + close",
                series: &["allocate_chosen", "region_destroy", "region_close"],
                zircon: &[(1, 6050.0), (1000, 73_007.0), (10_000, 676_023.0)],
                linux: &[],
            },
        ],
    },
    Picture {
        file: "pages",
        quantity: "pages present in the same address space",
        curves: &[
            Curve {
                title: "touch one more page",
                series: &["page_touch"],
                zircon: &[(4096, 2725.0)],
                linux: &[(4096, 3229.2)],
            },
            alone("take one page's frame away", &["page_decommit"]),
            alone("protect one page in the middle + back", &["page_protect", "page_protect_back"]),
            alone("map one page beside them + unmap", &["page_map_beside", "page_unmap_beside"]),
            Curve {
                title: "give all of them frames, per page",
                series: &["pages_populate"],
                zircon: &[(4096, 1635.0)],
                linux: &[(16, 4131.2), (512, 3546.4), (16_384, 3524.1)],
            },
            Curve {
                title: "unmap and free all of them, per page",
                series: &["pages_unmap", "pages_free"],
                zircon: &[(16_384, 99.0)],
                linux: &[(16, 1405.9), (512, 847.0), (16_384, 831.6)],
            },
        ],
    },
    Picture {
        file: "object-pages",
        quantity: "pages of a memory object, none mapped",
        curves: &[
            Curve {
                title: "read 8 bytes",
                series: &["object_read"],
                zircon: &[(1, 771.0)],
                linux: &[],
            },
            alone("take one page's frame away", &["object_decommit"]),
            alone("give one page a frame", &["object_commit"]),
            Curve {
                title: "map all of it + unmap",
                series: &["object_map", "object_unmap"],
                zircon: &[(1, 3176.0)],
                linux: &[(1, 10_422.5)],
            },
            Curve {
                title: "snapshot of all of it + close",
                series: &["object_snapshot", "object_snapshot_close"],
                zircon: &[(1, 4010.0)],
                linux: &[],
            },
        ],
    },
    Picture {
        file: "depth",
        quantity: "snapshots of snapshots",
        curves: &[
            alone("read 8 inherited bytes", &["chain_read"]),
            alone("one more snapshot + close", &["chain_snapshot", "chain_close"]),
            alone("write to an inherited page (copy)", &["chain_write"]),
        ],
    },
    Picture {
        file: "together",
        quantity: "things that one call concerns",
        curves: &[
            alone("protect mappings through their region, per mapping", &["protect_beside"]),
            alone("protect them from as many regions above it, per mapping", &["protect_above"]),
            alone(
                "write back zeros that lie apart, per zero",
                &["write_back_begin", "write_back_end"],
            ),
            alone("close handles that are waited through, per handle", &["close_awaited"]),
            alone("close objects of one pager, per object", &["close_paged"]),
            alone("close snapshots of what is gone, per snapshot", &["close_orphans"]),
        ],
    },
    Picture {
        file: "handles",
        quantity: "handles of a process",
        curves: &[
            alone("duplicate", &["handle_duplicate"]),
            alone("use", &["handle_use"]),
            alone("ask about", &["handle_info"]),
            alone("close", &["handle_close"]),
        ],
    },
    Picture {
        file: "processes",
        quantity: "processes that sleep",
        curves: &[
            alone("make a process with a mapping and a thread", &["process_create"]),
            alone("start it", &["process_start"]),
            alone("end it, and wait for that", &["process_end"]),
            alone("end all with their job, per process", &["job_kill"]),
            alone("find one by its number", &["process_find"]),
            alone("two threads take turns, waiting with deadlines", &["process_turns"]),
        ],
    },
];
