import { readScenarios } from '../adapters/scenario-files.js';
import { BUILT_IN_SCENARIOS } from '../package-files.js';
import type { Scenario } from '../steering/scenario.js';

/** Lists the scenarios; a broken file is an error that names file, line and reason. */
export function scenariosCommand(directory: string | undefined): void {
  const known = readScenarios(BUILT_IN_SCENARIOS, directory);
  const scenarios = [...known.keys()].map((name) => known.get(name) as Scenario);
  const width = Math.max(...scenarios.map(({ name }) => name.length)) + 2;
  for (const { name, purpose } of scenarios) process.stdout.write(`${name.padEnd(width)}${purpose.en}\n`);
  process.stdout.write(`${scenarios.length} scenarios, no mistakes\n`);
}
