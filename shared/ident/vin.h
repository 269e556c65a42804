/*
 * vin: the vehicle identification number of GB 16735 / ISO 3779: 17 characters of A–Z and 0–9
 * without I, O and Q, with a check digit at position 9 (weights, sum mod 11, 10 is X).
 *
 * The check digit is mandatory on vehicles made for China only; an import may fail it, so a failed
 * check is a reason to look and no reason to refuse. Positions 12–17 may be letters. Machines have
 * a PIN instead, which is opaque. Plain functions, any thread.
 */
#ifndef EVROLL_SHARED_IDENT_VIN_H
#define EVROLL_SHARED_IDENT_VIN_H

#include <stddef.h>

#define VIN_LENGTH 17

enum vin_verdict {
    VIN_OK,
    VIN_BAD_LENGTH,
    VIN_BAD_CHARACTER,  /* `at` says which */
    VIN_BAD_CHECK_DIGIT /* `expected` says what position 9 should be */
};

struct vin_finding {
    enum vin_verdict verdict;
    int at;        /* position from 1 */
    char expected; /* '0'–'9' or 'X' */
};

struct vin_finding vin_check(const char *text);

#endif
