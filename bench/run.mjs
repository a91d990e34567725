#!/usr/bin/env node
// npm run bench: installs and builds what is missing, then measures.
import { boot } from '../deploy/local/bootstrap/boot.mjs';

process.exit(await boot(process.argv.slice(2), 'bench/dist/main.js'));
