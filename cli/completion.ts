import type { Argument, Command } from "commander";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** What a shell has to load, so that it asks this program for what may come next. */
export const scripts: Record<Shell, string> = {
  bash: `# handover completion bash: load it with  source <(handover completion bash)
_handover() {
  local IFS=$'\\n'
  COMPREPLY=($(handover complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _handover handover`,
  zsh: `#compdef handover
# handover completion zsh: load it with  source <(handover completion zsh)
_handover() {
  local -a candidates
  candidates=("\${(@f)$(handover complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a candidates
}
compdef _handover handover`,
  fish: `# handover completion fish: load it with  handover completion fish | source
complete --command handover --no-files --arguments '(handover complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
};

/** The names that arguments of these kinds may have, from the stack. */
export interface Names {
  service(stack: string | undefined): Promise<string[]>;
  host(stack: string | undefined): Promise<string[]>;
  replica(stack: string | undefined): Promise<string[]>;
}

/**
 * What the last of these words may become.
 * @param words what follows the program's name, the last one unfinished, perhaps empty
 */
export async function candidates(program: Command, words: string[], names: Names): Promise<string[]> {
  const unfinished = words.at(-1) ?? "";
  const [name, ...finished] = words.slice(0, -1);
  const matching = (all: string[]) => all.filter((each) => each.startsWith(unfinished)).sort();
  const visible = program.commands.filter((each) => !hidden(each));
  if (name === undefined) return matching([...visible.map((each) => each.name()), "help"]);
  const command = visible.find((each) => each.name() === name);
  // What follows the two dashes is somebody else's command.
  if (!command || finished.includes("--")) return [];

  const optionOf = (word: string | undefined) =>
    command.options.find(({ long, short }) => word !== undefined && (long === word || short === word));
  const stack = valueAfter(finished, "--stack") ?? valueAfter(finished, "--to");
  const before = optionOf(finished.at(-1));
  if (before && (before.required || before.optional)) {
    if (before.long === "--replica") return matching(await names.replica(stack));
    return matching(before.argChoices ?? []);
  }
  if (unfinished.startsWith("-"))
    return matching(command.options.flatMap(({ long }) => (long ? [long] : [])));

  const given = finished.filter((word, index) => {
    const owner = optionOf(finished[index - 1]);
    return !word.startsWith("-") && !(owner && (owner.required || owner.optional));
  });
  const argument = command.registeredArguments[given.length];
  return argument ? matching(await choices(argument, stack, names)) : [];
}

async function choices(argument: Argument, stack: string | undefined, names: Names): Promise<string[]> {
  if (argument.argChoices) return argument.argChoices;
  const kind = argument.name();
  return kind in names ? names[kind as keyof Names](stack) : [];
}

function valueAfter(words: string[], option: string): string | undefined {
  const index = words.lastIndexOf(option);
  return index === -1 ? undefined : words[index + 1];
}

/** Commander's own mark; its types leave it out. */
function hidden(command: Command): boolean {
  return (command as unknown as { _hidden?: boolean })._hidden ?? false;
}
