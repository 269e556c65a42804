/* Everything that must keep the relay from releasing, each one done to it. */
#include "gateway/journal/journal_file.h"
#include "tests/unit/relay/relay_place.h"

/* Something is held on it. */
static struct ends ends_held(struct place *p)
{
    struct ends e = ends_open(p);

    append(p);
    say(e.broker, "puback");
    UNTIL(counted(p).held_bytes == strlen("puback"));
    return e;
}

static void check_refused(struct place *p)
{
    uint64_t refused = counted(p).refused[RELAY_REFUSED_JOURNAL];
    int unit = unit_open(p);

    hear_end(unit);
    close(unit);
    UNTIL(counted(p).refused[RELAY_REFUSED_JOURNAL] == refused + 1);
}

/* Once it is another byte, whatever it was; twice it is as before. */
static void page_invert(const struct place *p, off_t at)
{
    char path[128];
    uint8_t byte = 0;
    int fd = -1;

    snprintf(path, sizeof path, "%s/" JOURNAL_NAME_PAGE, p->dir);
    fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0xff;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void check_page_byte(struct place *p, off_t at)
{
    struct ends e;

    relay_begin(p);
    e = ends_held(p);
    page_invert(p, at);
    relay_synced(p->relay);
    hear_end(e.unit);
    UNTIL(counted(p).connections == 0);
    assert_int_equal(counted(p).held_bytes, 0);
    assert_int_equal(counted(p).open, 0);
    check_refused(p);
    page_invert(p, at);
    beat(p);
    sync_now(p);
    ends_close(e);
    ends_close(ends_open(p));
}

static void a_page_without_the_right_magic_drops_what_is_held(void **state)
{
    check_page_byte(*state, 0);
}

static void a_page_of_another_journal_drops_what_is_held(void **state)
{
    check_page_byte(*state, offsetof(struct journal_head, id));
}

static void a_page_whose_epoch_was_altered_drops_what_is_held(void **state)
{
    check_page_byte(*state, offsetof(struct journal_page_fixed, epoch));
}

static void a_page_that_is_gone_or_cut_drops_what_is_held(void **state)
{
    struct place *p = *state;
    struct ends e;
    char path[128];

    relay_begin(p);
    e = ends_held(p);
    snprintf(path, sizeof path, "%s/" JOURNAL_NAME_PAGE, p->dir);
    assert_int_equal(rename(path, "/tmp/evroll-relay-page"), 0);
    assert_int_equal(unlink("/tmp/evroll-relay-page"), 0);
    relay_synced(p->relay);
    hear_end(e.unit);
    check_refused(p);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    relay_synced(p->relay);
    check_refused(p);
    ends_close(e);
}

static void without_a_journal_nobody_is_let_in(void **state)
{
    struct place *p = *state;
    char none[80];

    snprintf(none, sizeof none, "%s/none", p->dir);
    p->options.journal_dir = none;
    p->options.listen = p->listens;
    p->options.broker = p->broker_text;
    p->options.want_sync = wanted;
    p->options.arg = p;
    assert_int_equal(relay_start(&p->options, &p->relay, NULL), ERR_OK);
    check_refused(p);
}

static void sync_page_write(const struct place *p, struct journal_sync_page *page)
{
    struct journal_dir dir;

    assert_int_equal(journal_dir_enter(&dir, p->dir, &journal_os_system, NULL), ERR_OK);
    journal_file_seal(&dir, JOURNAL_MAGIC_SYNC, page, sizeof *page);
    assert_int_equal(journal_file_overwrite(&dir, JOURNAL_NAME_SYNC, page, sizeof *page), ERR_OK);
    journal_dir_close(&dir);
}

static uint64_t writer_epoch(const struct place *p)
{
    struct journal_dir dir;
    struct journal_page page;

    assert_int_equal(journal_dir_enter(&dir, p->dir, &journal_os_system, NULL), ERR_OK);
    assert_int_equal(journal_page_load(&dir, &page), JOURNAL_FILE_GOOD);
    journal_dir_close(&dir);
    return page.fixed.epoch;
}

static void a_synced_position_of_another_epoch_releases_nothing(void **state)
{
    struct place *p = *state;
    struct journal_sync_page page = {.synced = 1u << 30, .heartbeat = 1};
    struct ends e;

    relay_begin(p);
    e = ends_held(p);
    page.epoch = writer_epoch(p) + 1;
    sync_page_write(p, &page);
    look_again(p);
    look_again(p);
    assert_int_equal(counted(p).held_bytes, strlen("puback"));
    assert_true(silent(e.unit));
    page.epoch--;
    sync_page_write(p, &page);
    relay_synced(p->relay);
    hear(e.unit, "puback");
    ends_close(e);
}

static void a_sync_page_that_is_damaged_releases_nothing(void **state)
{
    struct place *p = *state;
    struct ends e;
    char path[128];
    int fd = -1;

    relay_begin(p);
    e = ends_held(p);
    {
        uint64_t synced = 0;
        assert_int_equal(journal_sync(p->syncer, &synced, NULL), ERR_OK);
    }
    snprintf(path, sizeof path, "%s/" JOURNAL_NAME_SYNC, p->dir);
    fd = open(path, O_RDWR);
    assert_int_equal(pwrite(fd, "?", 1, 1), 1);
    close(fd);
    look_again(p);
    look_again(p);
    assert_true(silent(e.unit));
    sync_now(p);
    hear(e.unit, "puback");
    ends_close(e);
}

static void a_heartbeat_that_stands_still_releases_nothing(void **state)
{
    struct place *p = *state;
    uint64_t synced = 0;
    struct ends e;

    p->options.heartbeat_ms = 300;
    relay_begin(p);
    e = ends_held(p);
    UNTIL(counted(p).open == 0);
    assert_int_equal(journal_sync(p->syncer, &synced, NULL), ERR_OK);
    look_again(p);
    look_again(p);
    assert_int_equal(counted(p).held_bytes, strlen("puback"));
    assert_true(silent(e.unit));
    beat(p);
    hear(e.unit, "puback");
    ends_close(e);
}

static int no_fdatasync(const struct journal_os *os, int fd)
{
    (void)os;
    (void)fd;
    errno = EIO;
    return -1;
}

static void a_failed_sync_drops_all_and_lets_nobody_in_until_a_new_epoch(void **state)
{
    struct place *p = *state;
    struct journal_os os = journal_os_system;
    struct journal_syncer *failing = NULL;
    uint64_t synced = 0;
    struct ends idle, held;

    relay_begin(p);
    idle = ends_open(p);
    held = ends_held(p);
    os.fdatasync = no_fdatasync;
    assert_int_equal(journal_syncer_open_os(p->dir, &os, &failing, NULL), ERR_OK);
    assert_int_equal(journal_sync(failing, &synced, NULL), ERR_IO);
    journal_syncer_close(failing);
    relay_synced(p->relay);
    hear_end(held.unit);
    hear_end(idle.unit);
    check_refused(p);
    /* Syncing again does not help in this epoch. */
    journal_syncer_close(p->syncer);
    assert_int_equal(journal_syncer_open(p->dir, &p->syncer, NULL), ERR_OK);
    assert_int_equal(journal_sync(p->syncer, &synced, NULL), ERR_IO);
    relay_synced(p->relay);
    check_refused(p);
    journal_syncer_close(p->syncer);
    /* The broker is restarted. */
    journal_writer_close(p->writer);
    writer_open(p);
    assert_int_equal(journal_syncer_open(p->dir, &p->syncer, NULL), ERR_OK);
    sync_now(p);
    beat(p);
    ends_close(idle);
    ends_close(held);
    held = ends_held(p);
    sync_now(p);
    hear(held.unit, "puback");
    ends_close(held);
}

static void a_new_epoch_ends_the_connections_of_the_old_one(void **state)
{
    struct place *p = *state;
    struct ends old, new;

    relay_begin(p);
    old = ends_held(p);
    journal_writer_close(p->writer);
    writer_open(p);
    relay_synced(p->relay);
    hear_end(old.unit);
    beat(p);
    sync_now(p);
    new = ends_held(p);
    sync_now(p);
    hear(new.unit, "puback");
    ends_close(old);
    ends_close(new);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(a_page_without_the_right_magic_drops_what_is_held),
        PLACE_TEST(a_page_of_another_journal_drops_what_is_held),
        PLACE_TEST(a_page_whose_epoch_was_altered_drops_what_is_held),
        PLACE_TEST(a_page_that_is_gone_or_cut_drops_what_is_held),
        PLACE_TEST(without_a_journal_nobody_is_let_in),
        PLACE_TEST(a_synced_position_of_another_epoch_releases_nothing),
        PLACE_TEST(a_sync_page_that_is_damaged_releases_nothing),
        PLACE_TEST(a_heartbeat_that_stands_still_releases_nothing),
        PLACE_TEST(a_failed_sync_drops_all_and_lets_nobody_in_until_a_new_epoch),
        PLACE_TEST(a_new_epoch_ends_the_connections_of_the_old_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
