// Trace headers of what is not recorded, which the module is not asked about.

/** Whether who called wants to hear the decision. */
export const asks = (header) => /(?:^|;)\s*Sampled=\?/i.test(header);

/** The header that came in, with the decision that nothing is recorded; or the trace of the other one. */
export function unsampled(header, traceparent) {
  const parts = header.split(";").map((part) => part.trim()).filter((part) => part !== "" && !/^(?:parent|sampled|self)=/i.test(part));
  const at = parts.findIndex((part) => /^root=/i.test(part));
  if (at < 0) {
    const [, epoch, rest] = /^[0-9a-f]{2}-([0-9a-f]{8})([0-9a-f]{24})-/.exec(traceparent) ?? [];
    return epoch === undefined ? "" : `Root=1-${epoch}-${rest};Sampled=0`;
  }
  parts.splice(at + 1, 0, "Sampled=0");
  return parts.join(";");
}
