/** The names of the labels that everything created by Handover carries. */
export const label = {
  project: "handover.project",
  stack: "handover.stack",
  host: "handover.host",
  /** The Docker Engine's own id: tells a machine from its replacement under the same address. */
  daemon: "handover.daemon",
  /** `replica`, `gateway`, `edge`, `edge-state` or `network`. */
  role: "handover.role",
  service: "handover.service",
  replica: "handover.replica",
  revision: "handover.revision",
} as const;
