//! The operations, those that share their preparations together.

mod calls;
mod depth;
mod faults;
mod handles;
mod large;
mod mappings;
mod memory;
mod object_pages;
mod objects;
mod pages;
mod processes;
mod ranges;
mod siblings;
mod snapshots;
mod together;

use rt::Result;

/// Figures that are taken together.
pub(crate) struct Family {
    /// Their names, without what tells the members of a series apart.
    pub(crate) figures: &'static [&'static str],
    /// Takes and prints them.
    pub(crate) run: fn() -> Result<()>,
}

impl Family {
    /// Says whether one of its figures' names begins with one of `names`, or nothing particular is asked for.
    pub(crate) fn is_wanted(&self, names: &[&str]) -> bool {
        let begins = |figure: &&str| names.iter().any(|name| figure.starts_with(stem(name)));
        names.is_empty() || self.figures.iter().any(begins)
    }
}

/// Returns what the members of a series have in common.
fn stem(name: &str) -> &str {
    name.split_once('@').map_or(name, |(stem, _)| stem)
}

/// All of them, in the order they are run.
pub(crate) const ALL: &[Family] = &[
    // First: what later families need stays in tables and slabs, and would not be counted.
    Family {
        figures: &[
            "bytes_mapping",
            "bytes_region",
            "bytes_vmo",
            "bytes_snapshot",
            "bytes_handle",
            "bytes_page",
            "bytes_page_mapped",
            "bytes_process",
            "bytes_process_asleep",
        ],
        run: memory::run,
    },
    Family { figures: &["null_call", "close_invalid"], run: calls::run },
    Family {
        figures: &["vmo_create", "vmo_close", "vmo_get_size", "vmo_read", "vmo_write"],
        run: objects::create_and_transfer,
    },
    Family { figures: &["clone_create", "clone_close"], run: objects::clones },
    Family { figures: &["map_specific", "unmap_specific"], run: mappings::specific },
    Family { figures: &["protect_untouched", "protect_touched"], run: mappings::protect },
    Family { figures: &["protect_split", "protect_merge"], run: mappings::split },
    Family { figures: &["overwrite_middle"], run: mappings::overwrite },
    Family {
        figures: &[
            "map_chosen",
            "unmap_chosen",
            "map_specific_siblings",
            "unmap_specific_siblings",
            "allocate_chosen",
            "allocate_specific",
            "region_destroy",
            "region_close",
        ],
        run: siblings::run,
    },
    Family { figures: &["first_touch", "read_touch", "write_after_read"], run: faults::fresh },
    Family { figures: &["first_touch_tables"], run: faults::lone },
    Family { figures: &["soft_fault", "soft_fault_ahead"], run: faults::soft },
    Family { figures: &["snapshot_mapped", "write_snapshotted"], run: snapshots::parent },
    Family { figures: &["write_clone"], run: snapshots::child },
    Family { figures: &["commit", "commit_mapped", "populate"], run: ranges::commit },
    Family { figures: &["map_range"], run: ranges::map_range },
    Family {
        figures: &["map_range_touched", "protect_pages", "unmap_pages", "decommit_pages"],
        run: ranges::touched,
    },
    Family { figures: &["unmap_64m", "free_64m"], run: large::unmap_and_free },
    Family { figures: &["populate_large"], run: large::populate },
    Family {
        figures: &[
            "pages_populate",
            "pages_unmap",
            "pages_free",
            "page_decommit",
            "page_touch",
            "page_protect",
            "page_protect_back",
            "page_map_beside",
            "page_unmap_beside",
        ],
        run: pages::run,
    },
    Family {
        figures: &[
            "object_read",
            "object_decommit",
            "object_commit",
            "object_snapshot",
            "object_snapshot_close",
            "object_map",
            "object_unmap",
        ],
        run: object_pages::run,
    },
    Family {
        figures: &["chain_read", "chain_snapshot", "chain_write", "chain_close"],
        run: depth::run,
    },
    Family { figures: &["protect_beside", "protect_above"], run: together::protect },
    Family { figures: &["write_back_begin", "write_back_end"], run: together::write_back },
    Family { figures: &["close_awaited"], run: together::close_awaited },
    Family { figures: &["close_paged"], run: together::close_paged },
    Family { figures: &["close_orphans"], run: together::close_orphans },
    Family {
        figures: &["handle_duplicate", "handle_use", "handle_info", "handle_close"],
        run: handles::run,
    },
    Family {
        figures: &[
            "process_create",
            "process_start",
            "process_end",
            "process_find",
            "process_turns",
            "job_kill",
        ],
        run: processes::run,
    },
];
