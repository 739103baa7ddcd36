/* Writes into wrong/*.txt what `lade compose config -q` says now; read what changed before it is kept. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCases } from './cases.ts';
import { said } from './said.ts';

const directory = mkdtempSync(join(tmpdir(), 'lading-wrong-'));
const wanted = process.argv.slice(2);
try {
  const cases = readCases('wrong').filter(({ theme }) => wanted.length === 0 || wanted.includes(theme));
  for (const [theme, members] of Map.groupBy(cases, (one) => one.theme)) {
    const path = join(import.meta.dirname, 'wrong', `${theme}.txt`);
    const parts = readFileSync(path, 'utf8').split(/^(?=## )/m);
    const filled = members.map((one, index) => {
      const text = (parts[index] ?? '').replace(/^!! .*\n/gm, '');
      return (
        text +
        said(join(directory, `${theme}-${index}`), one)
          .map((line) => `!! ${line}\n`)
          .join('')
      );
    });
    writeFileSync(path, filled.join(''));
  }
} finally {
  rmSync(directory, { recursive: true });
}
