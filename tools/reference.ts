import { writeFileSync } from "node:fs";
import path from "node:path";
import { format } from "prettier";
import ts from "typescript";
import { checkout } from "./folders.ts";

/** The components that have a section of their own. Whatever types their arguments and outputs name comes after them. */
const components = ["HostPool", "LoadBalancer", "ReplicaSet", "Platform", "Deployment"];

const program = ts.createProgram([path.join(checkout, "components/index.ts")], {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2024,
  strict: true,
  allowImportingTsExtensions: true,
  noEmit: true,
});
const checker = program.getTypeChecker();
const exports = exportsOf("components/index.ts");

/** The reference of the components, of their types and docstrings. */
export async function referenceText(): Promise<string> {
  const waiting = new Set<ts.Symbol>();
  const sections = components.map((name) => componentSection(exported(name), waiting));
  // A type that is described names others, which then follow it.
  for (const symbol of waiting) sections.push(typeSection(symbol, waiting));
  const text = `# Components

${"<!-- Made by node tools/reference.ts of the docstrings in components/. -->"}

What \`import { HostPool, LoadBalancer, ReplicaSet } from "handover"\` has, for programs in TypeScript and JavaScript. Other
languages have [\`Deployment\`](#deployment): see [the examples](../examples/README.md). What decides how many containers
exist is plain, so that a preview can count; an \`Input\` may be another resource's output. What values are allowed, and how
they go together, stands in [the configuration](configuration.md), whose names these are.

${sections.join("\n")}`;
  return format(text, { parser: "markdown", printWidth: 110 });
}

export const referenceFile = path.join(checkout, "docs/components.md");

function exported(name: string): ts.Symbol {
  const found = [...exports].find((symbol) => symbol.name === name);
  if (!found) throw new Error(`components/index.ts exports no ${name}`);
  return found;
}

function exportsOf(file: string): Set<ts.Symbol> {
  const module = checker.getSymbolAtLocation(program.getSourceFile(path.join(checkout, file))!)!;
  return new Set(checker.getExportsOfModule(module).map(target));
}

function target(symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function componentSection(symbol: ts.Symbol, waiting: Set<ts.Symbol>): string {
  const members = [...(symbol.members?.values() ?? [])].filter(
    (member) => member.flags & ts.SymbolFlags.Property && !isPrivate(member) && described(member),
  );
  const made = [...exports].find(({ name }) => name === `${symbol.name}Args`);
  const args = made ? checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(made)) : [];
  return `## ${symbol.name}

${described(symbol)}

${tag(symbol, "example") ?? ""}

${made ? `Arguments:\n\n${table(args, waiting)}\n` : ""}
Outputs:

${table(members, waiting, false)}
`;
}

function typeSection(symbol: ts.Symbol, waiting: Set<ts.Symbol>): string {
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  const heading = `## ${symbol.name}\n\n${described(symbol)}\n\n`;
  if (type.isClassOrInterface()) {
    const properties = checker.getPropertiesOfType(type);
    const isGiven = properties.some(({ flags }) => flags & ts.SymbolFlags.Optional);
    return heading + table(properties, waiting, isGiven) + "\n";
  }
  return heading + (type.isUnion() ? `One of ${typeText(type)}.\n` : "");
}

function table(properties: ts.Symbol[], waiting: Set<ts.Symbol>, withDefaults = true): string {
  const rows = properties.map((property) => {
    const declaration = property.valueDeclaration as ts.PropertySignature;
    const type = linked(declaration.type?.getText() ?? "", declaration.type, waiting);
    const cells = [
      `\`${property.name}\``,
      type,
      ...(withDefaults ? [defaultOf(property)] : []),
      meaning(property),
    ];
    return `| ${cells.map((cell) => cell.replaceAll(/\s+/g, " ").replaceAll("|", "\\|")).join(" | ")} |`;
  });
  const head = ["name", "type", ...(withDefaults ? ["default"] : []), "meaning"];
  return [`| ${head.join(" | ")} |`, `| ${head.map(() => "---").join(" | ")} |`, ...rows].join("\n");
}

/** The type as it is written, with links to the sections of the types that it names. */
function linked(text: string, node: ts.Node | undefined, waiting: Set<ts.Symbol>): string {
  const names = new Set<string>();
  const visit = (child: ts.Node): void => {
    if (ts.isTypeReferenceNode(child)) {
      const found = checker.getSymbolAtLocation(child.typeName);
      const symbol = found && target(found);
      if (symbol && isPublic(symbol)) {
        names.add(symbol.name);
        if (!components.includes(symbol.name)) waiting.add(symbol);
      }
    }
    child.forEachChild(visit);
  };
  if (node) visit(node);
  const own = [...names].map((name) => `[${name}](#${name.toLowerCase()})`);
  const exact = `\`${text.replaceAll("pulumi.", "")}\``;
  return own.length === 1 && text === [...names][0] ? own[0]! : [exact, ...own].join(" ");
}

/** Whether the package exports it, as a type or as one of the components here. */
function isPublic(symbol: ts.Symbol): boolean {
  return components.includes(symbol.name) || (exports.has(symbol) && !(symbol.flags & ts.SymbolFlags.Class));
}

function isPrivate(symbol: ts.Symbol): boolean {
  const declaration = symbol.valueDeclaration;
  return Boolean(
    declaration && ts.getCombinedModifierFlags(declaration as ts.Declaration) & ts.ModifierFlags.Private,
  );
}

function described(symbol: ts.Symbol): string {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker));
}

function meaning(symbol: ts.Symbol): string {
  const example = tag(symbol, "example");
  return [described(symbol), example ? `Example: \`${example}\`` : ""].filter(Boolean).join(" ");
}

function tag(symbol: ts.Symbol, name: string): string | undefined {
  const found = symbol.getJsDocTags(checker).find((each) => each.name === name);
  return found && ts.displayPartsToString(found.text);
}

function defaultOf(symbol: ts.Symbol): string {
  const value = tag(symbol, "default");
  if (value === undefined) return symbol.flags & ts.SymbolFlags.Optional ? "" : "required";
  return /^(["[{]|\d+$|`)/.test(value) ? (value.startsWith("`") ? value : code(value)) : value;
}

/** Code, with what stands behind it in words left as it is: `{} (every host)`. */
function code(value: string): string {
  const [, exact = value, rest = ""] = /^(\S+)( \(.*\))?$/s.exec(value) ?? [];
  return `\`${exact}\`${rest}`;
}

function typeText(type: ts.Type): string {
  return type.isUnion() ? type.types.map((each) => `\`${checker.typeToString(each)}\``).join(", ") : "";
}

if (process.argv[1] === import.meta.filename) writeFileSync(referenceFile, await referenceText());
