/** The full names of the tests in a spec file, as they are written there: `describe` and `it` joined, parameters as `%s` and the like. */
import ts from 'typescript';

/** Stands for a title that is no literal. */
const anything = '%s';

export function titlesIn(file: string, source: string): readonly string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node, above: readonly string[]): void => {
    const block = ts.isCallExpression(node) ? blockOf(node) : undefined;
    const path = block === undefined ? above : [...above, block.title];
    if (block?.kind === 'it') titles.push(path.join(' '));
    else ts.forEachChild(node, (child) => visit(child, path));
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest), []);
  return titles;
}

function blockOf({ expression, arguments: [title, body] }: ts.CallExpression): { readonly kind: 'describe' | 'it'; readonly title: string } | undefined {
  // `it(...)`, or the second call of `it.each(...)(...)`.
  const each = ts.isCallExpression(expression) && ts.isPropertyAccessExpression(expression.expression) ? expression.expression : undefined;
  const callee = each?.name.text === 'each' ? each.expression : expression;
  if (!ts.isIdentifier(callee) || (callee.text !== 'describe' && callee.text !== 'it') || title === undefined || body === undefined) return undefined;
  return { kind: callee.text, title: textOf(title) };
}

function textOf(title: ts.Expression): string {
  if (ts.isStringLiteralLike(title)) return title.text;
  if (!ts.isTemplateExpression(title)) return anything;
  return title.head.text + title.templateSpans.map(({ literal }) => anything + literal.text).join('');
}
