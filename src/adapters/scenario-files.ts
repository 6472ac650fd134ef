import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BrokenScenario, readScenario } from '../steering/read-scenario.js';
import type { Scenario, Scenarios } from '../steering/scenario.js';

const FILE = /^([a-z0-9][a-z0-9-]*)\.yaml$/;

/**
 * The built-in scenarios, and beside them those of a directory of one's own. These are all parsed now, so that
 * a mistake stops the start; the built-in ones, which are tested, when they are first asked for: a start would
 * wait longer for them than for all else. Throws `BrokenScenario`.
 */
export function readScenarios(builtIn: string, own: string | undefined): Scenarios {
  const files = new Map(filesIn(builtIn, 'scenarios').map((file) => [file.name, file]));
  const parsed = new Map<string, Scenario>();
  const get = (name: string): Scenario | undefined => {
    const file = files.get(name);
    if (file && !parsed.has(name)) parsed.set(name, readScenario(name, file.at, file.yaml));
    return parsed.get(name);
  };

  for (const file of own === undefined ? [] : filesIn(own, own)) {
    const { name, at } = file;
    if (files.has(name)) {
      throw new BrokenScenario(`${at}:1:1: there is a built-in scenario ${name} already: take another name`);
    }
    files.set(name, file);
    get(name);
  }
  return { get, keys: () => files.keys() };
}

interface ScenarioFile {
  readonly name: string;
  /** How a message names the file. */
  readonly at: string;
  readonly yaml: string;
}

function filesIn(directory: string, shownAs: string): ScenarioFile[] {
  return namesIn(directory).map((file) => {
    const at = path.join(shownAs, file);
    const [, name] = FILE.exec(file) ?? [];
    if (name === undefined) {
      throw new BrokenScenario(`${at}:1:1: the file name is not a scenario's; accepted: ${FILE.source}`);
    }
    return { name, at, yaml: readFileSync(path.join(directory, file), 'utf8') };
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((file) => /\.ya?ml$/.test(file))
      .sort();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BrokenScenario(`the scenario directory ${directory} cannot be read: ${reason}`);
  }
}
