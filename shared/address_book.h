/*
 * address_book: how many connections an address has, and how fast new ones come. An IPv6 address
 * counts by its /64, because whoever has one address there has them all.
 *
 * A token bucket an address: `rate` a second, twice as many at once. Thread safety: one book, one
 * thread. Memory: 64 bytes an address with a connection or a bucket that is not full, at most
 * ADDRESS_BOOK_MOST of them.
 */
#ifndef EVROLL_SHARED_ADDRESS_BOOK_H
#define EVROLL_SHARED_ADDRESS_BOOK_H

#include <stdint.h>
#include <sys/socket.h>

#define ADDRESS_BOOK_MOST 65536u

struct address {
    struct address *next;
    uint8_t key[16];
    uint32_t connections;
    uint32_t millitokens;
    int64_t filled_ms;
};

struct address_book {
    struct address **slots;
    uint32_t count, rate, most; /* most: connections of one address */
};

enum address_answer { ADDRESS_WELCOME, ADDRESS_TOO_FAST, ADDRESS_TOO_MANY };

void address_book_init(struct address_book *book, uint32_t rate, uint32_t most);
void address_book_clear(struct address_book *book);

/* ADDRESS_WELCOME: counted; `*address` is for address_leave and valid until then. */
enum address_answer address_enter(struct address_book *book, const struct sockaddr *peer,
                                  int64_t now_ms, struct address **address);
void address_leave(struct address *address);

/* Forgets who has no connection and a full bucket. From time to time. */
void address_book_sweep(struct address_book *book, int64_t now_ms);

#endif
