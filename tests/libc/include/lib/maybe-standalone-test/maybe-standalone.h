// The right to everything there is once in the machine, for tests that are given it.
#ifndef LIB_MAYBE_STANDALONE_TEST_MAYBE_STANDALONE_H_
#define LIB_MAYBE_STANDALONE_TEST_MAYBE_STANDALONE_H_

#include <lib/zx/resource.h>
#include <zircon/process.h>
#include <zircon/processargs.h>

namespace maybe_standalone {

// Invalid in a program that has not got it.
inline zx::unowned_resource GetRootResource() {
    static const zx::resource root(zx_take_startup_handle(PA_HND(PA_RESOURCE, 0)));
    return zx::unowned_resource(root);
}

}  // namespace maybe_standalone

#endif
