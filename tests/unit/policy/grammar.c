/* What AWS refuses to store, text by text, and what it takes. */
#include <stdlib.h>

#include "cases.h"
#include "unit.h"

#define DOC(statements) "{\"Version\":\"2012-10-17\",\"Statement\":" statements "}"
#define ALLOW(rest) DOC("{\"Effect\":\"Allow\"," rest "}")
#define ON_ACTION(action) ALLOW("\"Action\":" action ",\"Resource\":\"*\"")
#define ON_RESOURCE(resource) ALLOW("\"Action\":\"s3:ListBucket\",\"Resource\":" resource)
#define WHEN(block) ALLOW("\"Action\":\"s3:ListBucket\",\"Resource\":\"*\",\"Condition\":" block)
#define TRUST(rest) DOC("{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"111122223333\"}," rest "}")
#define TRUSTING(principal)                                                                        \
    DOC("{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":" principal "}")
#define GOOD "\"Action\":\"s3:GetObject\",\"Resource\":\"*\""
#define SYNTAX "Syntax errors in policy."
#define LEGACY "The policy failed legacy parsing"
#define VENDOR "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
#define ONE_COLON "Actions/Condition can contain only one colon."
#define NO_ACTIONS "Policy statement must contain actions."
#define NO_RESOURCES "Policy statement must contain resources."
#define SIDS "Statement IDs (SID) in a single policy must be unique."
#define STS_ONLY "AssumeRole policy may only specify STS AssumeRole actions."

