import type { Warning } from '../../app/journal.js';
import { shortened } from '../../contract/reasons.js';

/** So many unknown fields are named one by one. */
const NAMED = 20;

/** Fields that no schema knows are ignored, and flagged (reading R16). */
export function unknownFieldWarnings(fields: readonly string[]): Warning[] {
  const warning = 'body.unknown-field';
  const warnings = fields.slice(0, NAMED).map((field) => ({
    warning,
    message: `${shortened(field).slice(1, -1)} is not in the schema and was ignored`,
  }));
  if (fields.length > NAMED) {
    const message = `${fields.length - NAMED} more fields are not in the schema and were ignored`;
    warnings.push({ warning, message });
  }
  return warnings;
}
