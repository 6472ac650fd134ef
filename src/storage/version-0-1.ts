import { join } from 'node:path';
import { Low } from 'lowdb';
import { z } from 'zod';
import { freshSettings, type Settings } from '../app/ports.js';
import { kindOf, numbersByName, objectOf, RESET_MENDS, wholeNumber, worldDocument } from './documents.js';
import { type DataDirectory, DocumentFile } from './files.js';

/** `workspace.json` of version 0.1.0, which held all that stood beside `orders/`. */
export interface Version01 {
  readonly requestId: bigint;
  readonly series: ReadonlyMap<string, bigint>;
  readonly defaults: Settings['defaults'];
}

export const version01 = z.object({
  requestId: wholeNumber,
  series: numbersByName,
  defaults: objectOf(z.string()),
});

const version01Document = kindOf<Version01>(
  version01,
  ({ requestId, series, defaults }) => ({
    requestId,
    series: [...series],
    defaults: Object.entries(defaults),
  }),
  RESET_MENDS,
);

/**
 * Makes a workspace of version 0.1.0 into generation 1; then its pointer is to be written, which ends the
 * take-over. Killed at any point before, it starts again and finds each step done or undone:
 *
 *     A: 1/world.json written ── orders/ renamed to 1/orders/ ── killed
 *     B: reads the old workspace.json ── writes 1/world.json again ── finds no orders/ ── writes the pointer
 *
 * `raise`: request ids up to this one were handed out.
 */
export async function takeOver(
  directory: DataDirectory,
  workspace: string,
  found: Version01 | undefined,
  raise: (requestId: bigint) => Promise<void>,
): Promise<void> {
  if (found) {
    await raise(found.requestId);
  } else {
    // Without it, orders that were renamed could not be told from those of a deleted workspace.
    const start: Version01 = { requestId: 0n, series: new Map(), defaults: {} };
    const file = new DocumentFile(directory, join(workspace, 'workspace.json'), version01Document);
    await new Low(file, start).write();
  }
  if (found && (found.series.size > 0 || Object.keys(found.defaults).length > 0)) {
    const settings = { ...freshSettings, defaults: found.defaults };
    const file = new DocumentFile(directory, join(workspace, '1', 'world.json'), worldDocument);
    await new Low(file, { settings, series: found.series }).write();
  }
  await directory.move(join(workspace, 'orders'), join(workspace, '1', 'orders'));
}
