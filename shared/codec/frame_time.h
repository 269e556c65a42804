/*
 * frame_time: the time of day in Chinese terminal frames: six binary bytes, year since 2000, month,
 * day, hour, minute, second, in China's time (UTC+8). Plain functions, any thread.
 */
#ifndef EVROLL_SHARED_CODEC_FRAME_TIME_H
#define EVROLL_SHARED_CODEC_FRAME_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_TIME_SIZE 6

/* False when there is no such time (month 13, 30 February, second 60, year 2200 …). */
bool frame_time_read(const uint8_t bytes[static FRAME_TIME_SIZE], int64_t *instant_ms);

/* Milliseconds are dropped. False when the instant lies outside 2000..2199, which six bytes of this
 * kind do not name. */
bool frame_time_write(int64_t instant_ms, uint8_t bytes[static FRAME_TIME_SIZE]);

#endif
