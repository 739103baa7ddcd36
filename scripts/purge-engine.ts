// Takes back what an engine leaves in the kernel when it stops, for the containers that run on: bridges and firewall rules.
//   node scripts/purge-engine.ts FLAGS     the flags that the engine was started with; it must have stopped
import { parseFlags } from '../src/daemon/parse-flags.ts';
import { startEngine } from '../src/daemon/start-engine.ts';
import { jsonLogger } from '../src/lib/log.ts';

const settings = parseFlags(process.argv.slice(2));
if (typeof settings === 'string') throw new Error('purge-engine wants the flags of an engine');
const logger = jsonLogger((line) => void process.stderr.write(line), 'error', { engine: settings.name });
const engine = await startEngine(settings, logger);
await engine.close({ purge: true });
process.exit();
