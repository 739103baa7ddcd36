import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import testcontainers from 'testcontainers';
import { runCode } from './run-code.ts';

await runCode({ ...testcontainers, text, sleep, fetch });
