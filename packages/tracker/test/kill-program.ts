import { open } from './open-offline.ts'

/** Imports files into a tracker's folder until it is killed: `kill-program.ts FOLDER FILE...` */
const [folder, ...files] = process.argv.slice(2)
const tracker = await open(folder!)
console.log('open')
const said = () => console.log('progress')
for await (const { error } of tracker.queue.resume(said)) if (error !== undefined) throw error
for (const path of files) await tracker.control.importFile({ path }, said)
await tracker.close()
console.log('done')
