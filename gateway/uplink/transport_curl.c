#include "gateway/uplink/transport_curl.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"

#define INGEST_PATH "/v1/ingest/batches"
#define POLL_MS     1000

struct transport_curl {
    struct transport transport; /* first: a transport is cast back */
    struct transport_curl_options options;
    CURLM *multi;
    CURL *easy;   /* posts */
    CURL *getter; /* gets */
    struct curl_slist *headers;
    struct transport_answer *answer; /* of the post under way */
    struct transport_page *page;     /* of the get under way */
    char reason[CURL_ERROR_SIZE];
};

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct transport_answer *answer = ((struct transport_curl *)arg)->answer;
    size_t len = size * count;

    if (len > sizeof answer->body - answer->len)
        return 0; /* ends the transfer: no registry says so much */
    memcpy(answer->body + answer->len, bytes, len);
    answer->len += len;
    return len;
}

static size_t take_page(char *bytes, size_t size, size_t count, void *arg)
{
    struct transport_page *page = ((struct transport_curl *)arg)->page;
    size_t len = size * count;

    if (len > TRANSPORT_PAGE_MAX - page->len)
        return 0;
    page->bytes = mem_grow(page->bytes, page->len + len + 1, 1);
    memcpy(page->bytes + page->len, bytes, len);
    page->len += len;
    return len;
}

/* ---- opening ---- */

static char *join(const char *url, const char *path)
{
    size_t len = strlen(url), room = len + strlen(path) + 1;
    char *joined = mem_alloc(room, 1);

    while (len > 0 && url[len - 1] == '/')
        len--;
    snprintf(joined, room, "%.*s%s", (int)len, url, path);
    return joined;
}

static CURLcode set_identity(CURL *easy, const struct transport_curl_options *options)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);

    if (code == CURLE_OK) /* the system's own list of CAs is not asked */
        code = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_SSLCERT, options->cert_file);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_SSLKEY, options->key_file);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    return code;
}

static CURLcode set_limits(CURL *easy)
{
    static const struct {
        CURLoption option;
        long value;
    } limits[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_CONNECTTIMEOUT_MS, TRANSPORT_CURL_CONNECT_MS},
        {CURLOPT_TIMEOUT_MS, TRANSPORT_CURL_WHOLE_MS},
        {CURLOPT_TCP_KEEPALIVE, 1},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
    };
    CURLcode code = CURLE_OK;

    for (size_t i = 0; code == CURLE_OK && i < sizeof limits / sizeof limits[0]; i++)
        code = curl_easy_setopt(easy, limits[i].option, limits[i].value);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_PROXY, "");
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_USERAGENT, "evroll-gateway/" EVROLL_VERSION);
    return code;
}

static CURLcode set_common(struct transport_curl *t, CURL *easy)
{
    CURLcode code = set_identity(easy, &t->options);

    if (code == CURLE_OK)
        code = set_limits(easy);
    return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->reason) : code;
}

static CURLcode set_exchange(struct transport_curl *t)
{
    static const char *const lines[] = {"Content-Type: application/x-protobuf",
                                        "Content-Encoding: zstd", "Accept: application/json",
                                        "Expect:" /* no waiting for 100 Continue */};
    CURLcode code = CURLE_OK;
    char *url = join(t->options.url, INGEST_PATH);

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        t->headers = curl_slist_append(t->headers, lines[i]);
    code = curl_easy_setopt(t->easy, CURLOPT_URL, url);
    free(url);
    if (code == CURLE_OK)
        code = curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    if (code == CURLE_OK)
        code = curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, take_body);
    if (code == CURLE_OK)
        code = curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    return code;
}

static CURLcode set_getter(struct transport_curl *t)
{
    CURLcode code = curl_easy_setopt(t->getter, CURLOPT_HTTPGET, 1L);

    if (code == CURLE_OK)
        code = curl_easy_setopt(t->getter, CURLOPT_WRITEFUNCTION, take_page);
    if (code == CURLE_OK)
        code = curl_easy_setopt(t->getter, CURLOPT_WRITEDATA, t);
    return code;
}

