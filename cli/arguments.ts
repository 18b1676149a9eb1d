import { printable } from "../daemon/core/printable.ts";
import { UsageError } from "../daemon/core/tofu-error.ts";
import type { Arguments, OptionSpecs } from "./commands/command.ts";

/** Options by name, each with the value or the list of values that was given. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * @param words - what is no option, without the command's own words.
 * @returns words and options as commands read them.
 * @throws UsageError for a value given twice, or one that the option does not have.
 */
export function argumentsOf(words: readonly string[], values: Values, specs: OptionSpecs): Arguments {
  const texts = (name: string): readonly string[] => {
    const value = values[name];
    if (value === undefined) return [];
    return (Array.isArray(value) ? value : [value]).map(String);
  };
  for (const [name, spec] of Object.entries(specs)) {
    const given = texts(name);
    if (spec.kind === "text" && given.length > 1) throw new UsageError(`--${name} was given ${given.length} times`);
    const odd = given.find((value) => spec.choices !== undefined && !spec.choices.includes(value));
    if (odd !== undefined)
      throw new UsageError(`--${name} has no ${printable(odd)}`, `--${name} ${spec.choices?.join(" or ")}`);
  }
  return { words, texts, text: (name) => texts(name)[0], flag: (name) => texts(name).at(-1) === "true" };
}
