#include "registry/freight/desk.h"

#include <stdio.h>
#include <string.h>

#include "registry/store/store_freight_sums.h"

#define BACK_YEARS 5

struct doing {
    struct registrar *registrar;
    struct sql *db;
    const struct desk_order *order;
    const struct freight_step *step;
    struct store_freight_report *report;
    struct checks *checks;
    struct remarks *remarks;
    struct fault *fault;
};

/* ---- may it be done? ---- */

static void set_author(const struct doing *d, char out[static 65])
{
    snprintf(out, 65, "%s", registrar_author(d->registrar));
}

static void check_order(struct doing *d)
{
    const struct desk_order *o = d->order;
    const struct freight_step *step = d->step;
    const struct period period = {d->report->first_month, d->report->months};
    const char *verb = vocabulary_word(&vocabulary_freight_action, (int)o->action);
    int32_t until = freight_amend_until(o->calendar, period);

    if (step == NULL)
        remark_refuse_as(d->remarks, ERR_CONFLICT, "state", "a report that is %s takes no \"%s\"",
                         vocabulary_word(&vocabulary_freight_state, d->report->state), verb);
    else if ((step->parties & o->party) == 0)
        remark_refuse_as(d->remarks, ERR_DENIED, "state", "\"%s\" is for the bureau", verb);
    else if ((step->window & o->party) != 0 && registrar_today(d->registrar) > until)
        remark_refuse_as(d->remarks, ERR_DENIED, "state",
                         "the time for amendments is over; the bureau can open it again");
    else if (step->reason && o->reason[0] == '\0')
        remark_refuse(d->remarks, "reason", "is required: say why");
    if (o->revision != 0 && o->revision != d->report->revision)
        remark_refuse_as(d->remarks, ERR_CONFLICT, "revision",
                         "somebody else changed the report meanwhile; read it again");
}

/* Whoever wrote or submitted the version does not accept it. */
static enum err check_hands(struct doing *d)
{
    struct store_freight_event *events = NULL;
    size_t count = 0;
    enum err err =
        store_freight_events(d->db, &d->report->key, d->order->arena, &events, &count, d->fault);

    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        const struct store_freight_event *e = &events[i];
        bool made = e->action == FREIGHT_CREATE || e->action == FREIGHT_WRITE ||
                    e->action == FREIGHT_SUBMIT;
        if (made && e->version == d->report->version &&
            strcmp(e->author, registrar_author(d->registrar)) == 0) {
            remark_refuse_as(d->remarks, ERR_DENIED, "state",
                             "nobody accepts what he wrote or submitted himself");
            break;
        }
    }
    return err;
}

/* ---- the actions ---- */

static enum err do_create(struct doing *d)
{
    struct store_freight_report *r = d->report;
    struct store_freight_version *head = &d->order->content->head;
    char other[FREIGHT_PERIOD_SIZE];
    enum err err = store_freight_overlap(d->db, r, other, d->fault);

    if (err != ERR_OK)
        return err;
    if (other[0] != '\0') {
        remark_refuse_as(d->remarks, ERR_CONFLICT, "period",
                         "the enterprise's report for %s speaks for these months", other);
        return ERR_OK;
    }
    r->version = head->version = 1;
    r->recorded_at = head->recorded_at = registrar_recorded_ms(d->registrar);
    set_author(d, head->author);
    r->state = (int)d->step->to;
    err = store_freight_insert(d->db, r, d->fault);
    return err == ERR_OK ? store_freight_write(d->db, &r->key, d->order->content, d->fault) : err;
}

static enum err do_write(struct doing *d)
{
    struct store_freight_content newest;
    struct store_freight_version *head = &d->order->content->head;
    enum err err = store_freight_read(d->db, &d->report->key, d->report->version, d->order->arena,
                                      &newest, d->fault);

    if (err != ERR_OK)
        return err;
    if (newest.head.submitted_at != 0)
        d->report->version++;
    head->version = d->report->version;
    memcpy(head->reason, newest.head.reason, sizeof head->reason);
    head->recorded_at = registrar_recorded_ms(d->registrar);
    set_author(d, head->author);
    return store_freight_write(d->db, &d->report->key, d->order->content, d->fault);
}