/* ---- a transfer ---- */

static bool asked_to_stop(const struct curl_waitfd *stop, const struct transport_curl *t)
{
    return t->options.stop_fd >= 0 && stop->revents != 0;
}

/* Runs the transfer to its end. ERR_OK: `*code` is its result. */
static enum err run(struct transport_curl *t, CURLcode *code, struct fault *fault)
{
    struct curl_waitfd stop = {.fd = t->options.stop_fd, .events = CURL_WAIT_POLLIN};
    unsigned watched = t->options.stop_fd >= 0 ? 1 : 0;
    const CURLMsg *message = NULL;
    int running = 1, left = 0;
    CURLMcode multi = curl_multi_perform(t->multi, &running);

    while (multi == CURLM_OK && running > 0) {
        multi = curl_multi_poll(t->multi, watched > 0 ? &stop : NULL, watched, POLL_MS, NULL);
        if (asked_to_stop(&stop, t))
            return fault_set(fault, ERR_STOPPED, "asked to stop");
        if (t->options.alive != NULL)
            t->options.alive(t->options.arg);
        if (multi == CURLM_OK)
            multi = curl_multi_perform(t->multi, &running);
    }
    if (multi != CURLM_OK)
        return fault_set(fault, ERR_PEER, "libcurl: %s", curl_multi_strerror(multi));
    message = curl_multi_info_read(t->multi, &left);
    if (message == NULL)
        return fault_set(fault, ERR_PEER, "libcurl lost the transfer");
    *code = message->data.result;
    return ERR_OK;
}

static enum err transfer_fault(const struct transport_curl *t, CURLcode code, struct fault *fault)
{
    const char *reason = t->reason[0] != '\0' ? t->reason : curl_easy_strerror(code);
    enum err err = ERR_PEER;

    if (code == CURLE_OPERATION_TIMEDOUT)
        err = ERR_TIMEOUT;
    else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CERTPROBLEM ||
             code == CURLE_SSL_CACERT_BADFILE)
        err = ERR_DENIED;
    return fault_set(fault, err, "%s: %s", t->options.url, reason);
}

static enum err transfer(struct transport_curl *t, CURL *easy, struct fault *fault)
{
    CURLcode code = CURLE_OK;
    enum err err = ERR_OK;

    t->reason[0] = '\0';
    if (curl_multi_add_handle(t->multi, easy) != CURLM_OK)
        return fault_set(fault, ERR_PEER, "libcurl does not take the transfer");
    err = run(t, &code, fault);
    if (err == ERR_OK && code != CURLE_OK)
        err = transfer_fault(t, code, fault);
    (void)curl_multi_remove_handle(t->multi, easy);
    return err;
}

/* ---- posting and getting ---- */

static void read_answer(struct transport_curl *t)
{
    long status = 0;
    curl_off_t retry_after = 0;

    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &retry_after);
    t->answer->status = (int)status;
    t->answer->retry_after_s = retry_after > 0 ? (int64_t)retry_after : -1;
}

static enum err post(struct transport *self, const uint8_t *bytes, size_t len,
                     struct transport_answer *answer, struct fault *fault)
{
    struct transport_curl *t = (struct transport_curl *)self;
    enum err err = ERR_OK;

    t->answer = answer;
    t->answer->len = 0;
    (void)curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    (void)curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, (const char *)bytes);
    err = transfer(t, t->easy, fault);
    if (err == ERR_OK)
        read_answer(t);
    t->answer = NULL;
    return err;
}

