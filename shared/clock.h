/*
 * clock: time as a parameter. Whoever needs the time takes a `const struct clock *`; programs pass
 * clock_system, tests pass a clock_fake that they move by hand.
 *
 * wall: milliseconds since 1970-01-01T00:00:00Z, may jump. mono: milliseconds that only grow, for
 * deadlines. Thread safety: clock_system may be used from any thread; a fake belongs to one.
 */
#ifndef EVROLL_SHARED_CLOCK_H
#define EVROLL_SHARED_CLOCK_H

#include <stdint.h>

struct clock {
    int64_t (*wall_ms)(const struct clock *self);
    int64_t (*mono_ms)(const struct clock *self);
};

extern const struct clock clock_system;

/* Machines' clocks may be so far apart. What is later than that was noted before a clock was set back. */
#define CLOCK_APART_MS 60000

struct clock_fake {
    struct clock clock; /* first, so that &fake.clock is the fake */
    int64_t wall_now_ms;
    int64_t mono_now_ms;
};

void clock_fake_init(struct clock_fake *fake, int64_t wall_ms);
void clock_fake_advance(struct clock_fake *fake, int64_t ms);

static inline int64_t clock_wall_ms(const struct clock *clock)
{
    return clock->wall_ms(clock);
}

static inline int64_t clock_mono_ms(const struct clock *clock)
{
    return clock->mono_ms(clock);
}

#endif
