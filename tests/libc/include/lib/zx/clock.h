// The clock, which is declared beside what it tells.
#ifndef LIB_ZX_CLOCK_H_
#define LIB_ZX_CLOCK_H_

#include <lib/zx/time.h>

#endif