static void read_page(const struct transport_curl *t, struct transport_page *page)
{
    struct curl_header *etag = NULL;
    long status = 0;

    (void)curl_easy_getinfo(t->getter, CURLINFO_RESPONSE_CODE, &status);
    page->status = (int)status;
    if (curl_easy_header(t->getter, "ETag", 0, CURLH_HEADER, -1, &etag) == CURLHE_OK &&
        strlen(etag->value) <= TRANSPORT_ETAG_MAX)
        strncpy(page->etag, etag->value, TRANSPORT_ETAG_MAX);
}

static enum err get(struct transport *self, const char *path, const char *etag,
                    struct transport_page *page, struct fault *fault)
{
    struct transport_curl *t = (struct transport_curl *)self;
    struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
    char *url = join(t->options.url, path);
    char line[sizeof "If-None-Match: " + TRANSPORT_ETAG_MAX];
    enum err err = ERR_OK;

    snprintf(line, sizeof line, "If-None-Match: %s", etag);
    if (etag[0] != '\0')
        headers = curl_slist_append(headers, line);
    *page = (struct transport_page){0};
    t->page = page;
    (void)curl_easy_setopt(t->getter, CURLOPT_URL, url);
    (void)curl_easy_setopt(t->getter, CURLOPT_HTTPHEADER, headers);
    free(url);
    err = transfer(t, t->getter, fault);
    if (err == ERR_OK)
        read_page(t, page);
    else
        free(page->bytes);
    (void)curl_easy_setopt(t->getter, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    t->page = NULL;
    return err;
}

static size_t pass_over(char *bytes, size_t size, size_t count, void *arg)
{
    (void)bytes;
    (void)arg;
    return size * count;
}

static CURLcode set_putter(struct transport_curl *t, CURL *easy, const char *url, const char *json,
                           struct curl_slist *headers)
{
    CURLcode code = set_common(t, easy);

    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_URL, url);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PUT");
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, json);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, pass_over);
    return code;
}

static enum err put(struct transport *self, const char *path, const char *json, int *status,
                    struct fault *fault)
{
    struct transport_curl *t = (struct transport_curl *)self;
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    char *url = join(t->options.url, path);
    CURL *easy = curl_easy_init();
    long said = 0;
    enum err err = ERR_OK;

    if (easy == NULL || set_putter(t, easy, url, json, headers) != CURLE_OK)
        err = fault_set(fault, ERR_PEER, "libcurl does not take the request");
    if (err == ERR_OK)
        err = transfer(t, easy, fault);
    if (err == ERR_OK)
        (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &said);
    *status = (int)said;
    if (easy != NULL)
        curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    free(url);
    return err;
}

static void close_transport(struct transport *self)
{
    struct transport_curl *t = (struct transport_curl *)self;

    if (t->easy != NULL)
        curl_easy_cleanup(t->easy);
    if (t->getter != NULL)
        curl_easy_cleanup(t->getter);
    if (t->multi != NULL)
        (void)curl_multi_cleanup(t->multi);
    curl_slist_free_all(t->headers);
    free(t);
    curl_global_cleanup();
}

enum err transport_curl_open(const struct transport_curl_options *options,
                             struct transport **transport, struct fault *fault)
{
    struct transport_curl *t = mem_alloc(1, sizeof *t);
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);

    t->transport = (struct transport){post, get, put, close_transport};
    t->options = *options;
    t->multi = curl_multi_init();
    t->easy = curl_easy_init();
    t->getter = curl_easy_init();
    if (t->multi == NULL || t->easy == NULL || t->getter == NULL)
        code = CURLE_FAILED_INIT;
    if (code == CURLE_OK)
        code = set_common(t, t->easy);
    if (code == CURLE_OK)
        code = set_common(t, t->getter);
    if (code == CURLE_OK)
        code = set_exchange(t);
    if (code == CURLE_OK)
        code = set_getter(t);
    if (code != CURLE_OK) {
        close_transport(&t->transport);
        return fault_set(fault, ERR_PEER, "libcurl: %s", curl_easy_strerror(code));
    }
    *transport = &t->transport;
    return ERR_OK;
}
