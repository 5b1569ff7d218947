/*
 * Regions, objects and mappings, in C and through zx_ calls only. `core FILTER` runs the tests whose names contain FILTER, each in the
 * lines that the runner counts, and ends with the number of those that failed.
 */
#include <stdio.h>
#include <string.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>

#define PAGE ((size_t)ZX_PAGE_SIZE)
#define RW (ZX_VM_PERM_READ | ZX_VM_PERM_WRITE)
#define CAN_ALL (ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE | ZX_VM_CAN_MAP_EXECUTE | ZX_VM_CAN_MAP_SPECIFIC)

static int failures;

#define EXPECT_EQ(expected, actual)                                                                  \
    do {                                                                                             \
        const long long e_ = (long long)(expected), a_ = (long long)(actual);                        \
        if (e_ != a_) {                                                                              \
            printf("\n  line %d: %s is %lld, not %s", __LINE__, #actual, a_, #expected);             \
            failures++;                                                                              \
        }                                                                                            \
    } while (0)
#define EXPECT_OK(call) EXPECT_EQ(ZX_OK, call)
#define EXPECT_TRUE(condition) EXPECT_EQ(1, !!(condition))

static zx_handle_t root(void) {
    return zx_vmar_root_self();
}

static zx_handle_t new_vmo(size_t pages, uint32_t options) {
    zx_handle_t vmo = ZX_HANDLE_INVALID;
    EXPECT_OK(zx_vmo_create(pages * PAGE, options, &vmo));
    return vmo;
}

static zx_vaddr_t map(zx_handle_t vmo, size_t pages, zx_vm_option_t options) {
    zx_vaddr_t address = 0;
    EXPECT_OK(zx_vmar_map(root(), options, 0, vmo, 0, pages * PAGE, &address));
    return address;
}

/* Reads a byte by a call, so that a fault is a status. */
static zx_status_t probe(zx_vaddr_t address) {
    zx_handle_t vmo = new_vmo(1, 0);
    const zx_status_t status = zx_vmo_write(vmo, (const void*)address, 0, 1);
    EXPECT_OK(zx_handle_close(vmo));
    return status;
}

static zx_status_t probe_for_write(zx_vaddr_t address) {
    zx_handle_t vmo = new_vmo(1, 0);
    const zx_status_t status = zx_vmo_read(vmo, (void*)address, 0, 1);
    EXPECT_OK(zx_handle_close(vmo));
    return status;
}

static uint8_t byte_of(zx_handle_t vmo, uint64_t offset) {
    uint8_t byte = 0xEE;
    EXPECT_OK(zx_vmo_read(vmo, &byte, offset, 1));
    return byte;
}

static void vmo_create_rounds_the_size(void) {
    zx_handle_t vmo;
    uint64_t size = 0;
    EXPECT_OK(zx_vmo_create(PAGE + 1, 0, &vmo));
    EXPECT_OK(zx_vmo_get_size(vmo, &size));
    EXPECT_EQ(2 * PAGE, size);
    EXPECT_OK(zx_handle_close(vmo));
    EXPECT_EQ(ZX_ERR_OUT_OF_RANGE, zx_vmo_create(UINT64_MAX, 0, &vmo));
    EXPECT_EQ(ZX_ERR_INVALID_ARGS, zx_vmo_create(PAGE, 1u << 31, &vmo));
}

static void vmo_read_and_write_stay_inside(void) {
    zx_handle_t vmo = new_vmo(2, 0);
    char in[8] = "jacinth", out[8] = "";
    EXPECT_OK(zx_vmo_write(vmo, in, PAGE - 4, sizeof(in)));
    EXPECT_OK(zx_vmo_read(vmo, out, PAGE - 4, sizeof(out)));
    EXPECT_EQ(0, memcmp(in, out, sizeof(in)));
    EXPECT_EQ(ZX_ERR_OUT_OF_RANGE, zx_vmo_write(vmo, in, 2 * PAGE - 4, sizeof(in)));
    EXPECT_EQ(0, byte_of(vmo, 2 * PAGE - 4));
    EXPECT_OK(zx_vmo_read(vmo, out, 2 * PAGE, 0));
    EXPECT_OK(zx_handle_close(vmo));
}

static void vmo_resize_cuts_mappings(void) {
    zx_handle_t vmo = new_vmo(3, ZX_VMO_RESIZABLE);
    const zx_vaddr_t address = map(vmo, 3, RW);
    memset((void*)address, 7, 3 * PAGE);
    EXPECT_OK(zx_vmo_set_size(vmo, PAGE));
    EXPECT_OK(probe(address));
    EXPECT_EQ(ZX_ERR_OUT_OF_RANGE, probe(address + PAGE));
    EXPECT_OK(zx_vmo_set_size(vmo, 3 * PAGE));
    EXPECT_EQ(0, *(volatile uint8_t*)(address + 2 * PAGE));
    EXPECT_OK(zx_vmar_unmap(root(), address, 3 * PAGE));
    EXPECT_OK(zx_handle_close(vmo));
    vmo = new_vmo(1, 0);
    EXPECT_EQ(ZX_ERR_UNAVAILABLE, zx_vmo_set_size(vmo, 2 * PAGE));
    EXPECT_OK(zx_handle_close(vmo));
}

static void vmo_commit_is_seen_in_info(void) {
    zx_handle_t vmo = new_vmo(4, 0);
    zx_info_vmo_t info;
    EXPECT_OK(zx_object_get_info(vmo, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL));
    EXPECT_EQ(0, info.committed_bytes);
    EXPECT_OK(zx_vmo_op_range(vmo, ZX_VMO_OP_COMMIT, PAGE, 2 * PAGE, NULL, 0));
    EXPECT_OK(zx_object_get_info(vmo, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL));
    EXPECT_EQ(2 * PAGE, info.committed_bytes);
    EXPECT_EQ(4 * PAGE, info.size_bytes);
    EXPECT_OK(zx_vmo_op_range(vmo, ZX_VMO_OP_DECOMMIT, 0, 4 * PAGE, NULL, 0));
    EXPECT_OK(zx_object_get_info(vmo, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL));
    EXPECT_EQ(0, info.committed_bytes);
    EXPECT_EQ(ZX_ERR_OUT_OF_RANGE, zx_vmo_op_range(vmo, ZX_VMO_OP_COMMIT, 0, 5 * PAGE, NULL, 0));
    EXPECT_OK(zx_handle_close(vmo));
}

static void vmo_snapshot_is_isolated(void) {
    zx_handle_t parent = new_vmo(2, 0), child;
    const zx_vaddr_t address = map(parent, 2, RW);
    *(volatile uint8_t*)address = 1;
    EXPECT_OK(zx_vmo_create_child(parent, ZX_VMO_CHILD_SNAPSHOT, 0, 2 * PAGE, &child));
    *(volatile uint8_t*)address = 2;
    EXPECT_EQ(1, byte_of(child, 0));
    EXPECT_EQ(2, byte_of(parent, 0));
    zx_info_vmo_t info;
    EXPECT_OK(zx_object_get_info(parent, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL));
    EXPECT_EQ(1, info.num_children);
    EXPECT_OK(zx_handle_close(child));
    EXPECT_OK(zx_object_wait_one(parent, ZX_VMO_ZERO_CHILDREN, 0, NULL));
    EXPECT_OK(zx_vmar_unmap(root(), address, 2 * PAGE));
    EXPECT_OK(zx_handle_close(parent));
}

static void vmo_slice_is_a_window(void) {
    zx_handle_t parent = new_vmo(3, 0), slice;
    const uint8_t five = 5;
    EXPECT_OK(zx_vmo_create_child(parent, ZX_VMO_CHILD_SLICE, PAGE, PAGE, &slice));
    EXPECT_OK(zx_vmo_write(slice, &five, 3, 1));
    EXPECT_EQ(5, byte_of(parent, PAGE + 3));
    EXPECT_EQ(ZX_ERR_OUT_OF_RANGE, zx_vmo_write(slice, &five, PAGE, 1));
    EXPECT_EQ(ZX_ERR_UNAVAILABLE, zx_vmo_set_size(slice, 2 * PAGE));
    EXPECT_OK(zx_handle_close(slice));
    EXPECT_OK(zx_handle_close(parent));
}

static void vmar_allocate_and_destroy(void) {
    zx_handle_t vmar;
    zx_vaddr_t base;
    zx_info_vmar_t info;
    EXPECT_OK(zx_vmar_allocate(root(), CAN_ALL, 0, 8 * PAGE, &vmar, &base));
    EXPECT_OK(zx_object_get_info(vmar, ZX_INFO_VMAR, &info, sizeof(info), NULL, NULL));
    EXPECT_EQ(base, info.base);
    EXPECT_EQ(8 * PAGE, info.len);
    EXPECT_EQ(ZX_ERR_NOT_FOUND, probe(base));
    EXPECT_OK(zx_vmar_destroy(vmar));
    EXPECT_EQ(ZX_ERR_BAD_STATE, zx_vmar_destroy(vmar));
    EXPECT_OK(zx_handle_close(vmar));
    EXPECT_EQ(ZX_ERR_INVALID_ARGS, zx_vmar_allocate(root(), CAN_ALL, 0, 0, &vmar, &base));
}

static void vmar_permissions_only_shrink(void) {
    zx_handle_t vmar, inside, vmo = new_vmo(1, 0);
    zx_vaddr_t base, address;
    EXPECT_OK(zx_vmar_allocate(root(), ZX_VM_CAN_MAP_READ, 0, 4 * PAGE, &vmar, &base));
    EXPECT_EQ(ZX_ERR_ACCESS_DENIED, zx_vmar_map(vmar, RW, 0, vmo, 0, PAGE, &address));
    EXPECT_EQ(ZX_ERR_ACCESS_DENIED, zx_vmar_allocate(vmar, ZX_VM_CAN_MAP_WRITE, 0, PAGE, &inside, &base));
    EXPECT_EQ(ZX_ERR_ACCESS_DENIED, zx_vmar_map(vmar, ZX_VM_PERM_READ | ZX_VM_SPECIFIC, 0, vmo, 0, PAGE, &address));
    EXPECT_OK(zx_vmar_map(vmar, ZX_VM_PERM_READ, 0, vmo, 0, PAGE, &address));
    EXPECT_EQ(ZX_ERR_ACCESS_DENIED, zx_vmar_protect(root(), RW, address, PAGE));
    EXPECT_OK(zx_vmar_destroy(vmar));
    EXPECT_OK(zx_handle_close(vmar));
    EXPECT_OK(zx_handle_close(vmo));
}

static void vmar_map_keeps_guards(void) {
    zx_handle_t vmar, vmo = new_vmo(1, 0);
    zx_vaddr_t base, address;
    EXPECT_OK(zx_vmar_allocate(root(), CAN_ALL, 0, 3 * PAGE, &vmar, &base));
    EXPECT_OK(zx_vmar_map(vmar, RW | ZX_VM_SPECIFIC, PAGE, vmo, 0, PAGE, &address));
    EXPECT_EQ(base + PAGE, address);
    EXPECT_EQ(ZX_ERR_NOT_FOUND, probe(address - 1));
    EXPECT_EQ(ZX_ERR_NOT_FOUND, probe(address + PAGE));
    EXPECT_OK(probe_for_write(address));
    EXPECT_EQ(ZX_ERR_NO_MEMORY, zx_vmar_map(vmar, RW | ZX_VM_SPECIFIC, PAGE, vmo, 0, PAGE, &address));
    EXPECT_OK(zx_vmar_map(vmar, RW | ZX_VM_SPECIFIC_OVERWRITE, PAGE, vmo, 0, PAGE, &address));
    EXPECT_OK(zx_vmar_destroy(vmar));
    EXPECT_EQ(ZX_ERR_NOT_FOUND, probe(address));
    EXPECT_OK(zx_handle_close(vmar));
    EXPECT_OK(zx_handle_close(vmo));
}

static void vmar_protect_changes_a_part(void) {
    zx_handle_t vmo = new_vmo(3, 0);
    const zx_vaddr_t address = map(vmo, 3, RW);
    EXPECT_OK(zx_vmar_protect(root(), ZX_VM_PERM_READ, address + PAGE, PAGE));
    EXPECT_OK(probe_for_write(address));
    EXPECT_EQ(ZX_ERR_ACCESS_DENIED, probe_for_write(address + PAGE));
    EXPECT_OK(probe(address + PAGE));
    EXPECT_OK(zx_vmar_protect(root(), 0, address + PAGE, PAGE));
    EXPECT_EQ(ZX_ERR_ACCESS_DENIED, probe(address + PAGE));
    EXPECT_EQ(ZX_ERR_INVALID_ARGS, zx_vmar_protect(root(), ZX_VM_PERM_WRITE, address, PAGE));
    EXPECT_EQ(ZX_ERR_INVALID_ARGS, zx_vmar_protect(root(), RW, address + 1, PAGE));
    EXPECT_OK(zx_vmar_unmap(root(), address, 3 * PAGE));
    EXPECT_EQ(ZX_ERR_NOT_FOUND, zx_vmar_protect(root(), RW, address, PAGE));
    EXPECT_OK(zx_handle_close(vmo));
}

static void vmar_unmap_makes_holes(void) {
    zx_handle_t vmo = new_vmo(3, 0);
    const zx_vaddr_t address = map(vmo, 3, RW);
    ((volatile uint8_t*)address)[2 * PAGE] = 9;
    EXPECT_OK(zx_vmar_unmap(root(), address + PAGE, PAGE));
    EXPECT_EQ(ZX_ERR_NOT_FOUND, probe(address + PAGE));
    EXPECT_EQ(9, ((volatile uint8_t*)address)[2 * PAGE]);
    EXPECT_EQ(ZX_ERR_INVALID_ARGS, zx_vmar_unmap(root(), address, 0));
    EXPECT_OK(zx_vmar_unmap(root(), address, 3 * PAGE));
    EXPECT_EQ(9, byte_of(vmo, 2 * PAGE));
    EXPECT_OK(zx_handle_close(vmo));
}

static void mapping_outlives_its_handle(void) {
    zx_handle_t vmo = new_vmo(1, 0);
    const zx_vaddr_t address = map(vmo, 1, RW);
    EXPECT_OK(zx_handle_close(vmo));
    EXPECT_EQ(ZX_ERR_BAD_HANDLE, zx_handle_close(vmo));
    *(volatile uint8_t*)address = 3;
    EXPECT_EQ(3, *(volatile uint8_t*)address);
    EXPECT_OK(zx_vmar_unmap(root(), address, PAGE));
}

static void op_range_works_on_mappings(void) {
    zx_handle_t vmo = new_vmo(4, 0);
    const zx_vaddr_t address = map(vmo, 4, RW);
    memset((void*)address, 1, 4 * PAGE);
    EXPECT_OK(zx_vmar_op_range(root(), ZX_VMAR_OP_ZERO, address + PAGE, PAGE, NULL, 0));
    EXPECT_EQ(0, byte_of(vmo, PAGE));
    EXPECT_EQ(1, byte_of(vmo, 2 * PAGE));
    EXPECT_OK(zx_vmar_op_range(root(), ZX_VMAR_OP_COMMIT, address, 4 * PAGE, NULL, 0));
    EXPECT_EQ(ZX_ERR_INVALID_ARGS, zx_vmar_op_range(root(), 99, address, PAGE, NULL, 0));
    EXPECT_OK(zx_vmar_unmap(root(), address, 4 * PAGE));
    EXPECT_EQ(ZX_ERR_BAD_STATE, zx_vmar_op_range(root(), ZX_VMAR_OP_COMMIT, address, PAGE, NULL, 0));
    EXPECT_OK(zx_handle_close(vmo));
}

static void rights_limit_mappings(void) {
    zx_handle_t vmo = new_vmo(1, 0), weak;
    zx_vaddr_t address;
    EXPECT_OK(zx_handle_duplicate(vmo, ZX_RIGHT_READ | ZX_RIGHT_MAP, &weak));
    EXPECT_EQ(ZX_ERR_ACCESS_DENIED, zx_vmar_map(root(), RW, 0, weak, 0, PAGE, &address));
    EXPECT_OK(zx_vmar_map(root(), ZX_VM_PERM_READ, 0, weak, 0, PAGE, &address));
    EXPECT_EQ(ZX_ERR_ACCESS_DENIED, probe_for_write(address));
    EXPECT_EQ(ZX_ERR_ACCESS_DENIED, zx_vmo_write(weak, "x", 0, 1));
    EXPECT_EQ(ZX_ERR_WRONG_TYPE, zx_vmar_map(root(), RW, 0, root(), 0, PAGE, &address));
    EXPECT_OK(zx_vmar_unmap(root(), address, PAGE));
    EXPECT_OK(zx_handle_close(weak));
    EXPECT_OK(zx_handle_close(vmo));
}

#define TEST(name) {#name, name}

static const struct {
    const char* name;
    void (*run)(void);
} tests[] = {
    TEST(vmo_create_rounds_the_size), TEST(vmo_read_and_write_stay_inside), TEST(vmo_resize_cuts_mappings),
    TEST(vmo_commit_is_seen_in_info), TEST(vmo_snapshot_is_isolated),       TEST(vmo_slice_is_a_window),
    TEST(vmar_allocate_and_destroy),  TEST(vmar_permissions_only_shrink),   TEST(vmar_map_keeps_guards),
    TEST(vmar_protect_changes_a_part), TEST(vmar_unmap_makes_holes),        TEST(mapping_outlives_its_handle),
    TEST(op_range_works_on_mappings), TEST(rights_limit_mappings),
};

int main(int argc, char** argv) {
    int failed = 0;
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        char name[96];
        snprintf(name, sizeof(name), "core::%s", tests[i].name);
        if (argc > 1 && strstr(name, argv[1]) == NULL) {
            continue;
        }
        printf("test %s ... ", name);
        failures = 0;
        tests[i].run();
        if (failures == 0) {
            printf("ok\n");
        } else {
            printf("\ntest %s ... FAILED\n", name);
            failed++;
        }
    }
    return failed;
}
