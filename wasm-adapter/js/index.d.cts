export * from "./index.js" with { "resolution-mode": "import" };
