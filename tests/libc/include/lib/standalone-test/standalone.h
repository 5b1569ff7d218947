// The same for tests that do not run otherwise.
#ifndef LIB_STANDALONE_TEST_STANDALONE_H_
#define LIB_STANDALONE_TEST_STANDALONE_H_

#include <lib/maybe-standalone-test/maybe-standalone.h>

namespace standalone {

using maybe_standalone::GetBootOptions;
using maybe_standalone::GetMmioResource;
using maybe_standalone::GetRootResource;
using maybe_standalone::GetSystemResource;

}  // namespace standalone

#endif
