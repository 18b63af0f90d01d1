//! What is known of a request when it is decided whether to record it.

/// A request, as far as rules look at it. What is `None` or empty matches every pattern, as in the official SDKs: a job
/// that has neither host nor method nor path is decided by the first rule for its service.
///
/// ```
/// use xray_recorder_core::SamplingRequest;
///
/// let request = SamplingRequest {
///     service: Some("checkout"),
///     host: Some("shop.example.com:8080"),
///     method: Some("GET"),
///     path: Some("/carts/7"),
///     ..SamplingRequest::default()
/// };
/// # let _ = request;
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "users build it; rules know no more than this")]
pub struct SamplingRequest<'r> {
    /// The name of the segment.
    pub service: Option<&'r str>,
    /// The kind of resource that the service runs on, as in the segment's `origin`: `AWS::EC2::Instance`.
    pub service_type: Option<&'r str>,
    /// The host that was asked for, with its port where the request names one.
    pub host: Option<&'r str>,
    /// `GET`
    pub method: Option<&'r str>,
    /// The path, without the query.
    pub path: Option<&'r str>,
}
