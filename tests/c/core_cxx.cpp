// Regions, objects, mappings and threads, in C++ the way Zircon's own tests are written. `core_cxx FILTER` runs the tests whose names
// contain FILTER, each in the lines that the runner counts, and ends with the number of those that failed.
#include <errno.h>
#include <fbl/algorithm.h>
#include <fbl/function.h>
#include <lib/fit/defer.h>
#include <lib/fzl/memory-probe.h>
#include <lib/maybe-standalone-test/maybe-standalone.h>
#include <lib/standalone-test/standalone.h>
#include <lib/zircon-internal/align.h>
#include <lib/zx/bti.h>
#include <lib/zx/channel.h>
#include <lib/zx/event.h>
#include <lib/zx/exception.h>
#include <lib/zx/handle.h>
#include <lib/zx/iommu.h>
#include <lib/zx/job.h>
#include <lib/zx/pager.h>
#include <lib/zx/port.h>
#include <lib/zx/process.h>
#include <lib/zx/result.h>
#include <lib/zx/thread.h>
#include <lib/zx/vmar.h>
#include <lib/zx/vmo.h>
#include <link.h>
#include <sys/mman.h>
#include <time.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/exception.h>
#include <zircon/syscalls/iommu.h>
#include <zircon/syscalls/object.h>
#include <zircon/syscalls/port.h>
#include <zxtest/zxtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

const size_t kPage = zx_system_get_page_size();
constexpr zx_vm_option_t kRead = ZX_VM_PERM_READ;
constexpr zx_vm_option_t kReadWrite = ZX_VM_PERM_READ | ZX_VM_PERM_WRITE;
constexpr zx_vm_option_t kCanAll = ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE | ZX_VM_CAN_MAP_EXECUTE | ZX_VM_CAN_MAP_SPECIFIC;

zx::vmo MakeVmo(size_t pages, uint32_t options = 0) {
    zx::vmo vmo;
    EXPECT_OK(zx::vmo::create(pages * kPage, options, &vmo));
    return vmo;
}

zx::vmo MakeChild(const zx::vmo& parent, uint32_t options, uint64_t first, uint64_t pages) {
    zx::vmo child;
    EXPECT_OK(parent.create_child(options, first * kPage, pages * kPage, &child));
    return child;
}

template <typename T>
T Info(const zx::object_base& object, uint32_t topic) {
    T record{};
    EXPECT_OK(object.get_info(topic, &record, sizeof(record), nullptr, nullptr));
    return record;
}

zx_info_vmo_t VmoInfo(const zx::vmo& vmo) {
    return Info<zx_info_vmo_t>(vmo, ZX_INFO_VMO);
}

void Fill(const zx::vmo& vmo, uint64_t first, size_t pages, uint8_t byte) {
    const std::vector<uint8_t> bytes(pages * kPage, byte);
    EXPECT_OK(vmo.write(bytes.data(), first * kPage, bytes.size()));
}

// Returns the first byte of each page.
std::vector<int> Pages(const zx::vmo& vmo, size_t count) {
    std::vector<int> seen(count);
    std::generate(seen.begin(), seen.end(), [&vmo, page = size_t{0}]() mutable {
        uint8_t byte = 0xEE;
        EXPECT_OK(vmo.read(&byte, page++ * kPage, 1));
        return byte;
    });
    return seen;
}

// A mapping of an object's beginning into the root VMAR, which ends with its scope.
class Mapping {
public:
    Mapping(const zx::vmo& vmo, size_t pages, zx_vm_option_t options = kReadWrite) : size_(pages * kPage) {
        EXPECT_OK(zx::vmar::root_self()->map(options, 0, vmo, 0, size_, &base_));
    }
    Mapping(const Mapping&) = delete;
    ~Mapping() { EXPECT_OK(zx::vmar::root_self()->unmap(base_, size_)); }

    uintptr_t page(size_t index) const { return base_ + index * kPage; }
    void* at(size_t index) const { return reinterpret_cast<void*>(page(index)); }
    std::atomic<uint64_t>& word(size_t index) { return *static_cast<std::atomic<uint64_t>*>(at(index)); }

private:
    zx_vaddr_t base_ = 0;
    size_t size_;
};

// A process that is never started, and its root VMAR.
class OtherProcess : public zxtest::Test {
public:
    void SetUp() override {
        static constexpr char name[] = "another process";
        ASSERT_OK(zx::process::create(*zx::job::default_job(), name, sizeof(name) - 1, 0, &process_, &root_));
    }

protected:
    // Says which of the pages from `base` on are mapped: bit 0 is the first.
    uint64_t Mapped(uintptr_t base, size_t count) {
        uint64_t bits = 0;
        for (size_t i = 0; i < count; i++) {
            uint8_t byte;
            size_t actual;
            bits |= uint64_t{process_.read_memory(base + i * kPage, &byte, 1, &actual) == ZX_OK} << i;
        }
        return bits;
    }

