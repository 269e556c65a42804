#include "registry/certificates/issue.h"

#include <string.h>

#include "shared/tls/csr.h"

enum err issue_request(struct registrar *registrar, const char *unit, const char *pem,
                       struct arena *arena, struct store_certificate *made, struct remarks *remarks,
                       struct fault *fault)
{
    struct sql *db = registrar_db(registrar);
    struct store_terminal terminal;
    struct store_certificate *before = NULL;
    struct fault wrong;
    char kind[24] = "";
    size_t count = 0;
    enum err err = store_terminal_find(db, unit, &terminal, fault);

    if (err == ERR_OK)
        err = store_certificates_of(db, unit, arena, &before, &count, fault);
    if (err != ERR_OK)
        return err;
    if (csr_check(pem, unit, kind, &wrong) != ERR_OK)
        remark_refuse(remarks, "csr", "%.180s", wrong.text);
    else if (terminal.denied_ms > 0)
        remark_refuse_as(remarks, ERR_CONFLICT, "unit", "is revoked; restore it first");
    else if (count >= ISSUE_REQUESTS_MAX)
        remark_refuse_as(remarks, ERR_CONFLICT, "csr", "the unit has %d requests; it takes no more",
                         ISSUE_REQUESTS_MAX);
    if (remarks->refused)
        return ERR_OK;
    *made = (struct store_certificate){.request = pem,
                                       .key_kind = arena_text(arena, kind),
                                       .requested_ms = registrar_recorded_ms(registrar),
                                       .author = registrar_author(registrar),
                                       .certificate = "",
                                       .serial = ""};
    err = store_certificate_request(db, unit, made, fault);
    if (err == ERR_OK)
        err = store_terminal_touch(db, unit, fault);
    if (err == ERR_OK)
        registrar_note(registrar, "unit.request", unit,
                       json_pack("{s:I, s:s}", "number", (json_int_t)made->number, "key", kind));
    return err;
}

enum err issue_find(struct sql *db, const char *unit, int64_t number, struct arena *arena,
                    struct store_certificate *certificate, struct fault *fault)
{
    struct store_certificate *all = NULL;
    size_t count = 0;
    enum err err = store_certificates_of(db, unit, arena, &all, &count, fault);

    for (size_t i = 0; err == ERR_OK && i < count; i++)
        if (all[i].number == number) {
            *certificate = all[i];
            return ERR_OK;
        }
    return err != ERR_OK ? err
                         : fault_set(fault, ERR_NOT_FOUND, "%.32s has no certificate number %lld",
                                     unit, (long long)number);
}

enum err issue_take(struct registrar *registrar, const char *unit, int64_t number, const char *pem,
                    const char *ca_file, struct arena *arena, struct remarks *remarks,
                    struct fault *fault)
{
    struct sql *db = registrar_db(registrar);
    struct store_certificate c = {.request = "", .certificate = ""};
    struct csr_signed facts = {.serial = ""};
    struct fault wrong;
    enum err err = issue_find(db, unit, number, arena, &c, fault);

    if (err != ERR_OK)
        return err;
    if (c.revoked_ms > 0)
        remark_refuse_as(remarks, ERR_CONFLICT, "certificate", "the request was revoked");
    else if (c.certificate[0] != '\0' && strcmp(c.certificate, pem) != 0)
        remark_refuse_as(remarks, ERR_CONFLICT, "certificate", "the request has one already");
    else if (csr_signed_check(c.request, pem, unit, ca_file, registrar_recorded_ms(registrar),
                              &facts, &wrong) != ERR_OK)
        remark_refuse(remarks, "certificate", "%.180s", wrong.text);
    if (remarks->refused || c.certificate[0] != '\0')
        return ERR_OK;
    c.certificate = pem;
    c.serial = facts.serial;
    c.issued_ms = registrar_recorded_ms(registrar);
    c.expires_ms = facts.expires_ms;
    err = store_certificate_issue(db, unit, &c, fault);
    if (err == ERR_OK)
        err = store_terminal_touch(db, unit, fault);
    if (err == ERR_OK)
        registrar_note(
            registrar, "unit.certify", unit,
            json_pack("{s:I, s:s}", "number", (json_int_t)number, "serial", facts.serial));
    return err;
}
