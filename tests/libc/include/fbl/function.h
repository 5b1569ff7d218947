// Functions, by the name that older tests call them.
#ifndef FBL_FUNCTION_H_
#define FBL_FUNCTION_H_

#include <lib/fit/function.h>

namespace fbl {

template <typename Signature>
using Function = fit::function<Signature>;

}  // namespace fbl

#endif
