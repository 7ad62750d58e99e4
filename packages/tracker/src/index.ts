export { type AppOptions, createApp } from './http/app.ts'
export type { Queries } from './http/queries.ts'
export { type Listening, listen, type Place } from './http/server.ts'
