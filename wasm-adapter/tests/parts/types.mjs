// What the compiler of TypeScript, and who looks at packages for it, make of the package.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { check } from "./check.mjs";
import { execute } from "./execute.mjs";

const PAGE = ["es2022", "dom", "dom.iterable"];
const BUNDLER = { module: "preserve", moduleResolution: "bundler" };
const NODE = { module: "nodenext", moduleResolution: "nodenext" };
const SOURCES = ["every_method.ts", "mistakes.ts", "slim.ts"];

/** The sample programs, each as its users' compiler is told to read it. */
const PROGRAMS = {
  "for a bundler": { files: SOURCES, lib: PAGE, ...BUNDLER },
  "for Node": { files: SOURCES, lib: PAGE, ...NODE },
  "for Node, with its own types": { files: ["every_method.ts", "mistakes.ts"], lib: ["es2023"], types: ["node"], ...NODE },
  "for Node, by require": { files: ["required.cts"], lib: PAGE, ...NODE },
  "for a worker": { files: ["worker.ts"], lib: ["es2022"], types: ["@cloudflare/workers-types"], ...BUNDLER },
};

async function compile({ here, folder, bin, env }, name, { files, types = [], ...given }) {
  const options = { strict: true, noEmit: true, target: "es2022", skipLibCheck: false, ...given };
  const modules = join(here, "node_modules");
  const config = {
    compilerOptions: { ...options, types, typeRoots: [join(modules, "@types"), modules] },
    files,
  };
  const path = join(folder, "types", `${name.replace(/\W+/g, "-")}.json`);
  writeFileSync(path, JSON.stringify(config));
  await execute(bin("tsc"), ["-p", path], { cwd: folder, env });
}

const attw = ({ bin, env, tarball }, ...args) => execute(bin("attw"), [tarball, "--format", "ascii", ...args], { env });

export const types = {
  "the types": (context) =>
    check({
      ...Object.fromEntries(
        Object.entries(PROGRAMS).map(([name, program]) => [`every method ${name}`, () => compile(context, name, program)]),
      ),
      // The modules of WebAssembly are not asked about: they have no types, but those of the bundler that reads them.
      "types and code are found and agree, however they are resolved": async () => {
        await attw(context, "--entrypoints", ".");
        // `slim` is for bundlers of modules. `require` gets it from the Node that the package asks for on, which the rule
        // does not know of.
        await attw(context, "--entrypoints", "slim", "--ignore-rules", "cjs-resolves-to-esm");
      },
      "the package is as packages should be": async () => {
        await execute(context.bin("publint"), [context.tarball, "--strict"], { env: context.env });
      },
    }),
};
