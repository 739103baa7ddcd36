import { readListeningSockets } from '../../network/listening-sockets.ts';
import type { Finding } from '../types.ts';
import type { Evidence } from './evidence.ts';

const NOT_FOUND = 127;

/** HEALTH-NOCMD, HEALTH-PORT: health checks that can't succeed. */
export async function findHealth({ record, pid }: Evidence): Promise<Finding[]> {
  const health = 'health' in record.state ? record.state.health : undefined;
  const last = health?.log.at(-1);
  if (!last || last.exitCode === 0) return [];
  const output = last.output.trim();
  if (last.exitCode === NOT_FOUND || output.includes('executable file not found'))
    return [
      {
        code: 'HEALTH-NOCMD',
        text: `its health check can never succeed, a program is missing: ${output}`,
        fix: 'check with a program that the image has (busybox has wget and nc), or install it',
      },
    ];
  if (!/refused/i.test(output) || pid === undefined) return [];
  const sockets = await readListeningSockets(pid);
  const seen = sockets.map(({ address, port }) =>
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
  );
  return [
    {
      code: 'HEALTH-PORT',
      text: `its health check is refused (${output}); it listens on ${seen.join(', ') || 'no port'}`,
      fix: 'check the address and port where it listens (localhost may be ::1)',
    },
  ];
}
