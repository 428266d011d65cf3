#include "unit.h"

#include "base/arena.h"
#include "migrate/address.h"
#include "migrate/agent.h"

static void test_agents(void **state)
{
    static const struct {
        const char *text, *family, *language, *version, *os, *exec_env, *command;
        enum agent_use use;
    } cases[] = {
        { "Boto3/1.34.11 md/Botocore#1.34.11 ua/2.0 os/linux#5.10 lang/python#3.11.6", "boto3",
          "python", "1.34.11", "linux", "", "", AGENT_PROGRAM },
        { "[Boto3/1.26.1 Python/3.9.16 Linux/4.14 exec-env/AWS_Lambda_python3.9 Botocore/1.29.1]",
          "boto3", "python", "1.26.1", "linux", "AWS_Lambda_python3.9", "", AGENT_PROGRAM },
        { "aws-sdk-go/1.44.299 (go1.20.6; linux; amd64)", "aws-sdk-go", "go", "1.44.299", "linux",
          "", "", AGENT_PROGRAM },
        { "APN/1.0 HashiCorp/1.0 Terraform/1.6.4 (+https://www.terraform.io) "
          "terraform-provider-aws/5.26.0 aws-sdk-go/1.47.9 (go1.20.10; linux; amd64)",
          "terraform", "go", "1.6.4", "linux", "", "", AGENT_TOOL },
        { "aws-cli/2.15.0 Python/3.11.6 Darwin/23.1.0 exe/x86_64 prompt/off command/s3.ls",
          "aws-cli", "python", "2.15.0", "macos", "", "s3.ls", AGENT_SHELL },
        { "aws-cli/2.22.0 md/awscrt#0.22 ua/2.0 os/windows#10 md/command#s3api.put-object",
          "aws-cli", "python", "2.22.0", "windows", "", "s3api.put-object", AGENT_SHELL },
        { "aws-cli/2.11.0 Python/3.11.2 Linux/4.14 exec-env/CloudShell exe/x86_64.amzn.2",
          "aws-cli", "python", "2.11.0", "linux", "CloudShell", "", AGENT_SHELL },
        { "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "browser", "", "5.0", "macos", "", "",
          AGENT_CONSOLE },
        { "console.amazonaws.com", "console", "", "", "", "", "", AGENT_CONSOLE },
        { "AWS Internal", "aws-internal", "", "", "", "", "", AGENT_SERVICE },
        { "cloudformation.amazonaws.com", "cloudformation.amazonaws.com", "", "", "", "", "",
          AGENT_SERVICE },
        { "acme-exporter/3.1 (build 7)", "acme-exporter", "", "3.1", "", "", "", AGENT_UNKNOWN },
        { "", "", "", "", "", "", "", AGENT_UNKNOWN },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct agent a = agent_parse(str_cstr(cases[i].text));
        if (!str_eq(a.family, str_cstr(cases[i].family)) ||
            !str_eq(a.language, str_cstr(cases[i].language)) ||
            !str_eq(a.version, str_cstr(cases[i].version)) ||
            !str_eq(a.os, str_cstr(cases[i].os)) ||
            !str_eq(a.exec_env, str_cstr(cases[i].exec_env)) ||
            !str_eq(a.command, str_cstr(cases[i].command)) || a.use != cases[i].use) {
            fail_msg("%s: %.*s %.*s %.*s %.*s %.*s %.*s %s", cases[i].text, FMT(a.family),
                     FMT(a.language), FMT(a.version), FMT(a.os), FMT(a.exec_env), FMT(a.command),
                     agent_use_word(a.use));
        }
    }
}

static void test_addresses(void **state)
{
    static const struct {
        const char *address, *block;
        enum address_kind kind;
    } cases[] = {
        { "10.1.2.3", "10.1.2.0/24", ADDRESS_PRIVATE },
        { "172.16.0.1", "172.16.0.0/24", ADDRESS_PRIVATE },
        { "172.32.0.1", "172.32.0.0/24", ADDRESS_PUBLIC },
        { "192.168.255.255", "192.168.255.0/24", ADDRESS_PRIVATE },
        { "100.127.0.1", "100.127.0.0/24", ADDRESS_PRIVATE },
        { "100.128.0.1", "100.128.0.0/24", ADDRESS_PUBLIC },
        { "127.0.0.1", "127.0.0.0/24", ADDRESS_PRIVATE },
        { "8.8.8.8", "8.8.8.0/24", ADDRESS_PUBLIC },
        { "2001:db8:1:2::3", "2001:db8:1::/48", ADDRESS_PUBLIC },
        { "fd00:1::1", "fd00:1:0::/48", ADDRESS_PRIVATE },
        { "::1", "0:0:0::/48", ADDRESS_PRIVATE },
        { "cloudformation.amazonaws.com", "cloudformation.amazonaws.com", ADDRESS_SERVICE },
        { "AWS Internal", "AWS Internal", ADDRESS_SERVICE },
        { "256.1.1.1", "256.1.1.1", ADDRESS_UNKNOWN },
        { "", "", ADDRESS_UNKNOWN },
    };
    struct arena arena;

    arena_init(&arena, &heap, 4096, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        str block = address_block(str_cstr(cases[i].address), &arena);
        if (address_kind_of(str_cstr(cases[i].address)) != cases[i].kind ||
            !str_eq(block, str_cstr(cases[i].block))) {
            fail_msg("%s: %s %.*s", cases[i].address,
                     address_kind_word(address_kind_of(str_cstr(cases[i].address))), FMT(block));
        }
    }
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agents),
        cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
