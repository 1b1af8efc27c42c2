import * as pulumi from "@pulumi/pulumi";
import {
  loadStackConfig,
  platformElsewhere,
  secretEnvironment,
  type ParsedStackConfig,
} from "./components/config/stackConfig.ts";
import {
  HostPool,
  LoadBalancer,
  pinnedImage,
  Platform,
  platformDocument,
  ReplicaSet,
} from "./components/index.ts";

// Pulumi's SDK takes a stack trace for every promise, and looks every line of it up in source maps: a third of a preview.
// Node strips the types of this program and leaves its lines where they are, so there is nothing to look up.
Reflect.deleteProperty(Error, "prepareStackTrace");

const config = loadStackConfig();
/** What each service runs, with its digest where a registry has told it; the next preview falls back on it. */
export const images = Object.fromEntries(
  Object.entries(config.services).map(([name, { image }]) => [name, pinnedImage(image)]),
);
const platformStack = platformElsewhere(config.platform, pulumi.getStack());
const own = platformStack === undefined ? ownPlatform(config) : undefined;
const { hostPool, loadBalancer } = own ?? (await Platform.of(platformStack!));
const services = Object.entries(config.services).map(
  ([name, { secretEnv, ...service }]) =>
    [
      name,
      new ReplicaSet(name, {
        ...service,
        image: images[name] ?? service.image,
        env: { ...service.env, ...secretEnvironment(secretEnv) },
        hostPool,
        loadBalancer,
      }),
    ] as const,
);

/** Hosts and edges, for the stacks of other services; of a stack that is a platform. Pulumi warns of what is undefined. */
export const platform = own && config.platform ? platformDocument(own.hostPool, own.loadBalancer) : null;
/** Where clients reach the services. */
export const urls = loadBalancer.urls;
/** Where each replica runs. */
export const replicas = Object.fromEntries(services.map(([name, service]) => [name, service.replicas]));
/** What the last rollout of each service did. */
export const rollouts = Object.fromEntries(services.map(([name, service]) => [name, service.report]));

function ownPlatform({ hosts, haproxyImage, gatewayKeyVersion, loadBalancer }: ParsedStackConfig) {
  const hostPool = new HostPool("hosts", { hosts, haproxyImage, gatewayKeyVersion });
  return { hostPool, loadBalancer: new LoadBalancer("edge", { hostPool, ...loadBalancer }) };
}
