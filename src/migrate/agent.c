#include "migrate/agent.h"

#include "base/macros.h"

const char *agent_use_word(enum agent_use use)
{
    static const char *const words[] = {
        [AGENT_UNKNOWN] = "unknown", [AGENT_PROGRAM] = "program", [AGENT_TOOL] = "tool",
        [AGENT_SHELL] = "shell",     [AGENT_CONSOLE] = "console", [AGENT_SERVICE] = "service",
    };

    return words[use];
}

/* The first row whose product is named anywhere wins: tools stand before the SDKs they are built on. */
static const struct {
    str product; /* "NAME/": the version follows; without '/': anywhere in the text */
    str family, language;
    enum agent_use use;
} products[] = {
    { STR_INIT("Terraform/"), STR_INIT("terraform"), STR_INIT("go"), AGENT_TOOL },
    { STR_INIT("OpenTofu/"), STR_INIT("opentofu"), STR_INIT("go"), AGENT_TOOL },
    { STR_INIT("Pulumi/"), STR_INIT("pulumi"), STR_INIT("go"), AGENT_TOOL },
    { STR_INIT("HashiCorp Terraform"), STR_INIT("terraform"), STR_INIT("go"), AGENT_TOOL },
    { STR_INIT("aws-cdk/"), STR_INIT("aws-cdk"), STR_INIT("js"), AGENT_TOOL },
    { STR_INIT("cdk-cli/"), STR_INIT("aws-cdk"), STR_INIT("js"), AGENT_TOOL },
    { STR_INIT("Ansible/"), STR_INIT("ansible"), STR_INIT("python"), AGENT_TOOL },
    { STR_INIT("APN/1.0 Ansible"), STR_INIT("ansible"), STR_INIT("python"), AGENT_TOOL },
    { STR_INIT("aws-sam-cli/"), STR_INIT("aws-sam-cli"), STR_INIT("python"), AGENT_TOOL },
    { STR_INIT("packer/"), STR_INIT("packer"), STR_INIT("go"), AGENT_TOOL },
    { STR_INIT("serverless/"), STR_INIT("serverless"), STR_INIT("js"), AGENT_TOOL },
    { STR_INIT("S3Console/"), STR_INIT("console"), STR_INIT(""), AGENT_CONSOLE },
    { STR_INIT("signin.amazonaws.com"), STR_INIT("console"), STR_INIT(""), AGENT_CONSOLE },
    { STR_INIT("console.amazonaws.com"), STR_INIT("console"), STR_INIT(""), AGENT_CONSOLE },
    { STR_INIT("console.ec2.amazonaws.com"), STR_INIT("console"), STR_INIT(""), AGENT_CONSOLE },
    { STR_INIT("Coral/Jakarta"), STR_INIT("console"), STR_INIT(""), AGENT_CONSOLE },
    { STR_INIT("AWSConsole"), STR_INIT("console"), STR_INIT(""), AGENT_CONSOLE },
    { STR_INIT("aws-cli/"), STR_INIT("aws-cli"), STR_INIT("python"), AGENT_SHELL },
    { STR_INIT("AWSPowerShell"), STR_INIT("aws-powershell"), STR_INIT("dotnet"), AGENT_SHELL },
    { STR_INIT("PowerShell"), STR_INIT("aws-powershell"), STR_INIT("dotnet"), AGENT_SHELL },
    { STR_INIT("S3 Browser/"), STR_INIT("s3-browser"), STR_INIT(""), AGENT_SHELL },
    { STR_INIT("Cyberduck/"), STR_INIT("cyberduck"), STR_INIT(""), AGENT_SHELL },
    { STR_INIT("WinSCP"), STR_INIT("winscp"), STR_INIT(""), AGENT_SHELL },
    { STR_INIT("s3cmd"), STR_INIT("s3cmd"), STR_INIT("python"), AGENT_SHELL },
    { STR_INIT("rclone/"), STR_INIT("rclone"), STR_INIT("go"), AGENT_PROGRAM },
    { STR_INIT("restic/"), STR_INIT("restic"), STR_INIT("go"), AGENT_PROGRAM },
    { STR_INIT("MinIO"), STR_INIT("minio"), STR_INIT(""), AGENT_PROGRAM },
    { STR_INIT("Boto3/"), STR_INIT("boto3"), STR_INIT("python"), AGENT_PROGRAM },
    { STR_INIT("aiobotocore/"), STR_INIT("aiobotocore"), STR_INIT("python"), AGENT_PROGRAM },
    { STR_INIT("Botocore/"), STR_INIT("botocore"), STR_INIT("python"), AGENT_PROGRAM },
    { STR_INIT("Boto/"), STR_INIT("boto"), STR_INIT("python"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-go-v2/"), STR_INIT("aws-sdk-go-v2"), STR_INIT("go"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-go/"), STR_INIT("aws-sdk-go"), STR_INIT("go"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-java/"), STR_INIT("aws-sdk-java"), STR_INIT("java"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-kotlin/"), STR_INIT("aws-sdk-kotlin"), STR_INIT("kotlin"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-js/"), STR_INIT("aws-sdk-js"), STR_INIT("js"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-nodejs/"), STR_INIT("aws-sdk-js"), STR_INIT("js"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-ruby3/"), STR_INIT("aws-sdk-ruby"), STR_INIT("ruby"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-ruby2/"), STR_INIT("aws-sdk-ruby"), STR_INIT("ruby"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-ruby"), STR_INIT("aws-sdk-ruby"), STR_INIT("ruby"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-php/"), STR_INIT("aws-sdk-php"), STR_INIT("php"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-php2/"), STR_INIT("aws-sdk-php"), STR_INIT("php"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-dotnet"), STR_INIT("aws-sdk-dotnet"), STR_INIT("dotnet"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-cpp/"), STR_INIT("aws-sdk-cpp"), STR_INIT("c++"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-rust/"), STR_INIT("aws-sdk-rust"), STR_INIT("rust"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-swift/"), STR_INIT("aws-sdk-swift"), STR_INIT("swift"), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-iOS"), STR_INIT("aws-sdk-ios"), STR_INIT(""), AGENT_PROGRAM },
    { STR_INIT("aws-sdk-android"), STR_INIT("aws-sdk-android"), STR_INIT(""), AGENT_PROGRAM },
    { STR_INIT("Mozilla/"), STR_INIT("browser"), STR_INIT(""), AGENT_CONSOLE },
    { STR_INIT("AWS Internal"), STR_INIT("aws-internal"), STR_INIT(""), AGENT_SERVICE },
    { STR_INIT("curl/"), STR_INIT("curl"), STR_INIT(""), AGENT_SHELL },
    { STR_INIT("Go-http-client/"), STR_INIT("go-http-client"), STR_INIT("go"), AGENT_PROGRAM },
    { STR_INIT("python-requests/"), STR_INIT("python-requests"), STR_INIT("python"),
      AGENT_PROGRAM },
};

