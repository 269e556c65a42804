#include "shared/ident/vin.h"

#include <string.h>

static const int weights[VIN_LENGTH] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};

/* The value of a character in the sum; -1 for what no VIN has (I, O, Q, lower case, signs). */
static int value_of(char c)
{
    static const char letters[] = "ABCDEFGH.JKLMN.P.RSTUVWXYZ";
    static const int values[] = {1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4,
                                 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9};

    if (c >= '0' && c <= '9')
        return c - '0';
    if (c < 'A' || c > 'Z' || letters[c - 'A'] == '.')
        return -1;
    return values[c - 'A'];
}

struct vin_finding vin_check(const char *text)
{
    int sum = 0;
    char expected;

    if (strnlen(text, VIN_LENGTH + 1) != VIN_LENGTH)
        return (struct vin_finding){.verdict = VIN_BAD_LENGTH};
    for (int i = 0; i < VIN_LENGTH; i++) {
        int value = value_of(text[i]);
        if (value < 0)
            return (struct vin_finding){.verdict = VIN_BAD_CHARACTER, .at = i + 1};
        sum += value * weights[i];
    }
    expected = "0123456789X"[sum % 11];
    return (struct vin_finding){.verdict = text[8] == expected ? VIN_OK : VIN_BAD_CHECK_DIGIT,
                                .at = 9,
                                .expected = expected};
}