static enum err do_submit(struct doing *d)
{
    struct store_freight_content content;
    struct check_facts facts;
    enum err err = store_freight_read(d->db, &d->report->key, d->report->version, d->order->arena,
                                      &content, d->fault);

    if (err == ERR_OK)
        err = checks_facts(d->db, d->report, registrar_today(d->registrar), d->order->arena, &facts,
                           d->fault);
    if (err != ERR_OK)
        return err;
    facts.content = &content;
    *d->checks = checks_run(&facts, d->order->arena);
    if (d->checks->errors > 0) {
        remark_refuse(d->remarks, "checks", "%zu of the checks found an error", d->checks->errors);
        return ERR_OK;
    }
    if (content.head.submitted_at != 0)
        return ERR_OK; /* returned, and sent again as it was */
    set_author(d, content.head.submitter);
    content.head.submitted_at = registrar_recorded_ms(d->registrar);
    return store_freight_mark(d->db, &d->report->key, &content.head, d->fault);
}

static enum err do_accept(struct doing *d)
{
    struct store_freight_content content;
    enum err err = store_freight_read(d->db, &d->report->key, d->report->version, d->order->arena,
                                      &content, d->fault);

    if (err != ERR_OK)
        return err;
    set_author(d, content.head.accepter);
    content.head.accepted_at = registrar_recorded_ms(d->registrar);
    d->report->accepted = d->report->version;
    err = store_freight_mark(d->db, &d->report->key, &content.head, d->fault);
    return err == ERR_OK ? store_freight_sums_put(d->db, d->report, content.lines,
                                                  content.line_count, d->fault)
                         : err;
}

/* A new version that says at first what the accepted one says. */
static enum err do_amend(struct doing *d)
{
    struct store_freight_content content;
    struct store_freight_version *head = &content.head;
    enum err err = store_freight_read(d->db, &d->report->key, d->report->accepted, d->order->arena,
                                      &content, d->fault);

    if (err != ERR_OK)
        return err;
    head->version = ++d->report->version;
    snprintf(head->reason, sizeof head->reason, "%s", d->order->reason);
    set_author(d, head->author);
    head->recorded_at = registrar_recorded_ms(d->registrar);
    head->submitter[0] = head->accepter[0] = '\0';
    head->submitted_at = head->accepted_at = 0;
    return store_freight_write(d->db, &d->report->key, &content, d->fault);
}

/* Nobody but its authors has seen it; the audit log keeps that it was there. */
static enum err do_discard(struct doing *d)
{
    return store_freight_delete(d->db, d->report, d->fault);
}

static enum err do_nothing(struct doing *d)
{
    (void)d;
    return ERR_OK;
}

static enum err (*const doings[FREIGHT_ACTION_COUNT])(struct doing *) = {
    [FREIGHT_CREATE] = do_create,  [FREIGHT_WRITE] = do_write,     [FREIGHT_SUBMIT] = do_submit,
    [FREIGHT_RETURN] = do_nothing, [FREIGHT_ACCEPT] = do_accept,   [FREIGHT_AMEND] = do_amend,
    [FREIGHT_LOCK] = do_nothing,   [FREIGHT_DISCARD] = do_discard,
};

/* ---- an order ---- */

/* Each draft takes room, so that what nobody has to report any more is not begun. */
static void check_begun(struct doing *d, struct period period)
{
    int32_t today = registrar_today(d->registrar);
    int32_t begun = period_first_day(period);

    if (begun > today)
        remark_refuse(d->remarks, "period", "begins on a day to come");
    else if (begun < today - BACK_YEARS * 366)
        remark_refuse(d->remarks, "period",
                      "lies more than %d years back; the bureau can import it", BACK_YEARS);
}

/* The report as it is; as it would begin when there is none. */
static enum err load(struct doing *d)
{
    struct period period = {0};
    enum err err = store_freight_get(d->db, &d->order->key, d->report, d->fault);

