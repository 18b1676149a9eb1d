import { UsageError } from "../../daemon/core/tofu-error.ts";
import { GLOBAL_OPTIONS } from "../settings.ts";
import type { Action, Command, OptionSpec, OptionSpecs } from "./command.ts";
import { readWord } from "./words.ts";

/** The scripts only hand over what was typed; what fits there is known here, in one place for all shells. */
const SCRIPTS: ReadonlyMap<string, string> = new Map([
  [
    "bash",
    `_tofu() {
  mapfile -t COMPREPLY < <(tofu completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _tofu tofu
`,
  ],
  [
    "zsh",
    `#compdef tofu
_tofu() {
  local -a found
  found=("\${(@f)$(tofu completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n $found[1] ]]; then compadd -- $found; else _files; fi
}
compdef _tofu tofu
`,
  ],
  [
    "fish",
    `complete -c tofu -a '(tofu completion words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
  ],
]);

/** @returns the command that prints a completion script; what the scripts ask is `tofu completion words -- WORDS`. */
export function completion(commands: () => readonly Command[]): Command {
  return {
    name: "completion",
    operands: [...SCRIPTS.keys()].join("|"),
    summary: "completion for that shell, package names too",
    examples: ["source <(tofu completion bash)"],
    completes: "shells",
    options: {},
    prepare: (args) => {
      if (args.words[0] === "words") return complete(args.words.slice(1), commands());
      const script = SCRIPTS.get(readWord(args, "completion", "SHELL"));
      if (script === undefined) throw new UsageError("there is no completion for that shell", "bash, zsh or fish");
      return { kind: "print", text: script };
    },
  };
}

/** What fits at the last of these words; nothing where the shell's own file names do. */
function complete(typed: readonly string[], commands: readonly Command[]): Action {
  const partial = typed.at(-1) ?? "";
  const before = typed.slice(0, -1);
  const command = commands.find((candidate) => calls(candidate, wordsIn(before, GLOBAL_OPTIONS)));
  const options: OptionSpecs = { ...GLOBAL_OPTIONS, ...command?.options };
  const pending = valueAfter(before.at(-1), options);
  if (pending !== undefined) return offer(pending.choices ?? [], partial);
  if (partial.startsWith("-"))
    return offer(
      Object.keys(options).map((name) => `--${name}`),
      partial,
    );
  const words = wordsIn(before, options);
  if (command === undefined) return offer(nextWords(words, commands), partial);
  const position = words.length - command.name.split(" ").length;
  switch (command.completes) {
    case "packages":
      return position === 0 || command.operands.includes("…")
        ? { kind: "ask", request: { do: "names", prefix: partial } }
        : offer([], partial);
    case "shells":
      return offer(position === 0 ? [...SCRIPTS.keys()] : [], partial);
    case "commands":
      return offer(nextWords(words.slice(1), commands), partial);
    case "files":
    case "nothing":
      return offer([], partial);
  }
}

function offer(candidates: readonly string[], partial: string): Action {
  const fitting = candidates.filter((candidate) => candidate.startsWith(partial));
  return { kind: "print", text: fitting.map((candidate) => `${candidate}\n`).join("") };
}

function calls(command: Command, words: readonly string[]): boolean {
  return command.name.split(" ").every((word, index) => words[index] === word);
}

/** The words of command names that may follow these. */
function nextWords(words: readonly string[], commands: readonly Command[]): readonly string[] {
  const names = commands.map((command) => command.name.split(" "));
  const fitting = names.filter((name) => name.length > words.length && words.every((word, i) => name[i] === word));
  return [...new Set(fitting.map((name) => name[words.length] ?? ""))];
}

/** The words that are neither options nor their values. */
function wordsIn(typed: readonly string[], options: OptionSpecs): readonly string[] {
  return typed.filter((word, index) => !word.startsWith("-") && valueAfter(typed[index - 1], options) === undefined);
}

/** The option whose value comes next, if this word is one that takes a value. */
function valueAfter(word: string | undefined, options: OptionSpecs): OptionSpec | undefined {
  if (word?.startsWith("--") !== true) return undefined;
  const spec = new Map(Object.entries(options)).get(word.slice(2));
  return spec?.kind === "flag" ? undefined : spec;
}
