//! A trace that calls every setter of the core: what is not called is not linked, and proves nothing.

use core::hint::black_box;

use xray_recorder_core::testing::{FaultTransport, ManualClock, MemoryTransport, SeededRng};
use xray_recorder_core::{
    AwsCall, AwsResource, Document, Ec2, Ecs, Eks, ElasticBeanstalk, Embed, EntityId, Exception, Frame, Framing,
    HttpResponse, IncomingRequest, Key, Link, LogGroup, Namespace, Outbox, OutgoingRequest, Preparation, Recorder, Sdk,
    Segment, Service, Sql, Subsegment, Timestamp, TraceHeader, TraceId, Traceparent, Transport, WriteTransport,
};

use crate::device::{Noise, Timer, Uart};

/// Something did not fit, or was refused.
pub(crate) struct Refused;

impl<E: core::error::Error> From<E> for Refused {
    fn from(_: E) -> Self {
        Self
    }
}

/// The trace by way of an outbox, which a serial line drains.
pub(crate) fn queued() -> Result<(), Refused> {
    let mut recorder = Recorder::new(Outbox::<4096>::new(), Timer, Noise).with_embed(Embed::AtMost(black_box(100)));
    record(&mut recorder)?;
    recorder.transport_mut().drain_to(&mut WriteTransport::new(Uart, Framing::Length))?;
    black_box(recorder.transport().is_empty());
    black_box(recorder.stats());
    Ok(())
}

/// The trace straight to a serial line, and once more with the stand-ins of the `testing` feature.
pub(crate) fn written() -> Result<(), Refused> {
    record(&mut Recorder::new(WriteTransport::new(Uart, Framing::Nul), Timer, Noise))?;
    let clock = ManualClock::at(Timestamp::from_secs(black_box(7)));
    let memory = FaultTransport::every(black_box(2), MemoryTransport::<1024>::new());
    let mut recorder = Recorder::new(memory, &clock, SeededRng::new(black_box(1)));
    let mut document = Document::<512>::new();
    let segment = recorder.begin_segment(&mut document, black_box("stand-in"), &TraceHeader::default())?;
    clock.advance_micros(5);
    recorder.end_segment(segment)?;
    black_box(recorder.transport().inner().datagrams().count());
    Ok(())
}

fn record<T: Transport>(recorder: &mut Recorder<T, Timer, Noise>) -> Result<(), Refused> {
    let (mut document, mut child_document) = (Document::<1024>::new(), Document::<1024>::new());
    let (xray, w3c) = (black_box("Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a:1"), black_box("00-0-0-01"));
    let header = TraceHeader::of_request(Some(xray), Some(w3c));
    let mut segment = recorder.begin_segment(&mut document, black_box("sensor"), &header)?;
    describe_segment(&mut segment)?;

    let mut subsegment = recorder.begin_subsegment(&mut child_document, black_box("bus"), &segment.context())?;
    describe_subsegment(&mut subsegment)?;
    let outgoing = subsegment.context().header().with_data(&header);
    black_box(outgoing.encode(&mut [0; TraceHeader::MAX_LEN])?);
    black_box(Traceparent::parse(w3c).map(|parent| parent.header().sampled()));
    recorder.send_in_progress(&mut subsegment).map_err(|_| Refused)?;
    recorder.end_subsegment(subsegment, &mut segment).map_err(|_| Refused)?;

    let late = recorder.begin_subsegment(&mut child_document, black_box("late"), &segment.context())?;
    recorder.abandon(late);
    black_box(segment.json());
    recorder.end_segment(segment).map_err(|_| Refused)?;
    Ok(())
}

fn describe_segment(segment: &mut Segment<'_>) -> Result<(), Refused> {
    let text = Some(black_box("text"));
    segment.set_user(black_box("u-17"))?;
    segment.set_origin(black_box("AWS::EC2::Instance"))?;
    segment.set_resource_arn(black_box("arn:aws:ec2:eu-west-1:123456789012:instance/i-0b"))?;
    segment.set_service(&Service { name: text, version: text, runtime: text, runtime_version: text })?;
    segment.set_http_request(&IncomingRequest {
        verbatim: false,
        method: text,
        url: text,
        user_agent: text,
        client_ip: text,
        x_forwarded_for: black_box(true),
    })?;
    segment.set_http_response(&HttpResponse { status: Some(black_box(429)), content_length: Some(black_box(9)) })?;
    segment.set_aws(&AwsResource {
        account_id: text,
        xray: Some(Sdk { sdk: text, sdk_version: text, sampling_rule_name: text, ..Sdk::default() }),
        ec2: Some(Ec2 { instance_id: text, ..Ec2::default() }),
        ecs: Some(Ecs { container: text, ..Ecs::default() }),
        eks: Some(Eks { pod: text, ..Eks::default() }),
        elastic_beanstalk: Some(ElasticBeanstalk { deployment_id: Some(black_box(4)), ..ElasticBeanstalk::default() }),
        cloudwatch_logs: &[LogGroup { log_group: black_box("group"), arn: text }],
    })?;
    let (trace_id, id): (TraceId, EntityId) =
        (black_box("1-581cf771-a006649127e371903a2de979").parse()?, black_box("70de5b6f19ff9a0a").parse()?);
    segment.add_link(&Link { trace_id, id, attributes: &[("queue", black_box("orders").into())] })?;
    segment.set_error();
    segment.set_throttle();
    segment.set_fault();
    segment.apply_status(black_box(503));
    Ok(())
}

fn describe_subsegment(subsegment: &mut Subsegment<'_>) -> Result<(), Refused> {
    const CELSIUS: Key<'static> = Key::new("celsius");
    let text = Some(black_box("text"));
    subsegment.set_namespace(Namespace::Remote)?;
    subsegment.set_traced()?;
    subsegment.add_precursor(black_box("70de5b6f19ff9a0a").parse()?)?;
    subsegment.put_annotation(CELSIUS, black_box(21.5))?;
    subsegment.put_annotation(black_box("tries"), black_box(-3_i64))?;
    subsegment.put_annotation(black_box("site"), black_box("roof"))?;
    subsegment.put_annotation(black_box("open"), black_box(true))?;
    subsegment.put_metadata(black_box("samples"), black_box(&[1.5_f32, f32::NAN]))?;
    subsegment.put_metadata_in(black_box("bus"), black_box("name"), black_box("i2c"))?;
    subsegment.set_http_request(&OutgoingRequest {
        verbatim: false,
        method: text,
        url: text,
        user_agent: text,
        client_ip: text,
    })?;
    subsegment.set_http_response(&HttpResponse { status: Some(black_box(200)), content_length: None })?;
    subsegment.set_sql(&Sql {
        verbatim: false,
        connection_string: text,
        url: text,
        sanitized_query: text,
        database_type: text,
        database_version: text,
        driver_version: text,
        user: text,
        preparation: Some(Preparation::Statement),
    })?;
    subsegment.set_aws(&AwsCall {
        operation: text,
        region: text,
        request_id: text,
        retries: Some(black_box(2)),
        table_names: &[black_box("orders")],
        ..AwsCall::default()
    })?;
    subsegment.put_aws(black_box("attempt"), black_box(&7_u32))?;
    let cause = subsegment.add_exception(&Exception {
        kind: black_box("Timeout"),
        message: black_box("no answer"),
        remote: black_box(true),
        stack: &[Frame { path: black_box("bus.rs"), line: Some(black_box(7)), label: black_box("read") }],
        ..Exception::default()
    })?;
    black_box(subsegment.set_cause_id(cause).is_ok());
    Ok(())
}
