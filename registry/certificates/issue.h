/*
 * issue: certificates of units: asked for here, signed elsewhere. The authority's key stays with its
 * operator; the registry keeps the request, takes the certificate that was made of it, however it
 * comes, and hands it out.
 *
 *     requested ──signed──▶ issued ──the unit is revoked──▶ revoked
 *         └───────────────the unit is revoked───────────────▶
 *
 * Inside a registrar's transaction; a refusal goes to `remarks`. Threads: those of the connection.
 */
#ifndef EVROLL_REGISTRY_CERTIFICATES_ISSUE_H
#define EVROLL_REGISTRY_CERTIFICATES_ISSUE_H

#include "registry/store/store_terminals.h"
#include "registry/vehicles/registrar.h"

#define ISSUE_REQUESTS_MAX 64 /* of one unit */

/* Keeps the request of a registered unit; `made` gets its number. */
enum err issue_request(struct registrar *registrar, const char *unit, const char *pem,
                       struct arena *arena, struct store_certificate *made, struct remarks *remarks,
                       struct fault *fault) ERR_CHECKED;

/* Takes the certificate of a request. The same again changes nothing. */
enum err issue_take(struct registrar *registrar, const char *unit, int64_t number, const char *pem,
                    const char *ca_file, struct arena *arena, struct remarks *remarks,
                    struct fault *fault) ERR_CHECKED;

/* ERR_NOT_FOUND */
enum err issue_find(struct sql *db, const char *unit, int64_t number, struct arena *arena,
                    struct store_certificate *certificate, struct fault *fault) ERR_CHECKED;

#endif
