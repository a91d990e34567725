// Finds every error code in the sources by the compiler's own reading: whatever reaches WeirError's `code`, however it is passed on.
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

export interface FoundCode {
  readonly code: string;
  /** file:line */
  readonly at: string;
}

/** A place where the code is any text: nobody can list it. */
export interface OpenCode {
  readonly at: string;
  readonly text: string;
}

/** `new X(...)` or `super(...)` whose class takes an error code at this position. */
type Carriers = Map<ts.SignatureDeclaration | ts.JSDocSignature, number>;

export interface Found {
  readonly codes: readonly FoundCode[];
  readonly open: readonly OpenCode[];
  /** HTTP status by code, from every table named `...Statuses` or `codeByStatus`. */
  readonly statuses: ReadonlyMap<string, number>;
}

export function findErrorCodes(root: string): Found {
  const files = ['apps', 'libs'].flatMap((room) => sourcesIn(join(root, room)));
  const program = ts.createProgram(files, optionsOf(root));
  const own = program.getSourceFiles().filter((file) => files.includes(file.fileName));
  return new CodeFinder(program.getTypeChecker(), own, root).find();
}

function optionsOf(root: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  return { ...options, noEmit: true, composite: false, declaration: false, declarationMap: false };
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === 'node_modules' || name === 'dist' ? [] : sourcesIn(path);
    return /\/src\/.*\.ts$/.test(path) && !/\.(?:spec|contract|fixture|d)\.ts$/.test(path) ? [path] : [];
  });
}

class CodeFinder {
  private readonly codes: FoundCode[] = [];
  private readonly open: OpenCode[] = [];
  private readonly statuses = new Map<string, number>();
  private readonly carriers: Carriers = new Map();

  constructor(
    private readonly checker: ts.TypeChecker,
    private readonly files: readonly ts.SourceFile[],
    private readonly root: string,
  ) {}

  find(): Found {
    this.each((node) => {
      if (ts.isClassDeclaration(node) && node.name?.text === 'WeirError') this.carriers.set(constructorOf(node), 0);
    });
    // a subclass that hands its own parameter on is a carrier too, and so are its subclasses
    for (let before = -1; before !== this.carriers.size;) {
      before = this.carriers.size;
      this.each((node) => this.findCarrier(node));
    }
    this.each((node) => this.readCall(node));
    this.each((node) => this.readObject(node));
    this.each((node) => this.readStatuses(node));
    return { codes: this.codes, open: this.open, statuses: this.statuses };
  }

  private each(visit: (node: ts.Node) => void): void {
    const walk = (node: ts.Node): void => {
      visit(node);
      ts.forEachChild(node, walk);
    };
    this.files.forEach(walk);
  }

  private findCarrier(node: ts.Node): void {
    if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.SuperKeyword) return;
    const parameter = this.passedOn(this.codeArgument(node));
    if (parameter) this.carriers.set(parameter.parent, parameter.parent.parameters.indexOf(parameter));
  }

  private readCall(node: ts.Node): void {
    if (
      !ts.isNewExpression(node) &&
      !(ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword)
    )
      return;
    const argument = this.codeArgument(node);
    if (!argument) return;
    const read = this.literals(argument);
    const passedOn = this.passedOn(argument);
    if (read) this.add(read, argument);
    else if (!passedOn) this.open.push({ at: this.placeOf(argument), text: argument.getText() });
  }

  /** Answers that are values: `{ code: 'invalid', message }` of a refused outcome, a dead letter, a client's error class. */
  private readObject(node: ts.Node): void {
    if (ts.isPropertyDeclaration(node) && node.name.getText() === 'code' && node.initializer) {
      this.add(this.literals(node.initializer) ?? [], node);
    }
    if (!ts.isObjectLiteralExpression(node)) return;
    const property = (name: string) => node.properties.find((each) => each.name?.getText() === name);
    const code = property('code');
    if (!code || !property('message') || !ts.isPropertyAssignment(code)) return;
    const read = this.literals(code.initializer)?.filter((each) => each !== 'custom' && !each.startsWith('weir-'));
    this.add(read ?? [], code); // not zod's own word, nor a table of header names
  }

  private readStatuses(node: ts.Node): void {
    if (!ts.isVariableDeclaration(node) || !/^(?:\w*[sS]tatuses|codeByStatus)$/.test(node.name.getText())) return;
    const table =
      node.initializer && ts.isAsExpression(node.initializer) ? node.initializer.expression : node.initializer;
    if (!table || !ts.isObjectLiteralExpression(table)) return;
    for (const property of table.properties.filter(ts.isPropertyAssignment)) {
      const [key, value] = [nameOf(property.name), property.initializer];
      if (ts.isNumericLiteral(value)) this.statuses.set(key, Number(value.text));
      if (ts.isStringLiteral(value)) this.statuses.set(value.text, Number(key));
    }
  }

  private codeArgument(call: ts.NewExpression | ts.CallExpression): ts.Expression | undefined {
    const declaration = this.checker.getResolvedSignature(call)?.declaration;
    const position = declaration && this.carriers.get(declaration);
    return position === undefined ? undefined : call.arguments?.[position];
  }

  /** The constructor's parameter that the argument is, where it is one and of an open type. */
  private passedOn(
    argument: ts.Expression | undefined,
  ): (ts.ParameterDeclaration & { parent: ts.ConstructorDeclaration }) | undefined {
    if (!argument || this.literals(argument)) return undefined;
    const declaration = this.checker.getSymbolAtLocation(argument)?.valueDeclaration;
    return declaration && ts.isParameter(declaration) && ts.isConstructorDeclaration(declaration.parent)
      ? (declaration as ts.ParameterDeclaration & { parent: ts.ConstructorDeclaration })
      : undefined;
  }

  private literals(expression: ts.Expression): string[] | undefined {
    const type = this.checker.getTypeAtLocation(expression);
    const parts = type.isUnion() ? type.types : [type];
    return parts.every((part) => part.isStringLiteral()) ? parts.map((part) => part.value) : undefined;
  }

  private add(codes: readonly string[], node: ts.Node): void {
    for (const code of codes) this.codes.push({ code, at: this.placeOf(node) });
  }

  private placeOf(node: ts.Node): string {
    const file = node.getSourceFile();
    return `${relative(this.root, file.fileName)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
  }
}

function constructorOf(node: ts.ClassDeclaration): ts.ConstructorDeclaration {
  const found = node.members.find((member) => ts.isConstructorDeclaration(member));
  if (!found) throw new Error('WeirError has no constructor');
  return found;
}

const nameOf = (name: ts.PropertyName): string =>
  ts.isStringLiteral(name) || ts.isNumericLiteral(name) ? name.text : name.getText();
