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
  const digits = source.replaceAll('_', '');
  return integerOf(digits) ?? floatOf(digits) ?? source;
}

function integerOf(digits: string): number | undefined {
  const match = /^([-+]?)(?:0b([01]+)|0o([0-7]+)|0x([0-9a-fA-F]+)|0([0-7]+)|(0|[1-9]\d*))$/.exec(digits);
  if (!match) return undefined;
  const [, sign, binary, octal, hex, oldOctal, decimal] = match;
  const value =
    binary !== undefined
      ? Number.parseInt(binary, 2)
      : hex !== undefined
        ? Number.parseInt(hex, 16)
        : decimal !== undefined
          ? Number(decimal)
          : Number.parseInt(octal ?? oldOctal ?? '0', 8);
  return sign === '-' ? -value : value;
}

const floatOf = (digits: string): number | undefined =>
  /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(digits) ? Number(digits) : undefined;
