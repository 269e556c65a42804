#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "shared/clock.h"
#include "tests/unit/unit_tool/coap_peer.h"
#include "tests/unit_tool/link.h"

#define DEADLINE_MS 30000
#define MOST        64
#define SOON_MS     1000 /* after which a handshake is begun again, where a test waits for that */
#define ANSWER_MS   3000 /* after which a silent peer is given up, where a test waits for that */
#define WAYS        2

static char folder[] = "/tmp/evroll-link-XXXXXX";
static char pki[64], other_pki[64];

struct run {
    struct links *links;
    struct link *link;
    size_t acknowledged;
    bool refused[MOST];
};

static void on_acknowledged(void *context, struct link *link, bool refused)
{
    struct run *run = context;

    assert_ptr_equal(link, run->link);
    assert_true(run->acknowledged < MOST);
    run->refused[run->acknowledged++] = refused;
}

static void run_open_with(struct run *run, const struct link_options *options)
{
    struct fault fault = {0};

    *run = (struct run){0};
    assert_int_equal(links_create(options, on_acknowledged, run, &run->links, &fault), ERR_OK);
    assert_int_equal(links_get(run->links, "bus-1", &run->link, &fault), ERR_OK);
}

static struct link_options options_of(enum link_transport transport, int port, const char *from)
{
    return (struct link_options){.transport = transport,
                                 .host = "localhost",
                                 .port = port,
                                 .pki = from,
                                 .window = 8,
                                 .nstart = 1,
                                 .format = FORMAT_SENML_CBOR,
                                 .tls = true};
}

static void run_open(struct run *run, enum link_transport transport, int port, const char *from)
{
    struct link_options options = options_of(transport, port, from);

    run_open_with(run, &options);
}

static void run_close(struct run *run)
{
    links_disconnect(run->links, 1000);
    links_destroy(run->links);
}

typedef bool condition(const struct run *run, uint64_t wanted);

static bool all_acknowledged(const struct run *run, uint64_t wanted)
{
    return run->acknowledged == wanted;
}

static bool connected(const struct run *run, uint64_t wanted)
{
    return links_connected(run->links) == wanted;
}

static bool tried_again(const struct run *run, uint64_t wanted)
{
    return links_reconnects(run->links) >= wanted;
}

/* All of them at once: what takes seconds takes them for both ways together. */
static void serve_all_until(struct run *runs, size_t count, condition *holds, uint64_t wanted)
{
    int64_t until_ms = clock_mono_ms(&clock_system) + DEADLINE_MS;

    for (size_t i = 0; i < count;) {
        assert_true(clock_mono_ms(&clock_system) < until_ms);
        for (size_t r = 0; r < count; r++)
            links_serve(runs[r].links, 10);
        while (i < count && holds(&runs[i], wanted))
            i++;
    }
}

static void serve_until(struct run *run, condition *holds, uint64_t wanted)
{
    serve_all_until(run, 1, holds, wanted);
}

static void send_bytes(struct run *run, uint8_t first, size_t len)
{
    uint8_t *bytes = malloc(len);
    struct fault fault = {0};

    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(first + i * 7);
    while (!link_has_room(run->link))
        links_serve(run->links, 20);
    assert_int_equal(link_send(run->link, bytes, len, &fault), ERR_OK);
    free(bytes);
}

static uint32_t sum_of(uint8_t first, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += (uint8_t)(first + i * 7);
    return sum;
}

static const enum link_transport ways[WAYS] = {LINK_COAP, LINK_COAP_TCP};

