// Pulumi loads a policy pack with require() and waits for what it exports: in a checkout the source, in an installed
// package what was built of it.
const { existsSync } = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const source = path.join(__dirname, "pack.ts");
const built = path.join(__dirname, "../dist/policy/pack.js");
module.exports = import(pathToFileURL(existsSync(source) ? source : built));
