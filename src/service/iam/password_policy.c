/* What an account asks of its users' passwords. */
#include "service/iam/iam.h"
#include "service/iam/signin.h"

static struct opt_bool yes_or_no(bool value)
{
    return (struct opt_bool){ value, true };
}

/* Numbers that do not apply are left out, as AWS does. */
static struct opt_int unless_zero(int64_t value)
{
    return (struct opt_int){ value, value != 0 };
}

enum rc iam_GetAccountPasswordPolicy(struct rq *rq, struct iam_GetAccountPasswordPolicy_out *out)
{
    struct iam_PasswordPolicy *view = NEW(rq->arena, struct iam_PasswordPolicy);
    struct password_policy policy;

    if (view == NULL) {
        return RC_NOMEM;
    }
    TRY(password_policy_get(rq->txn, rq->account, rq->arena, &policy));
    if (policy.is_default) {
        return api_fail(rq, ERR_NoSuchEntity,
                        "The Password Policy with domain name %.*s cannot be found.",
                        FMT(rq->account_text));
    }
    *view = (struct iam_PasswordPolicy){
        .MinimumPasswordLength = { policy.min_length, true },
        .RequireSymbols = yes_or_no(policy.symbols),
        .RequireNumbers = yes_or_no(policy.numbers),
        .RequireUppercaseCharacters = yes_or_no(policy.upper),
        .RequireLowercaseCharacters = yes_or_no(policy.lower),
        .AllowUsersToChangePassword = yes_or_no(policy.users_change),
        .ExpirePasswords = yes_or_no(policy.max_age_days > 0),
        .MaxPasswordAge = unless_zero(policy.max_age_days),
        .PasswordReusePrevention = unless_zero(policy.reuse),
    };
    if (policy.hard_expiry || policy.max_age_days > 0) { /* AWS shows it where it means something */
        view->HardExpiry = yes_or_no(policy.hard_expiry);
    }
    out->PasswordPolicy = view;
    return RC_OK;
}

/* No partial updates: what is not given falls back to its default. */
enum rc iam_UpdateAccountPasswordPolicy(struct rq *rq,
                                        const struct iam_UpdateAccountPasswordPolicy_in *in)
{
    const struct password_policy policy = {
        .min_length = in->MinimumPasswordLength.value,
        .symbols = in->RequireSymbols.value,
        .numbers = in->RequireNumbers.value,
        .upper = in->RequireUppercaseCharacters.value,
        .lower = in->RequireLowercaseCharacters.value,
        .users_change = in->AllowUsersToChangePassword.value,
        .max_age_days = in->MaxPasswordAge.value,
        .reuse = in->PasswordReusePrevention.value,
        .hard_expiry = in->HardExpiry.value,
    };

    return password_policy_put(rq->txn, rq->account, &policy);
}

enum rc iam_DeleteAccountPasswordPolicy(struct rq *rq)
{
    enum rc rc = password_policy_delete(rq->txn, rq->account);

    if (rc == RC_NOENT) {
        return api_fail(rq, ERR_NoSuchEntity,
                        "The account policy with name PasswordPolicy cannot be found.");
    }
    return rc;
}
