#include "model/quota.h"

#include "base/arena.h"
#include "store/queries.h"

/* Defaults are AWS's. The max is not: AWS raises on request and only so far; whoever runs Mantle
 * decides himself, up to what the store and the engine were built and measured for. */
const struct quota_info quotas[QUOTA_COUNT] = {
    [QUOTA_USERS] = { STR_INIT("UsersPerAccount"), 5000, 10000000 },
    [QUOTA_GROUPS] = { STR_INIT("GroupsPerAccount"), 300, 1000000 },
    [QUOTA_ROLES] = { STR_INIT("RolesPerAccount"), 1000, 10000000 },
    [QUOTA_POLICIES] = { STR_INIT("PoliciesPerAccount"), 1500, 1000000 },
    [QUOTA_PROFILES] = { STR_INIT("InstanceProfilesPerAccount"), 1000, 1000000 },
    [QUOTA_POLICIES_PER_USER] = { STR_INIT("PoliciesPerUser"), 10, 50 },
    [QUOTA_POLICIES_PER_GROUP] = { STR_INIT("PoliciesPerGroup"), 10, 50 },
    [QUOTA_POLICIES_PER_ROLE] = { STR_INIT("PoliciesPerRole"), 10, 50 },
    [QUOTA_GROUPS_PER_USER] = { STR_INIT("GroupsPerUser"), 10, 50 },
    [QUOTA_KEYS_PER_USER] = { STR_INIT("AccessKeysPerUser"), 2, 10 },
    [QUOTA_VERSIONS_PER_POLICY] = { STR_INIT("VersionsPerPolicy"), 5, 50 },
    [QUOTA_SERVER_CERTIFICATES] = { STR_INIT("ServerCertificatesPerAccount"), 20, 1000 },
    [QUOTA_SAML_PROVIDERS] = { STR_INIT("SAMLProvidersPerAccount"), 100, 1000 },
    [QUOTA_SIGNING_CERTIFICATES] = { STR_INIT("CertificatesPerUser"), 2, 10 },
    [QUOTA_SSH_KEYS] = { STR_INIT("SSHPublicKeysPerUser"), 5, 50 },
    [QUOTA_SERVICE_CREDENTIALS] = { STR_INIT("ServiceSpecificCredentialsPerUser"), 2, 10 },
    [QUOTA_ROLES_PER_PROFILE] = { STR_INIT("InstanceSessionsPerInstanceProfile"), 1, 1 },
    [QUOTA_POLICY_SIZE] = { STR_INIT("PolicySize"), 6144, 131072 },
    [QUOTA_TRUST_SIZE] = { STR_INIT("ACLSizePerRole"), 2048, 131072 },
    [QUOTA_INLINE_USER_SIZE] = { STR_INIT("UserPolicySize"), 2048, 131072 },
    [QUOTA_INLINE_GROUP_SIZE] = { STR_INIT("GroupPolicySize"), 5120, 131072 },
    [QUOTA_INLINE_ROLE_SIZE] = { STR_INIT("RolePolicySize"), 10240, 131072 },
    [QUOTA_OIDC_PROVIDERS] = { STR_INIT("OpenIdConnectProvidersPerAccount"), 100, 10000 },
    [QUOTA_OIDC_CLIENTS] = { STR_INIT("ClientIdsPerOpenIdConnectProvider"), 100, 1000 },
};

/* Rows of one number need no arena of the caller's. */
enum { SCRATCH_BYTES = 1024 };

enum rc quota_get(struct txn *txn, int64_t account, enum quota quota, int64_t *ret)
{
    struct q_quota_get_row row;
    struct arena scratch;

    arena_init(&scratch, &heap, SCRATCH_BYTES, SCRATCH_BYTES);
    enum rc rc = q_quota_get(txn, account, quotas[quota].name, &scratch, &row);
    arena_done(&scratch);
    if (rc == RC_NOENT) {
        *ret = quotas[quota].value;
        return RC_OK;
    }
    if (rc == RC_OK) {
        *ret = row.value;
    }
    return rc;
}

enum rc quota_set(struct txn *txn, int64_t account, str name, int64_t value)
{
    for (size_t i = 0; i < QUOTA_COUNT; i++) {
        if (str_eq(name, quotas[i].name)) {
            if (value < 0 || value > quotas[i].max) {
                return RC_LIMIT;
            }
            return q_quota_set(txn, account, name, value);
        }
    }
    return RC_NOENT;
}

enum rc quota_admit(struct txn *txn, int64_t account, enum quota quota, int64_t used)
{
    int64_t limit = 0;

    TRY(quota_get(txn, account, quota, &limit));
    return used < limit ? RC_OK : RC_LIMIT;
}

enum rc counter_get(struct txn *txn, int64_t account, str what, int64_t *ret)
{
    struct q_counter_get_row row;
    struct arena scratch;

    arena_init(&scratch, &heap, SCRATCH_BYTES, SCRATCH_BYTES);
    enum rc rc = q_counter_get(txn, account, what, &scratch, &row);
    arena_done(&scratch);
    if (rc == RC_NOENT) {
        *ret = 0;
        return RC_OK;
    }
    if (rc == RC_OK) {
        *ret = row.n;
    }
    return rc;
}

enum rc counter_add(struct txn *txn, int64_t account, str what, int64_t delta)
{
    return q_counter_add(txn, account, what, delta);
}
