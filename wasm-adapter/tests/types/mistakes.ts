// What a program gets wrong: the types say so, each in its line.

import { Recorder, aws, http, udp } from "xray-recorder";

const keys = { accessKeyId: "AKID", secretAccessKey: "secret" };

// @ts-expect-error A transport sends.
new Recorder({ transport: {} });
// @ts-expect-error
new Recorder({ contextMissing: "PANIC" });
// @ts-expect-error
new Recorder({ embed: "always" });
// @ts-expect-error A rate is of rules.
new Recorder({ sampling: 0.1 });
// @ts-expect-error
new Recorder({ servcie: "checkout" });
// @ts-expect-error
aws({ credentials: keys });
// @ts-expect-error
aws({ region: "eu-central-1", credentials: { accessKeyId: "AKID" } });
// @ts-expect-error
http({ headers: {} });
// @ts-expect-error
udp({ address: 2000 });

const recorder = new Recorder();
// @ts-expect-error
recorder.segment();
// @ts-expect-error
recorder.segment("checkout", { header: null });
// @ts-expect-error
recorder.run("checkout");
// @ts-expect-error What current is, is to be asked.
recorder.current().end();
// @ts-expect-error
recorder.service = "other";
// @ts-expect-error A handler answers with a response.
recorder.handler(() => "text");
// @ts-expect-error
const sync: number = recorder.run("checkout", async () => 7);

const segment = recorder.segment("checkout");
// @ts-expect-error
segment.putAnnotation("cart", { lines: 3 });
// @ts-expect-error
segment.putAnnotation("id", undefined);
// @ts-expect-error
segment.addLink({ traceId: "1-581cf771-a006649127e371903a2de979" });
// @ts-expect-error
segment.setAws({ ec2: "i-0b" });
// @ts-expect-error
segment.putMetadata(7, "value");
// @ts-expect-error It is of subsegments.
segment.setSql({ query: "SELECT 1" });
// @ts-expect-error
segment.setHttpResponse({ status: "200" });
// @ts-expect-error
segment.id = "53995c3f42cd8ad8";
// @ts-expect-error
segment.end(new Date());

const query = segment.subsegment("db");
// @ts-expect-error It is of segments.
query.setUser("u-17");
// @ts-expect-error
query.setNamespace("local");
// @ts-expect-error
query.setSql({ preparation: "prepared" });
// @ts-expect-error
recorder.stats().sent.length;
export { sync };
