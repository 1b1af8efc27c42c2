import { expectTypeOf, it } from "vitest";
import type { z } from "zod";
import type { hostSchema, ParsedHost } from "../../../components/config/hosts.ts";
import type { loadBalancerSchema, ParsedLoadBalancer } from "../../../components/config/loadBalancer.ts";
import type { replicaSetSchema, serviceSchema } from "../../../components/config/service.ts";
import type { ParsedStackConfig } from "../../../components/config/stackConfig.ts";
import type {
  HostArgs,
  LoadBalancerConfig,
  ReplicaSetSettings,
  ServiceConfig,
  StackConfig,
} from "../../../components/types.ts";

// These hold when the compiler says so: `npm run check:types`.
it("takes what the public types promise, no more and no less", () => {
  expectTypeOf<z.input<typeof hostSchema>>().toEqualTypeOf<HostArgs>();
  expectTypeOf<z.input<typeof loadBalancerSchema>>().toEqualTypeOf<LoadBalancerConfig>();
  expectTypeOf<z.input<typeof serviceSchema>>().toEqualTypeOf<ServiceConfig>();
  expectTypeOf<z.input<typeof replicaSetSchema>>().toEqualTypeOf<ReplicaSetSettings>();
});

it("gives what the components take", () => {
  expectTypeOf<ParsedHost>().toExtend<HostArgs>();
  expectTypeOf<ParsedLoadBalancer>().toExtend<LoadBalancerConfig>();
  expectTypeOf<ParsedStackConfig>().toExtend<StackConfig>();
  expectTypeOf<keyof ParsedStackConfig>().toEqualTypeOf<keyof StackConfig>();
});
