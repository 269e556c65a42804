/* base64: RFC 4648 section 4, with padding. The text belongs to the arena. */
#ifndef EVROLL_REGISTRY_ROLLUP_BASE64_H
#define EVROLL_REGISTRY_ROLLUP_BASE64_H

#include <stdint.h>

#include "shared/arena.h"

char *base64_text(struct arena *arena, const uint8_t *bytes, size_t len);

#endif