static const struct {
    const char *name;
    enum policy_kind kind;
    const char *text, *message, *detail; /* message NULL: taken; detail: part of it, or NULL */
} rows[] = {
    /* the document */
    { "not JSON", POLICY_IDENTITY, "not a document", SYNTAX, NULL },
    { "nothing at all", POLICY_IDENTITY, "", SYNTAX, NULL },
    { "not JSON, trust", POLICY_TRUST, "{", "This policy contains invalid Json", NULL },
    { "not an object", POLICY_IDENTITY, "[]", SYNTAX, "not an object" },
    { "no statement", POLICY_IDENTITY, "{\"Version\":\"2012-10-17\"}", SYNTAX, "no statements" },
    { "empty statement list", POLICY_IDENTITY, DOC("[]"), SYNTAX, "no statements" },
    { "statement is a string", POLICY_IDENTITY, DOC("[\"x\"]"), SYNTAX, NULL },
    { "unknown top element (G-1)", POLICY_IDENTITY,
      "{\"Version\":\"2012-10-17\",\"Extra\":1,\"Statement\":{\"Effect\":\"Allow\"," GOOD "}}",
      SYNTAX, "unknown element \"Extra\"" },
    { "unknown statement element", POLICY_IDENTITY, ALLOW(GOOD ",\"Resources\":\"*\""), SYNTAX,
      "unknown element \"Resources\"" },
    { "elements are case-sensitive", POLICY_IDENTITY, ALLOW(GOOD ",\"condition\":{}"), SYNTAX,
      "unknown element \"condition\"" },
    { "duplicate key (G-2)", POLICY_IDENTITY, ALLOW(GOOD ",\"Effect\":\"Deny\""), SYNTAX,
      "duplicate key" },
    { "duplicate key by escape", POLICY_IDENTITY, ALLOW(GOOD ",\"\\u0045ffect\":\"Deny\""), SYNTAX,
      "duplicate key" },
    { "condition keys differing in case (G-2)", POLICY_IDENTITY,
      WHEN("{\"StringEquals\":{\"aws:username\":\"a\",\"AWS:UserName\":\"b\"}}"), SYNTAX,
      "DUPLICATE_KEYS_WITH_DIFFERENT_CASE" },
    { "operators differing in case", POLICY_IDENTITY,
      WHEN("{\"StringEquals\":{\"a\":\"1\"},\"stringequals\":{\"b\":\"2\"}}"), SYNTAX,
      "DUPLICATE_KEYS_WITH_DIFFERENT_CASE" },
    { "same key under two operators is no duplicate", POLICY_IDENTITY,
      WHEN("{\"StringEquals\":{\"a\":\"1\"},\"StringLike\":{\"A\":\"2\"}}"), NULL, NULL },
    { "Id is a list", POLICY_IDENTITY,
      "{\"Version\":\"2012-10-17\",\"Id\":[\"x\"],\"Statement\":{\"Effect\":\"Allow\"," GOOD "}}",
      SYNTAX, "\"Id\"" },
    { "a character past U+00FF (G-4)", POLICY_IDENTITY, ON_ACTION("\"s3:\xC4\x80\""), SYNTAX,
      "U+00FF" },
    { "U+00FF itself", POLICY_IDENTITY, ON_ACTION("\"s3:\xC3\xBF\""), NULL, NULL },
    { "newline, tab and return (G-4)", POLICY_IDENTITY, "\r\n\t" ALLOW(GOOD), NULL, NULL },
    /* version */
    { "2008 (G-7)", POLICY_IDENTITY,
      "{\"Version\":\"2008-10-17\",\"Statement\":{\"Effect\":\"Allow\"," GOOD "}}", NULL, NULL },
    { "absent version (G-7)", POLICY_IDENTITY, "{\"Statement\":{\"Effect\":\"Allow\"," GOOD "}}",
      NULL, NULL },
    { "another version (G-7)", POLICY_IDENTITY,
      "{\"Version\":\"2013-10-17\",\"Statement\":{\"Effect\":\"Allow\"," GOOD "}}", SYNTAX,
      "Version" },
    { "version is a number", POLICY_IDENTITY,
      "{\"Version\":2012,\"Statement\":{\"Effect\":\"Allow\"," GOOD "}}", SYNTAX, "Version" },
    /* effect */
    { "no effect", POLICY_IDENTITY, DOC("{" GOOD "}"), SYNTAX, "missing element \"Effect\"" },
    { "another effect (E-5)", POLICY_IDENTITY, DOC("{\"Effect\":\"Permit\"," GOOD "}"), SYNTAX,
      NULL },
    { "effect in another case (E-5)", POLICY_IDENTITY, DOC("{\"Effect\":\"allow\"," GOOD "}"),
      LEGACY, NULL },
    { "effect with a space", POLICY_IDENTITY, DOC("{\"Effect\":\"Allow \"," GOOD "}"), SYNTAX,
      NULL },
    { "effect is a list", POLICY_IDENTITY, DOC("{\"Effect\":[\"Allow\"]," GOOD "}"), SYNTAX, NULL },
    /* actions */
    { "no actions (A-7)", POLICY_IDENTITY, ALLOW("\"Resource\":\"*\""), NO_ACTIONS, NULL },
    { "empty action list", POLICY_IDENTITY, ON_ACTION("[]"), NO_ACTIONS, NULL },
    { "both Action and NotAction (A-7)", POLICY_IDENTITY, ALLOW(GOOD ",\"NotAction\":\"s3:x\""),
      SYNTAX, "both" },
    { "action is an object", POLICY_IDENTITY, ON_ACTION("{}"), SYNTAX, NULL },
    { "action list holds a list", POLICY_IDENTITY, ON_ACTION("[[]]"), SYNTAX, NULL },
    { "action without service", POLICY_IDENTITY, ON_ACTION("\"GetObject\""), VENDOR, NULL },
    { "empty NotAction", POLICY_IDENTITY, ALLOW("\"NotAction\":\"\",\"Resource\":\"*\""), VENDOR,
      NULL },
    { "two colons", POLICY_IDENTITY, ON_ACTION("[\"s3:Get\",\"s3:Get:Object\"]"), ONE_COLON, NULL },
    { "vendor with a space", POLICY_IDENTITY, ON_ACTION("\"a b:Get\""), "Vendor a b is not valid",
      NULL },
    { "vendor with underscore", POLICY_IDENTITY, ON_ACTION("\"a_b:Get\""),
      "Vendor a_b is not valid", NULL },
    { "unknown vendor is taken", POLICY_IDENTITY, ON_ACTION("\"nosuch-1.x:Get\""), NULL, NULL },
    { "wildcards in the vendor (A-9)", POLICY_IDENTITY, ON_ACTION("\"s?:Get*\""), NULL, NULL },
    { "spaces in the name (A-11)", POLICY_IDENTITY, ON_ACTION("\"iam: a b \""), NULL, NULL },
    { "star alone", POLICY_IDENTITY, ON_ACTION("\"*\""), NULL, NULL },
    /* resources */
    { "no resources", POLICY_IDENTITY, ALLOW("\"Action\":\"s3:x\""), NO_RESOURCES, NULL },
    { "empty resource list", POLICY_IDENTITY, ON_RESOURCE("[]"), NO_RESOURCES, NULL },
    { "both Resource and NotResource", POLICY_IDENTITY, ALLOW(GOOD ",\"NotResource\":[]"), SYNTAX,
      "both" },
    { "resource list holds an object", POLICY_IDENTITY, ON_RESOURCE("[\"*\",{}]"), SYNTAX, NULL },
    { "not an ARN", POLICY_IDENTITY, ON_RESOURCE("\"bucket\""),
      "Resource bucket must be in ARN format or \"*\".", NULL },
    { "empty resource", POLICY_IDENTITY, ON_RESOURCE("\"\""),
      "Resource  must be in ARN format or \"*\".", NULL },
    { "unknown partition", POLICY_IDENTITY, ON_RESOURCE("\"arn:error:s3:::b\""),
      "Partition \"error\" is not valid for resource \"arn:error:s3:::b\".", NULL },
    { "unknown partition, padded", POLICY_IDENTITY, ON_RESOURCE("\"a:b:c\""),
      "Partition \"b\" is not valid for resource \"arn:b:c:*:*:*\".", NULL },
    { "unknown partition, long", POLICY_IDENTITY, ON_RESOURCE("\"a:b:c:d:e:f:g:h\""),
      "Partition \"b\" is not valid for resource \"arn:b:c:d:e:f:g:h\".", NULL },
    { "the partition left out", POLICY_IDENTITY, ON_RESOURCE("\"aws:s3:::b\""),
      "Partition \"s3\" is not valid for resource \"arn:s3:::b:*\".", NULL },
    { "every partition", POLICY_IDENTITY,
      ON_RESOURCE("[\"arn:aws-cn:s3:::b\",\"arn:aws-us-gov:s3:::b\",\"arn:*:s3:::b\"]"), NULL,
      NULL },
    { "no service", POLICY_IDENTITY, ON_RESOURCE("\"arn:aws\""),
      "Resource vendor must be fully qualified and cannot contain regexes.", NULL },
    { "wildcard in the service", POLICY_IDENTITY, ON_RESOURCE("\"arn:aws:s*:::b\""),
      "Resource vendor must be fully qualified and cannot contain regexes.", NULL },
    { "a colon too few", POLICY_IDENTITY, ON_RESOURCE("\"arn:aws:s3::b\""), LEGACY, NULL },
    { "a colon too few in NotResource", POLICY_IDENTITY,
      ALLOW("\"Action\":\"s3:x\",\"NotResource\":\"arn:aws:s3::b\""), LEGACY, NULL },
    { "empty service", POLICY_IDENTITY, ON_RESOURCE("\"arn:aws::::b\""), LEGACY, NULL },
    { "short ARN is taken (R-13)", POLICY_IDENTITY, ON_RESOURCE("\"arn:aws:s3\""), NULL, NULL },
    { "region in an IAM ARN", POLICY_IDENTITY, ON_RESOURCE("\"arn:aws:iam:us-east-1::user/x\""),
      "IAM resource arn:aws:iam:us-east-1::user/x cannot contain region information.", NULL },
    { "region in a bucket ARN", POLICY_IDENTITY, ON_RESOURCE("\"arn:aws:s3:us-east-1::b\""),
      "Resource arn:aws:s3:us-east-1::b can not contain region information.", NULL },
    { "region in an access point ARN", POLICY_IDENTITY,
      ON_RESOURCE("\"arn:aws:s3:us-east-1:111122223333:accesspoint/x\""), NULL, NULL },
    { "IAM resource type", POLICY_IDENTITY, ON_RESOURCE("\"arn:aws:iam::1:thing/x\""),
      "IAM resource path must either be \"*\", root, or start with user/, federated-user/, role/, "
      "group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, "
      "oidc-provider/, report/, access-report/.",
      NULL },
    { "IAM role and star", POLICY_IDENTITY,
      ON_RESOURCE("[\"arn:aws:iam::*:role/${aws:username}\",\"arn:aws:iam::*:*\"]"), NULL, NULL },
    { "variable without its end", POLICY_IDENTITY, ON_RESOURCE("\"arn:aws:s3:::b/${aws:x\""),
      LEGACY, "variable" },
    { "variable without a name", POLICY_IDENTITY, ON_RESOURCE("\"arn:aws:s3:::b/${}\""), LEGACY,
      "variable" },
    /* sids */
    { "equal sids (G-5)", POLICY_IDENTITY,
      DOC("[{\"Sid\":\"a\",\"Effect\":\"Allow\"," GOOD "},{\"Sid\":\"a\",\"Effect\":\"Deny\"," GOOD
          "}]"),
      SIDS, NULL },
    { "sids differing in case", POLICY_IDENTITY,
      DOC("[{\"Sid\":\"a\",\"Effect\":\"Allow\"," GOOD "},{\"Sid\":\"A\",\"Effect\":\"Deny\"," GOOD
          "}]"),
      NULL, NULL },
    { "two empty sids", POLICY_IDENTITY,
      DOC("[{\"Sid\":\"\",\"Effect\":\"Allow\"," GOOD "},{\"Sid\":\"\",\"Effect\":\"Deny\"," GOOD
          "}]"),
      NULL, NULL },
    { "sid with a space (G-5)", POLICY_IDENTITY,
      DOC("{\"Sid\":\"a b\",\"Effect\":\"Allow\"," GOOD "}"),
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
      "expression [0-9A-Za-z]*",
      NULL },
    { "sid with a space in a resource policy", POLICY_RESOURCE,
      DOC("{\"Sid\":\"a b\",\"Principal\":\"*\",\"Effect\":\"Allow\"," GOOD "}"), NULL, NULL },
    { "sid is an object", POLICY_IDENTITY, DOC("{\"Sid\":{},\"Effect\":\"Allow\"," GOOD "}"),
      SYNTAX, NULL },
    /* conditions */
    { "condition is a list", POLICY_IDENTITY, WHEN("[]"), SYNTAX, NULL },
    { "condition is a string", POLICY_IDENTITY, WHEN("\"a\""), SYNTAX, NULL },
    { "operator takes an object", POLICY_IDENTITY, WHEN("{\"StringEquals\":\"b\"}"), SYNTAX, NULL },
    { "value is an object", POLICY_IDENTITY, WHEN("{\"StringEquals\":{\"a\":{}}}"), SYNTAX, NULL },
    { "value is null", POLICY_IDENTITY, WHEN("{\"StringEquals\":{\"a\":null}}"), SYNTAX, NULL },
    { "unknown operator (C-9)", POLICY_IDENTITY, WHEN("{\"StringEqual\":{\"a\":\"1\"}}"), SYNTAX,
      "unknown condition operator \"StringEqual\"" },
    { "two colons in the operator", POLICY_IDENTITY,
      WHEN("{\"ForAnyValue::StringEquals\":{\"a\":\"1\"}}"), SYNTAX, "unknown condition operator" },
    { "an unknown operator without keys is taken", POLICY_IDENTITY, WHEN("{\"x\":{}}"), NULL,
      NULL },
    { "operators in any case (C-8)", POLICY_IDENTITY,
      WHEN("{\"forallvalues:stringequalsifexists\":{\"a\":\"1\"}}"), NULL, NULL },
    { "Null with IfExists (G-9)", POLICY_IDENTITY, WHEN("{\"NullIfExists\":{\"a\":\"true\"}}"),
      SYNTAX, "Null takes no IfExists" },
    { "numbers and booleans are values (C-13)", POLICY_IDENTITY,
      WHEN("{\"NumericEquals\":{\"a\":[1,2.5]},\"Bool\":{\"b\":true}}"), NULL, NULL },
    { "empty condition (C-12)", POLICY_IDENTITY, WHEN("{}"), NULL, NULL },
    { "empty value list (C-11)", POLICY_IDENTITY, WHEN("{\"DateGreaterThan\":{\"a\":[]}}"), NULL,
      NULL },
    { "not a date", POLICY_IDENTITY, WHEN("{\"DateGreaterThan\":{\"a\":\"soon\"}}"), LEGACY, NULL },
    { "a thirteenth month", POLICY_IDENTITY, WHEN("{\"DateEquals\":{\"a\":\"2026-13\"}}"), LEGACY,
      NULL },
    { "a zone without minutes is one digit short", POLICY_IDENTITY,
      WHEN("{\"DateEquals\":{\"a\":\"2016-12-13t2:00:00.593194+1\"}}"), LEGACY, NULL },
    { "ten digits of a second", POLICY_IDENTITY,
      WHEN("{\"DateEquals\":{\"a\":\"2016-12-13t2:00:00.1999999999+10:59\"}}"), LEGACY, NULL },
    { "past 2^63 seconds", POLICY_IDENTITY,
      WHEN("{\"DateEquals\":{\"a\":\"9223372036854775808\"}}"), LEGACY, NULL },
    { "dates in many forms", POLICY_IDENTITY,
      WHEN("{\"DateEquals\":{\"a\":[\"2026\",\"2026-07-01T13:20:15Z\",\"9999-12-31T23:59:59.5+01:"
           "00\",\"2016-12-13t2:00:00.593194+23\",\"01T\",\"-292275054\",1767225600]}}"),
      NULL, NULL },
    { "date with a variable (G-9)", POLICY_IDENTITY,
      WHEN("{\"DateEquals\":{\"a\":\"${aws:CurrentTime}\"}}"), LEGACY, NULL },
    { "number with a variable (G-9)", POLICY_IDENTITY,
      WHEN("{\"NumericEquals\":{\"a\":\"${aws:x}\"}}"), LEGACY, NULL },
    { "address with a variable (G-9)", POLICY_IDENTITY,
      WHEN("{\"IpAddress\":{\"a\":\"${aws:SourceIp}\"}}"), LEGACY, NULL },
    { "not an address range", POLICY_IDENTITY,
      WHEN("{\"NotIpAddress\":{\"a\":[\"10.0.0.0/8\",\"10.0.0.0/33\"]}}"), LEGACY, NULL },
    { "Bool with a variable (V-7)", POLICY_IDENTITY, WHEN("{\"Bool\":{\"a\":\"${aws:x}\"}}"), NULL,
      NULL },
    { "neither true nor false", POLICY_IDENTITY, WHEN("{\"Null\":{\"a\":\"yes\"}}"), LEGACY, NULL },
    /* order: what AWS says first */
    { "syntax before version", POLICY_IDENTITY,
      "{\"Statement\":{\"Effect\":\"Allow\",\"Extra\":1," GOOD "}}", SYNTAX, NULL },
    { "legacy parsing before actions", POLICY_IDENTITY,
      ALLOW("\"Condition\":{\"DateEquals\":{\"a\":\"soon\"}}"), LEGACY, NULL },
    { "legacy parsing before sids", POLICY_IDENTITY,
      DOC("[{\"Sid\":\"a\",\"Effect\":\"aLLow\"," GOOD "},{\"Sid\":\"a\",\"Effect\":\"Allow\"}]"),
      LEGACY, NULL },
    { "sids before actions", POLICY_IDENTITY,
      DOC("[{\"Sid\":\"a\",\"Effect\":\"Allow\"," GOOD "},{\"Sid\":\"a\",\"Effect\":\"Allow\"}]"),
      SIDS, NULL },
    { "actions before resources", POLICY_IDENTITY, DOC("{\"Effect\":\"Allow\"}"), NO_ACTIONS,
      NULL },
    { "resource format before action format", POLICY_IDENTITY,
      ALLOW("\"Action\":\"s:3:x\",\"Resource\":\"bucket\""),
      "Resource bucket must be in ARN format or \"*\".", NULL },
    { "missing resources before action format", POLICY_IDENTITY, ALLOW("\"Action\":\"x\""),
      NO_RESOURCES, NULL },
    { "legacy parsing of the resource before missing actions", POLICY_IDENTITY,
      ALLOW("\"Resource\":\"arn:aws:s3::b\""), LEGACY, NULL },
    { "legacy parsing of values before an unknown partition", POLICY_IDENTITY,
      ALLOW("\"Action\":\"s3:x\",\"Resource\":\"arn:error:s3:::b\",\"Condition\":"
            "{\"DateGreaterThan\":{\"a\":\"soon\"}}"),
      LEGACY, NULL },
    { "effect before a region in a bucket ARN", POLICY_IDENTITY,
      DOC("{\"Effect\":\"allow\",\"Resource\":\"arn:aws:s3:us-east-1::b\"}"), LEGACY, NULL },
    { "missing actions in the first of two statements", POLICY_IDENTITY,
      DOC("[{\"Effect\":\"Deny\"},{\"Effect\":\"Allow\"," GOOD "}]"), NO_ACTIONS, NULL },
    { "syntax of a value before missing actions", POLICY_IDENTITY,
      ALLOW("\"Resource\":\"*\",\"Condition\":{\"DateGreaterThan\":{\"a\":{}}}"), SYNTAX, NULL },
    { "an empty Action beside NotAction", POLICY_IDENTITY,
      ALLOW("\"NotAction\":\"s3:x\",\"Action\":[],\"Resource\":\"*\""), SYNTAX, "both" },
    { "a colon too few behind an empty service", POLICY_IDENTITY, ON_RESOURCE("\"arn:aws::b\""),
      LEGACY, NULL },
    { "an ARN that is a service only", POLICY_IDENTITY, ON_RESOURCE("\"arn:aws:nosuch\""), NULL,
      NULL },
    { "a resource without arn and partition", POLICY_IDENTITY, ON_RESOURCE("\"a:nowhere\""),
      "Partition \"nowhere\" is not valid for resource \"arn:nowhere:*:*:*:*\".", NULL },
    { "unknown services with and without a Region", POLICY_IDENTITY,
      ON_RESOURCE("[\"arn:aws:nosuch:::b\",\"arn:aws:nosuch:us-east-1::b\"]"), NULL, NULL },
    { "an IAM user without an account", POLICY_IDENTITY, ON_RESOURCE("\"arn:aws:iam:::user/b\""),
      NULL, NULL },
    { "two operators without keys", POLICY_IDENTITY, WHEN("{\"x\":{},\"y\":{}}"), NULL, NULL },
    { "not a year", POLICY_IDENTITY, WHEN("{\"DateLessThanEquals\":{\"a\":\"234-13\"}}"), LEGACY,
      NULL },
    { "a fault of format stops legacy parsing", POLICY_IDENTITY,
      ON_RESOURCE("[\"arn:error:s3:::b\",\"arn:error:s3::b\"]"),
      "Partition \"error\" is not valid for resource \"arn:error:s3:::b\".", NULL },
    /* principals */
    { "identity policy with a principal (P-12)", POLICY_IDENTITY,
      ALLOW("\"Principal\":\"*\"," GOOD), "Policy document should not specify a principal.", NULL },
    { "trust policy", POLICY_TRUST, TRUST("\"Action\":[\"sts:AssumeRole\",\"sts:TagSession\"]"),
      NULL, NULL },
    { "trust policy with a resource (G-3)", POLICY_TRUST,
      TRUST("\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\""), "Has prohibited field Resource",
      NULL },
    { "trust policy without principal (G-3)", POLICY_TRUST, ALLOW("\"Action\":\"sts:AssumeRole\""),
      "Missing required field Principal", NULL },
    { "trust policy with NotPrincipal (G-3)", POLICY_TRUST,
      ALLOW("\"Action\":\"sts:AssumeRole\",\"NotPrincipal\":{\"AWS\":\"111122223333\"}"),
      "Allow with NotPrincipal is not allowed.", NULL },
    { "trust policy that denies with NotPrincipal", POLICY_TRUST,
      DOC("{\"Effect\":\"Deny\",\"Action\":\"sts:AssumeRole\",\"NotPrincipal\":{\"AWS\":\"*\"}}"),
      "AssumeRole policy must not contain NotPrincipal field.", NULL },
    { "trust policy with NotResource", POLICY_TRUST,
      TRUST("\"Action\":\"sts:AssumeRole\",\"NotResource\":\"*\""),
      "AssumeRole policy must not contain resources.", NULL },
    { "trust policy of another version", POLICY_TRUST,
      "{\"Version\":\"2020-01-01\",\"Statement\":[]}",
      "The policy must contain a valid version string", NULL },
    { "trust policy without statements", POLICY_TRUST,
      "{\"Version\":\"2012-10-17\",\"Statement\":[]}",
      "Could not parse the policy: Statement is empty!", NULL },
    { "trust policy without an effect", POLICY_TRUST,
      DOC("{\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}"), "Missing required field Effect",
      NULL },
    { "trust policy with another effect", POLICY_TRUST,
      DOC("{\"Effect\":\"Maybe\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}"),
      "Invalid effect: Maybe", NULL },
    { "trust policy with two equal Sids", POLICY_TRUST,
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"a\",\"Effect\":\"Allow\","
      "\"Principal\":\"*\","
      "\"Action\":\"sts:AssumeRole\"},{\"Sid\":\"a\",\"Effect\":\"Deny\",\"Principal\":\"*\","
      "\"Action\":\"sts:AssumeRole\"}]}",
      "The Statement Ids in the policy are not unique", NULL },
    { "trust policy for another service (G-3)", POLICY_TRUST, TRUST("\"Action\":\"s3:GetObject\""),
      STS_ONLY, NULL },
    { "trust policy for everything (G-3)", POLICY_TRUST, TRUST("\"Action\":\"*\""), STS_ONLY,
      NULL },
    { "trust policy without actions", POLICY_TRUST, TRUST("\"Sid\":\"a\""),
      "Missing required field Action", NULL },
    { "every kind of principal", POLICY_TRUST,
      TRUSTING("{\"AWS\":[\"*\",\"111122223333\",\"arn:aws:iam::111122223333:root\","
               "\"arn:aws:iam::111122223333:user/a/b\",\"arn:aws:sts::111122223333:assumed-role/r/"
               "s\",\"AROAEXAMPLEEXAMPLE234\"],\"Service\":\"ec2.amazonaws.com\",\"Federated\":"
               "\"arn:aws:iam::111122223333:saml-provider/x\"}"),
      NULL, NULL },
    { "a group (P-15)", POLICY_TRUST, TRUSTING("{\"AWS\":\"arn:aws:iam::111122223333:group/g\"}"),
      "Invalid principal in policy: \"AWS\":\"arn:aws:iam::111122223333:group/g\"", NULL },
    { "a wildcard in an ARN (P-6)", POLICY_TRUST,
      TRUSTING("{\"AWS\":\"arn:aws:iam::111122223333:role/*\"}"),
      "Invalid principal in policy: \"AWS\":\"arn:aws:iam::111122223333:role/*\"", NULL },
    { "a wildcard in an account (P-6)", POLICY_TRUST, TRUSTING("{\"AWS\":\"11112222*\"}"),
      "Invalid principal in policy: \"AWS\":\"11112222*\"", NULL },
    { "eleven digits", POLICY_TRUST, TRUSTING("{\"AWS\":\"11112222333\"}"),
      "Invalid principal in policy: \"AWS\":\"11112222333\"", NULL },
    { "a principal that is text", POLICY_TRUST, TRUSTING("\"everybody\""),
      "Principal must be a JSON object.", NULL },
    { "an unknown kind of principal", POLICY_TRUST, TRUSTING("{\"aws\":\"*\"}"), SYNTAX,
      "unknown element \"aws\"" },
    { "a principal map that names nobody", POLICY_TRUST, TRUSTING("{}"),
      "Missing required field Principal cannot be empty!", NULL },
    { "both Principal and NotPrincipal", POLICY_RESOURCE,
      ALLOW("\"Principal\":\"*\",\"NotPrincipal\":\"*\"," GOOD), SYNTAX, "both" },
    { "resource policy without principal (P-12)", POLICY_RESOURCE, ALLOW(GOOD),
      "Missing required field Principal", NULL },
    { "endpoint policy without principal (P-12)", POLICY_ENDPOINT, ALLOW(GOOD), NULL, NULL },
    /* organization policies */
    { "SCP with a principal (G-8)", POLICY_SCP, ALLOW("\"Principal\":\"*\"," GOOD),
      "Policy document should not specify a principal.", NULL },
    { "SCP with a condition", POLICY_SCP, ALLOW(GOOD ",\"Condition\":{}"), NULL, NULL },
    { "SCP with a short ARN (R-13)", POLICY_SCP, ON_RESOURCE("\"arn:aws:s3\""), SYNTAX, NULL },
    { "SCP with a short ARN and a star at its end (R-13)", POLICY_SCP,
      ON_RESOURCE("\"arn:aws:s3:*\""), NULL, NULL },
    { "RCP (G-8)", POLICY_RCP,
      DOC("{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"*\"}"), NULL,
      NULL },
    { "RCP that allows (G-8)", POLICY_RCP, ALLOW("\"Principal\":\"*\"," GOOD), SYNTAX,
      "only denies" },
    { "RCP for one principal (G-8)", POLICY_RCP,
      DOC("{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"111122223333\"}," GOOD "}"), SYNTAX,
      NULL },
    { "RCP for all actions (G-8)", POLICY_RCP,
      DOC("{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}"), SYNTAX,
      NULL },
    { "RCP with NotAction (G-8)", POLICY_RCP,
      DOC("{\"Effect\":\"Deny\",\"Principal\":\"*\",\"NotAction\":\"s3:x\",\"Resource\":\"*\"}"),
      SYNTAX, NULL },
    { "RCP with a short ARN (R-13)", POLICY_RCP,
      DOC("{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:x\",\"Resource\":\"arn:aws:s3:"
          "*\"}"),
      SYNTAX, NULL },
};

