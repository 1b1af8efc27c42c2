import * as pulumi from "@pulumi/pulumi";
import { label } from "./labels.ts";

/** The labels of something that belongs to this stack, in the form that the Docker provider takes. */
export function stackLabels(
  labels: Partial<Record<keyof typeof label, pulumi.Input<string>>>,
): { label: string; value: pulumi.Input<string> }[] {
  const all = { project: pulumi.getProject(), stack: pulumi.getStack(), ...labels };
  return Object.entries(all).map(([name, value]) => ({ label: label[name as keyof typeof label], value }));
}
