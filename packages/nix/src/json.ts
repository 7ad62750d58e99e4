import { UserError } from '@firn/core'

/** Checked steps through JSON that came from outside. What does not fit is a UserError naming format and place. */
export class Json {
  readonly value: unknown
  /** Such as `nix path-info: .info[0].narHash`. */
  readonly place: string

  constructor(value: unknown, place: string) {
    this.value = value
    this.place = place
  }

  static parse(text: string, format: string): Json {
    try {
      return new Json(JSON.parse(text), `${format}: `)
    } catch (error) {
      throw new UserError(
        `${format}: not JSON: ${(error as Error).message.slice(0, 200)}`,
        'give the whole output of the command, unchanged',
        undefined,
        { cause: error },
      )
    }
  }

  /** Own members only: `__proto__` and its like are names as any other. A missing one holds undefined. */
  at(name: string): Json {
    const object = this.#record()
    return new Json(Object.hasOwn(object, name) ? object[name] : undefined, `${this.place}.${name}`)
  }

  get missing(): boolean {
    return this.value === undefined || this.value === null
  }

  optional<T>(read: (json: Json) => T): T | undefined {
    return this.missing ? undefined : read(this)
  }

  string(): string {
    return typeof this.value === 'string' ? this.value : this.fail('is not a string')
  }

  boolean(): boolean {
    return typeof this.value === 'boolean' ? this.value : this.fail('is not true or false')
  }

  /** A whole number from 0 to 2^53. */
  count(): number {
    return Number.isSafeInteger(this.value) && (this.value as number) >= 0
      ? (this.value as number)
      : this.fail('is not a whole number')
  }

  list(): readonly Json[] {
    if (!Array.isArray(this.value)) this.fail('is not a list')
    return (this.value as readonly unknown[]).map((entry, at) => new Json(entry, `${this.place}[${at}]`))
  }

  strings(): readonly string[] {
    return this.list().map((entry) => entry.string())
  }

  entries(): readonly (readonly [name: string, value: Json])[] {
    return Object.entries(this.#record()).map(([name, value]) => [
      name,
      new Json(value, `${this.place}[${JSON.stringify(name)}]`),
    ])
  }

  get isObject(): boolean {
    return typeof this.value === 'object' && this.value !== null && !Array.isArray(this.value)
  }

  fail(why: string): never {
    throw new UserError(`${this.place} ${why}`, 'this output is damaged or of a Nix that firn does not know')
  }

  #record(): Record<string, unknown> {
    return this.isObject ? (this.value as Record<string, unknown>) : this.fail('is not an object')
  }
}
