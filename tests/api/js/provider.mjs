// A real OpenID Connect provider (npm oidc-provider) on a free port of 127.0.0.1 for
// tests/api/test_oidc_real_provider.py: prints its issuer, serves until standard input ends. Clients get
// access tokens that are JWTs, as workloads do, by the client credentials grant.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const server = createServer();
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const issuer = `http://127.0.0.1:${server.address().port}`;
const { generateKeyPair, exportJWK } = await import("jose");
const keys = [];
for (const alg of ["RS256", "ES256"]) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  keys.push({ ...(await exportJWK(privateKey)), alg, use: "sig", kid: `key-${alg}` });
}
const provider = new Provider(issuer, {
  jwks: { keys },
  clients: [{ client_id: "workload", client_secret: "secret", grant_types: ["client_credentials"],
              redirect_uris: [], response_types: [] }],
  cookies: { keys: ["for tests"] },
  scopes: ["api"],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => "urn:sts",
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx) => ({
        scope: "api", audience: "sts.amazonaws.com", accessTokenFormat: "jwt", accessTokenTTL: 120,
        jwt: { sign: { alg: new URLSearchParams(ctx.querystring).get("alg") ?? "RS256" } },
      }),
    },
  },
  extraTokenClaims: () => ({ team: "blue" }),
});
server.on("request", provider.callback());
console.log(issuer);
process.stdin.resume().on("end", () => process.exit(0));
