/* Whole scans of small trees: pieces of large files, archives that are damaged or grow without bound. */
#include "unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "scan/scan.h"

#define ID "AKIA5RLBQT5PZKOIFORG"

static char dir[] = "/tmp/mantle-scan-XXXXXX";

static void put(const char *name, const void *bytes, size_t len)
{
    char path[256];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "we");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void drop(const char *name)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(unlink(path), 0);
}

static void scan(struct scan_report *r)
{
    const char *roots[] = { dir };
    struct scan_options o = { .threads = 2 };

    scan_report_init(r);
    assert_ok(scan_run(&o, roots, 1, r));
}

static int make_dir(void **state)
{
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int remove_dir(void **state)
{
    return rmdir(dir);
}

/* The id at every kind of edge: of the first window, of a grown one, of the largest. */
static void test_edges_of_windows(void **state)
{
    static const size_t spots[] = { 0, (256 << 10) - 10, (16 << 20) - 10, (16 << 20) - (32 << 10) };
    size_t size = 20u << 20;
    char *text = malloc(size);

    assert_non_null(text);
    memset(text, '.', size);
    for (size_t i = 999; i < size; i += 1000) {
        text[i] = '\n';
    }
    for (size_t i = 0; i < COUNT_OF(spots); i++) {
        struct scan_report r;
        char *copy = malloc(size);
        assert_non_null(copy);
        memcpy(copy, text, size);
        memcpy(copy + 9, "secret", 6); /* keeps the window growing */
        memcpy(copy + spots[i], ID, 20);
        memcpy(copy + (18u << 20), ID, 20);
        put("large", copy, size);
        scan(&r);
        assert_int_equal(r.count, 2);
        assert_int_equal(r.findings[0].hit.line, spots[i] / 1000 + 1);
        assert_int_equal(r.findings[1].hit.line, (18u << 20) / 1000 + 1);
        scan_report_done(&r);
        free(copy);
    }
    drop("large");
    free(text);
}

static void gz(const char *name, size_t zeros, const char *tail, size_t cut)
{
    char path[256], *zero = calloc(1, 1 << 20);
    gzFile f;
    struct stat st;

    assert_non_null(zero);
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = gzopen(path, "wb1");
    assert_non_null(f);
    for (; zeros > 0; zeros -= 1 << 20) {
        assert_int_equal(gzwrite(f, zero, 1 << 20), 1 << 20);
    }
    assert_true(gzputs(f, tail) >= 0);
    assert_int_equal(gzclose(f), Z_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size - (off_t)cut), 0);
    free(zero);
}

static void test_damaged_archives_are_named(void **state)
{
    struct scan_report r;

    gz("cut.gz", 0, "key: " ID "\nand a little more text to lose at the end of it\n", 20);
    gz("whole.gz", 0, "key: " ID "\n", 0);
    put("fake.zip", "PK\003\004 key: " ID " is no zip file", 43);
    scan(&r);
    assert_true(r.count >= 2); /* whole.gz, and the text that only began like an archive */
    assert_true(r.unseen_count >= 2);
    for (size_t i = 0; i < r.unseen_count; i++) {
        assert_true(r.unseen[i].damaged);
        assert_true(r.unseen[i].why.len > 0);
    }
    scan_report_done(&r);
    drop("cut.gz");
    drop("whole.gz");
    drop("fake.zip");
}

static void test_bombs_stop(void **state)
{
    struct scan_report r;

    /* level 1 packs zeros about 230 to 1: below the bound; a bomb is made of two layers */
    gz("once.gz", (size_t)8 << 20, ID "\n", 0);
    scan(&r);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.unseen_count, 0);
    scan_report_done(&r);
    drop("once.gz");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges_of_windows),
        cmocka_unit_test(test_damaged_archives_are_named),
        cmocka_unit_test(test_bombs_stop),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
