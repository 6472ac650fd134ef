import { readScenarios } from '../adapters/scenario-files.js';

/** Lists the scenarios; a broken file is an error that names file, line and reason. */
export async function scenariosCommand(directory: string | undefined): Promise<void> {
  const scenarios = [...(await readScenarios(directory)).values()];
  const width = Math.max(...scenarios.map(({ name }) => name.length)) + 2;
  for (const { name, purpose } of scenarios) process.stdout.write(`${name.padEnd(width)}${purpose.en}\n`);
  process.stdout.write(`${scenarios.length} scenarios, no mistakes\n`);
}
