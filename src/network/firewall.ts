import { exec } from '../lib/exec.ts';
import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { KernelNames } from './names.ts';

const tools = ['iptables', 'ip6tables'] as const;

/**
 * Other firewalls of the host. What our table accepts another one may still drop: so rules of ours go to the top of an iptables
 * FORWARD chain that drops, and bridges into firewalld's zone `trusted`. Our own table says what may pass.
 */
export class ForeignFirewall {
  private readonly names: KernelNames;
  private readonly logger: Logger;
  private firewalld: Promise<boolean> | undefined;

  constructor(names: KernelNames, logger: Logger) {
    this.names = names;
    this.logger = logger;
  }

  /** Lets our bridges through chains that would drop their packets. Does nothing where there are none; never throws. */
  async open(): Promise<void> {
    for (const tool of tools) {
      const chain = await this.droppingChain(tool);
      if (chain) for (const rule of this.rules()) await this.insert(tool, chain, rule);
    }
  }

  /** Lets one bridge through firewalld, where that runs; never throws. */
  async admit(bridge: string): Promise<void> {
    this.firewalld ??= this.try('firewall-cmd', ['--state'], true).then((state) => state !== undefined);
    if (await this.firewalld)
      await this.try('firewall-cmd', ['--zone=trusted', `--change-interface=${bridge}`]);
  }

  /** Removes what `open` inserted. */
  async close(): Promise<void> {
    for (const tool of tools) {
      for (const chain of ['DOCKER-USER', 'FORWARD']) {
        for (const rule of this.rules()) await this.try(tool, ['-w', '-D', chain, ...rule], true);
      }
    }
  }

  private rules(): string[][] {
    const tail = ['-m', 'comment', '--comment', this.names.table, '-j', 'ACCEPT'];
    return [
      ['-i', this.names.wildcard, ...tail],
      ['-o', this.names.wildcard, ...tail],
    ];
  }

  /** Docker's own chain for rules of others where Docker is, else FORWARD when it has a policy or a rule that drops. */
  private async droppingChain(tool: string): Promise<string | undefined> {
    const listing = await this.try(tool, ['-w', '-S'], true);
    if (listing === undefined) return undefined;
    if (listing.includes('-N DOCKER-USER')) return 'DOCKER-USER';
    return /^-P FORWARD DROP|^-A FORWARD .*-j (?:DROP|REJECT)/m.test(listing) ? 'FORWARD' : undefined;
  }

  private async insert(tool: string, chain: string, rule: readonly string[]): Promise<void> {
    const present = await this.try(tool, ['-w', '-C', chain, ...rule], true);
    if (present === undefined) await this.try(tool, ['-w', '-I', chain, '1', ...rule]);
  }

  /** Standard output, or undefined when the program is missing or failed. */
  private async try(program: string, args: readonly string[], mayFail = false): Promise<string | undefined> {
    try {
      return (await exec(program, args)).stdout;
    } catch (error) {
      if (!mayFail)
        this.logger.warn('A firewall could not be changed', { program, args, reason: messageOf(error) });
      return undefined;
    }
  }
}
