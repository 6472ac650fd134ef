import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BrokenScenario, readScenario } from '../scenarios/read-scenario.js';
import type { Scenario } from '../scenarios/scenario.js';

const BUILT_IN = fileURLToPath(new URL('../../scenarios/', import.meta.url));

const FILE = /^([a-z0-9][a-z0-9-]*)\.yaml$/;

/** The built-in scenarios, and beside them those of a directory, by name. Throws `BrokenScenario`. */
export async function readScenarios(directory: string | undefined): Promise<ReadonlyMap<string, Scenario>> {
  const scenarios = new Map<string, Scenario>();
  for (const place of directory === undefined ? [BUILT_IN] : [BUILT_IN, directory]) {
    for (const file of await filesIn(place)) {
      const [, name] = FILE.exec(file) ?? [];
      const at = place === BUILT_IN ? `scenarios/${file}` : path.join(place, file);
      if (name === undefined) {
        throw new BrokenScenario(`${at}:1: the file name is not a scenario's; accepted: ${FILE.source}`);
      }
      if (scenarios.has(name)) {
        throw new BrokenScenario(`${at}:1: there is a built-in scenario ${name} already: take another name`);
      }
      scenarios.set(name, readScenario(name, at, await readFile(path.join(place, file), 'utf8')));
    }
  }
  return scenarios;
}

async function filesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((file) => /\.ya?ml$/.test(file)).sort();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BrokenScenario(`the scenario directory ${directory} cannot be read: ${reason}`);
  }
}
