/*
 * err: what went wrong, and what to tell the person who must do something about it.
 *
 * `enum err` is for the weather: disk, peer, input, memory. It is returned and never dropped. Bugs
 * are not weather: they meet an assertion, and assertions stay on in every build. Input never
 * reaches one.
 *
 * `struct fault` carries the sentence for a person: what, where, what to do. A function that can
 * fail for several reasons takes a `struct fault *` as its last parameter; it may be NULL when
 * nobody will read it. Neither type owns memory. Thread safety: plain values, no shared state.
 */
#ifndef EVROLL_SHARED_ERR_H
#define EVROLL_SHARED_ERR_H

enum err {
    ERR_OK = 0,
    ERR_INPUT,           /* what came from outside is malformed; sending it again will not help */
    ERR_NOT_FOUND,       /* there is no such thing */
    ERR_CONFLICT,        /* it contradicts what is there already */
    ERR_DENIED,          /* not allowed for this peer */
    ERR_FULL,            /* the space or count set aside is used up; may pass */
    ERR_BUSY,            /* somebody else holds it; try again */
    ERR_IO,              /* disk, file or descriptor */
    ERR_PEER,            /* the other side failed, refused or vanished */
    ERR_TIMEOUT,         /* a deadline passed */
    ERR_UNKNOWN_OUTCOME, /* not known whether it was done; repeat it under the same identity */
    ERR_STOPPED,         /* asked to stop */
    ERR_COUNT
};

#define ERR_CHECKED __attribute__((warn_unused_result))

struct fault {
    enum err code;
    char text[512];
};

/* Short fixed name: "input", "not-found", … */
const char *err_name(enum err code);

/* Fills `fault` when it is not NULL, and returns `code`, so that `return fault_set(…)` reads as one
 * step. */
enum err fault_set(struct fault *fault, enum err code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " in front of what `fault` says already: the way up adds where it happened. */
void fault_prefix(struct fault *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
