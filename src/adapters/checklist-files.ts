import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { BuiltIn, ChecklistFile } from '../steering/checklist.js';
import { BrokenChecklist, readChecklist } from '../steering/read-checklist.js';

const FILE = /^([a-z0-9][a-z0-9-]*)\.yaml$/;

/** The checklists of a directory of one's own, all read now, so that a mistake stops the start. Throws `BrokenChecklist`. */
export function readChecklists(
  directory: string,
  builtIn: BuiltIn & { readonly name: string },
): readonly ChecklistFile[] {
  return namesIn(directory).map((file) => {
    const at = path.join(directory, file);
    const [, name] = FILE.exec(file) ?? [];
    if (name === undefined) {
      throw new BrokenChecklist(`${at}:1:1: the file name is not a checklist's; accepted: ${FILE.source}`);
    }
    if (name === builtIn.name) {
      throw new BrokenChecklist(
        `${at}:1:1: there is a built-in checklist ${name} already: take another name`,
      );
    }
    return readChecklist(name, at, readFileSync(at, 'utf8'), builtIn);
  });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((file) => /\.ya?ml$/.test(file))
      .sort();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BrokenChecklist(`the checklist directory ${directory} cannot be read: ${reason}`);
  }
}
