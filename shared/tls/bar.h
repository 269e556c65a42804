/*
 * bar: who is kept out although an authority signed for him: those on a revocation list, those that
 * the registry denies, and where only registered units are admitted everybody else. Asked when
 * somebody comes in, and of those who are in whenever it has changed. One thread.
 */
#ifndef EVROLL_SHARED_TLS_BAR_H
#define EVROLL_SHARED_TLS_BAR_H

#include "shared/roster.h"
#include "shared/tls/tls.h"

struct bar {
    struct tls_revoked *revoked; /* NULL: no list */
    struct roster *roster;       /* NULL: the registry is not asked */
    enum roster_admit admit;
};

/* Looks for newer lists. True when one came into force. */
bool bar_refresh(struct bar *bar);
bool bar_keeps_out(const struct bar *bar, const struct tls_identity *identity);
/* Frees both lists. */
void bar_clear(struct bar *bar);

#endif
