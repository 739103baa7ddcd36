import { Duplex, PassThrough } from 'node:stream';
import { start } from '../lib/exec.ts';
import { EngineError } from '../lib/errors.ts';
import type { Host } from './host.ts';

type SshHost = Extract<Host, { kind: 'ssh' }>;

const LARGEST_COMPLAINT = 4096;

/** The arguments of ssh(1) for a connection to an engine: ours where there is one, else Docker's. */
export function sshArguments({ hostname, user, port, socket }: SshHost): string[] {
  const at = socket === undefined ? '' : ` --host ${quote(`unix://${socket}`)}`;
  const remote = `if command -v lade >/dev/null 2>&1; then exec lade${at} system dial-stdio; else exec docker${at} system dial-stdio; fi`;
  return [
    '-o',
    'ConnectTimeout=30',
    '-T',
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '--',
    hostname,
    remote,
  ];
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A connection to an engine through ssh: the standard streams of the far command. */
export function connectBySsh(host: SshHost): Duplex {
  const args = sshArguments(host);
  const child = start('ssh', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error('ssh has no streams');
  const incoming = stdout.pipe(new PassThrough(), { end: false }); // how it ends is known when ssh has
  const streams = { readable: incoming, writable: stdin };
  const connection = Duplex.from(streams as unknown as NodeJS.ReadableStream);
  let complaint = '';
  stderr.on(
    'data',
    (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-LARGEST_COMPLAINT)),
  );
  child.once('error', (error) => connection.destroy(failure(args, error.message)));
  child.once('close', (code) => {
    if (code) connection.destroy(failure(args, `exited with status ${code}: ${complaint.trim()}`));
    else incoming.end();
  });
  connection.once('close', () => child.kill());
  connection.on('error', () => {}); // told to who waits for an answer
  return socketLike(connection);
}

const failure = (args: readonly string[], why: string): EngineError =>
  new EngineError(
    'unavailable',
    `error during connect: ssh ${args.slice(0, -1).join(' ')} ${why}. Is the address right, and is lading or Docker there?`,
  );

/** What Node's HTTP client asks of a socket. */
function socketLike(connection: Duplex): Duplex {
  const itself = (): Duplex => connection;
  return Object.assign(connection, {
    setKeepAlive: itself,
    setNoDelay: itself,
    setTimeout: itself,
    ref: itself,
    unref: itself,
  });
}
