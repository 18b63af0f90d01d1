import type * as xray from "./index.js" with { "resolution-mode": "import" };

export type * from "./index.js" with { "resolution-mode": "import" };
export type Recorder = xray.Recorder;
export declare const Recorder: typeof xray.Recorder;
export declare const aws: typeof xray.aws;
export declare const http: typeof xray.http;
export declare const udp: typeof xray.udp;
