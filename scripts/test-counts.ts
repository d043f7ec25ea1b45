// Counts the tests of a vitest run so that a test that did not run never counts as passed, and names those that failed.
import { stripVTControlCharacters } from 'node:util';

/** Of what a test expected and got, the lines that are listed. */
const diffLines = 12;

/** The parts of a vitest `TestModule` that are counted. */
export interface CountedModule {
  readonly project: { readonly name: string };
  readonly relativeModuleId: string;
  readonly children: { allTests(): Iterable<CountedTest> };
  errors(): readonly { readonly message: string }[];
  state(): string;
  diagnostic(): { readonly duration: number };
}

interface CountedTest {
  readonly fullName: string;
  result(): { readonly state: string; readonly errors?: readonly TestError[] | undefined };
}

/** `diff` has a line for each difference between what was expected and what came, with colours. */
interface TestError {
  readonly message: string;
  readonly diff?: string | undefined;
}

/** The result of one suite. `seconds` adds up its files, of which several run at a time. */
export interface SuiteCount {
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
}

/** Counts one suite. A skipped test counts as failed; so do a file that could not run and a suite without any test. */
export function countSuite(name: string, modules: readonly CountedModule[]): SuiteCount {
  const counts = modules.filter(({ project }) => project.name === name).map(countModule);
  const sum = (key: keyof SuiteCount) => counts.reduce((total, count) => total + count[key], 0);
  return { passed: sum('passed'), failed: counts.length === 0 ? 1 : sum('failed'), seconds: sum('seconds') };
}

/** An entry for each test that did not pass and each file that could not run: suite, file, test, start of its error and diff. */
export function listFailures(modules: readonly CountedModule[]): string[] {
  return modules.flatMap((module) => {
    const where = `${module.project.name}: ${module.relativeModuleId}`;
    const tests = [...module.children.allTests()].filter((test) => test.result().state !== 'passed');
    return [
      ...module.errors().map((error) => `${where}: ${firstLine(error.message)}`),
      ...tests.map((test) => {
        const { state, errors = [] } = test.result();
        return `${where} > ${test.fullName}: ${firstLine(errors[0]?.message ?? state)}${startOfDiff(errors[0]?.diff)}`;
      }),
    ];
  });
}

const firstLine = (text: string) => text.split('\n', 1)[0];

const startOfDiff = (diff = '') =>
  stripVTControlCharacters(diff)
    .split('\n', diffLines)
    .filter((line) => line.trim() !== '')
    .map((line) => `\n    ${line}`)
    .join('');

function countModule(module: CountedModule): SuiteCount {
  const states = [...module.children.allTests()].map((test) => test.result().state);
  const passed = states.filter((state) => state === 'passed').length;
  const failed = states.length - passed;
  const isBroken = failed === 0 && (module.state() === 'failed' || states.length === 0);
  return { passed, failed: isBroken ? 1 : failed, seconds: module.diagnostic().duration / 1000 };
}