static void check_row(size_t i, struct arena *arena)
{
    const struct policy_document *doc;
    struct policy_refusal why = { .offset = 0 };
    enum rc rc = policy_parse(rows[i].kind, str_cstr(rows[i].text), arena, &doc, &why);
    size_t at;

    if (rows[i].message == NULL) {
        if (rc != RC_OK) {
            fail_msg("%s: refused: %.*s (%.*s)", rows[i].name, FMT(why.message), FMT(why.detail));
        }
        return;
    }
    if (rc != RC_SYNTAX) {
        fail_msg("%s: %s", rows[i].name, rc_name(rc));
    }
    if (!str_eq(why.message, str_cstr(rows[i].message))) {
        fail_msg("%s: \"%.*s\" (%.*s)", rows[i].name, FMT(why.message), FMT(why.detail));
    }
    assert_str(why.code, "MalformedPolicyDocument");
    if (rows[i].detail != NULL && !str_find(why.detail, str_cstr(rows[i].detail), &at)) {
        fail_msg("%s: detail \"%.*s\"", rows[i].name, FMT(why.detail));
    }
}

static void refusals(void **state UNUSED)
{
    struct arena arena;

    arena_init(&arena, &heap, 1u << 16, 1u << 24);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_row(i, &arena);
        arena_reset(&arena);
    }
    arena_done(&arena);
}

