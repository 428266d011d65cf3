/* What people sign in with, beyond what the handlers of one file need. */
#ifndef MANTLE_SERVICE_IAM_SIGNIN_H
#define MANTLE_SERVICE_IAM_SIGNIN_H

#include "base/buf.h"
#include "model/password.h"
#include "service/request.h"

/* Is it the password? On a thread of RQ_POOL_COMPUTE, for ChangePassword and for pages that sign
 * people in (those ask password_age next, and keep the use with login_profile_used). Attempts are
 * limited by owner. `profile` NULL: nobody has that name, which takes as long to say.
 * RC_DENIED: no; RC_LIMIT: not asked, too many failed: *ret_wait_s says for how long. */
MUST_CHECK enum rc signin_password(struct rq *rq, const struct login_profile *profile, str password,
                                   int64_t *ret_wait_s);

/* The text as a QR code, a PNG picture. */
MUST_CHECK enum rc qr_png(str text, struct arena *arena, str *ret_png);

#endif
