import { EXIT, type ExitCode, UserError } from '@firn/core'
import type { CommandGroup, Commands, Io } from './command.ts'
import { nearest } from './nearest.ts'

/**
 * Run the command that the first word names with the words after it. `name` is what stood before: `firn`, `firn boot`.
 * `--help` anywhere behind a command prints that command's help.
 */
export async function runCommand(
  name: string,
  commands: Commands,
  [word, ...rest]: readonly string[],
  io: Io,
): Promise<ExitCode> {
  const load = word !== undefined && Object.hasOwn(commands, word) ? commands[word] : undefined
  if (load === undefined) {
    throw new UserError(
      `${name} has no command '${word}'`,
      `did you mean '${name} ${nearest(word ?? '', Object.keys(commands))}'? ${name} --help lists them`,
    )
  }
  const { command } = await load()
  if ('actions' in command) return runGroup(`${name} ${word}`, command, rest, io)
  if (asksForHelp(rest)) {
    io.stdout(command.help)
    return EXIT.clean
  }
  return command.run(rest, io)
}

async function runGroup(name: string, group: CommandGroup, words: readonly string[], io: Io): Promise<ExitCode> {
  const [first] = words
  if (first === undefined || first === 'help' || asksForHelp([first])) {
    io.stdout(group.help)
    return first === undefined ? EXIT.usage : EXIT.clean
  }
  return runCommand(name, group.actions, words, io)
}

function asksForHelp(words: readonly string[]): boolean {
  return words.some((word) => word === '--help' || word === '-h')
}
