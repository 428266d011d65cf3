/* Between the files that check digests only. */
#ifndef MANTLE_TRAILFILE_DIGEST_INSIDE_H
#define MANTLE_TRAILFILE_DIGEST_INSIDE_H

#include "sign/digest.h"
#include "trailfile/trailfile.h"

struct digest {
    const struct trail_file *file;
    str object, previous, previous_hash; /* object: its own key in the bucket */
    str end, bucket, previous_signature, fingerprint;
    int64_t start_s, end_s;
    uint8_t hash[SHA256_BYTES]; /* of the unpacked file */
    bool backfill;              /* of late files: stands beside the chain */
};

enum digest_signed {
    DIGEST_UNKNOWN, /* no signature is here, or no key for it */
    DIGEST_SIGNED,
    DIGEST_FORGED,
};
/* next has the signature of d; NULL: it is not here. *ret_why: one clause, for DIGEST_FORGED. */
enum digest_signed digest_is_signed(const struct digest *d, const struct digest *next,
                                    const struct trail_keys *keys, struct arena *arena,
                                    const char **ret_why);

#endif
