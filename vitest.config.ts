import { defineConfig } from 'vitest/config';

/** Ends a test that hangs. No test is to judge time: a busy machine takes as long as it takes. */
const HANGS_MS = 60_000;

/** Tests that put a stand-in in the place of a module, which no other file is to meet. */
const OWN_MODULES = ['test/storage/trouble.test.ts'];

export default defineConfig({
  test: {
    testTimeout: HANGS_MS,
    hookTimeout: HANGS_MS,
    // Test files share the modules of `src`, which keep nothing but caches between calls: loading these anew for each
    // of 50 files took most of the time. A spy on a module of Node would outlive its file without `restoreMocks`.
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: OWN_MODULES, isolate: false },
      },
      { extends: true, test: { name: 'own modules', include: OWN_MODULES } },
    ],
  },
});
