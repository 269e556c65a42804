#include "registry/certificates/signed_dir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "registry/certificates/issue.h"
#include "shared/log.h"
#include "shared/tls/csr.h"

#define PART        "signed-dir"
#define LOOK_MS     2000
#define WAITING_MAX 1000
#define WHO         "signed-dir"

struct signed_dir {
    struct background *background;
    const char *dir, *ca_file;
    const struct clock *clock;
};

struct waiting {
    const struct signed_dir *dir;
    struct sql *db;
    struct arena *arena;
    struct waited *first;
};

/* Read to its end before anything is changed. */
struct waited {
    struct waited *next;
    char unit[UNIT_NAME_MAX + 1];
    int64_t number;
    const char *request;
};

static void take_waiting(void *arg, const char *unit, const struct store_certificate *request)
{
    struct waiting *w = arg;
    struct waited *entry = ARENA_NEW(w->arena, struct waited);

    entry->next = w->first;
    snprintf(entry->unit, sizeof entry->unit, "%s", unit);
    entry->number = request->number;
    entry->request = arena_text(w->arena, request->request);
    w->first = entry;
}

static const char *path_of(const struct waiting *w, const struct waited *entry, const char *ending)
{
    return arena_format(w->arena, "%s/%s.%lld.%s", w->dir->dir, entry->unit,
                        (long long)entry->number, ending);
}

/* Written aside and renamed: the authority never reads half of one. */
static void put_request(const struct waiting *w, const struct waited *entry)
{
    const char *path = path_of(w, entry, "csr"), *fresh = path_of(w, entry, "csr.new");
    FILE *file = NULL;
    bool written = false;

    if (access(path, F_OK) == 0)
        return;
    file = fopen(fresh, "we");
    written = file != NULL && fputs(entry->request, file) >= 0;
    if (file != NULL && fclose(file) != 0)
        written = false;
    if (!written || rename(fresh, path) != 0)
        log_warn(PART, "%s cannot be written: %s", path, strerrordesc_np(errno));
}

/* NULL: there is none yet, or more than a certificate can be. */
static char *read_certificate(const struct waiting *w, const char *path)
{
    char *text = ARENA_ARRAY(w->arena, char, CERTIFICATE_BYTES_MAX + 2);
    FILE *file = fopen(path, "re");
    size_t len = 0;

    if (file == NULL)
        return NULL;
    len = fread(text, 1, CERTIFICATE_BYTES_MAX + 1, file);
    (void)fclose(file);
    text[len] = '\0';
    return len == 0 ? NULL : text;
}

static enum err take_once(const struct waiting *w, struct registrar *registrar,
                          const struct waited *entry, const char *pem, struct remarks *remarks,
                          struct fault *fault)
{
    enum err err = registrar_begin(registrar, fault);

    if (err == ERR_OK)
        err = issue_take(registrar, entry->unit, entry->number, pem, w->dir->ca_file, w->arena,
                         remarks, fault);
    if (err == ERR_OK && !remarks->refused)
        return registrar_commit(registrar, fault);
    registrar_rollback(registrar);
    return err;
}

/* One that does not fit is set aside under another name, so that it is said once. */
static enum err take_certificate(const struct waiting *w, const struct waited *entry, bool *taken,
                                 struct fault *fault)
{
    const char *path = path_of(w, entry, "pem");
    const char *pem = read_certificate(w, path);
    struct registrar *registrar = NULL;
    struct remarks remarks = {0};
    enum err err = ERR_OK;

    *taken = false;
    if (pem == NULL)
        return ERR_OK;
    registrar = registrar_create(w->db, w->dir->clock, WHO);
    err = take_once(w, registrar, entry, pem, &remarks, fault);
    registrar_destroy(registrar);
    if (err != ERR_OK)
        return err;
    *taken = !remarks.refused;
    if (remarks.refused) {
        log_warn(PART, "%s: %s; set aside as .refused", path, remarks.items[0].reason);
        (void)rename(path, path_of(w, entry, "pem.refused"));
    } else {
        log_info(PART, "certificate %lld of %s was taken", (long long)entry->number, entry->unit);
        (void)unlink(path_of(w, entry, "csr"));
        (void)unlink(path);
    }
    return ERR_OK;
}

static enum err step(struct sql *db, const void *arg, size_t *did, struct fault *fault)
{
    struct waiting w = {.dir = arg, .db = db, .arena = arena_create()};
    enum err err = store_certificates_waiting(db, WAITING_MAX, take_waiting, &w, fault);

    *did = 0;
    for (const struct waited *entry = w.first; err == ERR_OK && entry != NULL;
         entry = entry->next) {
        bool taken = false;
        err = take_certificate(&w, entry, &taken, fault);
        if (err == ERR_OK && !taken)
            put_request(&w, entry);
    }
    arena_destroy(w.arena);
    return err;
}

enum err signed_dir_start(const char *db_url, const char *dir, const char *ca_file,
                          const struct clock *clock, struct signed_dir **out, struct fault *fault)
{
    struct signed_dir *made = mem_alloc(1, sizeof *made);
    const struct background_work work = {PART, LOOK_MS, made, step};
    enum err err = ERR_OK;

    made->dir = dir;
    made->ca_file = ca_file;
    made->clock = clock;
    if (access(dir, R_OK | W_OK | X_OK) != 0)
        err =
            fault_set(fault, ERR_IO, "signed-dir: %s is no directory that can be written to", dir);
    if (err == ERR_OK)
        err = background_start(db_url, &work, &made->background, fault);
    if (err == ERR_OK)
        *out = made;
    else
        free(made);
    return err;
}

void signed_dir_stop(struct signed_dir *dir)
{
    if (dir == NULL)
        return;
    background_stop(dir->background);
    free(dir);
}
