// The commands and their options. Each group is a function of its own here; what a command does is a file beside this one.
import yargs, { type Argv } from 'yargs';
import { exitCodes, type ExitCode } from './exit-codes';
import { parseDuration } from './parse-duration';
import { CommandFailed, type Surroundings } from './ports';
import { rebuildBandit } from './rebuild-bandit';

const outputs = ['table', 'json'] as const;

/** Below the help of each command: yargs does not pass it on. */
const epilogue =
  'WEIR_CONTROLLER: its address (http://127.0.0.1:8082). WEIR_API_KEY: the key. Exit codes: 0 good, 1 differs, 2 usage, 3 refused, 4 away.';

/** Runs one command line (without node and the program); never rejects. */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.good;
  const finish = (code: ExitCode): void => {
    exitCode = code;
  };
  try {
    const told = await textOf(cli(surroundings, finish), args);
    if (told !== '') surroundings.print(told);
    return exitCode;
  } catch (error) {
    surroundings.note(`weirctl: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof CommandFailed ? error.exitCode : exitCodes.usage;
  }
}

type Finish = (code: ExitCode) => void;

function cli(surroundings: Surroundings, finish: Finish): Argv {
  return yargs()
    .scriptName('weirctl')
    .usage('$0 <group> <command>')
    .command(
      'bandit',
      'what bandits have learnt',
      (group) => banditCommands(group, surroundings, finish),
      () => undefined,
    )
    .demandCommand(1, 'a group is missing: weirctl --help names them')
    .option('output', { alias: 'o', choices: outputs, default: 'table' as const, describe: 'how results are written' })
    .epilogue(epilogue)
    .strict()
    .version(false)
    .help()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new CommandFailed(exitCodes.usage, message);
    });
}

function banditCommands(group: Argv, surroundings: Surroundings, finish: Finish): Argv {
  return group
    .command(
      'rebuild <rollout>',
      'computes again, from all outcomes, what the bandits of a rollout learnt, and compares',
      (command) =>
        command
          .epilogue(epilogue)
          .positional('rollout', { type: 'string', demandOption: true, describe: "the rollout's id" })
          .option('replace', {
            type: 'boolean',
            default: false,
            describe: 'put what the outcomes say in place of what differs',
          })
          .option('force', {
            type: 'boolean',
            default: false,
            describe: 'with --replace: also where Kafka no longer has all of them',
          })
          .option('within', { type: 'string', default: '10m', describe: 'how long it may take' })
          .example('$0 bandit rebuild 0198c5f2-...', 'compare, change nothing; exits 1 where something differs')
          .example('$0 bandit rebuild 0198c5f2-... --replace', 'and put it right')
          .example('$0 bandit rebuild 0198c5f2-... -o json', 'for programs'),
      async ({ rollout, replace, force, within, ...rest }) => {
        const output = rest['output'] === 'json' ? 'json' : 'table';
        finish(await rebuildBandit({ rollout, replace, force, output, withinMs: parseDuration(within) }, surroundings));
      },
    )
    .demandCommand(1, 'a command is missing: weirctl bandit --help names them');
}

/** What yargs itself has to say: help. Commands print for themselves. */
function textOf(parser: Argv, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const parsed = parser.parseAsync([...args], {}, (error, _, output) => {
      if (error) reject(error);
      else resolve(output);
    });
    Promise.resolve(parsed).catch(reject);
  });
}
