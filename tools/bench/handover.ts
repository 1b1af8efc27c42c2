import { webService } from "../../test/support/web.ts";
import { labHosts } from "../../test/support/containers.ts";
import { TestStack } from "../../test/support/stack.ts";
import { measure, type Measurement } from "./measurement.ts";

/** This project's release on the lab's hosts. */
export async function handoverRelease(): Promise<Measurement> {
  const stack = await TestStack.create();
  try {
    const { hosts, loadBalancer } = await stack.config();
    await stack.configure({ services: { web: webService("v1") } });
    await stack.up();
    await stack.configure({ services: { web: webService("v2") } });
    return await measure({
      name: "Handover",
      hosts: labHosts(hosts),
      stack: stack.name,
      load: { url: `http://${hosts[loadBalancer.hosts[0] ?? ""]?.address}` },
      oldImage: "handover-example:v1",
      oldReplicas: 5,
      run: () => stack.up(),
    });
  } finally {
    await stack.destroy();
    await stack.remove();
  }
}
