import { labHost } from "./lab/hosts.ts";
import { killHost, labDown, labStatus, labUp, startHost } from "./lab/lab.ts";
import { setUp } from "./setup/setUp.ts";

/** `npm run lab up|down|status|kill <host>|start <host>`: real Docker hosts on this machine. */
const usage = `Usage: npm run lab <command>

  up            starts five hosts, each with an address and a Docker Engine of its own
  down          takes them down; nothing is left
  status        says which of them answer
  kill <host>   a power cut
  start <host>  switches a host on again, with what its disk has`;

const commands: Record<string, (host?: string) => Promise<unknown>> = {
  async up() {
    await setUp();
    await labUp();
    await printStatus();
  },
  down: labDown,
  status: printStatus,
  kill: (host) => killHost(labHost(host)),
  start: (host) => startHost(labHost(host)),
};

const [name = "", host] = process.argv.slice(2);
const command = commands[name];
if (!command) {
  console.error(usage);
  process.exit(2);
}
try {
  await command(host);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

async function printStatus(): Promise<void> {
  const { hosts } = await labStatus();
  for (const { name, address, docker, up } of hosts) {
    console.log(`${name}  ${address}  ${up ? "up  " : "down"}  ${docker}`);
  }
}
