import { join } from 'node:path';
import { ClearedOrders } from './cleared-orders.js';
import { DocumentFile } from './document-file.js';
import { LowWorkspace } from './low-workspace.js';
import { OrderFiles } from './order-files.js';
import type { RecordCache } from './record-cache.js';
import { readWorkspaceDocument, writeWorkspaceDocument } from './workspace-document.js';

/** A workspace in a directory: `workspace.json` and `orders/{key}.json`. */
export class FileWorkspace extends LowWorkspace {
  readonly #cleared: ClearedOrders;

  constructor(directory: string, cache: RecordCache) {
    const cleared = new ClearedOrders(directory);
    super(
      new OrderFiles(join(directory, 'orders'), cleared),
      new DocumentFile(join(directory, 'workspace.json'), readWorkspaceDocument, writeWorkspaceDocument),
      cache,
    );
    this.#cleared = cleared;
    cleared.sweep();
  }

  override async close(): Promise<void> {
    try {
      await super.close();
    } finally {
      await this.#cleared.stop();
    }
  }
}
