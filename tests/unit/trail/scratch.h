/* A directory of a test's own, removed behind it. */
#ifndef MANTLE_TESTS_SCRATCH_H
#define MANTLE_TESTS_SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inline void scratch_make(char path[64])
{
    (void)snprintf(path, 64, "/tmp/mantle-test-XXXXXX");
    if (mkdtemp(path) == NULL) {
        abort();
    }
}

static inline void scratch_remove(const char *path)
{
    DIR *entries = opendir(path);

    for (struct dirent *e; entries != NULL && (e = readdir(entries)) != NULL;) {
        char child[512];
        struct stat info;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
            continue;
        }
        if (snprintf(child, sizeof(child), "%s/%s", path, e->d_name) >= (int)sizeof(child)) {
            continue;
        }
        if (lstat(child, &info) == 0 && S_ISDIR(info.st_mode)) {
            scratch_remove(child);
        } else {
            (void)unlink(child);
        }
    }
    if (entries != NULL) {
        (void)closedir(entries);
    }
    (void)rmdir(path);
}

#endif
