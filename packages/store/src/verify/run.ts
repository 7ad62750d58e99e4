import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '@firn/core'
import { realPath } from '@firn/nix/place'
import { openStoreDatabase, type PathInfo } from '@firn/nix/store'
import { type BytePath, bytePath, textOfBytePath } from '@firn/nix/tree'
import { changedLater } from './changed-later.ts'
import { type ContentPlan, needsSecondHash, planContent } from './content-check.ts'
import type { Crew } from './crew.ts'
import { byLevelAndPath, type Fault, findingOf, type StoreFinding } from './finding.ts'
import { type Reply, runAll } from './job.ts'
import { judgePath, judgeReferences, type PathVerdict } from './judge.ts'
import { LINKS, LinkSort, type LinkTask } from './link-check.ts'
import { type LinkName, linkNames } from './link-names.ts'
import type { CheckSettings, PathTask } from './path-check.ts'
import type { PathResult } from './path-reading.ts'
import type { Running } from './pool.ts'
import { readRecords } from './records.ts'
import { readState, recordKey, removeState, runIdentity, type State, writeState } from './resume.ts'
import { judgeSignatures } from './signature-check.ts'
import { judgeStoreFolder, type statStore, unregisteredFault, unregisteredNames } from './store-folder.ts'
import { TreeFacts } from './tree-facts.ts'
import type { Verification, VerifyRequest } from './verification.ts'
import { listXattrs } from './xattr-program.ts'

/** How many names of `.links` a worker takes at once. */
const LINK_BATCH = 256
const SAVE_MS = 10_000
/** Garbage collection unregisters a path before it takes it away. */
const GONE_AFTER_MS = 1000

interface Read {
  readonly result: PathResult
  readonly verdict: PathVerdict
}

/** One verification: what was read and judged so far, and what is kept of it when it is cut off. */
export class VerifyRun {
  readonly #request: VerifyRequest
  readonly #crew: Crew
  readonly #settings: CheckSettings
  #records: ReadonlyMap<string, PathInfo>
  readonly #plans = new Map<string, ContentPlan>()
  readonly #results = new Map<string, Read>()
  #findings: StoreFinding[] = []
  readonly #signed = new Set<string>()
  readonly #resumed: State['done']
  readonly #since: number
  readonly #identity: string
  #total: number
  #bytesBefore = 0
  #collected = 0
  #linkSort: LinkSort | undefined
  #links: { names: number; hashed: number } | undefined
  #xattrs: Verification['xattrs']
  #saved = Date.now()
  #unsaved: string | undefined

  constructor(request: VerifyRequest, records: readonly PathInfo[], crew: Crew, settings: CheckSettings) {
    this.#request = request
    this.#crew = crew
    this.#settings = settings
    this.#records = new Map(records.map((info) => [info.path, info]))
    this.#total = records.reduce((sum, { narSize }) => sum + narSize, 0)
    this.#xattrs = settings.xattrs ? 'system call' : 'not checked'
    const { place, state, scanReferences = false } = request
    this.#identity = runIdentity([place.realStoreDir, place.stateDir, String(scanReferences)])
    const earlier = state?.resume === true ? readState(state.file, this.#identity) : undefined
    this.#since = earlier?.since ?? Date.now()
    this.#resumed = new Map(
      [...(earlier?.done ?? [])].filter(([path, { key }]) => {
        const info = this.#records.get(path)
        return info !== undefined && recordKey(info) === key
      }),
    )
    for (const info of records) this.#planContent(info)
  }

