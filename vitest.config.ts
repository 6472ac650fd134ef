import { defineConfig } from 'vitest/config';

/** Ends a test that hangs. No test is to judge time: a busy machine takes as long as it takes. */
const HANGS_MS = 60_000;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: HANGS_MS,
    hookTimeout: HANGS_MS,
  },
});