static void a_message_goes_to_the_unit_s_own_path_and_is_acknowledged(void **state)
{
    struct peer_script script = {0};

    (void)state;
    for (size_t w = 0; w < WAYS; w++) {
        struct coap_peer peer;
        struct run run;
        coap_peer_start(&peer, pki, 0, &script);
        run_open(&run, ways[w], peer.port, pki);
        for (uint8_t i = 0; i < 20; i++)
            send_bytes(&run, i, 100);
        serve_until(&run, all_acknowledged, 20);
        assert_int_equal(peer.page->count, 20);
        for (uint8_t i = 0; i < 20; i++) {
            const struct peer_post *post = &peer.page->posts[i];
            assert_string_equal(post->path, "v1/units/bus-1/senml-cbor");
            assert_int_equal(post->content_format, 112);
            assert_int_equal(post->len, 100);
            assert_int_equal(post->first, i); /* in the order sent: NSTART is 1, TCP keeps it */
            assert_false(run.refused[i]);
        }
        assert_int_equal(links_in_flight(run.links), 0);
        run_close(&run);
        coap_peer_kill(&peer);
    }
}

static void a_large_message_arrives_whole(void **state)
{
    struct peer_script script = {0};

    (void)state;
    for (size_t w = 0; w < WAYS; w++) {
        struct coap_peer peer;
        struct run run;
        coap_peer_start(&peer, pki, 0, &script);
        run_open(&run, ways[w], peer.port, pki);
        send_bytes(&run, 1, 10);
        send_bytes(&run, 2, 40000);
        send_bytes(&run, 3, 20000);
        send_bytes(&run, 4, 10);
        serve_until(&run, all_acknowledged, 4);
        assert_int_equal(peer.page->count, 4);
        assert_int_equal(peer.page->posts[1].len, 40000);
        assert_int_equal(peer.page->posts[1].sum, sum_of(2, 40000));
        assert_int_equal(peer.page->posts[2].len, 20000);
        assert_int_equal(peer.page->posts[2].sum, sum_of(3, 20000));
        run_close(&run);
        coap_peer_kill(&peer);
    }
}

static void refused_and_busy_check(const struct run *run, const struct peer_page *page)
{
    assert_int_equal(page->count, 7);
    assert_int_equal(page->posts[2].first, page->posts[3].first);
    assert_int_equal(page->posts[5].first, page->posts[6].first);
    assert_false(run->refused[0]);
    assert_true(run->refused[1]);
    assert_false(run->refused[2]);
    assert_true(run->refused[3]);
    assert_false(run->refused[4]);
    assert_non_null(strstr(links_last_trouble(run->links), "because"));
}

static void what_is_refused_counts_and_what_is_busy_is_sent_again(void **state)
{
    static const uint16_t codes[] = {204, 400, 503, 204, 415, 408, 204};
    struct peer_script script = {.codes = codes, .count = 7, .max_age_s = 1};
    struct coap_peer peers[WAYS];
    struct run runs[WAYS];
    int64_t began_ms = clock_mono_ms(&clock_system);

    (void)state;
    for (size_t w = 0; w < WAYS; w++) {
        coap_peer_start(&peers[w], pki, 0, &script);
        run_open(&runs[w], ways[w], peers[w].port, pki);
    }
    for (uint8_t i = 1; i <= 5; i++) {
        for (size_t w = 0; w < WAYS; w++)
            send_bytes(&runs[w], i, 50);
        /* One by one: over TCP all that stand in the window are on the line at once. */
        serve_all_until(runs, WAYS, all_acknowledged, i);
    }
    assert_true(clock_mono_ms(&clock_system) - began_ms >= 1000); /* Max-Age was waited for */
    for (size_t w = 0; w < WAYS; w++) {
        refused_and_busy_check(&runs[w], peers[w].page);
        run_close(&runs[w]);
        coap_peer_kill(&peers[w]);
    }
}

static void a_unit_that_is_not_wanted_tries_again_later(void **state)
{
    static const uint16_t codes[] = {403, 403};
    struct peer_script script = {.codes = codes, .count = 2};
    struct coap_peer peer;
    struct run run;

    (void)state;
    coap_peer_start(&peer, pki, 0, &script);
    run_open(&run, LINK_COAP, peer.port, pki);
    send_bytes(&run, 1, 50);
    serve_until(&run, all_acknowledged, 1);
    assert_int_equal(peer.page->count, 3);
    assert_false(run.refused[0]);
    assert_true(links_reconnects(run.links) >= 2);
    run_close(&run);
    coap_peer_kill(&peer);
}

