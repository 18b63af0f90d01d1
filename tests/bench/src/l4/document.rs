//! The documents: what stands between the values, and in which order the values come.

use super::number::{TIME, Times, hex8, hex16, integer};
use super::text::{fixed, text, text_then};
use crate::sources::{Random, now};
use crate::workload::{AwsCall, Call, HttpCall, Segment, SqlCall, Subsegment};

/// Where ids come from and how times are written.
#[derive(Debug)]
pub(crate) struct Sources {
    random: Random,
    times: Times,
}

impl Sources {
    /// The sources of a run.
    pub(crate) fn seeded() -> Self {
        Self { random: Random::seeded(), times: Times::default() }
    }
}

#[inline(always)]
pub(crate) fn end_segment<'a, const N: usize>(
    tail: &'a mut [u8],
    sources: &mut Sources,
    template: &[u8; N],
) -> Option<&'a mut [u8]> {
    let (end, tail) = fixed(tail, template)?;
    sources.times.write(&mut end[N - TIME - 1..], now());
    Some(tail)
}

/// The ids of a trace, and when it begins.
pub(crate) struct TraceIds {
    start: u64,
    random: [u64; 2],
    segment: u64,
}

impl TraceIds {
    #[inline(always)]
    pub(crate) fn draw(sources: &mut Sources) -> Self {
        Self { start: now(), random: [sources.random.next(), sources.random.next()], segment: sources.random.next() }
    }

    /// Writes the 35 characters of the trace id.
    #[inline(always)]
    fn write_trace(&self, to: &mut [u8]) {
        to[..2].copy_from_slice(b"1-");
        to[2..10].copy_from_slice(&hex8((self.start / 1_000_000) as u32));
        to[10] = b'-';
        to[11..19].copy_from_slice(&hex8(self.random[0] as u32));
        to[19..35].copy_from_slice(&hex16(self.random[1]));
    }

    #[inline(always)]
    fn write_segment(&self, to: &mut [u8]) {
        to[..16].copy_from_slice(&hex16(self.segment));
    }
}

/// Where `needle` ends in `template`: what follows is filled in.
const fn behind(template: &[u8], needle: &[u8]) -> usize {
    let mut end = needle.len();
    loop {
        let mut at = 0;
        while at < needle.len() && template[end - needle.len() + at] == needle[at] {
            at += 1;
        }
        if at == needle.len() {
            return end;
        }
        end += 1;
    }
}

const ID: &[u8] = b"\"id\":\"";
const TRACE_ID: &[u8] = b"\"trace_id\":\"";
const PARENT_ID: &[u8] = b"\"parent_id\":\"";
const START_TIME: &[u8] = b"\"start_time\":";
const END_TIME: &[u8] = b"\"end_time\":";

#[inline(always)]
pub(crate) fn lone_prefix<'a>(tail: &'a mut [u8], ids: &TraceIds) -> Option<&'a mut [u8]> {
    const TEMPLATE: &[u8; 134] = b"{\"format\": \"json\", \"version\": 1}\n\
        {\"type\":\"subsegment\",\"trace_id\":\"00000000000000000000000000000000000\",\
        \"parent_id\":\"0000000000000000\",";
    let (copy, tail) = fixed(tail, TEMPLATE)?;
    ids.write_trace(&mut copy[const { behind(TEMPLATE, TRACE_ID) }..]);
    ids.write_segment(&mut copy[const { behind(TEMPLATE, PARENT_ID) }..]);
    Some(tail)
}

/// A segment, without the quote behind its annotation.
#[inline(always)]
pub(crate) fn segment<'a>(
    tail: &'a mut [u8],
    sources: &mut Sources,
    segment: &Segment,
    ids: &TraceIds,
) -> Option<&'a mut [u8]> {
    const BEGIN: &[u8; 135] = b"\",\"id\":\"0000000000000000\",\
        \"trace_id\":\"00000000000000000000000000000000000\",\"start_time\":00000000000000000,\
        \"http\":{\"request\":{\"method\":\"";
    let (_, tail) = fixed(tail, b"{\"format\": \"json\", \"version\": 1}\n{\"name\":\"")?;
    let (begin, tail) = text_then(tail, segment.name, BEGIN)?;
    ids.write_segment(&mut begin[const { behind(BEGIN, ID) }..]);
    ids.write_trace(&mut begin[const { behind(BEGIN, TRACE_ID) }..]);
    sources.times.write(&mut begin[const { behind(BEGIN, START_TIME) }..], ids.start);
    let tail = text(tail, segment.method, b"\",\"url\":\"")?;
    let tail = text(tail, segment.url, b"\",\"user_agent\":\"")?;
    let tail = text(tail, segment.user_agent, b"\",\"client_ip\":\"")?;
    let tail = text(tail, segment.client_ip, b"\"},\"response\":{\"status\":")?;
    let tail = integer(tail, segment.status.into(), b",\"content_length\":")?;
    let tail = integer(tail, segment.content_length, b"}},\"annotations\":{\"tenant\":\"")?;
    text(tail, segment.tenant, b"\"}")
}

/// A subsegment, without the brace in front of it, and what stands behind it, from its end time on.
#[inline(always)]
pub(crate) fn subsegment<'a, const N: usize>(
    tail: &'a mut [u8],
    sources: &mut Sources,
    subsegment: &Subsegment,
    end: &'static [u8; N],
) -> Option<&'a mut [u8]> {
    match &subsegment.call {
        Call::Http(http) => http_call(tail, sources, subsegment, http, end),
        Call::Aws(aws) => aws_call(tail, sources, subsegment, aws, end),
        Call::Sql(sql) => sql_call(tail, sources, subsegment, sql, end),
        Call::Local => local_call(tail, sources, subsegment, end),
    }
}

