#include "federation/url.h"

enum { HOST_BYTES_MAX = 253, PORT_DIGITS_MAX = 5 };

static bool is_host(str host)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        if (!ascii_is_alnum(c) && c != '-' && c != '.' && c != '_') {
            return false;
        }
    }
    return host.len > 0 && host.len <= HOST_BYTES_MAX && host.ptr[0] != '.' && host.ptr[0] != '-';
}

static bool is_ipv6(str host)
{
    for (size_t i = 1; i + 1 < host.len; i++) {
        if (ascii_hex_value(host.ptr[i]) > 15 && host.ptr[i] != ':' && host.ptr[i] != '.') {
            return false;
        }
    }
    return host.len > 2 && host.len < 48 && host.ptr[host.len - 1] == ']';
}

static bool is_port(str port)
{
    uint64_t n;

    return port.len <= PORT_DIGITS_MAX && str_to_u64(port, &n) == RC_OK && n > 0 && n <= UINT16_MAX;
}

/* Graphic ASCII but for what some readers take for something else. */
static bool is_plain(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c <= ' ' || c >= 0x7f || c == '#' || c == '\\' || c == '"' || c == '<' || c == '>' ||
            c == '^' || c == '`' || c == '{' || c == '|' || c == '}') {
            return false;
        }
    }
    return true;
}

static str head_until(str text, const char *stops)
{
    size_t at = 0;

    while (at < text.len && strchr(stops, text.ptr[at]) == NULL) {
        at++;
    }
    return str_slice(text, 0, at);
}

static enum rc split_authority(str authority, struct url *url)
{
    size_t at, from = 0;

    if (authority.len > 0 && authority.ptr[0] == '[') {
        if (!str_find_char(authority, ']', &from)) {
            return RC_SYNTAX;
        }
        from++;
    }
    url->host = authority;
    if (str_find_char(str_skip(authority, from), ':', &at)) {
        url->host = str_slice(authority, 0, from + at);
        url->port = str_skip(authority, from + at + 1);
        if (!is_port(url->port)) {
            return RC_SYNTAX;
        }
    }
    if (from > 0) {
        return url->host.len == from && is_ipv6(url->host) ? RC_OK : RC_SYNTAX;
    }
    return is_host(url->host) ? RC_OK : RC_SYNTAX;
}

enum rc url_parse(str text, struct url *ret)
{
    struct url url = { .port = STR_NONE };
    str rest = text, authority;

    url.https = take_prefix(&rest, STR("https://"));
    if ((!url.https && !take_prefix(&rest, STR("http://"))) || !is_plain(rest) ||
        str_find_char(rest, '\0', &(size_t){ 0 })) {
        return RC_SYNTAX;
    }
    url.naked = rest;
    authority = head_until(rest, "/?");
    TRY(split_authority(authority, &url));
    rest = str_skip(rest, authority.len);
    url.path = head_until(rest, "?");
    url.query = str_skip(rest, url.path.len);
    *ret = url;
    return RC_OK;
}

bool url_is_loopback(const struct url *url)
{
    str rest = url->host;
    int dots = 0;

    if (str_eq(rest, STR("localhost")) || str_eq(rest, STR("[::1]"))) {
        return true;
    }
    if (!take_prefix(&rest, STR("127."))) {
        return false;
    }
    for (size_t i = 0; i < rest.len; i++) { /* "127.example.org" is a name */
        dots += rest.ptr[i] == '.';
        if (!ascii_is_digit(rest.ptr[i]) && rest.ptr[i] != '.') {
            return false;
        }
    }
    return dots == 2;
}

bool url_is_issuer(const struct url *url, bool allow_loopback)
{
    size_t at;

    if (url->query.len > 0) {
        return false;
    }
    if (allow_loopback && url_is_loopback(url)) {
        return true;
    }
    return url->https && url->port.ptr == NULL && str_find_char(url->host, '.', &at);
}