static void serve_until_posted(struct run *run, const struct coap_peer *peer, uint32_t wanted)
{
    int64_t until_ms = clock_mono_ms(&clock_system) + DEADLINE_MS;

    while (peer->page->count < wanted) {
        assert_true(clock_mono_ms(&clock_system) < until_ms);
        links_serve(run->links, 20);
    }
}

static void a_gateway_that_was_killed_gets_again_what_it_had_not_answered(void **state)
{
    static const uint16_t silence[MOST];
    struct peer_script silent = {.codes = silence, .count = MOST}, answering = {0};
    struct coap_peer peers[WAYS];
    struct run runs[WAYS];

    (void)state;
    for (size_t w = 0; w < WAYS; w++) {
        struct link_options options;
        coap_peer_start(&peers[w], pki, 0, &silent);
        options = options_of(ways[w], peers[w].port, pki);
        options.answer_ms = ANSWER_MS;
        run_open_with(&runs[w], &options);
        for (uint8_t i = 1; i <= 3; i++)
            send_bytes(&runs[w], i, 50);
        serve_until_posted(&runs[w], &peers[w], 1);
        coap_peer_kill(&peers[w]);
    }
    serve_all_until(runs, WAYS, connected, 0);
    for (size_t w = 0; w < WAYS; w++)
        coap_peer_start(&peers[w], pki, peers[w].port, &answering);
    serve_all_until(runs, WAYS, all_acknowledged, 3);
    for (size_t w = 0; w < WAYS; w++) {
        assert_int_equal(peers[w].page->count, 3);
        for (uint8_t i = 0; i < 3; i++)
            assert_int_equal(peers[w].page->posts[i].first, i + 1);
        run_close(&runs[w]);
        coap_peer_kill(&peers[w]);
    }
}

/* Keeps out: libcoap's block-wise code counts its own tokens from 1 in each session, and took the
 * answer to the first of these messages for the answer to the third, which then was never sent
 * again. */
static void an_answer_counts_for_no_other_message_than_its_own(void **state)
{
    static const uint16_t two_then_silence[MOST] = {204, 204}, one_then_silence[MOST] = {204};
    struct peer_script scripts[] = {{.codes = two_then_silence, .count = MOST},
                                    {.codes = one_then_silence, .count = MOST},
                                    {.codes = NULL}};
    struct coap_peer peer;
    struct run run;
    int port = 0;

    (void)state;
    coap_peer_start(&peer, pki, 0, &scripts[0]);
    port = peer.port;
    run_open(&run, LINK_COAP_TCP, port, pki);
    for (uint8_t i = 1; i <= 6; i++)
        send_bytes(&run, i, 50);
    serve_until_posted(&run, &peer, 6);
    serve_until(&run, all_acknowledged, 2);
    coap_peer_kill(&peer);
    coap_peer_start(&peer, pki, port, &scripts[1]);
    serve_until_posted(&run, &peer, 4);
    serve_until(&run, all_acknowledged, 3);
    coap_peer_kill(&peer);
    coap_peer_start(&peer, pki, port, &scripts[2]);
    serve_until(&run, all_acknowledged, 6);
    assert_int_equal(peer.page->count, 3);
    for (uint8_t i = 0; i < 3; i++)
        assert_int_equal(peer.page->posts[i].first, i + 4);
    run_close(&run);
    coap_peer_kill(&peer);
}

