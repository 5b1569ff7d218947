// An object of any type.
#ifndef LIB_ZX_HANDLE_H_
#define LIB_ZX_HANDLE_H_

#include <lib/zx/object.h>

namespace zx {

using unowned_handle = unowned<handle>;

}  // namespace zx

#endif
