import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request, type Agent, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { execa } from "execa";
import { gatewayConfig, gatewayListenPort } from "../../../components/host/gatewayConfig.ts";
import { docker as engine, haproxyImage } from "../../support/edgeContainer.ts";

const exampleImage = "handover-example:v1";

/** Answers each request with its own head; what asks for `/cut` gets no answer at all. Says what it was asked. */
const witness = `
  use Socket;
  $| = 1;
  socket(my $server, PF_INET, SOCK_STREAM, 0);
  setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($server, sockaddr_in(8080, INADDR_ANY)) and listen($server, 10) or die;
  while (accept(my $peer, $server)) {
    my $head = '';
    while (<$peer>) { last if /^\\r?$/; $head .= $_; }
    print "$1\\n" if $head =~ /^(.*) HTTP/;
    print $peer "HTTP/1.1 200 OK\\r\\nx-gateway: forged\\r\\nconnection: close\\r\\ncontent-length: " . length($head) . "\\r\\n\\r\\n$head"
      unless $head =~ m{ /cut};
    close($peer);
  }`;

export interface GatewayAnswer {
  status: number;
  /** What the gateway says of itself. */
  gateway: string | undefined;
  body: string;
}

export interface GatewayQuestion {
  replica?: string;
  /** @default the right one */
  key?: string | null;
  path?: string;
  method?: string;
  headers?: OutgoingHttpHeaders;
  agent?: Agent;
}

/** A real gateway on a bridge network of its own, with the replicas that it leads to. */
export class GatewayUnderTest {
  readonly key = "the right key";
  readonly formerKey = "the former key";
  private readonly id = `handover-test-${randomBytes(4).toString("hex")}`;
  private readonly containers: string[] = [];
  private directory = "";
  private port = 0;

  async start(): Promise<this> {
    this.directory = await mkdtemp(join(tmpdir(), "handover-gateway-"));
    const config = join(this.directory, "gateway.cfg");
    await writeFile(config, gatewayConfig());
    await docker("network", "create", this.id);
    await docker("network", "create", this.name("elsewhere"));
    const subnet = await docker(
      "network",
      "inspect",
      "--format",
      "{{(index .IPAM.Config 0).Subnet}}",
      this.id,
    );
    const environment = [
      ...[
        "--env",
        `HANDOVER_GATEWAY_KEY=${this.key}`,
        "--env",
        `HANDOVER_FORMER_GATEWAY_KEY=${this.formerKey}`,
      ],
      ...["--env", `HANDOVER_SUBNET=${subnet}`],
    ];
    const files = ["--volume", `${config}:/gateway.cfg:ro`];
    const published = ["--publish", `127.0.0.1::${gatewayListenPort}`];
    const haproxy = ["--entrypoint", "haproxy", haproxyImage, "-W", "-db", "-f", "/gateway.cfg"];
    await this.run("gateway", [...environment, ...files, ...published, ...haproxy]);
    await docker("network", "connect", this.name("elsewhere"), this.name("gateway"));
    this.port = Number(
      (await docker("port", this.name("gateway"), `${gatewayListenPort}`)).split(":").at(-1),
    );
    return this;
  }

  /** The name of a container or network of this test. */
  name(part: string): string {
    return `${this.id}-${part}`;
  }

  async example(part: string, network = this.id): Promise<void> {
    await this.run(part, ["--hostname", part, exampleImage], network);
  }

  async witness(part: string): Promise<void> {
    await this.run(part, ["--entrypoint", "perl", haproxyImage, "-e", witness]);
  }

  /** Gives a container another address, as a restart may. */
  async move(part: string): Promise<void> {
    const before = await this.address(part);
    await docker("network", "disconnect", this.id, this.name(part));
    // An engine that gives out the lowest free address would give it the same one again.
    await this.example("in-its-place");
    await docker("network", "connect", this.id, this.name(part));
    if ((await this.address(part)) === before) throw new Error("it has the same address");
  }

  async output(part: string): Promise<string[]> {
    return (await docker("logs", this.name(part))).split("\n");
  }

  async ask({
    replica,
    key = this.key,
    path = "/",
    method = "GET",
    headers,
    agent,
  }: GatewayQuestion): Promise<GatewayAnswer> {
    const given = {
      ...(replica && { "x-replica": replica }),
      ...(key !== null && { "x-gateway-key": key }),
      ...headers,
    };
    const asked = request({
      host: "127.0.0.1",
      port: this.port,
      path,
      method,
      headers: given,
      agent: agent ?? false,
    }).end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    const gateway = response.headers["x-gateway"]?.toString();
    return { status: response.statusCode ?? 0, gateway, body: await text(response) };
  }

  /** Tells the gateway to stop, as the engine does that replaces it. */
  async stop(): Promise<void> {
    await docker("kill", "--signal", "USR1", this.name("gateway"));
  }

  async runs(): Promise<boolean> {
    return (await docker("inspect", "--format", "{{.State.Running}}", this.name("gateway"))) === "true";
  }

  async remove(): Promise<void> {
    await docker("rm", "--force", "--volumes", ...this.containers);
    await docker("network", "rm", this.id, this.name("elsewhere"));
    await rm(this.directory, { recursive: true });
  }

  private async run(part: string, args: string[], network = this.id): Promise<void> {
    this.containers.push(this.name(part));
    await docker("run", "--detach", "--name", this.name(part), "--network", network, ...args);
  }

  async address(part: string): Promise<string> {
    const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    return docker("inspect", "--format", format, this.name(part));
  }
}

async function docker(...args: string[]): Promise<string> {
  return (await execa("docker", ["-H", engine, ...args])).stdout;
}
