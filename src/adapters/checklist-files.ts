import type { BuiltIn, ChecklistFile } from '../steering/checklist.js';
import { BrokenChecklist, readChecklist } from '../steering/read-checklist.js';
import { type FileKind, nameTaken, yamlFilesIn } from './yaml-files.js';

const CHECKLISTS: FileKind = { kind: 'checklist', Broken: BrokenChecklist };

/** The checklists of a directory of one's own, all read now, so that a mistake stops the start. Throws `BrokenChecklist`. */
export function readChecklists(
  directory: string,
  builtIn: BuiltIn & { readonly name: string },
): readonly ChecklistFile[] {
  return yamlFilesIn(directory, directory, CHECKLISTS).map((file) => {
    if (file.name === builtIn.name) throw nameTaken(file, CHECKLISTS);
    return readChecklist(file.name, file.at, file.yaml, builtIn);
  });
}
