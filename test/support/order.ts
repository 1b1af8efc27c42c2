import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Test files in the order of their names. Acceptance tests share a deployed stack: in a fixed order the state that one
 * file finds is always the same, and a failure can be repeated.
 */
export class OrderOfNames extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => (a.moduleId < b.moduleId ? -1 : 1));
  }
}
