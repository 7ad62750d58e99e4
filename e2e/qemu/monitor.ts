import { createConnection, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const PROMPT = '(qemu) '
const PATIENCE = 300_000

/** Stop the machine and save all of it but its disks; these can be copied then. */
export async function saveState(socket: string, file: string): Promise<void> {
  await ask(socket, 'stop')
  await ask(socket, 'migrate_set_parameter max-bandwidth 8G')
  await ask(socket, `migrate "exec:cat > ${file}"`)
  await until(socket, 'info migrate', /status: completed/)
}

/** Let a machine that was started from a saved state go on. */
export async function goOn(socket: string): Promise<void> {
  await until(socket, 'info status', /VM status: paused(?! \(inmigrate\))/)
  await ask(socket, 'cont')
}

async function until(socket: string, question: string, wanted: RegExp): Promise<void> {
  const end = Date.now() + PATIENCE
  for (;;) {
    const answer = await ask(socket, question)
    if (wanted.test(answer)) return
    if (Date.now() > end) throw new Error(`the monitor never said ${wanted}, but: ${answer}`)
    await sleep(20)
  }
}

/** One command of the monitor that is for people, and what it answers. */
async function ask(socket: string, command: string): Promise<string> {
  const connection = await connect(socket)
  connection.setEncoding('utf8')
  try {
    await prompt(connection)
    connection.write(`${command}\n`)
    return await prompt(connection)
  } finally {
    connection.destroy()
  }
}

/** QEMU needs a moment until it listens. */
async function connect(path: string): Promise<Socket> {
  const end = Date.now() + PATIENCE
  for (;;) {
    try {
      return await new Promise<Socket>((resolve, reject) => {
        const socket = createConnection(path)
        socket.once('connect', () => resolve(socket)).once('error', reject)
      })
    } catch (error) {
      if (Date.now() > end) throw error
      await sleep(20)
    }
  }
}

/** What it says up to the next prompt. */
function prompt(connection: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const timer = setTimeout(() => finish(() => reject(new Error(`the monitor hangs after: ${text}`))), PATIENCE)
    const look = (more: string) => {
      text += more
      if (text.endsWith(PROMPT)) finish(() => resolve(text))
    }
    const fail = () => finish(() => reject(new Error(`the monitor hung up after: ${text}`)))
    const finish = (act: () => void) => {
      clearTimeout(timer)
      connection.off('data', look).off('close', fail)
      act()
    }
    connection.on('data', look).on('close', fail)
  })
}
