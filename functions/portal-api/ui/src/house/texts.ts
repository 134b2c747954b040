/** Finds literal texts that a person would read. For the tests alone. */

import ts from "typescript";

/** Attributes whose value no person reads. Every other attribute with letters in it counts as a text. */
const UNREAD = new Set(
  "autocapitalize autocomplete class current d for href icon id inputMode key kind lang level mode name preserveAspectRatio rel role scope sign state target testId tone transform type value viewBox".split(
    " ",
  ),
);

const LETTER = /\p{L}/u;
/** A sentence, or a word that begins with a capital. Other literals outside of JSX are codes. */
const SENTENCE = /\p{L}\s+\p{L}|^\s*\p{Lu}\p{Ll}|\p{L}[.!…]$/u;

export function literalTexts(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const report = (node: ts.Node, text: string) => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${file.fileName}:${line + 1} ${JSON.stringify(text)}`);
  };
  /** `shown`: the node's value is what a person sees or hears. */
  const visit = (node: ts.Node, shown: boolean) => {
    if (ts.isJsxText(node) && LETTER.test(node.text)) report(node, node.text.trim());
    if (isLiteral(node) && isText(node, shown)) report(node, node.text);
    for (const child of childrenOf(node)) visit(child, shownWithin(node, child, shown));
  };
  visit(file, false);
  return found;
}

function isText(node: Literal, shown: boolean): boolean {
  return shown ? LETTER.test(node.text) : SENTENCE.test(node.text) && !isUnread(node);
}

function isRead(attribute: ts.JsxAttribute): boolean {
  const name = attribute.name.getText();
  if (UNREAD.has(name)) return false;
  return !(
    (name.startsWith("data-") && name !== "data-label") ||
    /^aria-(busy|current|describedby|hidden|labelledby)$/.test(name)
  );
}

type Literal =
  | ts.StringLiteral
  | ts.NoSubstitutionTemplateLiteral
  | ts.TemplateHead
  | ts.TemplateMiddle
  | ts.TemplateTail;

function isLiteral(node: ts.Node): node is Literal {
  return (
    ts.isStringLiteral(node) ||
    ts.isNoSubstitutionTemplateLiteral(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddleOrTemplateTail(node)
  );
}

function childrenOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  if (!ts.isTypeNode(node) && !ts.isImportDeclaration(node) && !ts.isExportDeclaration(node))
    node.forEachChild((child) => void children.push(child));
  return children;
}

/** Whether a child's value is shown: conditions, arguments and functions of a shown expression are not. */
function shownWithin(node: ts.Node, child: ts.Node, shown: boolean): boolean {
  if (ts.isJsxAttribute(node)) return child === node.initializer && isRead(node);
  if (ts.isJsxExpression(node))
    return shown || ts.isJsxElement(node.parent) || ts.isJsxFragment(node.parent);
  if (ts.isConditionalExpression(node)) return shown && child !== node.condition;
  if (ts.isBinaryExpression(node)) {
    const kind = node.operatorToken.kind;
    if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return shown && child === node.right;
    const joins = [
      ts.SyntaxKind.BarBarToken,
      ts.SyntaxKind.QuestionQuestionToken,
      ts.SyntaxKind.PlusToken,
    ];
    return shown && joins.includes(kind);
  }
  if (ts.isTemplateSpan(node)) return shown && child !== node.expression;
  return shown && (ts.isParenthesizedExpression(node) || ts.isTemplateExpression(node));
}

/** Messages for developers, and values that the browser or the API reads. */
function isUnread(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isJsxAttribute(parent)) return true;
  if (ts.isNewExpression(parent)) return parent.expression.getText() === "Error";
  const template = ts.isTemplateExpression(parent) ? parent.parent : parent;
  return ts.isBinaryExpression(template) && template.left.getText() === "headers.authorization";
}
