/** Compiles files of type tests and tells which of their cases the compiler objects to. */
import ts from 'typescript';

interface TypeCase {
  readonly name: string;
  /** What the compiler says about the case, `<line>: <message>` each. */
  readonly problems: readonly string[];
}

export interface CheckedFile {
  readonly file: string;
  readonly cases: readonly TypeCase[];
  /** What it says about the rest of the file, where no case would show it. */
  readonly outside: readonly string[];
}

interface Range {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function compilerOptions(tsconfig: string): ts.CompilerOptions {
  const { config, error } = ts.readConfigFile(tsconfig, (path) => ts.sys.readFile(path));
  if (error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
  // No `include` here: the program holds the files that are asked for and what they import.
  const { options, errors } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, process.cwd(), {}, tsconfig);
  const other = errors.filter(({ code }) => code !== emptyFilesCode);
  if (other[0] !== undefined) throw new Error(ts.flattenDiagnosticMessageText(other[0].messageText, '\n'));
  return options;
}

/** "The 'files' list in config file is empty", which is how it is meant. */
const emptyFilesCode = 18002;

function casesOf(source: ts.SourceFile): readonly Range[] {
  const cases: Range[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'typeTest') {
      const name = node.arguments[0];
      if (name === undefined || !ts.isStringLiteralLike(name)) {
        throw new Error(`${source.fileName}: the name of a typeTest is written out as a string`);
      }
      // From the full start, so that a comment in front of the case belongs to it.
      cases.push({ name: name.text, start: node.getFullStart(), end: node.getEnd() });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return cases;
}

export function checkTypes(files: readonly string[], tsconfig: string): readonly CheckedFile[] {
  const program = ts.createProgram(files, compilerOptions(tsconfig));
  const global = program.getOptionsDiagnostics().concat(program.getGlobalDiagnostics());
  if (global[0] !== undefined) throw new Error(ts.flattenDiagnosticMessageText(global[0].messageText, '\n'));

  return files.map((file) => {
    const source = program.getSourceFile(file);
    if (source === undefined) throw new Error(`${file} is not there`);
    const cases = casesOf(source);
    const problems = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((diagnostic) => ({
      at: diagnostic.start ?? 0,
      text: `${source.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line + 1}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`,
    }));
    const within = ({ start, end }: Range, at: number): boolean => at >= start && at < end;
    return {
      file,
      cases: cases.map((range) => ({ name: range.name, problems: problems.filter(({ at }) => within(range, at)).map(({ text }) => text) })),
      outside: problems.filter(({ at }) => !cases.some((range) => within(range, at))).map(({ text }) => text),
    };
  });
}
