/* What an access key id and a secret look like, and what only looks like one. Pure. */
#ifndef MANTLE_SCAN_SHAPE_H
#define MANTLE_SCAN_SHAPE_H

#include <stdbool.h>

#include "base/str.h"

enum { KEY_ID_CHARS = 20, SECRET_CHARS = 40, SMTP_CHARS = 44, ACCOUNT_CHARS = 12 };

/* AKIA (user), ASIA (session), ABIA (bearer), ACCA (context) and 16 characters of A-Z2-7. */
bool shape_is_key_id(str text);
/* An id that documentation uses, or that a person wrote as a placeholder. */
bool shape_is_dummy_id(str id);
/* The account that the id names: 12 digits. False for ids older than that (AKIAI..., AKIAJ...), and
 * for those that name no account. */
bool shape_account(str id, char ret[ACCOUNT_CHARS + 1]);

/* 40 characters of base64. `strict` where nothing but its looks speaks for it. */
bool shape_is_secret(str text, bool strict);
/* 44 characters that are an SMTP password of Amazon SES: base64 of a version byte 4 and an HMAC. */
bool shape_is_smtp(str text);

/* [A-Za-z0-9+/] */
bool shape_is_base64_char(char c);

/* What a name says about its value. */
enum name_role { NAME_NONE, NAME_ID, NAME_SECRET, NAME_TOKEN, NAME_OTHER, NAME_HASH };
enum name_role shape_name_role(str name);

#endif
