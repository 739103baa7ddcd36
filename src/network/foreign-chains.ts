import { exec } from '../lib/exec.ts';
import type { KernelNames } from './names.ts';

/** A chain of somebody else that sees what is forwarded, and drops of it. */
export interface ForwardChain {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** How: for the user. '' = it doesn't any more, but has rules of ours. */
  readonly drops: string;
  /** Made by iptables: by ufw, Docker and others, who expect rules of others there. */
  readonly isIptables: boolean;
  readonly isFirewalld: boolean;
  /** It has rules that let our bridges through. */
  readonly admits: boolean;
  /** Those of these rules that we made. */
  readonly ownHandles: readonly number[];
}

/* What `nft -j` says (libnftables-json(5)), as far as it is looked at. */
interface NftChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
}
interface NftRule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly handle: number;
  readonly comment?: string;
  readonly expr?: readonly Readonly<Record<string, unknown>>[];
}
interface NftListing {
  readonly nftables: readonly { readonly chain?: NftChain; readonly rule?: NftRule }[];
}

/** Docker's own place for rules of others; it comes first in FORWARD. */
const DOCKER_CHAIN = 'DOCKER-USER';

/** The chains of others, but for engines like us, that drop forwarded packets; those of iptables only once: where our rules would go. */
export async function forwardChains(names: KernelNames): Promise<ForwardChain[]> {
  const chains = (await list('chains')).flatMap(({ chain }) => chain ?? []);
  const engines = new Set(chains.filter(({ name }) => /^version-\d+$/.test(name)).map(({ table }) => table));
  const hooked = chains.filter(
    ({ hook, family, table }) =>
      hook === 'forward' && !engines.has(table) && ['ip', 'ip6', 'inet'].includes(family),
  );
  const found: ForwardChain[] = [];
  for (const base of hooked) {
    const rules = await rulesOf(base);
    const drops = base.policy === 'drop' ? 'drops by its policy' : droppingRule(rules);
    const isIptables = base.table === 'filter' && base.name === 'FORWARD';
    const user = isIptables && chains.find((chain) => isUserChain(chain, base));
    found.push(describe(user || base, user ? await rulesOf(user) : rules, { drops, isIptables, names }));
  }
  return found.filter(({ drops, ownHandles }) => drops !== '' || ownHandles.length > 0);
}

/** Puts our two rules at the top of a chain. */
export async function insertAccepts(chain: ForwardChain, names: KernelNames): Promise<void> {
  const rules = [`oifname`, `iifname`].map(
    (which) =>
      `insert rule ${chain.family} ${chain.table} ${chain.chain} ${which} "${names.bridges}" counter accept comment "${names.table}"`,
  );
  await exec('nft', ['-f', '-'], { input: `${rules.join('\n')}\n` });
}

const isUserChain = (chain: NftChain, base: NftChain): boolean =>
  chain.name === DOCKER_CHAIN && chain.family === base.family && chain.table === base.table;

function describe(
  { family, table, name }: NftChain,
  rules: readonly NftRule[],
  { drops, isIptables, names }: Pick<ForwardChain, 'drops' | 'isIptables'> & { names: KernelNames },
): ForwardChain {
  const accepting = rules.filter(({ expr }) => expr?.some((each) => 'accept' in each));
  const admitting = ['iifname', 'oifname'].every((key) =>
    accepting.some(({ expr }) => expr?.some((each) => isMatch(each, key, names.bridges))),
  );
  const own = rules.filter(({ comment }) => comment === names.table);
  return {
    family,
    table,
    chain: name,
    drops,
    isIptables,
    isFirewalld: table === 'firewalld',
    admits: admitting,
    ownHandles: own.map(({ handle }) => handle),
  };
}

function isMatch(expression: Readonly<Record<string, unknown>>, key: string, value: string): boolean {
  const match = expression['match'] as { left?: { meta?: { key?: string } }; right?: unknown } | undefined;
  return match?.left?.meta?.key === key && match.right === value;
}

/** One that drops or rejects whatever comes to it. */
function droppingRule(rules: readonly NftRule[]): string {
  const rule = rules.find(({ expr = [] }) => {
    const verdicts = expr.filter((each) => !('counter' in each) && !('log' in each) && !('limit' in each));
    return verdicts.length === 1 && verdicts.some((each) => 'drop' in each || 'reject' in each);
  });
  return rule ? `drops everything by the rule with handle ${rule.handle}` : '';
}

async function rulesOf({ family, table, name }: NftChain): Promise<NftRule[]> {
  return (await list('chain', family, table, name)).flatMap(({ rule }) => rule ?? []);
}

async function list(...what: readonly string[]): Promise<NftListing['nftables']> {
  const { stdout } = await exec('nft', ['-j', '-a', 'list', ...what]);
  return (JSON.parse(stdout) as NftListing).nftables;
}