/* A socket on a free port of loopback. */
static int stale_peer(int type, int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(fd, 8), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void a_peer_that_vanishes_in_the_handshake_does_not_stall_the_unit(void **state)
{
    static const int types[WAYS] = {SOCK_DGRAM, SOCK_STREAM};
    struct peer_script script = {0};
    struct coap_peer peers[WAYS];
    struct run runs[WAYS];
    int ports[WAYS], fds[WAYS];

    (void)state;
    for (size_t w = 0; w < WAYS; w++) {
        struct link_options options;
        fds[w] = stale_peer(types[w], &ports[w]);
        options = options_of(ways[w], ports[w], pki);
        options.connect_ms = SOON_MS;
        run_open_with(&runs[w], &options);
    }
    serve_all_until(runs, WAYS, tried_again, 1);
    for (size_t w = 0; w < WAYS; w++) /* all before the first peer, which would inherit them */
        close(fds[w]);
    for (size_t w = 0; w < WAYS; w++)
        coap_peer_start(&peers[w], pki, ports[w], &script);
    for (size_t w = 0; w < WAYS; w++)
        send_bytes(&runs[w], 1, 10);
    serve_all_until(runs, WAYS, all_acknowledged, 1);
    for (size_t w = 0; w < WAYS; w++) {
        run_close(&runs[w]);
        coap_peer_kill(&peers[w]);
    }
}

static bool tried_again_and_not_connected(const struct run *run, uint64_t wanted)
{
    assert_int_equal(links_connected(run->links), 0);
    return tried_again(run, wanted);
}

static void a_gateway_of_another_authority_or_name_is_not_trusted(void **state)
{
    struct peer_script script = {0};
    struct coap_peer peers[2 * WAYS];
    struct run runs[2 * WAYS];

    (void)state;
    for (size_t i = 0; i < 2 * WAYS; i++) {
        coap_peer_start(&peers[i], other_pki, 0, &script); /* its name is elsewhere.example */
        run_open(&runs[i], ways[i % WAYS], peers[i].port, i < WAYS ? pki : other_pki);
    }
    serve_all_until(runs, 2 * WAYS, tried_again_and_not_connected, 3);
    for (size_t i = 0; i < 2 * WAYS; i++) {
        assert_int_equal(peers[i].page->count, 0);
        run_close(&runs[i]);
        coap_peer_kill(&peers[i]);
    }
}

static void a_unit_without_a_certificate_is_named(void **state)
{
    struct link_options options = options_of(LINK_COAP, 1, pki);
    struct run run = {0};
    struct fault fault = {0};

    (void)state;
    assert_int_equal(links_create(&options, on_acknowledged, &run, &run.links, &fault), ERR_OK);
    assert_int_equal(links_get(run.links, "nobody", &run.link, &fault), ERR_NOT_FOUND);
    assert_non_null(strstr(fault.text, "nobody has no certificate"));
    links_destroy(run.links);
}

static int make_authorities(void **state)
{
    char command[1024];

    (void)state;
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(pki, sizeof pki, "%s/pki", folder);
    snprintf(other_pki, sizeof other_pki, "%s/other", folder);
    snprintf(
        command, sizeof command,
        "set -e; ca=%s; exec >/dev/null; $ca --dir %s init; $ca --dir %s server coap localhost;"
        "$ca --dir %s unit bus-1; $ca --dir %s init; $ca --dir %s server coap "
        "elsewhere.example; $ca --dir %s unit bus-1",
        EVROLL_CA, pki, pki, pki, other_pki, other_pki, other_pki);
    return system(command); /* NOLINT(cert-env33-c,concurrency-mt-unsafe) */
}

static int remove_authorities(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command); /* NOLINT(cert-env33-c,concurrency-mt-unsafe) */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_goes_to_the_unit_s_own_path_and_is_acknowledged),
        cmocka_unit_test(a_large_message_arrives_whole),
        cmocka_unit_test(what_is_refused_counts_and_what_is_busy_is_sent_again),
        cmocka_unit_test(a_unit_that_is_not_wanted_tries_again_later),
        cmocka_unit_test(a_gateway_that_was_killed_gets_again_what_it_had_not_answered),
        cmocka_unit_test(an_answer_counts_for_no_other_message_than_its_own),
        cmocka_unit_test(a_peer_that_vanishes_in_the_handshake_does_not_stall_the_unit),
        cmocka_unit_test(a_gateway_of_another_authority_or_name_is_not_trusted),
        cmocka_unit_test(a_unit_without_a_certificate_is_named),
    };

    return cmocka_run_group_tests(tests, make_authorities, remove_authorities);
}
