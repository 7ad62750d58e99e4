import type { Finding } from '@firn/report'
import { checkCertificates } from './certificate-checks.ts'
import { draftRecipe, type Recipe } from './dockerfile.ts'
import { checkPrograms, reviewFinding } from './program-checks.ts'
import { type Answer, QUESTIONS } from './questions.ts'
import { type Answered, fillTemplate, writeReadme } from './readme.ts'
import { checkKernels, checkSources } from './source-checks.ts'
import type { ReviewSubject } from './subject.ts'

export interface Review {
  readonly findings: readonly Finding[]
  readonly answers: readonly Answered[]
  /** The application, in the order of shim-review's template. */
  readonly readme: string
  /** A draft of the Dockerfile that shim-review wants, and the files beside it. */
  readonly recipe: Recipe
}

export interface ReviewWords {
  /** shim-review's README.md; without it the questions stand in our words. */
  readonly template?: string
  /** What people wrote, by the id of a question: it takes the place of what the facts say. */
  readonly written: ReadonlyMap<string, string>
}

/** An application to have a shim signed, as far as facts can answer it, and what reviewers would reject. */
export function reviewShim(subject: ReviewSubject, { template, written }: ReviewWords): Review {
  const answers = QUESTIONS.map((question): Answered => {
    const text = written.get(question.id)
    const answer: Answer = text === undefined ? question.answer(subject) : { kind: 'yours', text }
    return { question, answer }
  })
  const readme = template === undefined ? writeReadme(answers) : fillTemplate(template, answers)
  return {
    findings: [
      ...checkSources(subject),
      ...checkPrograms(subject),
      ...checkCertificates(subject),
      ...checkKernels(subject),
      ...readme.unknown.map((heading) =>
        reviewFinding(
          'unknown-question',
          'note',
          subject.shim.name,
          `nothing here answers: ${heading}`,
          'answer it by hand',
        ),
      ),
    ],
    answers,
    readme: readme.text,
    recipe: draftRecipe(subject),
  }
}

/** The ids that `written` may have. */
export const QUESTION_IDS: readonly string[] = QUESTIONS.map(({ id }) => id)
