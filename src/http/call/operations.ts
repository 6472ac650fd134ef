import { cancelOperation } from './cancel-operation.js';
import { detailOperation } from './detail-operation.js';
import type { Operation } from './operation.js';

/** The operations of the EBP API that the sandbox implements; routes and error texts follow this list. */
export const operations: readonly Operation[] = [cancelOperation, detailOperation];
