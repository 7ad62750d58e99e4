import { UserError } from '@firn/core'
import type { Answer, Question } from './questions.ts'

/** A question with its answer, and where it stands in what was written. */
export interface Answered {
  readonly question: Question
  readonly answer: Answer
}

export interface Readme {
  readonly text: string
  /** Headings of the template that none of the questions is. */
  readonly unknown: readonly string[]
}

const STARS = /^\*{20,}\s*$/
const HOLE = '[your text here]'

/**
 * Fill shim-review's template: a row of stars, headings with their hints, a row of stars, then the room for the answer. What
 * stands before the first row of stars is for the applicant and is left out. Questions that only the organization can
 * answer keep the template's room. Errors: no template of that form.
 */
export function fillTemplate(template: string, answers: readonly Answered[]): Readme {
  const parts = splitAtStars(template)
  if (parts.length < 3) {
    throw new UserError(
      'not the template of shim-review: it has no questions between rows of stars',
      'give its README.md',
    )
  }
  const unknown: string[] = []
  const sections: string[] = []
  for (let i = 1; i + 1 < parts.length; i += 2) {
    const [head, room] = [parts[i]!, parts[i + 1]!]
    const found = answers.find(({ question }) => question.heading.test(head))
    if (found === undefined) unknown.push(headingOf(head))
    sections.push(section(head.trim(), found === undefined ? room.trim() : textOf(found.answer, room.trim())))
  }
  return { text: `${sections.join('\n\n')}\n`, unknown }
}

/** The same without a template: the questions in its order, in our words. */
export function writeReadme(answers: readonly Answered[]): Readme {
  const sections = answers.map(({ question, answer }) => section(`### ${question.title}`, textOf(answer, HOLE)))
  return { text: `${sections.join('\n\n')}\n`, unknown: [] }
}

function textOf({ kind, text }: Answer, room: string): string {
  if (kind === 'yours' && text === '') return room
  return kind === 'draft' ? `<!-- a draft: check it -->\n${text}` : text
}

function section(head: string, body: string): string {
  const stars = '*'.repeat(79)
  return [stars, head, stars, body].join('\n')
}

function splitAtStars(text: string): string[] {
  const parts: string[][] = [[]]
  for (const line of text.split(/\r?\n/)) {
    if (STARS.test(line)) parts.push([])
    else parts.at(-1)!.push(line)
  }
  return parts.map((lines) => lines.join('\n'))
}

function headingOf(head: string): string {
  return /^### *(.+)$/m.exec(head)?.[1] ?? head.trim().slice(0, 80)
}
