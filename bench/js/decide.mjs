// The decision of bench/decide.c's first shape (3 policies x 10 statements, one condition, the match
// last) by other evaluators. Prints one JSON line: name -> nanoseconds per decision, the median of
// rounds. Each first answers once, and has to allow.
import { createRequire } from "node:module";
import { runSimulation } from "@cloud-copilot/iam-simulate";

const cedar = createRequire(import.meta.url)("@cedar-policy/cedar-wasm/nodejs");
const ROUNDS = 9;

function statement(policy, s) {
  if (policy === 2 && s === 9) {
    return { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::orders/*",
      Condition: { StringEquals: { "aws:PrincipalTag/team": "red" } } };
  }
  return { Effect: "Allow", Action: [`ec2:Get*`, `dynamodb:Op${s}*`, `sqs:Send${s}*`],
    Resource: `arn:aws:sqs:*:111122223333:q${s}-*` };
}

const simulation = {
  identityPolicies: [0, 1, 2].map((p) => ({ name: `policy${p}`, policy: {
    Version: "2012-10-17", Statement: [...Array(10).keys()].map((s) => statement(p, s)) } })),
  serviceControlPolicies: [],
  resourceControlPolicies: [],
  request: {
    principal: "arn:aws:iam::111122223333:role/app",
    action: "s3:GetObject",
    resource: { resource: "arn:aws:s3:::orders/red/2026/07/31.json", accountId: "111122223333" },
    contextVariables: { "aws:PrincipalTag/team": "red", "aws:SourceIp": "10.1.2.3",
      "aws:CurrentTime": "2026-06-01T00:00:00Z", "aws:SecureTransport": "true" },
  },
};

// The same thirty rules in Cedar: an entity for each action, ARNs as attributes with `like`.
const cedarRules = [];
for (let p = 0; p < 3; p++) {
  for (let s = 0; s < 10; s++) {
    cedarRules.push(p === 2 && s === 9
      ? `permit(principal, action == Action::"s3:GetObject", resource)
         when { resource.arn like "arn:aws:s3:::orders/*" && context.team == "red" };`
      : `permit(principal, action in [Action::"dynamodb:Op${s}", Action::"sqs:Send${s}"], resource)
         when { resource.arn like "arn:aws:sqs:*:111122223333:q${s}-*" };`);
  }
}
const call = {
  principal: { type: "Role", id: "app" },
  action: { type: "Action", id: "s3:GetObject" },
  resource: { type: "Resource", id: "orders" },
  context: { team: "red", ip: "10.1.2.3" },
  entities: [{ uid: { type: "Resource", id: "orders" }, parents: [],
    attrs: { arn: "arn:aws:s3:::orders/red/2026/07/31.json" } }],
};
const policies = { staticPolicies: cedarRules.join("\n") };

function must(right, what) {
  if (!right) {
    throw new Error(`${what} did not allow`);
  }
}

async function median(times, step) {
  const rounds = [];
  for (let r = 0; r < ROUNDS; r++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < times; i++) {
      await step();
    }
    rounds.push(Number(process.hrtime.bigint() - start) / times);
  }
  return rounds.sort((a, b) => a - b)[ROUNDS >> 1];
}

const allowed = (answer) => answer.type === "success" && answer.response.decision === "allow";
const simulated = await runSimulation(simulation, {});
must(JSON.stringify(simulated).includes('"Allowed"'), "iam-simulate");
must(allowed(cedar.isAuthorized({ ...call, policies })), "cedar");
must(cedar.preparsePolicySet("bench", policies).type === "success", "cedar's parser");
const stateful = { ...call, preparsedPolicySetId: "bench" };
must(allowed(cedar.statefulIsAuthorized(stateful)), "cedar, parsed before,");

console.log(JSON.stringify({
  simulate: await median(50, () => runSimulation(simulation, {})),
  cedar: await median(200, () => cedar.isAuthorized({ ...call, policies })),
  cedar_parsed: await median(1000, () => cedar.statefulIsAuthorized(stateful)),
}));