static const struct {
    str word, os;
} systems[] = {
    { STR_INIT("os/linux"), STR_INIT("linux") },     { STR_INIT("os/macos"), STR_INIT("macos") },
    { STR_INIT("os/windows"), STR_INIT("windows") }, { STR_INIT("Darwin"), STR_INIT("macos") },
    { STR_INIT("Macintosh"), STR_INIT("macos") },    { STR_INIT("macos"), STR_INIT("macos") },
    { STR_INIT("darwin"), STR_INIT("macos") },       { STR_INIT("Windows"), STR_INIT("windows") },
    { STR_INIT("windows"), STR_INIT("windows") },    { STR_INIT("Linux"), STR_INIT("linux") },
    { STR_INIT("linux"), STR_INIT("linux") },
};

/* To the first byte that ends a token of a user agent. */
static str token(str text)
{
    size_t len = 0;

    while (len < text.len && text.ptr[len] != ' ' && text.ptr[len] != ';' && text.ptr[len] != ',' &&
           text.ptr[len] != ')' && text.ptr[len] != '(' && text.ptr[len] != ']') {
        len++;
    }
    return str_slice(text, 0, len);
}

/* The token behind `word`; absent when the word is not there. */
static str token_after(str text, str word)
{
    size_t at;

    return str_find(text, word, &at) ? token(str_skip(text, at + word.len)) : STR_NONE;
}

static void find_product(str text, struct agent *agent)
{
    for (size_t i = 0; i < COUNT_OF(products); i++) {
        size_t at;
        if (str_find(text, products[i].product, &at)) {
            agent->use = products[i].use;
            agent->family = products[i].family;
            agent->language = products[i].language.len > 0 ? products[i].language : STR_NONE;
            if (products[i].product.ptr[products[i].product.len - 1] == '/') {
                agent->version = token(str_skip(text, at + products[i].product.len));
            }
            return;
        }
    }
    if (str_ends(text, STR(".amazonaws.com"))) {
        agent->use = AGENT_SERVICE;
        agent->family = text;
        return;
    }
    agent->family = token(text);
    if (str_find_char(agent->family, '/', &(size_t){ 0 })) {
        str rest = agent->family;
        (void)take_until(&rest, '/', &agent->family);
        agent->version = rest;
    }
}

static void find_system(str text, struct agent *agent)
{
    for (size_t i = 0; i < COUNT_OF(systems); i++) {
        size_t at;
        if (str_find(text, systems[i].word, &at)) {
            agent->os = systems[i].os;
            return;
        }
    }
}

/* CloudShell, CodeBuild and Cloud9 say so in other ways than exec-env/. */
static void find_environment(str text, struct agent *agent)
{
    static const str words[] = { STR_INIT("CloudShell"), STR_INIT("AWS_CloudShell"),
                                 STR_INIT("codebuild"),  STR_INIT("CodeBuild"),
                                 STR_INIT("Cloud9"),     STR_INIT("AWS_Lambda") };
    size_t at;

    agent->exec_env = token_after(text, STR("exec-env/"));
    for (size_t i = 0; i < COUNT_OF(words) && agent->exec_env.ptr == NULL; i++) {
        if (str_find(text, words[i], &at)) {
            agent->exec_env = words[i];
        }
    }
}

struct agent agent_parse(str text)
{
    struct agent agent = { .use = AGENT_UNKNOWN };

    text = str_trim(text);
    if (text.len >= 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']') {
        text = str_slice(text, 1, text.len - 2);
    }
    if (text.len == 0) {
        return agent;
    }
    find_product(text, &agent);
    find_system(text, &agent);
    find_environment(text, &agent);
    agent.command = token_after(text, STR("command/"));
    if (agent.command.ptr == NULL) {
        agent.command = token_after(text, STR("md/command#"));
    }
    return agent;
}
