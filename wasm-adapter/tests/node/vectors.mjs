// The core's vectors of redacted statements, in every dialect, by way of the package: `node vectors.mjs`.

import { readFileSync } from "node:fs";

import { Recorder } from "xray-recorder";

const folder = process.argv[2];
const DIALECTS = {
  generic: "Db2",
  postgresql: "PostgreSQL",
  redshift: "Redshift",
  mysql: "MySQL",
  sqlite: "SQLite",
  sqlserver: "SQL Server",
  oracle: "Oracle",
};

const sent = [];
const decoder = new TextDecoder();
const recorder = new Recorder({ transport: { send: (bytes) => void sent.push(decoder.decode(bytes)) }, env: {} });

function recorded(query, databaseType) {
  sent.length = 0;
  recorder.run("vectors", (segment) => segment.run("query", (call) => call.setSql({ query, databaseType })));
  return JSON.parse(sent[0].split("\n")[1]).subsegments[0].sql.sanitized_query;
}

let count = 0;
let wrong = 0;
for (const [file, databaseType] of Object.entries(DIALECTS)) {
  for (const block of readFileSync(`${folder}/${file}.txt`, "utf8").split("\n\n")) {
    const lines = (mark) => block.split("\n").filter((line) => line.startsWith(mark)).map((line) => line.slice(2)).join("\n").replaceAll("␠", " ").replaceAll("␍", "\r");
    const [statement, expected] = [lines("< "), lines("> ")];
    if (statement === "") {
      continue;
    }
    count += 1;
    const found = recorded(statement, databaseType);
    if (found !== expected) {
      wrong += 1;
      console.log(`${databaseType}: ${statement}\n     found ${found}\n  expected ${expected}`);
    }
  }
}
console.log(`RESULTS ${JSON.stringify([{ name: `${count} statements are redacted as in the core`, ok: count > 300 && wrong === 0, error: `${wrong} are not` }])}`);
