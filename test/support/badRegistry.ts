import type { LabHost } from "../../tools/lab/hosts.ts";
import { OnHost } from "./onHost.ts";

/** What becomes of a pull. */
export type Misbehaviour = "hangs" | "answers 500" | "does not have it";

/** Where it listens: on a host's own loopback, because from there Docker takes images without TLS. */
const port = 5000;

const program = `
  const status = { "answers 500": 500, "does not have it": 404 }[process.argv[1]];
  require("node:http")
    .createServer((asked, answer) => {
      console.log(asked.url);
      if (asked.url === "/v2/") answer.end("{}");
      else if (status) answer.writeHead(status).end();
    })
    .listen(${port}, "127.0.0.1", () => console.log("listens"));
`;

/** The name that an image has in a registry on a host's own loopback. */
export function imageInRegistry(name: string): string {
  return `127.0.0.1:${port}/${name}`;
}

/** A registry on one host of the lab, for that host alone, that misbehaves. Writes what it is asked for. */
export function badRegistry(host: LabHost, misbehaviour: Misbehaviour): Promise<OnHost> {
  return OnHost.run(host, program, misbehaviour);
}
