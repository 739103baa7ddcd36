import type { GcPolicy, GcSettings } from '../build/gc/types.ts';
import { parseBytes } from '../lib/bytes.ts';
import { parseDuration } from '../lib/duration.ts';
import { invalid, messageOf } from '../lib/errors.ts';

/** `builder.gc` of Docker's daemon.json. Errors name the member. */
export function buildGc(builder: unknown): GcSettings {
  const { gc = {} } = membersOf(builder ?? {}, 'builder', ['gc', 'entitlements']);
  const settings = membersOf(gc, 'builder.gc', [
    'enabled',
    'policy',
    'defaultKeepStorage',
    'defaultReservedSpace',
    'defaultMaxUsedSpace',
    'defaultMinFreeSpace',
  ]);
  const { enabled, policy, defaultKeepStorage, defaultReservedSpace = defaultKeepStorage } = settings;
  if (enabled !== undefined && typeof enabled !== 'boolean')
    throw invalid('builder.gc.enabled: want true or false');
  if (policy !== undefined && !Array.isArray(policy)) throw invalid('builder.gc.policy: want a list');
  return {
    enabled: enabled ?? true,
    ...(policy && { policies: policy.map(policyOf) }),
    ...space('reservedSpace', defaultReservedSpace, 'builder.gc.defaultReservedSpace'),
    ...space('maxUsedSpace', settings['defaultMaxUsedSpace'], 'builder.gc.defaultMaxUsedSpace'),
    ...space('minFreeSpace', settings['defaultMinFreeSpace'], 'builder.gc.defaultMinFreeSpace'),
  };
}

function policyOf(value: unknown, index: number): GcPolicy {
  const place = `builder.gc.policy[${index}]`;
  const members = membersOf(value, place, [
    'all',
    'filter',
    'keepStorage',
    'reservedSpace',
    'maxUsedSpace',
    'minFreeSpace',
    'keepDuration',
  ]);
  const { all, filter, keepDuration, keepStorage, reservedSpace = keepStorage } = members;
  if (all !== undefined && typeof all !== 'boolean') throw invalid(`${place}.all: want true or false`);
  return {
    all: all ?? false,
    ...filtersOf(filter ?? [], `${place}.filter`),
    ...(keepDuration !== undefined && { keepDuration: duration(keepDuration, `${place}.keepDuration`) }),
    ...space('reservedSpace', reservedSpace, `${place}.reservedSpace`),
    ...space('maxUsedSpace', members['maxUsedSpace'], `${place}.maxUsedSpace`),
    ...space('minFreeSpace', members['minFreeSpace'], `${place}.minFreeSpace`),
  };
}

/** `["unused-for=2200h", "type=regular"]` is Docker's form of filters: all must hold. */
function filtersOf(value: unknown, place: string): Pick<GcPolicy, 'filters' | 'keepDuration'> {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw invalid(`${place}: want a list of strings`);
  const times = value.flatMap((text) => /^(?:unused-for|until)==?(.*)$/s.exec(text)?.[1] ?? []);
  const others = value.filter((text) => !/^(?:unused-for|until)=/.test(text));
  const expression = others.map((text) => text.replace(/^([\w.]+)=(?![=~])/, '$1==')).join(',');
  return {
    filters: expression === '' ? [] : [expression],
    ...(times[0] !== undefined && { keepDuration: duration(times[0], place) }),
  };
}

function membersOf(value: unknown, place: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(`${place}: want an object`);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`${place}: unknown member ${unknown}`);
  return value as Record<string, unknown>;
}

/** A size such as `20GB`, in binary units, as Docker takes it. */
function space(name: string, value: unknown, place: string): object {
  if (value === undefined) return {};
  if (typeof value !== 'string' && typeof value !== 'number') throw invalid(`${place}: want a size`);
  try {
    return { [name]: parseBytes(String(value)) };
  } catch (error) {
    throw invalid(`${place}: ${messageOf(error)}`, error);
  }
}

function duration(value: unknown, place: string): number {
  if (typeof value !== 'string') throw invalid(`${place}: want a duration such as "48h"`);
  try {
    return parseDuration(value) / 1e6;
  } catch (error) {
    throw invalid(`${place}: ${messageOf(error)}`, error);
  }
}
