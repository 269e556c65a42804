#include "shared/address_book.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"
#include "shared/crc32c.h"

#define SLOTS 4096u
#define TOKEN 1000u

void address_book_init(struct address_book *book, uint32_t rate, uint32_t most)
{
    /* A table of pointers. NOLINTNEXTLINE(bugprone-sizeof-expression) */
    struct address **slots = mem_alloc(SLOTS, sizeof *slots);

    *book = (struct address_book){.slots = slots, .rate = rate, .most = most};
}

void address_book_clear(struct address_book *book)
{
    for (size_t i = 0; i < SLOTS; i++)
        while (book->slots[i] != NULL) {
            struct address *first = book->slots[i];
            book->slots[i] = first->next;
            free(first);
        }
    free(book->slots);
    book->slots = NULL;
}

static void key_make(const struct sockaddr *peer, uint8_t key[16])
{
    const struct in6_addr *v6 = NULL;

    memset(key, 0, 16);
    if (peer->sa_family == AF_INET6)
        v6 = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
    if (v6 != NULL && IN6_IS_ADDR_V4MAPPED(v6)) { /* IPv4, by a socket of both */
        memcpy(key, v6, 16);
    } else if (v6 != NULL) {
        memcpy(key, v6, 8);
    } else {
        key[10] = key[11] = 0xff;
        memcpy(key + 12, &((const struct sockaddr_in *)(const void *)peer)->sin_addr, 4);
    }
}

static uint32_t bucket_most(const struct address_book *book)
{
    return book->rate * 2 * TOKEN;
}

static void bucket_fill(const struct address_book *book, struct address *address, int64_t now_ms)
{
    uint64_t more = (uint64_t)(now_ms - address->filled_ms) * book->rate + address->millitokens;

    address->millitokens = more > bucket_most(book) ? bucket_most(book) : (uint32_t)more;
    address->filled_ms = now_ms;
}

static struct address *find(struct address_book *book, const uint8_t key[16], int64_t now_ms)
{
    struct address **slot = &book->slots[crc32c(0, key, 16) % SLOTS];
    struct address *address = *slot;

    while (address != NULL && memcmp(address->key, key, 16) != 0)
        address = address->next;
    if (address != NULL || book->count >= ADDRESS_BOOK_MOST)
        return address;
    address = mem_alloc(1, sizeof *address);
    memcpy(address->key, key, 16);
    address->millitokens = bucket_most(book);
    address->filled_ms = now_ms;
    address->next = *slot;
    *slot = address;
    book->count++;
    return address;
}

enum address_answer address_enter(struct address_book *book, const struct sockaddr *peer,
                                  int64_t now_ms, struct address **address)
{
    uint8_t key[16];
    struct address *found = NULL;

    key_make(peer, key);
    found = find(book, key, now_ms);
    if (found == NULL)
        return ADDRESS_TOO_FAST;
    bucket_fill(book, found, now_ms);
    if (found->millitokens < TOKEN)
        return ADDRESS_TOO_FAST;
    found->millitokens -= TOKEN;
    if (found->connections >= book->most)
        return ADDRESS_TOO_MANY;
    found->connections++;
    *address = found;
    return ADDRESS_WELCOME;
}

void address_leave(struct address *address)
{
    address->connections--;
}

void address_book_sweep(struct address_book *book, int64_t now_ms)
{
    for (size_t i = 0; i < SLOTS; i++)
        for (struct address **at = &book->slots[i]; *at != NULL;) {
            struct address *address = *at;
            bucket_fill(book, address, now_ms);
            if (address->connections == 0 && address->millitokens == bucket_most(book)) {
                *at = address->next;
                free(address);
                book->count--;
            } else {
                at = &address->next;
            }
        }
}
