// A worker that does not come up.
process.exit(1);
