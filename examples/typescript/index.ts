import { Config } from "@pulumi/pulumi";
import { HostPool, LoadBalancer, ReplicaSet } from "handover";

const config = new Config();
const hostPool = new HostPool("hosts", {
  hosts: {
    h1: { address: "10.0.0.11", docker: "ssh://deploy@10.0.0.11" },
    h2: { address: "10.0.0.12", docker: "ssh://deploy@10.0.0.12" },
  },
});
const loadBalancer = new LoadBalancer("edge", { hostPool, hosts: ["h1"], port: 80 });
const web = new ReplicaSet("web", {
  hostPool,
  loadBalancer,
  image: "registry.example.com/acme/web:1.4",
  replicas: 4,
  healthCheck: { path: "/healthz" },
  env: { LOG_LEVEL: "info", DATABASE_URL: config.requireSecret("databaseUrl") },
});

export const urls = loadBalancer.urls;
export const replicas = web.replicas;
export const report = web.report;
