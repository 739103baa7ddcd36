import type { Instruction } from '../instructions/types.ts';
import type { Step } from './types.ts';

/** The numbered steps of a build, and which instruction is which step. */
export class StepList {
  readonly steps: Step[] = [];
  private readonly file: string;
  private readonly byInstruction = new Map<Instruction, Step>();
  private readonly onSteps: (steps: readonly Step[]) => void;

  constructor(file: string, onSteps: (steps: readonly Step[]) => void = () => {}) {
    this.file = file;
    this.onSteps = onSteps;
  }

  /** Numbers instructions of a stage in their order; '' is what stands before all stages. */
  add(instructions: readonly Instruction[], stage: string, platform = ''): void {
    for (const instruction of instructions) {
      const { original: name, position } = instruction;
      const index = this.steps.length + 1;
      const step = { index, name, shown: name, stage, platform, file: this.file, position };
      this.steps.push(step);
      this.byInstruction.set(instruction, step);
    }
  }

  /** More is known of a step than its text. */
  describe(instruction: Instruction, more: Partial<Pick<Step, 'shown' | 'image'>>): void {
    Object.assign(this.of(instruction), more);
  }

  /** Tells the steps that are known by now. */
  tell(): void {
    this.onSteps(this.steps);
  }

  of(instruction: Instruction): Step {
    const step = this.byInstruction.get(instruction);
    if (!step) throw new Error(`${instruction.kind} has no step`);
    return step;
  }
}
