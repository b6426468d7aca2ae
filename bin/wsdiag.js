#!/usr/bin/env node
try {
  const { runProcess } = await import('../dist/bin/main.js');
  await runProcess();
} catch (error) {
  // Not even its own files could be read: too few descriptors, or a broken installation.
  console.error(`wsdiag can't start: ${error.message}`);
  process.exitCode = 2;
}
