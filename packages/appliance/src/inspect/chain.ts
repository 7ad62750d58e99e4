import { parsePe } from '@firn/binary/pe'
import {
  architectureOf,
  type BootStep,
  contentOf,
  type EfiVariable,
  explainBoot,
  fatVolume,
  type Machine,
  profilesOf,
  type Volume,
} from '@firn/boot'
import { type ByteSource, UserError } from '@firn/core'
import { stretches } from '@firn/image'
import { parseStoreWords } from '../init/parse-words.ts'
import type { StoreWords } from '../init/words.ts'
import type { Canonical } from './canonical.ts'

/** Who is trusted: what the machine's firmware keeps. */
export interface Trust {
  readonly variables: readonly EfiVariable[]
  /** By default what the image is for. */
  readonly architecture?: Machine['architecture']
}

/** One link of the chain from the firmware to the last byte of the store. */
export interface Link {
  readonly name: string
  readonly holds: boolean
  readonly text: string
}

/** From the firmware to the kernels that it may start. */
export interface Chain {
  readonly links: readonly Link[]
  /** Every program that is started, or may be chosen, with its path on the EFI system partition. */
  readonly programs: readonly { readonly path: string; readonly by: string }[]
  readonly kernels: readonly BoundKernel[]
}

/** A unified kernel, and the stores that its command lines bind: one, or as many as it has profiles. */
interface BoundKernel {
  readonly path: string
  readonly stores: readonly StoreWords[]
}

const MOST_LINE = 64 * 1024

/** What the machine would do with the image, whoever holds the keys that it trusts. */
export function chainOf(image: ByteSource, { esp }: Canonical, { variables, architecture }: Trust): Chain {
  const volume = fatVolume(stretches(image, [esp]), 'esp', esp)
  const { secureBoot, entries } = explainBoot({
    variables,
    architecture: architecture ?? architectureOf([volume]),
    volumes: [volume],
  })
  const links: Link[] = [
    {
      name: 'Secure Boot',
      holds: secureBoot.isOn,
      text: `it is ${secureBoot.isOn ? 'on' : 'off'}: ${secureBoot.reason}`,
    },
  ]
  const fallback = entries.find(({ name }) => name === 'fallback')
  if (fallback?.program === undefined) {
    return {
      links: [...links, { name: 'firmware', holds: false, text: fallback?.reason ?? 'it starts nothing' }],
      programs: [],
      kernels: [],
    }
  }
  const started = stepsOf(fallback.program)
  links.push(...started.map(linkOf))
  const programs = started
    .filter(({ decision }) => decision.runs)
    .map(({ path, decision }) => ({ path, by: decision.by?.subject ?? decision.by?.from ?? decision.reason }))
  const kernels: BoundKernel[] = []
  for (const step of endsOf(fallback.program)) {
    const { kernel, link } = bound(volume, step)
    links.push(link)
    if (kernel !== undefined) kernels.push(kernel)
  }
  return { links, programs, kernels }
}

/** All steps that may be taken: those when nobody chooses first. What is refused in a menu only is left out. */
function stepsOf(step: BootStep): BootStep[] {
  const others = step.others.filter(({ decision }) => decision.runs)
  return [step, ...(step.next === undefined ? [] : stepsOf(step.next)), ...others.flatMap(stepsOf)]
}

/** Where the chain of programs ends. What a unified image starts is part of what was signed with it. */
function endsOf(step: BootStep): BootStep[] {
  const own = step.kind === 'uki' || step.next === undefined ? [step] : endsOf(step.next)
  return [...own, ...step.others.flatMap(endsOf)].filter(({ decision }) => decision.runs)
}

function linkOf({ by, path, kind, decision }: BootStep): Link {
  const what = kind === 'nothing' || kind === 'program' ? '' : ` (${kind})`
  return { name: `${by}: ${path}${what}`, holds: decision.runs, text: decision.reason }
}

function withProgram<T>(volume: Volume, path: string, act: (source: ByteSource) => T): T | undefined {
  const source = volume.open(path)
  try {
    return source === undefined ? undefined : act(source)
  } finally {
    source?.close()
  }
}

/** Whether what is started in the end binds a store by what is signed. */
function bound(
  volume: Volume,
  { path, kind, notes }: BootStep,
): { readonly link: Link; readonly kernel?: BoundKernel } {
  const name = `${path}: command line`
  if (kind === 'addon')
    return { link: { name: path, holds: false, text: 'an addon changes the command line of the kernel' } }
  if (kind !== 'uki') {
    const text =
      notes.find((note) => note.includes('no signature covers')) ?? 'what it starts in turn, nothing here binds'
    return { link: { name, holds: false, text } }
  }
  try {
    const stores = commandLines(volume, path).map(parseStoreWords)
    return {
      kernel: { path, stores },
      link: { name, holds: true, text: 'it is part of what is signed, and binds the store' },
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { link: { name, holds: false, text: error.message } }
  }
}

/** Of the base and of each profile; a stub takes the first of several sections, and so do we, but several are odd. */
function commandLines(volume: Volume, path: string): string[] {
  const hint = 'build the image with firn appliance'
  const lines = withProgram(volume, path, (source) => {
    const { base, profiles } = profilesOf(parsePe(source).sections)
    return [base, ...profiles.map(({ sections }) => sections)].flatMap((sections, i) => {
      const found = sections.filter((section) => section.name === '.cmdline')
      if (found.length > 1) throw new UserError('it has two command lines', hint)
      if (found.length === 0 && i === 0) {
        throw new UserError('it has no command line: whoever starts it may give one', hint)
      }
      return found.map((section) => {
        const content = contentOf(source, section)
        if (content.size > MOST_LINE) throw new UserError(`a command line of ${content.size} bytes`, hint)
        return Buffer.from(content.read(0, content.size)).toString('utf8')
      })
    })
  })
  return lines ?? []
}
