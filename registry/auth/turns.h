/*
 * turns: how often something dear may be done for people who have not shown who they are: a digest of a
 * password takes a tenth of a second and 32 MB, by intent, and anybody can ask for one. So many at
 * once, then one each `every_ms`, for all of them together: what else the registry does goes on.
 *
 * The generic cell rate algorithm (ITU-T I.371): one number, the moment at which all turns that were
 * given are paid for. Threads: any.
 */
#ifndef EVROLL_REGISTRY_AUTH_TURNS_H
#define EVROLL_REGISTRY_AUTH_TURNS_H

#include <stdint.h>

#include "shared/clock.h"

#define TURNS_OF_SIGN_IN_AT_ONCE 40
#define TURNS_OF_SIGN_IN_MS      200

struct turns;

struct turns *turns_create(const struct clock *clock, int64_t at_once, int64_t every_ms);
void turns_destroy(struct turns *turns); /* NULL is allowed */

/* 0: taken. Else in how many ms there is one. `turns` NULL: there always is. */
int64_t turns_take(struct turns *turns);

#endif
