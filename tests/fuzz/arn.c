/* What we accept we can write back, byte for byte; what we refuse cannot be an ARN. */
#include "fuzz.h"

#include "codec/arn.h"

static void check_account_id(str text)
{
    int64_t account;
    char back[12];

    if (account_id_parse(text, &account) != RC_OK) {
        REQUIRE(!account_id_is_valid(text));
        return;
    }
    REQUIRE(account_id_is_valid(text) && account >= 0 && account < INT64_C(1000000000000));
    account_id_print(account, back);
    REQUIRE(str_eq(str_from(back, sizeof(back)), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = fuzz_text(data, size);
    buf out = buf_heap(1 << 20);
    struct arn arn;

    check_account_id(text);
    if (arn_parse(text, &arn) != RC_OK) {
        size_t colons = 0;
        for (size_t i = 0; i < size; i++) {
            colons += data[i] == ':';
        }
        REQUIRE(colons < 5 || !str_starts(text, STR("arn:")) || str_ends(text, STR(":")));
        return 0;
    }
    check_account_id(arn.account);
    arn_print(&arn, &out);
    REQUIRE(out.err == RC_OK && str_eq(buf_str(&out), text));
    buf_done(&out);
    return 0;
}
