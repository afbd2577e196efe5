// Turns declarations of classes into constants in the build for pages: minifiers count the name of a declared class as one more variable
// inside it, and so name the parameters of methods otherwise than those of functions, which compresses worse.
import ts from 'typescript';

/** A transformer for what TypeScript emits. */
export const classConstants = ({ factory }) => (file) =>
  factory.updateSourceFile(
    file,
    file.statements.map((statement) => {
      if (!ts.isClassDeclaration(statement) || statement.name === undefined) return statement;
      const { modifiers, name, heritageClauses, members } = statement;
      const expression = ts.setTextRange(factory.createClassExpression(undefined, undefined, undefined, heritageClauses, members), statement);
      const constant = factory.createVariableDeclaration(name, undefined, undefined, expression);
      return ts.setOriginalNode(ts.setTextRange(factory.createVariableStatement(modifiers, factory.createVariableDeclarationList([constant], ts.NodeFlags.Const)), statement), statement);
    }),
  );
