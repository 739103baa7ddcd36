import type { Scalar } from './tree.ts';

/**
 * What a plain scalar is to Compose, whose YAML parser takes words and numbers of YAML 1.1 and 1.2 alike: `0755` and `0o755` are
 * octal, `1_000` is a number, while `yes`, `no`, `on`, `off` and `22:22` stay text.
 */
export function resolveScalar(source: string): Scalar {
  if (/^(~|null|Null|NULL|)$/.test(source)) return null;
  if (/^(true|True|TRUE)$/.test(source)) return true;
  if (/^(false|False|FALSE)$/.test(source)) return false;
  if (!/^[-+.\d]/.test(source)) return source;
  if (/^[-+]?\.(inf|Inf|INF)$/.test(source)) return source.startsWith('-') ? -Infinity : Infinity;
  if (/^\.(nan|NaN|NAN)$/.test(source)) return NaN;
  const integer = integerOf(source);
  return integer === undefined ? (floatOf(source) ?? source) : Number(integer);
}

/** The value of an integer of at most 64 bits, exactly; undefined for other text. */
export function integerOf(source: string): bigint | undefined {
  const digits = source.replaceAll('_', '');
  const match = /^([-+]?)(0b[01]+|0o[0-7]+|0x[0-9a-f]+|0[0-7]+|0|[1-9]\d*)$/i.exec(digits);
  if (!match || !/^[-+]?\d/.test(source)) return undefined;
  const [, sign, amount = '0'] = match;
  const size = BigInt(/^0\d/.test(amount) ? `0o${amount.slice(1)}` : amount);
  const value = sign === '-' ? -size : size;
  return value < -(2n ** 63n) || value >= 2n ** 64n ? undefined : value;
}

function floatOf(source: string): number | undefined {
  const digits = source.replaceAll('_', '');
  const value = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(digits) ? Number(digits) : NaN;
  return Number.isFinite(value) ? value : undefined;
}
