#include "remote/retry.h"

static const struct {
    str code;
    enum retry_why why;
} codes[] = {
    { STR_INIT("Throttling"), RETRY_THROTTLED },
    { STR_INIT("ThrottlingException"), RETRY_THROTTLED },
    { STR_INIT("ThrottledException"), RETRY_THROTTLED },
    { STR_INIT("RequestThrottled"), RETRY_THROTTLED },
    { STR_INIT("RequestThrottledException"), RETRY_THROTTLED },
    { STR_INIT("TooManyRequestsException"), RETRY_THROTTLED },
    { STR_INIT("RequestLimitExceeded"), RETRY_THROTTLED },
    { STR_INIT("BandwidthLimitExceeded"), RETRY_THROTTLED },
    /* LimitExceeded, without Exception, is a quota of IAM's: trying again does not help. */
    { STR_INIT("LimitExceededException"), RETRY_THROTTLED },
    { STR_INIT("SlowDown"), RETRY_THROTTLED },
    { STR_INIT("PriorRequestNotComplete"), RETRY_THROTTLED },
    { STR_INIT("RequestTimeout"), RETRY_TRANSIENT },
    { STR_INIT("RequestTimeoutException"), RETRY_TRANSIENT },
    { STR_INIT("InternalError"), RETRY_TRANSIENT },
    { STR_INIT("InternalFailure"), RETRY_TRANSIENT },
    { STR_INIT("ServiceUnavailable"), RETRY_TRANSIENT },
    { STR_INIT("IDPCommunicationError"), RETRY_TRANSIENT },
    { STR_INIT("ServiceFailure"), RETRY_TRANSIENT },
    { STR_INIT("RequestTimeTooSkewed"), RETRY_SKEW },
    { STR_INIT("RequestExpired"), RETRY_SKEW },
    { STR_INIT("RequestInTheFuture"), RETRY_SKEW },
    { STR_INIT("SignatureDoesNotMatch"), RETRY_SKEW },
    { STR_INIT("InvalidSignatureException"), RETRY_SKEW },
    { STR_INIT("AuthFailure"), RETRY_SKEW },
    { STR_INIT("ExpiredToken"), RETRY_EXPIRED },
    { STR_INIT("ExpiredTokenException"), RETRY_EXPIRED },
};

enum retry_why retry_why(long status, str code)
{
    if (status == 0) {
        return RETRY_TIMEOUT;
    }
    if (status >= 200 && status < 300) {
        return RETRY_NEVER;
    }
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        if (str_eq(codes[i].code, code)) {
            return codes[i].why;
        }
    }
    if (status == 429) {
        return RETRY_THROTTLED;
    }
    return status == 500 || status == 502 || status == 503 || status == 504 ? RETRY_TRANSIENT
                                                                            : RETRY_NEVER;
}

bool retry_again(struct retry *retry, enum retry_why why, unsigned attempts_max)
{
    int cost = why == RETRY_TIMEOUT ? RETRY_TIMEOUT_COST : RETRY_COST;

    if (why == RETRY_NEVER || retry->n + 1 >= attempts_max || retry->quota < cost) {
        return false;
    }
    retry->quota -= cost;
    retry->cost = cost;
    retry->n++;
    return true;
}

int64_t retry_wait_ms(const struct retry *retry, uint64_t random)
{
    unsigned shift = retry->n < 6 ? retry->n : 6;
    uint64_t ceiling = UINT64_C(500) << shift; /* the first retry: up to 1 s */

    if (ceiling > RETRY_WAIT_MS_MAX) {
        ceiling = RETRY_WAIT_MS_MAX;
    }
    return (int64_t)((random >> 32) * ceiling >> 32);
}

void retry_good(struct retry *retry)
{
    retry->quota += retry->cost > 0 ? retry->cost : 1;
    if (retry->quota > RETRY_QUOTA) {
        retry->quota = RETRY_QUOTA;
    }
    retry->cost = 0;
    retry->n = 0;
}