    zx::process process_;
    zx::vmar root_;
};

TEST_F(OtherProcess, UnmapSplits) {
    const zx::vmo vmo = MakeVmo(4);
    std::array<zx_vaddr_t, 3> at;
    for (zx_vaddr_t& address : at) {
        ASSERT_OK(root_.map(kReadWrite, 0, vmo, 0, 4 * kPage, &address));
    }
    EXPECT_OK(root_.unmap(at[0], 2 * kPage));
    EXPECT_EQ(Mapped(at[0], 4), 0b1100);
    EXPECT_OK(root_.unmap(at[1] + 2 * kPage, 2 * kPage));
    EXPECT_EQ(Mapped(at[1], 4), 0b0011);
    EXPECT_OK(root_.unmap(at[2] + kPage, 2 * kPage - 1));
    EXPECT_EQ(Mapped(at[2], 4), 0b1001);
    EXPECT_OK(root_.unmap(at[2], 4 * kPage));
    EXPECT_EQ(Mapped(at[2], 4), 0);
    EXPECT_STATUS(root_.protect(kRead, at[2], kPage), ZX_ERR_NOT_FOUND);
}

TEST_F(OtherProcess, RegionsStandInTheWay) {
    const zx::vmo vmo = MakeVmo(4);
    zx::vmar region, inner;
    zx_vaddr_t base, inner_base, address;
    ASSERT_OK(root_.allocate(kCanAll, 0, 8 * kPage, &region, &base));
    ASSERT_OK(region.allocate(kCanAll | ZX_VM_SPECIFIC, 4 * kPage, 2 * kPage, &inner, &inner_base));
    EXPECT_EQ(inner_base, base + 4 * kPage);
    for (const uint64_t first : {3, 4, 5}) {
        const auto map = [&](zx_vm_option_t how) {
            return region.map(kRead | how, first * kPage, vmo, 0, 2 * kPage, &address);
        };
        EXPECT_STATUS(map(ZX_VM_SPECIFIC), ZX_ERR_NO_MEMORY);
        EXPECT_STATUS(map(ZX_VM_SPECIFIC_OVERWRITE), ZX_ERR_INVALID_ARGS);
    }
    EXPECT_STATUS(region.unmap(base + 5 * kPage, 3 * kPage), ZX_ERR_INVALID_ARGS);
    EXPECT_OK(region.unmap(base, 8 * kPage));
    EXPECT_STATUS(inner.destroy(), ZX_ERR_BAD_STATE);
    EXPECT_OK(region.destroy());
    for (const zx::vmar* dead : {&region, &inner}) {
        EXPECT_OK(dead->get_info(ZX_INFO_HANDLE_VALID, nullptr, 0, nullptr, nullptr));
        EXPECT_STATUS(dead->map(kRead, 0, vmo, 0, kPage, &address), ZX_ERR_BAD_STATE);
        EXPECT_STATUS(dead->unmap(base, kPage), ZX_ERR_BAD_STATE);
        EXPECT_STATUS(dead->protect(kRead, base, kPage), ZX_ERR_BAD_STATE);
    }
}

TEST_F(OtherProcess, HasRecordsOfItsMaps) {
    const zx::vmo vmo = MakeVmo(4);
    ASSERT_OK(vmo.set_property(ZX_PROP_NAME, "mapped", 6));
    zx_vaddr_t address;
    ASSERT_OK(root_.map(kReadWrite, 0, vmo, 0, 4 * kPage, &address));
    ASSERT_OK(root_.protect(kRead, address + kPage, kPage));
    std::array<zx_info_maps_t, 8> maps{};
    size_t actual = 0, avail = 0;
    ASSERT_OK(process_.get_info(ZX_INFO_PROCESS_MAPS, maps.data(), sizeof(maps), &actual, &avail));
    ASSERT_EQ(actual, 5);
    EXPECT_EQ(avail, 5);
    EXPECT_EQ(maps[0].type, ZX_INFO_MAPS_TYPE_ASPACE);
    EXPECT_EQ(maps[1].type, ZX_INFO_MAPS_TYPE_VMAR);
    const auto is_mapping = [](const zx_info_maps_t& map) { return map.type == ZX_INFO_MAPS_TYPE_MAPPING; };
    EXPECT_EQ(std::count_if(maps.begin(), maps.end(), is_mapping), 3);
    EXPECT_STREQ(maps[2].name, "mapped");
    EXPECT_EQ(maps[3].u.mapping.mmu_flags, ZX_VM_PERM_READ);
    EXPECT_EQ(maps[3].u.mapping.vmo_offset, kPage);
    EXPECT_EQ(maps[4].u.mapping.mmu_flags, kReadWrite);
}