  #planContent(info: PathInfo): void {
    const { plan, fault } = planContent(info)
    if (plan !== undefined) this.#plans.set(info.path, plan)
    if (fault !== undefined) this.#add(info.path, fault)
  }

  #judgeSignatures(info: PathInfo): void {
    const { trusted, fault } = judgeSignatures(info, this.#request.signatures)
    if (trusted) this.#signed.add(info.path)
    if (fault !== undefined) this.#add(info.path, fault)
  }

  #add(path: string, fault: Fault): void {
    this.#findings.push(findingOf(path, fault, this.#request.place.root))
  }

  async readPaths(): Promise<boolean> {
    const waiting = [...this.#records.values()].filter(({ path }) => !this.#resumed.has(path))
    const complete = await this.#read(waiting)
    for (const path of this.#resumed.keys()) this.#judgeSignatures(this.#records.get(path)!)
    if (!complete) this.#save()
    return complete
  }

  /**
   * Largest first, so that no worker is left alone with the largest in the end. Signatures are judged meanwhile: those of
   * a whole system take a quarter of a second, which the workers need not wait for.
   */
  async #read(infos: readonly PathInfo[]): Promise<boolean> {
    const order = infos.toSorted((a, b) => b.narSize - a.narSize)
    const bytes = order.reduce((sum, { narSize }) => sum + narSize, 0)
    return this.#work(
      { settings: this.#settings, paths: order.map((info) => this.#task(info)), links: [] },
      bytes,
      (reply) => {
        if (reply.kind !== 'path') return
        const info = order[reply.at]!
        const { sealed, shared, ...result } = reply.result
        this.#judgeSignatures(info)
        const verdict = judgePath(info, this.#plans.get(info.path), result)
        this.#results.set(info.path, { result, verdict })
        if (verdict.whole && this.#request.allLinks !== true) this.#linkSort?.foundWhole(shared)
        if (sealed !== undefined && verdict.whole) this.#request.onSealed?.(info, sealed)
        if (Date.now() - this.#saved > SAVE_MS) this.#save()
      },
    )
  }

  async #work(job: Parameters<typeof runAll>[0], bytes: number, tell: (reply: Reply) => void): Promise<boolean> {
    const { onProgress, ...request } = this.#request
    const before = this.#bytesBefore
    const running: Running = {
      ...request,
      onProgress: (done) => {
        this.#bytesBefore = before + done
        onProgress?.(this.#bytesBefore, Math.max(this.#total, this.#bytesBefore))
      },
    }
    return runAll(job, this.#crew, bytes, running, tell)
  }

  #task(info: PathInfo): PathTask {
    const plan = this.#plans.get(info.path)
    return {
      place: bytePath(realPath(info.path, this.#request.place)),
      size: info.narSize,
      ...(plan !== undefined && needsSecondHash(plan) && { plan }),
    }
  }

  /**
   * Before anybody is accused: is the path still valid, and is its record still the same? Builds, repairs, optimising
   * and garbage collection go on meanwhile. What is still valid is read a second time, and that counts.
   */
  async readSuspectsAgain(): Promise<boolean> {
    const suspects = [...this.#results].filter(([, { verdict }]) => !verdict.whole).map(([path]) => path)
    if (suspects.length === 0) return true
    const { place } = this.#request
    const database = openStoreDatabase(place.stateDir, place.storeDir)
    let fresh: PathInfo[]
    try {
      fresh = database.pathInfos(suspects)
    } finally {
      database.close()
    }
    const records = new Map(this.#records)
    for (const path of suspects) records.delete(path)
    for (const info of fresh) records.set(info.path, info)
    this.#collected = this.#records.size - records.size
    this.#records = records
    for (const path of suspects) for (const known of [this.#results, this.#plans, this.#signed]) known.delete(path)
    const again = new Set(suspects)
    this.#findings = this.#findings.filter(({ subject }) => !again.has(subject.path!))
    for (const info of fresh) this.#planContent(info)
    return this.#read(fresh)
  }

  /** Whose inodes the names in `.links` have: asked while the other threads are still starting. */
  async listLinks(): Promise<void> {
    const inodes: number[] = []
    await this.#eachLink(({ inode }) => inodes.push(inode))
    this.#linkSort = new LinkSort(inodes)
  }

  /** `listLinks` was first. */
  async checkLinks(): Promise<boolean> {
    const folder = this.#linksFolder
    const sort = this.#linkSort!
    const toHash: BytePath[] = []
    if (sort.suspects > 0) {
      await this.#eachLink(({ name, inode }) => {
        if (sort.isSuspect(inode)) toHash.push(name)
      })
    }
    if (this.#request.signal.aborted) return false
    if (sort.names === 0) return true
    const largest = [...this.#records.values()].reduce((most, { narSize }) => Math.max(most, narSize), 0)
    const links: LinkTask[] = []
    for (let at = 0; at < toHash.length; at += LINK_BATCH)
      links.push({ folder, names: toHash.slice(at, at + LINK_BATCH), largest })
    let hashed = 0
    const complete = await this.#work(
      { settings: this.#settings, paths: [], links },
      Number.POSITIVE_INFINITY,
      (reply) => {
        if (reply.kind !== 'links') return
        hashed += reply.result.hashed
        for (const { name, fault } of reply.result.faults) this.#add(textOfBytePath(`${folder}/${name}`), fault)
      },
    )
    this.#links = { names: sort.names, hashed }
    return complete
  }

  get #linksFolder(): BytePath {
    return bytePath(`${this.#request.place.realStoreDir}/${LINKS}`)
  }

  /** Millions of names take seconds: signals are heard meanwhile. */
  async #eachLink(tell: (name: LinkName) => void): Promise<void> {
    for (const some of linkNames(this.#linksFolder)) {
      for (const name of some) tell(name)
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#request.signal.aborted) return
    }
  }

  async checkFolder(valid: ReadonlySet<string>, stat: ReturnType<typeof statStore>): Promise<void> {
    const { place } = this.#request
    const fault = judgeStoreFolder(place, stat)
    if (fault !== undefined) this.#add(place.realStoreDir, fault)
    const names = unregisteredNames(place, bytePath(place.realStoreDir), valid)
    if (names.length === 0) return
    // What was registered since the run began is no stranger, and what was just unregistered will be gone in a moment.
    await sleep(GONE_AFTER_MS)
    const now = readRecords(place, { kind: 'paths', paths: [] }).valid
    const strangers = unregisteredNames(place, bytePath(place.realStoreDir), now)
    for (const name of names.filter((each) => strangers.includes(each))) {
      this.#add(`${place.storeDir}/${name}`, unregisteredFault(`${place.realStoreDir}/${name}`))
    }
  }

  /** Only of paths that neither a trusted key nor their own address vouches for. */
  judgeTimes(): void {
    const { touchedKnownUntil = 0 } = this.#request
    const read = [...this.#results].map(([path, { result }]) => [path, result.touched] as const)
    const earlier = [...this.#resumed].map(([path, { touched }]) => [path, touched] as const)
    const times = [...read, ...earlier].map(([path, touched]) => ({
      path,
      registered: this.#records.get(path)?.registrationTime ?? 0,
      touched: touched > touchedKnownUntil ? touched : Math.min(touched, 1),
    }))
    for (const [path, fault] of changedLater(times)) {
      const verdict = this.#results.get(path)?.verdict
      // Another fault says it already, and a path that is vouched for holds what it should, whenever it was touched.
      if (verdict !== undefined && (verdict.faults.length > 0 || verdict.addressed)) continue
      if (this.#plans.has(path) || this.#signed.has(path)) continue
      if (!this.#findings.some(({ subject, level }) => subject.path === path && level === 'error'))
        this.#add(path, fault)
    }
  }

  /** Without the system calls one of the system's programs is asked; without that it is said. */
  askForXattrs(): void {
    if (this.#settings.xattrs) return
    const { place } = this.#request
    const roots = [...this.#results.keys()].map((path) => ({ path, place: bytePath(realPath(path, place)) }))
    const found = listXattrs(roots.map((root) => root.place))
    if (found === undefined) {
      this.#add(place.storeDir, {
        rule: 'store/xattr-unchecked',
        level: 'note',
        message: 'extended attributes (file capabilities, access lists) were not looked at: nothing here can list them',
        repair: ['install getfattr (Debian: attr) or run firn with a Node that has node:ffi'],
      })
      return
    }
    this.#xattrs = 'getfattr'
    for (const { path, place: root } of roots) {
      const facts = new TreeFacts(this.#settings.owner, false)
      for (const xattr of found) {
        if (xattr.place === root || xattr.place.startsWith(`${root}/`)) facts.xattr(xattr.place, xattr.name)
      }
      for (const fault of facts.faults(root)) this.#add(path, fault)
    }
  }

  end(complete: boolean): Verification {
    const { scanReferences, state } = this.#request
    for (const [path, { result, verdict }] of this.#results) {
      for (const fault of verdict.faults) this.#add(path, fault)
      const strange = scanReferences === true ? judgeReferences(this.#records.get(path)!, result) : undefined
      if (strange !== undefined) this.#add(path, strange)
    }
    if (!complete) this.#save()
    else if (state !== undefined) removeState(state.file)
    const results = [...this.#results.values()]
    const resumed = [...this.#resumed.values()]
    const resumedBytes = [...this.#resumed.keys()].reduce((sum, path) => sum + this.#records.get(path)!.narSize, 0)
    return {
      findings: this.#findings.sort(byLevelAndPath),
      paths: results.length + resumed.length,
      whole: results.filter(({ verdict }) => verdict.whole).length + resumed.length,
      files: [...results.map(({ result }) => result), ...resumed].reduce((sum, { files }) => sum + files, 0),
      bytes: results.reduce((sum, { result }) => sum + result.narSize, 0) + resumedBytes,
      signed: this.#signed.size,
      addressed: results.filter(({ verdict }) => verdict.addressed).length,
      collected: this.#collected,
      resumed: resumed.length,
      links: this.#links,
      xattrs: this.#xattrs,
      complete,
      ...(this.#unsaved !== undefined && { unsaved: this.#unsaved }),
    }
  }

  /**
   * Keep what was found whole and without fault, so that an interrupted run need not start over. That it cannot be kept
   * ends no run.
   */
  #save(): void {
    const { state } = this.#request
    this.#saved = Date.now()
    if (state === undefined) return
    const done = new Map(this.#resumed)
    for (const [path, { result, verdict }] of this.#results) {
      const info = this.#records.get(path)!
      if (!verdict.whole || verdict.faults.length > 0 || judgeReferences(info, result) !== undefined) continue
      done.set(path, { key: recordKey(info), files: result.files, touched: result.touched })
    }
    try {
      writeState(state.file, this.#identity, { done, since: this.#since })
      this.#unsaved = undefined
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      this.#unsaved = error.message
    }
  }
}
