// One entry for each page that needs more than the base; hashed names, a manifest that the
// templates read, and each file once more as gzip and brotli, so that serving costs nothing.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig } from "vite";

const sources = new URL("./src/", import.meta.url).pathname;
const WORKER = "worker.js";
const entries = readdirSync(sources).filter((name) => name.endsWith(".js") && name !== WORKER);

function compressed() {
  let folder;
  return {
    name: "compressed",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true })) {
        if (!/\.(js|css|svg|json)$/.test(name) || name.endsWith("manifest.json")) continue;
        const file = join(folder, name);
        const bytes = readFileSync(file);
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
        writeFileSync(`${file}.br`, brotliCompressSync(bytes));
      }
    },
  };
}

// A service worker is one file without imports, under a name that stays: browsers compare it.
const worker = {
  build: {
    outDir: new URL("../static", import.meta.url).pathname,
    emptyOutDir: false,
    target: ["chrome80", "safari13.1", "firefox78"],
    rollupOptions: {
      input: join(sources, WORKER),
      output: { format: "iife", entryFileNames: WORKER },
    },
  },
};

const pages = {
  base: "/static/",
  plugins: [compressed()],
  build: {
    outDir: new URL("../static", import.meta.url).pathname,
    emptyOutDir: true,
    manifest: "manifest.json",
    // A strict content security policy takes no data: styles or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Phones of 2019 and WeChat's browser.
    target: ["chrome80", "safari13.1", "firefox78"],
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      input: entries.map((name) => join(sources, name)),
      // htmx holds an eval that the pages switch off.
      checks: { eval: false },
    },
  },
};

export default defineConfig(({ mode }) => (mode === "worker" ? worker : pages));
