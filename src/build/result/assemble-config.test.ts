import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StagePlan, Vertex } from '../plan/types.ts';
import type { Solved } from '../solve/solver.ts';
import { assembleConfig } from './assemble-config.ts';

test('names that anybody gives are in the order of their letters: who names them in another makes the same image', () => {
  const result = {} as Vertex;
  const solved = new Map([[result, { layers: [] } as unknown as Solved]]);
  const config = (labels: Record<string, string>): string =>
    JSON.stringify(
      assembleConfig(
        {
          platform: { os: 'linux', architecture: 'amd64' },
          config: { Labels: labels, Healthcheck: { Test: ['NONE'], Interval: 1 } },
          baseHistory: [],
          history: [],
          result,
        } as unknown as StagePlan,
        solved,
      ),
    );
  assert.equal(config({ b: '1', a: '2' }), config({ a: '2', b: '1' }));
  assert.match(config({ b: '1', a: '2' }), /"Labels":\{"a":"2","b":"1"\},"Healthcheck":\{"Test"/);
});
