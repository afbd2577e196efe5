// Names the lines of a recorded diagram as the test's own source does: a source by its variable, a result by its expression.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const longest = 130;

/** Operators at the end that only make values shorter for the diagram. */
const shortens = /^(?:letters|words|show|told|map\(.*\))$/s;

const parsed = new Map();
function sourceOf(file) {
  if (!parsed.has(file)) parsed.set(file, ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true));
  return parsed.get(file);
}

/** The call of a helper at a place of a stack trace. */
function callAt({ file, line, column }) {
  const source = sourceOf(file);
  const position = source.getPositionOfLineAndCharacter(line - 1, column - 1);
  let found;
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.getStart() <= position && position < node.expression.end) found = node;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The variable, property or parameter that a source is given to; `source$` where it has none. */
function variableOf(call) {
  if (ts.isCallExpression(call.parent)) {
    const taker = ts.isIdentifier(call.parent.expression) ? initializerOf(call.parent.expression) : undefined;
    if (taker !== undefined && ts.isArrowFunction(taker)) return taker.parameters[call.parent.arguments.indexOf(call)]?.name.getText() ?? 'source$';
    const beside = call.parent.arguments.find(ts.isStringLiteral);
    if (beside !== undefined) return beside.text;
  }
  for (let node = call.parent; node !== undefined && !ts.isStatement(node) && !ts.isFunctionLike(node); node = node.parent) {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) return node.name.text;
    if (ts.isPropertyAssignment(node)) return node.name.getText();
  }
  return 'source$';
}

const isPipe = (node) => ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'pipe';

/** An operator, written out where a constant of the test holds it: as it is, or made by a function of one expression. */
function operatorOf(node) {
  if (ts.isIdentifier(node)) {
    const value = initializerOf(node);
    return (value !== undefined && ts.isCallExpression(value) ? value : node).getText();
  }
  const made = ts.isCallExpression(node) && ts.isIdentifier(node.expression) ? initializerOf(node.expression) : undefined;
  if (made === undefined || !ts.isArrowFunction(made) || !ts.isCallExpression(made.body)) return node.getText();
  let text = made.body.getText().replace(/^(\w+)<\w+>/, '$1');
  for (const [index, { name }] of made.parameters.entries()) {
    const argument = node.arguments[index];
    if (argument === undefined) text = text.replace(`, ...${name.getText()}`, '');
    else if (ts.isObjectLiteralExpression(argument)) text = text.replace(`...${name.getText()}`, argument.getText().slice(1, -1).trim());
    else if (argument.getText() !== name.getText()) return node.getText();
  }
  return text;
}

function spell(node) {
  if (!isPipe(node)) return node.getText();
  const operators = node.arguments.map((operator) => (shortens.test(operator.getText()) ? operator.getText() : operatorOf(operator)));
  while (operators.length > 0 && shortens.test(operators.at(-1))) operators.pop();
  const source = spell(node.expression.expression);
  return operators.length === 0 ? source : `${source}.pipe(${operators.join(', ')})`;
}

/** An expression on one line. */
function expressionOf(node) {
  const text = spell(node).replace(/\s+/g, ' ').replace(/([([]) | (?=[)\]])|,(?= ?[)\]])/g, '$1');
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

/** The value of a `const` in the block around a node. */
function initializerOf(identifier) {
  for (let block = identifier.parent; block !== undefined; block = block.parent) {
    if (!ts.isBlock(block) && !ts.isSourceFile(block)) continue;
    for (const statement of block.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (ts.isIdentifier(name) && name.text === identifier.text && initializer !== undefined) return initializer;
      }
    }
  }
  return undefined;
}

export function nameOf({ kind, site }) {
  const call = site === null ? undefined : callAt(site);
  if (call === undefined) return '';
  if (kind === 'hot' || kind === 'cold') return variableOf(call);
  const [argument] = call.arguments;
  if (kind === 'subscriptions') return argument.getText().replace(/^.*\.subscriptions\./, '').replace(/\.subscriptions$/, '');
  const value = ts.isIdentifier(argument) ? initializerOf(argument) : undefined;
  const whole = value === undefined ? '' : expressionOf(value);
  return whole === '' || whole.endsWith('…') ? expressionOf(argument) : whole;
}
