#include "registry/compliance/pace.h"

#define QUARTERS 4

int32_t pace_months_before(int32_t day, int months)
{
    struct when_date date = when_date(day);
    int month = date.year * 12 + date.month - 1 - months;
    int32_t first = when_day((struct when_date){month / 12, month % 12 + 1, 1});
    int32_t next = when_day((struct when_date){(month + 1) / 12, (month + 1) % 12 + 1, 1});

    return first + date.day - 1 < next ? first + date.day - 1 : next - 1;
}

enum err pace_find(struct sql *db, const struct plan *plan, const struct rule *rule, int32_t as_of,
                   const struct scope_filter *filter, struct verdict_pace *pace,
                   struct fault *fault)
{
    *pace = (struct verdict_pace){0};
    for (int quarters = QUARTERS; quarters >= 1; quarters--) {
        int32_t day = pace_months_before(as_of, quarters * 3);
        struct scope scope = scope_of(plan, rule, day, filter);
        struct tally tally;
        enum err err = tally_read(db, &scope, &tally, fault);
        if (err != ERR_OK)
            return err;
        if (tally_share(&tally).den > 0) {
            *pace = (struct verdict_pace){tally_share(&tally), as_of - day};
            return ERR_OK;
        }
    }
    return ERR_OK;
}
