import { NotAccepted } from './steering-words.js';

/**
 * How the frame around a request (mandatory headers, access key, signature, currency) is taken: `strict`
 * refuses as production does, `lenient` lets through and flags, `off` does not look (reading R20).
 */
export const modes = ['lenient', 'strict', 'off'] as const;
export type Mode = (typeof modes)[number];

export const parseMode = (value: string): Mode | NotAccepted =>
  modes.find((mode) => mode === value) ?? new NotAccepted(modes);
