import { CliError } from "../exit.ts";
import { duration, list, moment } from "../format.ts";
import { rollbackTarget } from "../history.ts";
import { changeImage, checkConfigured } from "../imageChange.ts";
import { ownCommand } from "../names.ts";
import { say } from "../output.ts";
import { checkUpdateOptions, Stack, type StackOptions, type UpdateOptions } from "../stack.ts";

export async function rollback(service: string, options: StackOptions & UpdateOptions): Promise<number> {
  checkUpdateOptions(options);
  const stack = await Stack.open(options);
  const [config, state, history] = await Promise.all([stack.config(), stack.state(), stack.history()]);
  checkConfigured(stack, config, service);
  const current = config.services?.[service];
  const serving = state.services.find(({ name }) => name === service)?.document.servers[0]?.image;
  if (!serving || !current)
    throw new CliError(`${service} does not serve yet: there is nothing to go back from`);
  const target = rollbackTarget(history, service, serving, current);
  if (!target) {
    throw new CliError(
      `the history of stack ${stack.name} has no other version of ${service} than ${serving}`,
      {
        next: `name one yourself: ${ownCommand()} release ${service} <image> --stack ${stack.name}`,
      },
    );
  }
  const { image, update, until, alsoDifferent } = target;
  const end = until
    ? ` to ${moment(until)} (${duration((Date.parse(until) - Date.parse(update.startedAt)) / 1000)})`
    : "";
  say(
    `${service}: from ${serving} back to ${image}, which was released at ${moment(update.startedAt)} by ${update.who}` +
      (end ? ` and served${end}` : ""),
    ...(alsoDifferent.length > 0
      ? [`${service}: its ${list(alsoDifferent)} differed then, too; only the image goes back`]
      : []),
  );
  return changeImage(
    stack,
    config,
    { service, image },
    { ...options, what: `rollback ${service} to ${image}` },
  );
}
