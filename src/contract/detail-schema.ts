import { unknownKeys } from './cancel-schema.js';
import { Fields, text } from './fields.js';
import type { ExactJson } from './json/parse-exact.js';
import type { SchemaRefusal } from './refusals.js';

export type DetailSchemaResult =
  | { readonly fits: true; readonly orderNo: string }
  | { readonly fits: false; readonly refusals: readonly [SchemaRefusal, ...SchemaRefusal[]] };

/** The request data schema of EBP_API_237: `{"orderNo": string}`. */
export function readDetailRequest(json: ExactJson): DetailSchemaResult {
  const misfits: SchemaRefusal[] = [];
  const orderNo = new Fields(json, '', misfits).required('orderNo', 'text', text);
  const [first, ...rest] = misfits;
  if (first || orderNo === undefined) {
    return { fits: false, refusals: [first as SchemaRefusal, ...rest] };
  }
  return { fits: true, orderNo };
}

/** Fields of a body that the schema does not know (reading R16). */
export const unknownDetailFields = (json: ExactJson): string[] => unknownKeys(json, ['orderNo'], '');
