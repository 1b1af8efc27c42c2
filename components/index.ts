export { Deployment, type DeploymentArgs } from "./deployment.ts";
export { LoadBalancer, type LoadBalancerArgs } from "./edge/loadBalancer.ts";
export { Host } from "./host/host.ts";
export { HostPool, type HostPoolArgs } from "./host/hostPool.ts";
export { pinnedImage } from "./image/pinnedImage.ts";
export { ReplicaSet, type Replica, type ReplicaSetArgs } from "./replicaSet/replicaSet.ts";
export type { Phase, ReportedReplica, ReportedTraffic, RolloutReport } from "./rollout/report.ts";
export type * from "./types.ts";
