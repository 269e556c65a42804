#include "shared/tls/bar.h"

bool bar_refresh(struct bar *bar)
{
    bool newer = bar->revoked != NULL && tls_revoked_refresh(bar->revoked);

    return (bar->roster != NULL && roster_refresh(bar->roster)) || newer;
}

bool bar_keeps_out(const struct bar *bar, const struct tls_identity *identity)
{
    return (bar->revoked != NULL && tls_revoked_has(bar->revoked, identity)) ||
           (bar->roster != NULL && !roster_admits(bar->roster, bar->admit, identity->name,
                                                  identity->serial, identity->serial_len));
}

void bar_clear(struct bar *bar)
{
    tls_revoked_destroy(bar->revoked);
    roster_destroy(bar->roster);
    *bar = (struct bar){0};
}
