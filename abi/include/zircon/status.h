/* Names of statuses. */
#ifndef ZIRCON_STATUS_H_
#define ZIRCON_STATUS_H_

#include <zircon/types.h>

__BEGIN_CDECLS

/* Returns the name of a status, for example "ZX_ERR_NO_MEMORY"; a text that says so if it has none. Never freed. */
const char* zx_status_get_string(zx_status_t status);

__END_CDECLS

#endif
