/* What <zircon/...> has beside the calls: names, times, features, handles of the start. */
#include <stdio.h>
#include <string.h>
#include <zircon/assert.h>
#include <zircon/features.h>
#include <zircon/process.h>
#include <zircon/processargs.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>

static int failures;

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            printf("zircon: line %d: not so: %s\n", __LINE__, #condition);    \
            failures++;                                                       \
        }                                                                     \
    } while (0)

static void check_times(void) {
    CHECK(ZX_SEC(2) == 2000000000 && ZX_MSEC(3) == ZX_USEC(3000) && ZX_HOUR(1) == ZX_MIN(60));
    CHECK(zx_time_add_duration(ZX_TIME_INFINITE, 1) == ZX_TIME_INFINITE);
    CHECK(zx_time_add_duration(-5, ZX_TIME_INFINITE_PAST) == ZX_TIME_INFINITE_PAST);
    CHECK(zx_time_add_duration(-5, ZX_TIME_INFINITE) == ZX_TIME_INFINITE - 5);
    CHECK(zx_time_sub_duration(ZX_TIME_INFINITE_PAST, 1) == ZX_TIME_INFINITE_PAST);
    CHECK(zx_time_sub_time(1, ZX_TIME_INFINITE_PAST) == ZX_TIME_INFINITE);
    CHECK(zx_duration_mul_int64(ZX_SEC(1), -1) == ZX_SEC(-1));
    CHECK(zx_duration_mul_int64(INT64_MAX, -2) == ZX_TIME_INFINITE_PAST);
    CHECK(zx_duration_mul_int64(INT64_MIN, -2) == ZX_TIME_INFINITE);
    const volatile int64_t many = INT64_MAX / 2;
    CHECK(ZX_SEC(many) == ZX_TIME_INFINITE && zx_duration_from_msec(-many) == ZX_TIME_INFINITE_PAST);
    CHECK(zx_deadline_after(ZX_TIME_INFINITE) == ZX_TIME_INFINITE);
    const zx_time_t now = zx_clock_get_monotonic();
    CHECK(zx_clock_get_boot() >= now && zx_deadline_after(0) >= now && zx_ticks_get_boot() > 0);
}

static void check_machine(void) {
    CHECK(zx_system_get_num_cpus() >= 1 && zx_system_get_page_size() == ZX_PAGE_SIZE);
    CHECK(zx_system_get_physmem() % ZX_PAGE_SIZE == 0 && zx_system_get_physmem() > ZX_PAGE_SIZE);
    const uint32_t line = zx_system_get_dcache_line_size();
    CHECK(line >= 16 && (line & (line - 1)) == 0);
    const zx_string_view_t version = zx_system_get_version_string();
    CHECK(version.length == strlen(version.c_str) && version.length > 0);
    uint32_t features = 7;
    CHECK(zx_system_get_features(ZX_FEATURE_KIND_CPU, &features) == ZX_OK && features == ZX_HAS_CPU_FEATURES);
    CHECK(zx_system_get_features(ZX_FEATURE_KIND_VM, &features) == ZX_OK && features == 0);
    CHECK(zx_system_get_features(UINT32_MAX, &features) == ZX_ERR_NOT_SUPPORTED);
}

static void check_cache_flush(void) {
    static char data[3 * 4096];
    const uint32_t insn = ZX_CACHE_FLUSH_INSN, written = ZX_CACHE_FLUSH_DATA, gone = ZX_CACHE_FLUSH_INVALIDATE;
    const uint32_t fine[] = {insn, written, insn | written, written | gone, insn | written | gone};
    for (size_t i = 0; i < countof(fine); i++) {
        CHECK(zx_cache_flush(data + 1, sizeof(data) - 1, fine[i]) == ZX_OK);
        CHECK(zx_cache_flush(data, 0, fine[i]) == ZX_OK);
    }
    const uint32_t wrong[] = {0, gone, insn | gone, 8, 8 | written};
    for (size_t i = 0; i < countof(wrong); i++) {
        CHECK(zx_cache_flush(data, sizeof(data), wrong[i]) == ZX_ERR_INVALID_ARGS);
    }
}

static void check_names(void) {
    CHECK(strcmp(zx_status_get_string(ZX_OK), "ZX_OK") == 0);
    CHECK(strcmp(zx_status_get_string(ZX_ERR_ALREADY_EXISTS), "ZX_ERR_ALREADY_EXISTS") == 0);
    CHECK(zx_status_get_string(1)[0] != 0 && zx_status_get_string(INT32_MIN)[0] != 0);
    zx_handle_t event = ZX_HANDLE_INVALID;
    CHECK(_zx_event_create(0, &event) == ZX_OK && _zx_handle_check_valid(event) == ZX_OK);
    CHECK((event & ZX_HANDLE_FIXED_BITS_MASK) == ZX_HANDLE_FIXED_BITS_MASK);
    CHECK(_zx_handle_close(event) == ZX_OK && zx_handle_check_valid(event) == ZX_ERR_NOT_FOUND);
}

/* Only the first programs are given resources; what there is comes once, and parts as often as asked. */
static void check_start_handles(void) {
    CHECK(zx_take_startup_handle(PA_HND(PA_PROC_SELF, 0)) == ZX_HANDLE_INVALID);
    CHECK(zx_take_startup_handle(PA_HND(PA_VMAR_LOADED, 1)) == ZX_HANDLE_INVALID);
    const zx_handle_t mmio = zx_take_startup_handle(PA_HND(PA_MMIO_RESOURCE, 0));
    const zx_handle_t system = zx_take_startup_handle(PA_HND(PA_SYSTEM_RESOURCE, 0));
    const zx_handle_t root = zx_take_startup_handle(PA_HND(PA_RESOURCE, 0));
    CHECK((mmio == ZX_HANDLE_INVALID) == (root == ZX_HANDLE_INVALID));
    CHECK(zx_take_startup_handle(PA_HND(PA_RESOURCE, 0)) == ZX_HANDLE_INVALID);
    if (root == ZX_HANDLE_INVALID) {
        return;
    }
    zx_info_resource_t info;
    CHECK(zx_object_get_info(system, ZX_INFO_RESOURCE, &info, sizeof(info), NULL, NULL) == ZX_OK);
    CHECK(info.kind == ZX_RSRC_KIND_SYSTEM && info.base == 0 && info.size == ZX_RSRC_SYSTEM_COUNT);
    CHECK(zx_handle_close(mmio) == ZX_OK && zx_handle_close(system) == ZX_OK && zx_handle_close(root) == ZX_OK);
}

int main(void) {
    check_times();
    check_machine();
    check_cache_flush();
    check_names();
    check_start_handles();
    ZX_ASSERT(failures >= 0);
    ZX_ASSERT_MSG(failures < 1000, "%d are too many", failures);
    printf("zircon: %s\n", failures ? "FAILED" : "times, features, names and start handles are right");
    return failures != 0;
}
