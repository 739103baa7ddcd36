import { goNumber, type Mapping, type Value } from './go-document.ts';

/** YAML in the style of Go's yaml.v3 encoder, as `docker compose config` prints it. */
export function goYaml(document: Mapping, indent = 2): string {
  const text = document.size === 0 ? '{}\n' : block(document, '').slice(1);
  return indent === 2 ? text : text.replace(/^ +/gm, (blanks) => ' '.repeat((blanks.length / 2) * indent));
}

/** A value after its key or dash, with what separates it: a blank or a line break. */
function after(value: Value, indent: string): string {
  if (typeof value === 'string') return ` ${scalar(value, indent)}\n`;
  if (typeof value === 'number') return ` ${yamlNumber(value)}\n`;
  if (typeof value !== 'object' || value === null) return ` ${value}\n`;
  if (value instanceof Map) return value.size === 0 ? ' {}\n' : block(value, indent);
  const items = value as readonly Value[];
  return items.length === 0
    ? ' []\n'
    : `\n${items.map((item) => `${indent}-${nested(item, indent)}`).join('')}`;
}

/** Key by key, with the line break in front. */
const block = (mapping: Mapping, indent: string): string =>
  `\n${[...mapping].map(([key, value]) => `${indent}${scalar(key, indent, true)}:${after(value, `${indent}  `)}`).join('')}`;

/** An item of a list: collections begin in the line of the dash. */
function nested(item: Value, indent: string): string {
  const text = after(item, `${indent}  `);
  return text.startsWith('\n') ? ` ${text.slice(1 + indent.length + 2)}` : text;
}

const yamlNumber = (value: number): string =>
  Number.isFinite(value) ? goNumber(value) : Number.isNaN(value) ? '.nan' : value > 0 ? '+.inf' : '-.inf';

/** Text plain where YAML reads it back as the same text, else in quotes; several lines as a block. */
function scalar(text: string, indent: string, isKey = false): string {
  if (text.includes('\n') && !isKey) return canBeBlock(text) ? literal(text, indent) : doubleQuoted(text);
  if (isKey && text.includes('\n')) return doubleQuoted(text);
  if (looksTyped(text)) return doubleQuoted(text);
  if (canBePlain(text)) return text;
  return canBeSingleQuoted(text) ? `'${text.replaceAll("'", "''")}'` : doubleQuoted(text);
}

/** What a parser of YAML 1.1 or 1.2 would read as something else than text. */
const looksTyped = (text: string): boolean =>
  text === '' ||
  /^(~|null|Null|NULL|true|True|TRUE|false|False|FALSE|y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/.test(
    text,
  ) ||
  /^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/.test(text) ||
  isNumber(text) ||
  isTime(text) ||
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(text);

function isNumber(text: string): boolean {
  if (!/^[-+.\d]/.test(text)) return false;
  const digits = text.replaceAll('_', '');
  return (
    /^[-+]?(0b[01]{1,64}|0o[0-7]{1,21}|0x0*[0-9a-fA-F]{1,16}|\d+)$/.test(digits) ||
    (/^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(digits) && Number.isFinite(Number(digits)))
  );
}

/** The forms of time that the parser knows; a date needs four digits of year. */
const isTime = (text: string): boolean =>
  /^\d{4}-\d{1,2}-\d{1,2}$/.test(text) ||
  /^\d{4}-\d{1,2}-\d{1,2}([Tt]| )\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d\d:\d\d)?$/.test(text);

const isPrintable = (text: string): boolean =>
  // oxlint-disable-next-line no-control-regex
  !/[\u0000-\u0008\u000b-\u001f\u007f-\u0084\u0086-\u009f\ufeff\ufffe\uffff]|[^\u0000-\uffff]/u.test(text);

const canBePlain = (text: string): boolean =>
  !/^ | $/.test(text) &&
  !/[\t\n\r\u0085\u2028\u2029]/.test(text) &&
  isPrintable(text) &&
  !/^(---|\.\.\.)/.test(text) &&
  !/^[#,[\]{}&*!|>'"%@`]/.test(text) &&
  !/^[?:-]([ \t]|$)/.test(text) &&
  !/:([ \t]|$)/.test(text) &&
  !/[ \t]#/.test(text);

const canBeSingleQuoted = (text: string): boolean =>
  !/[\t\r\u0085\u2028\u2029]/.test(text) && isPrintable(text);

const canBeBlock = (text: string): boolean =>
  !text.endsWith(' ') && !/ [\n\r]/.test(text) && isPrintable(text.replaceAll('\t', '').replaceAll('\n', ''));

function literal(text: string, indent: string): string {
  const hint = /^[ \n]/.test(text) ? '2' : '';
  const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  const lines = body.split('\n').map((line) => (line === '' ? '' : `${indent}${line}`));
  return `|${hint}${chomp}\n${lines.join('\n')}`;
}

const escapes: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\x85': '\\N',
  '\u2028': '\\L',
  '\u2029': '\\P',
  '\ufeff': '\\uFEFF',
};

const doubleQuoted = (text: string): string =>
  // oxlint-disable-next-line no-control-regex
  `"${text.replace(/[\u0000-\u001f"\\\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|[^\u0000-\uffff]/gu, (letter) => escapes[letter] ?? escape(letter))}"`;

function escape(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
