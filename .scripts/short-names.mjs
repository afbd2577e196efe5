// Gives private members of classes short names in the build for pages: minifiers leave the names of members alone, as they cannot tell which
// are private. The checker of TypeScript can. The names are letters, the same few in every class, because that compresses best.
import ts from 'typescript';

/** About as often as minifiers give these letters to variables: `this.t = t`. */
const letters = [...'tenriosacufpdhlgmybxwvkjqzTENRIOSACUFPDHLGMYBXWVKJQZ'];

const isPrivate = (member) => ts.canHaveModifiers(member) && (ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) ?? false);

function walk(file, use) {
  const visit = (node) => {
    use(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
}

/** The name of a member where it is declared, read or destructured. */
function memberName(node) {
  if (ts.isPropertyAccessExpression(node) || ts.isClassElement(node) || ts.isTypeElement(node) || ts.isObjectLiteralElement(node)) return node.name;
  if (ts.isParameter(node)) return ts.isParameterPropertyDeclaration(node, node.parent) ? node.name : undefined;
  return ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent) && node.dotDotDotToken === undefined ? (node.propertyName ?? node.name) : undefined;
}

/** In the order of the source, those first that the constructor's parameters declare. */
function privateMembers({ members }) {
  const [constructors, others] = [members.filter(ts.isConstructorDeclaration), members.filter((member) => !ts.isConstructorDeclaration(member))];
  return [...constructors.flatMap(({ parameters }) => [...parameters]), ...others].filter((member) => isPrivate(member) && ts.isIdentifier(member.name));
}

/** The class at the bottom of those that a class extends: heirs share their names with it. */
function root(checker, declaration) {
  const extended = declaration.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  const base = extended && checker.getTypeAtLocation(extended).symbol?.declarations?.find(ts.isClassLike);
  return base === undefined ? declaration : root(checker, base);
}

/** Whether a program may extend a class, and so give it members: constructors for the package itself are internal or private. */
const isOpen = ({ members }) => !members.some((member) => ts.isConstructorDeclaration(member) && (isPrivate(member) || ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal')));

/** The classes whose members keep their names, by their roots. */
function openClasses(checker, entries) {
  const exported = entries.flatMap((entry) => checker.getExportsOfModule(checker.getSymbolAtLocation(entry)));
  const declarations = exported.flatMap((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol).declarations ?? []);
  return new Set(declarations.filter((declaration) => ts.isClassLike(declaration) && isOpen(declaration)).map((declaration) => root(checker, declaration)));
}

/** The members that are named by a value, which keep their names: `this[cause]`, with all that `cause` can be, and `'cause' in this`. */
function namedByValue(checker, node) {
  const isIn = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InKeyword;
  if (!isIn && !ts.isElementAccessExpression(node)) return [];
  const [object, key] = isIn ? [node.right, node.left] : [node.expression, node.argumentExpression];
  const type = checker.getTypeAtLocation(key);
  const keys = (type.isUnion() ? type.types : [type]).filter((each) => each.isStringLiteral());
  return keys.flatMap(({ value }) => checker.getPropertyOfType(checker.getTypeAtLocation(object), value)?.declarations ?? []);
}

/** The short name of each private member, by its declaration. */
function shortNames(checker, files, entries) {
  const open = openClasses(checker, entries);
  const classes = [];
  const taken = new Set();
  const fixed = new Set();
  for (const file of files) {
    walk(file, (node) => {
      if (ts.isClassLike(node)) classes.push(node);
      for (const declaration of namedByValue(checker, node)) fixed.add(declaration);
      const name = memberName(node);
      if (name !== undefined && ts.isIdentifier(name)) taken.add(name.text);
    });
  }
  const free = letters.filter((letter) => !taken.has(letter));
  const names = new Map();
  const numbers = new Map();
  for (const declaration of classes) {
    const family = root(checker, declaration);
    if (open.has(family)) continue;
    const accessors = new Map(); // a getter and its setter are one member
    for (const member of privateMembers(declaration).filter((each) => !fixed.has(each))) {
      const known = accessors.get(member.name.text);
      const number = numbers.get(family) ?? 0;
      // What has more members than there are letters keeps the names of the others.
      const name = known ?? free[number] ?? member.name.text;
      if (known === undefined) numbers.set(family, number + 1);
      accessors.set(member.name.text, name);
      names.set(member, name);
    }
  }
  return names;
}

/** The new text of each identifier that names a private member, and of none else. */
function renamedIdentifiers(checker, files, entries) {
  const names = shortNames(checker, files, entries);
  const renamed = new Map();
  for (const file of files) {
    walk(file, (node) => {
      const name = memberName(node);
      if (name === undefined) return;
      const symbol = ts.isBindingElement(node) && ts.isIdentifier(name) ? checker.getPropertyOfType(checker.getTypeAtLocation(node.parent), name.text) : checker.getSymbolAtLocation(name);
      const found = new Set([node, ...(symbol?.declarations ?? [])].map((declaration) => names.get(declaration)).filter((each) => each !== undefined));
      if (found.size === 0) return;
      const [text] = found;
      if (found.size > 1 || !ts.isIdentifier(name) || ts.isObjectLiteralExpression(node.parent)) {
        const { line } = file.getLineAndCharacterOfPosition(name.getStart());
        throw new Error(`${file.fileName}:${line + 1}: the private member ${name.getText()} cannot be renamed here`);
      }
      renamed.set(name, { text, isUse: ts.isPropertyAccessExpression(node) || ts.isBindingElement(node) });
    });
  }
  return renamed;
}

/** Renames the private members in what TypeScript has made of these files; and checks afterwards that it has met each use of them. */
export function privateRenamer(program, files, entries) {
  const renamed = renamedIdentifiers(program.getTypeChecker(), files, entries);
  const seen = new Set();

  function shortName(name) {
    const original = ts.getOriginalNode(name);
    seen.add(original);
    return renamed.has(original) ? ts.setTextRange(ts.factory.createIdentifier(renamed.get(original).text), name) : undefined;
  }

  const transformer = (context) => (file) => {
    const visit = (before) => {
      const node = ts.visitEachChild(before, visit, context);
      if (ts.isPropertyAccessExpression(node)) {
        const name = shortName(node.name) ?? node.name;
        return ts.isPropertyAccessChain(node) ? context.factory.updatePropertyAccessChain(node, node.expression, node.questionDotToken, name) : context.factory.updatePropertyAccessExpression(node, node.expression, name);
      }
      if (ts.isBindingElement(node)) return context.factory.updateBindingElement(node, node.dotDotDotToken, shortName(node.propertyName ?? node.name) ?? node.propertyName, node.name, node.initializer);
      if (ts.isMethodDeclaration(node)) return context.factory.updateMethodDeclaration(node, node.modifiers, node.asteriskToken, shortName(node.name) ?? node.name, node.questionToken, undefined, node.parameters, undefined, node.body);
      if (ts.isGetAccessor(node)) return context.factory.updateGetAccessorDeclaration(node, node.modifiers, shortName(node.name) ?? node.name, node.parameters, undefined, node.body);
      if (ts.isSetAccessor(node)) return context.factory.updateSetAccessorDeclaration(node, node.modifiers, shortName(node.name) ?? node.name, node.parameters, node.body);
      return node;
    };
    return ts.visitNode(file, visit);
  };

  function assertComplete() {
    const missed = [...renamed].filter(([name, { isUse }]) => isUse && !seen.has(name));
    if (missed.length > 0) throw new Error(`Private members would keep their names: ${missed.map(([name]) => name.text).join(', ')}`);
  }
  return { transformer, assertComplete };
}