TEST_F(OtherProcess, MemoryIsReadAndWrittenFromOutside) {
    const zx::vmo vmo = MakeVmo(2);
    zx_vaddr_t address;
    ASSERT_OK(root_.map(kRead, 0, vmo, 0, 2 * kPage, &address));
    const std::string text = "written from outside";
    size_t actual = 0;
    ASSERT_OK(process_.write_memory(address + kPage - 5, text.data(), text.size(), &actual));
    EXPECT_EQ(actual, text.size());
    std::string back(text.size(), '\0');
    ASSERT_OK(process_.read_memory(address + kPage - 5, back.data(), back.size(), &actual));
    EXPECT_BYTES_EQ(back.data(), text.data(), text.size());
    ASSERT_OK(process_.read_memory(address + 2 * kPage - 1, back.data(), 2, &actual));
    EXPECT_EQ(actual, 1);
    EXPECT_STATUS(process_.read_memory(address + 2 * kPage, back.data(), 1, &actual), ZX_ERR_NOT_FOUND);
}

TEST(Vmar, Alignments) {
    const zx::vmo vmo = MakeVmo(2);
    const auto root = zx::vmar::root_self();
    for (int log2 = 10; log2 <= 32; log2++) {
        zx_vaddr_t address = 0;
        const zx_vm_option_t align = static_cast<zx_vm_option_t>(log2) << ZX_VM_ALIGN_BASE;
        ASSERT_OK(root->map(kReadWrite | align, 0, vmo, 0, 2 * kPage, &address));
        EXPECT_TRUE(ZX_IS_ALIGNED(address, uint64_t{1} << log2), "2^%d", log2);
        *reinterpret_cast<volatile uint64_t*>(address) = 1;
        EXPECT_OK(root->unmap(address, 2 * kPage));
    }
    for (const zx_vm_option_t bad : {9u, 33u, 255u}) {
        zx_vaddr_t address;
        EXPECT_STATUS(root->map(kRead | bad << ZX_VM_ALIGN_BASE, 0, vmo, 0, kPage, &address), ZX_ERR_INVALID_ARGS, "2^%u", bad);
    }
}

