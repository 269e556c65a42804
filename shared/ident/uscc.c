#include "shared/ident/uscc.h"

#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/* 3^i mod 31 */
static const int weights[USCC_LENGTH - 1] = {1,  3,  9,  27, 19, 26, 16, 17, 20,
                                             29, 25, 13, 8,  24, 10, 30, 28};

/* The organisation code at characters 9–17: here letters count 10–35 with none left out. */
static char org_check(const char *code)
{
    static const int org_weights[8] = {3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;

    for (int i = 0; i < 8; i++)
        sum += org_weights[i] * (code[i] <= '9' ? code[i] - '0' : code[i] - 'A' + 10);
    return "0X987654321"[sum % 11];
}

struct uscc_finding uscc_check(const char *text)
{
    int sum = 0;
    char expected, org_expected;

    if (strnlen(text, USCC_LENGTH + 1) != USCC_LENGTH)
        return (struct uscc_finding){.verdict = USCC_BAD_LENGTH};
    for (int i = 0; i < USCC_LENGTH; i++) {
        const char *place = strchr(alphabet, text[i]);
        if (place == NULL)
            return (struct uscc_finding){.verdict = USCC_BAD_CHARACTER, .at = i + 1};
        if (i < USCC_LENGTH - 1)
            sum += weights[i] * (int)(place - alphabet);
    }
    expected = alphabet[(31 - sum % 31) % 31];
    org_expected = org_check(text + 8);
    if (text[17] != expected)
        return (struct uscc_finding){USCC_BAD_CHECK, 18, expected};
    if (text[16] != org_expected)
        return (struct uscc_finding){USCC_BAD_ORG_CHECK, 17, org_expected};
    return (struct uscc_finding){.verdict = USCC_OK};
}
