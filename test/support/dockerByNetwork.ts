import type { LabHost } from "../../tools/lab/hosts.ts";
import { OnHost } from "./onHost.ts";

const port = 2375;

const program = `
  const net = require("node:net");
  const [address, socket] = process.argv.slice(1);
  net
    .createServer((client) => {
      const engine = net.connect(socket);
      client.pipe(engine).pipe(client);
      client.on("error", () => engine.destroy());
      engine.on("error", () => client.destroy());
    })
    .listen(${port}, address, () => console.log("listens"));
`;

/** Lets a host's Docker Engine be reached over its cable, as every real one is. */
export async function dockerByNetwork(host: LabHost): Promise<{ endpoint: string; forwarder: OnHost }> {
  const forwarder = await OnHost.run(host, program, host.address, host.docker.replace("unix://", ""));
  return { endpoint: `tcp://${host.address}:${port}`, forwarder };
}
