/** Every file gets the first document, then every file the second, and so on. */
export interface DiskJob {
  readonly directory: string;
  readonly documents: readonly string[];
  readonly files: number;
  readonly concurrency: number;
}
