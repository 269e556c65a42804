/*
 * gbt32960_encode: samples → frames of GB/T 32960.3, as an onboard unit sends them.
 *
 * Good for: units, tests. Each call appends one frame to `out`; a payload may hold several. When
 * there is no room, out->failed is set and nothing behind it is whole: give GBT32960_REPORT_MAX a
 * report and GBT32960_FRAME_MAX any other frame.
 *
 * What a report carries of a sample: vehicle block (always), engine block (with `rpm`, or `fuel` in
 * the edition of 2016), position block (with `lat` or `lon`), an alarm block when one is given.
 * Other signals have no field. What is not known is sent as the field's code for invalid; a signal
 * marked invalid or abnormal has its code, one marked out of range a number beyond the field's
 * range. Numbers are rounded to the field's resolution (coordinates 1e-6 deg, speed, odometer,
 * voltage and current 0.1, state of charge 1 %, engine 1/min); a number that the field cannot hold
 * becomes the largest that is out of its range. Fuel is consumption by distance here, so it is sent
 * only while the vehicle moves, and comes back rounded to that. Times are whole seconds of 2000 to
 * 2099 in UTC+8; others are sent as an impossible time. No state, any thread.
 */
#ifndef EVROLL_SHARED_CODEC_GBT32960_ENCODE_H
#define EVROLL_SHARED_CODEC_GBT32960_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/codec/gbt32960.h"
#include "shared/sample.h"
#include "shared/wire.h"

#define GBT32960_SIGNATURE_PART_MAX 256
#define GBT32960_FRAME_MAX          64
#define GBT32960_REPORT_MAX         (128 + 2 * GBT32960_SIGNATURE_PART_MAX)

struct gbt32960_signature {
    uint8_t algorithm; /* 1 SM2, 2 RSA, 3 ECC */
    uint8_t r[GBT32960_SIGNATURE_PART_MAX];
    uint8_t s[GBT32960_SIGNATURE_PART_MAX];
    size_t r_len, s_len;
};

/* Signs the data unit so far. False: the report goes unsigned. */
typedef bool gbt32960_sign(void *arg, const uint8_t *data, size_t len,
                           struct gbt32960_signature *signature);

struct gbt32960_sender {
    enum gbt32960_edition edition;
    const char *vin;     /* up to 17 characters, padded with 0x00 */
    gbt32960_sign *sign; /* reports of 2025; NULL: unsigned */
    void *sign_arg;
};

struct gbt32960_alarm {
    uint8_t level; /* 0 none, 1 to 3; 4 in 2025 */
    uint32_t flags;
};

/* `command` is GBT32960_REALTIME or GBT32960_REISSUE; `alarm` may be NULL. */
void gbt32960_encode_report(struct wire_out *out, const struct gbt32960_sender *from,
                            enum gbt32960_command command, const struct sample *sample,
                            const struct gbt32960_alarm *alarm);

/* `iccid` has up to 20 characters. No battery codes are sent. */
void gbt32960_encode_login(struct wire_out *out, const struct gbt32960_sender *from, int64_t at_ms,
                           uint16_t serial, const char *iccid);

/* `serial` is the login's. */
void gbt32960_encode_logout(struct wire_out *out, const struct gbt32960_sender *from, int64_t at_ms,
                            uint16_t serial);

/* GBT32960_HEARTBEAT or GBT32960_TIME_SYNC: a frame without a data unit. */
void gbt32960_encode_empty(struct wire_out *out, const struct gbt32960_sender *from,
                           enum gbt32960_command command);

#endif
