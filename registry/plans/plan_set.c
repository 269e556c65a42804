#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/plans/plan_internal.h"

#define PLANS_MAX 256

struct entry {
    struct plan plan;
    void *raw;
    const char *name; /* of its file */
};

struct plan_set {
    struct arena *arena;
    struct entry entries[PLANS_MAX];
    size_t count;
};

static struct plan_set *set_create(void)
{
    struct plan_set *set = mem_alloc(1, sizeof *set);

    set->arena = arena_create();
    return set;
}

void plan_set_free(struct plan_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->count; i++)
        config_free(&plan_schema, set->entries[i].raw);
    arena_destroy(set->arena);
    free(set);
}

static enum err load_entry(struct plan_set *set, const char *name, const char *text, size_t len,
                           struct entry *entry, struct fault *fault)
{
    enum err err = config_load_text(name, text, len, &plan_schema, &entry->raw, fault);

    entry->name = arena_text(set->arena, name);
    if (err == ERR_OK)
        err = plan_from_raw(name, text, len, entry->raw, set->arena, &entry->plan, fault);
    entry->plan.text = arena_format(set->arena, "%.*s", (int)len, text);
    if (err != ERR_OK) {
        config_free(&plan_schema, entry->raw);
        entry->raw = NULL;
    }
    return err;
}

static enum err add_entry(struct plan_set *set, const struct entry *entry, struct fault *fault)
{
    for (size_t i = 0; i < set->count; i++) {
        struct entry *old = &set->entries[i];
        if (strcmp(old->plan.id, entry->plan.id) != 0)
            continue;
        if (strcmp(old->name, plan_builtin_name) != 0)
            return fault_set(fault, ERR_INPUT, "%s: the plan \"%s\" is in %s too; keep one of them",
                             entry->name, entry->plan.id, old->name);
        config_free(&plan_schema, old->raw);
        *old = *entry;
        return ERR_OK;
    }
    if (set->count == PLANS_MAX)
        return fault_set(fault, ERR_FULL, "%s: more than %d plans", entry->name, PLANS_MAX);
    set->entries[set->count++] = *entry;
    return ERR_OK;
}

static enum err add_text(struct plan_set *set, const char *name, const char *text, size_t len,
                         struct fault *fault)
{
    struct entry entry = {0};
    enum err err = load_entry(set, name, text, len, &entry, fault);

    if (err != ERR_OK)
        return err;
    err = add_entry(set, &entry, fault);
    if (err != ERR_OK)
        config_free(&plan_schema, entry.raw);
    return err;
}

static enum err add_file(struct plan_set *set, const char *path, struct fault *fault)
{
    char *text = NULL;
    size_t len = 0;
    enum err err = config_read(path, &text, &len, fault);

    if (err == ERR_OK)
        err = add_text(set, path, text, len, fault);
    free(text);
    return err;
}

static int is_plan_file(const struct dirent *file)
{
    size_t len = strlen(file->d_name);

    return file->d_name[0] != '.' && len > 5 && strcmp(file->d_name + len - 5, ".yaml") == 0;
}

static enum err add_dir(struct plan_set *set, const char *dir, struct fault *fault)
{
    struct dirent **files = NULL;
    int count = scandir(dir, &files, is_plan_file, alphasort);
    enum err err = ERR_OK;

    if (count < 0)
        return fault_set(fault, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                         "%s: cannot read the folder of plans: %m", dir);
    for (int i = 0; i < count; i++) {
        char *path = arena_format(set->arena, "%s/%s", dir, files[i]->d_name);
        if (err == ERR_OK)
            err = add_file(set, path, fault);
        free(files[i]);
    }
    free(files);
    return err;
}

static enum err finish(struct plan_set *loaded, enum err err, struct plan_set **set)
{
    *set = loaded;
    if (err != ERR_OK) {
        plan_set_free(loaded);
        *set = NULL;
    }
    return err;
}

enum err plan_set_load(const char *dir, struct plan_set **set, struct fault *fault)
{
    struct plan_set *loaded = set_create();
    enum err err = add_text(loaded, plan_builtin_name, (const char *)plan_builtin_text,
                            plan_builtin_len, fault);

    if (err == ERR_OK && dir != NULL)
        err = add_dir(loaded, dir, fault);
    return finish(loaded, err, set);
}

enum err plan_set_load_text(const char *name, const char *text, size_t len, struct plan_set **set,
                            struct fault *fault)
{
    struct plan_set *loaded = set_create();

    return finish(loaded, add_text(loaded, name, text, len, fault), set);
}

size_t plan_set_count(const struct plan_set *set)
{
    return set->count;
}

const struct plan *plan_set_at(const struct plan_set *set, size_t index)
{
    return index < set->count ? &set->entries[index].plan : NULL;
}

const struct plan *plan_set_find(const struct plan_set *set, const char *id)
{
    if (id == NULL)
        return plan_set_at(set, 0);
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->entries[i].plan.id, id) == 0)
            return &set->entries[i].plan;
    return NULL;
}