    if (err != ERR_NOT_FOUND)
        return err;
    *d->report = (struct store_freight_report){.key = d->order->key};
    if (!period_parse(d->order->key.period, &period) || period.months == 12) {
        remark_refuse(d->remarks, "period", "is a month (2025-06) or a quarter (2025-Q2)");
        return ERR_OK;
    }
    d->report->first_month = period.first_month;
    d->report->months = period.months;
    if (d->order->action == FREIGHT_CREATE)
        check_begun(d, period);
    else
        remark_refuse_as(d->remarks, ERR_NOT_FOUND, "", "there is no such report");
    return ERR_OK;
}

static enum err check_org(struct doing *d)
{
    struct store_orgs versions;
    enum err err =
        store_org_versions(d->db, d->order->key.org_id, d->order->arena, &versions, d->fault);

    if (err == ERR_OK && versions.count == 0)
        remark_refuse_as(d->remarks, ERR_NOT_FOUND, "org_id",
                         "the register has no enterprise \"%.64s\"; enter it there first",
                         d->order->key.org_id);
    return err;
}

static enum err note_event(struct doing *d, int from_state)
{
    struct store_freight_event event = {.at = registrar_recorded_ms(d->registrar),
                                        .action = (int)d->order->action,
                                        .from_state = from_state,
                                        .to_state = d->report->state,
                                        .version = d->report->version};

    set_author(d, event.author);
    snprintf(event.reason, sizeof event.reason, "%s", d->order->reason);
    return store_freight_event_add(d->db, &d->report->key, &event, d->fault);
}

/* For the audit log, in the same transaction. */
static void note_audit(struct doing *d)
{
    static const char *const actions[FREIGHT_ACTION_COUNT] = {
        [FREIGHT_CREATE] = "freight.create", [FREIGHT_WRITE] = "freight.write",
        [FREIGHT_SUBMIT] = "freight.submit", [FREIGHT_RETURN] = "freight.return",
        [FREIGHT_ACCEPT] = "freight.accept", [FREIGHT_AMEND] = "freight.amend",
        [FREIGHT_LOCK] = "freight.lock",     [FREIGHT_DISCARD] = "freight.discard",
    };
    char subject[sizeof d->report->key + 1];

    snprintf(subject, sizeof subject, "%s~%s", d->report->key.org_id, d->report->key.period);
    registrar_note(d->registrar, actions[d->order->action], subject,
                   json_pack("{s:I, s:s}", "version", (json_int_t)d->report->version, "reason",
                             d->order->reason));
}

static enum err prepare(struct doing *d)
{
    enum err err = load(d);

    if (err == ERR_OK && !d->remarks->refused && d->order->action == FREIGHT_CREATE)
        err = check_org(d);
    if (err != ERR_OK || d->remarks->refused)
        return err;
    d->step = freight_step(d->order->action, (enum freight_state)d->report->state);
    check_order(d);
    if (!d->remarks->refused && d->step->other_hand)
        err = check_hands(d);
    return err;
}

enum err desk_do(struct registrar *registrar, const struct desk_order *order,
                 struct store_freight_report *report, struct checks *checks,
                 struct remarks *remarks, struct fault *fault)
{
    struct doing d = {.registrar = registrar,
                      .db = registrar_db(registrar),
                      .order = order,
                      .report = report,
                      .checks = checks,
                      .remarks = remarks,
                      .fault = fault};
    int from_state = FREIGHT_STATE_NONE;
    enum err err = prepare(&d);

    if (err != ERR_OK || remarks->refused)
        return err;
    from_state = report->state;
    err = doings[order->action](&d);
    if (err != ERR_OK || remarks->refused)
        return err;
    if (order->action == FREIGHT_DISCARD) {
        note_audit(&d);
        return ERR_OK;
    }
    report->state = (int)d.step->to;
    report->recorded_at = registrar_recorded_ms(registrar);
    if (order->action != FREIGHT_CREATE)
        err = store_freight_update(d.db, report, fault);
    if (err == ERR_OK)
        err = note_event(&d, from_state);
    if (err == ERR_OK)
        note_audit(&d);
    return err;
}
