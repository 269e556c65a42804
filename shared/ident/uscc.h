/*
 * uscc: the unified social credit code of GB 32100-2015: 18 characters of 31 (no I O S V Z), a
 * check character at the end, and inside it an organisation code with a check of its own.
 *
 * Real, legal codes of the early pilots fail the check, so a failed check is a reason to look and
 * no reason to refuse. Plain functions, any thread.
 */
#ifndef EVROLL_SHARED_IDENT_USCC_H
#define EVROLL_SHARED_IDENT_USCC_H

#define USCC_LENGTH 18

enum uscc_verdict {
    USCC_OK,
    USCC_BAD_LENGTH,
    USCC_BAD_CHARACTER, /* `at` says which */
    USCC_BAD_CHECK,     /* character 18; `expected` says what it should be */
    USCC_BAD_ORG_CHECK  /* character 17, the check of the organisation code */
};

struct uscc_finding {
    enum uscc_verdict verdict;
    int at;        /* position from 1 */
    char expected; /* 0 where there is nothing to expect */
};

struct uscc_finding uscc_check(const char *text);

#endif
