/* What translates the addresses of devices. */
#ifndef ZIRCON_SYSCALLS_IOMMU_H_
#define ZIRCON_SYSCALLS_IOMMU_H_

#include <stddef.h>
#include <stdint.h>

/* Devices see physical addresses. */
#define ZX_IOMMU_TYPE_STUB ((uint32_t)0u)

#define ZX_IOMMU_MAX_DESC_LEN ((size_t)4096u)

/* The description of a ZX_IOMMU_TYPE_STUB. */
typedef struct zx_iommu_desc_stub {
    uint8_t reserved;
} zx_iommu_desc_stub_t;

/* As the stub was called until 2024. */
#define ZX_IOMMU_TYPE_DUMMY ZX_IOMMU_TYPE_STUB
typedef zx_iommu_desc_stub_t zx_iommu_desc_dummy_t;

#endif
