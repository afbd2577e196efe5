// ESLint rule for the `$` at the end of a name: it marks a variable or property that holds an Observable.
// What makes a new Observable when called (a method, a function) has none. eslint-plugin-rxjs-x has a rule
// `finnish` too, which cannot be used here: it asks for a `$` on every variable that holds such a function.
import { TypeFlags } from 'typescript';

/** Whether a type is the class of that name or derives from it. */
const is = (checker, type, name) => {
  const constraint = checker.getBaseConstraintOfType(type) ?? type;
  if (constraint.isIntersection()) return constraint.types.some((part) => is(checker, part, name));
  if (constraint.symbol?.name === name) return true;
  const declared = constraint.target ?? constraint;
  return declared.isClassOrInterface?.() === true && checker.getBaseTypes(declared).some((base) => is(checker, base, name));
};

/**
 * `yes` and `no` are certain; `perhaps` is a union of both, a type that says nothing, or a Subject: of the pair
 * `wakes = new Subject()` and `wakes$ = this.wakes.asObservable()` the first is the end to push into.
 */
const holdsObservable = (checker, type) => {
  if (type.flags & (TypeFlags.Any | TypeFlags.Unknown | TypeFlags.Never)) return 'perhaps';
  const parts = (type.isUnion() ? type.types : [type]).filter((part) => !(part.flags & (TypeFlags.Undefined | TypeFlags.Null)));
  const observables = parts.filter((part) => is(checker, part, 'Observable'));
  if (observables.length === 0) return 'no';
  return observables.length === parts.length && !parts.some((part) => is(checker, part, 'Subject')) ? 'yes' : 'perhaps';
};

const functionNodes = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];

export const finnish = {
  meta: {
    type: 'problem',
    docs: { description: 'A `$` ends the names of variables and properties that hold an Observable, and of nothing else.' },
    messages: {
      missing: '`{{name}}` holds an Observable: call it `{{name}}$`.',
      needless: '`{{name}}` does not hold an Observable: drop the `$`.',
    },
    schema: [{ type: 'object', properties: { require: { type: 'boolean' } }, additionalProperties: false }],
    defaultOptions: [{ require: true }],
  },
  create(context) {
    const [{ require }] = context.options;
    const { sourceCode } = context;
    const services = sourceCode.parserServices;
    const checker = services.program.getTypeChecker();

    const check = (nameNode, typeNode, required) => {
      if (nameNode.type !== 'Identifier' && nameNode.type !== 'PrivateIdentifier') return;
      const { name } = nameNode;
      const marked = name.endsWith('$');
      if (!marked && !required) return;
      const holds = holdsObservable(checker, services.getTypeAtLocation(typeNode));
      if (marked && holds === 'no') context.report({ node: nameNode, messageId: 'needless', data: { name } });
      if (!marked && holds === 'yes') context.report({ node: nameNode, messageId: 'missing', data: { name } });
    };
    const property = (node) => {
      if (!node.computed) check(node.key, node, require);
    };
    const callable = (node) => {
      const name = node.computed ? undefined : node.key.name;
      if (name?.endsWith('$')) context.report({ node: node.key, messageId: 'needless', data: { name } });
    };

    return {
      VariableDeclaration: (node) => {
        for (const { identifiers } of sourceCode.getDeclaredVariables(node)) check(identifiers[0], identifiers[0], require);
      },
      // Parameters are free to be called `source`, as RxJS' own operators call theirs.
      [functionNodes.join()]: (node) => {
        for (const { identifiers } of sourceCode.getDeclaredVariables(node)) check(identifiers[0], identifiers[0], false);
      },
      'PropertyDefinition, AccessorProperty, TSAbstractPropertyDefinition, TSPropertySignature': property,
      'MethodDefinition[kind="get"]': property,
      'TSParameterProperty > Identifier': (node) => check(node, node, require),
      'MethodDefinition[kind="method"], TSMethodSignature, Property[method=true]': callable,
      // The keys of `forkJoin({ a, b })` name results; an object of a declared type is checked where that type is.
      'ObjectExpression > Property[method=false][computed=false]': (node) => check(node.key, node.value, false),
    };
  },
};
