/** Which file imports which, and in which direction. For the tests alone. */

import ts from "typescript";

export interface Module {
  /** Path below `src`. */
  name: string;
  /** The files below `src` that it imports, styles left out. */
  imports: string[];
}

/** From bottom to top: a file imports from its own floor and from those below it. */
const FLOORS = ["api", "texts", "lib", "session", "components", "screens"];

function floorOf(name: string): number {
  const floor = FLOORS.indexOf(name.split("/")[0] ?? "");
  return floor < 0 ? FLOORS.length : floor;
}

/** The path below `src` that a relative path of a file means. */
export function resolve(file: string, path: string): string {
  return new URL(path, `file:///${file}`).pathname.slice(1);
}

/** What a declaration or a call imports. */
function pathOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return node.arguments[0];
  return undefined;
}

export function importsOf(file: ts.SourceFile, files: readonly string[]): string[] {
  const paths: string[] = [];
  const visit = (node: ts.Node) => {
    const path = pathOf(node);
    if (path && ts.isStringLiteral(path)) paths.push(path.text);
    node.forEachChild(visit);
  };
  visit(file);
  return paths
    .filter((path) => path.startsWith("."))
    .map((path) => resolve(file.fileName, path))
    .flatMap((path) => {
      const found = ["", ".ts", ".tsx", ".d.ts", "/index.ts"].find((end) =>
        files.includes(path + end),
      );
      if (found === undefined)
        throw new Error(`${file.fileName} imports ${path}, which is not there`);
      return path.endsWith(".css") ? [] : [path + found];
    });
}

/** Imports of a higher floor, and of another screen. */
export function wrongWay({ name, imports }: Module): string[] {
  const screen = /^screens\/[^/]+\//.exec(name)?.[0];
  const wrong = imports.filter(
    (other) =>
      floorOf(other) > floorOf(name) ||
      (screen !== undefined && other.startsWith("screens/") && !other.startsWith(screen)),
  );
  return wrong.map((other) => `${name} imports ${other}`);
}

/** The ways through the imports that come back to where they began, each once. */
export function circles(modules: readonly Module[]): string[] {
  const imports = new Map(modules.map((module) => [module.name, module.imports]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (name: string, way: readonly string[]) => {
    const begin = way.indexOf(name);
    if (begin >= 0) found.push([...way.slice(begin), name].join(" → "));
    if (begin >= 0 || done.has(name)) return;
    for (const next of imports.get(name) ?? []) visit(next, [...way, name]);
    done.add(name);
  };
  for (const { name } of modules) visit(name, []);
  return found;
}

/** What the texts of a language are read from. */
const CATALOGUES = ["t", "late"];

/** Reads of the catalogue outside every function: they see the language before it is chosen. */
export function lateReads(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isFunctionLike(node) || ts.isImportDeclaration(node) || ts.isTypeNode(node)) return;
    if (
      ts.isPropertyAccessExpression(node) &&
      ts.isIdentifier(node.expression) &&
      CATALOGUES.includes(node.expression.text)
    ) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push(
        `${file.fileName}:${line + 1} reads ${node.expression.text} while the module loads`,
      );
    }
    node.forEachChild(visit);
  };
  visit(file);
  return found;
}
