// Runs calls of the AWS SDK for JavaScript v3 for tests/api/clients.py: one JSON request per line in,
// one JSON answer per line out, in the same order. One process serves all calls of a test worker.
import * as iam from "@aws-sdk/client-iam";
import * as sts from "@aws-sdk/client-sts";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const sdk = { iam, sts };
const clients = new Map();

function clientOf({ service, url, ca, credentials }) {
  const key = JSON.stringify([service, url, credentials]);
  if (!clients.has(key)) {
    if (clients.size > 200) {
      clients.forEach((client) => client.destroy());
      clients.clear();
    }
    const Client = service === "iam" ? iam.IAMClient : sts.STSClient;
    clients.set(key, new Client({
      endpoint: url,
      region: "us-east-1",
      credentials,
      maxAttempts: 1,
      requestHandler: ca ? { httpsAgent: { ca: readFileSync(ca) } } : {},
    }));
  }
  return clients.get(key);
}

async function perform(request) {
  const client = clientOf(request);
  const { kind, service, operation, input } = request;
  if (kind === "pages") {
    const pages = [];
    for await (const page of sdk[service][`paginate${operation}`]({ client, pageSize: request.size }, input)) {
      pages.push(page);
    }
    return pages;
  }
  if (kind === "wait") {
    const waited = await sdk[service][`waitUntil${operation}`](
      { client, maxWaitTime: 10, minDelay: 1, maxDelay: 1 }, input);
    return waited.state;
  }
  return client.send(new sdk[service][`${operation}Command`](input));
}

function whatWentWrong(error) {
  return {
    code: error.Code ?? error.Error?.Code ?? error.name,
    message: error.message || error.Error?.Message || "",
    status: error.$metadata?.httpStatusCode ?? null,
    requestId: error.$metadata?.requestId ?? null,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { ok: await perform(JSON.parse(line)) };
  } catch (error) {
    answer = { error: whatWentWrong(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
