/* Opening a client: files, profile, region, endpoint. */
#include "remote/remote.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/bytes.h"
#include "remote/inside.h"
#include "system/system.h"

enum { ARENA_BYTES_MAX = 16 << 20, FILE_BYTES_MAX = 1 << 20, ATTEMPTS_MAX = 20 };

static const char *real_getenv(void *context UNUSED, const char *name)
{
    return getenv(name);
}

static void real_sleep(void *context UNUSED, int64_t ms)
{
    struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

static enum rc real_send(void *context, const struct remote_request *request, struct arena *arena,
                         struct remote_reply *ret)
{
    return http_send(context, request, arena, ret);
}

const char *remote_getenv(const struct remote *remote, const char *name)
{
    const char *value = remote->config.getenv(remote->config.context, name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

static str setting_name(struct remote *remote, str profile)
{
    return str_eq(profile, STR("default")) ? profile
                                           : ARENA_JOIN(&remote->arena, STR("profile "), profile);
}

str remote_setting(const struct remote *remote, str profile, str name)
{
    const struct remote_files *files = &remote->files;
    str section = setting_name((struct remote *)(uintptr_t)remote, profile);
    str value = profile_get(&files->config, section, name);

    if (value.ptr == NULL && str_eq(profile, STR("default"))) {
        value = profile_get(&files->config, STR("profile default"), name);
    }
    return value.ptr != NULL ? value : profile_get(&files->credentials, profile, name);
}

static enum rc read_file(struct remote *remote, const char *variable, const char *under_home,
                         unsigned at, struct profile_file *ret, str *ret_why)
{
    const char *path = remote_getenv(remote, variable), *home = remote_getenv(remote, "HOME");
    unsigned line = 0;
    enum rc rc;

    if (path == NULL) {
        path = home == NULL ? NULL : arena_printf(&remote->arena, "%s%s", home, under_home).ptr;
    }
    if (path == NULL) {
        return RC_OK;
    }
    rc = file_read(path, FILE_BYTES_MAX, &remote->arena, &remote->text[at]);
    if (rc == RC_NOENT) {
        return RC_OK;
    }
    if (rc == RC_OK) {
        rc = profile_parse(remote->text[at], &remote->arena, ret, &line);
    }
    if (rc == RC_SYNTAX) {
        *ret_why = arena_printf(&remote->arena, "%s:%u: neither [section] nor name = value", path,
                                line);
    } else if (rc != RC_OK) {
        *ret_why = arena_printf(&remote->arena, "cannot read %s: %s", path, rc_name(rc));
    }
    return rc;
}

static enum rc choose_profile(struct remote *remote, str *ret_why)
{
    const char *name = remote->config.profile;

    remote->profile_named = name != NULL;
    if (name == NULL) {
        name = remote_getenv(remote, "AWS_PROFILE");
    }
    if (name == NULL) {
        name = remote_getenv(remote, "AWS_DEFAULT_PROFILE");
    }
    remote->profile = arena_str(&remote->arena, name == NULL ? STR("default") : str_cstr(name));
    if (name != NULL &&
        !profile_has(&remote->files.config, setting_name(remote, remote->profile)) &&
        !profile_has(&remote->files.credentials, remote->profile) &&
        !(str_eq(remote->profile, STR("default")))) {
        *ret_why = arena_printf(&remote->arena,
                                "there is no profile '%s' in ~/.aws/config or ~/.aws/credentials",
                                name);
        return RC_NOENT;
    }
    return RC_OK;
}

/* --region, AWS_REGION, AWS_DEFAULT_REGION, the profile's. */
static str choose_region(struct remote *remote)
{
    const char *region = remote->config.region;
    str setting;

    if (region == NULL) {
        region = remote_getenv(remote, "AWS_REGION");
    }
    if (region == NULL) {
        region = remote_getenv(remote, "AWS_DEFAULT_REGION");
    }
    setting = region != NULL ? str_cstr(region)
                             : remote_setting(remote, remote->profile, STR("region"));
    return setting.len > 0 ? arena_str(&remote->arena, setting) : STR("us-east-1");
}

static str endpoint_in_profile(struct remote *remote)
{
    str services = remote_setting(remote, remote->profile, STR("services")), value = STR_NONE;

    if (services.ptr != NULL) {
        value = profile_get_under(&remote->files.config,
                                  ARENA_JOIN(&remote->arena, STR("services "), services),
                                  STR("iam"), STR("endpoint_url"));
    }
    return value.len > 0 ? value : remote_setting(remote, remote->profile, STR("endpoint_url"));
}

/* One endpoint for IAM and STS: a Mantle answers both. */
static enum rc choose_endpoint(struct remote *remote, str *ret_why)
{
    const char *url = remote->config.endpoint;
    const char *ignore = remote_getenv(remote, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    str text = str_cstr(url);
    bool ignored = ignore != NULL && str_eq_nocase(str_cstr(ignore), STR("true"));
    size_t at;

    if (url == NULL && !ignored) {
        url = remote_getenv(remote, "AWS_ENDPOINT_URL_IAM");
        url = url == NULL ? remote_getenv(remote, "AWS_ENDPOINT_URL") : url;
        text = url != NULL ? str_cstr(url) : endpoint_in_profile(remote);
    }
    if (text.len == 0) {
        return RC_OK;
    }
    if ((!str_starts(text, STR("http://")) && !str_starts(text, STR("https://"))) ||
        str_find_char(text, '@', &at) || str_find_char(text, '?', &at) ||
        str_find_char(text, ' ', &at)) {
        *ret_why = arena_printf(&remote->arena,
                                "the endpoint '%.*s' is no plain http:// or https:// address",
                                FMT(text));
        return RC_SYNTAX;
    }
    remote->endpoint = arena_str(&remote->arena, text);
    return RC_OK;
}

static unsigned choose_attempts(struct remote *remote)
{
    const char *text = remote_getenv(remote, "AWS_MAX_ATTEMPTS");
    str value = text != NULL ? str_cstr(text)
                             : remote_setting(remote, remote->profile, STR("max_attempts"));
    uint64_t n;

    return str_to_u64(value, &n) == RC_OK && n >= 1 && n <= ATTEMPTS_MAX ? (unsigned)n
                                                                         : RETRY_ATTEMPTS;
}

static enum rc setup(struct remote *remote, struct arena *arena, str *ret_why)
{
    const char *bundle = remote_getenv(remote, "AWS_CA_BUNDLE");

    TRY(read_file(remote, "AWS_CONFIG_FILE", "/.aws/config", 0, &remote->files.config, ret_why));
    TRY(read_file(remote, "AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials", 1,
                  &remote->files.credentials, ret_why));
    TRY(choose_profile(remote, ret_why));
    remote->region = choose_region(remote);
    TRY(choose_endpoint(remote, ret_why));
    remote->attempts_max = choose_attempts(remote);
    if (remote->config.ca_file == NULL) {
        remote->config.ca_file = bundle;
    }
    return credentials_get(remote, arena, ret_why);
}

enum rc remote_open(const struct remote_config *config, struct arena *arena, struct remote **ret,
                    str *ret_why)
{
    struct remote *remote = ALLOC_NEW(&heap, struct remote);
    enum rc rc;

    if (remote == NULL) {
        return RC_NOMEM;
    }
    remote->config = *config;
    remote->retry.quota = RETRY_QUOTA;
    arena_init(&remote->arena, &heap, 16384, ARENA_BYTES_MAX);
    if (config->env == NULL) {
        remote->config.env = system_env();
    }
    if (config->send == NULL) {
        remote->config.send = real_send;
        remote->config.context = remote;
    }
    if (config->getenv == NULL) {
        remote->config.getenv = real_getenv;
    }
    if (config->sleep_ms == NULL) {
        remote->config.sleep_ms = real_sleep;
    }
    rc = setup(remote, arena, ret_why);
    if (rc != RC_OK) {
        *ret_why = arena_str(arena, ret_why->ptr == NULL ? str_cstr(rc_name(rc)) : *ret_why);
        remote_close(remote);
        return rc;
    }
    *ret = remote;
    return RC_OK;
}

void remote_close(struct remote *remote)
{
    if (remote == NULL) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(remote->text); i++) {
        if (remote->text[i].ptr != NULL) {
            wipe((char *)(uintptr_t)remote->text[i].ptr, remote->text[i].len);
        }
    }
    wipe(&remote->credentials, sizeof(remote->credentials));
    if (remote->easy != NULL) {
        remote->curl.easy_cleanup(remote->easy);
    }
    arena_done(&remote->arena);
    ALLOC_FREE(&heap, remote);
}

str remote_region(const struct remote *remote)
{
    return remote->region;
}
