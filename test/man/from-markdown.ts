/** What a page of the manual is called. */
export interface PageHead {
  readonly name: string;
  readonly section: number;
  /** One line, after the name. */
  readonly summary: string;
  readonly date: string;
  /** Pages to see, each `tofu 1`; they stand in a section of their own, at the end. */
  readonly seeAlso: readonly string[];
}

/**
 * Makes a manual page in mdoc(7) of the markdown that this project's documents use: paragraphs, tables of two columns or
 * more, fenced blocks, lists, `code` and **bold**. What it does not know, it prints as it stands.
 *
 * @param sections - the first without a heading; each of the others begins with its own.
 */
export function pageFromMarkdown(
  sections: readonly string[],
  { name, section, summary, date, seeAlso }: PageHead,
): string {
  const lines = [
    `.Dd ${date}`,
    `.Dt ${name.toUpperCase()} ${section}`,
    ".Os",
    ".Sh NAME",
    `.Nm ${name}`,
    `.Nd ${summary}`,
    ".Sh DESCRIPTION",
    ...sections.flatMap(formatSection),
    ".Sh SEE ALSO",
    ...seeAlso.map((page, index) => `.Xr ${page}${index === seeAlso.length - 1 ? "" : " ,"}`),
  ];
  // A paragraph at a section's beginning is one anyway, and mandoc says so.
  const isNeeded = (line: string, index: number): boolean =>
    line !== ".Pp" || !/^\.S[hs] /.test(lines[index - 1] ?? "");
  return `${lines.filter(isNeeded).join("\n")}\n`;
}

function formatSection(text: string, index: number): readonly string[] {
  if (index === 0) return blocksOf(text).flatMap(formatBlock);
  const [heading = "", ...rest] = text.split("\n");
  return [`.Ss ${inline(heading)}`, ...blocksOf(rest.join("\n")).flatMap(formatBlock)];
}

type Block =
  | { readonly kind: "literal"; readonly lines: readonly string[] }
  | { readonly kind: "table"; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: "list"; readonly items: readonly string[] }
  | { readonly kind: "paragraph"; readonly text: string };

/** Fenced blocks are cut out first: in them an empty line means nothing. */
function blocksOf(markdown: string): readonly Block[] {
  return markdown.split(/^```/m).flatMap((part, index): readonly Block[] => {
    if (index % 2 === 1) return [{ kind: "literal", lines: part.trimEnd().split("\n").slice(1) }];
    return part
      .split(/\n\s*\n/)
      .map((text) => text.trim())
      .filter((text) => text !== "" && !text.startsWith("<!--"))
      .map(textBlock);
  });
}

function textBlock(text: string): Block {
  const lines = text.split("\n");
  if (text.startsWith("|")) return { kind: "table", rows: lines.slice(2).map(cellsOf) };
  if (text.startsWith("- ")) return { kind: "list", items: text.slice(2).split(/\n- /) };
  return { kind: "paragraph", text };
}

/** A bar behind a backslash is part of a cell. */
function cellsOf(line: string): readonly string[] {
  return line
    .replace(/^\| | \|$/g, "")
    .split(/(?<!\\)\s*\|\s*/)
    .map((cell) => cell.replaceAll("\\|", "|").trim());
}

function formatBlock(block: Block): readonly string[] {
  switch (block.kind) {
    case "literal":
      return [".Bd -literal -offset indent", ...block.lines.map(plain), ".Ed"];
    case "table":
      return [
        ".Bl -tag -width Ds",
        ...block.rows.flatMap(([first = "", ...rest]) => [`.It ${inline(first)}`, ...sentences(rest.join("; "))]),
        ".El",
      ];
    case "list":
      return [".Bl -bullet", ...block.items.flatMap((item) => [".It", ...sentences(item)]), ".El"];
    case "paragraph":
      return [".Pp", ...sentences(block.text)];
  }
}

/** mdoc(7): a new sentence begins a new line. */
function sentences(text: string): readonly string[] {
  return text
    .replace(/\s+/g, " ")
    .trim()
    .split(/(?<=[.:;]) (?=[A-Z`*])/)
    .map((sentence) => guard(inline(sentence)));
}

/** Bold stands for what is typed and for what is stressed. */
function inline(text: string): string {
  return plain(text)
    .replace(/\*\*(.+?)\*\*/g, "\\fB$1\\fR")
    .replace(/`([^`]+)`/g, "\\fB$1\\fR")
    .replace(/\[([^\]]+)\]\([^)]+\)/g, "$1");
}

function plain(text: string): string {
  return guard(text.replaceAll("\\", "\\e").replaceAll("…", "..."));
}

/** A dot or a quote at a line's beginning is roff's. */
function guard(text: string): string {
  return text.replace(/^([.'])/, "\\&$1");
}
