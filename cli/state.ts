import type { HostDocument, RolloutDocument } from "../components/rollout/document.ts";
import type { RolloutReport } from "../components/rollout/report.ts";
import { label } from "../components/labels.ts";

/** A service as its last rollout that succeeded left it: what is wanted until the next one. */
export interface ServiceState {
  name: string;
  document: RolloutDocument;
  report: RolloutReport | undefined;
}

/** A host that the stack uses. */
export interface HostState {
  name: string;
  docker: string;
}

/** A container that the stack's state knows. */
export interface KnownContainer {
  name: string;
  role: string;
  host: string;
  service: string;
  image: string;
  /** The engine removes it at the end of the next update that succeeds. */
  leaving: boolean;
}

/** What the stack's state says, as far as an operator cares. No secret is in it. */
export interface StackState {
  project: string;
  stack: string;
  services: ServiceState[];
  hosts: HostState[];
  containers: KnownContainer[];
  /** What an update that was killed was about to do: `creating web-h3`. */
  interrupted: string[];
}

interface Resource {
  urn: string;
  type: string;
  delete?: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** What `pulumi stack export` prints. */
export interface ExportedStack {
  deployment?: {
    resources?: Resource[];
    pending_operations?: { resource: Resource; type: string }[];
  } | null;
}

/** Reads an exported state. Resources that are not Handover's are passed over. */
export function readState(exported: ExportedStack, project: string, stack: string): StackState {
  const { resources = [], pending_operations: pending = [] } = exported.deployment ?? {};
  const services = resources.flatMap(readService);
  const hosts = new Map<string, HostState>();
  for (const { name, docker } of services.flatMap(({ document }) => usedHosts(document)))
    hosts.set(name, { name, docker });
  for (const anchor of resources.flatMap(readAnchor)) hosts.set(anchor.name, anchor);
  return {
    project,
    stack,
    services: services.sort((a, b) => (a.name < b.name ? -1 : 1)),
    hosts: [...hosts.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    containers: resources.flatMap(readContainer),
    interrupted: (pending ?? []).map(({ type, resource }) => `${type} ${nameOf(resource)}`),
  };
}

/** Of a platform's hosts only those that a service runs on, and those of the edges, are a service's stack's to look at. */
function usedHosts({ hosts, uses, edges }: RolloutDocument): HostDocument[] {
  if (uses === undefined) return hosts;
  return hosts.filter(({ name }) => uses.includes(name) || edges.some(({ host }) => host === name));
}

/** The gateway's address of each host, where a rollout has told it. */
export function hostDocuments({ services }: StackState): Map<string, HostDocument> {
  return new Map(services.flatMap(({ document }) => document.hosts.map((host) => [host.name, host])));
}

function nameOf({ urn }: Resource): string {
  return urn.split("::").at(-1) ?? urn;
}

const commandType = "command:local:Command";

function readService(resource: Resource): ServiceState[] {
  if (resource.type !== commandType || resource.delete || !nameOf(resource).endsWith("-rollout")) return [];
  const document = fromJson<RolloutDocument>(resource.inputs?.["stdin"]);
  if (!document?.service || !document.servers) return [];
  const report = fromJson<RolloutReport>(resource.outputs?.["stdout"]);
  return [{ name: document.service, document, report }];
}

function readAnchor(resource: Resource): HostState[] {
  if (resource.type !== commandType || resource.delete || !nameOf(resource).endsWith("-anchor")) return [];
  const anchor = fromJson<{ host?: string; docker?: string }>(resource.inputs?.["stdin"]);
  return anchor?.host && anchor.docker ? [{ name: anchor.host, docker: anchor.docker }] : [];
}

function readContainer({ type, inputs, outputs, delete: leaving = false }: Resource): KnownContainer[] {
  if (type !== "docker:index/container:Container") return [];
  const labels = new Map(
    ((inputs?.["labels"] ?? []) as { label: string; value: string }[]).map((each) => [
      each.label,
      each.value,
    ]),
  );
  const name = inputs?.["name"] ?? outputs?.["name"];
  const role = labels.get(label.role);
  if (typeof name !== "string" || !role) return [];
  const image = inputs?.["image"];
  return [
    {
      name,
      role,
      host: labels.get(label.host) ?? "",
      service: labels.get(label.service) ?? "",
      image: typeof image === "string" ? image : "",
      leaving,
    },
  ];
}

/** What is encrypted, or not there yet, is no text. */
function fromJson<T>(text: unknown): T | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