static void refusal_says_where(void **state UNUSED)
{
    struct arena arena;
    const struct policy_document *doc;
    struct policy_refusal why;
    str text = STR("{\"Version\":\"2012-10-17\",\n \"Statement\":[\n  {\"Effect\":\"Allow\",\n"
                   "   \"Action\":\"GetObject\",\"Resource\":\"*\"}]}");

    arena_init(&arena, &heap, 1u << 16, 1u << 24);
    assert_int_equal(policy_parse(POLICY_IDENTITY, text, &arena, &doc, &why), RC_SYNTAX);
    assert_int_equal(why.line, 4);
    assert_int_equal(why.column, 13);
    assert_int_equal(text.ptr[why.offset], '"');
    arena_done(&arena);
}

static void deep_nesting_is_a_limit(void **state UNUSED)
{
    struct arena arena;
    const struct policy_document *doc;
    struct policy_refusal why;
    static char text[20001];

    memset(text, '[', 10000);
    memset(text + 10000, ']', 10000);
    arena_init(&arena, &heap, 1u << 16, 1u << 24);
    assert_int_equal(policy_parse(POLICY_IDENTITY, str_cstr(text), &arena, &doc, &why), RC_LIMIT);
    assert_str(why.code, "MalformedPolicyDocument");
    assert_str(why.message, SYNTAX);
    assert_str(why.detail, "nesting too deep");
    arena_done(&arena);
}

