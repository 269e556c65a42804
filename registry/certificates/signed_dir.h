/*
 * signed_dir: a directory that registry and authority share: what waits is put there as
 * UNIT.NUMBER.csr, and UNIT.NUMBER.pem is taken when it appears (`evroll-ca sign DIR` makes it); then
 * both are removed. A certificate that does not fit is renamed to .pem.refused, and the log says why.
 */
#ifndef EVROLL_REGISTRY_CERTIFICATES_SIGNED_DIR_H
#define EVROLL_REGISTRY_CERTIFICATES_SIGNED_DIR_H

#include "registry/background/background.h"
#include "shared/clock.h"

struct signed_dir;

/* The texts and the clock outlive it. ERR_IO: `dir` is no directory that can be written to. */
enum err signed_dir_start(const char *db_url, const char *dir, const char *ca_file,
                          const struct clock *clock, struct signed_dir **out,
                          struct fault *fault) ERR_CHECKED;
void signed_dir_stop(struct signed_dir *dir); /* NULL is allowed */

#endif