// Each kind is a function of its own: in one body the compiler keeps the tail in memory instead of in registers.

#[inline(never)]
fn http_call<'a, const N: usize>(
    tail: &'a mut [u8],
    sources: &mut Sources,
    subsegment: &Subsegment,
    http: &HttpCall,
    end: &'static [u8; N],
) -> Option<&'a mut [u8]> {
    const BEGIN: &[u8; 107] = b"\",\"id\":\"0000000000000000\",\
        \"start_time\":00000000000000000,\"namespace\":\"remote\",\
        \"http\":{\"request\":{\"method\":\"";
    let tail = begin(tail, sources, subsegment.name, BEGIN)?;
    let tail = text(tail, http.method, b"\",\"url\":\"")?;
    let tail = text(tail, http.url, b"\"},\"response\":{\"status\":")?;
    let tail = integer(tail, http.status.into(), b",\"content_length\":")?;
    let tail = integer(tail, http.content_length, b"}},\"annotations\":{\"attempt\":")?;
    close(tail, sources, subsegment, end)
}

#[inline(never)]
fn aws_call<'a, const N: usize>(
    tail: &'a mut [u8],
    sources: &mut Sources,
    subsegment: &Subsegment,
    aws: &AwsCall,
    end: &'static [u8; N],
) -> Option<&'a mut [u8]> {
    const BEGIN: &[u8; 104] = b"\",\"id\":\"0000000000000000\",\
        \"start_time\":00000000000000000,\"namespace\":\"aws\",\
        \"http\":{\"response\":{\"status\":";
    let tail = begin(tail, sources, subsegment.name, BEGIN)?;
    let tail = integer(tail, aws.status.into(), b"}},\"aws\":{\"operation\":\"")?;
    let tail = text(tail, aws.operation, b"\",\"region\":\"")?;
    let tail = text(tail, aws.region, b"\",\"request_id\":\"")?;
    let tail = text(tail, aws.request_id, b"\",\"table_name\":\"")?;
    let tail = text(tail, aws.table_name, b"\"},\"annotations\":{\"attempt\":")?;
    close(tail, sources, subsegment, end)
}

#[inline(never)]
fn sql_call<'a, const N: usize>(
    tail: &'a mut [u8],
    sources: &mut Sources,
    subsegment: &Subsegment,
    sql: &SqlCall,
    end: &'static [u8; N],
) -> Option<&'a mut [u8]> {
    const BEGIN: &[u8; 92] = b"\",\"id\":\"0000000000000000\",\
        \"start_time\":00000000000000000,\"namespace\":\"remote\",\
        \"sql\":{\"url\":\"";
    let tail = begin(tail, sources, subsegment.name, BEGIN)?;
    let tail = text(tail, sql.url, b"\",\"sanitized_query\":\"")?;
    let tail = text(tail, sql.sanitized_query, b"\",\"database_type\":\"")?;
    let tail = text(tail, sql.database_type, b"\",\"database_version\":\"")?;
    let tail = text(tail, sql.database_version, b"\",\"user\":\"")?;
    let tail = text(tail, sql.user, b"\"},\"annotations\":{\"attempt\":")?;
    close(tail, sources, subsegment, end)
}

#[inline(never)]
fn local_call<'a, const N: usize>(
    tail: &'a mut [u8],
    sources: &mut Sources,
    subsegment: &Subsegment,
    end: &'static [u8; N],
) -> Option<&'a mut [u8]> {
    const BEGIN: &[u8; 82] = b"\",\"id\":\"0000000000000000\",\
        \"start_time\":00000000000000000,\"annotations\":{\"attempt\":";
    let tail = begin(tail, sources, subsegment.name, BEGIN)?;
    close(tail, sources, subsegment, end)
}

/// The name of a subsegment, and its id and time, which stand at the same places of every template.
#[inline(always)]
fn begin<'a, const N: usize>(
    tail: &'a mut [u8],
    sources: &mut Sources,
    name: &str,
    template: &[u8; N],
) -> Option<&'a mut [u8]> {
    const BEGIN: &[u8] = b"\",\"id\":\"0000000000000000\",\"start_time\":";
    let start = now();
    let (_, tail) = fixed(tail, b"\"name\":\"")?;
    let (copy, tail) = text_then(tail, name, template)?;
    let id = hex16(sources.random.next());
    copy[const { behind(BEGIN, ID) }..][..16].copy_from_slice(&id);
    sources.times.write(&mut copy[const { behind(BEGIN, START_TIME) }..], start);
    Some(tail)
}

/// What all subsegments end with.
#[inline(always)]
fn close<'a, const N: usize>(
    tail: &'a mut [u8],
    sources: &mut Sources,
    subsegment: &Subsegment,
    end: &'static [u8; N],
) -> Option<&'a mut [u8]> {
    let tail = integer(tail, subsegment.attempt, b",\"cache\":\"")?;
    let tail = text(tail, subsegment.cache, b"\"},\"metadata\":{\"default\":{\"step\":\"")?;
    let (copy, tail) = text_then(tail, subsegment.step, end)?;
    let at = const { behind(b"\"}},\"end_time\":", END_TIME) };
    sources.times.write(&mut copy[at..], now());
    Some(tail)
}
