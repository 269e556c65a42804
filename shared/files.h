/* files: how many files this process may have open. Any thread. */
#ifndef EVROLL_SHARED_FILES_H
#define EVROLL_SHARED_FILES_H

#include <stdint.h>

/* Raises the limit to `wanted`, as far as the system lets it, and never lowers it. What holds now. */
uint64_t files_allow(uint64_t wanted);

#endif
