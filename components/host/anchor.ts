import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { program, programFolder } from "../command.ts";
import { registered } from "../registered.ts";

/**
 * Stands for a machine. Everything of this stack that runs on the host is deleted with it, so that the engine never calls
 * a host that has been marked lost.
 */
export function hostAnchor(
  name: string,
  { host, docker, daemon }: { host: string; docker: string; daemon: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  return registered(
    command.local.Command,
    name,
    {
      ...programFolder(),
      create: program("anchor"),
      // Only the first registration of a host clears it: what runs there later is in use.
      update: "true",
      delete: program("anchor", "delete"),
      stdin: pulumi.jsonStringify({
        project: pulumi.getProject(),
        stack: pulumi.getStack(),
        host,
        docker,
        daemon,
      }),
      logging: command.local.Logging.Stderr,
    },
    opts,
  );
}
