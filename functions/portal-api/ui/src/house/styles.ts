/** Which class names a style sheet has, and which ones a component uses. For the tests alone. */

import ts from "typescript";

/** The class names of a style sheet, sorted, each once. */
export function classNames(css: string): string[] {
  const selectors = css
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/@import[^;]*;/g, "")
    .replace(/\{[^{}]*\}/g, "{}");
  return [
    ...new Set(Array.from(selectors.matchAll(/\.([a-z][\w-]*)/gi), ([, name]) => name ?? "")),
  ].sort();
}

export interface Use {
  /** The path of the style sheet as the import has it. */
  module: string;
  /** The classes that are named; undefined when they are chosen by a value. */
  classes: string[] | undefined;
}

export function usedClassNames(file: ts.SourceFile): Use[] {
  const modules = new Map<string, string>();
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier))
      continue;
    const name = statement.importClause?.name?.text;
    const path = statement.moduleSpecifier.text;
    if (name !== undefined && path.endsWith(".module.css")) modules.set(name, path);
  }
  const uses: Use[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      const module = modules.get(node.expression.getText());
      if (module !== undefined) {
        uses.push({
          module,
          classes: ts.isPropertyAccessExpression(node) ? [node.name.text] : undefined,
        });
      }
    }
    node.forEachChild(visit);
  };
  visit(file);
  return uses;
}
