// What a kernel for tests was booted with.
#ifndef LIB_BOOT_OPTIONS_BOOT_OPTIONS_H_
#define LIB_BOOT_OPTIONS_BOOT_OPTIONS_H_

#include <cstdint>
#include <optional>

// Memory that the kernel does not use.
struct RamReservation {
    std::optional<uint64_t> paddr;
    uint64_t size = 0;
};

struct BootOptions {
    // For memory objects that show physical addresses.
    std::optional<RamReservation> test_ram_reserve;
};

#endif
