/*
 * random: repeatable pseudo-random numbers (splitmix64, Steele, Lea and Flood 2014) for simulation
 * and property tests. Not for secrets. A plain value; the same seed gives the same numbers
 * everywhere.
 */
#ifndef EVROLL_TESTS_UNIT_TOOL_RANDOM_H
#define EVROLL_TESTS_UNIT_TOOL_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
    uint64_t z = (r->state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 <= result < below; `below` > 0. The bias is below 2^-32 for the small ranges used here. */
static inline uint32_t random_below(struct random *r, uint32_t below)
{
    return (uint32_t)((random_next(r) >> 32) * below >> 32);
}

static inline double random_between(struct random *r, double low, double high)
{
    return low + (high - low) * ((double)(random_next(r) >> 11) / 9007199254740992.0);
}

#endif