/* G-6 */
static void size_leaves_white_space_out(void **state UNUSED)
{
    assert_int_equal(policy_size(STR("{ \"a b\" :\t1,\r\n\"c\": \"\xC3\xA9\" }")), 16);
    assert_int_equal(policy_size(STR("")), 0);
}

/* Read and printed, the text is the same but for white space between its parts. */
static bool prints_back(str text, struct arena *scratch)
{
    static const struct json_limits limits = { 32, 1u << 16 };
    buf printed = buf_arena(scratch, 1u << 20), squeezed = buf_arena(scratch, 1u << 20);
    struct json *json;
    struct json_error at;
    bool quoted = false;

    assert_ok(json_parse(text, &limits, scratch, &json, &at));
    json_print(json, false, &printed);
    for (size_t i = 0; i < text.len; i++) { /* no escapes in what AWS publishes */
        quoted = quoted != (text.ptr[i] == '"');
        if (quoted || !ascii_is_space(text.ptr[i])) {
            buf_add(&squeezed, str_slice(text, i, 1));
        }
    }
    return printed.err == RC_OK && str_eq(buf_str(&printed), buf_str(&squeezed));
}

/* Everything AWS publishes can be stored, with the facts beside the project when they are there. */
static void managed_policies_are_taken(void **state UNUSED)
{
    const char *shared = getenv("MANTLE_SHARED"), *root = getenv("MANTLE_SOURCE_ROOT");
    struct arena arena, scratch;
    char path[1024];
    str text, line;
    size_t count = 0;

    (void)snprintf(path, sizeof(path), "%s%s/facts/aws-managed-policies.jsonl",
                   shared != NULL ? shared
                   : root != NULL ? root
                                  : ".",
                   shared != NULL ? "" : "/../shared");
    arena_init(&arena, &heap, 1u << 20, 64u << 20);
    arena_init(&scratch, &heap, 1u << 18, 64u << 20);
    if (file_read(path, &arena, &text) != RC_OK) {
        arena_done(&arena);
        arena_done(&scratch);
        print_message("no facts beside the project\n");
        return;
    }
    while (take_item(&text, '\n', &line)) {
        static const struct json_limits limits = { 32, 1u << 16 };
        struct json *json;
        struct json_error at;
        const struct json *doc_json;
        const struct policy_document *doc;
        const struct policy_set *set;
        struct policy_refusal why;
        str doc_text;
        assert_ok(json_parse(line, &limits, &scratch, &json, &at));
        doc_json = json_member(json, STR("document"));
        assert_non_null(doc_json);
        doc_text = doc_json->type == JSON_STRING
                       ? doc_json->text
                       : str_slice(line, doc_json->span.offset,
                                   doc_json->span.end - doc_json->span.offset);
        if (policy_parse(POLICY_IDENTITY, doc_text, &scratch, &doc, &why) != RC_OK) {
            fail_msg("%.*s: %.*s (%.*s)", FMT(json_member(json, STR("name"))->text),
                     FMT(why.message), FMT(why.detail));
        }
        assert_ok(policy_compile(&(struct policy_source){ .doc = doc }, 1, &scratch, &set));
        assert_true(prints_back(doc_text, &scratch));
        arena_reset(&scratch);
        count++;
    }
    assert_true(count > 1000);
    arena_done(&scratch);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals),
        cmocka_unit_test(refusal_says_where),
        cmocka_unit_test(deep_nesting_is_a_limit),
        cmocka_unit_test(size_leaves_white_space_out),
        cmocka_unit_test(managed_policies_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
