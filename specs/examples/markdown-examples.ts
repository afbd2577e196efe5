/** TypeScript examples in Markdown: found, compiled against this package, and run. */
import { resolve } from 'node:path';
import { format } from 'node:util';
import ts from 'typescript';

export interface Example {
  /** `lib/kinds/README.md:31` */
  readonly place: string;
  readonly code: string;
}

/** All blocks fenced as `ts`. Each is a module of its own. */
export const examplesIn = (file: string, markdown: string): readonly Example[] =>
  [...markdown.matchAll(/^```ts\n([^]*?)^```$/gm)].map(({ 1: code = '', index }) => ({ place: `${file}:${markdown.slice(0, index).split('\n').length + 1}`, code }));

/** What the compiler objects to, `<place>: <message>` each. `given` are names that examples may use beside their own, with their types. */
export function problemsOf(examples: readonly Example[], given: Readonly<Record<string, string>>): readonly string[] {
  const { config } = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, process.cwd());
  const declared = Object.entries(given).map(([name, type]) => `declare const ${name}: ${type}; `).join('');
  // They stand where the configuration's paths and node_modules are found.
  const texts = new Map(examples.map(({ code }, i) => [resolve(`specs/examples/example-${i}.ts`), `${declared}\n${code}\nexport {};\n`]));
  const host = ts.createCompilerHost(options);
  const files = { fileExists: host.fileExists.bind(host), readFile: host.readFile.bind(host) };
  host.fileExists = (path) => texts.has(resolve(path)) || files.fileExists(path);
  host.readFile = (path) => texts.get(resolve(path)) ?? files.readFile(path);
  const program = ts.createProgram([...texts.keys()], { ...options, noEmit: true, noUnusedLocals: false }, host);
  return [...texts.keys()].flatMap((path, i) => {
    const source = program.getSourceFile(path);
    if (source === undefined) throw new Error(`${path} was not compiled`);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(({ start = 0, messageText }) => {
      const line = source.getLineAndCharacterOfPosition(start).line;
      return `${examples[i]?.place ?? ''}, line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
}

/** What an example says that it prints: the comments behind its `console.log`. */
export const promisedOutput = ({ code }: Example): readonly string[] => [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text = '']) => text);

type AsyncFunction = (...values: readonly unknown[]) => Promise<void>;
// The constructor of async functions has no name of its own.
const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (...args: readonly string[]) => AsyncFunction;

/** Runs an example to its end; resolves to what it printed, a line each. `modules` are those that it may import. */
export async function run({ code, place }: Example, modules: Readonly<Record<string, unknown>>, given: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
  const { outputText } = ts.transpileModule(code, { compilerOptions: options });
  const printed: string[] = [];
  const known = {
    ...given,
    exports: {},
    console: { log: (...values: readonly unknown[]) => printed.push(format(...values)) },
    require: (name: string): unknown => {
      if (!(name in modules)) throw new Error(`${place} imports ${name}, which specs/examples/readme.spec.ts does not know`);
      return modules[name];
    },
  };
  await new AsyncFunction(...Object.keys(known), outputText)(...Object.values(known));
  return printed;
}
