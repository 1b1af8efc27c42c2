import { readFileSync } from "node:fs";

/** The places inside an edge's container. */

/** A volume: what is committed, and what a restart of the edge begins with. */
export const stateDirectory = "/var/lib/handover";
/**
 * A link to the committed set of files, in `sets/<number>` beside it. A new set is made whole and takes effect with the
 * one rename of this link, so that a restart finds the old set or the new one, and never a mixture. HAProxy runs in this
 * directory: file names in its configuration are relative to it.
 */
const currentSet = `${stateDirectory}/current`;
/** The part of the configuration that belongs to the edge itself and not to a service. */
export const baseConfigPath = "/etc/handover/base.cfg";
export const runDirectory = "/run/handover";
export const statsSocket = `${runDirectory}/stats.sock`;
export const masterSocket = `${runDirectory}/master.sock`;
/** An empty directory, which is all of the file system that HAProxy sees while it serves. */
export const emptyDirectory = `${runDirectory}/empty`;

/** How long a connection to a gateway may take to open, in seconds. */
export const connectsWithinSeconds = 1;

/** What requests for a service that is paused wait in: HAProxy runs it. */
export const waitScriptPath = `${runDirectory}/wait.lua`;

const waitScript = readFileSync(new URL("wait.lua", import.meta.url), "utf8");
const guard = readFileSync(new URL("guard.pl", import.meta.url), "utf8");
if (guard.includes("'")) throw new Error("guard.pl stands between single quotes");

/** Puts in place what the base configuration names. */
export const prepareScript = [
  `mkdir -p ${emptyDirectory}`,
  `cat >${waitScriptPath} <<'END OF LUA'`,
  `${waitScript.trimEnd()}`,
  "END OF LUA",
].join("\n");

/** What the container runs. HAProxy loads the base configuration, and then every `*.cfg` of the committed set. */
export const edgeScript = [
  "set -eu",
  prepareScript,
  `if [ ! -e ${currentSet} ]; then`,
  `  mkdir -p ${stateDirectory}/sets/0`,
  `  : >${stateDirectory}/sets/0/routes.map`,
  `  ln -s sets/0 ${currentSet}`,
  "fi",
  // A set of an earlier version has none.
  `[ -e ${currentSet}/holds.map ] || : >${currentSet}/holds.map`,
  // A second more, because HAProxy rounds.
  `perl -e '${guard}' ${statsSocket} ${connectsWithinSeconds + 1} &`,
  `exec haproxy -W -db -S ${masterSocket},mode,600 -C ${currentSet} -f ${baseConfigPath} -f ${currentSet}`,
].join("\n");
