import * as pulumi from "@pulumi/pulumi";

/** A resource as the program asked the engine for it, options included (which Pulumi's own mocks do not show). */
export interface Registered {
  urn: string;
  type: string;
  name: string;
  parent: string;
  provider: string;
  inputs: Record<string, unknown>;
  dependencies: string[];
  deletedWith: string;
  /** `undefined` where the program did not say, which is not the same as false. */
  deleteBeforeReplace: boolean | undefined;
  /** How long its creation may take. */
  createWithin: string | undefined;
  additionalSecretOutputs: string[];
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getObject(): { toJavaScript(): Record<string, unknown> };
  getDependenciesList(): string[];
  getDeletedwith(): string;
  getDeletebeforereplace(): boolean;
  getDeletebeforereplacedefined(): boolean;
  getCustomtimeouts(): { getCreate(): string } | undefined;
  getAdditionalsecretoutputsList(): string[];
}

/**
 * Runs a program against Pulumi's mocks and returns what it registered. In a preview nothing that an engine or a
 * provider computes is known.
 */
export async function runProgram(
  program: () => unknown,
  { preview = false, stack = "test" }: { preview?: boolean; stack?: string } = {},
): Promise<Registered[]> {
  await pulumi.runtime.setMocks(
    {
      call: ({ inputs }) => inputs,
      newResource: ({ name, type, inputs }) => ({
        id: preview ? undefined : `${name}-id`,
        state: preview ? inputs : { ...inputs, ...computed(type, name, inputs) },
      }),
    },
    "handover",
    stack,
    preview,
  );
  const registered: Registered[] = [];
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource(
      request: RegisterRequest,
      done: (error: unknown, answer: { getUrn(): string }) => void,
    ): void;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, done) =>
    register(request, (error, answer) => {
      registered.push(describe(request, answer?.getUrn() ?? ""));
      done(error, answer);
    });
  await program();
  await pulumi.runtime.disconnect();
  return registered;
}

function computed(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  switch (type) {
    case "command:local:Command":
      return { stdout: "{}", stderr: "" };
    case "docker:index/network:Network":
      return { name: `${name}-0000000`, ipamConfigs: [{ subnet: "172.30.0.0/16" }] };
    default:
      return { name: inputs["name"] ?? `${name}-0000000` };
  }
}

function describe(request: RegisterRequest, urn: string): Registered {
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    provider: request.getProvider(),
    inputs: request.getObject().toJavaScript(),
    dependencies: request.getDependenciesList(),
    deletedWith: request.getDeletedwith(),
    createWithin: request.getCustomtimeouts()?.getCreate() || undefined,
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  };
}
