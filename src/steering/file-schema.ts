import { z } from 'zod';

/** An object that takes these keys and no others; the error names them. */
export const object = <const T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? Object.keys(shape).join(', ') : undefined),
  });

export const text = z.string().min(1);
