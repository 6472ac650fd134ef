import { defineConfig } from 'vitest/config';

/** Ends a test that hangs. No test is to judge time: a busy machine takes as long as it takes. */
const HANGS_MS = 60_000;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: HANGS_MS,
    hookTimeout: HANGS_MS,
    // Test files share the modules of `src`, which keep nothing but caches between calls: loading these anew for each
    // of 50 files took most of the time. A spy on a module of Node would outlive its file without `restoreMocks`.
    isolate: false,
    restoreMocks: true,
  },
});
