import { parseImage } from "../../components/image/reference.ts";
import { CliError, usageError } from "../exit.ts";
import { changeImage, checkConfigured } from "../imageChange.ts";
import { ownCommand } from "../names.ts";
import { checkUpdateOptions, Stack, type StackOptions, type UpdateOptions } from "../stack.ts";
import type { StackState } from "../state.ts";

export interface PromoteOptions extends Pick<StackOptions, "cwd">, UpdateOptions {
  from: string;
  to: string;
}

/** Releases to one stack exactly what serves in another: the image by its digest, whatever its tag means by now. */
export async function promote(
  service: string,
  { from, to, cwd, ...options }: PromoteOptions,
): Promise<number> {
  checkUpdateOptions(options);
  if (from === to) throw usageError(`--from and --to are the same stack: ${from}`);
  const [source, target] = await Promise.all([
    Stack.open({ stack: from, cwd }),
    Stack.open({ stack: to, cwd }),
  ]);
  const [state, config] = await Promise.all([source.state(), target.config()]);
  checkConfigured(target, config, service);
  const image = promotedImage(state, service, { from, to });
  return changeImage(
    target,
    config,
    { service, image },
    { ...options, what: `promote ${service} ${image} from ${from}` },
  );
}

/**
 * The image that a service's last good rollout brought, which is what was tested.
 * @throws CliError when there is none, or when only a tag is known of it
 */
export function promotedImage(
  { services }: Pick<StackState, "services">,
  service: string,
  { from, to }: { from: string; to: string },
): string {
  const image = services.find(({ name }) => name === service)?.document.servers[0]?.image;
  if (!image) {
    throw new CliError(`${service} does not serve in stack ${from}: there is nothing to promote`, {
      next: `release it there first: ${ownCommand()} release ${service} <image> --stack ${from}`,
    });
  }
  const { digest, registry } = parseImage(image);
  if (digest) return image;
  throw new CliError(
    `${service} runs ${image} in stack ${from}, without a digest: its tag may mean something else by now`,
    {
      next:
        (registry
          ? `pin it, when ${registry} answers, with: pulumi up --stack ${from}`
          : `push it to a registry, and release it to ${from} by the name that it has there`) +
        `; or release the tag as it is: ${ownCommand()} release ${service} ${image} --stack ${to}`,
    },
  );
}
