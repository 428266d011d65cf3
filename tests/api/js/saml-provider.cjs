// A real SAML provider (npm saml-idp) on a free port of 127.0.0.1 for tests/api/test_saml_real_providers.py:
// the options of its command line as JSON in the first argument; prints its address, serves until standard
// input ends.
const http = require("node:http");

const listen = http.Server.prototype.listen;
http.Server.prototype.listen = function (...args) {
  this.once("listening", () => process.stdout.write(`http://127.0.0.1:${this.address().port}\n`));
  return listen.apply(this, args);
};
console.log = () => {};
require("saml-idp").runServer({ host: "127.0.0.1", port: 0, ...JSON.parse(process.argv[2]) });
process.stdin.resume().on("end", () => process.exit(0));
