import { PolicyPack, type EnforcementLevel } from "@pulumi/policy";
import { rules, type Service } from "./rules.ts";

/** What every rule is unless `--policy-pack-config` says otherwise. */
const enforcementLevel: EnforcementLevel = "mandatory";

new PolicyPack("handover", {
  enforcementLevel,
  policies: rules.map(({ name, description, violations }) => ({
    name,
    description,
    validateResource({ type, name: service, props }, report) {
      if (type !== "handover:index:ReplicaSet") return;
      for (const violation of violations(props as Service)) report(`service ${service}: ${violation}`);
    },
  })),
});
