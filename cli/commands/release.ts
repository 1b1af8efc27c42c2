import { changeImage, checkConfigured } from "../imageChange.ts";
import { checkUpdateOptions, Stack, type StackOptions, type UpdateOptions } from "../stack.ts";

export async function release(
  service: string,
  image: string,
  options: StackOptions & UpdateOptions,
): Promise<number> {
  checkUpdateOptions(options);
  const stack = await Stack.open(options);
  const config = await stack.config();
  checkConfigured(stack, config, service);
  return changeImage(stack, config, { service, image }, { ...options, what: `release ${service} ${image}` });
}
