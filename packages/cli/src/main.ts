import { EXIT } from '@firn/core'

process.stdout.write('firn\n')
process.exitCode = EXIT.clean
