/** ` Container work-web-1  Started`, ` work-web-1 copy x to work-web-1:/x Copied`: steps of Compose, as they are told where no terminal is. */
const step = /^ (?:(?:Container|Network|Volume|Image) .+ {2}\S.*|\S+ copy .+ Cop(?:ying|ied))$/;

/**
 * Compose works on many things at once, and tells each step when it happens: the order says who was faster. So the steps that
 * follow each other are sorted, and what is told twice is there once.
 */
export function sortProgress(text: string): string {
  const sorted: string[] = [];
  let steps: string[] = [];
  for (const line of [...text.split('\n'), undefined]) {
    if (line !== undefined && step.test(line)) steps.push(line);
    else {
      sorted.push(...new Set(steps.toSorted()));
      steps = [];
      if (line !== undefined) sorted.push(line);
    }
  }
  return sorted.join('\n');
}
