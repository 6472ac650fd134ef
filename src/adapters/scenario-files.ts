import { BrokenScenario, readScenario } from '../steering/read-scenario.js';
import type { Scenario, Scenarios } from '../steering/scenario.js';
import { type FileKind, nameTaken, yamlFilesIn } from './yaml-files.js';

const SCENARIOS: FileKind = { kind: 'scenario', Broken: BrokenScenario };

/**
 * The built-in scenarios, and beside them those of a directory of one's own. These are all parsed now, so that
 * a mistake stops the start; the built-in ones, which are tested, when they are first asked for: a start would
 * wait longer for them than for all else. Throws `BrokenScenario`.
 */
export function readScenarios(builtIn: string, own: string | undefined): Scenarios {
  const files = new Map(yamlFilesIn(builtIn, 'scenarios', SCENARIOS).map((file) => [file.name, file]));
  const parsed = new Map<string, Scenario>();
  const get = (name: string): Scenario | undefined => {
    const file = files.get(name);
    if (file && !parsed.has(name)) parsed.set(name, readScenario(name, file.at, file.yaml));
    return parsed.get(name);
  };

  for (const file of own === undefined ? [] : yamlFilesIn(own, own, SCENARIOS)) {
    if (files.has(file.name)) throw nameTaken(file, SCENARIOS);
    files.set(file.name, file);
    get(file.name);
  }
  return { get, keys: () => files.keys() };
}