TEST(Vmar, UpperLimit) {
    const zx::vmo vmo = MakeVmo(1);
    zx::vmar region;
    zx_vaddr_t base, address;
    ASSERT_OK(zx::vmar::root_self()->allocate(kCanAll, 0, 32 * kPage, &region, &base));
    const auto map = [&](size_t pages, zx_vm_option_t options) {
        return region.map(kRead | options, pages * kPage, vmo, 0, kPage, &address);
    };
    std::vector<zx_vaddr_t> seen;
    for (int i = 0; i < 16; i++) {
        ASSERT_OK(map(16, ZX_VM_OFFSET_IS_UPPER_LIMIT));
        seen.push_back(address);
    }
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(seen.front(), base);
    EXPECT_EQ(seen.back(), base + 15 * kPage);
    EXPECT_TRUE(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
    EXPECT_STATUS(map(16, ZX_VM_OFFSET_IS_UPPER_LIMIT), ZX_ERR_NO_MEMORY);
    EXPECT_STATUS(map(33, ZX_VM_OFFSET_IS_UPPER_LIMIT), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(map(1, ZX_VM_OFFSET_IS_UPPER_LIMIT | ZX_VM_SPECIFIC), ZX_ERR_INVALID_ARGS);
    EXPECT_OK(map(0, 0));
    EXPECT_OK(region.destroy());
}

TEST(Vmar, RightsBoundWhatAMappingMayBecome) {
    zx::vmo vmo = MakeVmo(1);
    ASSERT_OK(vmo.replace_as_executable(zx::resource(), &vmo));
    struct Case {
        zx_rights_t rights;
        zx_vm_option_t options;
    };
    constexpr Case cases[] = {
        {.rights = ZX_RIGHT_READ, .options = ZX_VM_PERM_READ},
        {.rights = ZX_RIGHT_READ | ZX_RIGHT_WRITE, .options = kReadWrite},
        {.rights = ZX_RIGHT_READ | ZX_RIGHT_EXECUTE, .options = ZX_VM_PERM_READ | ZX_VM_PERM_EXECUTE},
    };
    const zx_vm_option_t all = kReadWrite | ZX_VM_PERM_EXECUTE;
    const zx::unowned_vmar root = zx::vmar::root_self();
    for (const auto& [rights, options] : cases) {
        zx::vmo weak;
        zx_vaddr_t address;
        ASSERT_OK(vmo.duplicate(rights | ZX_RIGHT_MAP, &weak));
        EXPECT_STATUS(root->map(all, 0, weak, 0, kPage, &address), ZX_ERR_ACCESS_DENIED);
        ASSERT_OK(root->map(options, 0, weak, 0, kPage, &address));
        EXPECT_STATUS(root->protect(all, address, kPage), ZX_ERR_ACCESS_DENIED);
        weak.reset();
        EXPECT_STATUS(root->protect(all, address, kPage), ZX_ERR_ACCESS_DENIED);
        EXPECT_OK(root->protect(options, address, kPage));
        EXPECT_OK(root->unmap(address, kPage));
    }
}

TEST(Vmar, ProtectChangesWhatIsAllowed) {
    const zx::vmo vmo = MakeVmo(3);
    const zx::unowned_vmar root = zx::vmar::root_self();
    Mapping mapping(vmo, 3);
    mapping.word(1) = 7;
    ASSERT_OK(root->protect(kRead, mapping.page(1), kPage));
    EXPECT_TRUE(probe_for_read(mapping.at(1)));
    EXPECT_FALSE(probe_for_write(mapping.at(1)));
    EXPECT_TRUE(probe_for_write(mapping.at(0)));
    ASSERT_OK(root->protect(0, mapping.page(1), kPage));
    EXPECT_FALSE(probe_for_read(mapping.at(1)));
    ASSERT_DEATH([&mapping] { mapping.word(1) = 8; });
    ASSERT_OK(root->protect(kReadWrite, mapping.page(0), 3 * kPage));
    EXPECT_NO_DEATH([&mapping] { mapping.word(2) = 9; });
    EXPECT_EQ(mapping.word(1).load(), 7);
    EXPECT_STATUS(root->protect(ZX_VM_PERM_WRITE, mapping.page(0), kPage), ZX_ERR_INVALID_ARGS);
}

TEST(Vmar, OperationsOnRanges) {
    const zx::vmo vmo = MakeVmo(4);
    const Mapping mapping(vmo, 4);
    const auto operate = [&mapping](uint32_t op, size_t first, size_t pages) {
        return zx::vmar::root_self()->op_range(op, mapping.page(first), pages * kPage, nullptr, 0);
    };
    EXPECT_OK(operate(ZX_VMAR_OP_COMMIT, 1, 2));
    EXPECT_EQ(VmoInfo(vmo).committed_bytes, 2 * kPage);
    EXPECT_OK(operate(ZX_VMAR_OP_MAP_RANGE, 0, 4));
    EXPECT_OK(operate(ZX_VMAR_OP_DECOMMIT, 0, 2));
    EXPECT_EQ(VmoInfo(vmo).committed_bytes, kPage);
    EXPECT_OK(operate(ZX_VMAR_OP_ZERO, 0, 4));
    EXPECT_EQ(VmoInfo(vmo).committed_bytes, 0);
    EXPECT_STATUS(operate(99, 0, 4), ZX_ERR_INVALID_ARGS);
}

TEST(Vmo, ResizesUnderAMapping) {
    const zx::vmo vmo = MakeVmo(2, ZX_VMO_RESIZABLE);
    const Mapping mapping(vmo, 4);
    Fill(vmo, 0, 2, 0x11);
    EXPECT_FALSE(probe_for_read(mapping.at(2)));
    ASSERT_OK(vmo.set_size(4 * kPage));
    EXPECT_TRUE(probe_for_write(mapping.at(3)));
    ASSERT_OK(vmo.set_size(kPage + 1));
    EXPECT_FALSE(probe_for_read(mapping.at(2)));
    uint64_t size = 0;
    EXPECT_OK(vmo.get_size(&size));
    EXPECT_EQ(size, 2 * kPage);
    EXPECT_OK(vmo.get_stream_size(&size));
    EXPECT_EQ(size, kPage + 1);
    EXPECT_EQ(fbl::round_up(size, kPage), 2 * kPage);
    ASSERT_OK(vmo.set_size(kPage));
    ASSERT_OK(vmo.set_size(2 * kPage));
    EXPECT_TRUE(Pages(vmo, 2) == (std::vector<int>{0x11, 0}));
    EXPECT_STATUS(MakeVmo(1).set_size(2 * kPage), ZX_ERR_UNAVAILABLE);
}

TEST(Vmo, ZeroPageIsReplacedEverywhere) {
    const zx::vmo vmo = MakeVmo(1);
    Mapping one(vmo, 1), other(vmo, 1);
    EXPECT_EQ(one.word(0).load() + other.word(0).load(), 0);
    one.word(0) = 5;
    EXPECT_EQ(other.word(0).load(), 5);
    const uint64_t value = 6;
    EXPECT_OK(vmo.write(&value, 0, sizeof(value)));
    EXPECT_EQ(one.word(0).load(), 6);
    EXPECT_OK(vmo.op_range(ZX_VMO_OP_DECOMMIT, 0, kPage, nullptr, 0));
    EXPECT_EQ(one.word(0).load(), 0);
    EXPECT_OK(vmo.op_range(ZX_VMO_OP_COMMIT, 0, kPage, nullptr, 0));
    EXPECT_EQ(VmoInfo(vmo).committed_bytes, kPage);
}

TEST(Vmo, BadBuffersSayWhichFault) {
    const zx::vmo vmo = MakeVmo(1);
    constexpr uintptr_t kernel = 0xffff'8000'0000'0000;
    EXPECT_STATUS(vmo.read(nullptr, 0, 1), ZX_ERR_NOT_FOUND);
    EXPECT_STATUS(vmo.write(nullptr, 0, 1), ZX_ERR_NOT_FOUND);
    EXPECT_STATUS(vmo.write(reinterpret_cast<void*>(kernel), 0, 1), ZX_ERR_NOT_FOUND);
    EXPECT_STATUS(vmo.read(reinterpret_cast<void*>(kernel - 1), 0, 2), ZX_ERR_NOT_FOUND);
    EXPECT_STATUS(vmo.read(nullptr, UINT64_MAX, 2), ZX_ERR_OUT_OF_RANGE);
    EXPECT_OK(vmo.read(nullptr, kPage, 0));
}

TEST(Vmo, WritersMeetADecommitter) {
    const zx::vmo vmo = MakeVmo(8);
    Mapping mapping(vmo, 8);
    std::atomic<bool> is_over = false;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> writers;
    for (uint64_t writer = 1; writer <= 3; writer++) {
        writers.emplace_back([&, writer] {
            for (size_t page = 0; !is_over; page = (page + 1) % 8) {
                mapping.word(page) = writer;
                wrong += mapping.word(page) > 3;
            }
        });
    }
    for (int round = 0; round < 300; round++) {
        EXPECT_OK(vmo.op_range(ZX_VMO_OP_DECOMMIT, 0, 8 * kPage, nullptr, 0));
        std::this_thread::yield();
    }
    is_over = true;
    std::for_each(writers.begin(), writers.end(), [](std::thread& writer) { writer.join(); });
    EXPECT_EQ(wrong.load(), 0);
}

TEST(Vmo, TwoThreadsReadIntoEachOthersMappings) {
    const zx::vmo one = MakeVmo(16), other = MakeVmo(16);
    const Mapping of_one(one, 16), of_other(other, 16);
    const auto copy = [](const zx::vmo& from, const Mapping& to) {
        for (int round = 0; round < 50; round++) {
            EXPECT_OK(from.read(to.at(0), 0, 16 * kPage));
        }
    };
    std::thread first(copy, std::cref(one), std::cref(of_other));
    std::thread second(copy, std::cref(other), std::cref(of_one));
    first.join();
    second.join();
}

// An object with a page of ones, one of twos and one of threes.
class Children : public zxtest::Test {
public:
    void SetUp() override {
        parent_ = MakeVmo(3);
        for (uint8_t page = 0; page < 3; page++) {
            Fill(parent_, page, 1, static_cast<uint8_t>(page + 1));
        }
    }

protected:
    zx::vmo parent_;
};

TEST_F(Children, SnapshotsAreIsolated) {
    const zx::vmo clone = MakeChild(parent_, ZX_VMO_CHILD_SNAPSHOT, 0, 3);
    Fill(parent_, 0, 1, 9);
    Fill(clone, 1, 1, 8);
    EXPECT_TRUE(Pages(parent_, 3) == (std::vector<int>{9, 2, 3}));
    EXPECT_TRUE(Pages(clone, 3) == (std::vector<int>{1, 8, 3}));
    const zx::vmo of_clone = MakeChild(clone, ZX_VMO_CHILD_SNAPSHOT, 1, 4);
    EXPECT_TRUE(Pages(of_clone, 4) == (std::vector<int>{8, 3, 0, 0}));
    parent_.reset();
    EXPECT_TRUE(Pages(clone, 3) == (std::vector<int>{1, 8, 3}));
}

TEST_F(Children, SharedPagesAreAccountedForOnce) {
    EXPECT_EQ(VmoInfo(parent_).committed_bytes, 3 * kPage);
    const zx::vmo clone = MakeChild(parent_, ZX_VMO_CHILD_SNAPSHOT, 0, 3);
    EXPECT_EQ(VmoInfo(parent_).committed_scaled_bytes, 3 * kPage / 2);
    EXPECT_EQ(VmoInfo(clone).committed_scaled_bytes, 3 * kPage / 2);
    EXPECT_EQ(VmoInfo(clone).committed_private_bytes, 0);
    Fill(clone, 0, 1, 7);
    EXPECT_EQ(VmoInfo(parent_).committed_scaled_bytes, 2 * kPage);
    EXPECT_EQ(VmoInfo(clone).committed_scaled_bytes, 2 * kPage);
    EXPECT_EQ(VmoInfo(parent_).num_children, 1);
    EXPECT_EQ(VmoInfo(clone).parent_koid, VmoInfo(parent_).koid);
    EXPECT_NE(VmoInfo(clone).flags & ZX_INFO_VMO_IS_COW_CLONE, 0);
}

TEST_F(Children, TheParentIsToldWhenTheyAreGone) {
    const auto are_gone = [this] { return parent_.wait_one(ZX_VMO_ZERO_CHILDREN, zx::time(), nullptr) == ZX_OK; };
    EXPECT_TRUE(are_gone());
    std::optional<zx::vmo> clone = MakeChild(parent_, ZX_VMO_CHILD_SNAPSHOT, 0, 3);
    EXPECT_FALSE(are_gone());
    {
        const Mapping mapping(*clone, 1, kRead);
        clone.reset();
        EXPECT_FALSE(are_gone(), "it is mapped");
    }
    EXPECT_TRUE(are_gone());
    const zx::vmo slice = MakeChild(parent_, ZX_VMO_CHILD_SLICE, 1, 2);
    EXPECT_FALSE(are_gone());
}

TEST_F(Children, AreRefused) {
    zx::vmo out;
    EXPECT_STATUS(parent_.create_child(0, 0, kPage, &out), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(parent_.create_child(ZX_VMO_CHILD_SNAPSHOT, 1, kPage, &out), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(parent_.create_child(ZX_VMO_CHILD_SNAPSHOT, 0, UINT64_MAX, &out), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(parent_.create_child(ZX_VMO_CHILD_SNAPSHOT, -kPage, kPage, &out), ZX_ERR_OUT_OF_RANGE);
    EXPECT_STATUS(parent_.create_child(ZX_VMO_CHILD_SLICE | ZX_VMO_CHILD_RESIZABLE, 0, kPage, &out), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(parent_.create_child(ZX_VMO_CHILD_SLICE, 0, 4 * kPage, &out), ZX_ERR_INVALID_ARGS);
    EXPECT_FALSE(out.is_valid());
    const zx::vmo clone = MakeChild(parent_, ZX_VMO_CHILD_SNAPSHOT, 0, 3);
    EXPECT_STATUS(clone.op_range(ZX_VMO_OP_DECOMMIT, 0, kPage, nullptr, 0), ZX_ERR_NOT_SUPPORTED);
    EXPECT_OK(clone.op_range(ZX_VMO_OP_ZERO, 0, kPage, nullptr, 0));
    EXPECT_TRUE(Pages(clone, 3) == (std::vector<int>{0, 2, 3}));
    EXPECT_STATUS(parent_.set_cache_policy(ZX_CACHE_POLICY_UNCACHED), ZX_ERR_BAD_STATE);
}

TEST(Handles, KnowTheirObjects) {
    const zx::vmo vmo = MakeVmo(1);
    const auto basic = Info<zx_info_handle_basic_t>(vmo, ZX_INFO_HANDLE_BASIC);
    EXPECT_EQ(basic.type, ZX_OBJ_TYPE_VMO);
    EXPECT_EQ(basic.rights, ZX_DEFAULT_VMO_RIGHTS);
    zx::vmo weak;
    EXPECT_STATUS(vmo.duplicate(ZX_RIGHT_EXECUTE, &weak), ZX_ERR_INVALID_ARGS);
    ASSERT_OK(vmo.duplicate(ZX_RIGHT_READ, &weak));
    EXPECT_EQ(Info<zx_info_handle_basic_t>(weak, ZX_INFO_HANDLE_BASIC).koid, basic.koid);
    EXPECT_STATUS(weak.write(&basic, 0, 1), ZX_ERR_ACCESS_DENIED);
    const zx::unowned_vmo stale(weak);
    weak.reset();
    EXPECT_STATUS(stale->get_info(ZX_INFO_HANDLE_VALID, nullptr, 0, nullptr, nullptr), ZX_ERR_BAD_HANDLE);
    EXPECT_STATUS(zx_handle_close(stale->get()), ZX_ERR_BAD_HANDLE);
    EXPECT_OK(zx_handle_close(ZX_HANDLE_INVALID));
}

TEST(Handles, ArePassedThroughChannels) {
    zx::channel one, other;
    ASSERT_OK(zx::channel::create(0, &one, &other));
    zx::handle passed = MakeVmo(1);
    const zx_handle_t value = passed.release();
    ASSERT_OK(one.write(0, "with it", 7, &value, 1));
    char bytes[8] = "";
    zx::vmo back;
    uint32_t byte_count, handle_count;
    ASSERT_OK(other.read(0, bytes, back.reset_and_get_address(), sizeof(bytes), 1, &byte_count, &handle_count));
    EXPECT_STREQ(bytes, "with it");
    EXPECT_EQ(byte_count + handle_count, 8);
    EXPECT_EQ(VmoInfo(back).size_bytes, kPage);
    one.reset();
    EXPECT_STATUS(other.wait_one(ZX_CHANNEL_READABLE, zx::deadline_after(zx::msec(1)), nullptr), ZX_ERR_TIMED_OUT);
    EXPECT_OK(other.wait_one(ZX_CHANNEL_PEER_CLOSED, zx::time::infinite(), nullptr));
}

TEST(Ports, HearOfSignals) {
    zx::port port;
    zx::event event;
    ASSERT_OK(zx::port::create(0, &port));
    ASSERT_OK(zx::event::create(0, &event));
    ASSERT_OK(event.wait_async(port, 42, ZX_EVENT_SIGNALED, ZX_WAIT_ASYNC_ONCE));
    std::thread other([&event] { EXPECT_OK(event.signal(0, ZX_EVENT_SIGNALED)); });
    zx_port_packet_t packet{};
    EXPECT_OK(port.wait(zx::time::infinite(), &packet));
    other.join();
    EXPECT_EQ(packet.key, 42);
    EXPECT_EQ(packet.type, ZX_PKT_TYPE_SIGNAL_ONE);
    EXPECT_EQ(packet.signal.observed & ZX_EVENT_SIGNALED, ZX_EVENT_SIGNALED);
}

TEST(Pagers, SupplyWhatIsRead) {
    zx::pager pager;
    zx::port port;
    zx::vmo vmo;
    ASSERT_OK(zx::pager::create(0, &pager));
    ASSERT_OK(zx::port::create(0, &port));
    ASSERT_OK(pager.create_vmo(0, port, 7, 2 * kPage, &vmo));
    std::thread reader([&vmo] { EXPECT_TRUE(Pages(vmo, 2) == (std::vector<int>{5, 5})); });
    for (int page = 0; page < 2; page++) {
        zx_port_packet_t packet{};
        ASSERT_OK(port.wait(zx::deadline_after(zx::sec(20)), &packet));
        EXPECT_EQ(packet.page_request.command, ZX_PAGER_VMO_READ);
        const zx::vmo aux = MakeVmo(1);
        Fill(aux, 0, 1, 5);
        EXPECT_OK(pager.supply_pages(vmo, packet.page_request.offset, kPage, aux, 0));
    }
    reader.join();
}

zx::result<zx::bti> MakeBti() {
    const zx::unowned_resource root = maybe_standalone::GetRootResource();
    if (!root->is_valid()) {
        return zx::error(ZX_ERR_NOT_SUPPORTED);
    }
    zx::iommu iommu;
    zx::bti bti;
    const zx_iommu_desc_dummy_t desc{};
    zx_status_t status = zx::iommu::create(*root, ZX_IOMMU_TYPE_DUMMY, &desc, sizeof(desc), &iommu);
    if (status == ZX_OK) {
        status = zx::bti::create(iommu, 0, 0xdeadbeef, &bti);
    }
    if (status != ZX_OK) {
        return zx::error(status);
    }
    return zx::ok(std::move(bti));
}

TEST(Devices, PinWhatIsContiguous) {
    zx::result<zx::bti> bti = MakeBti();
    if (bti.error_value() == ZX_ERR_NOT_SUPPORTED) {
        ZXTEST_SKIP("without the root resource there are no devices");
    }
    ASSERT_OK(bti);
    const auto check = fit::defer([&bti] {
        const auto info = Info<zx_info_bti_t>(*bti, ZX_INFO_BTI);
        EXPECT_EQ(info.pmo_count + info.quarantine_count, 0);
    });
    zx::vmo vmo;
    ASSERT_OK(zx::vmo::create_contiguous(*bti, 4 * kPage, 0, &vmo));
    EXPECT_EQ(VmoInfo(vmo).flags, ZX_INFO_VMO_TYPE_PAGED | ZX_INFO_VMO_VIA_HANDLE | ZX_INFO_VMO_CONTIGUOUS);
    zx_paddr_t address;
    zx::pmt pmt;
    ASSERT_OK(bti->pin(ZX_BTI_PERM_READ | ZX_BTI_CONTIGUOUS, vmo, 0, 4 * kPage, &address, 1, &pmt));
    EXPECT_STATUS(vmo.set_cache_policy(ZX_CACHE_POLICY_UNCACHED), ZX_ERR_BAD_STATE);
    EXPECT_OK(pmt.unpin());
    EXPECT_OK(vmo.set_cache_policy(ZX_CACHE_POLICY_UNCACHED));
    EXPECT_STATUS(vmo.write(&address, 0, sizeof(address)), ZX_ERR_BAD_STATE);
    EXPECT_STATUS(vmo.set_cache_policy(ZX_CACHE_POLICY_CACHED), ZX_ERR_BAD_STATE);
}

TEST(Exceptions, ReachTheirChannel) {
    zx::channel channel;
    ASSERT_OK(zx::process::self()->create_exception_channel(0, &channel));
    const zx::vmo vmo = MakeVmo(1);
    Mapping mapping(vmo, 1, 0);
    std::thread faulting([&mapping] { mapping.word(0) = 1; });
    ASSERT_OK(channel.wait_one(ZX_CHANNEL_READABLE, zx::deadline_after(zx::sec(20)), nullptr));
    zx_exception_info_t info;
    zx::exception exception;
    zx::thread thread;
    ASSERT_OK(channel.read(0, &info, exception.reset_and_get_address(), sizeof(info), 1, nullptr, nullptr));
    EXPECT_EQ(info.type, ZX_EXCP_FATAL_PAGE_FAULT);
    ASSERT_OK(exception.get_thread(&thread));
    const auto report = Info<zx_exception_report_t>(thread, ZX_INFO_THREAD_EXCEPTION_REPORT);
    EXPECT_EQ(report.header.type, ZX_EXCP_FATAL_PAGE_FAULT);
    EXPECT_EQ(report.context.arch.u.x86_64.cr2, mapping.page(0));
    EXPECT_STATUS(static_cast<zx_status_t>(report.context.synth_code), ZX_ERR_ACCESS_DENIED);
    ASSERT_OK(zx::vmar::root_self()->protect(kReadWrite, mapping.page(0), kPage));
    const uint32_t handled = ZX_EXCEPTION_STATE_HANDLED;
    ASSERT_OK(exception.set_property(ZX_PROP_EXCEPTION_STATE, &handled, sizeof(handled)));
    exception.reset();
    faulting.join();
    EXPECT_EQ(mapping.word(0).load(), 1);
}

TEST(Library, HasTimeAndMemory) {
    const zx::time before = zx::clock::get_monotonic();
    EXPECT_OK(zx::nanosleep(before + zx::msec(2)));
    EXPECT_GE((zx::clock::get_monotonic() - before).to_msecs(), 2);
    timespec now{};
    EXPECT_EQ(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    EXPECT_GE(now.tv_sec * ZX_SEC(1) + now.tv_nsec, before.get());
    auto* const bytes = static_cast<uint8_t*>(mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0));
    ASSERT_NE(bytes, MAP_FAILED);
    EXPECT_EQ(std::accumulate(bytes, bytes + 2 * kPage, 0), 0);
    EXPECT_EQ(mprotect(bytes, kPage, PROT_READ), 0);
    EXPECT_FALSE(probe_for_write(bytes));
    EXPECT_TRUE(probe_for_write(bytes + kPage));
    EXPECT_EQ(munmap(bytes, 2 * kPage), 0);
    EXPECT_EQ(mmap(nullptr, 0, PROT_READ, MAP_PRIVATE | MAP_ANON, -1, 0), MAP_FAILED);
    EXPECT_EQ(errno, EINVAL);
}

TEST(Library, MapsInTheOrderOfFormerYears) {
    const zx::vmo vmo = MakeVmo(1);
    uintptr_t address;
    ASSERT_OK(zx::vmar::root_self()->map(0, vmo, 0, kPage, kReadWrite, &address));
    EXPECT_OK(vmo.read(reinterpret_cast<void*>(address), 0, kPage));
    EXPECT_OK(zx::vmar::root_self()->unmap(address, kPage));
}

TEST(Library, HasFunctions) {
    fbl::Function<int(int)> empty;
    EXPECT_TRUE(empty == nullptr);
    auto owned = std::make_unique<int>(7);
    fit::function<int(int)> add = [owned = std::move(owned)](int number) { return *owned + number; };
    EXPECT_EQ(add(1), 8);
    const fit::function<int(int)> moved = std::move(add);
    EXPECT_EQ(moved(2), 9);
    EXPECT_FALSE(add);
    int calls = 0;
    fit::callback<void()> once = [&calls] { calls++; };
    once();
    EXPECT_FALSE(once);
    EXPECT_EQ(calls, 1);
}

TEST(Library, KnowsWhereTheProgramLies) {
    static int datum = 1;
    const auto visit = [](dl_phdr_info* info, size_t, void* found) {
        const auto address = reinterpret_cast<uintptr_t>(&datum) - info->dlpi_addr;
        *static_cast<bool*>(found) = std::any_of(info->dlpi_phdr, info->dlpi_phdr + info->dlpi_phnum, [&](const ElfW(Phdr) & header) {
            const bool is_writable = header.p_type == PT_LOAD && (header.p_flags & PF_W) != 0;
            return is_writable && header.p_vaddr <= address && address < header.p_vaddr + header.p_memsz;
        });
        return 3;
    };
    bool found = false;
    EXPECT_EQ(dl_iterate_phdr(visit, &found), 3);
    EXPECT_TRUE(found);
}

TEST(Devices, ShowReservedMemory) {
    const zx::unowned_resource mmio = standalone::GetMmioResource();
    if (!mmio->is_valid()) {
        ZXTEST_SKIP("without the right to physical addresses");
    }
    EXPECT_TRUE(maybe_standalone::GetSystemResource()->is_valid());
    const BootOptions* const options = maybe_standalone::GetBootOptions();
    ASSERT_TRUE(options->test_ram_reserve && options->test_ram_reserve->paddr);
    const RamReservation memory = *options->test_ram_reserve;
    zx::vmo vmo;
    ASSERT_OK(zx::vmo::create_physical(*mmio, *memory.paddr, memory.size, &vmo));
    Mapping mapping(vmo, 1, kReadWrite);
    mapping.word(0) = 5;
    EXPECT_OK(zx_cache_flush(reinterpret_cast<void*>(mapping.page(0)), kPage, ZX_CACHE_FLUSH_DATA));
    EXPECT_EQ(mapping.word(0).load(), 5);
}

}  // namespace
